"""Stretches of time between two instants, and weekly hours in wall time turned into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crm import clock
from crm.facts import WeeklyHours

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
LAST_MINUTE = dt.time(23, 59)
"""Hours that end in the day's last minute end at midnight."""


class Span(NamedTuple):
    """From an instant to just before another."""

    starts_at: dt.datetime
    ends_at: dt.datetime

    def overlaps(self, other: Span) -> bool:
        """Whether they share an instant."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def contains(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


def weekly_spans(
    hours: WeeklyHours,
    zone: ZoneInfo,
    first: dt.date,
    last: dt.date,
    closed: frozenset[dt.date] = frozenset(),
) -> list[Span]:
    """What weekly hours come to from one local day to another, both included; `closed` days have none.

    Adjoining hours become one span (a gym that never closes can be visited over
    midnight). On days when the clocks change the wall times stay and the length differs.
    """
    found: list[Span] = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        if day in closed:
            continue
        for opens, closes in hours.get(day.weekday(), ()):
            start = clock.to_instant(dt.datetime.combine(day, opens), zone)
            until = (
                dt.datetime.combine(day + DAY, dt.time())
                if closes >= LAST_MINUTE
                else dt.datetime.combine(day, closes)
            )
            end = clock.to_instant(until, zone)
            if end > start:
                found.append(Span(start, end))
    return merge(found)


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same instants in as few spans as possible, in order."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.starts_at <= merged[-1].ends_at:
            merged[-1] = Span(merged[-1].starts_at, max(merged[-1].ends_at, span.ends_at))
        else:
            merged.append(span)
    return merged


def intersect(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """What lies in both; each side merged and in order."""
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].starts_at, right[j].starts_at)
        end = min(left[i].ends_at, right[j].ends_at)
        if start < end:
            found.append(Span(start, end))
        if left[i].ends_at < right[j].ends_at:
            i += 1
        else:
            j += 1
    return found


def minus(spans: Sequence[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of `spans` (merged, in order) without `taken`."""
    found: list[Span] = []
    gone = merge(taken)
    at = 0
    for span in spans:
        start = span.starts_at
        while at < len(gone) and gone[at].ends_at <= start:
            at += 1
        look = at
        while look < len(gone) and gone[look].starts_at < span.ends_at:
            if gone[look].starts_at > start:
                found.append(Span(start, gone[look].starts_at))
            start = max(start, gone[look].ends_at)
            look += 1
        if start < span.ends_at:
            found.append(Span(start, span.ends_at))
    return found


def next_on_grid(instant: dt.datetime, grid_minutes: int, zone: ZoneInfo) -> dt.datetime:
    """The first instant from `instant` on whose wall time is a whole number of steps past midnight."""
    while True:
        local = instant.astimezone(zone)
        seconds = (local.hour * 60 + local.minute) * 60 + local.second
        over = dt.timedelta(seconds=seconds % (grid_minutes * 60), microseconds=local.microsecond)
        if not over:
            return instant
        # The last step of a day may be cut short by midnight, from where the steps are counted anew;
        # and where the clocks change in a step, its end has to be looked at again.
        midnight = clock.to_instant(dt.datetime.combine(local.date() + DAY, dt.time()), zone)
        instant = min(instant + grid_minutes * MINUTE - over, midnight)


def grid_starts(span: Span, lasts: dt.timedelta, grid_minutes: int, zone: ZoneInfo) -> Iterator[dt.datetime]:
    """The starts on the grid from which `lasts` fits wholly into the span."""
    last = span.ends_at - lasts
    step = grid_minutes * MINUTE
    at = next_on_grid(span.starts_at, grid_minutes, zone)
    offset = span.starts_at.astimezone(zone).utcoffset()
    # Where the clocks do not change inside the span, steps of the grid stay on it.
    is_steady = 1440 % grid_minutes == 0 and offset == span.ends_at.astimezone(zone).utcoffset()
    while at <= last:
        yield at
        at = at + step if is_steady else next_on_grid(at + MINUTE, grid_minutes, zone)
