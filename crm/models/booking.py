"""Places in the calendar: who has which, and what falls due because of it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crm.models.base import GymTable, json_field


class ScheduledClass(GymTable, table=True):
    """One dated occurrence of a class. It holds its trainer's time like a booking does."""

    __tablename__ = "scheduled_classes"

    offering_id: uuid.UUID
    trainer_id: uuid.UUID | None = None
    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: int
    cancelled_at: dt.datetime | None = None


class Booking(GymTable, table=True):
    """A place kept for somebody.

    One-to-one bookings hold their trainer's time through `trainer_times`, whose
    exclusion constraint makes overlaps impossible; places in a class are numbered
    seats, unique while they are held.
    """

    __tablename__ = "bookings"

    contact_id: uuid.UUID
    offering_id: uuid.UUID
    trainer_id: uuid.UUID | None = None
    scheduled_class_id: uuid.UUID | None = None
    seat: int | None = None
    starts_at: dt.datetime
    ends_at: dt.datetime
    status: str
    """held, booked, in_progress, attended, no_show, cancelled or released."""
    hold_expires_at: dt.datetime | None = None
    confirmed_by_guest_at: dt.datetime | None = None
    """The person tapped Confirm on a reminder: no second nudge."""
    replaces_id: uuid.UUID | None = None
    """The booking whose place this one takes when it is confirmed (a move)."""
    moved_to_id: uuid.UUID | None = None
    guest_name: str | None = None
    """Who comes, where the person booked for somebody else."""
    guest_phone: str | None = None
    """Their number, where the person gave it; for who gives the session, never for a group."""
    created_by: str
    cancelled_reason: str | None = None
    late_cancel: bool = False
    created_at: dt.datetime
    booked_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None


class TrainerTime(GymTable, table=True):
    """A span in which a trainer is taken. The range itself is a database column (`during`)."""

    __tablename__ = "trainer_times"

    trainer_id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    booking_id: uuid.UUID | None = None
    scheduled_class_id: uuid.UUID | None = None
    holder: uuid.UUID
    """The contact or scheduled class that holds the time; only different holders exclude each other."""


class TimeOff(GymTable, table=True):
    """A stretch in which a trainer is away in spite of their weekly hours. It says when, never why."""

    __tablename__ = "time_off"

    trainer_id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    created_by: str
    created_at: dt.datetime
    taken_back_at: dt.datetime | None = None


class WaitlistEntry(GymTable, table=True):
    """Somebody queueing for a place in a full class."""

    __tablename__ = "waitlist_entries"

    scheduled_class_id: uuid.UUID
    contact_id: uuid.UUID
    conversation_id: uuid.UUID | None = None
    status: str = "waiting"
    """waiting, offered, taken, expired or left."""
    offered_booking_id: uuid.UUID | None = None
    """The held place while an offer is open."""
    offer_expires_at: dt.datetime | None = None
    created_at: dt.datetime


class Reminder(GymTable, table=True):
    """One thing that falls due: a row, never a broker's timer. What is due is decided again when it fires."""

    __tablename__ = "reminders"

    kind: str
    """booking_guest, booking_trainer, hold_expiry, flow_nudge, waitlist_offer, waitlist_expiry, no_show,
    follow_up, handoff_ping ..."""
    due_at: dt.datetime
    contact_id: uuid.UUID | None = None
    conversation_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None
    lead_id: uuid.UUID | None = None
    data: dict[str, Any] = json_field(default_factory=dict)
    dedupe_key: str | None = None
    status: str = "pending"
    """pending, done, skipped or cancelled."""
    reason: str | None = None
    created_at: dt.datetime
    fired_at: dt.datetime | None = None
