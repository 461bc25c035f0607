"""A turn of ours, made of what a gym's own Rasa assistant tells of its conversation.

The assistant's tracker is the dialogue's state here; the person, the thread, the lead
and the bookings are the gym's, the same as in its chats.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import select

from bot import nlu
from bot.assistant.messages import tap_of, understand, wall_time, words_of
from bot.assistant.seats import Seat
from bot.assistant.slots import tracker_of
from bot.channels import CHANNELS
from bot.events import SlotSet
from bot.flows.prospects import wishes
from bot.turn import Turn
from crm import contacts, conversations, correspondents, leads
from crm import facts as gym_facts
from crm.db import TenantSession
from crm.models import Message
from nlu_models.parse import Parse


def turn_of(
    session: TenantSession,
    told: Mapping[str, Any],
    seat: Seat,
    *,
    now: dt.datetime,
    wanted: str | None = None,
) -> Turn:
    """A turn in the thread of the person the assistant talks with. The caller holds the address's lock."""
    message: Mapping[str, Any] = told.get("latest_message") or {}
    inbox, text = seat.inbox, words_of(message)
    who = correspondents.ensure(
        session, inbox, sender=seat.sender, address=seat.address, profile_name=None, bsuid=None, now=now
    )
    known, conversation, lead = who.known, who.conversation, who.lead
    facts = gym_facts.load(session)
    if lead is None or (lead.closed_at is not None and lead.stage == leads.LOST):
        lead = leads.capture(
            session, known.contact, source=inbox.channel, referral={}, first_words=text, now=now
        )
    turn = Turn(
        session, facts, known.contact, known.contact_inbox, conversation, lead, tracker_of(told),
        Parse(text=text, intents=()), now, inbox.channel, CHANNELS[inbox.channel].limits, tapped=tap_of(message),
    )  # fmt: skip
    if turn.tapped is None and text:
        option = nlu.chosen_option(
            turn.tracker, text, numbered=turn.limits.buttons == 0, language=turn.language
        )
        turn.tapped = option.id if option is not None else None
        lead.last_words = text[:300]
    turn.parse = understand(turn, message, wanted=wanted)
    _take_in_form(turn, told.get("slots") or {})
    return turn


def _take_in_form(turn: Turn, slots: Mapping[str, Any]) -> None:
    """What a form of the assistant has gathered: name, goal, experience, and a time unless one was just said."""
    for name in ("goal", "experience"):
        value = slots.get(name)
        if isinstance(value, str) and value and getattr(turn.lead, name) is None:
            setattr(turn.lead, name, value[:200])
    if isinstance(slots.get("name"), str):
        contacts.set_name(turn.contact, slots["name"])
    start = wall_time(turn.facts, slots.get("time"))
    if start is not None:
        # Taken once: the next booking asks for its own time.
        turn.tracker.keep({"event": "slot", "name": "time", "value": None}, at=turn.now)
        if turn.times.expected is None and not turn.slot("wish"):
            turn.tracker.record(SlotSet("wish", wishes.exactly(start).as_slot()), at=turn.now)


def write_down(turn: Turn, told: Mapping[str, Any]) -> None:
    """Write the message into the thread, once however many actions it calls for.

    One without an id or a time of its own could not be told from its repetition and is not written.
    """
    key = _message_key(told)
    if key is None or turn.session.exec(select(Message.id).where(Message.external_id == key)).first():
        return
    conversations.receive(
        turn.session, turn.conversation, turn.contact_inbox, text=turn.text or None, external_id=key,
        content={"kind": "text", **({"payload": turn.tapped} if turn.tapped else {})}, sent_at=turn.now,
    )  # fmt: skip


def write_down_reply(turn: Turn, text: str, buttons: Sequence[Mapping[str, str]]) -> None:
    """Write into the thread what the assistant is given to say; nothing is queued, for it sends that itself."""
    turn.session.add(
        Message(
            gym_id=turn.session.gym_id, conversation_id=turn.conversation.id, contact_id=turn.contact.id,
            direction="out", author="bot", text=text, content={"buttons": list(buttons)} if buttons else {}, at=turn.now,
        )
    )  # fmt: skip
    turn.conversation.last_outbound_at = turn.now


def _message_key(told: Mapping[str, Any]) -> str | None:
    """What tells the latest message from a later one with the same words."""
    message = told.get("latest_message") or {}
    events = [one for one in told.get("events") or () if isinstance(one, Mapping)]
    said: Mapping[str, Any] = next((one for one in reversed(events) if one.get("event") == "user"), {})
    own_id = message.get("message_id") or said.get("message_id")
    if own_id:
        return f"rasa:{own_id}"
    return f"rasa:{told['sender_id']}:{said['timestamp']}" if said.get("timestamp") else None
