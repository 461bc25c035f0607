"""What is due, for whom, when: rows written with the booking that causes them, checked again when they fire."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from crm import quiet_hours
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Booking, Reminder, new_id

EVENING_LEAD = dt.timedelta(minutes=30)
"""A reminder that would fall into the quiet hours goes out this long before they begin, where that is still ahead."""

_KEY = "reminder:"
MOST_AGAIN = 2
"""How often a reminder looks for another channel."""


def plan(
    session: TenantSession, kind: str, due_at: dt.datetime, *, now: dt.datetime, dedupe_key: str | None = None,
    contact_id: uuid.UUID | None = None, conversation_id: uuid.UUID | None = None,
    booking_id: uuid.UUID | None = None, lead_id: uuid.UUID | None = None, **data: Any,
) -> None:  # fmt: skip
    """Note that something falls due; the same `dedupe_key` is noted once."""
    session.connection().execute(_PLAN, {
        "gym_id": session.gym_id, "id": new_id(), "kind": kind, "due_at": due_at, "created_at": now,
        "dedupe_key": dedupe_key, "contact_id": contact_id, "conversation_id": conversation_id,
        "booking_id": booking_id, "lead_id": lead_id, "data": data, "status": "pending",
    })  # fmt: skip


_PLAN = insert(Reminder).on_conflict_do_nothing(index_elements=["gym_id", "dedupe_key"])


def list_due(session: Session, *, most: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """What is due over all gyms: (gym id, reminder id), longest due first."""
    rows = session.execute(text("SELECT gym_id, id FROM due_reminders(:most)"), {"most": most}).all()
    return [(row[0], row[1]) for row in rows]


def take(session: TenantSession, reminder_id: uuid.UUID) -> Reminder | None:
    """Lock a due reminder for firing; None where another worker has it or it is no longer pending."""
    return session.exec(
        select(Reminder)
        .where(Reminder.id == reminder_id, Reminder.status == "pending")
        .with_for_update(skip_locked=True)
    ).first()


def finish(reminder: Reminder, status: str, *, now: dt.datetime, reason: str | None = None) -> None:
    """It fired (done) or was found to be pointless (skipped)."""
    reminder.status, reminder.fired_at, reminder.reason = status, now, reason


def dedupe_key(reminder: Reminder) -> str:
    """What keeps its words from being queued twice, other than after `again`."""
    tries = int(reminder.data.get("again", 0))
    return f"{_KEY}{reminder.id}" + (f":{tries}" if tries else "")


def again(session: TenantSession, key: str | None, *, now: dt.datetime) -> bool:
    """Let the reminder whose words were queued under `key` fire once more, since they could not arrive; at most twice."""
    if key is None or not key.startswith(_KEY):
        return False
    reminder_id = uuid.UUID(key.removeprefix(_KEY).split(":")[0])
    reminder = session.exec(select(Reminder).where(Reminder.id == reminder_id).with_for_update()).first()
    if reminder is None or reminder.status != "done" or int(reminder.data.get("again", 0)) >= MOST_AGAIN:
        return False
    reminder.status, reminder.due_at, reminder.fired_at = "pending", now, None
    reminder.data = {**reminder.data, "again": int(reminder.data.get("again", 0)) + 1}
    return True


def cancel(session: TenantSession, *conditions: Any, reason: str) -> int:
    """Call off pending reminders; how many."""
    return _change(session, *conditions, status="cancelled", reason=reason)


def postpone(session: TenantSession, *conditions: Any, due_at: dt.datetime) -> int:
    """Let pending reminders fall due at that instant instead; how many."""
    return _change(session, *conditions, due_at=due_at)


def _change(session: TenantSession, *conditions: Any, **values: Any) -> int:
    statement = update(Reminder).where(col(Reminder.status) == "pending", *conditions).values(**values)
    # The session's own copies follow, where it holds any.
    result = session.execute(statement, execution_options={"synchronize_session": "fetch"})
    return cast(CursorResult[Any], result).rowcount


def for_booking(
    session: TenantSession,
    facts: GymFacts,
    booking: Booking,
    *,
    now: dt.datetime,
    conversation_id: uuid.UUID | None,
) -> None:
    """Plan the reminders of a fresh booking, to both sides; earlier ones of the booking are replaced."""
    cancel(session, Reminder.booking_id == booking.id, reason="the booking changed")
    planned = due_times(facts, booking.starts_at, now=now)
    for before, due_at in planned:
        plan(
            session, "booking_guest", due_at, now=now, contact_id=booking.contact_id, booking_id=booking.id,
            conversation_id=conversation_id, before_minutes=int(before.total_seconds() // 60),
        )  # fmt: skip
    if booking.trainer_id is not None and booking.scheduled_class_id is None:
        lead_time = min(facts.rules.reminders_before, default=dt.timedelta(hours=2))
        trainer_due = out_of_quiet_hours(facts, booking.starts_at - lead_time)
        if trainer_due > now:
            plan(
                session,
                "booking_trainer",
                trainer_due,
                now=now,
                contact_id=booking.contact_id,
                booking_id=booking.id,
            )


def due_times(
    facts: GymFacts, starts_at: dt.datetime, *, now: dt.datetime
) -> list[tuple[dt.timedelta, dt.datetime]]:
    """When to remind of something that starts then: (how long before it was meant, instant), earliest first.

    One that is already past is left out, and so is one that quiet hours would push to
    within three hours of an earlier one or of the booking itself being made.
    """
    found: list[tuple[dt.timedelta, dt.datetime]] = []
    earliest = now + dt.timedelta(hours=1)
    for before in sorted(facts.rules.reminders_before, reverse=True):
        due_at = starts_at - before
        if due_at <= now:
            continue
        # The day before there is time to wait for the morning; shortly before there is not.
        is_day_before = before >= dt.timedelta(hours=12)
        moved = (
            quiet_hours.end_of_quiet(facts, due_at) if is_day_before else out_of_quiet_hours(facts, due_at)
        )
        if moved < earliest:
            continue
        found.append((before, moved))
        earliest = moved + dt.timedelta(hours=3)
    return found


def out_of_quiet_hours(facts: GymFacts, instant: dt.datetime) -> dt.datetime:
    """`instant`, or half an hour before the quiet hours it falls into."""
    if not quiet_hours.is_quiet(facts, instant):
        return instant
    local = facts.local(instant)
    day = local.date() if local.time() >= facts.rules.quiet_from else local.date() - dt.timedelta(days=1)
    return facts.instant(dt.datetime.combine(day, facts.rules.quiet_from)) - EVENING_LEAD


def list_pending(session: TenantSession, *conditions: Any) -> Sequence[Reminder]:
    """What is still to come, soonest first."""
    return session.exec(
        select(Reminder).where(Reminder.status == "pending", *conditions).order_by(col(Reminder.due_at))
    ).all()
