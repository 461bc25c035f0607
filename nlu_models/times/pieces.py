"""What the rules find in a message: days, clock times, windows and the rest, not yet resolved."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from nlu_models.times.calendar import Day

Half = Literal["am", "pm"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as said. `hour` is 0 to 12 where `half` is open, else what was said with `half` applied later."""

    hour: int
    minute: int = 0
    second: int = 0
    half: Half | None = None
    fixed: bool = False
    """A 24-hour form: nothing is left to decide."""
    exact: bool = False
    """Minutes were named."""
    both: bool = False
    """ "ampm" was written: either half will do."""

    def readings(self) -> tuple[dt.time, ...]:
        """The times of day it can mean, the morning one first."""
        if self.fixed:
            return (dt.time(self.hour % 24, self.minute, self.second),)
        hour = self.hour % 12
        morning = dt.time(hour, self.minute, self.second)
        evening = dt.time(hour + 12, self.minute, self.second)
        if self.half == "am":
            return (morning,)
        if self.half == "pm":
            return (evening,)
        return (evening,) if self.hour == 12 else (morning, evening)


@dataclass(frozen=True, slots=True)
class Window:
    """From one clock time to another; one of the two may be open."""

    start: Clock | None
    end: Clock | None
    until: Day | None = None
    """The day of the end, where it is another one than that of the start."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day by name; see `windows.PARTS`."""

    name: str
    plural: bool = False


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time from the moment of sending, as a stopwatch counts it."""

    span: dt.timedelta
    within: bool = False
    """Any time until then ("in the next few hours"), or since then where the span is negative."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A move relative to a time that is known."""

    by: dt.timedelta


@dataclass(frozen=True, slots=True)
class SameTime:
    """ "same time": keep the clock time of what is known; with `now` that of the moment ("this time tomorrow")."""

    now: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Again and again: weekdays (empty for any), every `interval` of `frequency`."""

    frequency: Literal["DAILY", "WEEKLY", "MONTHLY"]
    days: tuple[int, ...] = ()
    interval: int = 1
    nth: int | None = None
    day_of_month: int | None = None

    def rule(self) -> str:
        """The RRULE without prefix."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.days:
            nth = "" if self.nth is None else str(self.nth)
            parts.append(
                "BYDAY="
                + ",".join(nth + ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][day] for day in self.days)
            )
        if self.day_of_month is not None:
            parts.append(f"BYMONTHDAY={self.day_of_month}")
        return ";".join(parts)


@dataclass(slots=True)
class Found:
    """One piece and where it stands: what it says about a time; the rest is missing."""

    start: int
    end: int
    day: Day | None = None
    clock: Clock | None = None
    window: Window | None = None
    part: Part | None = None
    elapsed: Elapsed | None = None
    shift: Shift | None = None
    same: SameTime | None = None
    recurrence: Recurrence | None = None
    weak: bool = False
    """Counts only beside evidence that a time is meant."""
    told: bool = False
    """Said to tell of something ("since Monday"), not to offer a time."""
