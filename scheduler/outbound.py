"""Send what is due, many at a time, one at a time for each address; check again before, follow up after.

Nothing is sent with a transaction open. What a killed sender left behind is looked into:
a request that may have gone out is never repeated blindly.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlmodel import select

from bot import message_templates
from bot.channels import CHANNELS, rendering
from bot.channels.base import Button, Channel, InboxAccount, Outgoing, SendFailed, Sent
from crm import activities, contacts, db, deliveries
from crm.db import TenantSession
from crm.models import ContactInbox, Delivery, Inbox, StaffCard
from crm.vault import unseal_credentials

log = logging.getLogger(__name__)

BATCH = 64
SENDERS = 16
BACKOFF = (2.0, 5.0, 20.0, 60.0, 300.0)
"""Seconds before each further try."""
UNCERTAIN_FOR = dt.timedelta(seconds=90)
"""How long a status from the provider may still prove that an interrupted send went out."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A checked delivery with all that sending needs."""

    gym_id: uuid.UUID
    delivery_id: uuid.UUID
    channel: Channel
    account: InboxAccount
    messages: tuple[Outgoing, ...]
    attempts: int


@functools.cache
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(SENDERS, thread_name_prefix="send")


def drain() -> int:
    """Send everything that is due; how many there were."""
    sent = 0
    while True:
        with db.database().system_session() as session:
            claimed = deliveries.claim(session, most=BATCH)
        if not claimed:
            return sent
        list(_senders().map(lambda pair: deliver(*pair), claimed))
        sent += len(claimed)


def deliver(gym_id: uuid.UUID, delivery_id: uuid.UUID) -> None:
    """One claimed delivery: check, send, note what became of it."""
    try:
        ready = _prepare(gym_id, delivery_id)
        if ready is None:
            return
        outcome = _send(ready)
        with db.database().tenant_session(gym_id) as session:
            delivery = deliveries.get(session, delivery_id)
            _note(session, delivery, ready, outcome, session.now)
    except Exception:
        # The claim runs out and the delivery is looked into then.
        log.exception("could not send delivery %s", delivery_id)


def _prepare(gym_id: uuid.UUID, delivery_id: uuid.UUID) -> _Ready | None:
    with db.database().tenant_session(gym_id) as session:
        delivery = deliveries.get(session, delivery_id)
        inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
        channel = CHANNELS[inbox.channel]
        window = channel.limits.reply_window
        by_template = channel.limits.templates and deliveries.needs_template(
            session, delivery, now=session.now, window=window
        )
        refused = deliveries.refusal(
            session, delivery, now=session.now, window=None if by_template else window
        )
        if refused is not None:
            deliveries.mark_ended(delivery, "cancelled", refused)
            if delivery.purpose in ("human", "service", "reminder"):
                _tell_refused(session, delivery, refused)
            return None
        edit_of = None
        card_id = delivery.content.get("edit_card")
        if card_id is not None:
            card = session.exec(select(StaffCard).where(StaffCard.id == uuid.UUID(str(card_id)))).first()
            if card is None or card.external_id is None:
                deliveries.retry_at(
                    delivery, session.now + dt.timedelta(seconds=2), "the card is not posted yet"
                )
                if delivery.attempts > deliveries.MAX_ATTEMPTS:
                    deliveries.mark_ended(delivery, "failed", "the card was never posted")
                return None
            edit_of = card.external_id
        buttons = tuple(
            Button(button["id"], button["title"]) for button in delivery.content.get("buttons", ())
        )
        if by_template:
            approved = message_templates.catalogue()[delivery.content["template"]["name"]]
            buttons = buttons[: len(approved.buttons)]
        message = Outgoing(
            to=delivery.address, text=str(delivery.content.get("text", "")), buttons=buttons,
            reply_to=delivery.content.get("reply_to"), edit_of=edit_of or delivery.content.get("edit_of"),
            reference=str(delivery.id), human=delivery.purpose == "human",
            template=delivery.content["template"] if by_template else None,
        )  # fmt: skip
        account = InboxAccount(
            inbox.key, inbox.channel, inbox.external_id, unseal_credentials(inbox.credentials)
        )
        parts = tuple(rendering.render(message, channel.limits))
        return _Ready(gym_id, delivery_id, channel, account, parts, delivery.attempts)


def _send(ready: _Ready) -> Sent | SendFailed:
    try:
        sent: Sent | None = None
        for message in ready.messages:
            sent = ready.channel.send(ready.account, message)
        assert sent is not None
    except SendFailed as error:
        return error
    else:
        return sent


def _note(
    session: TenantSession, delivery: Delivery, ready: _Ready, outcome: Sent | SendFailed, now: dt.datetime
) -> None:
    """Write down what became of it, and do what the provider's answer asks for."""
    if isinstance(outcome, Sent):
        deliveries.mark_accepted(delivery, outcome.external_id, now=now)
        if delivery.card_id is not None and "edit_card" not in delivery.content:
            card = session.exec(select(StaffCard).where(StaffCard.id == delivery.card_id)).one()
            card.external_id = outcome.external_id
        return
    failed = outcome
    log.info("delivery %s failed: %s (%s)", delivery.id, failed.next, failed.code)
    if failed.uncertain:
        _unsure(delivery, failed.detail, now)
        return
    match failed.next:
        case "ignore":
            deliveries.mark_accepted(delivery, delivery.external_id or "", now=now)
        case "migrate_address" if failed.migrate_to:
            delivery.address = failed.migrate_to
            inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
            if inbox.staff_chat is not None:
                inbox.staff_chat = failed.migrate_to
            deliveries.retry_at(delivery, now, "the group has a new address")
        case "retry_backoff" | "retry_backoff_pair" | "retry_backoff_global" | "retry_later_once":
            most = 2 if failed.next == "retry_later_once" else deliveries.MAX_ATTEMPTS
            if delivery.attempts >= most and failed.retry_after is None:
                deliveries.mark_ended(delivery, "failed", failed.detail, error_code=failed.code)
                _tell_failed(session, delivery)
                return
            pause = failed.retry_after or BACKOFF[min(delivery.attempts - 1, len(BACKOFF) - 1)]
            deliveries.retry_at(
                delivery, now + dt.timedelta(seconds=pause), failed.detail, error_code=failed.code
            )
        case _:
            deliveries.mark_ended(delivery, "failed", failed.detail, error_code=failed.code)
            _act(session, delivery, failed, now)


def _act(session: TenantSession, delivery: Delivery, failed: SendFailed, now: dt.datetime) -> None:
    """What a final refusal means for the person and the gym."""
    if delivery.contact_id is None:
        return
    if failed.next in ("mark_unreachable", "mark_landline"):
        where = session.exec(
            select(ContactInbox).where(
                ContactInbox.contact_id == delivery.contact_id, ContactInbox.inbox_id == delivery.inbox_id
            )
        ).first()
        if where is not None:
            where.unreachable_at, where.unreachable_reason = now, failed.detail
    elif failed.next in ("opt_out", "opt_out_marketing"):
        purpose: contacts.Purpose = "everything" if failed.next == "opt_out" else "offers"
        contacts.give_consent(
            session,
            delivery.contact_id,
            purpose,
            granted=False,
            words=failed.detail,
            channel="provider",
            now=now,
        )
    activities.record(
        session, "delivery.failed", actor="system", now=now, contact_id=delivery.contact_id, code=failed.code,
        reason=failed.detail,
    )  # fmt: skip
    _tell_failed(session, delivery)


def _tell_failed(session: TenantSession, delivery: Delivery) -> None:
    """A failure is loud: staff read why, and what they can do."""
    if delivery.purpose != "staff":
        _tell_refused(session, delivery, delivery.reason or "")


def _tell_refused(session: TenantSession, delivery: Delivery, reason: str) -> None:
    from bot import cards
    from crm import facts
    from crm.models import Contact

    contact = session.exec(select(Contact).where(Contact.id == delivery.contact_id)).first()
    name = cards.name_of(contact) if contact is not None else ""
    cards.tell_group(
        session, facts.load(session), "utter_staff_news_not_sent", {"name": name, "reason": reason}, session.now,
        contact_id=delivery.contact_id, dedupe_key=f"not_sent:{delivery.id}",
    )  # fmt: skip


def _unsure(delivery: Delivery, detail: str, now: dt.datetime) -> None:
    """It may have gone out. Editing again does no harm; anything else waits for the provider's status."""
    if delivery.content.get("edit_card"):
        deliveries.retry_at(delivery, now + dt.timedelta(seconds=5), detail)
    else:
        deliveries.mark_ended(delivery, "unconfirmed", f"it may have arrived: {detail}")


def look_into_stale() -> int:
    """Claims of senders that died. Their request went out or not: a status decides, else it is unconfirmed."""
    with db.database().system_session() as session:
        stale = deliveries.list_stale(session, most=BATCH)
    for gym_id, delivery_id in stale:
        with db.database().tenant_session(gym_id) as session:
            delivery = deliveries.get(session, delivery_id)
            if delivery.state == "sending":
                _unsure(delivery, "the sender was interrupted", session.now)
    return len(stale)
