"""Rules for longer stretches: weeks, weekends, months, "the next 2 days", "the rest of the day"."""

from __future__ import annotations

from typing import Literal

from nlu_models.times.calendar import (
    Date,
    Day,
    Days,
    InSpan,
    IsoWeek,
    Later,
    Month,
    Offset,
    RestOfDay,
    Told,
    Week,
    Weekday,
    Weekend,
    WeekOf,
    Year,
)
from nlu_models.times.dates import (
    _BEFORE_MONTH,
    DayMatch,
    may_end,
    named_month,
    named_weekday,
    of_month_after,
    signed_year,
    year_after,
)
from nlu_models.times.days import single_day
from nlu_models.times.discussed import WeekAfter
from nlu_models.times.months import MonthEdge
from nlu_models.times.tokens import Tape
from nlu_models.times.weekdays import COMING, LAST, NEXT
from nlu_models.times.words import MONTHS, UNITS

_AMBIGUOUS_MONTHS = frozenset("may march mar april june august jan dec jun sep nov aug".split())  # noqa: SIM905


def week(tape: Tape, at: int) -> DayMatch | None:
    """Weeks, weekends and what is said of them: "next week", "week after next", "week beginning the 14th"."""
    start = at
    part: Literal["whole", "start", "middle", "end", "rest"] = "whole"
    word = tape.word(at)
    if word in ("early", "start", "beginning", "middle", "mid", "late", "later", "end", "rest", "earlier"):
        part = period_part(word)
        at += 1
        if tape.word(at) in ("-",):
            at += 1
        if tape.word(at) in ("of", "in"):
            at += 1
        while tape.word(at) in ("the", "my"):
            at += 1
        if tape.word(at) == "weekend":
            return None
        if tape.word(at) not in ("week", "this", "next", "current", "last", "coming"):
            return None
    elif tape.words(at, "rest", "of"):
        return None
    elif word == "midweek":
        return Week(0, "middle"), at + 1
    word = tape.word(at)
    if (word == "next" and tape.raw(at - 1) in ("or", "but") and tape.raw(at - 2) == "week") and (
        not tape.word(at + 1).isalpha() or tape.word(at + 1) in ("please", "if", "works", "is")
    ):
        return Week(1), at + 1
    if word == "w" and tape.word(at + 1) in ("/", "b", "c"):
        return _week_of(tape, at)
    if word in ("the", "a") and tape.word(at + 1) == "week":
        at += 1
        word = "week"
    if word == "week":
        if tape.words(at, "week", "after", "next"):
            on = named_weekday(tape, at + 4 if tape.word(at + 3) == "on" else at + 3)
            if on:
                return Weekday(on.day, "after_next_week"), on.end
            return Week(2, part), at + 3
        if tape.word(at + 1) in ("beginning", "starting", "commencing", "of", "from", "comm"):
            return _week_of(tape, at)
        if tape.word(at + 1) == "after" and not tape.cardinal(at + 2):
            nearby = single_day(tape, at + 2, day_first=True)
            if nearby:
                return Later(WeekOf(nearby[0]), 7), nearby[1]
            if tape.word(at - 1) == "the" and part != "whole":
                return Week(2, part), at + 2
            if tape.word(at - 1) == "the":
                return WeekAfter(_week_before(tape, at - 1)), at + 2
        numbered = tape.number(at + 1)
        if numbered is not None and 1 <= numbered <= 53 and tape.word(at - 1) != "per" and part == "whole":
            return None
        if part != "whole" and (start < at):
            return Week(0, part), at + 1
        return None
    if (
        word in ("this", "dis", "current", "next", "following", "last", "previous", "coming", "the")
        and tape.word(at + 1) != ""
    ):
        step = at + 1
        while tape.word(step) in ("coming", "next", "upcoming", "bank", "holiday") and tape.word(step) != "":
            step += 1
        noun = tape.word(step)
        nexting = any(tape.word(place) in NEXT for place in range(at, step))
        if noun == "week" and tape.word(step + 1) not in ("day", "days"):
            if tape.words(step, "week", "after", "next"):
                return Week(2, part), step + 3
            if word == "the" and not nexting and part == "whole":
                return None
            if word in LAST:
                return Told(Week(-1, part)), step + 1
            if nexting or word in ("coming", "following") or tape.word(at + 1) in COMING:
                fortnight = tape.words(step + 1, "or", "two")
                return Week(1, part), step + (3 if fortnight else 1)
            earlier = tape.word(start) == "earlier"
            return (Told(Week(0, "gone")) if earlier else Week(0, part)), step + 1
        if noun in ("weekend", "weekends") and part == "whole":
            return _weekend(tape, at, step, word, nexting)
    if word == "weekend":
        if tape.raw(at - 1) in ("bank", "holiday"):
            return None
        if tape.words(at + 1, "after", "next"):
            return Weekend(2), at + 3
        return Weekend(), at + 1
    if word == "bank" and tape.word(at + 1) == "holiday" and tape.word(at + 2) == "weekend":
        return Weekend(extended=True), at + 3
    return None


def _week_before(tape: Tape, at: int) -> Day | None:
    """The week that was named just before: "next week or the week after"."""
    end = at - 1 if tape.raw(at - 1) in ("or", "and", ",", "/", "then") else at
    for words, weeks in ((("next", "week"), 1), (("this", "week"), 0)):
        if tuple(tape.raw(place) for place in range(end - len(words), end)) == words:
            return Week(weeks)
    return None


def _weekend(tape: Tape, at: int, step: int, word: str, nexting: bool) -> DayMatch:
    if any(tape.word(place) == "bank" for place in range(at, step)):
        return Weekend(extended=True), step + 1
    if word in LAST:
        return Told(Weekend(-1)), step + 1
    if tape.words(step + 1, "after", "next"):
        return Weekend(2), step + 3
    of = single_day(tape, step + 2, day_first=True) if tape.word(step + 1) == "of" else None
    if of and word == "the" and tape.word(of[1]) not in ("to", "-", "till", "and"):
        return Days(InSpan(5, WeekOf(of[0])), InSpan(6, WeekOf(of[0]))), of[1]
    return Weekend(1 if nexting else 0), step + 1


def period_part(word: str) -> Literal["whole", "start", "middle", "end", "rest"]:
    """Which part of a week or month "early", "mid", "late" and the like mean."""
    if word in ("early", "start", "beginning", "earlier"):
        return "start"
    if word in ("middle", "mid"):
        return "middle"
    return "rest" if word == "rest" else "end"


def _week_of(tape: Tape, at: int) -> DayMatch | None:
    while tape.word(at) in (
        "week",
        "w",
        "/",
        "b",
        "c",
        "beginning",
        "starting",
        "commencing",
        "of",
        "from",
        "on",
        ":",
        "comm",
    ):
        at += 1
    found = single_day(tape, at, day_first=True)
    if found is None:
        spoken = tape.cardinal(at + (tape.word(at) == "the"))
        if spoken and 1 <= spoken[0] <= 31 and may_end(tape, spoken[1]):
            found = Date(spoken[0]), spoken[1]
    return (WeekOf(found[0]), found[1]) if found else None


_SEASONS = frozenset(("summer", "winter", "spring", "autumn", "fall", "year", "season"))


def stretch(tape: Tape, at: int) -> DayMatch | None:
    """ "the next 2 days", "the last 3 months", "last summer", "the rest of the day"."""
    start = at
    while tape.word(at) in ("in", "over", "within", "for", "the"):
        at += 1
    word = tape.word(at)
    if word in ("rest", "remainder"):
        step = at + 1 + (tape.word(at + 1) == "of")
        step += tape.word(step) in ("the", "my", "this")
        if tape.word(step) == "year":
            return Days(Offset(0), Date(31, 12)), step + 1
        return (RestOfDay(), step + 1) if tape.word(step) == "day" and step > at + 1 else None
    if word in LAST and tape.word(at + 1) in _SEASONS:
        return Told(Year(-1)), at + 2
    if word not in ("next", "last", "past", "previous", "coming", "upcoming", "following"):
        return None
    count = tape.cardinal(at + 1)
    if count is None and tape.word(at + 1) in ("few", "couple"):
        count = (3 if tape.word(at + 1) == "few" else 2), at + 2 + (tape.word(at + 2) == "of")
    if count is None or not 1 <= count[0] <= 400:
        return None
    unit = UNITS.get(tape.word(count[1]))
    days = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}.get(unit or "", 0) * count[0]
    if (
        not days
        or (start == at and word == "past" and tape.number(at - 1) is not None)
        or tape.word(count[1] + 1) in ("weekend", "trip", "event", "trial", "pass")
    ):
        return None
    if word in ("next", "coming", "upcoming", "following"):
        return Days(Offset(1), Offset(days)), count[1] + 1
    return Told(Days(Offset(-days), Offset(-1))), count[1] + 1


def edge_of_month(tape: Tape, at: int) -> DayMatch | None:
    """ "the first 5 days of December", "the last two weeks of the month"."""
    at += tape.word(at) == "the"
    edge = tape.word(at)
    count = tape.cardinal(at + 1) if edge in ("first", "last") else None
    if count is None or not 1 <= count[0] <= 31:
        return None
    days = {"day": 1, "week": 7, "fortnight": 14}.get(UNITS.get(tape.word(count[1]), ""), 0) * count[0]
    within = of_month_after(tape, count[1] + 1) if 1 <= days <= 28 else None
    return (MonthEdge(within[0], days if edge == "first" else -days), within[1]) if within else None


def numbered_week(tape: Tape, at: int) -> DayMatch | None:
    """ "week 23": the week of the present year with that ISO number."""
    number = tape.digits(at + 1)
    if tape.word(at) == "week" and number and 1 <= int(number) <= 53 and not tape.glued(at + 1):
        return IsoWeek(int(number)), at + 2
    return None


def month(tape: Tape, at: int) -> DayMatch | None:
    """ "in July", "next month", "early June", "the end of the month", "March 2027", "2027 June"."""
    part: Literal["whole", "start", "middle", "end", "rest"] = "whole"
    start = at
    if tape.word(at) in (
        "early",
        "start",
        "beginning",
        "middle",
        "mid",
        "late",
        "end",
        "rest",
        "later",
        "earlier",
    ):
        part = period_part(tape.word(at))
        at += 1
        if tape.word(at) in ("of", "in", "-"):
            at += 1
        while tape.word(at) == "the":
            at += 1
    if tape.word(at) == "the" and tape.word(at + 1) in ("end", "start", "beginning", "middle", "rest"):
        return None
    which = tape.word(at)
    if which in ("this", "next", "last", "previous", "current", "coming", "following") and tape.word(
        at + 1
    ) in ("month", "mth"):
        if which in LAST:
            return Told(Month(months=-1, part=part)), at + 2
        if tape.word(start) == "earlier":
            return Told(Days(Date(1, months=0), Offset(-1))), at + 2
        months = 1 if which in ("next", "coming", "following") else 0
        day = at + 2
        while tape.word(day) in ("on", "the", ","):
            day += 1
        if part == "whole" and (nth := tape.ordinal(day)) and nth[0] <= 31 and may_end(tape, nth[1]):
            return Date(nth[0], months=months), nth[1]
        return Month(months=months, part=part), at + 2
    if which == "month" and (part != "whole" or tape.words(at, "month", "after", "next")):
        if tape.words(at, "month", "after", "next"):
            return Month(months=2, part=part), at + 3
        return Month(part=part), at + 1
    year = year_after(tape, at)
    if year and tape.word(at) not in (",", "of", "in"):
        after = year[1] + (tape.word(year[1]) in (",", "-", "/"))
        named = named_month(tape, after)
        if named and tape.number(named[1]) is None:
            return Month(named[0], year[0]), named[1]
        return None
    qualified = which in ("this", "next", "last") and tape.word(at + 1) in MONTHS
    if qualified:
        at += 1
    named = named_month(tape, at)
    if named is None:
        return None
    year = year_after(tape, named[1]) or signed_year(tape, named[1])
    if year:
        return Month(named[0], year[0], part=part), year[1]
    if tape.words(named[1], "next", "year"):
        return Later(Month(named[0], part=part), 0), named[1] + 2
    before = tape.raw(at - 1)
    written = tape.tokens[at].text
    if (
        not qualified
        and part == "whole"
        and before not in _BEFORE_MONTH
        and not (before == "the" and tape.raw(at - 2) == "in")
    ) and (tape.word(at) in _AMBIGUOUS_MONTHS or len(written) <= 4):
        return None
    if (tape.word(at) in ("may", "march") and not qualified and part == "whole") and (
        before not in ("in", "since", "till", "of", "by", "from", "during", "for")
        and not (written[0].isupper() and before in _BEFORE_MONTH)
    ):
        return None
    if qualified and which == "last":
        return Told(Month(named[0])), named[1]
    return Month(named[0], part=part, this=which == "this"), named[1]
