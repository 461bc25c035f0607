"""The calendar as staff and programs use it for somebody: the booking, and all that follows from it.

Reminders, the lead's stage and the timeline go along with every change; the rules
are those of `crm.bookings`.
"""

from __future__ import annotations

import datetime as dt
import uuid

from crm import activities, bookings, leads, reminders
from crm.db import TenantSession
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking, Reminder


def book(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, offering: OfferingFact, starts_at: dt.datetime, *,
    now: dt.datetime, actor: str, trainer_id: uuid.UUID | None = None,
) -> Booking:  # fmt: skip
    """Book a place for a person, who is reminded of it. Raises like `bookings.book`."""
    booking = bookings.book(
        session, facts, contact_id, offering, starts_at, now=now, created_by=actor, trainer_id=trainer_id
    )
    _booked(session, facts, booking, "booking.booked", actor=actor, now=now)
    return booking


def move(
    session: TenantSession, facts: GymFacts, booking_id: uuid.UUID, starts_at: dt.datetime, *, now: dt.datetime,
    actor: str, trainer_id: uuid.UUID | None = None,
) -> Booking:  # fmt: skip
    """Book another time in a booking's stead; returns the new one. Raises like `bookings.move`."""
    booking = bookings.move(
        session, facts, booking_id, starts_at, now=now, created_by=actor, trainer_id=trainer_id
    )
    _call_off_reminders(session, booking_id, "the booking was moved")
    _booked(session, facts, booking, "booking.moved", actor=actor, now=now, moved_from=str(booking_id))
    return booking


def cancel(
    session: TenantSession, facts: GymFacts, booking_id: uuid.UUID, *, now: dt.datetime, actor: str,
    reason: str | None = None,
) -> Booking:  # fmt: skip
    """Give a place up for a person; nobody is reminded of it any more. Raises like `bookings.cancel`."""
    booking = bookings.cancel(session, facts, booking_id, now=now, by=actor, reason=reason)
    _call_off_reminders(session, booking_id, "the booking was cancelled")
    activities.record(
        session, "booking.cancelled", actor=actor, now=now, contact_id=booking.contact_id, booking_id=booking.id,
        reason=reason,
    )  # fmt: skip
    return booking


def _booked(
    session: TenantSession, facts: GymFacts, booking: Booking, kind: str, *, actor: str, now: dt.datetime,
    **data: object,
) -> None:  # fmt: skip
    offering = facts.offering_by_id(booking.offering_id)
    reminders.for_booking(session, facts, booking, now=now, conversation_id=None)
    lead = leads.find_open(session, booking.contact_id)
    if lead is not None and offering.kind == "trial":
        leads.advance(session, lead, "trial_booked", facts.stages, actor=actor, now=now)
    activities.record(
        session, kind, actor=actor, now=now, contact_id=booking.contact_id, booking_id=booking.id,
        lead_id=lead.id if lead else None, offering=offering.key, starts_at=booking.starts_at.isoformat(), **data,
    )  # fmt: skip


def _call_off_reminders(session: TenantSession, booking_id: uuid.UUID, reason: str) -> None:
    reminders.cancel(session, Reminder.booking_id == booking_id, reason=reason)
