"""Notes of staff about a person: entries of the timeline that can be taken back, never sent to anybody.

What a trainer writes down about a session often touches on health. Such notes carry
``for_trainers`` and are shown in trainers' private chats only.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import col, select

from crm import activities
from crm.db import TenantSession
from crm.errors import Invalid
from crm.models import Activity

ADDED, REMOVED = "note.added", "note.removed"
LONGEST = 1000
"""Characters of one note."""


def add(
    session: TenantSession, words: str, *, contact_id: uuid.UUID, lead_id: uuid.UUID | None, actor: str,
    now: dt.datetime, booking_id: uuid.UUID | None = None, for_trainers: bool = False,
) -> uuid.UUID:  # fmt: skip
    """Write a note down and return its id; raises `Invalid` where there are no words."""
    words = words.strip()
    if not words:
        raise Invalid("a note needs words", field="words")
    note = activities.record(
        session, ADDED, actor=actor, now=now, contact_id=contact_id, lead_id=lead_id, booking_id=booking_id,
        words=words[:LONGEST], for_trainers=for_trainers,
    )  # fmt: skip
    session.flush()
    return note.id


def remove(session: TenantSession, note_id: uuid.UUID, *, actor: str, now: dt.datetime) -> None:
    """Take a note back: the timeline keeps both entries, no list shows the note any more."""
    note = session.exec(select(Activity).where(Activity.id == note_id)).one()
    activities.record(
        session, REMOVED, actor=actor, now=now, contact_id=note.contact_id, lead_id=note.lead_id, note=str(note_id)
    )  # fmt: skip
    session.flush()


def list_of_contact(
    session: TenantSession, contact_id: uuid.UUID, *, of_trainers: bool = False, limit: int = 5
) -> Sequence[Activity]:
    """The person's notes that stand, newest first; those of trainers only where asked for."""
    rows = session.exec(
        select(Activity)
        .where(Activity.contact_id == contact_id, col(Activity.kind).in_((ADDED, REMOVED)))
        .order_by(col(Activity.at).desc(), col(Activity.id).desc())
    ).all()
    gone = {row.data.get("note") for row in rows if row.kind == REMOVED}
    standing = [row for row in rows if row.kind == ADDED and str(row.id) not in gone]
    return [row for row in standing if of_trainers or not row.data.get("for_trainers")][:limit]
