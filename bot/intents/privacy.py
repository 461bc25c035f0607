"""A person's own data: told in short with a link to all of it, or erased after a yes; anything finer goes to the team."""

from __future__ import annotations

import re

from bot import deep_links, erasure, responses
from bot.channels.base import Button
from bot.events import Events, FlowClosed, HandedOff, Say, SlotSet, StaffTold
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import own_bookings
from bot.intents.people import when
from bot.payloads import write
from bot.registry import Intent
from bot.turn import Turn
from bot.wording import day, listing
from crm import personal_data

ERASE = re.compile(
    r"\b(delet\w*|eras\w*|remov\w*|wip(e|ed|ing)|forget|forgotten|destroy\w*|scrub|get rid|purge|"
    r"borr\w*|elimin\w*|suprim\w*|apag\w*|exclu\w*|article 17)\b",
    re.IGNORECASE,
)
ACCESS = re.compile(
    r"\b(what|which|copy|download|export|access|see|show|send|know|hold|have on|store|stored|keep|kept|article 15|"
    r"qu[eé]|saben|copia|cuales|c[oó]pia|sabem|quais)\b",
    re.IGNORECASE,
)
PART = re.compile(
    r"\b(health|medical|injur\w*|photos?|pictures?|cctv|footage|video|card|bank|payment|address|e-?mail|reviews?|"
    r"testimonial|recording|salud|fotos?|tarjeta|sa[uú]de|cart[aã]o)\b",
    re.IGNORECASE,
)
"""One thing among their data: a person looks at that."""


def privacy_request(turn: Turn) -> Events:
    """Everything erased is confirmed first; everything told is told at once; the rest is the team's."""
    if turn.tracker.flow is not None:
        yield from talk.forget_held(turn)
        yield FlowClosed("privacy")
    if erasure.is_asked_for(turn.session, turn.contact.id):
        yield Say("utter_erase_under_way")
    elif PART.search(turn.text):
        yield HandedOff("privacy")
        yield Say("utter_privacy", when(turn))
    elif ERASE.search(turn.text):
        yield from ask(turn)
    elif ACCESS.search(turn.text):
        yield from tell(turn)
    else:
        buttons = (
            Button(write("data"), responses.render(turn.language, "button_my_data")),
            Button(write("erase"), responses.render(turn.language, "button_erase_ask")),
            Button(write("team"), responses.render(turn.language, "button_team")),
        )
        yield from talk.open_question("privacy", Say("utter_ask_privacy", {}, buttons, asks=True))


def ask(turn: Turn) -> Events:
    """What will go and what stays, then a yes or no: it cannot be taken back."""
    ahead = len(own_bookings.upcoming(turn))
    key = "utter_ask_erase" if not ahead else "utter_ask_erase_booked"
    buttons = (
        Button(write("erase", "ok"), responses.render(turn.language, "button_erase")),
        Button(write("no"), responses.render(turn.language, "button_keep_data")),
    )
    yield from talk.open_question("erase", Say(key, {"gym": turn.facts.gym.name}, buttons, asks=True))


def erase(turn: Turn) -> Events:
    """The yes: planned at once, staff are told, and this is the receipt."""
    yield SlotSet("requested_slot", None)
    if not erasure.is_asked_for(turn.session, turn.contact.id):
        erasure.ask(turn.session, turn.contact.id, now=turn.now)
        yield StaffTold("erasure", {})
    yield Say("utter_erased", {"gym": turn.facts.gym.name})


def tell(turn: Turn) -> Events:
    """In short, and the whole as a file behind a link that expires. The channel itself says who asks."""
    from crm.config import settings
    from crm.links import data_link

    held = personal_data.summary(turn.session, turn.contact.id)
    language = turn.language
    lines = [
        responses.render(language, "utter_data_name", name=held.name) if held.name else "",
        responses.render(
            language,
            "utter_data_reached",
            ways=listing([deep_links.app_name(one) for one in held.reached_by], language),
        ),
        responses.render(language, "utter_data_goal", goal=held.goal) if held.goal else "",
        responses.render(language, "utter_data_health") if held.has_health_note else "",
        responses.render(language, "utter_data_counts", bookings=held.bookings, messages=held.messages),
        responses.render(language, "utter_data_stopped", purposes=listing(list(held.stopped), language))
        if held.stopped
        else "",
    ]
    link = data_link(settings(), turn.session.gym_id, turn.contact.id, turn.now)
    since = day(turn.facts, turn.facts.local(held.known_since), language)
    yield SlotSet("requested_slot", None)
    yield Say(
        "utter_data",
        {"since": since, "lines": "\n".join(line for line in lines if line), "link": link},
    )


INTENT = (Intent("privacy_request", privacy_request),)
