"""The calendar in the gym's own hand, staff or a program: `crm.bookings`, noted in the timeline.

Reminders, cards and words to people follow from the change: that is `bot.consequences`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crm import activities, bookings
from crm.db import TenantSession
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking


def book(
    session: TenantSession,
    facts: GymFacts,
    contact_id: uuid.UUID,
    offering: OfferingFact,
    starts_at: dt.datetime,
    *,
    now: dt.datetime,
    actor: str,
    trainer_id: uuid.UUID | None = None,
) -> Booking:
    """Book a place for a person. Raises like `bookings.book`."""
    booking = bookings.book(
        session, facts, contact_id, offering, starts_at, now=now, created_by=actor, trainer_id=trainer_id
    )
    _note(session, booking, "booking.booked", actor, now)
    return booking


def move(
    session: TenantSession,
    facts: GymFacts,
    booking_id: uuid.UUID,
    starts_at: dt.datetime,
    *,
    now: dt.datetime,
    actor: str,
    trainer_id: uuid.UUID | None = None,
) -> Booking:
    """Book another time in a booking's stead; returns the new one. Raises like `bookings.move`."""
    booking = bookings.move(
        session, facts, booking_id, starts_at, now=now, created_by=actor, trainer_id=trainer_id
    )
    _note(session, booking, "booking.moved", actor, now, moved_from=str(booking_id))
    return booking


def cancel(
    session: TenantSession,
    facts: GymFacts,
    booking_id: uuid.UUID,
    *,
    now: dt.datetime,
    actor: str,
    reason: str | None = None,
) -> Booking:
    """Give a place up for a person. Raises like `bookings.cancel`.

    A key to the API is the gym's own: what it cancels never counts as late, as with staff.
    """
    by = "staff" if actor.startswith("api:") else actor
    booking = bookings.cancel(session, facts, booking_id, now=now, by=by, reason=reason)
    _note(session, booking, "booking.cancelled", actor, now, reason=reason)
    return booking


def _note(
    session: TenantSession, booking: Booking, kind: str, actor: str, now: dt.datetime, **data: Any
) -> None:
    activities.record(
        session, kind, actor=actor, now=now, contact_id=booking.contact_id, booking_id=booking.id,
        starts_at=booking.starts_at.isoformat(), **data,
    )  # fmt: skip
