"""How many trials were booked, and who came?"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from crm import clock
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.reports.base import Column, Period, Report, share


@dataclass(frozen=True, slots=True)
class TrialsOnDay:
    """The trials for one local day; days without any have no row. A moved trial counts on its new day."""

    day: dt.date
    booked: int
    """All that were booked for the day, whatever became of them."""
    attended: int
    no_show: int
    cancelled: int
    upcoming: int
    """Still to come."""
    unmarked: int
    """Over, but nobody has said who came."""


@dataclass(frozen=True, slots=True)
class TrialTotals:
    """All trials of a period together."""

    booked: int
    attended: int
    no_show: int
    cancelled: int
    upcoming: int
    unmarked: int

    @property
    def show_rate(self) -> float | None:
        """Who came, of those of whom it is known; None while it is known of nobody."""
        return share(self.attended, self.attended + self.no_show)


@dataclass(frozen=True, slots=True)
class TrialAt:
    """One trial of a day's list."""

    booking_id: uuid.UUID
    starts_at: dt.datetime
    """Wall time at the gym."""
    name: str | None
    trainer: str | None
    status: str
    goal: str | None
    confirmed: bool
    """The person has confirmed a reminder."""
    is_over: bool
    """Its end has passed."""


_COUNTED = "('booked', 'in_progress', 'attended', 'no_show', 'cancelled')"
_BY_DAY = text(
    f"""
    SELECT (b.starts_at AT TIME ZONE :zone)::date AS day, count(*) AS booked,
      count(*) FILTER (WHERE b.status = 'attended') AS attended,
      count(*) FILTER (WHERE b.status = 'no_show') AS no_show,
      count(*) FILTER (WHERE b.status = 'cancelled') AS cancelled,
      count(*) FILTER (WHERE b.status IN ('booked', 'in_progress') AND b.ends_at > :now) AS upcoming,
      count(*) FILTER (WHERE b.status IN ('booked', 'in_progress') AND b.ends_at <= :now) AS unmarked
    FROM bookings b JOIN offerings o ON o.gym_id = b.gym_id AND o.id = b.offering_id AND o.kind = 'trial'
    WHERE b.gym_id = :gym AND b.starts_at >= :since AND b.starts_at < :until
      AND b.status IN {_COUNTED} AND b.moved_to_id IS NULL
    GROUP BY 1 ORDER BY 1
    """
)
_OF_DAY = text(
    f"""
    SELECT b.id, b.starts_at, c.name, s.name AS trainer, b.status, l.goal,
      b.confirmed_by_guest_at IS NOT NULL AS confirmed, b.ends_at <= :now AS is_over
    FROM bookings b
    JOIN offerings o ON o.gym_id = b.gym_id AND o.id = b.offering_id AND o.kind = 'trial'
    JOIN contacts c ON c.gym_id = b.gym_id AND c.id = b.contact_id
    LEFT JOIN staff s ON s.gym_id = b.gym_id AND s.id = b.trainer_id
    LEFT JOIN LATERAL (
      SELECT goal FROM leads WHERE gym_id = b.gym_id AND contact_id = b.contact_id
      ORDER BY closed_at DESC NULLS FIRST, created_at DESC LIMIT 1) l ON true
    WHERE b.gym_id = :gym AND b.starts_at >= :since AND b.starts_at < :until
      AND b.status IN {_COUNTED} AND b.moved_to_id IS NULL
    ORDER BY b.starts_at, b.id
    """
)


_MADE = text(
    f"""
    SELECT count(*) FROM bookings b
    JOIN offerings o ON o.gym_id = b.gym_id AND o.id = b.offering_id AND o.kind = 'trial'
    WHERE b.gym_id = :gym AND b.created_at >= :since AND b.created_at < :until AND b.status IN {_COUNTED}
      AND NOT EXISTS (SELECT FROM bookings former WHERE former.gym_id = b.gym_id AND former.moved_to_id = b.id)
    """
)


def count_made(session: TenantSession, facts: GymFacts, period: Period) -> int:
    """Trials that were booked on a day of the period, whichever day they are for; one that was moved counts once."""
    since, until = period.instants(facts)
    return int(session.execute(_MADE, {"gym": session.gym_id, "since": since, "until": until}).scalar_one())


def trials(session: TenantSession, facts: GymFacts, period: Period) -> Sequence[TrialsOnDay]:
    """What became of the trials, by the local day they were for."""
    since, until = period.instants(facts)
    found = session.execute(
        _BY_DAY,
        {
            "zone": facts.gym.timezone,
            "gym": session.gym_id,
            "since": since,
            "until": until,
            "now": session.now,
        },
    )
    return [
        TrialsOnDay(row.day, row.booked, row.attended, row.no_show, row.cancelled, row.upcoming, row.unmarked)
        for row in found
    ]


def totals(rows: Sequence[TrialsOnDay]) -> TrialTotals:
    """The sum over the days."""
    return TrialTotals(
        booked=sum(row.booked for row in rows),
        attended=sum(row.attended for row in rows),
        no_show=sum(row.no_show for row in rows),
        cancelled=sum(row.cancelled for row in rows),
        upcoming=sum(row.upcoming for row in rows),
        unmarked=sum(row.unmarked for row in rows),
    )


def trials_on(session: TenantSession, facts: GymFacts, day: dt.date) -> Sequence[TrialAt]:
    """The trials for one local day, by time."""
    since, until = clock.local_day(day, facts.zone)
    found = session.execute(
        _OF_DAY, {"gym": session.gym_id, "since": since, "until": until, "now": session.now}
    )
    return [
        TrialAt(
            row.id,
            facts.local(row.starts_at),
            row.name,
            row.trainer,
            row.status,
            row.goal,
            row.confirmed,
            row.is_over,
        )
        for row in found
    ]


REPORT = Report(
    name="trials",
    title="Trials",
    question="How many trials were booked, and who came?",
    columns=(
        Column("day", "Day", "date"),
        Column("booked", "Booked", "count"),
        Column("attended", "Came", "count"),
        Column("no_show", "Did not come", "count"),
        Column("cancelled", "Cancelled", "count"),
        Column("upcoming", "To come", "count"),
        Column("unmarked", "Not marked", "count"),
    ),
    rows=trials,
)
