"""A turn of ours, made of what a gym's own Rasa assistant tells of its conversation.

The assistant's tracker is the dialogue's state here; the person, the thread, the lead
and the bookings are the gym's, the same as in its chats. What the assistant has not
understood of a message (a time, a name, a wish) is read here.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from bot import nlu, payloads, taps
from bot.channels import CHANNELS
from bot.channels._addresses import canonical_phone, is_bsuid
from bot.events import SlotSet
from bot.flows.prospects import booking_talk, wishes
from bot.registry import flows, intents
from bot.tracker import Tracker
from bot.turn import Turn
from crm import contacts, conversations, leads
from crm import facts as gym_facts
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import ContactInbox, Inbox, Message
from nlu_models.parse import Context, Entity, Grain, Intent, Parse, Time, Times

TAP = "spotter_tap"
"""Intent of a tapped button of ours; its entity `payload` says what the tap does."""
MAX_TEXT = 4000
LISTEN = "action_listen"


class Unserved(Exception):
    """The assistant asks for something that cannot be done; the words say why."""


# Who is meant


@dataclass(frozen=True, slots=True)
class _Network:
    """A messaging network: how it identifies people, and the channels that reach it."""

    kind: str
    """What a contact's identity begins with."""
    identify: Callable[[str], str | None]
    """The canonical id in what follows the prefix of a `sender_id`; None where there is none."""
    addresses: Mapping[str, Callable[[str], str]]
    """For each channel what the provider wants as recipient."""


def _whatsapp_id(told: str) -> str | None:
    return told if is_bsuid(told) else canonical_phone(told)


def _number(told: str) -> str | None:
    return told if re.fullmatch(r"[0-9]{1,30}", told) else None


def _as_it_is(identity: str) -> str:
    return identity


_WHATSAPP: dict[str, Callable[[str], str]] = {
    "whatsapp": lambda identity: identity.removeprefix("+"),
    "whatsapp-twilio": lambda identity: f"whatsapp:{identity}",
}
NETWORKS: Mapping[str, _Network] = {
    "whatsapp": _Network("wa", _whatsapp_id, _WHATSAPP),
    "whatsapp-twilio": _Network("wa", _whatsapp_id, dict(reversed(_WHATSAPP.items()))),
    "instagram": _Network("ig", _number, {"instagram": _as_it_is}),
    "telegram": _Network("tg", _number, {"telegram": _as_it_is}),
    "sms": _Network("sms", canonical_phone, {"sms": _as_it_is}),
}
"""By what a `sender_id` begins with, e.g. ``whatsapp:+353851234567``."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the assistant's person is to be found among the gym's contacts."""

    inbox: Inbox
    sender: str
    address: str


def seat_of(session: TenantSession, sender_id: str) -> Seat:
    """Where somebody the gym knows has written before, else a place on its first inbox of that channel.

    Raises `Unserved` where `sender_id` names no channel, nobody, or a channel the gym does not have.
    """
    prefix, _, told = sender_id.partition(":")
    network = NETWORKS.get(prefix.lower())
    identity = network.identify(told.strip()) if network is not None else None
    if network is None or identity is None:
        channels = ", ".join(NETWORKS)
        raise Unserved(
            f"sender_id must be a channel and an id there, like whatsapp:+353851234567 ({channels})"
        )
    sender = f"{network.kind}:{identity}"
    inboxes = _inboxes(session, tuple(network.addresses))
    if not inboxes:
        raise Unserved(f"the gym has no inbox for {prefix.lower()}")
    known = session.exec(
        select(ContactInbox)
        .where(ContactInbox.sender == sender, col(ContactInbox.inbox_id).in_([inbox.id for inbox in inboxes]))
        .order_by(col(ContactInbox.last_inbound_at).desc().nulls_last())
    ).first()
    if known is not None:
        return Seat(next(one for one in inboxes if one.id == known.inbox_id), sender, known.address)
    return Seat(inboxes[0], sender, network.addresses[inboxes[0].channel](identity))


def _inboxes(session: TenantSession, channels: Sequence[str]) -> list[Inbox]:
    found = session.exec(
        select(Inbox).where(col(Inbox.channel).in_(channels), col(Inbox.active)).order_by(col(Inbox.id))
    ).all()
    return sorted(found, key=lambda inbox: channels.index(inbox.channel))


# What the conversation holds


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def _is_wish(value: Any) -> bool:
    try:
        return isinstance(value, Mapping) and wishes.from_slot(value) is not None
    except (KeyError, ValueError, TypeError):
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _has(*keys: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(key in value for key in keys)


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


@dataclass(frozen=True, slots=True)
class SlotKind:
    """A slot of our tracker: Rasa's type for it, and which values make sense."""

    rasa_type: str
    fits: Callable[[Any], bool]


_ID = SlotKind("text", _is_id)
_TEXT = SlotKind("text", _is_text)
_FLAG = SlotKind("bool", _is_flag)
_WISH = SlotKind("any", _is_wish)
_WORDS = SlotKind("list", _is_list_of(_is_text))
SLOTS: Mapping[str, SlotKind] = {
    "about": _ID, "held": _ID, "target": _ID, "trainer": _ID, "waitlist_entry": _ID,
    "experience": _TEXT, "goal": _TEXT, "handoff": _TEXT, "invited": _TEXT, "language": _TEXT, "offering": _TEXT,
    "requested_slot": _TEXT, "talk_offering": _TEXT,
    "goal_asked": _FLAG, "introduced": _FLAG, "invited_once": _FLAG, "invited_team": _FLAG, "name_given": _FLAG,
    "nudged": _FLAG,
    "misses": SlotKind("float", lambda value: isinstance(value, int | float) and 0 <= value < 100),
    "talk_time": _WISH, "wish": _WISH,
    "seen": _WORDS, "told": _WORDS,
    "options": SlotKind("list", _is_list_of(_has("id", "title"))),
    "last_said": SlotKind("any", _has("text", "buttons")),
    "parked": SlotKind("any", _has("flow", "slots")),
    "question": SlotKind("any", _has("key", "params")),
    "undo": SlotKind("any", _has("verb", "at")),
}  # fmt: skip
"""Every slot of the tracker, as the assistant has to declare it."""


def tracker_of(told: Mapping[str, Any]) -> Tracker:
    """Our tracker in the assistant's state; a value that makes no sense to us is as if it were not set."""
    slots = told.get("slots") or {}
    loop = (told.get("active_loop") or {}).get("name")
    kept = {
        name: value
        for name, value in slots.items()
        if value is not None and name in SLOTS and SLOTS[name].fits(value)
    }
    return Tracker({"slots": kept, "flow": loop if loop in flows() else None})


# What was said


def our_intents(message: Mapping[str, Any]) -> tuple[Intent, ...]:
    """What the assistant understood, in our names: `faq_price` and the retrieval intent `faq/price` are one, `a+b` are two."""
    told = message.get("intent") or {}
    name, confidence = str(told.get("name") or ""), float(told.get("confidence") or 0.0)
    if name == "faq":
        selected = (message.get("response_selector") or {}).get("faq") or {}
        name = str((selected.get("response") or {}).get("intent_response_key") or "")
    found = [our_intent(part) for part in name.split("+")]
    return tuple(Intent(one, min(max(confidence, 0.0), 1.0)) for one in found if one is not None)


def our_intent(name: str) -> str | None:
    """Our name of an intent; None where it is none of ours."""
    return next((ours for ours in intents() if name in (ours, rasa_name(ours))), None)


def rasa_name(intent: str) -> str:
    """An intent's name as it may stand in an assistant's domain, where a slash has a meaning of its own."""
    return intent.replace("/", "_")


def tap_of(message: Mapping[str, Any]) -> str | None:
    """The payload of a tapped button of ours: as the entity of `spotter_tap`, or as the text, with a slash or without."""
    told = [str(one.get("value")) for one in message.get("entities") or () if one.get("entity") == "payload"]
    for candidate in (*told, str(message.get("text") or "").strip().removeprefix("/")):
        payload = payloads.read(candidate)
        if payload is not None and payload.verb in taps.VERBS:  # "1:30" is a time of day
            return candidate
    return None


def words_of(message: Mapping[str, Any]) -> str:
    """What the person typed; nothing where the text is an intent in Rasa's slash notation."""
    text = str(message.get("text") or "")[:MAX_TEXT]
    return "" if text.startswith("/") else text


_READ_AGAIN = ("person_name", "service", "trainer", "goal", "experience", "phone", "email")
_COUNTS = ("age", "party_size", "number")
ENTITIES = (*_READ_AGAIN, *_COUNTS, "time", "duration", "language", "health")
"""Kinds of entity that handlers go by."""
_GRAINS: Mapping[str, Grain] = {
    "second": "minute", "minute": "minute", "hour": "hour", "day": "day", "week": "week", "month": "month",
}  # fmt: skip


def understand(turn: Turn, message: Mapping[str, Any], *, wanted: str | None = None) -> Parse:
    """The message as our handlers take it: the assistant's reading first, ours for what it lacks.

    `wanted` is the intent whose action was called; it comes first whatever else was said.
    """
    text = words_of(message)
    if turn.tapped is not None:
        titles = {option["id"]: option["title"] for option in turn.slot("options") or ()}
        return nlu.tapped(str(titles.get(turn.tapped, "")))
    reference = booking_talk.reference(turn)
    told = our_intents(message)
    if wanted is not None:
        told = (Intent(wanted, 1.0), *(intent for intent in told if intent.name != wanted))
    if told:
        ours = Parse(text=text, intents=told)
    else:
        ours = nlu.understand(turn.facts, text, sent_at=turn.now, asked=turn.asked, reference=reference)
    return _completed(turn, ours, message, reference)


def _completed(turn: Turn, parse: Parse, message: Mapping[str, Any], reference: dt.datetime | None) -> Parse:
    from nlu_models import entities, times

    local_now = turn.facts.local(turn.now)
    words = nlu.vocabulary(turn.facts)
    context = Context(sent_at=local_now, vocabulary=words, asked=turn.asked, reference=reference)
    read = times.read(parse.text, context)
    given = [one for one in message.get("entities") or () if isinstance(one, Mapping)]
    said = next((time for one in given if (time := _time(turn.facts, one)) is not None), None)
    found: list[Entity] = []
    for one in given:
        kind, value = one.get("entity"), one.get("value")
        if kind not in ENTITIES or kind == "time" or value in (None, ""):
            continue
        ours = _value(turn.facts, str(kind), value)
        if ours is None and kind in _READ_AGAIN:
            asked = Context(
                sent_at=local_now, vocabulary=words, asked="name" if kind == "person_name" else None
            )
            again = entities.find(str(value), asked, Times())
            ours = next((each.value for each in again if each.entity == kind), None)
        if ours is not None:
            start, end = _place(one)
            found.append(Entity(str(kind), ours, parse.text[start:end] or str(value), start, end))
    kinds = {entity.entity for entity in found}
    found += [one for one in entities.find(parse.text, context, read) if one.entity not in kinds]
    return Parse(
        text=parse.text, intents=parse.intents, entities=tuple(found), times=Times(expected=said) if said else read,
        ranking=parse.ranking, language=parse.language, clauses=parse.clauses,
    )  # fmt: skip


def _place(entity: Mapping[str, Any]) -> tuple[int, int]:
    start, end = entity.get("start"), entity.get("end")
    return (start, end) if isinstance(start, int) and isinstance(end, int) else (0, 0)


def _value(facts: GymFacts, kind: str, value: Any) -> Any:
    """The assistant's value where it is what our own finder would give; None where it is just words."""
    words = str(value).strip()
    match kind:
        case "service":
            return words if facts.offering_by_key(words) is not None else None
        case "trainer":
            return words if facts.staff_by_key(words) is not None else None
        case "experience":
            return words if words in ("none", "some", "regular") else None
        case "goal":
            return words if words in facts.goals else None
        case "phone" | "email" | "person_name":
            return None
        case "age" | "party_size" | "number":
            return int(words) if re.fullmatch(r"[0-9]{1,6}", words) else None
    return words[:500]


def _time(facts: GymFacts, entity: Mapping[str, Any]) -> Time | None:
    """A time as Rasa's Duckling extractor gives it: an ISO instant with a grain, or from one to another."""
    if entity.get("entity") != "time":
        return None
    value = entity.get("value")
    start, end = (value.get("from"), value.get("to")) if isinstance(value, Mapping) else (value, None)
    first, last = _wall_time(facts, start), _wall_time(facts, end)
    if first is None:
        return None
    told = (entity.get("additional_info") or {}).get("grain")
    grain = _GRAINS.get(str(told)) or ("minute" if first.time() != dt.time() else "day")
    has_clock = grain in ("minute", "hour")
    return Time(start=first, grain=grain, end=last if last and last > first else None, named_clock=has_clock)


def _wall_time(facts: GymFacts, value: Any) -> dt.datetime | None:
    try:
        instant = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if instant is None or instant.tzinfo is None:
        return instant
    return facts.local(instant).replace(tzinfo=None)


# The turn


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
    known = contacts.ensure(
        session, inbox, sender=seat.sender, address=seat.address, profile_name=None, now=now
    )
    conversation = conversations.ensure(session, known.contact_inbox, now=now)
    facts = gym_facts.load(session)
    lead = leads.find_latest(session, known.contact.id)
    if lead is None or (lead.closed_at is not None and lead.stage == leads.LOST):
        lead = leads.capture(
            session, known.contact, source=inbox.channel, referral={}, first_words=text, now=now
        )
    turn = Turn(
        session, facts, known.contact, known.contact_inbox, conversation, lead, tracker_of(told),
        Parse(text=text, intents=()), now, inbox.channel, CHANNELS[inbox.channel].limits, tapped=tap_of(message),
    )  # fmt: skip
    if turn.tapped is None and text:
        option = nlu.chosen_option(turn.tracker, text, numbered=turn.limits.buttons == 0)
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
    start = _wall_time(turn.facts, slots.get("time"))
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
