"""Dated occurrences of classes, made from the timetable as far ahead as can be booked.

A class need not have its row to be offered: availability goes by the timetable where
rows are missing, and the first place taken makes the row.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import col, select

from crm import locks, places
from crm.availability import last_bookable_day, timetable
from crm.db import TenantSession
from crm.errors import Conflict, NotFound
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking, ScheduledClass, new_id
from crm.spans import DAY

_STANDS = "('held', 'booked', 'in_progress')"

_MAKE = text("""
    INSERT INTO scheduled_classes (gym_id, id, offering_id, trainer_id, starts_at, ends_at, capacity)
    SELECT :gym, t.* FROM unnest(CAST(:ids AS uuid[]), CAST(:offerings AS uuid[]), CAST(:trainers AS uuid[]),
      CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:capacities AS int[])) AS t
    ON CONFLICT (gym_id, offering_id, starts_at) DO NOTHING RETURNING id""")

# A class that changed hands, length or size keeps its people; it is not made smaller than its highest seat.
_BRING_UP_TO_DATE = text(f"""
    UPDATE scheduled_classes c SET trainer_id = t.trainer_id, ends_at = t.ends_at,
      capacity = greatest(t.capacity, (SELECT coalesce(max(b.seat), 1) FROM bookings b
        WHERE b.gym_id = c.gym_id AND b.scheduled_class_id = c.id AND b.status IN {_STANDS}))
    FROM unnest(CAST(:offerings AS uuid[]), CAST(:trainers AS uuid[]), CAST(:starts AS timestamptz[]),
      CAST(:ends AS timestamptz[]), CAST(:capacities AS int[])) AS t (offering_id, trainer_id, starts_at, ends_at, capacity)
    WHERE c.gym_id = :gym AND c.offering_id = t.offering_id AND c.starts_at = t.starts_at AND c.cancelled_at IS NULL
      AND ((c.trainer_id, c.ends_at) IS DISTINCT FROM (t.trainer_id, t.ends_at)
        OR c.capacity <> greatest(t.capacity, (SELECT coalesce(max(b.seat), 1) FROM bookings b
          WHERE b.gym_id = c.gym_id AND b.scheduled_class_id = c.id AND b.status IN {_STANDS})))
    RETURNING c.id""")

_FREE_TIMES = text("""
    DELETE FROM trainer_times t USING scheduled_classes c
    WHERE t.gym_id = :gym AND c.gym_id = :gym AND t.scheduled_class_id = c.id AND c.starts_at >= :now
      AND (c.cancelled_at IS NOT NULL OR c.trainer_id IS DISTINCT FROM t.trainer_id OR c.ends_at <> t.ends_at)""")

_TAKE_TIMES = text("""
    INSERT INTO trainer_times (gym_id, id, trainer_id, starts_at, ends_at, scheduled_class_id, holder)
    SELECT :gym, gen_random_uuid(), c.trainer_id, c.starts_at, c.ends_at, c.id, c.id FROM scheduled_classes c
    WHERE c.gym_id = :gym AND c.trainer_id IS NOT NULL AND c.cancelled_at IS NULL AND c.starts_at >= :now
      AND (CAST(:only AS uuid) IS NULL OR c.id = :only)
      AND NOT EXISTS (SELECT FROM trainer_times t WHERE t.gym_id = :gym AND t.trainer_id = c.trainer_id
        AND t.starts_at = c.starts_at AND t.scheduled_class_id = c.id)
    ORDER BY c.trainer_id, c.starts_at
    ON CONFLICT DO NOTHING""")

_UNTAUGHT = text("""
    SELECT c.id FROM scheduled_classes c
    WHERE c.gym_id = :gym AND c.trainer_id IS NOT NULL AND c.cancelled_at IS NULL AND c.starts_at >= :now
      AND NOT EXISTS (SELECT FROM trainer_times t WHERE t.gym_id = :gym AND t.scheduled_class_id = c.id)
    ORDER BY c.starts_at""")

_DROP = text("""
    DELETE FROM scheduled_classes c WHERE c.gym_id = :gym AND c.id = ANY(CAST(:ids AS uuid[]))
      AND NOT EXISTS (SELECT FROM bookings b WHERE b.gym_id = :gym AND b.scheduled_class_id = c.id)
      AND NOT EXISTS (SELECT FROM waitlist_entries w WHERE w.gym_id = :gym AND w.scheduled_class_id = c.id)
    RETURNING c.id""")


@dataclass(frozen=True, slots=True)
class Materialised:
    """What a run changed, and what needs a person's eye."""

    made: int
    dropped: int
    """Occurrences that the timetable no longer has and nobody had booked."""
    stranded: tuple[uuid.UUID, ...]
    """Occurrences that the timetable no longer has but people are booked in: they still take place."""
    untaught: tuple[uuid.UUID, ...]
    """Occurrences whose trainer is booked otherwise at that time."""


def materialise(session: TenantSession, facts: GymFacts, *, now: dt.datetime) -> Materialised:
    """Make the rows of all classes that can be booked from now on agree with the timetable.

    Idempotent: a second run finds nothing to do. Run it when facts change and daily.
    """
    due = _due(facts, now)
    trainers = {offering.trainer_id for offering, _ in due if offering.trainer_id}
    keys = [locks.trainer_key(session, trainer_id) for trainer_id in trainers]
    return locks.run_locked(session, keys, lambda: _materialise(session, due, now))


def _due(facts: GymFacts, now: dt.datetime) -> list[tuple[OfferingFact, dt.datetime]]:
    end = facts.instant(dt.datetime.combine(last_bookable_day(facts, now) + DAY, dt.time()))
    return [
        (offering, starts_at)
        for offering in facts.classes
        for starts_at in timetable(facts, offering, start=now, end=end)
    ]


def _materialise(
    session: TenantSession, due: Sequence[tuple[OfferingFact, dt.datetime]], now: dt.datetime
) -> Materialised:
    values = {
        "gym": session.gym_id, "ids": [new_id() for _ in due], "offerings": [offering.id for offering, _ in due],
        "trainers": [offering.trainer_id for offering, _ in due], "starts": [at for _, at in due],
        "ends": [at + offering.lasts for offering, at in due],
        "capacities": [offering.capacity for offering, _ in due],
    }  # fmt: skip
    connection = session.connection()
    made = len(connection.execute(_MAKE, values).all())
    connection.execute(_BRING_UP_TO_DATE, {name: value for name, value in values.items() if name != "ids"})
    dropped, stranded = _drop_undue(session, {(offering.id, at) for offering, at in due}, now)
    only_now = {"gym": session.gym_id, "now": now}
    connection.execute(_FREE_TIMES, only_now)
    connection.execute(_TAKE_TIMES, only_now | {"only": None})
    untaught = connection.execute(_UNTAUGHT, only_now).scalars().all()
    return Materialised(made, dropped, stranded, tuple(untaught))


def _drop_undue(
    session: TenantSession, due: set[tuple[uuid.UUID, dt.datetime]], now: dt.datetime
) -> tuple[int, tuple[uuid.UUID, ...]]:
    rows = session.exec(
        select(ScheduledClass.id, ScheduledClass.offering_id, ScheduledClass.starts_at).where(
            ScheduledClass.starts_at >= now, col(ScheduledClass.cancelled_at).is_(None)
        )
    ).all()
    undue = [row_id for row_id, offering_id, at in rows if (offering_id, at) not in due]
    if not undue:
        return 0, ()
    booked = set(
        session.exec(
            select(Booking.scheduled_class_id)
            .where(col(Booking.scheduled_class_id).in_(undue), col(Booking.status).in_(["held", "booked"]))
            .distinct()
        ).all()
    )
    empty = [row_id for row_id in undue if row_id not in booked]
    values = {"gym": session.gym_id, "ids": empty, "now": now}
    connection = session.connection()
    connection.execute(
        text(
            "DELETE FROM trainer_times WHERE gym_id = :gym AND scheduled_class_id = ANY(CAST(:ids AS uuid[]))"
        ),
        values,
    )
    connection.execute(_DROP, values)
    # Rows that somebody was booked in once stay for the record.
    connection.execute(
        text(
            "UPDATE scheduled_classes SET cancelled_at = :now"
            " WHERE gym_id = :gym AND id = ANY(CAST(:ids AS uuid[])) AND cancelled_at IS NULL"
        ),
        values,
    )
    return len(empty), tuple(row_id for row_id in undue if row_id in booked)


def find(session: TenantSession, offering_id: uuid.UUID, starts_at: dt.datetime) -> ScheduledClass | None:
    """The occurrence of a class at that instant, if it has its row."""
    return session.exec(
        select(ScheduledClass).where(
            ScheduledClass.offering_id == offering_id, ScheduledClass.starts_at == starts_at
        )
    ).first()


def get(session: TenantSession, scheduled_class_id: uuid.UUID) -> ScheduledClass:
    """The occurrence; raises `NotFound`."""
    found = session.get(ScheduledClass, (session.gym_id, scheduled_class_id))
    if found is None:
        raise NotFound("no such class", scheduled_class_id=scheduled_class_id)
    return found


def list_between(
    session: TenantSession, *, start: dt.datetime, end: dt.datetime, offering_id: uuid.UUID | None = None
) -> Sequence[ScheduledClass]:
    """The occurrences that have a row and start from `start` to before `end`, cancelled ones aside."""
    query = select(ScheduledClass).where(
        ScheduledClass.starts_at >= start,
        ScheduledClass.starts_at < end,
        col(ScheduledClass.cancelled_at).is_(None),
    )
    if offering_id is not None:
        query = query.where(ScheduledClass.offering_id == offering_id)
    return session.exec(query.order_by(col(ScheduledClass.starts_at), col(ScheduledClass.id))).all()


def ensure_row(session: TenantSession, offering: OfferingFact, starts_at: dt.datetime) -> uuid.UUID:
    """The id of the occurrence that the timetable has then, its row made where it was missing.

    For callers that hold the locks of the class and of its trainer.
    """
    made = new_id()
    connection = session.connection()
    connection.execute(_MAKE, {
        "gym": session.gym_id, "ids": [made], "offerings": [offering.id], "trainers": [offering.trainer_id],
        "starts": [starts_at], "ends": [starts_at + offering.lasts], "capacities": [offering.capacity],
    })  # fmt: skip
    found = find(session, offering.id, starts_at)
    if found is None:
        raise Conflict("the class was taken off the timetable", offering_id=offering.id)
    if found.id == made:
        connection.execute(_TAKE_TIMES, {"gym": session.gym_id, "now": starts_at, "only": made})
    return found.id


def cancel(
    session: TenantSession, scheduled_class_id: uuid.UUID, *, now: dt.datetime, reason: str
) -> list[Booking]:
    """Call off one occurrence: its places are cancelled, its queue ends, its trainer is free.

    Returns the bookings that were cancelled, so that their people can be told. Raises
    `Conflict` where it was called off before.
    """
    row = get(session, scheduled_class_id)
    keys = [locks.class_key(session, row.offering_id, row.starts_at)]
    return locks.run_locked(session, keys, lambda: _cancel(session, row, now, reason))


def _cancel(session: TenantSession, row: ScheduledClass, now: dt.datetime, reason: str) -> list[Booking]:
    values = {"gym": session.gym_id, "id": row.id, "now": now, "reason": reason}
    connection = session.connection()
    done = connection.execute(
        text(
            "UPDATE scheduled_classes SET cancelled_at = :now"
            " WHERE gym_id = :gym AND id = :id AND cancelled_at IS NULL RETURNING id"
        ),
        values,
    ).all()
    if not done:
        raise Conflict("the class was called off before", scheduled_class_id=row.id)
    connection.execute(
        text("DELETE FROM trainer_times WHERE gym_id = :gym AND scheduled_class_id = :id"), values
    )
    connection.execute(
        text(
            "UPDATE waitlist_entries SET status = 'expired'"
            " WHERE gym_id = :gym AND scheduled_class_id = :id AND status IN ('waiting', 'offered')"
        ),
        values,
    )
    session.refresh(row)
    statement = select(Booking).from_statement(
        text(
            "UPDATE bookings SET status = CASE status WHEN 'held' THEN 'released' ELSE 'cancelled' END,"
            " cancelled_reason = :reason, ended_at = :now"
            " WHERE gym_id = :gym AND scheduled_class_id = :id AND status IN ('held', 'booked') RETURNING *"
        )
    )
    places.changed(session)
    ended = session.execute(statement, values, execution_options={"populate_existing": True}).scalars().all()
    return [booking for booking in ended if booking.status == "cancelled"]
