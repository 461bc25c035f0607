"""The pipeline: capture, score, move, win and lose."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, text
from sqlmodel import col, select

from crm import activities
from crm.db import TenantSession
from crm.errors import Invalid
from crm.models import Contact, Lead

WON, LOST = "converted", "lost"
FORWARD = ("new", "contacted", "qualified", "trial_booked", "trial_attended")
"""Stages that events advance by themselves, in order; a gym may have more between."""

LATEST_FIRST = (col(Lead.closed_at).desc().nulls_first(), col(Lead.created_at).desc())
"""A contact's leads: the open one, then those closed, the last one first."""


class UnknownStage(Invalid):
    """The gym's pipeline has no such stage; `data["stages"]` lists those it has."""

    code = "unknown_stage"


def capture(
    session: TenantSession, contact: Contact, *, source: str, referral: Mapping[str, Any], first_words: str | None,
    now: dt.datetime, actor: str = "contact",
) -> Lead:  # fmt: skip
    """The contact's open lead, made on a first inquiry."""
    found = find_open(session, contact.id)
    if found is not None:
        return found
    # Numbers are for people to type: small, per gym, without gaps. One lock keeps two from getting the same.
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('lead-number:' || :gym, 0))"),
        {"gym": str(session.gym_id)},
    )
    number = session.exec(select(func.coalesce(func.max(Lead.number), 0) + 1)).one()
    lead = Lead(
        gym_id=session.gym_id, number=number, contact_id=contact.id, stage="new", source=source,
        referral=dict(referral), first_words=_excerpt(first_words), last_words=_excerpt(first_words), created_at=now,
        stage_changed_at=now,
    )  # fmt: skip
    session.add(lead)
    session.flush()
    activities.record(
        session, "lead.created", actor=actor, now=now, contact_id=contact.id, lead_id=lead.id, source=source,
        referral=dict(referral),
    )  # fmt: skip
    return lead


def _excerpt(words: str | None) -> str | None:
    return words[:300] if words else None


def find_open(session: TenantSession, contact_id: uuid.UUID) -> Lead | None:
    """The contact's open lead."""
    return session.exec(
        select(Lead).where(Lead.contact_id == contact_id, col(Lead.closed_at).is_(None))
    ).first()


def find_latest(session: TenantSession, contact_id: uuid.UUID) -> Lead | None:
    """The contact's open lead, else the last one closed."""
    return session.exec(select(Lead).where(Lead.contact_id == contact_id).order_by(*LATEST_FIRST)).first()


def find_by_number(session: TenantSession, number: int) -> Lead | None:
    """The lead that staff call by that number."""
    return session.exec(select(Lead).where(Lead.number == number)).first()


def advance(
    session: TenantSession, lead: Lead, stage: str, stages: Sequence[str], *, actor: str, now: dt.datetime
) -> bool:
    """Move forward because something happened; never backwards, never out of a closed lead. Whether it moved."""
    if stage not in stages or lead.closed_at is not None:
        return False
    if lead.stage in stages and lead.stage in FORWARD and stages.index(stage) <= stages.index(lead.stage):
        return False
    _set_stage(session, lead, stage, actor=actor, now=now)
    return True


def set_stage(
    session: TenantSession, lead: Lead, stage: str, stages: Sequence[str], *, actor: str, now: dt.datetime
) -> str:
    """Put the lead where a person says; returns the stage it left. Raises `UnknownStage`."""
    if stage not in stages:
        raise UnknownStage(stage=stage, stages=list(stages))
    before = lead.stage
    _set_stage(session, lead, stage, actor=actor, now=now)
    return before


def _set_stage(session: TenantSession, lead: Lead, stage: str, *, actor: str, now: dt.datetime) -> None:
    before, lead.stage, lead.stage_changed_at = lead.stage, stage, now
    lead.closed_at = now if stage in (WON, LOST) else None
    if stage != LOST:
        lead.lost_reason = None
    activities.record(
        session, "lead.stage_changed", actor=actor, now=now, contact_id=lead.contact_id, lead_id=lead.id,
        before=before, after=stage,
    )  # fmt: skip


def lose(
    session: TenantSession, lead: Lead, reason: str, stages: Sequence[str], *, actor: str, now: dt.datetime
) -> str:
    """Close the lead as lost, with the reason; returns the stage it left."""
    before = set_stage(session, lead, LOST, stages, actor=actor, now=now)
    lead.lost_reason = reason
    return before


def score(
    lead: Lead, *, now: dt.datetime, comes_at: dt.datetime | None, asked: Sequence[str]
) -> tuple[int, list[str]]:
    """How promising the lead is (0 to 100) and why, the strongest reason first.

    `comes_at` is the start of their next booking; `asked` the intents seen so far.
    The weights are a first judgement; the reasons are what staff act on.
    """
    points: list[tuple[int, str]] = []
    if comes_at is not None:
        days = (comes_at - now).days
        points.append((45, "comes within a week") if days <= 7 else (35, "booked"))
    if "join_gym" in asked:
        points.append((30, "wants to join"))
    if "book_trial" in asked and comes_at is None:
        points.append((25, "asked for a trial"))
    if "faq/price" in asked:
        points.append((15, "asked the price"))
    if lead.goal:
        points.append((12, f"goal: {lead.goal}"))
    if lead.experience:
        points.append(
            (
                5,
                {"none": "new to training", "some": "some experience", "regular": "trains already"}[
                    lead.experience
                ],
            )
        )
    if lead.referral:
        points.append((8, "came through an ad or link"))
    if "job_inquiry" in asked or ("out_of_scope" in asked and len(asked) == 1):
        points.append((-20, "may not be a prospect"))
    points.sort(key=lambda pair: -pair[0])
    return max(0, min(100, 10 + sum(value for value, _ in points))), [reason for _, reason in points[:3]]


def update_score(lead: Lead, *, now: dt.datetime, comes_at: dt.datetime | None, asked: Sequence[str]) -> None:
    """Write the present score and its reasons onto the lead."""
    value, reasons = score(lead, now=now, comes_at=comes_at, asked=asked)
    if (lead.score, lead.score_reasons) != (value, reasons):
        lead.score, lead.score_reasons = value, reasons
