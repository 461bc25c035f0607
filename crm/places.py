"""The statements that take, keep and free places in the calendar. Rules live in `crm.bookings`.

Each is one round trip that changes a booking together with the trainer's time or the
seat it stands for, so that neither can be there without the other. They are meant to
run under the locks of `crm.locks`; what they guard themselves (an exclusion constraint,
unique seats, ``ON CONFLICT DO NOTHING``) holds without.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from crm.availability import BusyTime, Occurrence, Taken, givers
from crm.db import TenantSession
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking, new_id
from crm.spans import DAY, Span

UPCOMING = "upcoming_bookings"
"""Under this name a session keeps what it read of people's bookings, until it changes one."""
BY_WAITLIST = "waitlist"
"""`Booking.created_by` of a seat held for somebody on the waitlist: only the waitlist takes it back."""

LONGEST = "interval '12 hours'"
"""No offering lasts longer, so nothing that started earlier can reach into a window."""

_SEATED = "status IN ('held', 'booked', 'in_progress', 'attended', 'no_show')"
_FREE_FOR_CONTACT = """NOT EXISTS (
    SELECT FROM bookings o WHERE o.gym_id = :gym AND o.contact_id = :contact
      AND o.status IN ('booked', 'in_progress') AND o.starts_at < :ends_at AND o.ends_at > :starts_at
      AND o.id IS DISTINCT FROM CAST(:replaces AS uuid) AND o.id <> :id)"""
_TRAINER_IS_IN = """NOT EXISTS (
    SELECT FROM time_off a WHERE a.gym_id = :gym AND a.trainer_id = {trainer} AND a.taken_back_at IS NULL
      AND a.starts_at < {ends_at} AND a.ends_at > {starts_at})"""
_SMALLEST_SEAT = f"""(
    SELECT min(n) FROM generate_series(1, c.capacity) n WHERE NOT EXISTS (
      SELECT FROM bookings s WHERE s.gym_id = :gym AND s.scheduled_class_id = c.id AND s.seat = n AND s.{_SEATED}))"""
_NEW = """id, contact_id, offering_id, trainer_id, scheduled_class_id, seat, starts_at, ends_at, status,
    hold_expires_at, replaces_id, created_by, created_at, booked_at"""

_READ = text(f"""
    SELECT 'time' AS what, t.trainer_id, NULL::uuid AS offering_id, t.starts_at, t.ends_at, NULL::uuid AS id,
      0 AS capacity, 0 AS seats, 0 AS waiting, t.booking_id IS NOT NULL AS flag
    FROM trainer_times t LEFT JOIN bookings b ON b.gym_id = t.gym_id AND b.id = t.booking_id
    WHERE t.gym_id = :gym AND t.trainer_id = ANY(CAST(:trainers AS uuid[]))
      AND t.starts_at > CAST(:since AS timestamptz) - {LONGEST} AND t.starts_at < :until AND t.ends_at > :since
      AND (b.id IS NULL OR b.id IS DISTINCT FROM CAST(:replaces AS uuid)
        AND (b.status <> 'held' OR b.hold_expires_at > :now AND b.contact_id IS DISTINCT FROM CAST(:contact AS uuid)))
    UNION ALL
    SELECT 'class', c.trainer_id, c.offering_id, c.starts_at, c.ends_at, c.id, c.capacity,
      CASE WHEN :seats THEN (
        SELECT count(*)::int FROM bookings b
        WHERE b.gym_id = :gym AND b.scheduled_class_id = c.id AND b.{_SEATED}
          AND b.id IS DISTINCT FROM CAST(:replaces AS uuid)
          AND (b.status <> 'held' OR b.contact_id IS DISTINCT FROM CAST(:contact AS uuid)
            AND (b.hold_expires_at > :now OR b.created_by = '{BY_WAITLIST}'))) ELSE 0 END,
      CASE WHEN :seats THEN (
        SELECT count(*)::int FROM waitlist_entries w
        WHERE w.gym_id = :gym AND w.scheduled_class_id = c.id AND w.status IN ('waiting', 'offered')) ELSE 0 END,
      c.cancelled_at IS NOT NULL
    FROM scheduled_classes c
    WHERE c.gym_id = :gym AND c.offering_id = ANY(CAST(:classes AS uuid[]))
      AND c.starts_at > CAST(:since AS timestamptz) - {LONGEST} AND c.starts_at < :until
    UNION ALL
    SELECT 'own', NULL, o.offering_id, o.starts_at, o.ends_at, o.id, 0, 0, 0, o.status = 'held'
    FROM bookings o
    WHERE o.gym_id = :gym AND o.contact_id = CAST(:contact AS uuid)
      AND (o.status IN ('booked', 'in_progress') OR o.status = 'held' AND o.created_by = '{BY_WAITLIST}')
      AND o.starts_at > CAST(:since AS timestamptz) - {LONGEST} AND o.starts_at < :until AND o.ends_at > :since
      AND o.id IS DISTINCT FROM CAST(:replaces AS uuid)
    UNION ALL
    SELECT 'away', a.trainer_id, NULL, a.starts_at, a.ends_at, a.id, 0, 0, 0, false
    FROM time_off a
    WHERE a.gym_id = :gym AND a.trainer_id = ANY(CAST(:trainers AS uuid[])) AND a.taken_back_at IS NULL
      AND a.starts_at < :until AND a.ends_at > :since""")

# Rows are locked in the order of their ids, as everywhere, so that two of these cannot wait in a ring.
_RELEASE = text(f"""
    WITH stale AS (
      SELECT id FROM bookings
      WHERE gym_id = :gym AND status = 'held' AND created_by <> '{BY_WAITLIST}'
        AND (contact_id = CAST(:contact AS uuid) OR hold_expires_at <= :now
          AND (trainer_id = ANY(CAST(:trainers AS uuid[])) AND scheduled_class_id IS NULL
            OR scheduled_class_id = CAST(:class AS uuid)))
      ORDER BY id FOR UPDATE),
    released AS (
      UPDATE bookings b SET status = 'released', ended_at = :now FROM stale
      WHERE b.gym_id = :gym AND b.id = stale.id RETURNING b.id)
    DELETE FROM trainer_times t USING released WHERE t.gym_id = :gym AND t.booking_id = released.id""")

_RELEASE_OF_TRAINER = text("""
    WITH stale AS (
      SELECT id FROM bookings
      WHERE gym_id = :gym AND status = 'held' AND trainer_id = :trainer AND scheduled_class_id IS NULL
        AND starts_at < :ends_at AND ends_at > :starts_at
      ORDER BY id FOR UPDATE),
    released AS (
      UPDATE bookings b SET status = 'released', ended_at = :now FROM stale
      WHERE b.gym_id = :gym AND b.id = stale.id RETURNING b.id)
    DELETE FROM trainer_times t USING released WHERE t.gym_id = :gym AND t.booking_id = released.id""")

_RELEASE_EXPIRED = select(Booking).from_statement(
    text(f"""
    WITH stale AS (
      SELECT id FROM bookings
      WHERE gym_id = :gym AND status = 'held' AND created_by <> '{BY_WAITLIST}' AND hold_expires_at <= :now
      ORDER BY id FOR UPDATE SKIP LOCKED),
    released AS (
      UPDATE bookings b SET status = 'released', ended_at = :now FROM stale
      WHERE b.gym_id = :gym AND b.id = stale.id RETURNING b.*),
    freed AS (DELETE FROM trainer_times t USING released WHERE t.gym_id = :gym AND t.booking_id = released.id)
    SELECT * FROM released ORDER BY id""")
)

_TAKE_TRAINER = select(Booking).from_statement(
    text(f"""
    WITH taken AS (
      INSERT INTO trainer_times (gym_id, id, trainer_id, starts_at, ends_at, booking_id, holder)
      SELECT :gym, :time_id, :trainer, CAST(:starts_at AS timestamptz), CAST(:ends_at AS timestamptz),
        CAST(:id AS uuid), CAST(:contact AS uuid)
      WHERE {_FREE_FOR_CONTACT}
        AND {_TRAINER_IS_IN.format(trainer=":trainer", starts_at=":starts_at", ends_at=":ends_at")}
      ON CONFLICT DO NOTHING RETURNING booking_id, trainer_id)
    INSERT INTO bookings (gym_id, {_NEW})
    SELECT :gym, taken.booking_id, CAST(:contact AS uuid), :offering, taken.trainer_id, NULL, NULL,
      CAST(:starts_at AS timestamptz), CAST(:ends_at AS timestamptz), :status,
      CAST(:expires_at AS timestamptz), CAST(:replaces AS uuid), :created_by, :now,
      CASE WHEN :status = 'booked' THEN CAST(:now AS timestamptz) END
    FROM taken RETURNING *""")
)

_TAKE_SEAT = select(Booking).from_statement(
    text(f"""
    WITH place AS (
      SELECT c.id, c.trainer_id, {_SMALLEST_SEAT} AS seat FROM scheduled_classes c
      WHERE c.gym_id = :gym AND c.id = CAST(:class AS uuid) AND c.cancelled_at IS NULL)
    INSERT INTO bookings (gym_id, {_NEW})
    SELECT :gym, :id, :contact, :offering, place.trainer_id, place.id, place.seat,
      CAST(:starts_at AS timestamptz), CAST(:ends_at AS timestamptz), :status,
      CAST(:expires_at AS timestamptz), CAST(:replaces AS uuid), :created_by, :now,
      CASE WHEN :status = 'booked' THEN CAST(:now AS timestamptz) END
    FROM place WHERE place.seat IS NOT NULL AND {_FREE_FOR_CONTACT}
    ON CONFLICT DO NOTHING RETURNING *""")
)

_STANDING_AGAIN = """status = 'booked', booked_at = :now, ended_at = NULL, cancelled_reason = NULL,
    late_cancel = false, moved_to_id = NULL"""

_RETAKE_TRAINER = select(Booking).from_statement(
    text(f"""
    WITH taken AS (
      INSERT INTO trainer_times (gym_id, id, trainer_id, starts_at, ends_at, booking_id, holder)
      SELECT :gym, :time_id, b.trainer_id, b.starts_at, b.ends_at, b.id, b.contact_id FROM bookings b
      WHERE b.gym_id = :gym AND b.id = :id AND b.status IN ('released', 'cancelled') AND {_FREE_FOR_CONTACT}
        AND {_TRAINER_IS_IN.format(trainer="b.trainer_id", starts_at="b.starts_at", ends_at="b.ends_at")}
      ON CONFLICT DO NOTHING RETURNING booking_id)
    UPDATE bookings b SET {_STANDING_AGAIN} FROM taken
    WHERE b.gym_id = :gym AND b.id = taken.booking_id RETURNING b.*""")
)

_RETAKE_SEAT = select(Booking).from_statement(
    text(f"""
    WITH place AS (
      SELECT {_SMALLEST_SEAT} AS seat FROM scheduled_classes c
      WHERE c.gym_id = :gym AND c.id = CAST(:class AS uuid) AND c.cancelled_at IS NULL)
    UPDATE bookings b SET {_STANDING_AGAIN}, seat = place.seat FROM place
    WHERE b.gym_id = :gym AND b.id = :id AND b.status IN ('released', 'cancelled') AND place.seat IS NOT NULL
      AND {_FREE_FOR_CONTACT} RETURNING b.*""")
)

# Offered seats stand beside the person's other doings, so those are looked at here.
_CONFIRM = select(Booking).from_statement(
    text(f"""
    UPDATE bookings b SET status = 'booked', booked_at = :now
    WHERE gym_id = :gym AND id = :id AND status = 'held' AND starts_at >= :now
      AND (hold_expires_at > :now AND created_by <> '{BY_WAITLIST}'
        OR created_by = '{BY_WAITLIST}' AND NOT EXISTS (
          SELECT FROM bookings o WHERE o.gym_id = :gym AND o.contact_id = b.contact_id AND o.starts_at < b.ends_at
            AND o.ends_at > b.starts_at AND o.status IN ('booked', 'in_progress')))
    RETURNING *""")
)

_END = select(Booking).from_statement(
    text("""
    WITH ended AS (
      UPDATE bookings SET status = :status, ended_at = :now, cancelled_reason = :reason, late_cancel = :late,
        moved_to_id = CAST(:moved_to AS uuid)
      WHERE gym_id = :gym AND id = :id AND status = :expected RETURNING *),
    freed AS (DELETE FROM trainer_times t USING ended WHERE t.gym_id = :gym AND t.booking_id = ended.id)
    SELECT * FROM ended""")
)

_LEAVE_QUEUE = text("""
    UPDATE waitlist_entries SET status = 'taken'
    WHERE gym_id = :gym AND scheduled_class_id = :class AND contact_id = :contact AND status IN ('waiting', 'offered')""")


def read(
    session: TenantSession, facts: GymFacts, offering: OfferingFact, *, start: dt.datetime, end: dt.datetime,
    now: dt.datetime, contact_id: uuid.UUID | None = None, replaces_id: uuid.UUID | None = None,
) -> Taken:  # fmt: skip
    """What is taken on the local days from `start` to `end`, as far as the offering goes by it.

    The holds of `contact_id` and the place that is to be replaced do not count: they
    are given up for a new one.
    """
    since = facts.instant(dt.datetime.combine(facts.local(start).date(), dt.time()))
    until = facts.instant(dt.datetime.combine(facts.local(end).date() + DAY, dt.time()))
    wanted = [offering] if offering.is_class else facts.classes
    rows = session.connection().execute(_READ, {
        "gym": session.gym_id, "since": since, "until": until, "now": now, "contact": contact_id,
        "replaces": replaces_id, "seats": offering.is_class, "classes": [item.id for item in wanted],
        "trainers": [] if offering.is_class else [person.id for person in givers(facts, offering)],
    })  # fmt: skip
    busy: dict[uuid.UUID, list[BusyTime]] = defaultdict(list)
    occurrences: dict[tuple[uuid.UUID, dt.datetime], Occurrence] = {}
    own: list[Span] = []
    away: dict[uuid.UUID, list[Span]] = defaultdict(list)
    offered: dict[tuple[uuid.UUID, dt.datetime], uuid.UUID] = {}
    for what, trainer_id, offering_id, starts_at, ends_at, row_id, capacity, seats, waiting, flag in rows:
        if what == "time":
            busy[trainer_id].append(BusyTime(starts_at, ends_at, flag))
        elif what == "away":
            away[trainer_id].append(Span(starts_at, ends_at))
        elif what == "class":
            occurrences[offering_id, starts_at.astimezone(dt.UTC)] = Occurrence(
                offering_id, starts_at, ends_at, capacity, trainer_id, row_id, seats, waiting, flag
            )
        elif flag:
            offered[offering_id, starts_at.astimezone(dt.UTC)] = row_id
        else:
            own.append(Span(starts_at, ends_at))
    return Taken(busy, occurrences, own, offered, away)


def changed(session: TenantSession) -> None:
    """Bookings of this session are not what they were: forget what was read of them (see `booking_lists.upcoming`)."""
    session.info.pop(UPCOMING, None)


def release(
    session: TenantSession, *, now: dt.datetime, contact_id: uuid.UUID | None = None,
    trainer_ids: Sequence[uuid.UUID] = (), scheduled_class_id: uuid.UUID | None = None,
) -> None:  # fmt: skip
    """Give up the open hold of the contact, and the holds of others there that have run out."""
    session.connection().execute(_RELEASE, {
        "gym": session.gym_id, "now": now, "contact": contact_id, "trainers": list(trainer_ids),
        "class": scheduled_class_id,
    })  # fmt: skip


def release_of_trainer(
    session: TenantSession, trainer_id: uuid.UUID, starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime
) -> None:  # fmt: skip
    """Give up every open hold of a trainer's time in that stretch: confirming one asks for the place anew."""
    changed(session)
    session.connection().execute(_RELEASE_OF_TRAINER, {
        "gym": session.gym_id, "trainer": trainer_id, "starts_at": starts_at, "ends_at": ends_at, "now": now,
    })  # fmt: skip


def release_expired(session: TenantSession, *, now: dt.datetime) -> list[Booking]:
    """Give up every hold that has run out, the waitlist's aside; those that another writer has in hand are left."""
    return list(_bookings(session, _RELEASE_EXPIRED, {"gym": session.gym_id, "now": now}))


def take_trainer(session: TenantSession, draft: Booking) -> Booking | None:
    """Write the booking with its trainer's time; None where that or the person is taken then."""
    return _one(
        session, _TAKE_TRAINER, _draft(session, draft) | {"time_id": new_id(), "trainer": draft.trainer_id}
    )


def take_seat(session: TenantSession, draft: Booking) -> Booking | None:
    """Write the booking with the smallest free seat of its class; None where there is none."""
    return _one(session, _TAKE_SEAT, _draft(session, draft) | {"class": draft.scheduled_class_id})


def retake(
    session: TenantSession, booking: Booking, *, now: dt.datetime, replaces_id: uuid.UUID | None = None
) -> Booking | None:
    """Let a booking that was released or cancelled stand again at its place; None where that is taken."""
    values = {
        "gym": session.gym_id, "id": booking.id, "contact": booking.contact_id, "starts_at": booking.starts_at,
        "ends_at": booking.ends_at, "replaces": replaces_id, "now": now,
    }  # fmt: skip
    if booking.scheduled_class_id is not None:
        return _one(session, _RETAKE_SEAT, values | {"class": booking.scheduled_class_id})
    return _one(session, _RETAKE_TRAINER, values | {"time_id": new_id()})


def confirm(session: TenantSession, booking_id: uuid.UUID, *, now: dt.datetime) -> Booking | None:
    """Turn a hold into a booking; None where it is none, or has run out and others may have its place.

    A seat held for the waitlist stays its person's until the waitlist takes it back.
    """
    return _one(session, _CONFIRM, {"gym": session.gym_id, "id": booking_id, "now": now})


def end(
    session: TenantSession, booking_id: uuid.UUID, *, now: dt.datetime, expected: str, status: str = "cancelled",
    reason: str | None = None, late: bool = False, moved_to_id: uuid.UUID | None = None,
) -> Booking | None:  # fmt: skip
    """Cancel or release a booking and free its place; None where its status is not the expected one."""
    return _one(session, _END, {
        "gym": session.gym_id, "id": booking_id, "now": now, "expected": expected, "status": status,
        "reason": reason, "late": late, "moved_to": moved_to_id,
    })  # fmt: skip


def leave_queue(session: TenantSession, booking: Booking) -> None:
    """Who has a place in a class no longer waits for one."""
    if booking.scheduled_class_id is not None:
        session.connection().execute(_LEAVE_QUEUE, {
            "gym": session.gym_id, "class": booking.scheduled_class_id, "contact": booking.contact_id,
        })  # fmt: skip


def _draft(session: TenantSession, draft: Booking) -> dict[str, Any]:
    return {
        "gym": session.gym_id, "id": draft.id, "contact": draft.contact_id, "offering": draft.offering_id,
        "starts_at": draft.starts_at, "ends_at": draft.ends_at, "status": draft.status,
        "expires_at": draft.hold_expires_at, "replaces": draft.replaces_id, "created_by": draft.created_by,
        "now": draft.created_at,
    }  # fmt: skip


def _bookings(session: TenantSession, statement: Any, values: dict[str, Any]) -> Sequence[Booking]:
    changed(session)
    found: Sequence[Booking] = (
        session.execute(statement, values, execution_options={"populate_existing": True}).scalars().all()
    )
    return found


def _one(session: TenantSession, statement: Any, values: dict[str, Any]) -> Booking | None:
    return next(iter(_bookings(session, statement, values)), None)
