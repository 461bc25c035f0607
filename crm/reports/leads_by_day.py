"""How many people asked, on which day, through which channel?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from crm.db import TenantSession
from crm.facts import GymFacts
from crm.reports.base import NOT_A_DUPLICATE, Column, Period, Report


@dataclass(frozen=True, slots=True)
class LeadsOnDay:
    """New leads of one local day from one source; days and sources without any have no row."""

    day: dt.date
    source: str
    leads: int


_QUERY = text(
    f"""
    SELECT (created_at AT TIME ZONE :zone)::date AS day, source, count(*) AS leads
    FROM leads WHERE gym_id = :gym AND created_at >= :since AND created_at < :until
      AND {NOT_A_DUPLICATE}
    GROUP BY 1, 2 ORDER BY 1, 2
    """
)


def leads_by_day(session: TenantSession, facts: GymFacts, period: Period) -> Sequence[LeadsOnDay]:
    """New leads by local day and source."""
    since, until = period.instants(facts)
    found = session.execute(
        _QUERY, {"zone": facts.gym.timezone, "gym": session.gym_id, "since": since, "until": until}
    )
    return [LeadsOnDay(row.day, row.source, row.leads) for row in found]


REPORT = Report(
    name="leads_by_day",
    title="New leads by day",
    question="How many people asked, when, and through which channel?",
    columns=(
        Column("day", "Day", "date"),
        Column("source", "Source", "text"),
        Column("leads", "New leads", "count"),
    ),
    rows=leads_by_day,
)
