"""Stretches of a month: its first or last days, and its weeks by number."""

from __future__ import annotations

from dataclasses import dataclass

from nlu_models.times.almanac import DAY, Almanac, Span
from nlu_models.times.calendar import Month, monday_of


@dataclass(frozen=True, slots=True)
class MonthEdge:
    """The first so many days of a month, or with a negative count the last."""

    month: Month
    days: int

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        span = self.month.on(almanac)
        if span is None:
            return None
        if self.days < 0:
            return Span(span.end + self.days * DAY, span.end)
        return Span(span.start, span.start + self.days * DAY)


@dataclass(frozen=True, slots=True)
class WeekOfMonth:
    """The first, second ... (or last, -1) week of a month, by the Mondays in it."""

    nth: int
    month: Month

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        span = self.month.on(almanac)
        if span is None:
            return None
        first = span.start + (-span.start.weekday() % 7) * DAY
        # A week belongs to the month that holds its Thursday.
        if monday_of(span.start) + 3 * DAY >= span.start:
            first = monday_of(span.start)
        if self.nth < 0:
            monday = monday_of(span.end - DAY)
            if monday + 3 * DAY >= span.end:
                monday -= 7 * DAY
        else:
            monday = first + 7 * (self.nth - 1) * DAY
        return Span(monday, monday + 7 * DAY, "week")
