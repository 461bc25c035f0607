"""Provider messages kept once, handled in order, one address at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Integer, bindparam, func, text
from sqlmodel import Session, col, select, update

from crm.db import TenantSession
from crm.models import InboundPayload, Inbox

STATUSES = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "read")
"""With the message's id, the key of a kept status of a provider that does not repeat our reference."""
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
    key = {"key": _address_key(inbox_id, address)}
    return bool(session.execute(select(_ADDRESS_LOCK), key).scalar_one())


def _address_key(inbox_id: uuid.UUID, address: str) -> str:
    return f"address:{inbox_id}:{address}"


_ADDRESS_LOCK = func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0), type_=Boolean)
_OURS = select(_ADDRESS_LOCK.label("is_ours")).cte("ours").prefix_with("MATERIALIZED")
# Made once: putting it together takes as long as running it.
_TAKE = (
    select(Inbox, InboundPayload)
    .join(
        InboundPayload,
        (col(InboundPayload.gym_id) == Inbox.gym_id) & (col(InboundPayload.inbox_id) == Inbox.id),
    )
    .where(
        select(_OURS.c.is_ours).scalar_subquery(),
        Inbox.id == bindparam("inbox_id"),
        InboundPayload.address == bindparam("address"),
        col(InboundPayload.handled_at).is_(None),
        col(InboundPayload.failed_at).is_(None),
    )
    .order_by(func.coalesce(InboundPayload.provider_at, InboundPayload.received_at), col(InboundPayload.id))
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=InboundPayload)
)


def take_pending(
    session: TenantSession, inbox_id: uuid.UUID, address: str, *, most: int
) -> tuple[Inbox, Sequence[InboundPayload]] | None:
    """Become the only one to handle this address until the transaction ends, and take what waits from it.

    The payloads come in the provider's order where it tells one, with their inbox. None
    where another is at the address, or nothing waits. The rows are locked as well: what
    another worker handled between this statement's beginning and its lock is not seen again.
    """
    key = {"key": _address_key(inbox_id, address), "inbox_id": inbox_id, "address": address, "most": most}
    rows = session.exec(_TAKE, params=key).all()
    if not rows:
        return None
    return rows[0][0], [payload for _, payload in rows]


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


def look_again(session: TenantSession, inbox_id: uuid.UUID, external_id: str) -> None:
    """Statuses that overtook the provider's answer named a message that nobody knew yet: they are due again."""
    keys = [f"{external_id}:{status}" for status in STATUSES]
    session.execute(
        update(InboundPayload)
        .where(col(InboundPayload.inbox_id) == inbox_id, col(InboundPayload.external_id).in_(keys))
        .values(handled_at=None)
    )


def forget_content(session: TenantSession, inbox_id: uuid.UUID, external_id: str) -> None:
    """Keep that the message came, not what it held: its sender took it back."""
    session.execute(
        update(InboundPayload)
        .where(col(InboundPayload.inbox_id) == inbox_id, col(InboundPayload.external_id) == external_id)
        .values(payload={})
    )


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
