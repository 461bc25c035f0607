"""Rules for stretches of a day: parts by name ("after work"), and bounds ("after 5", "between 12 and 2", "5-7")."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from nlu_models.times.clocks import ClockMatch, find_clock
from nlu_models.times.pieces import Clock, Half, Part, Window
from nlu_models.times.tokens import Tape
from nlu_models.times.words import MOVING, PLURAL_PARTS, TODAY, TONIGHT, VISITING, WEEKDAYS
from nlu_models.times.words import PARTS as PART_WORDS


@dataclass(frozen=True, slots=True)
class Bounds:
    """The hours of a part of the day, and the half of the clock that it implies."""

    start: dt.time
    end: dt.time
    half: Half | None


def _hours(start: int, end: int, half: Half | None) -> Bounds:
    return Bounds(dt.time(start), dt.time(end), half)


PARTS: dict[str, Bounds] = {
    "morning": _hours(6, 12, "am"),
    "before work": _hours(6, 9, "am"),
    "early morning": _hours(6, 10, "am"),
    "mid morning": _hours(9, 11, "am"),
    "late morning": _hours(10, 12, "am"),
    "before lunch": _hours(9, 12, "am"),
    "lunchtime": _hours(12, 14, None),
    "after lunch": _hours(13, 17, "pm"),
    "early afternoon": _hours(12, 15, "pm"),
    "afternoon": _hours(12, 17, "pm"),
    "mid afternoon": _hours(14, 16, "pm"),
    "late afternoon": _hours(15, 17, "pm"),
    "after school": _hours(15, 18, "pm"),
    "early evening": _hours(17, 19, "pm"),
    "evening": _hours(17, 22, "pm"),
    "after work": _hours(17, 22, "pm"),
    "late evening": _hours(19, 22, "pm"),
    "late night": Bounds(dt.time(20), dt.time(23, 59), "pm"),
    "end of day": Bounds(dt.time(16), dt.time(23, 59), "pm"),
    "first thing": _hours(6, 8, "am"),
}
"""Local hours of each part; a convention. "first thing" is the two hours from opening where opening is known."""

_PREFIXES = {
    "early": "early",
    "late": "late",
    "later": "late",
    "mid": "mid",
    "middle": "mid",
    "earlyish": "early",
}
_AFTER = frozenset(("after", "from", "since", "past", "beyond"))
_BEFORE = frozenset(("before", "by", "till", "b4"))


def find_part(tape: Tape, at: int) -> tuple[Part, int, bool] | None:
    """A part of the day by name; the flag says that it names this very day ("tonight", "this morning")."""
    word = tape.word(at)
    if word in TONIGHT:
        return Part("evening"), at + 1, True
    if word == "first" and tape.word(at + 1) == "thing":
        end = at + 2
        if tape.words(end, "in", "the", "morning"):
            end += 3
        elif tape.word(end) == "in" and tape.word(end + 1) == "morning":
            end += 2
        return Part("first thing"), end, False
    if word in ("before", "after"):
        return _around(tape, at)
    if word == "eod" or tape.words(at, "end", "of", "day") or tape.words(at, "end", "of", "the", "day"):
        return (
            Part("end of day"),
            at + (1 if word == "eod" else 3 if tape.word(at + 2) == "day" else 4),
            False,
        )
    start = at
    this = False
    prefix = ""
    while True:
        word = tape.word(at)
        if word in ("in", "at", "during", "over") and at == start:
            at += 1
        elif word in ("the", "da", "d", "a", "my", "your"):
            if word == "a" and tape.word(at + 1) not in _PREFIXES and tape.word(at + 1) not in PART_WORDS:
                return None
            at += 1
        elif word in ("this", "dis", "tis"):
            this, at = True, at + 1
        elif word in _PREFIXES and (
            tape.word(at + 1) in PART_WORDS
            or tape.word(at + 1) in ("-", "in", "this", "the", "tonight", "of")
        ):
            prefix = _PREFIXES[word]
            at += 1 + (tape.word(at + 1) in ("-", "in", "of"))
        else:
            break
    if word in TONIGHT and prefix:
        return Part(f"{prefix} evening" if prefix != "mid" else "evening"), at + 1, True
    if word == "lunch" and tape.word(at + 1) in ("time", "hour", "hours", "break", "times"):
        return Part("lunchtime"), at + 2, this
    if word in ("evening", "night", "dinner", "tea") and tape.word(at + 1) == "time":
        return Part("evening"), at + 2, this
    name = PART_WORDS.get(word)
    if name is None:
        return None
    led = tape.word(at - 1)
    beside_day = any(
        tape.word(place) in TODAY or tape.word(place) in WEEKDAYS for place in (at + 1, start - 1)
    )
    if (
        word == "lunch"
        and not beside_day
        and not (
            led in ("at", "over", "during")
            or (led in ("my", "the", "your") and tape.word(at - 2) in ("on", "at", "over", "during", "in"))
        )
    ):
        return None
    if (
        word in ("eve", "aft", "night", "nite")
        and at == start
        and not prefix
        and led in ("", "good", "one", "all", "date", "a")
    ):
        return None
    if (
        word == "eve"
        and at == start
        and led not in ("tomorrow", "today", "every", "mon", "tues", "wed", "thurs", "fri", "sat", "sun")
    ):
        return None
    if led in ("all", "one", "every") and word in ("night", "nite") and led != "every":
        return None
    if prefix and word in ("night", "nite"):
        return Part("late night" if prefix == "late" else "evening"), at + 1, this
    part = f"{prefix} {name}" if prefix and f"{prefix} {name}" in PARTS else name
    return Part(part, word in PLURAL_PARTS), at + 1, this


def _around(tape: Tape, at: int) -> tuple[Part, int, bool] | None:
    """ "after work", "before lunch", "after school", "before school"."""
    side = tape.word(at)
    step = at + 1 + (tape.word(at + 1) in ("my", "the", "our"))
    noun = tape.word(step)
    if noun == "work" and tape.word(step + 1) != "out":
        return Part(f"{side} work"), step + 1, False
    if noun in ("school", "college", "uni", "lectures") and tape.word(step + 1) not in ("holidays", "year"):
        if noun != "school" and side == "after":
            return Part("after work"), step + 1, False
        return Part("after school" if side == "after" else "before work"), step + 1, False
    if noun in ("lunch", "lunchtime"):
        return Part(f"{side} lunch"), step + 1 + (tape.word(step + 1) == "time"), False
    if noun in ("dinner", "tea") and side == "after":
        return Part("late evening"), step + 1, False
    if noun == "breakfast" and side == "before":
        return Part("before work"), step + 1, False
    return None


def _approximate(tape: Tape, at: int) -> int:
    while tape.word(at) in ("around", "about", "at", "say", "approx", "roughly", "like", "@", "~", "circa"):
        at += 1
    return at


@dataclass(frozen=True, slots=True)
class WindowMatch:
    """A window, the position after it, whether it is weak, and whether it was only told of ("since 5")."""

    window: Window
    end: int
    weak: bool = False
    told: bool = False


def find_window(tape: Tape, at: int) -> WindowMatch | None:
    """Bounds by the clock: "after 5", "no later than 8am", "from 3 till 5", "5-7pm", "2 onwards"."""
    start = at
    word = tape.word(at)
    if (
        word in ("anytime", "sometime", "sometimes")
        or tape.words(at, "any", "time")
        or tape.words(at, "some", "time")
    ):
        at += 1 if word.endswith(("time", "times")) else 2
        word = tape.word(at)
    led = at > start
    negated = tape.raw(start - 1) == "not" or tape.raw(start - 1) in ("can't", "won't", "don't")
    if word in ("not", "no") and tape.word(at + 1) in (
        "before",
        "until",
        "till",
        "earlier",
        "later",
        "after",
    ):
        side = tape.word(at + 1)
        step = at + 2 + (tape.word(at + 2) == "than")
        clock = find_clock(tape, _approximate(tape, step))
        if clock is None:
            return None
        later = side in ("before", "till", "until", "earlier")
        return _open(clock, later=later)
    if word in ("later", "earlier") and tape.word(at + 1) == "than":
        clock = find_clock(tape, _approximate(tape, at + 2))
        return _open(clock, later=word == "later") if clock else None
    if word in (">", "<"):
        step = at + 1 + (tape.word(at + 1) == "=")
        clock = find_clock(tape, step)
        return _open(clock, later=word == ">") if clock else None
    if word == "on" or word == "at":
        joined = tape.word(at + 1) == "or" and tape.word(at + 2) in ("after", "before")
        earlier = tape.words(at + 1, "or", "earlier", "than")
        if joined or earlier:
            clock = find_clock(tape, at + 4 if earlier else at + 3)
            return _open(clock, later=tape.word(at + 2) == "after") if clock else None
    if (
        tape.words(at, "prior", "to")
        or tape.words(at, "in", "advance", "of")
        or tape.words(at, "up", "to")
        or tape.words(at, "up", "till")
    ):
        clock = find_clock(tape, at + (3 if word == "in" else 2))
        return _open(clock, later=False) if clock else None
    if word in ("between", "from", "betw", "btwn", "btw"):
        between = _between(tape, _approximate(tape, at + 1), opened=True)
        if between:
            return between
    if word in _AFTER:
        if word == "past" and not led and tape.raw(at - 1) not in ("anytime", "time", "any", "but", "is", ""):
            return None
        clock = find_clock(tape, _approximate(tape, at + 1))
        if clock:
            told = word == "since"
            end = clock[1]
            if tape.word(end) in ("on", "onward", "onwards", "onwrds"):
                end += 1
            return WindowMatch(
                Window(clock[0], None), end, clock[2] and word == "from" and end == clock[1] and not led, told
            )
        return None
    if word == "till" and _busy_until(tape, start):
        clock = find_clock(tape, _approximate(tape, at + 1))
        return _open(clock, later=True) if clock else None
    if word in _BEFORE and not negated and not (word == "by" and tape.raw(at - 1) in VISITING):
        clock = find_clock(tape, _approximate(tape, at + 1))
        return WindowMatch(Window(None, clock[0]), clock[1], clock[2] and word == "by") if clock else None
    between = _between(tape, at, opened=False)
    if between:
        return between
    first = find_clock(tape, at)
    if first and tape.word(first[1]) in ("onwards", "onward", "onwrds", "+"):
        return WindowMatch(Window(first[0], None), first[1] + 1)
    if (first and tape.words(first[1], "or", "later")) or (first and tape.words(first[1], "or", "after")):
        return WindowMatch(Window(first[0], None), first[1] + 2)
    if first and tape.words(first[1], "at", "the") and tape.word(first[1] + 2) in ("earliest", "latest"):
        later = tape.word(first[1] + 2) == "earliest"
        return WindowMatch(_open(first, later=later).window, first[1] + 3)
    if first and tape.word(first[1]) in ("earliest", "latest"):
        return WindowMatch(_open(first, later=tape.word(first[1]) == "earliest").window, first[1] + 1)
    if first and (tape.words(first[1], "or", "earlier") or tape.words(first[1], "or", "before")):
        return WindowMatch(Window(None, first[0]), first[1] + 2)
    if (first and tape.words(first[1], "and", "after")) or (first and tape.words(first[1], "and", "later")):
        return WindowMatch(Window(first[0], None), first[1] + 2)
    return None


def _busy_until(tape: Tape, at: int) -> bool:
    """ "not free until 7", "I'm in work till 5": from then on."""
    for place in range(at - 1, max(-1, at - 7), -1):
        word = tape.raw(place)
        if word in (".", "?", "!", "but", "so"):
            return False
        if word in (
            "not",
            "can't",
            "busy",
            "working",
            "work",
            "won't",
            "college",
            "don't",
            "teaching",
            "lectures",
            "tied",
            "minding",
            "isn't",
        ):
            return not (
                word == "work" and tape.raw(place - 1) in ("i", "can", "does", "that", "would", "will", "to")
            )
    return False


def _open(clock: ClockMatch, *, later: bool) -> WindowMatch:
    window = Window(clock[0], None) if later else Window(None, clock[0])
    return WindowMatch(window, clock[1])


def _between(tape: Tape, at: int, *, opened: bool) -> WindowMatch | None:
    """Two clock times: "5 to 7", "12 and 2" (after between), "7-8pm"."""
    first = find_clock(tape, at)
    if first is None:
        return None
    step = first[1]
    early = find_part(tape, step)
    lead = first[0]
    if early and tape.word(early[1]) in ("to", "till", "-"):
        half = PARTS[early[0].name].half
        lead = Clock(lead.hour, lead.minute, lead.second, half or lead.half, lead.fixed, lead.exact)
        step = early[1]
    sign = tape.word(step)
    if sign not in ("to", "till", "-", "–", "—", "through", "2") and not (sign == "and" and opened):
        return None
    if sign in ("to", "2") and any(tape.raw(place) in MOVING for place in range(max(0, at - 7), at)):
        return None
    second = find_clock(tape, _approximate(tape, step + 1))
    if second is None:
        return None
    if (
        tape.word(second[1]) in ("-", "/")
        and tape.glued(second[1])
        and tape.number(second[1] + 1) is not None
    ):
        return None
    weak = first[2] and second[2] and not (opened and tape.word(at - 1) != "for")
    if sign in ("to", "2") and lead == second[0]:
        return None
    return WindowMatch(Window(lead, second[0]), second[1], weak)
