"""Rules for windows that name their days inside: "from 4pm Friday till 10am Saturday", "end of tomorrow"."""

from __future__ import annotations

from nlu_models.times.calendar import Date, Day, Holiday, Later, NthWeekday, Offset, Told, Weekday
from nlu_models.times.clocks import find_clock
from nlu_models.times.days import single_day
from nlu_models.times.pieces import Clock, Found, Part, Window
from nlu_models.times.ranges import find_day
from nlu_models.times.tokens import Tape
from nlu_models.times.words import MOVING

_JOINED = ("to", "till", "and", "-", "–", "through")
_SINGLE = Offset | Weekday | Date | Holiday | Later | NthWeekday


def across_day(tape: Tape, at: int, day_first: bool) -> list[Found]:
    """ "between 2:00 tomorrow and 4:00": the day stands between the bounds."""
    begin = at + (tape.word(at) in ("from", "between"))
    first = find_clock(tape, begin)
    day = find_day(tape, first[1], day_first) if first else None
    if first is None or day is None or not _joins(tape, at, day[1]) or _is_moved(tape, at):
        return []
    last = find_clock(tape, day[1] + 1)
    if last is None or (first[2] and begin == at):
        return []
    return [Found(at, last[1], day=day[0], window=Window(first[0], last[0]))]


def across_days(tape: Tape, at: int, day_first: bool) -> Found | None:
    """ "from 4pm Friday till 10am Saturday", "between Friday at 4 and Sunday at noon": from one day into another."""
    begin = at + (tape.word(at) in ("from", "between"))
    first = _instant(tape, begin, day_first)
    if first is None or not _joins(tape, at, first[2]) or _is_moved(tape, at):
        return None
    last = _instant(tape, first[2] + 1, day_first)
    if last is None:
        return None
    return Found(at, last[2], day=first[0], window=Window(first[1], last[1], until=last[0]))


def _is_moved(tape: Tape, at: int) -> bool:
    """ "move me from 4pm Friday to 10am Saturday" names two times."""
    return any(tape.raw(place) in MOVING for place in range(max(0, at - 9), at))


def _joins(tape: Tape, opened: int, at: int) -> bool:
    return tape.word(at) in _JOINED and (tape.word(at) != "and" or tape.word(opened) == "between")


def _instant(tape: Tape, at: int, day_first: bool) -> tuple[Day, Clock, int] | None:
    """A clock time with its day, in either order: "4pm on Friday", "Friday at 4pm"."""
    day = _day(tape, at, day_first)
    if day:
        clock = find_clock(tape, day[1] + (tape.word(day[1]) in ("at", ",", "@")))
        return (day[0], clock[0], clock[1]) if clock else None
    clock = find_clock(tape, at)
    if clock is None:
        return None
    day = _day(tape, clock[1] + (tape.word(clock[1]) in ("on", ",", "of")), day_first)
    return (day[0], clock[0], day[1]) if day else None


def _day(tape: Tape, at: int, day_first: bool) -> tuple[Day, int] | None:
    found = single_day(tape, at, day_first)
    if found is None:
        return None
    day = found[0].day if isinstance(found[0], Told) else found[0]
    return (day, found[1]) if isinstance(day, _SINGLE) else None


def end_of_day(tape: Tape, at: int, day_first: bool) -> Found | None:
    """ "end of tomorrow", "the end of this Sunday": the day's last hours."""
    step = at + (tape.word(at) == "the")
    if not tape.words(step, "end", "of"):
        return None
    found = _day(tape, step + 2, day_first)
    return Found(at, found[1], day=found[0], part=Part("end of day")) if found else None
