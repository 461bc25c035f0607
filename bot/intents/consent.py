"""No more messages, or messages again: done at once, with the proof kept.

What the words ask for is read by `nlu_models.consent`; here it is done. Only what cannot be read for sure is
asked about, and a platform's or carrier's own switch is always believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bot import nlu, responses
from bot.channels.base import Button, Incoming
from bot.events import Events, FlowClosed, Say, Silence, SlotSet
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import own_bookings, places
from bot.intents import privacy, small_talk
from bot.payloads import short_id, write
from bot.registry import Intent
from bot.turn import Turn
from crm import consents, conversations, reminders
from crm.consents import Purpose
from crm.models import Reminder
from nlu_models import consent as wording
from nlu_models.parse import Intent as Meant
from nlu_models.parse import Parse

ALL: tuple[Purpose, ...] = ("everything",)
EACH: tuple[Purpose, ...] = ("everything", "reminders", "offers")
TOLD_BY_PLATFORM = frozenset({"optout", "optin"})
"""Kinds of incoming events that are a switch, not words to be understood."""


def opt_out(turn: Turn) -> Events:
    """By purpose where one was named, else everything; asked first only where the words leave it open."""
    wish = wording.read(turn.said)
    if wish is None or wish.kind != "stop":
        buttons = (
            Button(write("stop"), responses.render(turn.language, "button_stop_messages")),
            Button(write("no"), responses.render(turn.language, "button_carry_on")),
        )
        yield from talk.open_question("stop_messages", Say("utter_ask_stop", {}, buttons, asks=True))
        return
    yield from stop(turn, wish.purposes)
    if turn.wants("privacy_request"):
        # "Erase my details and don't write again" are two wants.
        yield from privacy.privacy_request(turn)


HELLO = re.compile(r"\W*start\W*", re.IGNORECASE)
AT_ONCE = frozenset({"cancel_booking", "cancel_membership", "check_booking"})
"""What is done for somebody who wants no more messages at all; anything else may be why they stop."""
_PARTS = re.compile(r"[.,;:!?\n]+|\b(?:and|but|also|plus|pls|please|then)\b", re.IGNORECASE)


def beside(turn: Turn) -> Parse | None:
    """What is wanted beside an opt-out or opt-in in the same message; None where nothing is."""
    parts = [part.strip() for part in _PARTS.split(turn.text)]
    wish = wording.read(turn.text)
    if wish is None and turn.wants("opt_in"):
        wish = next((one for part in parts if (one := wording.read(part)) is not None), None)
    if wish is None or wish.kind not in ("stop", "start") or turn.tapped is not None:
        return None
    left = [part for part in parts if part and wording.read(part) is None]
    rest = ", ".join(left)
    if len(left) == len([part for part in parts if part]) or not rest:
        return None
    parse = nlu.understand(turn.facts, rest, sent_at=turn.now, asked=None, reference=talk.reference(turn))
    everything = wish.kind == "stop" and "everything" in wish.purposes
    sure = tuple(
        intent
        for intent in parse.intents
        if intent.confidence >= (nlu.CLEAR if everything else nlu.ACT)
        and (
            intent.name in AT_ONCE
            if everything
            else intent.name in nlu.TASKS or intent.name.startswith("faq/")
        )
        and intent.name not in ("opt_out", "opt_in")
    )
    names_place = parse.first("service") is not None and parse.times.expected is not None
    if not sure and not everything and names_place:
        sure = (Meant("book_session", nlu.ACT),)  # "no more offers. Boxing on Thursday?"
    return replace(parse, intents=sure) if sure else None


def stop(turn: Turn, purposes: Iterable[Purpose] = ALL, *, is_told: bool = True) -> Events:
    """No more messages of those kinds; `is_told` is false where the carrier has already answered."""
    asked_for = tuple(purposes)
    if turn.tracker.flow is not None and "everything" in asked_for:
        yield from talk.forget_held(turn)
        yield FlowClosed("opted_out")
    if "everything" in asked_for or turn.asked in ("stop_messages", "cancel_or_stop"):
        # Who stops the offers while a place is being booked is still asked about the place.
        yield SlotSet("requested_slot", None)
    _keep(turn, asked_for, granted=False)
    if "reminders" not in asked_for or len(asked_for) > 1 or "everything" in asked_for:
        reminders.cancel(
            turn.session,
            Reminder.conversation_id == turn.conversation.id,
            Reminder.kind == "flow_nudge",
            reason="opted out",
        )
    if not is_told:
        yield Silence()
        return
    yield Say(f"utter_opted_out{'' if 'everything' in asked_for else '_' + '_and_'.join(asked_for)}")


def opt_in(turn: Turn) -> Events:
    """Messages again. From somebody who never opted out START is a hello, as Telegram's is; in words it is a mistake."""
    wish = wording.read(turn.said)
    purposes = wish.purposes if wish is not None and wish.kind == "start" else ALL
    agreed = consents.agreed(turn.session, turn.contact.id)
    if "offers" not in purposes and all(agreed.get(purpose) is not False for purpose in EACH):
        if HELLO.fullmatch(turn.said):
            yield from small_talk.greet(turn)
        else:
            yield Say("utter_opted_in_already")
        return
    yield from start(turn, purposes)


def start(turn: Turn, purposes: Iterable[Purpose] = ALL, *, is_told: bool = True) -> Events:
    """Messages of those kinds again. Offers need a word of their own: START alone does not ask for them."""
    asked_for = tuple(purposes)
    agreed = consents.agreed(turn.session, turn.contact.id)
    if agreed.get("everything") is False and "everything" not in asked_for:
        # Reminders alone are wanted back after a STOP: that is lifted, what was not asked for stays off.
        _keep(turn, ALL, granted=True)
        _keep(turn, tuple(one for one in EACH[1:] if one not in asked_for), granted=False)
    _keep(turn, asked_for, granted=True)
    if is_told:
        named = next((one for one in ("offers", "reminders") if one in asked_for), None)
        yield Say(f"utter_opted_in_{named}" if named else "utter_opted_in")
    else:
        yield Silence()


def told_by_platform(turn: Turn, incoming: Incoming) -> Events:
    """A keyword that the carrier acted on, or the platform's own switch: believed, whatever the words.

    Where the carrier has answered already (Twilio's STOP and START), nothing may be sent.
    """
    purposes: tuple[Purpose, ...] = ("offers",) if incoming.extra.get("scope") == "marketing" else ALL
    is_told = not incoming.extra.get("provider_replied")
    if incoming.kind == "optout":
        yield from stop(turn, purposes, is_told=is_told)
    elif purposes == ALL and is_told:
        yield from opt_in(turn)
    else:
        yield from start(turn, purposes, is_told=is_told)


def decided(turn: Turn) -> Events | None:
    """The answer to a question about messages, or a bare "cancel"; None where neither is said."""
    if turn.tapped is not None:
        return None
    if turn.asked in ("stop_messages", "erase") and turn.wants("affirm", "deny"):
        if turn.wants("deny"):
            return carry_on(turn)
        return stop(turn) if turn.asked == "stop_messages" else privacy.erase(turn)
    # "Yes" to "this or that?" is neither.
    is_neither = turn.asked == "cancel_or_stop" and [one.name for one in turn.parse.intents] == ["affirm"]
    return cancel_or_stop(turn) if is_neither or _is_bare_cancel(turn) else None


def carry_on(turn: Turn) -> Events:
    """They did not mean it."""
    yield SlotSet("requested_slot", None)
    yield Say("utter_carry_on")


def _is_bare_cancel(turn: Turn) -> bool:
    """Whether "cancel" alone was said and nothing is under way that it could drop."""
    if turn.tracker.flow is not None or turn.text.strip(" \t\r\n.!").lower() != "cancel":
        return False
    open_talk = any(turn.slot(name) for name in ("requested_slot", "invited", "parked"))
    return not open_talk or bool(own_bookings.upcoming(turn))


def cancel_or_stop(turn: Turn) -> Events:
    """ "Cancel" is the booking's word and the regulator's (47 CFR 64.1200(a)(10)): asked where a booking stands."""
    upcoming = own_bookings.upcoming(turn)
    if not upcoming:
        yield from stop(turn)
        return
    booking = upcoming[0]
    buttons = (
        Button(
            write("cancel", short_id(booking.id)), responses.render(turn.language, "button_cancel_booking")
        ),
        Button(write("stop"), responses.render(turn.language, "button_stop_messages")),
    )
    question = Say("utter_cancel_or_stop", places.booking_params(turn, booking), buttons, asks=True)
    yield from talk.open_question("cancel_or_stop", question)


def _keep(turn: Turn, purposes: Iterable[Purpose], *, granted: bool) -> None:
    said = conversations.last_inbound(turn.session, turn.conversation.id)
    for purpose in purposes:
        consents.give(
            turn.session,
            turn.contact.id,
            purpose,
            granted=granted,
            words=turn.said,
            channel=turn.channel,
            now=turn.now,
            message_id=said.external_id if said is not None else None,
        )


INTENT = (Intent("opt_out", opt_out), Intent("opt_in", opt_in))
