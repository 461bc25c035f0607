"""The talk that books a place: which offering, when, what name, shall I book it.

Shared by the flows that end in a place: a trial, a session or class, a move.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot import responses, wording
from bot.channels.base import Button
from bot.events import Events, FlowClosed, Say, SlotSet
from bot.flows.prospects import guests, places, trainer_wish, wishes
from bot.flows.prospects.wishes import Wish
from bot.payloads import minute, short_id, write
from bot.turn import Turn
from crm import availability, bookings, contacts
from crm.availability import TimeSlot
from crm.errors import NotFound
from crm.facts import OfferingFact
from crm.models import Booking

WEEKDAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b", re.IGNORECASE)
FIXED_DAY = re.compile(
    r"\b(this|next|coming|today|tomorrow|week|\d+(st|nd|rd|th)|jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\b|\d[/.]\d",
    re.IGNORECASE,
)
"""Says of which week the weekday is."""
WEEK_AFTER = re.compile(r"\b(week|wk) (after|later|following)\b|\bfollowing (week|wk)\b", re.IGNORECASE)
"""A week on from what is talked about, rather than from today."""
MINUTE = dt.timedelta(minutes=1)
SEARCH_FOR = dt.timedelta(days=14)
"""How far ahead free times are looked for when none was named."""


def open_question(slot: str, say: Say, options: Sequence[Button] | None = None) -> Events:
    """Ask, and remember what was asked with its choices."""
    buttons = say.buttons if options is None else options
    yield SlotSet("requested_slot", slot)
    yield SlotSet("question", {"key": say.key, "params": dict(say.params)})
    yield SlotSet(
        "options",
        [{"id": b.id, "title": b.title, "choice": b.id.startswith(("1:at:", "1:pick:"))} for b in buttons]
        or None,
    )
    yield say


def held_booking(turn: Turn) -> Booking | None:
    """The place kept for the person while they decide."""
    booking_id = turn.slot_id("held")
    if booking_id is None:
        return None
    return find(turn, booking_id)


def find(turn: Turn, booking_id: uuid.UUID) -> Booking | None:
    """The booking with that id, if it exists."""
    try:
        return bookings.get_booking(turn.session, booking_id)
    except NotFound:
        return None


def known_start(turn: Turn) -> dt.datetime | None:
    """The naive local start under discussion: the place on offer, else the wished time, else the booking to move."""
    held = held_booking(turn)
    if held is not None:
        return turn.facts.local(held.starts_at).replace(tzinfo=None)
    wish = wishes.from_slot(turn.slot("wish"))
    if wish is not None and wish.is_exact:
        return wish.start
    target = turn.slot_id("target")
    if target is not None:
        booking = find(turn, target)
        if booking is not None:
            return turn.facts.local(booking.starts_at).replace(tzinfo=None)
    return None


def reference(turn: Turn) -> dt.datetime | None:
    """What a bare clock time or "an hour later" refers to: what is being talked about, else the next booking."""
    known = known_start(turn)
    if known is not None:
        return known
    wish = wishes.from_slot(turn.slot("wish")) or wishes.from_slot(turn.slot("talk_time"))
    if wish is not None:
        return wish.start
    if turn.tracker.flow is None:
        upcoming = bookings.upcoming(turn.session, turn.contact.id, now=turn.now)
        if upcoming:
            return turn.facts.local(upcoming[0].starts_at).replace(tzinfo=None)
    return None


def take_in(turn: Turn) -> Events:
    """Put what the message tells into slots: time, trainer, for whom. Who the person is is noted by the engine."""
    yield from guests.take_in(turn)
    before = wishes.from_slot(turn.slot("wish"))
    known = known_start(turn)
    wish = wishes.combine(before, turn.times, known=known)
    day = wish if wish is not None and not wish.clock else before
    if turn.times.same_time and known is None and day is not None and not day.clock:
        wish = as_last_time(turn, day) or wish
    if wish is not None and WEEKDAY.search(turn.text) and not FIXED_DAY.search(turn.text):
        spoken_of = known or (before.start if before is not None else None)
        wish = wishes.in_the_week_of(wish, spoken_of)
    if known is not None and turn.times.expected is not None and WEEK_AFTER.search(turn.text):
        wish = wishes.exactly(known + dt.timedelta(days=7))
    if wish is not None:
        yield SlotSet("wish", wish.as_slot())
    trainer = turn.entity("trainer")
    offering = turn.facts.offering_by_key(str(turn.slot("offering") or ""))
    talked_of = turn.slot("talk_trainer") if offering is None or not offering.is_class else None
    key = trainer.value if trainer is not None else talked_of
    person = turn.facts.staff_by_key(str(key)) if key is not None else None
    if person is None and turn.slot("trainer") and trainer_wish.takes_anybody(turn):
        yield SlotSet("trainer", None)
    if person is not None:
        yield SlotSet("trainer", str(person.id))
        yield SlotSet("talk_trainer", None)
        yield SlotSet("trainer_wish", None)


def as_last_time(turn: Turn, wish: Wish) -> Wish | None:
    """ "Same time", where only a day or week was named: the weekday and hour of what they had before."""
    earlier = bookings.of_contact(turn.session, turn.contact.id, limit=1)
    if not earlier:
        return None
    had = turn.facts.local(earlier[0].starts_at).replace(tzinfo=None)
    lasts = (wish.end or wish.start) - wish.start
    day = wish.start.date()
    if lasts > dt.timedelta(days=1):
        day += dt.timedelta(days=(had.weekday() - day.weekday()) % 7)
    return wishes.exactly(dt.datetime.combine(day, had.time()))


def find_place(turn: Turn, offering: OfferingFact) -> Events:
    """From the wish to a place on offer, or to times to choose from, or to the reason why not."""
    wish = wishes.from_slot(turn.slot("wish"))
    if trainer_wish.is_open(turn, offering):
        yield from open_question("trainer", trainer_wish.question(turn, offering))
    elif wish is None:
        yield from ask_time(turn, offering)
    elif wish.is_exact and not offering.is_class:
        yield from hold(turn, offering, turn.facts.instant(wish.start))
    elif offering.is_class:
        yield from find_class(turn, offering, wish)
    else:
        yield from offer_window(turn, offering, wish)


def ask_time(turn: Turn, offering: OfferingFact) -> Events:
    """Offer the likeliest free times without being told anything."""
    trainer_id = turn.slot_id("trainer")
    slots = bookings.free_times(
        turn.session, turn.facts, offering, start=turn.now, end=turn.now + SEARCH_FOR, now=turn.now,
        trainer_id=trainer_id, contact_id=turn.contact.id, replaces_id=replaced(turn),
    )  # fmt: skip
    slots = [slot for slot in slots if slot.starts_at != replaced_start(turn)]
    chosen = slots[: places.OFFERED] if offering.is_class else likely(turn, slots)
    if not chosen:
        yield from open_question("time", Say("utter_ask_time_open", asks=True))
        return
    yield from open_question("time", places.offer_times(turn, offering, [slot.starts_at for slot in chosen]))


def likely(turn: Turn, slots: Sequence[TimeSlot]) -> list[TimeSlot]:
    """Three free times that suit different lives: a morning, an evening, and midday a day later."""
    today = turn.local_now.date()
    chosen: list[TimeSlot] = []
    for ahead, hour in ((1, 10), (1, 18), (2, 12)):
        wanted = turn.facts.instant(dt.datetime.combine(today + dt.timedelta(days=ahead), dt.time(hour)))
        pool = [slot for slot in slots if slot not in chosen]
        if pool:
            chosen.append(min(pool, key=lambda slot: (abs(slot.starts_at - wanted), slot.starts_at)))
    return sorted(chosen, key=lambda slot: slot.starts_at)


def offer_window(turn: Turn, offering: OfferingFact, wish: Wish) -> Events:
    """Offer free times inside the window; one alone is held at once."""
    start, end = wishes.window(wish, turn.facts)
    trainer_id = turn.slot_id("trainer")
    slots = [
        slot
        for slot in bookings.free_times(
            turn.session, turn.facts, offering, start=max(start, turn.now), end=end, now=turn.now,
            trainer_id=trainer_id, contact_id=turn.contact.id, replaces_id=replaced(turn),
        )
        if not wishes.rules_out(wish, turn.facts.local(slot.starts_at)) and slot.starts_at != replaced_start(turn)
    ]  # fmt: skip
    if not slots:
        yield from nothing_there(turn, offering, wish, start, end)
    elif len(slots) == 1:
        yield from hold(turn, offering, slots[0].starts_at)
    else:
        starts = [slot.starts_at for slot in likely_in(turn, slots)]
        other = turn.facts.instant(wish.other) if wish.other is not None else None
        yield from open_question("time", places.offer_times(turn, offering, starts, other=other))


def likely_in(turn: Turn, slots: Sequence[TimeSlot]) -> list[TimeSlot]:
    """A few of the window: over several days one a day, within a day spread over it."""
    days: dict[dt.date, list[TimeSlot]] = {}
    for slot in slots:
        days.setdefault(turn.facts.local(slot.starts_at).date(), []).append(slot)
    if len(days) == 1:
        return places.spread(slots)
    picks = []
    for index, day in enumerate(sorted(days)[: places.OFFERED]):
        on_day = days[day]
        wanted = (10, 18, 12)[index % 3]
        picks.append(min(on_day, key=lambda s: abs(turn.facts.local(s.starts_at).hour - wanted)))
    if len(picks) < places.OFFERED:
        picks += [slot for slot in places.spread(slots, places.OFFERED) if slot not in picks]
    return sorted(picks[: places.OFFERED], key=lambda slot: slot.starts_at)


def nothing_there(
    turn: Turn, offering: OfferingFact, wish: Wish, start: dt.datetime, end: dt.datetime
) -> Events:
    """Say why a whole window holds nothing, and offer the nearest."""
    facts = turn.facts
    middle = facts.instant(
        wish.start + (((wish.end or wish.start) - wish.start) / 2 if wish.clock else dt.timedelta(hours=12))
    )
    if end <= turn.now:
        middle = start
    refusal = bookings.why_not(
        turn.session, facts, offering, middle, now=turn.now, trainer_id=turn.slot_id("trainer")
    )
    if refusal is None or refusal.code in ("off_grid", "taken", "too_soon"):
        day = wording.relative_day(facts, wish.start.date(), turn.local_now.date(), turn.language)
        yield Say("utter_not_that_window", {"window": day})
    else:
        yield places.explain(turn, offering, refusal)
    yield from offer_nearest(turn, offering, middle)


def offer_nearest(
    turn: Turn, offering: OfferingFact, wished: dt.datetime, alternatives: Sequence[TimeSlot] | None = None,
    *, other: dt.datetime | None = None,
) -> Events:  # fmt: skip
    """Two or three real places near the wish, and the `other` one that may have been meant."""
    found = alternatives or bookings.near_times(
        turn.session, turn.facts, offering, wished, now=turn.now, trainer_id=turn.slot_id("trainer"),
        contact_id=turn.contact.id, replaces_id=replaced(turn), limit=places.OFFERED + 1,
    )  # fmt: skip
    given_up, wanted = replaced_start(turn), turn.slot_id("trainer")
    theirs = [slot for slot in found if wanted in slot.trainer_ids]
    others = [slot.starts_at for slot in theirs or found if slot.starts_at not in (given_up, other)]
    nearest = sorted(others, key=lambda at: abs(at - wished))
    starts = sorted(([other] if other is not None else []) + nearest[: places.OFFERED - (other is not None)])
    if not starts:
        yield from open_question("time", Say("utter_no_times", asks=True))
        return
    yield from open_question("time", places.offer_times(turn, offering, starts, key="utter_nearest"))


def find_class(turn: Turn, offering: OfferingFact, wish: Wish) -> Events:
    """The occurrence that is meant: the one at that time, the only one that day, or a choice."""
    facts = turn.facts
    if (like := wishes.like(facts, offering, wish)) is not None:
        yield SlotSet("offering", like.key)
        offering = like
    if wish.is_exact:
        meant = [facts.instant(at) for at in (wish.start, wish.other) if at is not None]
        on_then = [
            at for at in meant if any(availability.timetable(facts, offering, start=at, end=at + MINUTE))
        ]
        # "Yoga at 7" is the one that is on, whichever half of the day that is.
        yield from hold(turn, offering, (on_then or meant)[0])
        return
    start, end = wishes.window(wish, facts)
    held_on = list(availability.timetable(facts, offering, start=max(start, turn.now), end=end))
    if len(held_on) == 1:
        yield from hold(turn, offering, held_on[0])
        return
    yield from offer_window(turn, offering, wish)


def hold(turn: Turn, offering: OfferingFact, starts_at: dt.datetime) -> Events:
    """Keep the place while the person decides, and ask for what is still missing: the name, then a yes."""
    other = other_meant(turn, offering, starts_at)
    try:
        booking = bookings.hold(
            turn.session, turn.facts, turn.contact.id, offering, starts_at, now=turn.now,
            trainer_id=turn.slot_id("trainer"), replaces_id=replaced(turn), created_by="bot",
        )  # fmt: skip
    except bookings.ClassFull as error:
        yield from offer_waitlist(turn, offering, starts_at, int(str(error.data.get("waiting") or 0)))
        return
    except bookings.Refused as error:
        if error.refusal is not None:
            yield places.explain(turn, offering, error.refusal)
        yield from forget_held(turn)
        # Who wants one trainer is offered that one's times, and not the wished time with somebody else.
        others = None if turn.slot("trainer") else error.alternatives
        yield from offer_nearest(turn, offering, starts_at, others, other=other)
        return
    except bookings.AlreadyBooked as error:
        existing_id = error.data["booking_id"]
        existing = find(turn, existing_id) if isinstance(existing_id, uuid.UUID) else None
        if existing is None:
            yield from offer_nearest(turn, offering, starts_at)
            return
        params = places.booking_params(turn, existing)
        if error.data["is_same"]:
            yield FlowClosed("already")
            yield Say("utter_already_booked", params, booked_buttons(turn, existing))
            return
        yield Say("utter_not_overlap", params)
        yield from offer_nearest(turn, offering, starts_at)
        return
    guests.put_down(turn, booking)
    if booking.replaces_id is not None and (before := find(turn, booking.replaces_id)) is not None:
        booking.guest_name, booking.guest_phone = before.guest_name, before.guest_phone
    yield SlotSet("held", str(booking.id))
    wish = wishes.exactly(turn.facts.local(booking.starts_at).replace(tzinfo=None))
    kept = turn.facts.local(other).replace(tzinfo=None) if other is not None else None
    yield SlotSet("wish", replace(wish, other=kept).as_slot())
    yield from ask_on(turn, offering, booking)


def other_meant(turn: Turn, offering: OfferingFact, starts_at: dt.datetime) -> dt.datetime | None:
    """The other start that the words for this one may have meant, if it could be had as well."""
    wish = wishes.from_slot(turn.slot("wish"))
    if wish is None or wish.other is None or not wish.is_exact or turn.facts.instant(wish.start) != starts_at:
        return None
    other = turn.facts.instant(wish.other)
    refusal = bookings.why_not(
        turn.session, turn.facts, offering, other, now=turn.now, trainer_id=turn.slot_id("trainer"),
        contact_id=turn.contact.id, replaces_id=replaced(turn),
    )  # fmt: skip
    return other if refusal is None and other != replaced_start(turn) else None


def replaced(turn: Turn) -> uuid.UUID | None:
    """The booking that the new place is to replace, while one is being moved."""
    return turn.slot_id("target") if turn.tracker.flow == "reschedule_booking" else None


def replaced_start(turn: Turn) -> dt.datetime | None:
    """The time that is being moved away from: no new time to offer."""
    booking_id = replaced(turn)
    booking = find(turn, booking_id) if booking_id is not None else None
    return booking.starts_at if booking is not None else None


def forget_held(turn: Turn) -> Events:
    """Let go of an earlier place when another time is talked about."""
    held = held_booking(turn)
    if held is not None and held.status == "held":
        bookings.cancel(turn.session, turn.facts, held.id, now=turn.now, by="bot", reason="another time")
    yield SlotSet("held", None)


def ask_on(turn: Turn, offering: OfferingFact, booking: Booking) -> Events:
    """What is still missing before the place is theirs."""
    guests.put_down(turn, booking)
    if trainer_wish.is_open(turn, offering):
        yield from open_question("trainer", trainer_wish.question(turn, offering))
        return
    if guests.is_nameless(turn):
        params = {
            "when": wording.capitalised(wording.when(turn.facts, booking.starts_at, turn.language)),
            "with_trainer": places.with_trainer(turn, booking.trainer_id),
        }
        yield from open_question("guest", Say("utter_ask_guest_place", params, asks=True))
        return
    if contacts.first_name(turn.contact) is None and booking.guest_name is None:
        params = {
            "when": wording.capitalised(wording.when(turn.facts, booking.starts_at, turn.language)),
            "with_trainer": places.with_trainer(turn, booking.trainer_id),
        }
        yield from open_question("name", Say("utter_ask_name_place", params, asks=True))
        return
    yield from ask_confirm(turn, offering, booking)


def ask_confirm(turn: Turn, offering: OfferingFact, booking: Booking) -> Events:
    """The one explicit yes before a commitment, with a door to the other time that may have been meant."""
    params: dict[str, Any] = places.booking_params(turn, booking)
    other = other_meant(turn, offering, booking.starts_at)
    params["or_else"] = places.or_else(turn, booking.starts_at, other)
    doors = () if other is None else (places.other_button(turn, offering, booking.starts_at, other),)
    params["service"] = wording.capitalised(params["service"])
    if booking.replaces_id is not None:
        before = find(turn, booking.replaces_id)
        params["before"] = wording.when(turn.facts, before.starts_at, turn.language) if before else ""
        if before is not None and before.trainer_id != booking.trainer_id:
            params["before"] += places.with_trainer(turn, before.trainer_id)
        buttons = (
            Button(write("ok", short_id(booking.id)), responses.render(turn.language, "button_confirm")),
            *doors,
            Button(write("keep", short_id(booking.id)), responses.render(turn.language, "button_keep")),
        )
        yield from open_question("confirm", Say("utter_confirm_move", params, buttons, asks=True))
        return
    name = contacts.first_name(turn.contact)
    params["details"] = places.details(turn, offering)
    params["name"] = responses.render(turn.language, "utter_name_tag", name=name) if name else ""
    buttons = (
        Button(write("ok", short_id(booking.id)), responses.render(turn.language, "button_confirm")),
        *doors,
        Button(write("other", short_id(booking.id)), responses.render(turn.language, "button_other_time")),
    )
    yield from open_question("confirm", Say("utter_confirm", params, buttons, asks=True))


def offer_waitlist(turn: Turn, offering: OfferingFact, starts_at: dt.datetime, waiting: int) -> Events:
    """Full: the waiting list is the next best thing."""
    language = turn.language
    yield from forget_held(turn)
    yield SlotSet("wish", wishes.exactly(turn.facts.local(starts_at).replace(tzinfo=None)).as_slot())
    params = {
        "service": offering.name,
        "when": wording.when(turn.facts, starts_at, language),
        "waiting": responses.render(language, "utter_waiting_count", count=waiting) if waiting else "",
    }
    buttons = (
        Button(write("wait", offering.key, minute(starts_at)), responses.render(language, "button_waitlist")),
        Button(write("no"), responses.render(language, "button_no")),
    )
    yield from open_question("waitlist", Say("utter_waitlist_offer", params, buttons, asks=True))


def booked_buttons(turn: Turn, booking: Booking) -> tuple[Button, ...]:
    """Move and Cancel, under every message about a booking that stands."""
    return (
        Button(write("move", short_id(booking.id)), responses.render(turn.language, "button_move")),
        Button(write("cancel", short_id(booking.id)), responses.render(turn.language, "button_cancel")),
    )


def is_own_id(turn: Turn, booking_id: uuid.UUID | None) -> Booking | None:
    """The booking a button names, if it is this person's."""
    if booking_id is None:
        return None
    booking = find(turn, booking_id)
    return booking if booking is not None and booking.contact_id == turn.contact.id else None
