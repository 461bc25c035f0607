"""What was given up: payloads that could not be handled, deliveries that failed. Each can be tried again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from crm import inbound
from crm.db import TenantSession
from crm.errors import Invalid, NotFound
from crm.models import ContactInbox, Delivery, InboundPayload, Inbox

IN, OUT = "in", "out"
ENDED_BADLY = ("failed", "unconfirmed")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of them. `key` names it for `replay`."""

    key: str
    channel: str
    address: str
    at: dt.datetime
    reason: str
    what: str
    """The purpose of a delivery, or that it came in. Never the words: lists end up in logs."""


def list_letters(
    session: TenantSession, *, since: dt.datetime, limit: int = 100, offset: int = 0
) -> list[DeadLetter]:
    """What was given up since then, the latest first. Deliveries to staff are left out: they are news, and get old."""
    most = offset + limit
    received = session.exec(
        select(InboundPayload, Inbox.channel)
        .join(
            Inbox, (col(Inbox.gym_id) == InboundPayload.gym_id) & (col(Inbox.id) == InboundPayload.inbox_id)
        )
        .where(*_given_up(since))
        .order_by(col(InboundPayload.failed_at).desc())
        .limit(most)
    ).all()
    sent = session.exec(
        select(Delivery, Inbox.channel)
        .join(Inbox, (col(Inbox.gym_id) == Delivery.gym_id) & (col(Inbox.id) == Delivery.inbox_id))
        .where(*_failed(since))
        .order_by(col(Delivery.created_at).desc())
        .limit(most)
    ).all()
    found = [
        DeadLetter(
            f"{IN}:{row.id}", channel, row.address, row.failed_at or since, row.error or "", "received"
        )
        for row, channel in received
    ]
    found += [
        DeadLetter(
            f"{OUT}:{row.id}",
            channel,
            row.address,
            row.created_at,
            f"{row.state}: {row.reason or ''}",
            row.purpose,
        )
        for row, channel in sent
    ]
    return sorted(found, key=lambda letter: letter.at, reverse=True)[offset:most]


def count_letters(session: TenantSession, *, since: dt.datetime) -> int:
    """How many there are."""
    received = session.exec(select(func.count()).select_from(InboundPayload).where(*_given_up(since))).one()
    return received + session.exec(select(func.count()).select_from(Delivery).where(*_failed(since))).one()


def _given_up(since: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(InboundPayload.failed_at) >= since,)


def _failed(since: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Delivery.state).in_(ENDED_BADLY),
        col(Delivery.created_at) >= since,
        col(Delivery.purpose) != "staff",
    )


def replay(session: TenantSession, keys: Sequence[str]) -> int:
    """Try these again, now; how many. Raises `NotFound` for one that is no dead letter (any more), and does none.

    A delivery is checked again before it leaves: consent and reply window hold as ever.
    One that stayed unconfirmed may have arrived, so this may say it twice.
    """
    for key in keys:
        kind, _, number = key.partition(":")
        done = 0
        if kind == IN and number.isdecimal():
            done = inbound.replay(session, [int(number)])
        elif kind == OUT:
            try:
                done = _send_again(session, uuid.UUID(number))
            except ValueError:
                raise Invalid(f"{key!r} names no dead letter; they look like in:123 or out:0193...") from None
        else:
            raise Invalid(f"{key!r} names no dead letter; they look like in:123 or out:0193...")
        if not done:
            raise NotFound(f"There is no dead letter {key!r} (any more).")
    return len(keys)


def _send_again(session: TenantSession, delivery_id: uuid.UUID) -> int:
    delivery = session.exec(
        select(Delivery)
        .where(Delivery.id == delivery_id, col(Delivery.state).in_(ENDED_BADLY))
        .with_for_update()
    ).first()
    if delivery is None:
        return 0
    delivery.state, delivery.attempts, delivery.due_at = "queued", 0, session.now
    delivery.reason = delivery.error_code = delivery.external_id = delivery.claimed_until = None
    delivery.checks = {**delivery.checks, "replayed": True}
    where = session.exec(
        select(ContactInbox).where(
            ContactInbox.inbox_id == delivery.inbox_id, ContactInbox.contact_id == delivery.contact_id
        )
    ).first()
    if where is not None:
        where.unreachable_at = where.unreachable_reason = None
    return 1
