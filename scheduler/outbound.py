"""Send what is due, many at a time, one at a time for each address; check again before, follow up after.

Nothing is sent with a transaction open. What a killed sender left behind is looked into:
a request that may have gone out is never repeated blindly.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sqlmodel import col, select

from bot import message_templates, refusals
from bot.channels import CHANNELS, rendering
from bot.channels.base import Button, Channel, InboxAccount, Limits, Outgoing, SendFailed, Sent
from crm import clock, db, deliveries, inbound
from crm.config import settings
from crm.db import TenantSession
from crm.models import Delivery, Inbox, StaffCard
from crm.vault import unseal_credentials

log = logging.getLogger(__name__)

SENDERS = BATCH = 16
GOES_ON_FOR = 4.0
"""Seconds after which no further batch is begun: one in which all run into the provider's timeout takes 20 s, and a
task that is ended in the middle of sending leaves messages of which nobody knows whether they arrived."""
BACKOFF = (2.0, 5.0, 20.0, 60.0, 300.0)
"""Seconds before each further try."""
EDIT_AGAIN_AFTER = dt.timedelta(seconds=2)


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
    """Send what is due, for some seconds at most; how many there were."""
    sent, until = 0, time.monotonic() + GOES_ON_FOR
    lease = dt.timedelta(seconds=settings().send_lease_seconds)
    while time.monotonic() < until:
        with db.database().system_session() as session:
            claimed = deliveries.claim(session, most=BATCH, lease=lease)
        if not claimed:
            break
        list(_senders().map(lambda pair: deliver(*pair), claimed))
        sent += len(claimed)
    return sent


def deliver(gym_id: uuid.UUID, delivery_id: uuid.UUID) -> None:
    """One claimed delivery: check, send, note what became of it."""
    try:
        ready = _prepare(gym_id, delivery_id)
        if ready is None:
            return
        outcome = _send(ready)
        with db.database().tenant_session(gym_id) as session:
            delivery = deliveries.get(session, delivery_id, lock=True)
            _note(session, delivery, ready.channel.limits, outcome, session.now)
    except Exception:
        # The claim runs out and the delivery is looked into then.
        log.exception("could not send delivery %s", delivery_id)


def _prepare(gym_id: uuid.UUID, delivery_id: uuid.UUID) -> _Ready | None:
    with db.database().tenant_session(gym_id) as session:
        delivery = deliveries.get(session, delivery_id)
        inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
        channel = CHANNELS[inbox.channel]
        window = channel.limits.reply_window
        if delivery.purpose == "human" and channel.limits.human_window is not None:
            window = channel.limits.human_window
        by_template = channel.limits.templates and deliveries.needs_template(
            session, delivery, now=session.now, window=window
        )
        refused = deliveries.refusal(
            session, delivery, now=session.now, window=None if by_template else window
        )
        if refused is not None:
            deliveries.mark_ended(delivery, "cancelled", refused)
            if delivery.purpose in ("human", "service", "reminder"):
                refusals.tell(session, delivery, refused)
            return None
        edit_of = None
        card_id = delivery.content.get("edit_card")
        if card_id is not None:
            card = session.exec(select(StaffCard).where(StaffCard.id == uuid.UUID(str(card_id)))).first()
            edit_of = card.external_id if card is not None else None
            if edit_of is None:
                if _is_post_under_way(session, delivery):
                    # Waiting is no attempt: the post may be held up by the platform's pace for minutes.
                    delivery.attempts -= 1
                    deliveries.retry_at(
                        delivery, session.now + EDIT_AGAIN_AFTER, "the card is not posted yet"
                    )
                    return None
                # The post was lost, so what should have been its edit becomes the card.
                delivery.content = {
                    name: value for name, value in delivery.content.items() if name != "edit_card"
                }
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
        *rest, last = rendering.render(message, channel.limits)
        # Parts go out in order, so a status of the last one proves them all.
        parts = (*(replace(part, reference="") for part in rest), last)
        return _Ready(gym_id, delivery_id, channel, account, parts, delivery.attempts)


def _is_post_under_way(session: TenantSession, edit: Delivery) -> bool:
    """Whether the post of the card that is to be edited may still come."""
    others = session.exec(
        select(Delivery).where(
            Delivery.card_id == edit.card_id,
            Delivery.id != edit.id,
            col(Delivery.state).in_(("queued", "sending")),
        )
    ).all()
    return any("edit_card" not in other.content for other in others)


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
    session: TenantSession, delivery: Delivery, limits: Limits, outcome: Sent | SendFailed, now: dt.datetime
) -> None:
    """Write down what became of it, and do what the provider's answer asks for."""
    if isinstance(outcome, Sent):
        deliveries.mark_accepted(delivery, outcome.external_id, now=now)
        if not limits.echoes_reference:
            inbound.look_again(session, delivery.inbox_id, outcome.external_id)
        if delivery.card_id is not None and "edit_card" not in delivery.content:
            card = session.exec(select(StaffCard).where(StaffCard.id == delivery.card_id)).one()
            card.external_id = outcome.external_id
        return
    if delivery.state != "sending":
        return  # a status was faster than the answer, and knows better
    failed = outcome
    log.info("delivery %s failed: %s (%s)", delivery.id, failed.next, failed.code)
    if failed.uncertain:
        _unsure(session, delivery, limits, failed.detail)
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
                refusals.tell_failed(session, delivery)
                return
            pause = failed.retry_after or BACKOFF[min(delivery.attempts - 1, len(BACKOFF) - 1)]
            deliveries.retry_at(
                delivery, now + dt.timedelta(seconds=pause), failed.detail, error_code=failed.code
            )
        case _:
            deliveries.mark_ended(delivery, "failed", failed.detail, error_code=failed.code)
            refusals.act(
                session, delivery, next_step=failed.next, code=failed.code, detail=failed.detail, now=now
            )


def _unsure(session: TenantSession, delivery: Delivery, limits: Limits, detail: str) -> None:
    """The request may have arrived or not. It is repeated only where that does no harm, or less than its loss.

    An edit shows the same twice. Where statuses name our reference, one of them proves
    the first request for a while, and none by then means that it never arrived: the
    platform would have reported it as sent. A card seen twice by staff is better than
    one never seen. Anything else stays unconfirmed, and staff decide.
    """
    if "edit_card" in delivery.content or (limits.can_edit and delivery.content.get("edit_of")):
        deliveries.retry_at(delivery, session.now + EDIT_AGAIN_AFTER, detail)
    elif limits.echoes_reference and delivery.error_code != deliveries.UNCERTAIN:
        until = clock.now() + dt.timedelta(seconds=settings().send_grace_seconds)
        deliveries.wait_for_status(delivery, f"it may have arrived: {detail}", until=until)
    elif limits.echoes_reference and delivery.attempts < deliveries.MAX_ATTEMPTS:
        deliveries.retry_at(delivery, session.now, "no status came: it did not arrive")
    elif delivery.purpose == "staff" and "repeated" not in delivery.checks:
        delivery.checks = {**delivery.checks, "repeated": True}
        deliveries.retry_at(delivery, session.now, detail)
    else:
        deliveries.mark_ended(delivery, "unconfirmed", f"it may have arrived: {detail}")
        refusals.tell_failed(session, delivery)


def look_into_stale() -> int:
    """Claims that ran out: of senders that died, and of sends that waited for a status in vain."""
    with db.database().system_session() as session:
        stale = deliveries.list_stale(session, most=BATCH)
    for gym_id, delivery_id in stale:
        with db.database().tenant_session(gym_id) as session:
            delivery = deliveries.get(session, delivery_id, lock=True)
            if delivery.state != "sending" or (delivery.claimed_until or clock.now()) > clock.now():
                continue
            inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
            limits = CHANNELS[inbox.channel].limits
            if limits.echoes_reference and inbound.has_pending(session, inbox.id, delivery.address):
                continue  # the status may be among what waits
            _unsure(session, delivery, limits, "the sender was interrupted")
    return len(stale)
