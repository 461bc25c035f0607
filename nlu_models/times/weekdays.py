"""Rules for weekdays: "Tuesday", "next Friday", "Thursday next week", "two Sundays from now"."""

from __future__ import annotations

from typing import Literal

from nlu_models.times.calendar import Day, Later, Told, Weekday
from nlu_models.times.dates import DayMatch, named_weekday
from nlu_models.times.tokens import Tape
from nlu_models.times.words import PLURAL_WEEKDAYS, WEEKDAYS

NEXT = frozenset(("next", "following", "nex"))


COMING = frozenset(("coming", "upcoming", "comin"))


LAST = frozenset(("last", "previous", "past", "prev"))


def weeks_on(tape: Tape, day: Day, end: int) -> DayMatch:
    """ "Tuesday week", "Friday fortnight", "tomorrow week", "today week"."""
    word = tape.word(end)
    if word in ("week", "wk") and tape.word(end + 1) not in ("days", "day"):
        return Later(day, 7), end + 1
    if word == "fortnight":
        return Later(day, 14), end + 1
    if word in ("after", "following") and tape.word(end + 1) == "next" and isinstance(day, Weekday):
        return Later(day, 7), end + 2
    return day, end


def weekday(tape: Tape, at: int) -> DayMatch | None:
    """ "Tuesday", "this Friday", "next Tuesday", "next week Tuesday", "Tuesday next week", "Monday after next"."""
    start = at
    word = tape.word(at)
    article = word == "the"
    one = tape.words(at + article, "next", "one")
    if one or (
        tape.word(at + article) == "next"
        and tape.raw(at - 1) in ("or", "but")
        and not tape.word(at + article + 1).isalnum()
    ):
        # "not this Friday, the next one", "this Friday or next"
        named_before = next(
            (tape.raw(place) for place in range(at - 1, max(-1, at - 6), -1) if tape.raw(place) in WEEKDAYS),
            "",
        )
        if named_before:
            return Later(Weekday(WEEKDAYS[named_before]), 7), at + article + 1 + one
        if one:
            return None
    if word in ("this", "coming", "upcoming", "dis", "the") or word in NEXT or word in LAST:
        step = at + 1
        while tape.word(step) in COMING or (tape.word(step) in NEXT and word in ("this", "the")):
            step += 1
        nexting = any(tape.word(place) in NEXT for place in range(start, step))
        lasting = word in LAST
        if tape.word(step) in ("week", "weeks") and word not in COMING:
            return _weekday_of_week(tape, start)
        named = named_weekday(tape, step)
        if named is None:
            return None
        if word == "the" and step == at + 1:
            following = (
                tape.word(named.end) in ("after", "following") and not tape.word(named.end + 1).isalnum()
            )
            return (Later(Weekday(named.day), 7), named.end + 1) if following else None
        if lasting:
            return Told(
                Weekday(named.day, "last_week" if word in ("previous", "prev") else "last")
            ), named.end
        if nexting and tape.word(named.end) == "after" and tape.word(named.end + 1) == "next":
            return Later(Weekday(named.day), 7), named.end + 2
        day = Weekday(named.day, "next", is_doubtful=True) if nexting else Weekday(named.day)
        if tape.word(named.end) in ("gone", "past") and not nexting:
            return Told(Weekday(named.day, "last")), named.end + 1
        return weeks_on(tape, day, named.end)
    named = named_weekday(tape, at)
    if named is None:
        return _plural_from_now(tape, at)
    end = named.end
    if tape.word(end) in ("gone", "past") and tape.number(end + 1) is None:
        return Told(Weekday(named.day, "last")), end + 1
    after = end + 1 if tape.word(end) in ("of", "in", ",", "on", "the") else end
    after += tape.word(after) == "the"
    if tape.word(after) in ("this", "next", "last", "following") and tape.word(after + 1) == "week":
        which: Literal["this_week", "next", "last_week"]
        which = {"this": "this_week", "last": "last_week"}.get(tape.word(after), "next")  # type: ignore[assignment]
        dated = Weekday(named.day, which)
        return (Told(dated), after + 2) if which == "last_week" else (dated, after + 2)
    if tape.words(after, "week", "after", "next"):
        return Weekday(named.day, "after_next_week"), after + 3
    if tape.words(end, "the", "week", "after"):
        return Later(Weekday(named.day), 7), end + 3
    if tape.words(end, "after", "next"):
        return Later(Weekday(named.day), 7), end + 2
    return weeks_on(tape, Weekday(named.day), end)


def _weekday_of_week(tape: Tape, at: int) -> DayMatch | None:
    """ "next week (on) Friday", "this week Friday", "last week - Monday"."""
    start = at
    word = tape.word(at)
    after_next = tape.words(at, "week", "after", "next")
    at += 3 if after_next else 2
    if tape.word(at) in ("on", "-", ",") or (tape.word(at) == "'" and tape.word(at + 1) == "s"):
        at += 1
    named = named_weekday(tape, at)
    if named is None:
        return None
    if tape.word(at - 1) == "," and tape.ordinal(named.end):
        return None
    if word in LAST:
        return Told(Weekday(named.day, "last_week")), named.end
    if word in NEXT or tape.word(start + 1) in NEXT:
        return Weekday(named.day, "next"), named.end
    return Weekday(named.day, "this_week"), named.end


def _plural_from_now(tape: Tape, at: int) -> DayMatch | None:
    """ "two Sundays from now"."""
    count = tape.cardinal(at)
    if (count and tape.word(count[1]) in PLURAL_WEEKDAYS and tape.word(count[1] + 1) == "from") and (
        1 <= count[0] <= 20 and tape.word(count[1] + 2) in ("now", "today")
    ):
        return Later(Weekday(PLURAL_WEEKDAYS[tape.word(count[1])]), 7 * (count[0] - 1)), count[1] + 3
    return None
