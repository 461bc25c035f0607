"""Days as people name them, and the dates they mean on a given day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

from nlu_models.parse import Grain
from nlu_models.times import holidays
from nlu_models.times.almanac import DAY, Almanac, Span


class Day(Protocol):
    """A day, or a run of days, as said."""

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant; None where there are none (30 February)."""
        ...


def one(day: dt.date) -> Span:
    """The span of a single day."""
    return Span(day, day + DAY)


def monday_of(day: dt.date) -> dt.date:
    """The Monday of the calendar week of `day`."""
    return day - day.weekday() * DAY


def month_start(day: dt.date, months: int = 0) -> dt.date:
    """The first of the month `months` after that of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def date_or_none(year: int, month: int, day: int) -> dt.date | None:
    """That date, or None where the calendar has none."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Offset:
    """So many days from the day of sending."""

    days: int

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        return one(almanac.today + self.days * DAY)


@dataclass(frozen=True, slots=True)
class MonthsAway:
    """So many calendar months from the day of sending."""

    months: int

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        first = month_start(almanac.today, self.months)
        length = (month_start(first, 1) - first).days
        return one(first.replace(day=min(almanac.today.day, length)))


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week: the next one ("bare"), that of a calendar week, or the last one gone."""

    day: int
    which: Literal["bare", "next", "this_week", "last", "last_week", "after_next_week"] = "bare"
    is_doubtful: bool = False
    """ "Next Friday": for some it is the coming one. "Friday next week" is the same day without a doubt."""

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        today = almanac.today
        if self.which == "bare":
            return one(today + ((self.day - today.weekday() - 1) % 7 + 1) * DAY)
        if self.which == "last":
            return one(today - ((today.weekday() - self.day - 1) % 7 + 1) * DAY)
        weeks = {"next": 1, "this_week": 0, "last_week": -1, "after_next_week": 2}[self.which]
        return one(monday_of(today) + (7 * weeks + self.day) * DAY)


@dataclass(frozen=True, slots=True)
class Date:
    """A day of a month, with what else was said of it; the next such date after the day of sending."""

    day: int
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    months: int | None = None
    """A month counted from the present one: "the 20th of next month"."""

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        today = almanac.today
        if self.year is not None and self.month is not None:
            found = date_or_none(self.year, self.month, self.day)
            return one(found) if found else None
        if self.months is not None:
            first = month_start(today, self.months)
            found = date_or_none(first.year, first.month, self.day)
            return one(found) if found else None
        if self.month is not None:
            for year in range(today.year, today.year + 9):
                found = date_or_none(year, self.month, self.day)
                if found and found > today:
                    return one(found)
            return None
        return self._among(range(14), today)

    def latest(self, almanac: Almanac) -> Span | None:
        """The last such date up to the day of sending, for what is told of the past."""
        if self.month is not None:
            for year in range(almanac.today.year, almanac.today.year - 9, -1):
                found = date_or_none(year, self.month, self.day)
                if found and found <= almanac.today:
                    return one(found)
            return None
        return self._among(range(0, -14, -1), almanac.today)

    def _among(self, months: range, today: dt.date) -> Span | None:
        fallback: dt.date | None = None
        for ahead in months:
            first = month_start(today, ahead)
            found = date_or_none(first.year, first.month, self.day)
            if found is None or (found <= today if months.step > 0 else found > today):
                continue
            if self.weekday is None or found.weekday() == self.weekday:
                return one(found)
            fallback = fallback or found
        return one(fallback) if fallback else None


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week, counted from the present one; of the present one what is left."""

    weeks: int
    part: Literal["whole", "start", "middle", "end", "rest", "gone"] = "whole"

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        monday = monday_of(almanac.today) + 7 * self.weeks * DAY
        if self.part == "gone":
            return Span(monday, max(almanac.today, monday + DAY), "day")
        first, last = {"start": (0, 3), "middle": (1, 4), "end": (3, 7)}.get(self.part, (0, 7))
        start, end = monday + first * DAY, monday + last * DAY
        if self.weeks == 0 and self.part == "rest":
            start = almanac.today
        if self.weeks == 0 and start < almanac.today < end:
            start = almanac.today
        return Span(start, end, "week" if self.part in ("whole", "rest") else "day")


@dataclass(frozen=True, slots=True)
class WeekOf:
    """The calendar week of a date ("week beginning the 14th")."""

    day: Day

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        span = self.day.on(almanac)
        return Span(monday_of(span.start), monday_of(span.start) + 7 * DAY, "week") if span else None


@dataclass(frozen=True, slots=True)
class IsoWeek:
    """A week of the present year by its ISO number."""

    number: int

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        first = monday_of(dt.date(almanac.today.year, 1, 4))
        return Span(first + 7 * (self.number - 1) * DAY, first + 7 * self.number * DAY, "week")


@dataclass(frozen=True, slots=True)
class Weekend:
    """Saturday and Sunday of a calendar week, counted from the present one."""

    weeks: int = 0
    extended: bool = False
    """With the bank holiday on the Monday after it."""

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        if self.extended:
            monday = holidays.bank_holiday_monday(almanac.today, almanac.region)
            return Span(monday - 2 * DAY, monday + DAY)
        saturday = monday_of(almanac.today) + (7 * self.weeks + 5) * DAY
        return Span(saturday, saturday + 2 * DAY)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month, by name or counted from the present one; with a year where one was said."""

    month: int | None = None
    year: int | None = None
    months: int = 0
    part: Literal["whole", "start", "middle", "end", "rest"] = "whole"
    this: bool = False

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        today = almanac.today
        if self.month is None:
            first = month_start(today, self.months)
        elif self.year is not None:
            first = dt.date(self.year, self.month, 1)
        else:
            first = dt.date(today.year, self.month, 1)
            if month_start(first, 1) <= today and not self.this:
                first = first.replace(year=first.year + 1)
        following = month_start(first, 1)
        if self.part == "start":
            return Span(first, first + 10 * DAY)
        if self.part == "middle":
            return Span(first + 10 * DAY, first + 20 * DAY)
        if self.part == "end":
            return Span(first + 20 * DAY, following)
        if self.part == "rest":
            return Span(max(first, today), following, "month")
        return Span(first, following, "month")


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """ "the first Friday of July"; -1 is the last."""

    nth: int
    weekday: int
    month: Month

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        span = self.month.on(almanac)
        if span is None:
            return None
        if self.nth < 0:
            last = span.end - DAY
            return one(last - ((last.weekday() - self.weekday) % 7) * DAY)
        found = span.start + ((self.weekday - span.start.weekday()) % 7 + 7 * (self.nth - 1)) * DAY
        if found <= almanac.today and self.month == Month():
            return NthWeekday(self.nth, self.weekday, Month(months=1)).on(almanac)
        return one(found) if found < span.end else None


@dataclass(frozen=True, slots=True)
class InSpan:
    """A weekday of a week that was named otherwise ("the first week of October on Friday")."""

    weekday: int
    week: Day

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        span = self.week.on(almanac)
        return one(monday_of(span.start) + self.weekday * DAY) if span else None


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday by name: the next one after the day of sending."""

    name: str

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        return one(holidays.next_on(self.name, almanac.today, almanac.region))


@dataclass(frozen=True, slots=True)
class Later:
    """A day counted from another one: "a week on Tuesday", "the day after Christmas"."""

    base: Day
    days: int

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        span = self.base.on(almanac)
        if span is None:
            return None
        return Span(span.start + self.days * DAY, span.end + self.days * DAY, span.grain)


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, the last one included."""

    first: Day
    last: Day

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        first, last = self.first.on(almanac), self.last.on(almanac)
        if first is None or last is None:
            return None
        if isinstance(self.first, Date) and self.first.year is None and self.first.month is not None:
            # A range that has begun: the last such date before its end.
            year = last.start.year
            for candidate in (
                date_or_none(year, self.first.month, self.first.day),
                date_or_none(year - 1, self.first.month, self.first.day),
            ):
                if candidate is not None and candidate <= last.start:
                    first = one(candidate)
                    break
        if (
            isinstance(self.first, Month)
            and self.first.year is None
            and isinstance(self.last, Month | Date)
            and self.last.year
        ):
            assert self.first.month is not None
            year = self.last.year if self.first.month <= (self.last.month or 12) else self.last.year - 1
            first = Month(self.first.month, year).on(almanac) or first
        end = last.end
        while end <= first.start and (end - first.start).days > -400:
            if isinstance(self.last, Weekday):
                end += 7 * DAY
            elif isinstance(self.last, Date) and self.last.month is None and self.last.year is None:
                end = month_start(end, 1).replace(day=min(end.day, 28))
            else:
                end = end.replace(year=end.year + 1) if end.month != 2 or end.day != 29 else end + 366 * DAY
        grain: Grain = "month" if first.grain == "month" else "day"
        return Span(first.start, end, grain) if end > first.start else None


@dataclass(frozen=True, slots=True)
class Bounded:
    """Days with one bound: "from Monday", "after the weekend", "before Friday" (that day out), "by Friday" (in)."""

    day: Day
    side: Literal["from", "after", "before", "by", "since"]

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        day = self.day
        if self.side == "since":
            if isinstance(day, Weekday):
                day = Weekday(day.day, "last")
            found = day.latest(almanac) if isinstance(day, Date) and day.year is None else day.on(almanac)
            if found is not None and isinstance(day, Month) and found.start > almanac.today:
                found = Span(found.start.replace(year=found.start.year - 1), found.end, "month")
            return one(found.start) if found is not None else None
        span = day.on(almanac)
        if span is None:
            return None
        if self.side == "from":
            return one(span.start)
        if self.side == "after":
            return one(span.end)
        end = span.start if self.side == "before" or span.grain == "month" else span.end
        return Span(min(almanac.today, end - DAY), end)


@dataclass(frozen=True, slots=True)
class AnyDay:
    """Any day from tomorrow on, perhaps only certain weekdays."""

    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    within: Day | None = None

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        if self.within is not None:
            return self.within.on(almanac)
        day = almanac.today + DAY
        while day.weekday() not in self.weekdays:
            day += DAY
        return one(day)


@dataclass(frozen=True, slots=True)
class RestOfDay:
    """What is left of the day of sending."""

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        return one(almanac.today)


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year counted from the present one."""

    years: int

    def on(self, almanac: Almanac) -> Span | None:
        """The dates meant, see :class:`Day`."""
        start = dt.date(almanac.today.year + self.years, 1, 1)
        return Span(start, start.replace(year=start.year + 1), "month")


@dataclass(frozen=True, slots=True)
class Told:
    """A day gone by, or one told of without offering it; its dates are those of `day`."""

    day: Day

    def on(self, almanac: Almanac) -> Span | None:
        """Those of `day`."""
        return self.day.on(almanac)
