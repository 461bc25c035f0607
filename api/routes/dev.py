"""What a simulated world needs of the application: its clock, whether it is at rest, gyms made on the spot.

Mounted only where providers are simulated, and never in production.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlmodel import select
from starlette.concurrency import run_in_threadpool

from api import onboarding
from api.addresses import forms
from api.deps import DatabaseDep, SettingsDep
from crm import clock
from crm.db import Database, TenantSession
from crm.errors import Invalid, NotFound
from crm.models import Gym
from crm.settled import is_settled
from scheduler.wake import Queue, wake

router = APIRouter(prefix="/dev", tags=["simulation"])

QUEUES: tuple[Queue, ...] = ("inbound", "outbound", "reminders")
LARGEST_GYM_FILE = 1_000_000
FARTHEST = dt.timedelta(days=365 * 50)
WhichGym = Annotated[str | None, Query(description="Short name of the gym")]


class ClockOut(BaseModel):
    """What the time is."""

    now: dt.datetime


class ClockMove(BaseModel):
    """Where to put the clock, or how far to move it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"advance": "PT2H"}]})

    now: AwareDatetime | None = None
    advance: dt.timedelta | None = Field(None, description="ISO 8601, e.g. PT2H or P1D")

    @model_validator(mode="after")
    def one_of_both(self) -> ClockMove:
        """Either an instant or a duration."""
        if (self.now is None) == (self.advance is None):
            raise ValueError("give either now or advance")
        return self


class Settled(BaseModel):
    """Whether there is nothing left to do."""

    settled: bool


class GymMade(BaseModel):
    """A gym that was made."""

    slug: str
    api_key: str


@router.get("/clock", summary="The gym's time")
def get_clock(database: DatabaseDep, gym: WhichGym = None) -> ClockOut:
    """Without a gym, that of the first one."""
    for gym_id in _gyms(database, gym)[:1]:
        with database.tenant_session(gym_id) as session:
            return ClockOut(now=session.now)
    return ClockOut(now=clock.now())


@router.post("/clock", summary="Move the time")
def move_clock(database: DatabaseDep, move: ClockMove, gym: WhichGym = None) -> ClockOut:
    """Of one gym, or of all without one; what has become due starts at once."""
    now = clock.now()
    for position, gym_id in enumerate(_gyms(database, gym)):
        with database.tenant_session(gym_id) as session:
            moved = _move(session, move)
        now = moved if position == 0 else now
    for queue in QUEUES:
        wake(queue)
    return ClockOut(now=now)


def _move(session: TenantSession, move: ClockMove) -> dt.datetime:
    row = session.exec(select(Gym).where(Gym.id == session.gym_id).with_for_update()).one()
    try:
        offset = row.clock_offset + move.advance if move.advance is not None else None
    except OverflowError:
        offset = FARTHEST * 2
    if move.now is not None:
        offset = move.now - clock.now()
    if offset is None or abs(offset) > FARTHEST:
        raise Invalid("the clock cannot be put so far away", field="now")
    row.clock_offset = offset
    session.flush()
    return clock.now(offset)


@router.get("/settled", summary="Is all done for a phone?")
def get_settled(
    database: DatabaseDep,
    channel: Annotated[str, Query(description="whatsapp, whatsapp-twilio, instagram, telegram or sms")],
    address: Annotated[str, Query(description="The provider's address of the person or chat")],
    gym: WhichGym = None,
) -> Settled:
    """Nothing that came from there waits, nothing that goes there is due or under way, nothing of the gym is due."""
    for gym_id in _gyms(database, gym)[:1]:
        with database.tenant_session(gym_id) as session:
            return Settled(settled=is_settled(session, channel, forms(channel, address)))
    return Settled(settled=True)


@router.post(
    "/gyms",
    status_code=201,
    summary="Make a gym",
    openapi_extra={"requestBody": {"content": {"application/yaml": {}}, "required": True}},
)
async def make_gym(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    slug: Annotated[str | None, Query()] = None,
) -> GymMade:
    """From a gym file in the body; it gets accounts at the simulator and a key to the API."""
    body = await request.body()
    if len(body) > LARGEST_GYM_FILE:
        raise Invalid("the gym file is too large", field="body")
    try:
        words = body.decode()
    except UnicodeDecodeError:
        raise Invalid("the gym file must be UTF-8", field="body") from None
    imported = await run_in_threadpool(
        onboarding.import_text, words, slug=slug, database=database, settings=settings, must_be_new=True
    )
    assert imported.api_key is not None
    return GymMade(slug=imported.slug, api_key=imported.api_key)


def _gyms(database: Database, slug: str | None) -> list[uuid.UUID]:
    if slug is None:
        return [gym_id for gym_id, _ in onboarding.list_gyms(database)]
    gym_id = onboarding.find_gym(database, slug)
    if gym_id is None:
        raise NotFound("no such gym", slug=slug)
    return [gym_id]
