"""Of the people who asked, how many came how far?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from crm.db import TenantSession
from crm.facts import GymFacts
from crm.leads import LOST
from crm.reports.base import NOT_A_DUPLICATE, Column, Period, Report, share


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """One stage of the pipeline, seen by the leads that were created in the period."""

    stage: str
    reached: int
    """Leads that have been in this stage or in a later one; for lost: that are lost."""
    share_of_all: float | None
    share_of_previous: float | None
    """Of those who reached the stage before; None for the first stage and for lost."""
    been: int
    """Leads that have been in this very stage; a stage may be skipped."""
    now_here: int
    """Leads that stand in this stage now."""


# One cohort: a lead counts where it was created, whenever it moved on. Stages can be skipped, so the
# furthest one counts.
_QUERY = text(
    f"""
    WITH cohort AS (
      SELECT id, stage FROM leads WHERE gym_id = :gym AND created_at >= :since AND created_at < :until
        AND {NOT_A_DUPLICATE}),
    been AS (
      SELECT id, stage FROM cohort
      UNION ALL
      SELECT a.lead_id, a.data ->> 'after' FROM activities a JOIN cohort c ON c.id = a.lead_id
      WHERE a.gym_id = :gym AND a.kind = 'lead.stage_changed')
    SELECT c.stage AS stage, coalesce(max(array_position(CAST(:stages AS text[]), b.stage)), 1) AS furthest,
      array_agg(DISTINCT b.stage) || CAST(:first AS text[]) AS been
    FROM cohort c JOIN been b USING (id) GROUP BY c.id, c.stage
    """
)


def funnel(session: TenantSession, facts: GymFacts, period: Period) -> Sequence[FunnelStage]:
    """How far the leads created in the period have come until now, in the order of the gym's pipeline."""
    since, until = period.instants(facts)
    stages = [stage for stage in facts.stages if stage != LOST]
    found = session.execute(
        _QUERY, {"gym": session.gym_id, "since": since, "until": until, "stages": stages, "first": stages[:1]}
    ).all()
    rows: list[FunnelStage] = []
    for position, stage in enumerate(stages, start=1):
        reached = sum(row.furthest >= position for row in found)
        before = rows[-1].reached if rows else None
        rows.append(
            FunnelStage(
                stage=stage,
                reached=reached,
                share_of_all=share(reached, len(found)),
                share_of_previous=None if before is None else share(reached, before),
                been=sum(stage in row.been for row in found),
                now_here=sum(row.stage == stage for row in found),
            )
        )
    if LOST in facts.stages:
        lost = sum(row.stage == LOST for row in found)
        been = sum(LOST in row.been for row in found)
        rows.append(FunnelStage(LOST, lost, share(lost, len(found)), None, been, lost))
    return rows


REPORT = Report(
    name="funnel",
    title="Pipeline",
    question="Of the people who asked, how many came how far?",
    columns=(
        Column("stage", "Stage", "text"),
        Column("reached", "Came this far or further", "count"),
        Column("share_of_all", "Of all", "share"),
        Column("share_of_previous", "Of the stage before", "share"),
        Column("been", "Were in it", "count"),
        Column("now_here", "There now", "count"),
    ),
    rows=funnel,
)
