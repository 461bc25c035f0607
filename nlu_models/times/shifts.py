"""Rules for time counted from now or from what is known: "in 2 hours", "an hour later", "same time"."""

from __future__ import annotations

import datetime as dt

from nlu_models.times.tokens import Tape
from nlu_models.times.words import TODAY, UNITS, WEEKDAYS

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "fortnight": 1209600}


def find_length(tape: Tape, at: int) -> tuple[dt.timedelta, int, str] | None:
    """A length of time: "2 hours", "half an hour", "an hour and a half", "90 mins", "1h30"; with its unit."""
    start = at
    word = tape.word(at)
    count: float
    if word == "half":
        step = at + 1 + (tape.word(at + 1) in ("an", "a"))
        if UNITS.get(tape.word(step)) == "hour":
            return dt.timedelta(minutes=30), step + 1, "minute"
        if UNITS.get(tape.word(step)) == "day":
            return None
        return None
    if word in ("quarter", "a") and tape.words(at + (word == "a"), "quarter", "of", "an", "hour"):
        return dt.timedelta(minutes=15), at + 4 + (word == "a"), "minute"
    if word == "three" and tape.words(at, "three", "quarters", "of", "an", "hour"):
        return dt.timedelta(minutes=45), at + 5, "minute"
    if word in ("a", "an", "another", "one"):
        count, at = 1, at + 1
        if tape.word(at) == "couple":
            count, at = 2, at + 1 + (tape.word(at + 1) == "of")
        elif tape.word(at) == "few":
            count, at = 3, at + 1
        elif tape.word(at) == "half" and UNITS.get(tape.word(at + 1)) == "hour":
            return dt.timedelta(minutes=30), at + 2, "minute"
        elif tape.words(at, "and", "a", "half"):
            count, at = 1.5, at + 3
    elif word in ("couple", "few"):
        count, at = (2 if word == "couple" else 3), at + 1 + (tape.word(at + 1) == "of")
    else:
        found = tape.cardinal(at)
        if found is None or found[0] > 10000:
            return None
        count, at = found[0], found[1]
        if tape.word(at) == "." and tape.glued(at) and tape.glued(at + 1) and len(tape.digits(at + 1)) == 1:
            count, at = count + int(tape.digits(at + 1)) / 10, at + 2
        if tape.words(at, "and", "a", "half"):
            count, at = count + 0.5, at + 3
        elif tape.word(at) == "½":
            count, at = count + 0.5, at + 1
    if tape.word(at) == "-":
        at += 1
    unit = UNITS.get(tape.word(at))
    if unit is None or unit not in _SECONDS:
        return None
    end = at + 1
    if tape.word(at) == "h" and tape.glued(end) and len(tape.digits(end)) == 2:
        if tape.word(start - 1) not in ("in", "for"):
            return None
        return dt.timedelta(hours=count, minutes=int(tape.digits(end))), end + 1, "minute"
    length = dt.timedelta(seconds=count * _SECONDS[unit])
    if unit == "hour":
        if tape.words(end, "and", "a", "half"):
            return length + dt.timedelta(minutes=30), end + 3, unit
        if tape.words(end, "and", "half"):
            return length + dt.timedelta(minutes=30), end + 2, unit
        joint = end + (tape.word(end) == "and")
        minutes = tape.cardinal(joint)
        if minutes and UNITS.get(tape.word(minutes[1])) == "minute":
            return length + dt.timedelta(minutes=minutes[0]), minutes[1] + 1, "minute"
    if count == 1 and (tape.words(end, "or", "two") or tape.words(end, "or", "so")):
        end += 2
    return length, end, unit


def find_elapsed(tape: Tape, at: int) -> tuple[dt.timedelta, int] | None:
    """ "in 2 hours", "in half an hour", "90 mins from now", "in an hour's time": hours and minutes only."""
    word = tape.word(at)
    inward = word == "in"
    step = at + 1 if inward else at
    while tape.word(step) in ("about", "around", "like", "approx", "roughly", "say", "another"):
        step += 1
    found = find_length(tape, step)
    if found is None or found[2] not in ("second", "minute", "hour"):
        return None
    length, end, _ = found
    if length > dt.timedelta(days=400):
        return None
    if tape.word(end) in ("'", "s"):
        end += 1
    if tape.words(end, "from", "now"):
        return length, end + 2
    if tape.word(end) in ("earlier", "later", "sooner", "before", "after"):
        return None
    if tape.word(end) == "time":
        return length, end + 1
    if inward and tape.word(end) not in ("a", "per", "of", "or", "each"):
        return length, end
    return None


def find_coming(tape: Tape, at: int) -> tuple[dt.timedelta, int] | None:
    """ "(in) the next few hours", "the last 20 minutes": the span, negative for the past; hours and minutes only."""
    if tape.word(at) == "within" and (length := find_length(tape, at + 1)):
        return (length[0], length[1]) if length[2] in ("minute", "hour", "second") else None
    while tape.word(at) in ("in", "within", "over", "the", "for"):
        at += 1
    word = tape.word(at)
    if word not in ("next", "last", "past", "previous", "upcoming", "coming"):
        return None
    before = tape.raw(at - 1)
    if (
        before.endswith("n't")
        or before in ("not", "will", "to", "would", "should", "it", "does", "can")
        or (word == "past" and before.isdigit())
    ):
        return None
    bare = UNITS.get(tape.word(at + 1))
    found = (
        (dt.timedelta(seconds=_SECONDS[bare]), at + 2, bare)
        if bare in ("minute", "hour")
        else find_length(tape, at + 1)
    )
    if found is None or found[2] not in ("minute", "hour", "second"):
        return None
    return (found[0] if word in ("next", "upcoming", "coming") else -found[0]), found[1]


def find_shift(tape: Tape, at: int) -> tuple[dt.timedelta, int] | None:
    """ "an hour later", "half an hour earlier", "push it back 30 mins", "bring it forward by an hour"."""
    word = tape.word(at)
    if word in ("back", "forward", "forwards", "out", "later", "earlier", "up"):
        step = at + 1 + (tape.word(at + 1) in ("by", "about"))
        found = find_length(tape, step)
        if found is None or (word in ("later", "earlier") and tape.word(step - 1) != "by"):
            return None
        if word in ("back", "out") and not _is_move(tape, at):
            return None
        if word in ("forward", "forwards", "up") and not _is_move(tape, at):
            return None
        sign = 1 if word in ("back", "out", "later") else -1
        return sign * found[0], found[1]
    found = find_length(tape, at)
    if found is None:
        return None
    length, end, _ = found
    if tape.word(end) in ("later", "l8r", "after") and tape.word(end + 1) not in (
        "than",
        "this",
        "today",
        "in",
    ):
        if (
            tape.word(end) == "after"
            and tape.word(end + 1) != ""
            and tape.word(end + 1) not in (".", "?", "!", "please", "that")
        ):
            return None
        return length, end + 1
    if tape.word(end) in ("earlier", "sooner"):
        return -length, end + 1
    return None


def _is_move(tape: Tape, at: int) -> bool:
    return any(
        tape.raw(place)
        in ("push", "move", "bring", "put", "shift", "pull", "knock", "pushed", "moved", "set", "it")
        for place in range(max(0, at - 6), at)
    )


def find_same_time(tape: Tape, at: int) -> int | None:
    """ "same time": the position after it."""
    if tape.words(at, "this", "time") and tape.word(at + 2) in ("tomorrow", "next", "on", *TODAY, *WEEKDAYS):
        return at + 2
    if tape.word(at) != "same":
        return None
    end = at + 1
    if tape.word(end) in ("time", "hour", "slot", "times"):
        if tape.word(end) == "slot" and tape.word(end + 1) in ("every", "each", "weekly"):
            return None
        return end + 1
    return None
