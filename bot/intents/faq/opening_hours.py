"""When the gym is open: that day, now, or the week in one line."""

from __future__ import annotations

import datetime as dt
import re

from bot import wording
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import wishes
from bot.registry import Intent
from bot.turn import Turn
from crm.facts import WEEKDAYS


def answer(turn: Turn) -> Events:
    """The hours of the days that were named, else the whole week with holidays ahead."""
    facts, language = turn.facts, turn.language
    days = named_days(turn)
    if days:
        for day in days[:3]:
            yield say_day(turn, day)
        if len(days) == 1 and turn.tracker.flow is None:
            wish = wishes.Wish(*wishes.whole_day(days[0]), clock=False, day=True)
            yield SlotSet("talk_time", wish.as_slot())
        return
    if re.search(r"\b(now|right now|currently|still open|open atm)\b", turn.text.lower()):
        yield open_now(turn)
        return
    yield Say("utter_hours_week", {"hours": week(turn)})
    today = turn.local_now.date()
    soon = sorted(date for date in facts.closed_dates if today <= date <= today + dt.timedelta(days=21))
    if soon:
        yield Say(
            "utter_hours_closed_soon",
            {"days": wording.listing([wording.day(facts, day, language) for day in soon], language)},
        )


def named_days(turn: Turn) -> list[dt.date]:
    """The dates that the message asks about."""
    today = turn.local_now.date()
    times = [
        time
        for time in (turn.times.expected, *turn.times.alternatives)
        if time is not None and time.named_date
    ]
    found = [
        time.start.date() + dt.timedelta(days=offset)
        for time in times
        for offset in range(max(1, min(3, ((time.end or time.start) - time.start).days)))
        if time.grain not in ("week", "month")
    ]
    if not found:
        # A plural ("on Sundays") names every such day, which is no appointment: answer for the next one.
        names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        for number, name in enumerate(names):
            if re.search(rf"\b({name}s?|{WEEKDAYS[number]}s?)\b", turn.text.lower()):
                found.append(today + dt.timedelta(days=(number - today.weekday()) % 7))
        if not found and re.search(r"\bweek-?ends?\b", turn.text.lower()):
            saturday = today + dt.timedelta(days=(5 - today.weekday()) % 7)
            found = [saturday, saturday + dt.timedelta(days=1)]
    return list(dict.fromkeys(found))


def say_day(turn: Turn, day: dt.date) -> Say:
    """One day's hours."""
    facts, language = turn.facts, turn.language
    name = wording.day(facts, day, language)
    if day in facts.closed_dates:
        return Say("utter_hours_closed_date", {"day": name})
    intervals = facts.opening_hours.get(day.weekday(), ())
    if not intervals:
        return Say("utter_hours_closed_day", {"day": name})
    return Say("utter_hours_day", {"day": name, "hours": wording.hours(facts, intervals)})


def open_now(turn: Turn) -> Say:
    """Whether the doors are open at this moment."""
    facts, now = turn.facts, turn.local_now
    intervals = () if now.date() in facts.closed_dates else facts.opening_hours.get(now.weekday(), ())
    for start, end in intervals:
        if start <= now.time() < end:
            return Say("utter_open_now", {"until": wording.clock(facts, end)})
    return Say("utter_closed_now", {"when": next_opening_words(turn)})


def next_opening_words(turn: Turn) -> str:
    """When the doors open next: "today at 09:00", "tomorrow at 09:00", "Monday 23 November at 06:00"."""
    opening = next_opening(turn)
    facts = turn.facts
    day = wording.relative_day(facts, opening.date(), turn.local_now.date(), turn.language)
    from bot import responses

    return responses.render(turn.language, "word_day_at", day=day, time=wording.clock(facts, opening))


def next_opening(turn: Turn) -> dt.datetime:
    """The next wall time at which the doors open (the present one while they are open)."""
    facts, now = turn.facts, turn.local_now.replace(tzinfo=None)
    for ahead in range(31):
        day = now.date() + dt.timedelta(days=ahead)
        if day in facts.closed_dates:
            continue
        for start, end in facts.opening_hours.get(day.weekday(), ()):
            begins, ends = dt.datetime.combine(day, start), dt.datetime.combine(day, end)
            if begins <= now < ends:
                return now
            if begins > now:
                return begins
    return now


def week(turn: Turn) -> str:
    """The week in one line, equal days together."""
    facts, language = turn.facts, turn.language
    groups: list[tuple[list[int], str]] = []
    for number in range(7):
        intervals = facts.opening_hours.get(number, ())
        hours = wording.hours(facts, intervals)
        if groups and groups[-1][1] == hours:
            groups[-1][0].append(number)
        else:
            groups.append(([number], hours))
    parts = []
    for numbers, hours in groups:
        if not hours:
            continue
        first = wording.weekday(facts, numbers[0], language, short=True)
        last = wording.weekday(facts, numbers[-1], language, short=True)
        parts.append(f"{first if first == last else f'{first}-{last}'} {hours}")
    return ", ".join(parts)


INTENT = Intent("faq/opening_hours", answer, side=True)
