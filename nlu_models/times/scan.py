"""From tokens to pieces: at each position the longest rule wins."""

from __future__ import annotations

import datetime as dt

from nlu_models.times.across import across_day, across_days, end_of_day
from nlu_models.times.calendar import Offset, Told
from nlu_models.times.clocks import find_clock
from nlu_models.times.festive import HOLIDAY_STARTS
from nlu_models.times.pieces import Elapsed, Found, SameTime, Shift
from nlu_models.times.ranges import find_day
from nlu_models.times.recurrences import find_recurrence
from nlu_models.times.shifts import find_coming, find_elapsed, find_same_time, find_shift
from nlu_models.times.tokens import Tape
from nlu_models.times.windows import find_part, find_window
from nlu_models.times.words import (
    CARDINALS,
    MONTHS,
    ORDINALS,
    PARTS,
    PLURAL_WEEKDAYS,
    TODAY,
    TONIGHT,
    UNITS,
    WEEKDAYS,
)

_STARTERS = frozenset(["come", "came", "meet", "pop", "drop", "visit"])


# The words with which a piece can begin; digits can as well.
_BEGINNINGS = frozenset(
    (*WEEKDAYS, *PLURAL_WEEKDAYS, *MONTHS, *TODAY, *TONIGHT, *PARTS, *CARDINALS, *ORDINALS, *HOLIDAY_STARTS)
) | frozenset(
    """the da this dis current next nex following coming upcoming last previous past prev day days overmorrow in within a
    an another few couple early earlyish start beginning middle mid late later end rest remainder earlier midweek w week
    weekend weekends weekday weekdays weekly fortnightly daily biweekly monthly bank month st saint any anyday whatever whichever
    every each from between betw btwn btw starting after before by till since half quarter noon midday midnight noonish
    noontime first at on during over not no > < prior up anytime sometime sometimes some back forward forwards out same
    now right eod dinner tea past it as ahead sooner beginning""".split()  # noqa: SIM905
)


# No time is named without a digit or one of these; most messages name none and need not be read further.
_TELLING = (_BEGINNINGS | UNITS.keys() | {"breakfast", "work", "school", "summer", "winter"}) - frozenset(
    """the da this dis in within a an another at on during over not no up some back forward forwards out it st
    coming as ahead""".split()  # noqa: SIM905
)


def may_tell(tape: Tape) -> bool:
    """Whether there is any word that a time could be named with: what `scan` finds is nothing otherwise."""
    return any(word in _TELLING or word[:1].isdigit() for word in tape.shown)


def _now(tape: Tape, at: int) -> Found | None:
    """ "now" is a time only where somebody wants to come or meet."""
    end = at + 1 if tape.word(at) == "now" else at + 2 if tape.words(at, "right", "now") else 0
    if not end or tape.raw(at - 1) == "not":
        return None
    returning = (tape.raw(at - 2), tape.raw(at - 1)) in (
        ("go", "back"),
        ("be", "back"),
        ("let's", "go"),
        ("lets", "go"),
    )
    if returning or any(tape.raw(place) in _STARTERS for place in range(max(0, at - 5), at)):
        return Found(at, end, elapsed=Elapsed(dt.timedelta(0)))
    return None


def longest(tape: Tape, at: int, day_first: bool) -> Found | None:
    """The longest piece that starts at `at`; of equals the more telling kind."""
    found: list[Found] = []
    recurrence = find_recurrence(tape, at)
    if recurrence:
        found.append(Found(at, recurrence[1], recurrence=recurrence[0]))
    shift = find_shift(tape, at)
    if shift:
        found.append(Found(at, shift[1], shift=Shift(shift[0])))
    elapsed = find_elapsed(tape, at)
    if elapsed:
        found.append(Found(at, elapsed[1], elapsed=Elapsed(elapsed[0])))
    same = find_same_time(tape, at)
    if same:
        found.append(Found(at, same, same=SameTime(now=tape.word(at) == "this")))
    day = find_day(tape, at, day_first)
    if day:
        found.append(Found(at, day[1], day=day[0], told=isinstance(day[0], Told)))
    clock = find_clock(tape, at)
    if clock:
        found.append(Found(at, clock[1], clock=clock[0], weak=clock[2]))
    window = find_window(tape, at)
    if window:
        found.append(Found(at, window.end, window=window.window, weak=window.weak, told=window.told))
    if clock or tape.word(at) in ("from", "between"):
        found += across_day(tape, at, day_first)
    across = across_days(tape, at, day_first)
    if across:
        found.append(across)
    ending = end_of_day(tape, at, day_first)
    if ending:
        found.append(ending)
    coming = find_coming(tape, at)
    if coming:
        found.append(
            Found(at, coming[1], elapsed=Elapsed(coming[0], within=True), told=coming[0] <= dt.timedelta(0))
        )
    part = find_part(tape, at)
    if part:
        # "first thing" alone may be the first thing somebody ate.
        weak = part[0].name == "first thing" and tape.word(part[1] - 1) == "thing"
        found.append(Found(at, part[1], part=part[0], day=Offset(0) if part[2] else None, weak=weak))
    now = _now(tape, at)
    if now:
        found.append(now)
    last_night = _last_night(tape, at)
    if last_night:
        found.append(last_night)
    return max(found, key=lambda piece: piece.end) if found else None


def _last_night(tape: Tape, at: int) -> Found | None:
    """ "last night", "yesterday morning" as a whole."""
    if tape.word(at) != "last":
        return None
    part = find_part(tape, at + 1)
    if part is None or part[1] != at + 2:
        return None
    return Found(at, part[1], day=Told(Offset(-1)), part=part[0], told=True)


def scan(tape: Tape, day_first: bool) -> list[Found]:
    """The pieces of a message from left to right."""
    pieces = []
    at = 0
    while at < len(tape):
        word = tape.word(at)
        found = longest(tape, at, day_first) if word in _BEGINNINGS or word[:1].isdigit() else None
        if found:
            pieces.append(found)
            at = found.end
        else:
            at += 1
    return pieces
