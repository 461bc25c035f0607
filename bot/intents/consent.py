"""No more messages, or messages again: done at once, with the proof kept."""

from __future__ import annotations

import re

from bot import responses
from bot.channels.base import Button
from bot.events import Events, FlowClosed, Say
from bot.flows.prospects import own_bookings, places
from bot.intents import small_talk
from bot.payloads import short_id, write
from bot.registry import Intent
from bot.turn import Turn
from crm import contacts, reminders
from crm.models import Reminder

REMINDERS = re.compile(r"\b(reminders?|remind)\b", re.IGNORECASE)
OFFERS = re.compile(r"\b(offers?|promo\w*|marketing|ads?|adverts?|newsletters?|deals?)\b", re.IGNORECASE)


def opt_out(turn: Turn) -> Events:
    """By purpose where one was named, else everything; a bare "cancel" with a booking open is asked about."""
    if turn.text.strip().lower().rstrip(".!") == "cancel" and (upcoming := own_bookings.upcoming(turn)):
        booking = upcoming[0]
        buttons = (
            Button(
                write("cancel", short_id(booking.id)), responses.render(turn.language, "button_yes_cancel")
            ),
            Button(write("stop"), responses.render(turn.language, "button_stop_messages")),
        )
        yield Say("utter_cancel_or_stop", places.booking_params(turn, booking), buttons, asks=True)
        return
    purpose: contacts.Purpose = "everything"
    if REMINDERS.search(turn.text):
        purpose = "reminders"
    elif OFFERS.search(turn.text):
        purpose = "offers"
    if turn.tracker.flow is not None:
        yield FlowClosed("opted_out")
    contacts.give_consent(
        turn.session,
        turn.contact.id,
        purpose,
        granted=False,
        words=turn.text,
        channel=turn.channel,
        now=turn.now,
    )
    reminders.cancel(
        turn.session,
        Reminder.conversation_id == turn.conversation.id,
        Reminder.kind == "flow_nudge",
        reason="opted out",
    )
    suffix = "" if purpose == "everything" else f"_{purpose}"
    yield Say(f"utter_opted_out{suffix}")


def opt_in(turn: Turn) -> Events:
    """Messages again; from somebody who never opted out it is a hello (Telegram's START, "start")."""
    agreed = contacts.consents(turn.session, turn.contact.id)
    if all(agreed.get(purpose) is not False for purpose in ("everything", "reminders", "offers")):
        yield from small_talk.greet(turn)
        return
    contacts.give_consent(
        turn.session,
        turn.contact.id,
        "everything",
        granted=True,
        words=turn.text,
        channel=turn.channel,
        now=turn.now,
    )
    yield Say("utter_opted_in")


INTENT = (Intent("opt_out", opt_out), Intent("opt_in", opt_in))
