"""Wants that only make sense in the middle of something: details, corrections, going back, dropping it."""

from __future__ import annotations

import re

from bot import responses
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import (
    book_place,
    cancel_booking,
    either_or,
    join_waitlist,
    own_bookings,
    parking,
    places,
    reschedule_booking,
    wishes,
)
from bot.flows.prospects import booking_talk as talk
from bot.intents import people
from bot.registry import Intent
from bot.turn import Turn
from crm.models import Booking


def inform(turn: Turn) -> Events:
    """Facts volunteered: noted. A time from somebody without a booking is a wish to come."""
    if people.is_for_the_team(turn) and not names_something(turn):
        yield from people.waits(turn)
        return
    if turn.times.expected is not None:
        has_one = bool(own_bookings.upcoming(turn))
        if turn.times.shift or (has_one and not names_something(turn) and INSTEAD.search(turn.text.lower())):
            yield from reschedule_booking.begin(turn)
        elif names_something(turn) or not (upcoming := own_bookings.upcoming(turn)):
            yield from _class_or_trial(turn)
        else:
            yield from move_or_new(turn, upcoming[0])
        return
    if turn.entity("service") is not None:
        yield from book_place.begin_session(turn)
        return
    yield SlotSet("requested_slot", None)
    if turn.slot("invited") and not own_bookings.upcoming(turn):
        yield noted(turn)
        yield from book_place.begin_trial(turn)
        return
    if turn.slot("introduced") and (turn.slot("undo") or own_bookings.upcoming(turn)):
        yield noted(turn)
        return
    yield SlotSet("invited", "book_trial")
    yield noted(turn)
    yield Say("utter_invite_trial", asks=True)


def noted(turn: Turn) -> Say:
    """What they told is kept; about their health it is said who reads it."""
    return Say("utter_noted_health" if "health" in (turn.slot("told") or ()) else "utter_noted")


INSTEAD = re.compile(
    r"\b(instead|rather|suits?( me)? better|better for me|scrap( that)?|change|make it|actually|sorry|oops|no)\b"
)
"""Takes back the time that was agreed on."""


def names_something(turn: Turn) -> bool:
    """Whether it is clear which class or session a time is for."""
    return book_place.named_offering(turn) is not None or bool(turn.slot("talk_offering"))


def move_or_new(turn: Turn, booking: Booking) -> Events:
    """A time and no more, from somebody who has a booking: another time for that, or something else?"""
    service = places.booking_params(turn, booking)["service"]
    language = turn.language
    yield from either_or.ask(
        turn,
        (
            either_or.Door(
                "reschedule_booking",
                responses.render(language, "utter_mean_move", service=service),
                responses.render(language, "button_mean_reschedule_booking"),
            ),
            either_or.Door(
                "book_session",
                responses.render(language, "utter_mean_something_else"),
                responses.render(language, "button_mean_something_else"),
            ),
        ),
    )


def _class_or_trial(turn: Turn) -> Events:
    named = book_place.named_offering(turn)
    if named is not None or turn.slot("talk_offering") or own_bookings.upcoming(turn):
        yield from book_place.begin_session(turn)
    else:
        yield from book_place.begin_trial(turn)


def correct(turn: Turn) -> Events:
    """A slip mended outside a flow: a time means the booking, anything else was noted by the engine."""
    if turn.times.expected is not None and not own_bookings.upcoming(turn):
        yield from inform(turn)
        return
    if turn.times.expected is not None or turn.times.shift is not None:
        yield from reschedule_booking.begin(turn)
        return
    yield Say("utter_noted")


CANCEL = re.compile(r"\bcan[cs]el", re.IGNORECASE)
THINKS = re.compile(
    r"\bthink (about|it over|on)\b|\bthink\b.{0,12}\bover\b|\bsleep on it\b|\b(get|come|be) back to (you|ye|u)\b|\blet (you|ye|u) know\b|"
    r"\b(ask|check with|talk to) my (husband|wife|partner|mam|mum|mom|dad|boyfriend|girlfriend|boss|gf|bf)\b",
    re.IGNORECASE,
)
"""Puts it off rather than dropping it."""


def stop_flow(turn: Turn) -> Events:
    """Left at once, no double check; with nothing open "cancel that" means the booking that was just made."""
    if turn.tracker.flow is None and CANCEL.search(turn.text) and own_bookings.upcoming(turn):
        yield from cancel_booking.begin(turn)
        return
    if turn.asked == "waitlist_offer":
        # The place is kept for them until its deadline: the next in the queue need not wait for that.
        yield from join_waitlist.decline(turn)
        return
    is_open = turn.tracker.flow is not None
    if is_open:
        yield from parking.drop(turn)
    yield SlotSet("invited", None)
    yield SlotSet("parked", None)
    yield SlotSet("requested_slot", None)
    if THINKS.search(turn.text):
        yield Say("utter_no_rush")
    else:
        yield Say("utter_dropped" if is_open or turn.slot("question") else "utter_anything_else")


def go_back(turn: Turn) -> Events:
    """One step back: from the yes to the time."""
    offering = book_place.current_offering(turn)
    if turn.tracker.flow is None or offering is None:
        yield Say("utter_help", asks=True)
        return
    wish = wishes.from_slot(turn.slot("wish"))
    yield from talk.forget_held(turn)
    if wish is not None and turn.asked in ("confirm", "name"):
        yield from talk.offer_nearest(turn, offering, turn.facts.instant(wish.start))
    else:
        yield SlotSet("wish", None)
        yield from talk.ask_time(turn, offering)


INTENT = (
    Intent("inform", inform),
    Intent("correct", correct),
    Intent("stop_flow", stop_flow),
    Intent("go_back", go_back),
)
