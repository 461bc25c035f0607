"""What every report is made of: a question, a range of the gym's days, typed columns and one query."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crm import clock
from crm.db import TenantSession
from crm.errors import Invalid
from crm.facts import GymFacts
from crm.identities import DUPLICATE

NOT_A_DUPLICATE = f"lost_reason IS DISTINCT FROM '{DUPLICATE}'"
"""A condition on leads: one that was closed because its person turned out to be another's is no lead more."""
LONGEST_PERIOD = 366
"""Days that one report may span."""

ColumnKind = Literal["date", "text", "count", "share", "duration"]
"""share: 0 to 1, None where nothing can be divided. duration: seconds, None where nothing was timed."""


class PeriodInvalid(Invalid):
    """The days asked for are the wrong way round or span more than a year."""

    code = "period_invalid"


@dataclass(frozen=True, slots=True)
class Period:
    """A range of the gym's local days; both ends belong to it."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        """Raise `PeriodInvalid` for days that are no range."""
        if not 0 <= (self.last - self.first).days < LONGEST_PERIOD:
            raise PeriodInvalid(
                f"from must not be after until, and at most {LONGEST_PERIOD} days are shown at once",
                field="until", first=self.first.isoformat(), last=self.last.isoformat(),
            )  # fmt: skip

    @classmethod
    def last_days(cls, count: int, *, until: dt.date) -> Period:
        """The `count` days that end with `until`, which is one of them."""
        return cls(until - dt.timedelta(days=count - 1), until)

    @property
    def days(self) -> list[dt.date]:
        """Every day, in order."""
        return [self.first + dt.timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def instants(self, facts: GymFacts) -> tuple[dt.datetime, dt.datetime]:
        """When the first day begins and the day after the last begins, by the gym's zone."""
        return clock.local_day(self.first, facts.zone)[0], clock.local_day(self.last, facts.zone)[1]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report's table; `name` is the row's attribute."""

    name: str
    title: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Report:
    """One question an owner asks, and how it is answered."""

    name: str
    title: str
    question: str
    columns: tuple[Column, ...]
    rows: Callable[[TenantSession, GymFacts, Period], Sequence[Any]]
    """Dataclass rows whose attributes are the columns."""

    def values(self, row: Any) -> list[Any]:
        """A row as plain values, in the order of the columns."""
        return [getattr(row, column.name) for column in self.columns]

    def as_dict(self, row: Any) -> dict[str, Any]:
        """A row by column name."""
        if not dataclasses.is_dataclass(row):
            raise TypeError(f"rows of {self.name} must be dataclasses")
        return dict(zip((column.name for column in self.columns), self.values(row), strict=True))


def share(part: int, whole: int) -> float | None:
    """`part` of `whole` as 0 to 1; None of nothing."""
    return part / whole if whole else None
