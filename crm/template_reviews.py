"""Which message templates a provider has approved, for each account: only those may open a conversation."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Protocol

from sqlmodel import col, select

from crm.db import TenantSession
from crm.models import Inbox, TemplateReview

APPROVED, MISSING = "approved", "missing"
BAD = frozenset({"rejected", "paused", "disabled"})
"""Statuses that somebody has to do something about."""


class Told(Protocol):
    """What a provider says of a template, as the channels tell it."""

    @property
    def name(self) -> str:
        """Ours."""

    @property
    def language(self) -> str:
        """Two letters."""

    @property
    def status(self) -> str:
        """Approved, pending, rejected, paused, disabled or missing."""

    @property
    def category(self) -> str | None:
        """Utility or marketing, where told."""

    @property
    def content_sid(self) -> str | None:
        """The provider's id of it, where it has one."""

    @property
    def reason(self) -> str | None:
        """Why it is not approved."""


def note(session: TenantSession, inbox_id: uuid.UUID, told: Told, *, now: dt.datetime) -> bool:
    """Take over what the provider says; whether the status is another one than before."""
    row = find(session, inbox_id, told.name, told.language)
    if row is None:
        row = TemplateReview(
            gym_id=session.gym_id, inbox_id=inbox_id, name=told.name, language=told.language, status=told.status,
            category=told.category, content_sid=told.content_sid, reason=told.reason, changed_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return True
    has_changed = row.status != told.status
    if has_changed:
        row.status, row.changed_at = told.status, now
    row.reason = told.reason
    row.category = told.category or row.category
    row.content_sid = told.content_sid or row.content_sid
    session.flush()
    return has_changed


def find(session: TenantSession, inbox_id: uuid.UUID, name: str, language: str) -> TemplateReview | None:
    """What is known of that template on that account."""
    return session.exec(
        select(TemplateReview).where(
            TemplateReview.inbox_id == inbox_id,
            TemplateReview.name == name,
            TemplateReview.language == language,
        )
    ).first()


def list_of_gym(session: TenantSession) -> Sequence[tuple[TemplateReview, Inbox]]:
    """Everything known, by account and name."""
    return session.exec(
        select(TemplateReview, Inbox)
        .join(
            Inbox, (col(Inbox.gym_id) == TemplateReview.gym_id) & (col(Inbox.id) == TemplateReview.inbox_id)
        )
        .where(Inbox.active)
        .order_by(col(Inbox.channel), col(TemplateReview.name), col(TemplateReview.language))
    ).all()
