"""What a provider's refusal means for the message, the person and the gym, however the provider told it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from sqlmodel import select

from bot import cards, responses, template_news, ways, wording
from bot.answers import words
from bot.channels import CHANNELS
from bot.channels.base import Channel, NextStep, Repair, Review, SendFailed
from bot.events import SlotSet
from bot.tracker import Tracker, bot_event
from crm import (
    activities,
    channel_health,
    consents,
    conversations,
    deliveries,
    facts,
    gyms,
    paces,
    reminders,
)
from crm import cards as staff_cards
from crm.db import TenantSession
from crm.models import Contact, ContactInbox, Conversation, Delivery, Inbox, Message

BACKOFF = (2.0, 5.0, 20.0, 60.0, 300.0)
"""Seconds before each further try, or up to a fifth less."""
PAIR_BACKOFF = 4.0
"""To the power of the tries so far: seconds after which a person whose pace was exceeded is written to again."""
LATER = 900.0
"""Seconds before the one further try where a phone was off or the reason is not known."""
HELD_BACK = dt.timedelta(hours=24)
"""Meta limits how much advertising a person gets; before that it is not to be tried again."""


def act(session: TenantSession, delivery: Delivery, failed: SendFailed, *, now: dt.datetime) -> None:
    """Do what a certain refusal asks for: try again and when, or end it and draw the consequences."""
    inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
    channel = CHANNELS[inbox.channel]
    repair = channel.repair(failed.code) if failed.next == "alert_operator" else None
    if repair is not None:
        _stop(session, delivery, channel, failed, repair, now)
        return
    match failed.next:
        case "ignore":
            deliveries.mark_accepted(delivery, delivery.external_id or "", now=now)
        case "migrate_address" if failed.migrate_to:
            if inbox.staff_chat == delivery.address:
                staff_cards.move_chat(session, inbox, failed.migrate_to)
            delivery.address = failed.migrate_to
            deliveries.retry_at(delivery, now, "the group has a new address", error_code=failed.code)
        case "retry_backoff" | "retry_backoff_pair" | "retry_backoff_global" | "retry_later_once":
            _again(session, delivery, channel, failed, now)
        case "wait_24h_no_retry" if delivery.purpose == "offer" and "held_back" not in delivery.checks:
            delivery.checks = {**delivery.checks, "held_back": True}
            deliveries.retry_at(delivery, now + HELD_BACK, failed.detail, error_code=failed.code)
        case "send_template" if "template" in delivery.content and "closed" not in delivery.checks:
            # The provider counts the window from another instant than we do, and its word holds.
            delivery.checks = {**delivery.checks, "closed": True}
            deliveries.retry_at(delivery, now, "outside the reply window", error_code=failed.code)
        case _:
            _note_template(session, delivery, inbox, channel, failed, now)
            deliveries.mark_ended(delivery, "failed", failed.detail, error_code=failed.code)
            _draw_consequences(session, delivery, failed, now)


def _again(
    session: TenantSession, delivery: Delivery, channel: Channel, failed: SendFailed, now: dt.datetime
) -> None:
    most = 2 if failed.next == "retry_later_once" else deliveries.MAX_ATTEMPTS
    if delivery.attempts >= most and failed.retry_after is None:
        deliveries.mark_ended(delivery, "failed", failed.detail, error_code=failed.code)
        _draw_consequences(session, delivery, failed, now)
        return
    pause = failed.retry_after or _pause(failed.next, delivery.attempts)
    if failed.next == "retry_backoff_global":
        # It is the account that is too fast: each further request now would only make it worse.
        paces.pause(session, delivery.inbox_id, pause, burst=_burst(channel))
    deliveries.retry_at(delivery, now + dt.timedelta(seconds=pause), failed.detail, error_code=failed.code)


def _pause(step: NextStep, attempts: int) -> float:
    """Seconds until the next try."""
    tried = max(attempts, 1)
    if step == "retry_later_once":
        return LATER
    if step == "retry_backoff_pair":
        return PAIR_BACKOFF ** (tried - 1)
    return BACKOFF[min(tried, len(BACKOFF)) - 1] * random.uniform(0.8, 1.0)  # noqa: S311  only to spread them


def _burst(channel: Channel) -> dt.timedelta:
    return dt.timedelta(seconds=channel.limits.pace.each * channel.limits.pace.burst)


def _stop(
    session: TenantSession, delivery: Delivery, channel: Channel, failed: SendFailed, repair: Repair, now: dt.datetime
) -> None:  # fmt: skip
    """The account is refused as a whole: the message is kept, nothing else is tried, staff are told once."""
    stopped = channel_health.stop(
        session, delivery.inbox_id, code=failed.code, reason=failed.detail, burst=_burst(channel), now=now
    )
    delivery.attempts -= 1
    deliveries.retry_at(
        delivery, now + stopped.try_after, f"the channel is stopped: {failed.detail}", error_code=failed.code
    )
    if stopped.is_new:
        told = {
            "channel": cards.channel_name(channel.name), "reason": failed.detail.rstrip("."), "mend": mend_words(repair),
        }  # fmt: skip
        _tell_of_stop(session, stopped.inbox, told, now)


def _tell_of_stop(session: TenantSession, stopped: Inbox, told: Mapping[str, str], now: dt.datetime) -> None:
    """Into the staff group; where that is what has stopped, owners and managers get a text message besides."""
    gym, key = facts.load(session), f"stopped:{stopped.id}:{now.isoformat()}"
    cards.tell_group(session, gym, "utter_staff_channel_stopped", told, now, dedupe_key=key)
    if gym.staff_group is not None and gym.staff_group.inbox_id != stopped.id:
        return
    text = f"{gym.gym.name}: {words('utter_staff_channel_stopped', **told)}"
    for inbox in gyms.list_inboxes(session):
        channel = CHANNELS[inbox.channel]
        if inbox.id == stopped.id or inbox.stopped_at is not None or not channel.limits.writes_first:
            continue
        for person in gyms.list_leaders(session):
            deliveries.queue(
                session, inbox_id=inbox.id, address=channel.address_of(person.phone or ""), purpose="staff",
                content={"text": text}, now=now, dedupe_key=f"{key}:{person.key}",
            )  # fmt: skip
        return


def works_again(session: TenantSession, inbox: Inbox, *, now: dt.datetime) -> None:
    """Something got through to a stopped account: everything goes on, and staff are told."""
    since = channel_health.resume(session, inbox.id)
    if since is not None:
        gym = facts.load(session)
        cards.tell_group(
            session, gym, "utter_staff_channel_works",
            {"channel": cards.channel_name(inbox.channel), "since": wording.short_when(gym, since)}, now,
            dedupe_key=f"works:{inbox.id}:{since.isoformat()}",
        )  # fmt: skip


def proves_that_it_works(failed: SendFailed) -> bool:
    """Whether the refusal is about the message or the person, so that the account itself is accepted."""
    return failed.code is not None and failed.next not in (
        "alert_operator", "retry_backoff", "retry_backoff_global", "retry_later_once",
    )  # fmt: skip


def mend_words(repair: Repair | None) -> str:
    """What has to be done so that the provider takes messages of the account again."""
    return responses.render("en", f"utter_staff_mend_{repair or 'other'}")


def not_sent(session: TenantSession, delivery: Delivery, reason: str, *, now: dt.datetime) -> None:
    """It may not leave: where only this channel is closed to it, it goes another way; else staff are told."""
    only_here = reason.startswith((deliveries.WINDOW_CLOSED, deliveries.UNREACHABLE))
    if not (only_here and _goes_elsewhere(session, delivery, reason, now)):
        tell(session, delivery, reason)


def _goes_elsewhere(session: TenantSession, delivery: Delivery, reason: str, now: dt.datetime) -> bool:
    """Say it on another channel that the person can be reached on; a reminder is decided again as a whole."""
    if delivery.contact_id is None or delivery.purpose not in ("reminder", "service", "human"):
        return False
    session.flush()
    template = delivery.content.get("template")
    found = ways.another(session, delivery.contact_id, delivery.inbox_id, template, now=now)
    if found is None:
        return False
    if reminders.again(session, delivery.dedupe_key, now=now):
        return True
    if delivery.purpose == "reminder" or "elsewhere" in delivery.checks:
        return False
    _say_there(session, delivery, found, reason, now)
    return True


def _say_there(
    session: TenantSession, delivery: Delivery, found: ways.Thread, reason: str, now: dt.datetime
) -> None:
    conversation, where = found
    text, buttons = str(delivery.content.get("text", "")), list(delivery.content.get("buttons", ()))
    message = session.exec(select(Message).where(Message.id == delivery.message_id)).first()
    said = conversations.say(
        session, conversation, where, text=text, buttons=buttons, purpose=delivery.purpose,
        author=message.author if message is not None else "bot", now=now, dedupe_key=f"elsewhere:{delivery.id}",
        booking_id=delivery.booking_id, checks={**delivery.checks, "elsewhere": True},
        template=delivery.content.get("template"),
    )  # fmt: skip
    if said is None:
        return
    if delivery.purpose != "human":
        tracker = Tracker(conversation.tracker)
        tracker.record(SlotSet("last_said", {"text": text, "buttons": buttons}), at=now)
        tracker.keep(bot_event(text, buttons), at=now)
        conversations.record_turn(session, conversation, tracker.fresh, tracker.state(), now=now)
        return
    before = session.exec(select(Conversation).where(Conversation.id == delivery.conversation_id)).first()
    if before is not None and before.owner_id is not None:
        # Whoever wrote it gets the answer, wherever it comes from.
        conversation.owner_id, conversation.status = before.owner_id, before.status
        conversation.handoff_reason, conversation.handed_off_at = before.handoff_reason, now
    contact = session.exec(select(Contact).where(Contact.id == delivery.contact_id)).one()
    inbox = session.exec(select(Inbox).where(Inbox.id == where.inbox_id)).one()
    params = {
        "name": cards.name_of(contact), "channel": cards.channel_name(inbox.channel), "reason": reason.rstrip("."),
    }  # fmt: skip
    cards.tell_group(
        session, facts.load(session), "utter_staff_sent_elsewhere", params, now, contact_id=contact.id,
        dedupe_key=f"elsewhere:{delivery.id}:told",
    )  # fmt: skip


def _note_template(
    session: TenantSession, delivery: Delivery, inbox: Inbox, channel: Channel, failed: SendFailed, now: dt.datetime
) -> None:  # fmt: skip
    """A template that the provider does not take (any more) is not tried for others either."""
    status, window = channel.template_errors.get(failed.code or ""), channel.limits.reply_window
    template = delivery.content.get("template")
    if status is None or template is None or window is None:
        return
    if "closed" in delivery.checks or deliveries.is_outside(session, delivery, now=now, window=window):
        told = Review(template["name"], template["language"], status, reason=failed.detail)
        template_news.note(session, inbox, [told], now)


def _draw_consequences(
    session: TenantSession, delivery: Delivery, failed: SendFailed, now: dt.datetime
) -> None:
    """Unreachable there, opted out; staff read of it in any case."""
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
        purpose: consents.Purpose = "everything" if failed.next == "opt_out" else "offers"
        consents.give(
            session,
            delivery.contact_id,
            purpose,
            granted=False,
            words=failed.detail,
            channel="provider",
            now=now,
        )
    activities.record(
        session,
        "delivery.failed",
        actor="system",
        now=now,
        contact_id=delivery.contact_id,
        code=failed.code,
        reason=failed.detail,
    )
    may_go_elsewhere = failed.next not in (
        "opt_out",
        "opt_out_marketing",
        "filtered_review",
        "wait_24h_no_retry",
    )
    if not (may_go_elsewhere and _goes_elsewhere(session, delivery, failed.detail, now)):
        tell_failed(session, delivery)


def tell_failed(session: TenantSession, delivery: Delivery) -> None:
    """A failure is loud: staff read why, once a delivery."""
    if delivery.purpose != "staff":
        tell(session, delivery, delivery.reason or "")


def tell(session: TenantSession, delivery: Delivery, reason: str) -> None:
    """Tell the staff group that a message to somebody did not leave or did not arrive, and why."""
    contact = session.exec(select(Contact).where(Contact.id == delivery.contact_id)).first()
    name = cards.name_of(contact) if contact is not None else ""
    params = {
        "name": name,
        "reason": reason.rstrip("."),
        "advice": _advice(session, delivery, contact, reason),
    }
    cards.tell_group(
        session, facts.load(session), "utter_staff_news_not_sent", params, session.now,
        contact_id=delivery.contact_id, dedupe_key=f"not_sent:{delivery.id}",
    )  # fmt: skip


def _advice(session: TenantSession, delivery: Delivery, contact: Contact | None, reason: str) -> str:
    """What can still be done for the person, as sentences after the reason."""
    if contact is None:
        return ""
    advice = []
    if reason.startswith(deliveries.WINDOW_CLOSED):
        inbox = session.exec(select(Inbox).where(Inbox.id == delivery.inbox_id)).one()
        window = CHANNELS[inbox.channel].limits.human_window
        is_late = window is None or deliveries.is_outside(session, delivery, now=session.now, window=window)
        key = "wait" if is_late else "reply"
        advice.append(words(f"utter_staff_not_sent_{key}", name=cards.name_of(contact)))
    if contact.phone is not None:
        advice.append(words("utter_staff_not_sent_call"))
    return "".join(f" {one}" for one in advice)
