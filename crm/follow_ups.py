"""To-dos of staff about a lead: each falls due once, and stays open until somebody is done with it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import col, select

from crm import activities, reminders
from crm.db import TenantSession
from crm.errors import Invalid, NotFound
from crm.models import Contact, FollowUp, Lead, Reminder

KIND = "follow_up"
"""Kind of the reminder row that fires it; ``data["follow_up_id"]`` names the to-do."""


def add(
    session: TenantSession, lead: Lead, *, staff_id: uuid.UUID, due_at: dt.datetime, words: str, actor: str,
    now: dt.datetime,
) -> FollowUp:  # fmt: skip
    """Note a to-do for a member of staff; raises `Invalid` where its time has passed."""
    if due_at <= now:
        raise Invalid("that time has passed", field="due_at", due_at=due_at)
    follow_up = FollowUp(
        gym_id=session.gym_id, lead_id=lead.id, staff_id=staff_id, due_at=due_at, words=words.strip()[:300],
        created_at=now,
    )  # fmt: skip
    session.add(follow_up)
    session.flush()
    _plan(session, follow_up, contact_id=lead.contact_id, now=now)
    activities.record(
        session, "follow_up.planned", actor=actor, now=now, contact_id=lead.contact_id, lead_id=lead.id,
        due_at=due_at,
    )  # fmt: skip
    return follow_up


def _plan(session: TenantSession, follow_up: FollowUp, *, contact_id: uuid.UUID, now: dt.datetime) -> None:
    reminders.plan(
        session, KIND, follow_up.due_at, now=now, contact_id=contact_id, lead_id=follow_up.lead_id,
        dedupe_key=f"follow_up:{follow_up.id}:{int(follow_up.due_at.timestamp())}", follow_up_id=str(follow_up.id),
    )  # fmt: skip


def get(session: TenantSession, follow_up_id: uuid.UUID) -> FollowUp:
    """The to-do with that id; raises `NotFound`."""
    found = session.exec(select(FollowUp).where(FollowUp.id == follow_up_id)).first()
    if found is None:
        raise NotFound("no such to-do", follow_up_id=follow_up_id)
    return found


def finish(session: TenantSession, follow_up: FollowUp, *, now: dt.datetime) -> None:
    """It is dealt with: nothing fires for it any more."""
    follow_up.done_at = now
    _call_off(session, follow_up, "done")
    session.flush()


def open_again(session: TenantSession, follow_up: FollowUp, *, now: dt.datetime) -> None:
    """It is not dealt with after all; it fires again if its time is still to come."""
    follow_up.done_at = None
    session.flush()
    if follow_up.due_at > now:
        rows = session.exec(
            select(Reminder).where(
                Reminder.kind == KIND, Reminder.lead_id == follow_up.lead_id, Reminder.status == "cancelled"
            )
        ).all()
        for row in rows:
            if row.data.get("follow_up_id") == str(follow_up.id):
                row.status, row.reason = "pending", None
        session.flush()


def put_off(
    session: TenantSession,
    follow_up: FollowUp,
    due_at: dt.datetime,
    *,
    contact_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """Let it fall due later."""
    _call_off(session, follow_up, "put off")
    follow_up.due_at = due_at
    session.flush()
    _plan(session, follow_up, contact_id=contact_id, now=now)


def drop(session: TenantSession, follow_up: FollowUp) -> None:
    """Forget it."""
    _call_off(session, follow_up, "dropped")
    session.delete(follow_up)
    session.flush()


def _call_off(session: TenantSession, follow_up: FollowUp, reason: str) -> None:
    for row in reminders.list_pending(session, Reminder.kind == KIND, Reminder.lead_id == follow_up.lead_id):
        if row.data.get("follow_up_id") == str(follow_up.id):
            row.status, row.reason = "cancelled", reason


def list_open(
    session: TenantSession, *, staff_id: uuid.UUID | None = None, lead_id: uuid.UUID | None = None,
    until: dt.datetime | None = None, limit: int = 50,
) -> Sequence[tuple[FollowUp, Lead, Contact]]:  # fmt: skip
    """What is still to do with whom, soonest due first: of one member of staff, about one lead, due before `until`."""
    query = (
        select(FollowUp, Lead, Contact)
        .join(Lead, (col(Lead.gym_id) == FollowUp.gym_id) & (col(Lead.id) == FollowUp.lead_id))
        .join(Contact, (col(Contact.gym_id) == Lead.gym_id) & (col(Contact.id) == Lead.contact_id))
        .where(col(FollowUp.done_at).is_(None))
    )
    if staff_id is not None:
        query = query.where(FollowUp.staff_id == staff_id)
    if lead_id is not None:
        query = query.where(FollowUp.lead_id == lead_id)
    if until is not None:
        query = query.where(FollowUp.due_at < until)
    return session.exec(query.order_by(col(FollowUp.due_at), col(FollowUp.id)).limit(limit)).all()
