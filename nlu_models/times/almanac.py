"""What days are resolved against, and what they resolve to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from nlu_models.parse import Grain

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of whole days; `end` is exclusive."""

    start: dt.date
    end: dt.date
    grain: Grain = "day"


@dataclass(frozen=True, slots=True)
class Almanac:
    """What the resolution of days depends on: the day of sending, the gym's country, the day under discussion."""

    today: dt.date
    region: str = "IE"
    discussed: dt.date | None = None
