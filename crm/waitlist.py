"""The queue for a full class: who is next gets the freed seat for a while, and nobody can jump in.

A freed seat is held at once for the first in the queue (the hold is the waitlist's own,
see `crm.places.BY_WAITLIST`), also at night, when the person is told only in the
morning. Callers send the offer at `Offer.tell_at` and call `expire` at `Offer.expires_at`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import col, func, or_, select

from crm import bookings, locks, places, quiet_hours, scheduled_classes
from crm.availability import why_not
from crm.bookings import AlreadyBooked, ClassFull, NotPossible
from crm.db import TenantSession
from crm.errors import Conflict, Invalid, NotFound
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking, ScheduledClass, WaitlistEntry, new_id

SHORTEST_OFFER = dt.timedelta(minutes=15)
"""With less time to answer an offer is not made."""
IN_QUEUE = ("waiting", "offered")


class PlaceFree(Conflict):
    """The class has a seat: there is nothing to wait for."""

    code = "place_free"


@dataclass(frozen=True, slots=True)
class Queued:
    """An entry with its place in the queue, from 1."""

    entry: WaitlistEntry
    position: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A seat held for somebody in the queue."""

    entry: WaitlistEntry
    booking: Booking
    tell_at: dt.datetime
    """When to tell them: now, or when the quiet hours end."""
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """An offer that was not taken up, and the one made in its stead."""

    entry: WaitlistEntry
    next_offer: Offer | None


def offer_times(
    facts: GymFacts, starts_at: dt.datetime, *, now: dt.datetime
) -> tuple[dt.datetime, dt.datetime] | None:
    """When a seat that is free now would be offered and until when; None where there is no time for an answer."""
    tell_at = quiet_hours.end_of_quiet(facts, now)
    expires_at = min(tell_at + facts.rules.waitlist_offer_for, starts_at)
    return (tell_at, expires_at) if expires_at - tell_at >= SHORTEST_OFFER else None


def join(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, offering: OfferingFact, starts_at: dt.datetime, *,
    now: dt.datetime, conversation_id: uuid.UUID | None = None,
) -> Queued:  # fmt: skip
    """Queue for a full class; joining twice keeps the first place in the queue.

    Raises `PlaceFree` where there is a seat after all, `NotPossible` where the class is
    not then or too near, `AlreadyBooked` where the person has a place at that time.
    """
    if not offering.is_class:
        raise Invalid("only classes have a waitlist", field="offering")
    starts_at = starts_at.astimezone(dt.UTC)
    keys = [
        locks.class_key(session, offering.id, starts_at),
        locks.contact_key(session, contact_id),
    ]
    return locks.run_locked(
        session, keys, lambda: _join(session, facts, contact_id, offering, starts_at, now, conversation_id)
    )


def _join(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, offering: OfferingFact, starts_at: dt.datetime,
    now: dt.datetime, conversation_id: uuid.UUID | None,
) -> Queued:  # fmt: skip
    row = scheduled_classes.find(session, offering.id, starts_at)
    known = find_entry(session, contact_id, row.id) if row is not None else None
    if known is not None:
        return Queued(known, position(session, known))
    taken = places.read(
        session, facts, offering, start=starts_at, end=starts_at, now=now, contact_id=contact_id
    )
    ends_at = row.ends_at if row is not None else starts_at + offering.lasts
    if any(own.starts_at < ends_at and starts_at < own.ends_at for own in taken.own):
        raise AlreadyBooked(starts_at=starts_at)
    refusal = why_not(facts, offering, taken, starts_at, now=now)
    if refusal is None or row is None:
        raise PlaceFree(offering_id=offering.id, starts_at=starts_at)
    if refusal.code != "full":
        raise NotPossible(refusal=refusal)
    entry = WaitlistEntry(
        gym_id=session.gym_id, id=new_id(), scheduled_class_id=row.id, contact_id=contact_id,
        conversation_id=conversation_id, created_at=now,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    return Queued(entry, position(session, entry))


def offer_next(
    session: TenantSession, facts: GymFacts, scheduled_class_id: uuid.UUID, *, now: dt.datetime
) -> Offer | None:
    """Hold a free seat of the class for the first in its queue; None where there is no seat, queue or time.

    Who is booked elsewhere at that time is passed over and keeps their place. Where
    several seats came free, call it until it returns None.
    """
    row = scheduled_classes.get(session, scheduled_class_id)
    times = offer_times(facts, row.starts_at, now=now)
    if row.cancelled_at is not None or times is None:
        return None
    keys = [locks.class_key(session, row.offering_id, row.starts_at)]
    return locks.run_locked(session, keys, lambda: _offer_next(session, row, times, now))


def _offer_next(
    session: TenantSession, row: ScheduledClass, times: tuple[dt.datetime, dt.datetime], now: dt.datetime
) -> Offer | None:
    entry = _first_free(session, row)
    if entry is None:
        return None
    places.release(session, now=now, scheduled_class_id=row.id)
    draft = Booking(
        gym_id=session.gym_id, id=new_id(), contact_id=entry.contact_id, offering_id=row.offering_id,
        scheduled_class_id=row.id, starts_at=row.starts_at, ends_at=row.ends_at, status="held",
        hold_expires_at=times[1], created_by=places.BY_WAITLIST, created_at=now,
    )  # fmt: skip
    booking = places.take_seat(session, draft)
    if booking is None:
        return None
    entry.status, entry.offered_booking_id, entry.offer_expires_at = "offered", booking.id, times[1]
    session.flush()
    return Offer(entry, booking, *times)


def accept(session: TenantSession, facts: GymFacts, entry_id: uuid.UUID, *, now: dt.datetime) -> Booking:
    """Take the offered seat; also after the offer ended, as long as a seat is free.

    Raises `ClassFull`, `NotPossible` or `AlreadyBooked`. Accepting twice returns the booking.
    """
    entry = get_entry(session, entry_id)
    row = scheduled_classes.get(session, entry.scheduled_class_id)
    if entry.status == "offered" and entry.offered_booking_id is not None:
        booking = bookings.confirm(session, facts, entry.offered_booking_id, now=now)
    else:
        try:
            booking = bookings.book(
                session, facts, entry.contact_id, facts.offering_by_id(row.offering_id), row.starts_at, now=now,
                created_by="contact",
            )  # fmt: skip
        except AlreadyBooked as error:
            if not error.data.get("is_same"):
                raise
            booking = bookings.get_booking(session, uuid.UUID(str(error.data["booking_id"])))
    entry.status = "taken"
    session.flush()
    return booking


def leave(session: TenantSession, facts: GymFacts, entry_id: uuid.UUID, *, now: dt.datetime) -> Offer | None:
    """Leave the queue; an offered seat goes to the next, whose offer is returned. Raises `Conflict` if not queued."""
    entry = get_entry(session, entry_id)
    if entry.status not in IN_QUEUE:
        raise Conflict("the person is not in the queue", status=entry.status)
    return _give_up(session, facts, entry, "left", now)


def expire(
    session: TenantSession, facts: GymFacts, entry_id: uuid.UUID, *, now: dt.datetime
) -> Expired | None:
    """End an offer whose time is over and make the next one; None where it was answered or still runs."""
    entry = get_entry(session, entry_id)
    if entry.status != "offered" or entry.offer_expires_at is None or entry.offer_expires_at > now:
        return None
    return Expired(entry, _give_up(session, facts, entry, "expired", now))


def expire_due(session: TenantSession, facts: GymFacts, *, now: dt.datetime) -> list[Expired]:
    """End every offer whose time is over, and the queues of classes that have begun."""
    session.flush()
    session.connection().execute(
        text(
            "UPDATE waitlist_entries w SET status = 'expired' FROM scheduled_classes c"
            " WHERE w.gym_id = :gym AND c.gym_id = :gym AND c.id = w.scheduled_class_id"
            " AND w.status = 'waiting' AND c.starts_at <= :now"
        ),
        {"gym": session.gym_id, "now": now},
    )
    due = session.exec(
        select(WaitlistEntry.id)
        .where(WaitlistEntry.status == "offered", col(WaitlistEntry.offer_expires_at) <= now)
        .order_by(col(WaitlistEntry.offer_expires_at), col(WaitlistEntry.id))
    ).all()
    ended = [expire(session, facts, entry_id, now=now) for entry_id in due]
    return [one for one in ended if one is not None]


def _give_up(
    session: TenantSession, facts: GymFacts, entry: WaitlistEntry, status: str, now: dt.datetime
) -> Offer | None:
    row = scheduled_classes.get(session, entry.scheduled_class_id)

    def write() -> bool:
        # Somebody may have answered while the lock was waited for.
        session.refresh(entry)
        if entry.status not in IN_QUEUE:
            return False
        had_seat = entry.status == "offered"
        if had_seat and entry.offered_booking_id is not None:
            places.end(
                session, entry.offered_booking_id, now=now, expected="held", status="released", reason=status
            )
        entry.status = status
        session.flush()
        return had_seat

    seat_freed = locks.run_locked(session, [locks.class_key(session, row.offering_id, row.starts_at)], write)
    return offer_next(session, facts, row.id, now=now) if seat_freed else None


def get_entry(session: TenantSession, entry_id: uuid.UUID) -> WaitlistEntry:
    """The entry as it is now; raises `NotFound`."""
    entry = session.get(WaitlistEntry, (session.gym_id, entry_id), populate_existing=True)
    if entry is None:
        raise NotFound("no such waitlist entry", entry_id=entry_id)
    return entry


def find_entry(
    session: TenantSession, contact_id: uuid.UUID, scheduled_class_id: uuid.UUID
) -> WaitlistEntry | None:
    """The person's open entry for that class."""
    return session.exec(
        select(WaitlistEntry).where(
            WaitlistEntry.scheduled_class_id == scheduled_class_id,
            WaitlistEntry.contact_id == contact_id,
            col(WaitlistEntry.status).in_(IN_QUEUE),
        )
    ).first()


def list_of_contact(session: TenantSession, contact_id: uuid.UUID) -> Sequence[WaitlistEntry]:
    """The queues a person stands in, the oldest first."""
    return session.exec(
        select(WaitlistEntry)
        .where(WaitlistEntry.contact_id == contact_id, col(WaitlistEntry.status).in_(IN_QUEUE))
        .order_by(col(WaitlistEntry.created_at), col(WaitlistEntry.id))
    ).all()


def queue(session: TenantSession, scheduled_class_id: uuid.UUID) -> list[Queued]:
    """Who queues for a class, in order."""
    entries = session.exec(
        select(WaitlistEntry)
        .where(
            WaitlistEntry.scheduled_class_id == scheduled_class_id, col(WaitlistEntry.status).in_(IN_QUEUE)
        )
        .order_by(col(WaitlistEntry.created_at), col(WaitlistEntry.id))
    ).all()
    return [Queued(entry, number) for number, entry in enumerate(entries, 1)]


def position(session: TenantSession, entry: WaitlistEntry) -> int:
    """The entry's place in its queue, from 1; who holds an offer stands before it."""
    ahead = session.exec(
        select(func.count())
        .select_from(WaitlistEntry)
        .where(
            WaitlistEntry.scheduled_class_id == entry.scheduled_class_id,
            col(WaitlistEntry.status).in_(IN_QUEUE),
            or_(
                col(WaitlistEntry.created_at) < entry.created_at,
                (col(WaitlistEntry.created_at) == entry.created_at) & (col(WaitlistEntry.id) < entry.id),
            ),
        )
    ).one()
    return ahead + 1


def _first_free(session: TenantSession, row: ScheduledClass) -> WaitlistEntry | None:
    is_busy = (
        select(Booking.id)
        .where(
            Booking.contact_id == WaitlistEntry.contact_id,
            col(Booking.status).in_(["booked", "in_progress"]),
            Booking.starts_at < row.ends_at,
            Booking.ends_at > row.starts_at,
        )
        .exists()
    )
    return session.exec(
        select(WaitlistEntry)
        .where(WaitlistEntry.scheduled_class_id == row.id, WaitlistEntry.status == "waiting", ~is_busy)
        .order_by(col(WaitlistEntry.created_at), col(WaitlistEntry.id))
        .limit(1)
        .with_for_update()
    ).first()


__all__ = ["AlreadyBooked", "ClassFull", "Expired", "NotPossible", "Offer", "PlaceFree", "Queued", "accept", "expire",
           "expire_due", "find_entry", "get_entry", "join", "leave", "list_of_contact", "offer_next", "offer_times",
           "position", "queue"]  # fmt: skip
