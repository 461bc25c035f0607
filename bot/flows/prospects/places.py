"""Places in the calendar, in words and buttons: what is on offer, what is not possible and why."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Any

from bot import responses, wording
from bot.channels.base import Button
from bot.events import Say
from bot.payloads import minute, write
from bot.turn import Turn
from crm.availability import Refusal, TimeSlot
from crm.config import settings
from crm.facts import GymFacts, OfferingFact, StaffFact, WeeklyHours
from crm.links import calendar_link
from crm.models import Booking

LENGTH = re.compile(r"\s*\d+\s*('|min(utes)?)?$")
"""A length at the end of a name ("Personal training 30'"): it is said apart."""
JUST_NOW = dt.timedelta(minutes=30)
"""A wished time so lately gone means "now"."""
OFFERED = 3
"""Times offered at once: as many as WhatsApp has reply buttons."""


def offering_name(turn: Turn, offering: OfferingFact) -> str:
    """What we call it in the middle of a sentence: the trial is "free trial session", a class keeps its capitals."""
    name = responses.noun(turn.language, LENGTH.sub("", offering.name))
    return name[:1].lower() + name[1:] if offering.kind == "trial" else name


def with_trainer(turn: Turn, trainer_id: uuid.UUID | None) -> str:
    """ " with Priya", or nothing."""
    trainer = turn.facts.staff_by_id(trainer_id)
    return (
        responses.render(turn.language, "utter_with_trainer", trainer=trainer.first_name) if trainer else ""
    )


def details(turn: Turn, offering: OfferingFact) -> str:
    """How long it takes and what it costs, after a comma."""
    facts, language = turn.facts, turn.language
    if offering.is_class:
        visit = next((plan for plan in facts.plans if plan.per == "visit"), None)
        if visit is None or facts.rules.classes_open_to != "everyone":
            return responses.render(language, "utter_detail_class", minutes=offering.minutes)
        price = wording.money(facts, visit.price, language)
        return responses.render(language, "utter_detail_day_pass", minutes=offering.minutes, price=price)
    if not offering.price and "free" in offering.name.lower():
        return responses.render(language, "utter_detail_class", minutes=offering.minutes)
    if not offering.price:
        return responses.render(language, "utter_detail_free", minutes=offering.minutes)
    price = wording.money(facts, offering.price, language)
    return responses.render(language, "utter_detail_priced", minutes=offering.minutes, price=price)


def booking_params(turn: Turn, booking: Booking) -> dict[str, Any]:
    """A booking as response parameters."""
    offering = turn.facts.offering_by_id(booking.offering_id)
    return {
        "service": service_for(turn, booking, offering),
        "when": wording.when(turn.facts, booking.starts_at, turn.language),
        "with_trainer": with_trainer(turn, booking.trainer_id),
    }


def service_for(turn: Turn, booking: Booking, offering: OfferingFact) -> str:
    """The session's name, and for whom it is where that is somebody else."""
    if not booking.guest_name:
        return offering_name(turn, offering)
    return offering_name(turn, offering) + responses.render(
        turn.language, "utter_of_guest", name=booking.guest_name
    )


def calendar_line(turn: Turn, booking: Booking) -> str:
    """The link that puts a booking into the person's own calendar; on channels billed by the length only if asked."""
    return add_to_calendar(turn, booking) if turn.limits.buttons else ""


def add_to_calendar(turn: Turn, booking: Booking) -> str:
    """Words with the link to a booking's calendar file."""
    link = calendar_link(settings(), turn.session.gym_id, booking.id, booking.ends_at)
    return responses.render(turn.language, "utter_add_to_calendar", link=link)


def time_button(turn: Turn, offering: OfferingFact, starts_at: dt.datetime, *, with_day: bool) -> Button:
    """A free time to tap."""
    local = turn.facts.local(starts_at)
    title = wording.clock(turn.facts, local)
    if with_day:
        title = (
            f"{wording.short_day(turn.facts, local, turn.language).split(',')[0].rsplit(' ', 1)[0]} {title}"
        )
    return Button(write("at", offering.key, minute(starts_at)), title)


def or_else(turn: Turn, starts_at: dt.datetime, other: dt.datetime | None) -> str:
    """The words about another time that may have been meant, after a question for a yes."""
    if other is None:
        return ""
    ours, local = turn.facts.local(starts_at), turn.facts.local(other)
    is_same_day = ours.date() == local.date()
    when = wording.clock(turn.facts, local) if is_same_day else wording.when(turn.facts, other, turn.language)
    return responses.render(turn.language, "utter_or_else", when=when)


def other_button(turn: Turn, offering: OfferingFact, starts_at: dt.datetime, other: dt.datetime) -> Button:
    """The door to it."""
    with_day = turn.facts.local(starts_at).date() != turn.facts.local(other).date()
    return time_button(turn, offering, other, with_day=with_day)


def spread(slots: Sequence[TimeSlot], count: int = OFFERED) -> list[TimeSlot]:
    """A few of many: evenly over the window, full hours preferred where there is a choice."""
    round_ones = [slot for slot in slots if slot.starts_at.minute == 0]
    pool = round_ones if len(round_ones) >= count else list(slots)
    if len(pool) <= count:
        return pool
    step = (len(pool) - 1) / (count - 1) if count > 1 else 0
    return [pool[round(index * step)] for index in range(count)]


def offer_times(
    turn: Turn, offering: OfferingFact, starts: Sequence[dt.datetime], *, key: str | None = None,
    other: dt.datetime | None = None,
) -> Say:  # fmt: skip
    """Ask which of some free times suits, with a button for each; `other` is on the day that may have been meant."""
    facts, language = turn.facts, turn.language
    locals_ = [facts.local(at) for at in starts]
    days = {local.date() for local in locals_}
    if len(days) == 1 and key in (None, "utter_ask_time_day"):
        words = wording.listing([wording.clock(facts, local) for local in locals_], language, either=True)
        say_key = "utter_ask_time_day"
        params: dict[str, Any] = {"day": wording.day(facts, locals_[0], language), "times": words}
        params["or_else"] = (
            responses.render(
                language, "utter_or_this_day", day=wording.day(facts, facts.local(other), language)
            )
            if other is not None
            else ""
        )
    elif len(days) == 1:
        clocks = wording.listing([wording.clock(facts, local) for local in locals_], language, either=True)
        day = wording.relative_day(facts, locals_[0].date(), turn.local_now.date(), language)
        words = (
            clocks
            if key == "utter_which_time"
            else responses.render(language, "word_day_at", day=day, time=clocks)
        )
        say_key, params = key or "utter_ask_time", {"times": words}
    else:
        words = wording.listing([_day_and_clock(turn, local) for local in locals_], language, either=True)
        say_key, params = key or "utter_ask_time", {"times": words}
    params["service"] = offering_name(turn, offering)
    buttons = tuple(time_button(turn, offering, at, with_day=len(days) > 1) for at in starts)
    return Say(say_key, params, buttons, asks=True)


def _day_and_clock(turn: Turn, local: dt.datetime) -> str:
    day = wording.relative_day(turn.facts, local.date(), turn.local_now.date(), turn.language)
    return responses.render(turn.language, "word_day_at", day=day, time=wording.clock(turn.facts, local))


def trainer_days(turn: Turn, week: WeeklyHours) -> str:
    """Mon, Wed and Fri 09:00-17:00."""
    facts, language = turn.facts, turn.language
    by_hours: dict[str, list[str]] = {}
    for day in sorted(week):
        by_hours.setdefault(wording.hours(facts, week[day]), []).append(
            wording.weekday(facts, day, language, short=True)
        )
    return "; ".join(f"{wording.listing(days, language)} {hours}" for hours, days in by_hours.items())


def trainer_spoken_of(turn: Turn, trainer_id: uuid.UUID | None) -> StaffFact | None:
    """The trainer with that id."""
    return turn.facts.staff_by_id(trainer_id)


def explain(turn: Turn, offering: OfferingFact, refusal: Refusal) -> Say:
    """Why a wished time is not possible, in one sentence."""
    facts, language = turn.facts, turn.language
    local = facts.local(refusal.starts_at)
    day = wording.day(facts, local, language)
    when = wording.capitalised(wording.when(facts, refusal.starts_at, language))
    match refusal.code:
        case "past" if turn.now - refusal.starts_at < JUST_NOW:
            return Say("utter_not_right_now")
        case "past":
            return Say("utter_not_past", {"when": when})
        case "too_soon":
            assert refusal.earliest_at is not None
            earliest = facts.local(next_start(facts, refusal.earliest_at))
            return Say("utter_not_too_soon", {"when": when, "earliest": wording.clock(facts, earliest)})
        case "beyond_horizon":
            assert refusal.latest_on is not None
            return Say("utter_not_beyond", {"latest": wording.day(facts, refusal.latest_on, language)})
        case "closed_date":
            return Say("utter_not_closed_date", {"day": day})
        case "closed_hours":
            if not refusal.hours or refusal.last_start_at is None:
                return Say("utter_not_closed_day", {"day": day})
            last = wording.clock(facts, facts.local(refusal.last_start_at))
            return Say(
                "utter_not_closed_hours",
                {"day": day, "hours": wording.hours(facts, refusal.hours), "last": last},
            )
        case "trainer_away":
            trainer = facts.staff_by_id(refusal.trainer_id)
            name = trainer.first_name if trainer else ""
            if not refusal.trainer_week:
                return Say("utter_not_trainer_away_all", {"trainer": name})
            if refusal.trainer_week.get(local.weekday()) and not refusal.hours:
                return Say("utter_not_trainer_off", {"trainer": name, "day": day})
            days = trainer_days(turn, refusal.trainer_week)
            return Say(
                "utter_not_trainer_away",
                {"trainer": name, "day": day, "time": wording.clock(facts, local), "days": days},
            )
        case "no_trainer":
            return Say("utter_not_no_trainer", {"day": day, "time": wording.clock(facts, local)})
        case "class_not_then":
            if refusal.is_cancelled:
                return Say("utter_not_class_cancelled", {"service": offering.name})
            return Say(
                "utter_not_class_then", {"service": offering.name, "times": weekly_times(turn, offering)}
            )
        case "full" | "taken" | "off_grid":
            return Say("utter_not_taken", {"when": when})
    return Say("utter_not_taken", {"when": when})


def next_start(facts: GymFacts, instant: dt.datetime) -> dt.datetime:
    """The first time from then on at which sessions start."""
    step = facts.rules.grid_minutes * 60
    return dt.datetime.fromtimestamp(-(-instant.timestamp() // step) * step, dt.UTC)


def weekly_times(turn: Turn, offering: OfferingFact) -> str:
    """When a class is on: Tuesdays and Thursdays at 18:00."""
    by_time: dict[dt.time, list[int]] = {}
    for day, at in sorted(offering.weekly):
        by_time.setdefault(at, []).append(day)
    parts = []
    for at, days in by_time.items():
        names = [wording.weekday(turn.facts, day, turn.language, short=True) for day in days]
        parts.append(f"{wording.listing(names, turn.language)} {wording.clock(turn.facts, at)}")
    return ", ".join(parts)
