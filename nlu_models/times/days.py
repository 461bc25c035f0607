"""Rules for single days: today and tomorrow, days counted from others, and the longest of all day rules."""

from __future__ import annotations

from nlu_models.times.calendar import Bounded, Date, Day, Later, MonthsAway, Offset, Told, Weekday
from nlu_models.times.dates import (
    DayMatch,
    day_and_month,
    named_weekday,
    numeric_date,
    ordinal_date,
    weekday_date,
)
from nlu_models.times.discussed import DayAfter
from nlu_models.times.festive import holiday
from nlu_models.times.tokens import Tape
from nlu_models.times.weekdays import weekday, weeks_on
from nlu_models.times.words import TODAY, UNITS, WEEKDAYS

_BEFORE_DAY_AFTER = frozenset(("", "or", ",", ".", "no", "about"))
_AFTER_DAY_AFTER = frozenset("at in around works would is please instead then maybe if or".split())  # noqa: SIM905


def relative_day(tape: Tape, at: int) -> DayMatch | None:
    """today, tomorrow, yesterday, "day after tomorrow", "this day week", "the day before yesterday"."""
    word = tape.word(at)
    if word in TODAY:
        offset = TODAY[word]
        day: Day = Offset(offset)
        return (Told(day), at + 1) if offset < 0 else weeks_on(tape, day, at + 1)
    start = at
    if word == "the":
        at += 1
    if tape.word(at) == "day" and tape.word(at + 1) in ("after", "before"):
        sign = 1 if tape.word(at + 1) == "after" else -1
        base = relative_day(tape, at + 2) or single_day(tape, at + 2, day_first=True)
        if base:
            inner = base[0].day if isinstance(base[0], Told) else base[0]
            later: Day = Later(inner, sign)
            return (Told(later) if isinstance(base[0], Told) else later), base[1]
        if tape.word(at + 2) == "that":
            return None
        if (
            sign > 0
            and (start != at or tape.raw(at - 1) in _BEFORE_DAY_AFTER)
            and (not tape.word(at + 2).isalpha() or tape.word(at + 2) in _AFTER_DAY_AFTER)
        ):
            before = tape.raw(start - 2) if tape.raw(start - 1) in ("or", "and", "/") else ""
            if before in WEEKDAYS:
                return Later(Weekday(WEEKDAYS[before]), 1), at + 2
            return Offset(1 + TODAY[before]) if before in TODAY else DayAfter(), at + 2
    if tape.words(at, "this", "day", "next", "week"):
        return Offset(7), at + 4
    if tape.words(at, "this", "day", "week") or tape.words(at, "this", "day", "fortnight"):
        return Offset(7 if tape.word(at + 2) == "week" else 14), at + 3
    if tape.words(at, "last", "day"):
        return Told(Offset(-1)), at + 2
    if tape.words(at, "next", "day") and (
        not tape.raw(at + 2)[:1].isalnum()
        or tape.raw(at + 2) in ("at", "around", "please", "instead", "then")
    ):
        return DayAfter(), at + 2
    if word == "overmorrow":
        return Offset(2), at + 1
    return None


def counted_days(tape: Tape, at: int) -> DayMatch | None:
    """ "in 3 days", "two weeks from tomorrow", "a week on Tuesday", "a week today", "in a fortnight", "2 days ago"."""
    start = at
    inward = tape.word(at) in ("in", "within") and tape.word(at) != ""
    if inward:
        at += 1
    while tape.word(at) in ("about", "around", "like", "just", "another"):
        at += 1
    if tape.word(at) in ("a", "an", "one", "another"):
        count: tuple[int, int] | None = (1, at + 1)
        if tape.word(at + 1) == "couple":
            count = (2, at + 3 if tape.word(at + 2) == "of" else at + 2)
        elif tape.word(at + 1) == "few":
            count = (3, at + 2)
    elif tape.word(at) == "few":
        count = (3, at + 1)
    elif tape.word(at) == "couple":
        count = (2, at + 2 if tape.word(at + 1) == "of" else at + 1)
    else:
        count = tape.cardinal(at)
    if count is None or not 1 <= count[0] <= 400:
        return None
    unit = UNITS.get(tape.word(count[1]))
    if tape.word(count[1]) in ("h",) or unit in (None, "minute", "hour", "second"):
        return None
    number, end = count[0], count[1] + 1
    if tape.word(end) in ("'", "’"):
        end += 1
    days = {"day": 1, "week": 7, "fortnight": 14}.get(unit or "", 0) * number
    months = {"month": 1, "year": 12}.get(unit or "", 0) * number
    ahead: Day = MonthsAway(months) if months else Offset(days)
    if tape.word(end) == "before":
        later = single_day(tape, end + 1, day_first=True) if days else None
        return (Later(later[0], -days), later[1]) if later and not isinstance(later[0], Told) else None
    if tape.word(end) in ("ago", "back"):
        return Told(MonthsAway(-months) if months else Offset(-days)), end + 1
    if tape.word(end) == "time" and (
        inward or tape.word(end - 1).endswith("'s") or tape.word(end - 1) in ("weeks", "days")
    ):
        return ahead, end + 1
    if tape.word(end) in ("from", "after", "on"):
        if tape.word(end + 1) in ("now", "here") or (months and TODAY.get(tape.word(end + 1)) == 0):
            return ahead, end + 2
        if days:
            base = single_day(tape, end + 1, day_first=True)
            if base:
                inner = base[0].day if isinstance(base[0], Told) else base[0]
                return Later(inner, days), base[1]
    if days and unit in ("week", "fortnight") and not inward and (named := named_weekday(tape, end)):
        return Later(Weekday(named.day), days), named.end
    if days and unit in ("week", "fortnight") and tape.word(end) in TODAY and TODAY[tape.word(end)] >= 0:
        return Later(Offset(TODAY[tape.word(end)]), days), end + 1
    if inward:
        return (ahead, end) if tape.word(start) == "in" else (Bounded(ahead, "by"), end)
    return None


def single_day(tape: Tape, at: int, day_first: bool) -> DayMatch | None:
    """The longest single day or period that starts at `at`."""
    best: DayMatch | None = None
    candidates = (
        weekday_date(tape, at, day_first),
        numeric_date(tape, at, day_first),
        day_and_month(tape, at),
        ordinal_date(tape, at),
        relative_day(tape, at),
        weekday(tape, at),
        holiday(tape, at),
    )
    for found in candidates:
        if found and (best is None or found[1] > best[1]):
            best = found
    if best and isinstance(best[0], Date) and tape.word(best[1]) == "(":
        # "22 May (Tue)": the weekday beside a date says nothing new.
        named = named_weekday(tape, best[1] + 1)
        if named and tape.word(named.end) == ")":
            return best[0], named.end + 1
    return best
