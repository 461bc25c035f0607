"""Rules for days in plenty: "any day", "Monday to Friday", "from the 20th", "before Christmas"."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from nlu_models.times.calendar import (
    AnyDay,
    Bounded,
    Date,
    Day,
    Days,
    Holiday,
    Later,
    Month,
    Offset,
    Told,
    Weekday,
)
from nlu_models.times.dates import (
    DayMatch,
    day_and_month,
    day_number,
    is_clock_ahead,
    named_month,
    year_after,
)
from nlu_models.times.days import counted_days, single_day
from nlu_models.times.tokens import Tape
from nlu_models.times.weeks import edge_of_month, month, numbered_week, stretch, week
from nlu_models.times.words import MONTHS, MOVING, TONIGHT, VISITING, WEEKDAYS


def any_day(tape: Tape, at: int) -> DayMatch | None:
    """ "any day", "any weekday", "either day", "any day next week", with "of the week" if said."""
    if tape.words(at, "every", "day") and tape.word(at + 2) in ("but", "except", "bar", "apart", "excluding"):
        return AnyDay(), at + 2
    if tape.word(at) not in ("any", "anyday", "whatever", "whichever"):
        return None
    weekdays: tuple[int, ...]
    if tape.word(at) == "anyday":
        end, weekdays = at + 1, (0, 1, 2, 3, 4, 5, 6)
    else:
        step = at + 1 + (tape.word(at + 1) in ("other", "of"))
        if tape.words(at + 1, "of", "the"):
            step += 1
        noun = tape.word(step)
        if noun in ("day", "days"):
            weekdays = (0, 1, 2, 3, 4, 5, 6)
        elif noun in ("weekday", "weekdays"):
            weekdays = (0, 1, 2, 3, 4)
        elif noun == "week" and tape.word(step + 1) == "day":
            weekdays, step = (0, 1, 2, 3, 4), step + 1
        elif noun in ("morning", "evening", "afternoon", "lunchtime", "night"):
            return AnyDay(), at + 1
        else:
            named = WEEKDAYS.get(noun, -1)
            if named < 0:
                return None
            weekdays = (named,)
        end = step + 1
    if tape.words(end, "of", "the", "week"):
        end += 3
    within = week(tape, end + (tape.word(end) in ("of", "in")))
    if within and not isinstance(within[0], Told):
        return AnyDay(weekdays, within[0]), within[1]
    return AnyDay(weekdays), end


def find_day(tape: Tape, at: int, day_first: bool) -> DayMatch | None:
    """The longest day, period or range of days that starts at `at`."""
    word = tape.word(at)
    if not word or word in TONIGHT:
        return None
    best = single_day(tape, at, day_first)
    for found in (
        counted_days(tape, at),
        week(tape, at),
        numbered_week(tape, at),
        stretch(tape, at),
        edge_of_month(tape, at),
        month(tape, at),
        any_day(tape, at),
    ):
        if found and (best is None or found[1] > best[1]):
            best = found
    ranged = day_range(tape, at, best, day_first)
    if ranged:
        return ranged
    if best and isinstance(best[0], Offset | Weekday | Date | Holiday | Later):
        trailing = _trailing_bound(tape, best[1])
        if trailing:
            return Bounded(best[0], trailing[0]), trailing[1]
    return best or bounded(tape, at, day_first)


Side = Literal["from", "after", "before", "by"]
_BOUNDS: dict[str, Side] = {
    "from": "from", "starting": "from", "after": "after", "before": "before", "by": "by", "till": "by", "since": "from",
}  # fmt: skip
# The longer ones first: "on or before" begins with no bound of its own, "up to and including" with a shorter one.
_SPOKEN_BOUNDS: tuple[tuple[tuple[str, ...], Side], ...] = (
    (("on", "or", "earlier", "than"), "by"), (("on", "or", "later", "than"), "from"), (("on", "or", "before"), "by"),
    (("before", "or", "on"), "by"), (("on", "or", "after"), "from"), (("after", "or", "on"), "from"),
    (("after", "or", "equal", "to"), "from"), (("before", "or", "equal", "to"), "by"), (("starting", "from"), "from"),
    (("starting", "on"), "from"), (("beginning", "on"), "from"), (("no", "later", "than"), "by"), (("not", "later", "than"), "by"),
    (("no", "earlier", "than"), "from"), (("not", "earlier", "than"), "from"), (("not", "before"), "from"), (("not", "till"), "from"),
    (("not", "after"), "by"), (("as", "late", "as"), "by"), (("as", "early", "as"), "from"), (("as", "of"), "from"), (("as", "from"), "from"),
    (("up", "to"), "by"), (("up", "till"), "by"), (("prior", "to"), "before"), (("ahead", "of"), "before"),
    (("in", "advance", "of"), "before"), (("earlier", "than"), "before"), (("sooner", "than"), "before"), (("later", "than"), "after"),
)  # fmt: skip
_TRAILING_BOUNDS: tuple[tuple[tuple[str, ...], Side], ...] = (
    (("or", "later"), "from"), (("or", "after"), "from"), (("and", "after"), "from"), (("and", "later"), "from"),
    (("onwards",), "from"), (("onward",), "from"), (("at", "the", "earliest"), "from"), (("earliest",), "from"),
    (("or", "earlier"), "by"), (("or", "before"), "by"), (("or", "sooner"), "by"), (("at", "the", "latest"), "by"), (("latest",), "by"),
)  # fmt: skip
_AFTER_BOUND = frozenset(
    "please pls plz if would is works suits thanks then but ideally for good grand fine only so as".split()  # noqa: SIM905
)
_BOUND_STARTS = frozenset(words[0] for words, _ in _SPOKEN_BOUNDS) | _BOUNDS.keys()


def bounded(tape: Tape, at: int, day_first: bool) -> DayMatch | None:
    """ "from Monday", "after the weekend", "before Christmas", "by Friday", "no later than the 3rd", "till October"."""
    opened = _bound(tape, at)
    if opened is None or tape.raw(at - 1) in ("apart", "aside", "away", "different"):
        return None
    side, step = opened
    since = tape.word(at) == "since"
    at = step
    while tape.word(at) in ("on", "or", "around", "about", "in"):
        at += 1
    found = find_day(tape, at, day_first) if tape.word(at) not in _BOUNDS else None
    if found is None or isinstance(found[0], Bounded | AnyDay | Days):
        return None
    if since or isinstance(found[0], Told):
        return Told(found[0].day if isinstance(found[0], Told) else Bounded(found[0], "since")), found[1]
    end = found[1]
    if tape.word(end) in ("onwards", "onward", "on"):
        end += 1 if tape.word(end) != "on" or not tape.word(end + 1).isalnum() else 0
    trailing = _trailing_bound(tape, end)
    return Bounded(found[0], side), trailing[1] if trailing and trailing[0] == side else end


def _bound(tape: Tape, at: int) -> tuple[Side, int] | None:
    """The words that open or close a stretch of days, and the position after them."""
    if tape.word(at) not in _BOUND_STARTS or (tape.word(at) == "by" and tape.raw(at - 1) in VISITING):
        return None
    for words, side in _SPOKEN_BOUNDS:
        if tape.words(at, *words):
            return side, at + len(words)
    single = _BOUNDS.get(tape.word(at))
    return (single, at + 1) if single else None


def _trailing_bound(tape: Tape, at: int) -> tuple[Side, int] | None:
    """ "(Monday) or later", "(Friday) at the latest"."""
    for words, side in _TRAILING_BOUNDS:
        if tape.words(at, *words) and (len(words) == 1 or not _goes_on(tape, at + len(words))):
            return side, at + len(words)
    return None


def _goes_on(tape: Tape, at: int) -> bool:
    """ "Monday or after work": the words go on with something of their own."""
    return tape.word(at)[:1].isalnum() and tape.raw(at) not in _AFTER_BOUND


def day_range(tape: Tape, at: int, first: DayMatch | None, day_first: bool) -> DayMatch | None:
    """ "March to May", "4 to 23 next month", "Nov 19-20", "between 3 and 12 of Sept", "10/1 - 10/7"."""
    joined = ("to", "-", "–", "till", "through", "and", "thru")
    opened = tape.word(at) in ("from", "between")
    begin = at + 1 if opened else at
    if opened:
        first = single_day(tape, begin, day_first) or month(tape, begin)
    named = named_month(tape, begin)
    if named and tape.word(begin + 1) == "between":
        return _between_days(tape, named)
    if first is None:
        if named and tape.word(named[1]) in joined and MONTHS.get(tape.word(named[1] + 1)):
            first = Month(named[0]), named[1]
        elif tape.word(begin) == "now":
            first = Offset(0), begin + 1
    if first is None:
        return _bare_range(tape, begin, joined)
    if any(tape.raw(place) in MOVING for place in range(max(0, at - 9), at)):
        return None
    if isinstance(first[0], Told) or not isinstance(
        first[0], Date | Weekday | Month | Offset | Holiday | Later
    ):
        return None
    sign = tape.word(first[1])
    if sign not in joined or (sign == "and" and not (opened and tape.word(at) == "between")):
        return None
    after = first[1] + 1
    last = single_day(tape, after, day_first) or month(tape, after)
    if last is None and tape.word(after) == "now":
        last = Offset(0), after + 1
    if last is None and isinstance(first[0], Month) and (named := named_month(tape, after)):
        year = year_after(tape, named[1])
        last = Month(named[0], year[0] if year else None), year[1] if year else named[1]
    if last and isinstance(last[0], Date) and last[0].year is None and (later := year_after(tape, last[1])):
        last = replace(last[0], year=later[0]), later[1]
    if last is None and isinstance(first[0], Date) and first[0].month is not None:
        number = tape.cardinal(after)
        if number and first[0].day < number[0] <= 31 and not is_clock_ahead(tape, number[1]):
            year = year_after(tape, number[1])
            last_day = Date(number[0], first[0].month, year[0] if year else first[0].year)
            return Days(first[0], last_day), year[1] if year else number[1]
    if last is None or isinstance(last[0], Told | AnyDay):
        return None
    begin_day: Day = first[0]
    if isinstance(last[0], Month) and isinstance(begin_day, Date):
        return None
    if (
        isinstance(begin_day, Date)
        and begin_day.year is None
        and isinstance(last[0], Date)
        and last[0].year is not None
    ):
        earlier = (begin_day.month or 1) <= (last[0].month or 12)
        begin_day = replace(begin_day, year=last[0].year if earlier else last[0].year - 1)
    return Days(begin_day, last[0]), last[1]


def _between_days(tape: Tape, named: tuple[int, int]) -> DayMatch | None:
    """ "November between 19 and 20"."""
    low = tape.cardinal(named[1] + 1)
    high = tape.cardinal(low[1] + 1) if low and tape.word(low[1]) in ("and", "-", "to") else None
    if low is None or high is None or not 1 <= low[0] < high[0] <= 31:
        return None
    return Days(Date(low[0], named[0]), Date(high[0], named[0])), high[1]


def _bare_range(tape: Tape, at: int, joined: tuple[str, ...]) -> DayMatch | None:
    """Two numbers and a month: "4 to 23 next month", "3 and 12 of Sept", "from 02 to April 07"."""
    low = tape.cardinal(at)
    if low is None or not 1 <= low[0] <= 31 or tape.word(low[1]) not in joined:
        return None
    high = day_number(tape, low[1] + 1)
    if high:
        after = high[1] + (tape.word(high[1]) in ("of", "in"))
        if tape.word(after) in ("this", "next") and tape.word(after + 1) == "month":
            months = int(tape.word(after) == "next")
            return Days(Date(low[0], months=months), Date(high[0], months=months)), after + 2
        named = named_month(tape, after)
        if named and low[0] < high[0]:
            year = year_after(tape, named[1])
            value = year[0] if year else None
            first, last = Date(low[0], named[0], value), Date(high[0], named[0], value)
            return Days(first, last), year[1] if year else named[1]
        return None
    dated = day_and_month(tape, low[1] + 1)
    if dated and isinstance(dated[0], Date) and dated[0].day > low[0]:
        return Days(Date(low[0], dated[0].month, dated[0].year), dated[0]), dated[1]
    return None
