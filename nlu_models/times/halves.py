"""A half of the day said alone, of a time that is talked about: "am", "no, I meant pm"."""

from __future__ import annotations

import datetime as dt

import regex

from nlu_models.parse import Context, Grain, Time, Times

_ASKED = ("confirm", "time")
_AROUND = (
    r"(?:(?:no|nah|sorry|oh|oops|i|mean|meant|want|wanted|said|the|in|it'?s|make it|for|one|please|pls|plz|yes|yeah|yep"
    r"|ok|obviously|of course|definitely|actually|thanks?|was thinking)[\s,.!]*)*"
)
_HALF = regex.compile(
    # The "am" of "yes I am" is none.
    rf"\s*{_AROUND}(?<!\bi )(?P<half>[ap])\.?m\b\.?(?:[\s,]*not [ap]\.?m\b\.?)?[\s,.!]*{_AROUND}",
    regex.IGNORECASE,
)
LONGEST = 60
"""Characters; who says more than that says more than a half of the day."""


def read(text: str, context: Context) -> Times | None:
    """The hour under discussion in that half of the day; None where nothing is discussed or something else is said."""
    if context.reference is None or context.asked not in _ASKED or len(text) > LONGEST:
        return None
    said = _HALF.fullmatch(text)
    if said is None:
        return None
    hour = context.reference.hour % 12 + (12 if said["half"].lower() == "p" else 0)
    start = context.reference.replace(hour=hour)
    grain: Grain = "minute" if start.time() != dt.time(start.hour) else "hour"
    return Times(expected=Time(start, grain, named_date=False), spans=(said.span("half"),))
