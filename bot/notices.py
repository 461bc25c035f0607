"""What a platform tells besides people's own words: edits, deletions, echoes, reactions, switches, moved chats.

None of it opens the reply window, makes a lead or asks for an answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Sequence

from sqlmodel import select

from bot import cards, discretion, template_news
from bot.channels.base import Incoming
from crm import (
    activities,
    consents,
    contacts,
    conversations,
    corrected_messages,
    deliveries,
    leads,
    reminders,
)
from crm import cards as shown
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import ContactInbox, Conversation, Inbox, Reminder

log = logging.getLogger(__name__)


def is_one(event: Incoming) -> bool:
    """Whether the event is for this module and not for a conversation."""
    return event.kind in _TAKE or _is_live_location(event) or _is_switch(event)


def settle(persons: Sequence[Incoming], beside: Sequence[Incoming]) -> list[Incoming]:
    """What people have said in the end: what they took back or changed before it was read is not answered."""
    gone = {event.reply_to or event.message_id for event in beside if event.kind == "delete"}
    changed = {event.reply_to: event.text for event in beside if event.kind == "edit" and event.text}
    return [
        dataclasses.replace(event, text=changed[event.message_id]) if event.message_id in changed else event
        for event in persons
        if not event.message_id or event.message_id not in gone
    ]


def take(session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime) -> None:
    """Draw the consequence of one of them."""
    session.flush()
    if _is_switch(event):
        _switch(session, inbox, event, now)
    elif _is_live_location(event):
        _move_location(session, inbox, event)
    else:
        _TAKE[event.kind](session, facts, inbox, event, now)


def _is_live_location(event: Incoming) -> bool:
    return event.kind == "location" and event.action == "record"


def _is_switch(event: Incoming) -> bool:
    """Consent given or taken away outside the conversation, or already answered by the carrier."""
    return event.kind in ("optout", "optin", "help") and bool(
        event.extra.get("provider_replied") or (event.text is None and event.extra.get("scope"))
    )


def _known(session: TenantSession, inbox: Inbox, sender: str) -> ContactInbox | None:
    return session.exec(
        select(ContactInbox).where(ContactInbox.inbox_id == inbox.id, ContactInbox.sender == sender)
    ).first()


def _thread(session: TenantSession, where: ContactInbox) -> Conversation | None:
    return session.exec(select(Conversation).where(Conversation.contact_inbox_id == where.id)).first()


# Messages that changed


def _edited(
    session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime  # noqa: ARG001
) -> None:  # fmt: skip
    message = corrected_messages.find(session, inbox.id, event.reply_to or event.message_id)
    if message is not None:
        corrected_messages.edit(session, message, event.text, at=min(event.sent_at or now, now))


def _taken_back(
    session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime  # noqa: ARG001
) -> None:  # fmt: skip
    message = corrected_messages.find(session, inbox.id, event.reply_to or event.message_id)
    if message is not None:
        corrected_messages.take_back(session, message, inbox_id=inbox.id, at=min(event.sent_at or now, now))


def _reacted(
    session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime  # noqa: ARG001
) -> None:  # fmt: skip
    message = corrected_messages.find(session, inbox.id, event.reply_to or "")
    if message is None and event.reply_to is None and (quote := event.extra.get("quote")):
        where = _known(session, inbox, event.sender)
        message = corrected_messages.find_quoted(session, where.id, quote) if where is not None else None
    if message is not None:
        corrected_messages.react(message, event.sender, event.text or "")


def _move_location(session: TenantSession, inbox: Inbox, event: Incoming) -> None:
    """Somebody's live location: the one line about it shows where they are now."""
    message = corrected_messages.find(session, inbox.id, event.message_id)
    if message is not None and message.deleted_at is None:
        message.content = {**message.content, "location": event.extra.get("location")}


# Somebody of the gym answered elsewhere


def _echoed(session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime) -> None:
    """A person of the gym wrote in the platform's own app: it belongs to the thread, and the bot keeps silent."""
    if not event.extra.get("pause_bot") or deliveries.is_ours(session, inbox.id, event.message_id):
        return
    where = _known(session, inbox, str(event.extra.get("recipient") or ""))
    thread = _thread(session, where) if where is not None else None
    if thread is None:
        return
    conversations.answered_elsewhere(
        session,
        thread,
        text=event.text,
        external_id=event.message_id,
        at=min(event.sent_at or now, now),
        now=now,
    )
    lead = leads.find_latest(session, thread.contact_id)
    if lead is not None:
        lead.first_human_reply_at = lead.first_human_reply_at or now
        session.flush()
        cards.lead_changed(session, facts, lead.id, now)


# Consent and reach


def _switch(session: TenantSession, inbox: Inbox, event: Incoming, now: dt.datetime) -> None:
    """Kept with its proof and not answered: the platform or the carrier has said all there is to say."""
    known = contacts.ensure(
        session, inbox, sender=event.sender, address=event.address, profile_name=event.name, now=now
    )
    if event.text is not None:
        conversations.receive(
            session, conversations.ensure(session, known.contact_inbox, now=now), known.contact_inbox, text=event.text,
            external_id=event.message_id, content={"kind": event.kind}, sent_at=min(event.sent_at or now, now),
        )  # fmt: skip
    if event.kind == "help":
        return
    purpose: consents.Purpose = "offers" if event.extra.get("scope") == "marketing" else "everything"
    words = event.text or f"{event.extra.get('value', event.kind)} ({inbox.channel})"
    consents.give(
        session,
        known.contact.id,
        purpose,
        granted=event.kind == "optin",
        words=words,
        channel=inbox.channel,
        now=now,
    )
    if event.kind == "optout" and purpose == "everything":
        thread = conversations.ensure(session, known.contact_inbox, now=now)
        reminders.cancel(
            session, Reminder.conversation_id == thread.id, Reminder.kind == "flow_nudge", reason="opted out"
        )


def _membership(
    session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime  # noqa: ARG001
) -> None:  # fmt: skip
    what = event.extra.get("bot")
    where = _known(session, inbox, event.sender) if event.group_id is None else None
    if where is not None:
        blocked = what == "blocked"
        where.unreachable_at = now if blocked else None
        where.unreachable_reason = "they blocked the bot" if blocked else None
    elif what is not None and event.group_id is not None and event.group_id == inbox.staff_chat:
        activities.record(session, f"staff_group.bot_{what}", actor="system", now=now, chat=event.group_id)
        if event.extra.get("stop_sending"):
            log.warning("the bot was removed from the staff group of gym %s", session.gym_id)


def _migrated(
    session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime  # noqa: ARG001
) -> None:  # fmt: skip
    """A group became a supergroup: the staff chat has another id from now on."""
    old, new = str(event.extra.get("from_chat", "")), str(event.extra.get("to_chat", ""))
    if new and inbox.staff_chat == old:
        shown.move_chat(session, inbox, new)


def _system(session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime) -> None:
    """A person's new number, or the platform about the account itself."""
    if event.sender:
        where = _known(session, inbox, event.sender)
        address = str(event.extra.get("new_address") or event.extra.get("new_bsuid") or "")
        phone = event.extra.get("new_phone")
        if where is not None and address:
            contacts.change_address(
                session, where, sender=f"wa:{phone or address}", address=address, phone=phone
            )
        return
    if event.extra.get("details") is None:
        return
    details = {key: value for key, value in event.extra["details"].items() if isinstance(value, str | int)}
    activities.record(
        session, "inbox.notice", actor="system", now=now, channel=inbox.channel, field=event.extra.get("field"),
        code=event.extra.get("code"), details=details,
    )  # fmt: skip
    what = ", ".join(
        str(one) for one in (event.extra.get("field"), event.extra.get("code"), *details.values()) if one
    )
    params = {"channel": inbox.channel, "what": discretion.for_group(what.replace("_", " "), longest=200)}
    cards.tell_group(session, facts, "utter_staff_news_account", params, now)


def _template(
    session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime  # noqa: ARG001
) -> None:  # fmt: skip
    told = {key: value for key, value in event.extra.items() if isinstance(value, str)}
    activities.record(
        session, "message_template.changed", actor="system", now=now, channel=inbox.channel, details=told
    )
    template_news.follow(session, inbox, event, now)


def _commented(
    session: TenantSession, facts: GymFacts, inbox: Inbox, event: Incoming, now: dt.datetime
) -> None:
    """Words under a post are public: no conversation, and the bot cannot answer them there; a person can."""
    name = f"@{event.extra['username']}" if event.extra.get("username") else event.name or inbox.channel
    activities.record(
        session, "comment.received", actor="contact", now=now, channel=inbox.channel, sender=event.sender,
        words=event.text,
    )  # fmt: skip
    if event.text:
        params = {"name": name, "channel": inbox.channel.title(), "words": discretion.for_group(event.text)}
        cards.tell_group(
            session, facts, "utter_staff_news_comment", params, now, dedupe_key=f"comment:{event.message_id}"
        )


_TAKE: dict[str, Callable[[TenantSession, GymFacts, Inbox, Incoming, dt.datetime], None]] = {
    "edit": _edited,
    "delete": _taken_back,
    "reaction": _reacted,
    "echo": _echoed,
    "membership": _membership,
    "migration": _migrated,
    "system": _system,
    "template_status": _template,
    "comment": _commented,
}
