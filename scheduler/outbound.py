"""Send what is due, many at a time, one at a time for each address; check again before, follow up after.

Nothing is sent with a transaction open, and no message waits for the slow answer to another.
What a killed sender left behind is looked into: a request that may have gone out is never
repeated blindly.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from sqlmodel import select

from bot import cards, message_templates, refusals, responses, ways
from bot.channels import CHANNELS, rendering
from bot.channels.base import (
    Button,
    Channel,
    InboxAccount,
    Limits,
    Outgoing,
    Pace,
    SendFailed,
    Sent,
)
from crm import cards as staff_cards
from crm import clock, db, deliveries, facts, inbound, paces
from crm.config import settings
from crm.db import TenantSession
from crm.models import Contact, Delivery, Inbox
from scheduler.accounts import account_of

log = logging.getLogger(__name__)


def _rate(pace: Pace | None) -> list[float] | None:
    return None if pace is None else [pace.each, pace.burst]


SENDERS = BATCH = 16
LOOKS_AGAIN_AFTER, NOTHING_DUE_FOR = 0.02, 0.1
"""Seconds between two looks at what is due while some are sending; a look costs as much as a quarter of a message."""
LIST_FROM = 3
"""More choices than this may be shown as a list behind a button."""
GOES_ON_FOR = 4.0
"""Seconds after which nothing more is begun: what runs into the provider's timeout takes 20 s, and a task that is
ended in the middle of sending leaves messages of which nobody knows whether they arrived."""
RATES: paces.Rates = {
    name: {
        "account": _rate(channel.limits.pace), "person": _rate(channel.limits.pace_person),
        "group": _rate(channel.limits.pace_group), "groups": channel.limits.group_addresses,
    }
    for name, channel in CHANNELS.items()
}  # fmt: skip
"""How fast each channel may be written to."""
EDIT_AGAIN_AFTER = dt.timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A checked delivery with all that sending needs."""

    gym_id: uuid.UUID
    delivery_id: uuid.UUID
    channel: Channel
    account: InboxAccount
    messages: tuple[Outgoing, ...]
    at: dt.datetime
    """When it was begun, by the gym's clock."""
    attempts: int
    """Which try this is: the outcome of an older one does not speak for a newer one."""
    was_stopped: bool
    """Whether the provider refused everything of this account before, so that this one shows if it still does."""


@functools.cache
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(SENDERS, thread_name_prefix="send")


def drain() -> int:
    """Send what is due, for some seconds at most; how many there were."""
    sent, until = 0, time.monotonic() + GOES_ON_FOR
    lease = dt.timedelta(seconds=settings().send_lease_seconds)
    under_way: set[Future[None]] = set()
    while time.monotonic() < until:
        with db.database().system_session() as session:
            claimed = paces.claim(session, most=SENDERS - len(under_way), lease=lease, rates=RATES)
        under_way |= {_senders().submit(deliver, *one) for one in claimed.ready}
        sent += len(claimed.ready)
        if not claimed.put_off and not under_way:
            break
        pause = LOOKS_AGAIN_AFTER if claimed.ready else NOTHING_DUE_FOR
        while under_way:
            under_way = wait(under_way, pause).not_done
            if len(under_way) < SENDERS:
                break
    wait(under_way)
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
            _note(session, delivery, ready, outcome)
            if ready.was_stopped and (isinstance(outcome, Sent) or refusals.proves_that_it_works(outcome)):
                inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
                refusals.works_again(session, inbox, now=session.now)
    except Exception:
        # The claim runs out and the delivery is looked into then.
        log.exception("could not send delivery %s", delivery_id)


def _prepare(gym_id: uuid.UUID, delivery_id: uuid.UUID) -> _Ready | None:
    with db.database().tenant_session(gym_id) as session:
        delivery = deliveries.get(session, delivery_id, lock=True)
        if delivery.state == "unconfirmed":
            # We took so long to begin that we were thought dead. Nothing has been sent, and nobody else will.
            lease = dt.timedelta(seconds=settings().send_lease_seconds)
            deliveries.wait_for_status(delivery, "begun late", until=clock.now() + lease)
            delivery.error_code = None
        elif delivery.state != "sending":
            return None
        inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
        channel = CHANNELS[inbox.channel]
        window = channel.limits.reply_window
        if delivery.purpose == "human" and channel.limits.human_window is not None:
            window = channel.limits.human_window
        by_template = channel.limits.templates and (
            "closed" in delivery.checks
            or deliveries.needs_template(session, delivery, now=session.now, window=window)
        )
        refused = deliveries.refusal(
            session, delivery, now=session.now, window=None if by_template else window
        )
        template = dict(delivery.content["template"]) if by_template else None
        if template is not None and refused is None:
            template, blocked = ways.usable(session, inbox, template)
            refused = blocked and f"{deliveries.WINDOW_CLOSED}, and {blocked}"
        if refused is not None:
            deliveries.mark_ended(delivery, "cancelled", refused)
            if delivery.purpose in ("human", "service", "reminder"):
                refusals.not_sent(session, delivery, refused, now=session.now)
            return None
        if delivery.card_id is not None and not _draw_card(session, delivery, delivery.card_id):
            return None
        buttons = tuple(
            Button(button["id"], button["title"]) for button in delivery.content.get("buttons", ())
        )
        if template is not None:
            approved = message_templates.catalogue(template["language"])[template["name"]]
            buttons = buttons[: len(approved.buttons)]
        message = Outgoing(
            to=delivery.address, text=str(delivery.content.get("text", "")), buttons=buttons,
            reply_to=delivery.content.get("reply_to"), edit_of=delivery.content.get("edit_of"),
            reference=str(delivery.id), human=_needs_a_human(session, delivery, channel.limits),
            template=template, menu=_menu(session, delivery),
        )  # fmt: skip
        account = account_of(inbox)
        *rest, last = rendering.render(message, channel.limits)
        # Parts go out in order, so a status of the last one proves them all.
        parts = (*(replace(part, reference="") for part in rest), last)
        _count_all(session, inbox, delivery.address, channel.limits, parts)
        return _Ready(
            gym_id,
            delivery_id,
            channel,
            account,
            parts,
            session.now,
            delivery.attempts,
            inbox.stopped_at is not None,
        )


def _menu(session: TenantSession, delivery: Delivery) -> str:
    """What the button that opens a list says, in the language of who reads it."""
    is_list = len(delivery.content.get("buttons", ())) > LIST_FROM
    contact = (
        session.exec(select(Contact).where(Contact.id == delivery.contact_id)).first() if is_list else None
    )
    language = contact.language if contact is not None else responses.DEFAULT_LANGUAGE
    return responses.render(language, "button_options")


def _needs_a_human(session: TenantSession, delivery: Delivery, limits: Limits) -> bool:
    """Whether it may leave only as a person's own words: inside the ordinary window anything may."""
    if delivery.purpose != "human" or limits.human_window is None or limits.reply_window is None:
        return False
    return deliveries.is_outside(session, delivery, now=session.now, window=limits.reply_window)


def _count_all(
    session: TenantSession, inbox: Inbox, address: str, limits: Limits, parts: Sequence[Outgoing]
) -> None:
    """The claim counted one message; count the others that it is for the provider."""
    count = rendering.segments if limits.counts_segments else lambda _: 1
    more = sum(count(part.text) for part in parts) - 1
    if more:
        is_group = limits.group_addresses and address.startswith(limits.group_addresses.rstrip("%"))
        person = limits.pace_group if is_group else limits.pace_person
        each = 1 / inbox.per_second if inbox.per_second else limits.pace.each
        paces.take_more(
            session, inbox.id, address, account=dt.timedelta(seconds=more * each),
            person=dt.timedelta(seconds=more * person.each if person else 0),
        )  # fmt: skip


def _draw_card(session: TenantSession, delivery: Delivery, card_id: uuid.UUID) -> bool:
    """Put into a card's delivery what the card is to show by now; whether it is to leave now."""
    card = staff_cards.get(session, card_id)
    if staff_cards.is_post_under_way(session, card, delivery):
        # Waiting is no attempt: the post may be held up by the platform's pace for minutes.
        delivery.attempts -= 1
        deliveries.retry_at(delivery, session.now + EDIT_AGAIN_AFTER, "the card is not posted yet")
        return False
    content = cards.draw(session, facts.load(session), card, session.now)
    if staff_cards.is_shown(card, content):
        deliveries.mark_ended(delivery, "cancelled", "the card shows this already")
        return False
    delivery.content = {**content, **({"edit_of": card.external_id} if card.external_id is not None else {})}
    return True


def _send(ready: _Ready) -> Sent | SendFailed:
    try:
        sent: Sent | None = None
        for message in ready.messages:
            try:
                sent = ready.channel.send(ready.account, message)
            except SendFailed as error:
                sent = ready.channel.find_sent(ready.account, message, ready.at) if error.uncertain else None
                if sent is None:
                    raise
        assert sent is not None
    except SendFailed as error:
        return error
    else:
        return sent


def _note(session: TenantSession, delivery: Delivery, ready: _Ready, outcome: Sent | SendFailed) -> None:
    """Write down what became of it, and do what the provider's answer asks for."""
    is_this_try, now = delivery.attempts == ready.attempts, session.now
    if isinstance(outcome, Sent):
        if delivery.state == "queued" and delivery.error_code is not None and is_this_try:
            # A status that it failed was faster than the answer, and has put it off for another try.
            delivery.external_id = outcome.external_id
            return
        deliveries.mark_accepted(delivery, outcome.external_id, now=now)
        if not ready.channel.limits.echoes_reference:
            inbound.look_again(session, delivery.inbox_id, outcome.external_id)
        if delivery.card_id is not None:
            is_edit = "edit_of" in delivery.content
            staff_cards.mark_shown(
                staff_cards.get(session, delivery.card_id), delivery.content,
                external_id=None if is_edit else outcome.external_id,
            )  # fmt: skip
        return
    # A status may have been faster than the answer, and knows better. That we were thought dead in the meantime
    # changes nothing about a refusal, which is certain.
    if not is_this_try or delivery.state not in (
        ("sending",) if outcome.uncertain else ("sending", "unconfirmed")
    ):
        return
    log.info("delivery %s failed: %s (%s)", delivery.id, outcome.next, outcome.code)
    if outcome.uncertain:
        _unsure(session, delivery, ready.channel.limits, outcome.detail)
    else:
        refusals.act(session, delivery, outcome, now=now)


def _unsure(session: TenantSession, delivery: Delivery, limits: Limits, detail: str) -> None:
    """The request may have arrived or not. It is repeated only where that does no harm, or less than its loss.

    An edit shows the same twice. Where statuses name our reference, one of them proves
    the first request for a while, and none by then means that it never arrived: the
    platform would have reported it as sent. A card seen twice by staff is better than
    one never seen. Anything else stays unconfirmed, and staff decide.
    """
    if limits.can_edit and delivery.content.get("edit_of"):
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
