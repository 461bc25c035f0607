"""Times in what staff write: "tue 12:00", "tomorrow", "in two hours"."""

from __future__ import annotations

import datetime as dt

from bot.nlu import vocabulary
from bot.staff_turn import StaffTurn
from nlu_models.parse import Context, Time, Times


def times_in(turn: StaffTurn, text: str, *, reference: dt.datetime | None = None) -> Times:
    """What `text` says about time; `reference` is the naive local start that "an hour later" counts from."""
    from nlu_models.times import read

    context = Context(
        sent_at=turn.facts.local(turn.now), vocabulary=vocabulary(turn.facts), reference=reference
    )
    return read(text, context)


def without_times(text: str, times: Times) -> str:
    """`text` with blanks where times were read, so that what remains keeps its place."""
    for start, end in times.spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def is_clock(time: Time) -> bool:
    """Whether it names one instant rather than a stretch of time."""
    return time.grain in ("minute", "hour") and time.end is None and time.named_clock


def day_in(turn: StaffTurn, text: str) -> dt.date | None:
    """The local date that `text` names: today and yesterday too, which nobody books."""
    lowered = text.lower()
    today = turn.facts.local(turn.now).date()
    if "yesterday" in lowered:
        return today - dt.timedelta(days=1)
    if "today" in lowered or "tonight" in lowered:
        return today
    expected = times_in(turn, text).expected
    return expected.start.date() if expected else None
