"""The append-only timeline: what happened, to whom, by whom."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from crm import merged
from crm.db import TenantSession
from crm.models import Activity


def record(
    session: TenantSession, kind: str, *, actor: str, now: dt.datetime, contact_id: uuid.UUID | None = None,
    lead_id: uuid.UUID | None = None, booking_id: uuid.UUID | None = None, **data: Any,
) -> Activity:  # fmt: skip
    """Write down that `kind` (subject.verb) happened."""
    activity = Activity(
        gym_id=session.gym_id, at=now, kind=kind, actor=actor, contact_id=contact_id, lead_id=lead_id,
        booking_id=booking_id, data=data,
    )  # fmt: skip
    session.add(activity)
    return activity


def list_of_contact(session: TenantSession, contact_id: uuid.UUID, *, limit: int = 100) -> Sequence[Activity]:
    """A person's timeline, newest first."""
    query = select(Activity).where(col(Activity.contact_id).in_(merged.ids_of(contact_id)))
    return session.exec(query.order_by(col(Activity.at).desc(), col(Activity.id).desc()).limit(limit)).all()
