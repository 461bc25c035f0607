"""Wants about places: book, see what is free, check, move, cancel, queue, be late."""

from __future__ import annotations

import datetime as dt
import re

from bot import responses, wording
from bot.channels.base import Button
from bot.events import Events, HandedOff, Say, SlotSet, StaffTold
from bot.flows.prospects import (
    book_place,
    cancel_booking,
    join_waitlist,
    own_bookings,
    places,
    reschedule_booking,
    wishes,
)
from bot.flows.prospects import booking_talk as talk
from bot.intents import people
from bot.intents.faq import personal_training
from bot.payloads import minute, write
from bot.registry import Intent
from bot.turn import Turn
from bot.when_read import read_by
from crm import availability, bookings

PRESENCE = re.compile(
    r"\b(is|does|will|when('?s| is| does)?)\b.*\b(there|in|work(ing|s)?|on|around)\b", re.IGNORECASE
)
"""Asks when a trainer is in, rather than for a place."""


def book_session(turn: Turn) -> Events:
    """A class or session; "book me in" after talk about one class means that one."""
    yield from book_place.begin_session(turn)


def ask_availability(turn: Turn) -> Events:
    """Which times are free: of the class or session named, else of the trial (a stranger's likeliest wish)."""
    offering = book_place.named_offering(turn)
    wish = wishes.combine(None, turn.times, known=None)
    if turn.conversation.status == "pending" and offering is None and wish is None:
        yield Say("utter_handoff_waiting", {"when": read_by(turn.facts, turn.now, turn.language)})
        return
    if offering is None and turn.entity("trainer") is not None and PRESENCE.search(turn.text):
        yield from personal_training.answer(turn)
        return
    if offering is not None and offering.is_class:
        yield from class_places(turn, offering.key)
        return
    if offering is None and "class" in turn.text.lower():
        from bot.intents.faq import classes

        yield from classes.answer(turn)
        return
    if wish is None and offering is None and own_bookings.upcoming(turn):
        yield from book_place.begin_session(turn)
    elif offering is None or offering.kind == "trial":
        yield from book_place.begin_trial(turn)
    else:
        yield from book_place.begin_session(turn)


def class_places(turn: Turn, key: str) -> Events:
    """How full the next occurrence of a class is (or the one at the time named)."""
    facts = turn.facts
    offering = facts.offering_by_key(key)
    assert offering is not None
    wish = wishes.combine(None, turn.times, known=None)
    start, end = wishes.window(wish, facts) if wish else (turn.now, turn.now + dt.timedelta(days=8))
    if wish is not None and wish.is_exact:
        start = facts.instant(dt.datetime.combine(wish.start.date(), dt.time()))
        end = start + dt.timedelta(days=1)
    slots = bookings.free_times(
        turn.session, facts, offering, start=max(start, turn.now), end=end, now=turn.now
    )
    if not slots:
        held_on = list(availability.timetable(facts, offering, start=max(start, turn.now), end=end))
        if held_on:
            yield from book_place.begin_with(turn, "book_session", offering)
        else:
            yield Say(
                "utter_not_class_then",
                {"service": offering.name, "times": places.weekly_times(turn, offering)},
            )
        return
    slot = slots[0]
    params = {
        "service": offering.name,
        "when": wording.when(facts, slot.starts_at, turn.language),
        "left": slot.seats_left,
        "capacity": offering.capacity,
    }
    yield SlotSet("talk_offering", offering.key)
    yield SlotSet("talk_time", wishes.exactly(facts.local(slot.starts_at).replace(tzinfo=None)).as_slot())
    yield SlotSet("invited", f"book:{offering.key}")
    buttons = (
        Button(
            write("at", offering.key, minute(slot.starts_at)), responses.render(turn.language, "button_yes")
        ),
        Button(write("no"), responses.render(turn.language, "button_no")),
    )
    yield Say("utter_available_class", params, buttons, asks=True)


def check_booking(turn: Turn) -> Events:
    """What the person is booked for."""
    found = list(own_bookings.upcoming(turn))
    if not found and people.CLAIMS_BOOKING.search(turn.text):
        # They believe that they have a place: to offer them one would be deaf.
        yield HandedOff("asked")
        yield Say("utter_booking_not_found", people.when(turn))
        return
    if not found:
        yield SlotSet("invited", "book_trial")
        yield Say("utter_no_booking_offer", asks=True)
        return
    about_one = re.search(r"\b(it|that|this|who|where)\b", turn.text.lower()) is not None
    meant = own_bookings.meant(turn, found, by_time=True, about=about_one)
    if len(meant) == 1:
        yield SlotSet("about", str(meant[0].id))
        yield Say(
            "utter_your_booking", places.booking_params(turn, meant[0]), talk.booked_buttons(turn, meant[0])
        )
        return
    lines = [
        responses.render(turn.language, "utter_booking_line", **places.booking_params(turn, row))
        for row in found
    ]
    yield Say("utter_your_bookings", {"bookings": wording.listing(lines, turn.language)})


def running_late(turn: Turn) -> Events:
    """The trainer is told at once."""
    today = [row for row in own_bookings.upcoming(turn) if row.starts_at - turn.now < dt.timedelta(hours=12)]
    if not today:
        yield StaffTold("late", {"words": turn.said})
        yield Say("utter_running_late_nobody")
        return
    booking = today[0]
    trainer = turn.facts.staff_by_id(booking.trainer_id)
    yield StaffTold("late", {"words": turn.said, "booking_id": str(booking.id)})
    yield (
        Say("utter_running_late", {"trainer": trainer.first_name})
        if trainer
        else Say("utter_running_late_nobody")
    )


def join_gym(turn: Turn) -> Events:
    """Wants to become a member: the prices, the way, and the free first step."""
    from bot.intents.faq import price

    named = price.named_plans(turn, turn.text.lower())
    listed = price.memberships(turn, [plan for plan in named if plan.kind == "membership"])
    key = "utter_price_memberships" if len(named) != 1 else "utter_price_chosen"
    plans = responses.render(turn.language, key, plans=listed).rstrip(".")
    fee = turn.facts.terms.get("joining_fee")
    no_fee = responses.render(turn.language, "utter_join_no_fee") if fee == 0 else ""
    if turn.tracker.flow is not None:
        yield Say("utter_join", {"plans": plans, "fee": no_fee})
        return
    if (
        own_bookings.upcoming(turn)
        or turn.facts.trial is None
        or turn.lead.stage in ("trial_attended", "converted")
    ):
        yield HandedOff("wants_to_join")
        when = read_by(turn.facts, turn.now, turn.language)
        yield Say("utter_join_member", {"plans": plans, "when": when})
        return
    yield SlotSet("invited", "book_trial")
    yield Say("utter_join", {"plans": plans, "fee": no_fee})
    yield Say("utter_join_trial", asks=True)


INTENT = (
    Intent("book_trial", book_place.begin_trial),
    Intent("book_session", book_session),
    Intent("ask_availability", ask_availability),
    Intent("check_booking", check_booking, side=True),
    Intent("reschedule_booking", reschedule_booking.begin),
    Intent("cancel_booking", cancel_booking.begin),
    Intent("join_waitlist", join_waitlist.begin),
    Intent("running_late", running_late),
    Intent("join_gym", join_gym),
)
