"""Days counted from the day under discussion: "the day after", "the week after"."""

from __future__ import annotations

from dataclasses import dataclass

from nlu_models.times.almanac import DAY, Almanac, Span
from nlu_models.times.calendar import Day, Week, monday_of


@dataclass(frozen=True, slots=True)
class DayAfter:
    """The day after the one under discussion; after the day of sending where there is none."""

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`~nlu_models.times.calendar.Day`."""
        day = (almanac.discussed or almanac.today) + DAY
        return Span(day, day + DAY)


@dataclass(frozen=True, slots=True)
class WeekAfter:
    """The week after that of the day under discussion, or after a week that was just named."""

    named: Day | None = None

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`~nlu_models.times.calendar.Day`."""
        span = (self.named or Week(0)).on(almanac)
        if span is None:
            return None
        first = span.start if self.named or almanac.discussed is None else almanac.discussed
        return Span(monday_of(first) + 7 * DAY, monday_of(first) + 14 * DAY, "week")
