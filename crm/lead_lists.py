"""Lists and counts of the pipeline that staff ask for: the hot ones, who waits for an answer, how many stand where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from crm.db import TenantSession
from crm.models import Contact, Conversation, Inbox, Lead, Message

HOT_FROM = 60
"""Score from which a lead is hot."""


def hot(session: TenantSession, *, limit: int, offset: int = 0) -> tuple[Sequence[tuple[Lead, Contact]], int]:
    """Open leads that are hot, the hottest first, and how many there are in all."""
    conditions: tuple[Any, ...] = (col(Lead.closed_at).is_(None), Lead.score >= HOT_FROM)
    total = session.exec(select(func.count()).select_from(Lead).where(*conditions)).one()
    rows = session.exec(
        select(Lead, Contact)
        .join(Contact, (col(Contact.gym_id) == Lead.gym_id) & (col(Contact.id) == Lead.contact_id))
        .where(*conditions)
        .order_by(col(Lead.score).desc(), col(Lead.created_at).desc(), col(Lead.id).desc())
        .limit(min(limit, 100))
        .offset(offset)
    ).all()
    return rows, total


def count_by_stage(session: TenantSession) -> dict[str, int]:
    """How many leads stand at each stage."""
    rows = session.exec(select(Lead.stage, func.count()).group_by(col(Lead.stage))).all()
    return dict(rows)


def count_created(session: TenantSession, start: dt.datetime, end: dt.datetime) -> int:
    """How many leads were captured from `start` to before `end`."""
    return session.exec(
        select(func.count()).select_from(Lead).where(Lead.created_at >= start, Lead.created_at < end)
    ).one()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thread that a person of the staff is wanted in, or has."""

    conversation: Conversation
    contact: Contact
    channel: str
    last_words: str | None
    since: dt.datetime | None
    """When the first word came that nobody of the staff has answered; None where all are answered."""


def threads_with_staff(session: TenantSession, *, limit: int = 20) -> list[Waiting]:
    """Threads that wait for staff or are with them: the unanswered first, who waits longest at the top."""
    rows = session.exec(
        select(Conversation, Contact, Inbox.channel)
        .join(
            Contact,
            (col(Contact.gym_id) == Conversation.gym_id) & (col(Contact.id) == Conversation.contact_id),
        )
        .join(Inbox, (col(Inbox.gym_id) == Conversation.gym_id) & (col(Inbox.id) == Conversation.inbox_id))
        .where(Conversation.status == "pending")
    ).all()
    found = [_waiting(session, conversation, contact, channel) for conversation, contact, channel in rows]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: (one.since is None, one.since or latest))[:limit]


def _waiting(session: TenantSession, conversation: Conversation, contact: Contact, channel: str) -> Waiting:
    own = (Message.conversation_id == conversation.id, col(Message.deleted_at).is_(None))
    answered_at: dt.datetime | None = session.exec(
        select(func.max(Message.at)).where(
            *own, Message.direction == "out", col(Message.author).startswith("staff:")
        )
    ).one()
    # What was said before the hand-over the bot has answered; the word that caused it waits.
    came = session.exec(
        select(Message.at, Message.text).where(*own, Message.direction == "in").order_by(col(Message.at))
    ).all()
    last_words = came[-1][1] if came else None
    open_since = [at for at, _ in came if answered_at is None or at > answered_at]
    handed = conversation.handed_off_at
    if answered_at is None and handed is not None:
        after = [at for at in open_since if at >= handed]
        before = [at for at in open_since if at < handed]
        open_since = (before[-1:] or []) + after
    return Waiting(conversation, contact, channel, last_words, open_since[0] if open_since else None)
