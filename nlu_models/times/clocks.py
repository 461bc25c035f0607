"""Rules for clock times: "6", "7pm", "18h30", "19.15", "0730", "half six", "ten thirty", "twenty past five"."""

from __future__ import annotations

from dataclasses import replace

from nlu_models.times.pieces import Clock, Half
from nlu_models.times.tokens import Tape
from nlu_models.times.words import CARDINALS, MONTHS, UNITS

ClockMatch = tuple[Clock, int, bool]
"""The clock time, the position after it, and whether it is weak: a bare number that may be anything."""

_PAST = frozenset(("past", "after", "gone"))
_TO = frozenset(("to", "till", "of", "before", "2"))
# Words that make a preceding bare number something else than a clock time.
_COUNTED = frozenset(UNITS) | frozenset(
    """kg kgs kilos lbs km k reps rep sets set x times people persons of percent per quid euro euros pounds
    dollars pt sessions session classes class trials slots places spots friends members others more years
    yrs yr year old bags eggs litres miles mile steps rounds weeks months main street st road avenue nd rd
    hundred thousand million weekend weekends weekday weekdays th stone g mg ml cm m point ones points minutes-walk kids adults""".split()  # noqa: SIM905
) - {"h"}


# "a lunchtime one" is no time of day, "at one" is.
_BEFORE_ONE = frozenset("at @ around about by to till past after before from between or and - 12".split())  # noqa: SIM905


def meridiem(tape: Tape, at: int) -> tuple[Half | None, int] | None:
    """ "am", "p.m.", "p m", "a", "ampm" after a clock time; None as half where both were written."""
    word = tape.word(at)
    if word in ("ampm", "am/pm"):
        return None, at + 1
    if word == "am" and tape.words(at, "am", "/", "pm"):
        return None, at + 3
    if word in ("am", "pm"):
        if word == "am" and not tape.glued(at) and tape.word(at + 1) in ("i", "we"):
            return None
        end = at + 1
        if tape.word(end) == "ish" or (tape.word(end) == "-" and tape.word(end + 1) == "ish"):
            end += 1 + (tape.word(end) == "-")
        return ("am" if word == "am" else "pm"), end
    if word in ("a", "p"):
        half: Half = "am" if word == "a" else "pm"
        if tape.words(at, word, ".", "m"):
            return half, at + 3 + (tape.word(at + 3) == "." and tape.glued(at + 3))
        if tape.words(at, word, ".", ".", "m"):
            return half, at + 4
        if tape.word(at + 1) == "." and tape.word(at + 2) == "m":
            return half, at + 3
        if tape.word(at + 1) == "m":
            return half, at + 2
        if tape.glued(at):
            return half, at + 1
    return None


def _with_half(tape: Tape, clock: Clock, end: int, *, weak: bool) -> ClockMatch:
    """Take an am or pm, an o'clock or an -ish that follows."""
    if tape.word(end) == "o'clock" or tape.words(end, "o", "'", "o'clock"):
        end += 1 if tape.word(end) == "o'clock" else 3
        weak = False
    elif tape.words(end, "o", "o'clock"):
        end, weak = end + 2, False
    half = meridiem(tape, end)
    if half and not (clock.hour > 12 and half[0] == "am"):
        if half[0] is None:
            clock, end, weak = replace(clock, both=True), half[1], False
        elif clock.hour > 12:
            end, weak = half[1], False
        else:
            clock, end, weak = replace(clock, half=half[0], fixed=False), half[1], False
    if tape.word(end) == "ish" or (tape.word(end) == "-" and tape.word(end + 1) == "ish"):
        end += 1 + (tape.word(end) == "-")
        weak = False
    if tape.word(end) == "sharp" or tape.words(end, "on", "the", "dot"):
        end += 1 if tape.word(end) == "sharp" else 3
        weak = False
    if tape.word(end) in ("hrs", "hours") and clock.fixed and clock.exact:
        end += 1
    return clock, end, weak


def digital(tape: Tape, at: int) -> ClockMatch | None:
    """Digits with minutes: "6:45am", "19.15", "18h30", "0730", "340pm", "8:00:31"."""
    digits = tape.digits(at)
    if not digits or (
        tape.glued(at)
        and tape.raw(at - 1) in (".", "/", "$", "€", "£")
        and at > 1
        and tape.raw(at - 2).isdigit()
    ):
        return None
    value = int(digits)
    sign = tape.word(at + 1)
    minutes = tape.digits(at + 2) if tape.glued(at + 2) else ""
    if (
        len(digits) <= 2
        and sign in (":", ".", "h", "'")
        and tape.glued(at + 1)
        and len(minutes) == 2
        and sign != "'"
    ):
        minute = int(minutes)
        if value > 24 or minute > 59 or (value == 24 and minute):
            return None
        end, second = at + 3, 0
        if sign == ":" and tape.word(end) == ":" and tape.glued(end) and len(tape.digits(end + 1)) == 2:
            if int(tape.digits(end + 1)) > 59:
                return None
            second, end = int(tape.digits(end + 1)), end + 2
        if (
            sign == "."
            and tape.word(end) in (".", "/")
            and tape.number(end + 1) is not None
            and tape.glued(end + 1)
        ):
            return None
        if (
            tape.glued(end)
            and tape.word(end) not in ("am", "pm", "a", "p", "ish", "ampm", "h", "hrs")
            and tape.word(end).isalpha()
        ):
            return None
        if tape.word(end) in ("%", "kg", "kgs", "lbs", "km", "stone", "kilos"):
            return None
        if tape.word(end) in ("h", "hrs", "hr") and (tape.glued(end) or tape.word(end) == "hrs"):
            end += 1
        fixed = value > 12 or value == 0 or digits[0] == "0" or sign == "h"
        weak = sign == "."
        return _with_half(tape, Clock(value, minute, second, fixed=fixed, exact=True), end, weak=weak)
    if len(digits) <= 2 and value <= 24 and tape.word(at + 1) == "h" and tape.glued(at + 1):
        if tape.word(at - 1) in ("for", "in", "last"):
            return None
        marked = value >= 13 or digits[0] == "0"
        return Clock(value, fixed=True), at + 2, not marked
    if len(digits) in (3, 4):
        hour, minute = int(digits[:-2]), int(digits[-2:])
        if hour > 23 or minute > 59:
            return None
        fixed = hour > 12 or digits[0] == "0"
        clock = Clock(hour, minute, fixed=fixed, exact=True)
        half = meridiem(tape, at + 1)
        if half:
            return _with_half(tape, clock, at + 1, weak=False)
        if tape.word(at + 1) in ("h", "hrs", "hours") and len(digits) == 4:
            return clock, at + 2, False
        if (
            tape.word(at + 1) in _COUNTED
            or minute % 5
            or (tape.glued(at + 1) and tape.word(at + 1).isalpha())
        ):
            return None
        if (
            tape.glued(at + 1)
            and tape.word(at + 1) in ("/", "-", ".", ":")
            and tape.number(at + 2) is not None
            and (len(digits) == 4 and tape.word(at + 1) != "-")
        ):
            return None
        if hour == 0 and len(digits) == 3:
            return None
        return clock, at + 1, digits[0] != "0"
    return None


def _spelled_minutes(tape: Tape, at: int) -> tuple[int, int] | None:
    """The minutes after a spelled hour: "thirty", "oh five", "forty-three"."""
    if tape.word(at) == "-":
        at += 1
    if tape.word(at) in ("oh", "o") and 1 <= CARDINALS.get(tape.word(at + 1), 0) <= 9:
        return CARDINALS[tape.word(at + 1)], at + 2
    if tape.number(at) is not None:
        return None
    found = tape.cardinal(at)
    if found and 10 <= found[0] <= 59:
        end = found[1] + (tape.word(found[1]) in ("minutes", "mins"))
        return found[0], end
    return None


def spoken(tape: Tape, at: int) -> ClockMatch | None:
    """Words: "half six", "quarter to six", "twenty past five", "ten thirty", "noon", "seven"."""
    word = tape.word(at)
    named = _named(tape, at)
    if named:
        return named
    if word == "half":
        after = at + 1 + (tape.word(at + 1) in _PAST) + (tape.word(at + 1) == "-")
        hour = tape.cardinal(after)
        if hour and 1 <= hour[0] <= 12 and len(tape.digits(after)) <= 2 and not _counted(tape, hour[1]):
            if (
                tape.glued(hour[1])
                and tape.word(hour[1]) in ("/", ":")
                and tape.number(hour[1] + 1) is not None
            ):
                return None
            return _with_half(tape, Clock(hour[0], 30, exact=True), hour[1], weak=False)
        return None
    minutes = (
        (15, at + 1)
        if word == "quarter"
        else (15, at + 2)
        if tape.words(at, "a", "quarter")
        else tape.cardinal(at)
    )
    if minutes and 1 <= minutes[0] <= 59:
        after = minutes[1] + (tape.word(minutes[1]) in ("minutes", "mins", "min", "minute"))
        found = _past_or_to(tape, at, minutes[0], after)
        if found:
            return found
    if word in CARDINALS:
        hour = tape.cardinal(at)
        assert hour is not None
        if CARDINALS[word] <= 12 or 13 <= hour[0] <= 23:
            start, value = (at + 1, CARDINALS[word]) if CARDINALS[word] <= 20 else (hour[1], hour[0])
            if CARDINALS[word] == 20 and hour[1] > at + 1:
                start, value = hour[1], hour[0]
            minute = _spelled_minutes(tape, start)
            if minute and not _counted(tape, minute[1]) and tape.word(minute[1]) != "hundred":
                clock = Clock(value, minute[0], exact=True, fixed=value > 12)
                return _with_half(tape, clock, minute[1], weak=minute[0] % 5 != 0 or value > 12)
        if word == "one" and tape.raw(at - 1) not in _BEFORE_ONE and meridiem(tape, hour[1]) is None:
            return None
        if hour[0] <= 23 and not _counted(tape, hour[1]):
            return _with_half(tape, Clock(hour[0], fixed=hour[0] > 12), hour[1], weak=True)
    return None


def _named(tape: Tape, at: int) -> ClockMatch | None:
    """noon, midday, midnight, with a 12 before or "mid" apart."""
    if tape.word(at) in ("12", "twelve") and tape.word(at + 1) in ("noon", "midday", "midnight"):
        at += 1
    word = tape.word(at)
    if word in ("noon", "midday", "noonish", "noontime", "middayish") or tape.words(at, "mid", "day"):
        end = at + (2 if word == "mid" else 1)
        if tape.word(end) == "ish" or tape.words(end, "-", "ish"):
            end += 1 + (tape.word(end) == "-")
        if tape.words(end, "o'clock"):
            end += 1
        return Clock(12, half="pm"), end, False
    if word == "midnight" or tape.words(at, "mid", "night"):
        return Clock(0, fixed=True), at + (2 if word == "mid" else 1), False
    return None


def _past_or_to(tape: Tape, at: int, minute: int, after: int) -> ClockMatch | None:
    """ "twenty past five", "quarter to six", "15 past seven", "at 5 to 6"."""
    direction = tape.word(after)
    hour = tape.cardinal(after + 1)
    if hour is None or not 1 <= hour[0] <= 12 or len(tape.digits(after + 1)) > 2 or _counted(tape, hour[1]):
        return None
    if direction in _PAST:
        if direction == "after" and tape.word(at) != "quarter" and tape.number(at) is not None:
            return None
        return _with_half(tape, Clock(hour[0], minute, exact=True), hour[1], weak=False)
    if direction in _TO:
        if tape.word(at - 1) in ("from", "between") or minute % 5 or minute > 30:
            return None
        digits = tape.number(at) is not None
        named = tape.word(after - 1) in ("minutes", "mins", "min") or tape.word(at) in ("quarter", "a")
        if direction in ("of", "before") and not named:
            return None
        if digits and not named and minute < 20 and not (tape.word(at - 1) == "at" and minute in (5, 10)):
            return None
        earlier = 12 if hour[0] == 1 else hour[0] - 1
        clock = Clock(earlier, 60 - minute, exact=True)
        found = _with_half(tape, clock, hour[1], weak=False)
        # "quarter to one pm" is 12:45 pm, "quarter to twelve pm" 11:45 am.
        if hour[0] == 12 and found[0].half == "pm":
            return replace(found[0], half="am"), found[1], False
        return found
    return None


def _counted(tape: Tape, at: int) -> bool:
    """Whether what stands at `at` makes the number before it a count."""
    follow = tape.raw(at)
    if follow in _COUNTED or (follow in MONTHS and follow != "may"):
        return True
    if tape.glued(at) and follow.isalpha():
        return follow not in ("am", "pm", "a", "p", "ish", "h", "ampm")
    if follow in ("%", "€", "£", "+", "°", "kg"):
        return True
    if follow == "-" and tape.raw(at + 1) in ("year", "min", "minute", "week", "day", "month", "hour"):
        return True
    return follow in ("/", ":", "x", "×", "*") and tape.glued(at) and tape.raw(at + 1).isdigit()


def find_clock(tape: Tape, at: int) -> ClockMatch | None:
    """The clock time that starts at `at`."""
    word = tape.word(at)
    if not word:
        return None
    found = digital(tape, at) or spoken(tape, at)
    if found:
        return found
    number = tape.number(at)
    if number is not None and number <= 24 and len(tape.digits(at)) <= 2:
        if (
            tape.glued(at)
            and tape.raw(at - 1) in (".", ",", "/", ":", "x", "€", "$", "£", "#", "+")
            and tape.glued(at - 1)
        ):
            return None
        if tape.glued(at) and tape.raw(at - 1).isalpha() and tape.raw(at - 1) not in ("at",):
            return None
        if (
            tape.word(at + 1) in (".", ",")
            and tape.glued(at + 1)
            and tape.number(at + 2) is not None
            and tape.glued(at + 2)
        ):
            return None
        if _counted(tape, at + 1):
            return None
        clock = Clock(
            number % 24 if number == 24 else number,
            fixed=number > 12 or number == 0 or tape.digits(at)[0] == "0",
        )
        return _with_half(tape, clock, at + 1, weak=True)
    return None
