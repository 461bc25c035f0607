"""How long do people wait for the first answer, from the bot and from a person?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from crm.db import TenantSession
from crm.facts import GymFacts
from crm.reports.base import NOT_A_DUPLICATE, Column, Period, Report


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """How fast one side answered first, over the leads created in the period."""

    answered_by: str
    """bot or person: never mixed, or the bot's seconds would hide the people's hours."""
    leads: int
    """Leads that side has answered."""
    median: float | None
    """Seconds from the first message to the first answer; half waited less."""
    p90: float | None
    """Seconds; nine of ten waited less."""


_QUERY = text(
    f"""
    SELECT side.name AS answered_by, count(side.waited) AS leads,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY side.waited) AS median,
      percentile_cont(0.9) WITHIN GROUP (ORDER BY side.waited) AS p90
    FROM leads l CROSS JOIN LATERAL (VALUES
      (1, 'bot', extract(epoch FROM l.first_bot_reply_at - l.created_at)::float8),
      (2, 'person', extract(epoch FROM l.first_human_reply_at - l.created_at)::float8)
    ) AS side (position, name, waited)
    WHERE l.gym_id = :gym AND l.created_at >= :since AND l.created_at < :until
      AND l.{NOT_A_DUPLICATE}
    GROUP BY side.position, side.name ORDER BY side.position
    """
)


def response_times(session: TenantSession, facts: GymFacts, period: Period) -> Sequence[ResponseTime]:
    """First answers by bot and by people, apart; a side that has answered nobody has no times."""
    since, until = period.instants(facts)
    found = {
        row.answered_by: row
        for row in session.execute(_QUERY, {"gym": session.gym_id, "since": since, "until": until})
    }
    return [
        ResponseTime(side, row.leads, row.median, row.p90)
        if (row := found.get(side))
        else ResponseTime(side, 0, None, None)
        for side in ("bot", "person")
    ]


REPORT = Report(
    name="response_times",
    title="First answers",
    question="How long do people wait for the first answer?",
    columns=(
        Column("answered_by", "Answered by", "text"),
        Column("leads", "Leads answered", "count"),
        Column("median", "Median wait", "duration"),
        Column("p90", "Nine of ten within", "duration"),
    ),
    rows=response_times,
)
