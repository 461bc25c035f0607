"""Provider messages kept once, handled in order, one address at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from crm.db import TenantSession
from crm.models import InboundPayload

MAX_ATTEMPTS = 5
"""After so many crashes on the same payload it is set aside, so that the address can go on."""


@dataclass(frozen=True, slots=True)
class DueAddress:
    """An address at an inbox with payloads whose burst is over."""

    gym_id: uuid.UUID
    inbox_id: uuid.UUID
    address: str


def list_due(session: Session, *, wait: dt.timedelta, cap: dt.timedelta, most: int) -> list[DueAddress]:
    """Addresses to handle now over all gyms, longest waiting first."""
    rows = session.execute(
        text("SELECT gym_id, inbox_id, address FROM due_addresses(:wait, :cap, :most)"),
        {"wait": wait, "cap": cap, "most": most},
    ).all()
    return [DueAddress(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A typed message that waits for its burst to end, and the account it came to."""

    key: str
    channel: str
    external_id: str
    credentials: bytes
    payload: Mapping[str, Any]


def take_unseen(session: Session, *, most: int) -> list[Unseen]:
    """Fresh messages over all gyms that nobody was shown to have read, the latest first; each is told once."""
    rows = session.execute(
        text("SELECT key, channel, external_id, credentials, payload FROM unseen_payloads(:most)"),
        {"most": most},
    ).all()
    return [Unseen(*row) for row in rows]


def try_lock(session: TenantSession, inbox_id: uuid.UUID, address: str) -> bool:
    """Become the only one to handle this address until the transaction ends; False if another is at it."""
    locked: bool = session.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"address:{inbox_id}:{address}"},
    ).scalar_one()
    return locked


def list_pending(
    session: TenantSession, inbox_id: uuid.UUID, address: str, *, most: int = 50
) -> Sequence[InboundPayload]:
    """What waits from that address, in the provider's order where it tells one."""
    rows = session.exec(
        select(InboundPayload)
        .where(
            InboundPayload.inbox_id == inbox_id,
            InboundPayload.address == address,
            col(InboundPayload.handled_at).is_(None),
            col(InboundPayload.failed_at).is_(None),
        )
        .order_by(col(InboundPayload.id))
        .limit(most)
    ).all()
    return sorted(rows, key=lambda row: (row.provider_at or row.received_at, row.id or 0))


def has_pending(session: TenantSession, inbox_id: uuid.UUID, address: str) -> bool:
    """Whether anything from that address waits, be it a message or a status."""
    waiting = select(InboundPayload.id).where(
        InboundPayload.inbox_id == inbox_id,
        InboundPayload.address == address,
        col(InboundPayload.handled_at).is_(None),
        col(InboundPayload.failed_at).is_(None),
    )
    return session.exec(waiting.limit(1)).first() is not None


def mark_handled(payloads: Sequence[InboundPayload], *, now: dt.datetime) -> None:
    """Their whole effect is in this transaction."""
    for payload in payloads:
        payload.handled_at = now


def count_failure(session: TenantSession, ids: Sequence[int], error: str, *, now: dt.datetime) -> bool:
    """Note a crash while handling; whether the payloads were given up because of it."""
    given_up = False
    for payload in session.exec(select(InboundPayload).where(col(InboundPayload.id).in_(ids))).all():
        payload.attempts += 1
        payload.error = error[:1000]
        if payload.attempts >= MAX_ATTEMPTS:
            payload.failed_at, given_up = now, True
    return given_up


def replay(session: TenantSession, ids: Sequence[int]) -> int:
    """Queue given-up payloads again; how many there were."""
    rows = session.exec(
        select(InboundPayload).where(
            col(InboundPayload.id).in_(ids), col(InboundPayload.failed_at).is_not(None)
        )
    ).all()
    for payload in rows:
        payload.failed_at, payload.attempts, payload.error = None, 0, None
    return len(rows)
