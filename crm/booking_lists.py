"""Who is booked where: the day of a trainer, the bookings of a person, lists for staff."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, text
from sqlmodel import col, select

from crm import clock, places
from crm.availability import NOTHING_TAKEN, occurrences
from crm.db import TenantSession
from crm.errors import NotFound
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking, Contact, Offering, ScheduledClass

STANDING = ("booked", "in_progress")
ON_AGENDA = ("booked", "in_progress", "attended", "no_show")


@dataclass(frozen=True, slots=True)
class Attendee:
    """A booking with its person."""

    booking: Booking
    contact: Contact


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One thing on a trainer's day: a session with its person, or a class with all of theirs."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    offering: OfferingFact
    trainer_id: uuid.UUID | None
    attendees: tuple[Attendee, ...]
    scheduled_class_id: uuid.UUID | None = None
    capacity: int | None = None
    """For classes."""


def get_booking(session: TenantSession, booking_id: uuid.UUID) -> Booking:
    """The booking as it is now; raises `NotFound`."""
    booking = session.get(Booking, (session.gym_id, booking_id), populate_existing=True)
    if booking is None:
        raise NotFound("no such booking", booking_id=booking_id)
    return booking


def offering_of(session: TenantSession, facts: GymFacts, offering_id: uuid.UUID) -> OfferingFact:
    """The offering of a booking, also where the gym no longer offers it."""
    with contextlib.suppress(NotFound):
        return facts.offering_by_id(offering_id)
    row = session.get(Offering, (session.gym_id, offering_id))
    if row is None:
        raise NotFound("no such offering", offering_id=offering_id)
    return OfferingFact(
        row.id, row.key, row.name, row.kind, row.minutes, row.capacity, row.price, row.trainer_id, ()
    )


def upcoming(session: TenantSession, contact_id: uuid.UUID, *, now: dt.datetime) -> Sequence[Booking]:
    """What the person is booked for and is not over, soonest first; holds are not among it.

    Half of a turn's decisions ask for it, so a session reads it once, and again after
    it changed a booking.
    """
    known: dict[tuple[uuid.UUID, dt.datetime], Sequence[Booking]]
    known = session.info.setdefault(places.UPCOMING, {})
    found = known.get((contact_id, now))
    if found is None:
        found = session.exec(_UPCOMING, params={"contact_id": contact_id, "now": now}).all()
        known[contact_id, now] = found
    return found


# Made once: putting it together takes as long as running it.
_UPCOMING = (
    select(Booking)
    .where(
        Booking.contact_id == bindparam("contact_id"),
        col(Booking.status).in_(STANDING),
        Booking.ends_at > bindparam("now"),
    )
    .order_by(col(Booking.starts_at), col(Booking.id))
)


def find_for(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, *, now: dt.datetime, on: dt.date | None = None,
    starts_at: dt.datetime | None = None, offering_id: uuid.UUID | None = None,
) -> list[Booking]:  # fmt: skip
    """Which of the person's upcoming bookings is meant by a local date, a start or an offering."""
    return [
        booking
        for booking in upcoming(session, contact_id, now=now)
        if (on is None or facts.local(booking.starts_at).date() == on)
        and (starts_at is None or booking.starts_at == starts_at)
        and (offering_id is None or booking.offering_id == offering_id)
    ]


def of_contact(session: TenantSession, contact_id: uuid.UUID, *, limit: int = 100) -> Sequence[Booking]:
    """All that the person ever booked, the latest start first; holds that were let go are left out."""
    return session.exec(
        select(Booking)
        .where(Booking.contact_id == contact_id, Booking.status != "released")
        .order_by(col(Booking.starts_at).desc(), col(Booking.id).desc())
        .limit(limit)
    ).all()


def family(session: TenantSession, booking: Booking) -> Sequence[Booking]:
    """The booking with all that it was moved from and to, the first one first."""
    statement = select(Booking).from_statement(
        text("""
        WITH RECURSIVE
          back (id, replaces_id) AS (
            SELECT id, replaces_id FROM bookings WHERE gym_id = :gym AND id = :id
            UNION SELECT b.id, b.replaces_id FROM bookings b JOIN back ON b.gym_id = :gym AND b.id = back.replaces_id),
          all_of (id) AS (
            SELECT id FROM back
            UNION SELECT b.id FROM bookings b JOIN all_of ON b.gym_id = :gym AND b.replaces_id = all_of.id
              AND b.contact_id = :contact AND b.booked_at IS NOT NULL)
        SELECT b.* FROM bookings b JOIN all_of ON b.gym_id = :gym AND b.id = all_of.id ORDER BY b.created_at, b.id""")
    )
    values = {"gym": session.gym_id, "id": booking.id, "contact": booking.contact_id}
    found: Sequence[Booking] = session.execute(statement, values).scalars().all()
    return found


def agenda(
    session: TenantSession, facts: GymFacts, trainer_id: uuid.UUID | None, on: dt.date
) -> list[AgendaLine]:
    """What a trainer (None: the whole gym) has on a local date, in order; classes without people too.

    Cancelled places and open holds are not on it.
    """
    start, end = clock.local_day(on, facts.zone)
    query = (
        select(Booking, Contact)
        .join(Contact, (col(Contact.gym_id) == Booking.gym_id) & (col(Contact.id) == Booking.contact_id))
        .where(Booking.starts_at >= start, Booking.starts_at < end, col(Booking.status).in_(ON_AGENDA))
        .order_by(col(Booking.starts_at), col(Booking.seat), col(Booking.id))
    )
    lines: list[AgendaLine] = []
    seated: dict[uuid.UUID, list[Attendee]] = defaultdict(list)
    for booking, contact in session.exec(query).all():
        if booking.scheduled_class_id is not None:
            seated[booking.scheduled_class_id].append(Attendee(booking, contact))
        elif trainer_id in (None, booking.trainer_id):
            lines.append(
                AgendaLine(
                    booking.starts_at, booking.ends_at, offering_of(session, facts, booking.offering_id),
                    booking.trainer_id, (Attendee(booking, contact),),
                )
            )  # fmt: skip
    lines += _classes(session, facts, trainer_id, start, end, seated)
    return sorted(lines, key=lambda line: (line.starts_at, line.offering.name))


def _classes(
    session: TenantSession, facts: GymFacts, trainer_id: uuid.UUID | None, start: dt.datetime, end: dt.datetime,
    seated: dict[uuid.UUID, list[Attendee]],
) -> list[AgendaLine]:  # fmt: skip
    rows = session.exec(
        select(ScheduledClass).where(ScheduledClass.starts_at >= start, ScheduledClass.starts_at < end)
    ).all()
    known = {(row.offering_id, row.starts_at) for row in rows}
    lines = [
        AgendaLine(
            row.starts_at, row.ends_at, offering_of(session, facts, row.offering_id), row.trainer_id,
            tuple(seated.get(row.id, ())), row.id, row.capacity,
        )
        for row in rows
        if trainer_id in (None, row.trainer_id) and row.cancelled_at is None
    ]  # fmt: skip
    for due in occurrences(facts, NOTHING_TAKEN, start=start, end=end):
        if trainer_id in (None, due.trainer_id) and (due.offering_id, due.starts_at) not in known:
            offering = facts.offering_by_id(due.offering_id)
            lines.append(
                AgendaLine(due.starts_at, due.ends_at, offering, due.trainer_id, (), None, due.capacity)
            )
    return lines


def _conditions(
    *, status: Sequence[str] = (), trainer_id: uuid.UUID | None = None, offering_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None, start: dt.datetime | None = None, end: dt.datetime | None = None,
) -> list[Any]:  # fmt: skip
    found: list[Any] = []
    if status:
        found.append(col(Booking.status).in_(status))
    for column, wanted in (
        (Booking.trainer_id, trainer_id),
        (Booking.offering_id, offering_id),
        (Booking.contact_id, contact_id),
    ):
        if wanted is not None:
            found.append(col(column) == wanted)
    if start is not None:
        found.append(col(Booking.starts_at) >= start)
    if end is not None:
        found.append(col(Booking.starts_at) < end)
    return found


def list_bookings(
    session: TenantSession, *, limit: int = 50, offset: int = 0, **filters: Any
) -> Sequence[Booking]:
    """Bookings in order of their start.

    Filters: `status` (several), `trainer_id`, `offering_id`, `contact_id`, `start` and `end` of the start.
    """
    query = select(Booking).where(*_conditions(**filters))
    return session.exec(
        query.order_by(col(Booking.starts_at), col(Booking.id)).limit(limit).offset(offset)
    ).all()


def count_bookings(session: TenantSession, **filters: Any) -> int:
    """How many bookings the filters of `list_bookings` leave."""
    return session.exec(select(func.count()).select_from(Booking).where(*_conditions(**filters))).one()
