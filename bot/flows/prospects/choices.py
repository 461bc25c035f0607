"""One of the times on offer, chosen without naming it: the earliest, the last one, whichever."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from bot.flows.prospects import wishes
from bot.payloads import read
from bot.turn import Turn
from crm.models import Booking

FIRST = re.compile(r"\b(earliest|soonest|first( (one|available|slot))?|asap)\b", re.IGNORECASE)
LAST = re.compile(r"\b(latest|last( (one|slot))?)\b", re.IGNORECASE)
NONE = re.compile(
    r"\b(none|neither|no(t|ne)? (of )?(any|either|them|those)|don'?t (like|want|suit)|can'?t|too (early|late))\b",
    re.IGNORECASE,
)
DATE = re.compile(
    r"(?:(?:ok(?:ay)?|the|grand|and|then|so|on|yes|yeah|make it|take)\W+)*(?P<day>\d{1,2})(?:st|nd|rd|th)(?:\W+(?:then|please|so|pls|it is|works|suits|is (?:good|grand|fine)))*\W*",
    re.IGNORECASE,
)
ANY = re.compile(
    r"\b(any (of (them|those|these)|one|time)|^any$|either|whichever|whatever|whenever|(you|u) (pick|choose|decide)|don'?t (mind|care)|dont (mind|care)|doesn'?t matter|all (of them )?(suit|work|are (fine|good|grand)))\b",
    re.IGNORECASE,
)


def pick(turn: Turn) -> dt.datetime | None:
    """The one of the times on offer that is meant by "the earliest", "the last one" or "whichever"."""
    payloads = [read(option["id"]) for option in turn.slot("options") or () if option.get("choice")]
    starts = [start for one in payloads if one is not None and (start := one.instant(1)) is not None]
    if turn.asked == "time" and (dated := _on_date(turn, starts)) is not None:
        return dated
    if (
        turn.asked != "time"
        or not starts
        or turn.times.expected is not None
        or NONE.search(turn.text)
        or _asks(turn)
    ):
        return None
    if LAST.search(turn.text):
        return starts[-1]
    return starts[0] if FIRST.search(turn.text) or ANY.search(turn.text) else None


def _on_date(turn: Turn, starts: Sequence[dt.datetime]) -> dt.datetime | None:
    """ "The 27th", where one of those on offer is on a 27th: whatever month it would be else."""
    found = DATE.fullmatch(turn.text.strip())
    same = [start for start in starts if found and turn.facts.local(start).day == int(found["day"])]
    return same[0] if len(same) == 1 else None


def _asks(turn: Turn) -> bool:
    """Whether the message is a question about the gym, whatever words stand in it."""
    return any(intent.name.startswith("faq/") for intent in turn.parse.intents)


def repeats_time(turn: Turn) -> bool:
    """Whether they answer with a day and hour of their own, and ask nothing: "Thursday at 5 it is"."""
    time = turn.times.expected
    is_named = time is not None and time.named_clock and time.named_date and not turn.times.negated
    return is_named and "?" not in turn.text and not turn.wants("deny", "correct", "ask_availability")


def is_that_time(turn: Turn, held: Booking) -> bool:
    """Whether the time named in a yes is that of the place on offer: "ok but make it half five" is another one."""
    wish = wishes.from_slot(turn.slot("wish"))
    start = turn.facts.local(held.starts_at).replace(tzinfo=None)
    if wish is None or turn.entity("trainer") is not None:
        return turn.entity("trainer") is None
    return wish.start == start if wish.end is None else wish.start <= start < wish.end
