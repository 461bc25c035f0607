"""Which accounts a provider refuses as a whole, since when, and what has come to nothing on each.

A stopped account keeps its messages: nothing leaves but one now and then, to see
whether it works again. The first that gets through ends the stop.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from crm import paces
from crm.db import TenantSession
from crm.models import Inbox

TRY_AFTER, TRY_AT_LEAST_EVERY = dt.timedelta(minutes=1), dt.timedelta(minutes=15)
"""A stopped account is tried after a minute at first, ever more seldom, and at least every quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Stop:
    """An account that was refused just now."""

    inbox: Inbox
    is_new: bool
    try_after: dt.timedelta


@dataclass(frozen=True, slots=True)
class Health:
    """How an account does."""

    inbox_id: uuid.UUID
    channel: str
    external_id: str
    stopped_at: dt.datetime | None
    code: str | None
    reason: str | None
    waiting: int
    """Deliveries that are due and have not left."""
    failed: int
    """Deliveries of the last day that failed or stayed unconfirmed."""
    stuck: int
    """Provider payloads that were given up."""
    last_in_at: dt.datetime | None
    last_out_at: dt.datetime | None


def stop(
    session: TenantSession, inbox_id: uuid.UUID, *, code: str | None, reason: str, burst: dt.timedelta, now: dt.datetime
) -> Stop:  # fmt: skip
    """Let nothing of this account leave until it is tried again."""
    inbox = session.exec(select(Inbox).where(Inbox.id == inbox_id).with_for_update(key_share=True)).one()
    is_new = inbox.stopped_at is None
    inbox.stopped_at = inbox.stopped_at or now
    inbox.stopped_code, inbox.stopped_reason = code, reason[:300]
    pause = min(max((now - inbox.stopped_at) / 2, TRY_AFTER), TRY_AT_LEAST_EVERY)
    paces.pause(session, inbox_id, pause.total_seconds(), burst=burst)
    return Stop(inbox, is_new, pause)


def resume(session: TenantSession, inbox_id: uuid.UUID) -> dt.datetime | None:
    """The account works: since when it was stopped; None where somebody else has noticed before."""
    inbox = session.exec(select(Inbox).where(Inbox.id == inbox_id).with_for_update(key_share=True)).one()
    session.refresh(inbox)
    since, inbox.stopped_at = inbox.stopped_at, None
    inbox.stopped_code = inbox.stopped_reason = None
    if since is not None:
        paces.end_pause(session, inbox_id)
    return since


def list_health(session: TenantSession) -> list[Health]:
    """Every active account of the gym, stopped ones first."""
    rows = session.execute(
        text(
            """
            SELECT i.id AS inbox_id, i.channel, i.external_id, i.stopped_at, i.stopped_code AS code,
              i.stopped_reason AS reason,
              (SELECT count(*) FROM deliveries d WHERE d.gym_id = i.gym_id AND d.inbox_id = i.id
                AND d.state = 'queued' AND d.due_at <= :now) AS waiting,
              (SELECT count(*) FROM deliveries d WHERE d.gym_id = i.gym_id AND d.inbox_id = i.id
                AND d.state IN ('failed', 'unconfirmed') AND d.created_at > :since) AS failed,
              (SELECT count(*) FROM inbound_payloads p WHERE p.gym_id = i.gym_id AND p.inbox_id = i.id
                AND p.failed_at IS NOT NULL) AS stuck,
              (SELECT max(last_inbound_at) FROM contact_inboxes c WHERE c.gym_id = i.gym_id AND c.inbox_id = i.id)
                AS last_in_at,
              (SELECT max(accepted_at) FROM deliveries d WHERE d.gym_id = i.gym_id AND d.inbox_id = i.id) AS last_out_at
            FROM inboxes i WHERE i.gym_id = :gym AND i.active ORDER BY i.stopped_at NULLS LAST, i.channel
            """
        ),
        {"gym": session.gym_id, "now": session.now, "since": session.now - dt.timedelta(days=1)},
    ).mappings()
    return [Health(**row) for row in rows]


def list_stopped(session: Session) -> Sequence[dict[str, Any]]:
    """Stopped accounts over all gyms, without saying whose: channel, code, since, how many messages wait."""
    rows = session.execute(text("SELECT channel, code, since, waiting FROM stopped_channels()")).mappings()
    return [dict(row) for row in rows]
