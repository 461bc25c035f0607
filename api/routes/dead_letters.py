"""Dead letters: what was given up, and trying it again."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ActorDep, ListOf, SessionDep, SliceDep, WriteSessionDep
from api.errors import documented
from crm import activities, dead_letters
from crm.dead_letters import DeadLetter

router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"], responses=documented())

Key = Annotated[str, Field(max_length=60, examples=["out:0193449a-4a00-7000-8000-000000000042"])]


class DeadLetterOut(BaseModel):
    """A message that could not be handled or delivered. What it says is in its conversation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "out:0193449a-4a00-7000-8000-000000000042",
                    "channel": "whatsapp",
                    "address": "353851234567",
                    "at": "2026-11-20T10:00:00Z",
                    "what": "reminder",
                    "reason": "failed: the person cannot be reached there",
                }
            ]
        }
    )

    key: str = Field(description="Names it for a replay")
    channel: str
    address: str
    at: dt.datetime
    what: str = Field(description="received, or what it was sent for: reply, reminder, human ...")
    reason: str

    @classmethod
    def of(cls, letter: DeadLetter) -> DeadLetterOut:
        """A dead letter as the API tells it."""
        return cls(**asdict(letter))


class Replay(BaseModel):
    """Which ones are to be tried again."""

    model_config = ConfigDict(extra="forbid")

    keys: Annotated[list[Key], Field(min_length=1, max_length=100)]


class Replayed(BaseModel):
    """How many are queued again."""

    queued: int = Field(examples=[1])


@router.get("", summary="List dead letters")
def list_dead_letters(
    session: SessionDep,
    part: SliceDep,
    days: Annotated[int, Query(ge=1, le=365, description="How many days back")] = 7,
) -> ListOf[DeadLetterOut]:
    """Received messages that could not be handled and sent ones that failed or stayed unconfirmed, the latest first."""
    since = session.now - dt.timedelta(days=days)
    found = dead_letters.list_letters(session, since=since, limit=part.limit, offset=part.offset)
    total = dead_letters.count_letters(session, since=since)
    return ListOf[DeadLetterOut].of([DeadLetterOut.of(one) for one in found], total, part)


@router.post("/replay", summary="Try dead letters again", responses=documented(404))
def replay(session: WriteSessionDep, actor: ActorDep, wanted: Replay) -> Replayed:
    """All of them or, where one is no dead letter (any more), none. Consent and reply windows hold as ever.

    One that stayed unconfirmed may have arrived, so the person may read it twice.
    """
    count = dead_letters.replay(session, list(dict.fromkeys(wanted.keys)))
    activities.record(session, "dead_letters.replayed", actor=actor, now=session.now, keys=wanted.keys)
    return Replayed(queued=count)
