"""A person's own data: the whole of it as a file, and its erasure (GDPR articles 15, 17 and 20)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from api.deps import ActorDep, DatabaseDep, FactsDep, SessionDep, SettingsDep, WriteSessionDep
from api.errors import documented
from api.pages import page
from bot import erasure
from crm import facts as gym_facts
from crm import personal_data
from crm.errors import NotFound
from crm.links import LinkExpired, LinkInvalid, read_data_token

router = APIRouter()
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


class ErasedOut(BaseModel):
    """The receipt of an erasure."""

    contact_id: uuid.UUID
    erased_at: dt.datetime
    bookings_cancelled: int = Field(description="Places ahead that were given up with it", examples=[1])
    messages_blanked: int = Field(description="Messages whose words are gone", examples=[14])
    kept: list[str] = Field(
        description="What stays, saying nothing about who they were",
        examples=[["booking counts", "opt-outs with addresses as keyed hashes"]],
    )


@router.get(
    "/api/v1/contacts/{contact_id}/export",
    tags=["contacts"],
    summary="Export a person's data",
    responses=documented(404),
)
def export_contact(session: SessionDep, facts: FactsDep, contact_id: uuid.UUID) -> dict[str, Any]:
    """Everything kept about a person, to hand over to them. It holds what they told about their health."""
    return personal_data.export(session, facts, contact_id)


@router.delete(
    "/api/v1/contacts/{contact_id}",
    tags=["contacts"],
    summary="Erase a person",
    responses=documented(404, 409),
)
def erase_contact(session: WriteSessionDep, actor: ActorDep, contact_id: uuid.UUID) -> ErasedOut:
    """Take away all that is personal, for good; places that lie ahead are given up, counts and opt-outs stay.

    `409 message_under_way` while a message to them is just being sent: try again in a moment.
    """
    facts = gym_facts.load(session)
    done = erasure.erase(session, facts, contact_id, now=session.now, actor=actor)
    return ErasedOut(
        contact_id=done.contact_id,
        erased_at=done.erased_at,
        bookings_cancelled=done.bookings_cancelled,
        messages_blanked=done.messages_blanked,
        kept=["booking and lead counts", "opt-outs, with addresses as keyed hashes"],
    )


@router.get("/data/{token}", include_in_schema=False)
def download(token: str, database: DatabaseDep, settings: SettingsDep) -> Response:
    """The file behind the link that a person, or staff for them, got in chat."""
    try:
        access = read_data_token(settings, token)
        with database.tenant_session(access.gym_id) as session:
            access.ensure_fresh(session.now)
            held = personal_data.export(session, gym_facts.load(session), access.contact_id)
    except LinkExpired:
        return _closed(
            410, "This link has expired", "It works for 24 hours. Ask again in the chat for a new one."
        )
    except (LinkInvalid, NotFound):
        return _closed(
            403,
            "This link does not work",
            "It may have been cut off when it was copied, or the data are erased.",
        )
    body = json.dumps(held, ensure_ascii=False, indent=2)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(body, media_type="application/json; charset=utf-8", headers=headers)


def _closed(status: int, title: str, words: str) -> HTMLResponse:
    return page("notice.html", status=status, title=title, words=words)
