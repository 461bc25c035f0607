"""The outbox: a message is queued in the transaction that decided it and sent after the commit.

Every delivery ends in a state with a reason a person can read. Before it leaves it is
checked again: consent, reply window, hand-over, and that what it speaks of still stands.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from crm import consents
from crm.db import TenantSession
from crm.models import Booking, ContactInbox, Conversation, Delivery, new_id

RANK = {"queued": 0, "sending": 1, "unconfirmed": 2, "accepted": 3, "sent": 4, "delivered": 5, "read": 6}
"""A state never goes backwards; ``failed`` is final unless something better arrived first."""
MAX_ATTEMPTS = 6
STALE_REPLY = dt.timedelta(hours=12)
"""An answer of the bot that could not leave for so long would only confuse; people would rather be asked again."""
WINDOW_CLOSED = "the reply window is closed: the person has not written within it"
UNREACHABLE = "the person cannot be reached there"
UNCERTAIN = "uncertain"
"""The error code of a claim that only waits for a status to prove that its request arrived."""


def queue(
    session: TenantSession, *, inbox_id: uuid.UUID, address: str, purpose: str, content: Mapping[str, Any],
    now: dt.datetime, due_at: dt.datetime | None = None, contact_id: uuid.UUID | None = None,
    conversation_id: uuid.UUID | None = None, message_id: uuid.UUID | None = None,
    booking_id: uuid.UUID | None = None, card_id: uuid.UUID | None = None,
    checks: Mapping[str, Any] | None = None, dedupe_key: str | None = None,
) -> uuid.UUID | None:  # fmt: skip
    """Queue one message; None where `dedupe_key` was queued before. Content: text, buttons, reply_to, edit_of."""
    values = {
        "gym_id": session.gym_id, "id": new_id(), "inbox_id": inbox_id, "address": address, "purpose": purpose,
        "content": dict(content), "checks": dict(checks or {}), "dedupe_key": dedupe_key, "due_at": due_at or now,
        "created_at": now, "contact_id": contact_id, "conversation_id": conversation_id, "message_id": message_id,
        "booking_id": booking_id, "card_id": card_id, "state": "queued", "attempts": 0,
    }  # fmt: skip
    if dedupe_key is None:
        session.connection().execute(_QUEUE, values)
        return values["id"]  # type: ignore[return-value]
    return session.connection().execute(_QUEUE_ONCE, values).scalar()


# Past the unit of work: a turn queues a row or two, and mapping them costs more than writing them.
_QUEUE = insert(Delivery)
_QUEUE_ONCE = (
    insert(Delivery)
    .on_conflict_do_nothing(index_elements=["gym_id", "dedupe_key"])
    .returning(col(Delivery.id))
)


def list_stale(session: Session, *, most: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Claimed deliveries whose sender died: (gym id, delivery id)."""
    rows = session.execute(text("SELECT gym_id, id FROM stale_deliveries(:most)"), {"most": most}).all()
    return [(row[0], row[1]) for row in rows]


def get(session: TenantSession, delivery_id: uuid.UUID, *, lock: bool = False) -> Delivery:
    """The delivery with that id, which must exist. `lock` it to change its state: a status may come at any moment."""
    wanted = select(Delivery).where(Delivery.id == delivery_id)
    return session.exec(wanted.with_for_update() if lock else wanted).one()


def refusal(
    session: TenantSession, delivery: Delivery, *, now: dt.datetime, window: dt.timedelta | None
) -> str | None:
    """Why this delivery must not leave now, or None. `window` is the channel's reply window."""
    if delivery.purpose == "staff" or delivery.contact_id is None:
        return None
    if (
        delivery.purpose != "reply"  # who asks gets an answer, whatever they agreed to
        and not consents.may_send(consents.agreed(session, delivery.contact_id), delivery.purpose)
        and not (
            delivery.purpose == "human" and consents.has_written_since_stop(session, delivery.contact_id)
        )
    ):
        return "the person asked for no more messages"
    where = session.exec(
        select(ContactInbox).where(
            ContactInbox.inbox_id == delivery.inbox_id, ContactInbox.contact_id == delivery.contact_id
        )
    ).first()
    if where is not None:
        if where.unreachable_at is not None:
            return f"{UNREACHABLE}: {where.unreachable_reason or 'unknown reason'}"
        if window is not None and not is_window_open(where, now=now, window=window):
            return WINDOW_CLOSED
    if delivery.purpose in ("reminder", "service") and delivery.conversation_id is not None:
        conversation = session.exec(
            select(Conversation).where(Conversation.id == delivery.conversation_id)
        ).first()
        if (
            delivery.checks.get("bot_in_charge")
            and conversation is not None
            and conversation.owner_id is not None
        ):
            return "a member of staff has taken the conversation over"
    if delivery.booking_id is not None:
        booking = session.exec(select(Booking).where(Booking.id == delivery.booking_id)).first()
        wanted = delivery.checks.get("booking_status")
        if booking is None or (wanted is not None and booking.status not in wanted):
            return f"the booking is {booking.status if booking else 'gone'}"
        if delivery.purpose == "reminder" and booking.starts_at <= now:
            return "it could not leave before the session began"
    if (
        delivery.purpose == "reply"
        and now - delivery.created_at > STALE_REPLY
        and "replayed" not in delivery.checks
    ):
        return "it waited so long that it answers nothing any more"
    return None


def is_window_open(where: ContactInbox, *, now: dt.datetime, window: dt.timedelta) -> bool:
    """Whether a free reply may still be sent: the person's own last message opened it."""
    return where.last_inbound_at is not None and now - where.last_inbound_at <= window


def needs_template(
    session: TenantSession, delivery: Delivery, *, now: dt.datetime, window: dt.timedelta | None
) -> bool:
    """Whether the reply window is closed and an approved text is at hand instead."""
    if window is None or "template" not in delivery.content:
        return False
    return is_outside(session, delivery, now=now, window=window)


def is_outside(session: TenantSession, delivery: Delivery, *, now: dt.datetime, window: dt.timedelta) -> bool:
    """Whether the window of the person it goes to has closed."""
    if delivery.contact_id is None:
        return False
    where = session.exec(
        select(ContactInbox).where(
            ContactInbox.inbox_id == delivery.inbox_id, ContactInbox.contact_id == delivery.contact_id
        )
    ).first()
    return where is not None and not is_window_open(where, now=now, window=window)


def mark_accepted(delivery: Delivery, external_id: str, *, now: dt.datetime) -> None:
    """The provider took it; a status that overtook the answer is kept."""
    delivery.external_id = external_id or delivery.external_id
    delivery.accepted_at = now
    delivery.claimed_until = None
    if delivery.state in RANK and RANK[delivery.state] < RANK["accepted"]:
        delivery.state, delivery.reason, delivery.error_code = "accepted", None, None


def mark_ended(delivery: Delivery, state: str, reason: str, *, error_code: str | None = None) -> None:
    """It will not be sent (again): failed, cancelled or unconfirmed, and why."""
    delivery.state, delivery.reason, delivery.error_code = state, reason, error_code
    delivery.claimed_until = None


def wait_for_status(delivery: Delivery, reason: str, *, until: dt.datetime) -> None:
    """The request may have arrived: it stays under way, and its address waits, until a status or that instant.

    `until` is in real time, as all claims are: a gym's clock may be moved.
    """
    delivery.state, delivery.reason, delivery.error_code = "sending", reason, UNCERTAIN
    delivery.claimed_until = until


def retry_at(delivery: Delivery, due_at: dt.datetime, reason: str, *, error_code: str | None = None) -> None:
    """Send it again later."""
    delivery.state, delivery.due_at, delivery.reason, delivery.error_code = (
        "queued",
        due_at,
        reason,
        error_code,
    )
    delivery.claimed_until = None


def follow_status(
    session: TenantSession, *, inbox_id: uuid.UUID, external_id: str, reference: str | None, status: str,
    detail: str | None, error_code: str | None, now: dt.datetime,
) -> Delivery | None:  # fmt: skip
    """Take over a status the provider reports; out of order is normal, backwards never."""
    delivery: Delivery | None = None
    if reference:
        try:
            wanted = uuid.UUID(reference)
        except ValueError:
            wanted = None
        if wanted is not None:
            delivery = session.exec(select(Delivery).where(Delivery.id == wanted).with_for_update()).first()
    if delivery is None:
        delivery = session.exec(
            select(Delivery)
            .where(Delivery.external_id == external_id, Delivery.inbox_id == inbox_id)
            .with_for_update()
        ).first()
    if delivery is None:
        return None
    delivery.external_id = delivery.external_id or external_id
    if status == "failed":
        if delivery.state == "queued":
            return None  # told before: it was put off for another try
        if RANK.get(delivery.state, 0) <= RANK["sent"]:
            mark_ended(
                delivery, "failed", detail or "the provider could not deliver it", error_code=error_code
            )
        return delivery
    if status == "delivered" and delivery.delivered_at is None:
        delivery.delivered_at = now
    if status == "read" and delivery.read_at is None:
        delivery.read_at = now
        delivery.delivered_at = delivery.delivered_at or now
    if delivery.state in RANK and RANK[status] > RANK[delivery.state]:
        delivery.state, delivery.reason, delivery.error_code = status, None, None
        delivery.claimed_until = None
    return delivery


def is_ours(session: TenantSession, inbox_id: uuid.UUID, external_id: str) -> bool:
    """Whether we sent the message with that provider id."""
    query = select(Delivery.id).where(Delivery.external_id == external_id, Delivery.inbox_id == inbox_id)
    return session.exec(query.limit(1)).first() is not None


def cancel_queued(session: TenantSession, reason: str, *conditions: Any) -> int:
    """Call off what has not left yet; how many."""
    rows = session.exec(select(Delivery).where(Delivery.state == "queued", *conditions)).all()
    for delivery in rows:
        mark_ended(delivery, "cancelled", reason)
    return len(rows)


def are_queued(session: TenantSession, message_ids: Sequence[uuid.UUID]) -> bool:
    """Whether none of these messages has begun to leave; nobody can begin to send one until the caller is done."""
    session.flush()
    rows = session.exec(
        select(Delivery.id)
        .where(col(Delivery.message_id).in_(message_ids), Delivery.state == "queued")
        .with_for_update()
    ).all()
    return len(rows) == len(message_ids)


def list_of_conversation(session: TenantSession, conversation_id: uuid.UUID) -> Sequence[Delivery]:
    """Everything queued to the person, in order."""
    return session.exec(
        select(Delivery).where(Delivery.conversation_id == conversation_id).order_by(col(Delivery.position))
    ).all()
