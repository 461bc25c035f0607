"""When somebody wants to come, as far as they have said it: kept between turns, mended by corrections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from crm.facts import GymFacts, OfferingFact
from nlu_models.parse import Time, Times


@dataclass(frozen=True, slots=True)
class Wish:
    """A wished time in the gym's wall time.

    `end` is None for one exact start; otherwise any start in the window from `start`
    to before `end` suits. `clock` tells that a clock time or part of day was named,
    `day` that the day was.
    """

    start: dt.datetime
    end: dt.datetime | None
    clock: bool
    day: bool
    not_before: dt.time | None = None
    ruled_out: tuple[str, ...] = ()
    """ISO dates or date-times that the person excluded."""
    other: dt.datetime | None = None
    """The start that the same words may have meant instead of `start`."""

    @property
    def is_exact(self) -> bool:
        """One start, to the minute."""
        return self.end is None

    def as_slot(self) -> dict[str, Any]:
        """For the tracker."""
        values = asdict(self)
        values["start"] = self.start.isoformat()
        values["end"] = self.end.isoformat() if self.end else None
        values["not_before"] = self.not_before.isoformat() if self.not_before else None
        values["other"] = self.other.isoformat() if self.other else None
        return values


def from_slot(value: Mapping[str, Any] | None) -> Wish | None:
    """What the tracker holds."""
    if not value:
        return None
    return Wish(
        start=dt.datetime.fromisoformat(value["start"]),
        end=dt.datetime.fromisoformat(value["end"]) if value["end"] else None,
        clock=value["clock"],
        day=value["day"],
        not_before=dt.time.fromisoformat(value["not_before"]) if value["not_before"] else None,
        ruled_out=tuple(value["ruled_out"]),
        other=dt.datetime.fromisoformat(value["other"]) if value.get("other") else None,
    )


def exactly(start: dt.datetime) -> Wish:
    """A wish for one start (naive local)."""
    return Wish(start=start, end=None, clock=True, day=True)


def whole_day(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From midnight to midnight."""
    start = dt.datetime.combine(day, dt.time())
    return start, start + dt.timedelta(days=1)


def from_time(time: Time) -> Wish:
    """What one reading of a message asks for."""
    if time.end is not None or time.grain in ("minute", "hour"):
        return Wish(
            start=time.start if time.end else _as_said(time.start),
            end=time.end,
            clock=time.named_clock,
            day=time.named_date,
            other=time.other,
        )
    lasts = {"day": 1, "week": 7, "month": 31, "part_of_day": 1}[time.grain]
    return Wish(
        start=time.start, end=time.start + dt.timedelta(days=lasts), clock=False, day=time.named_date,
        other=time.other,
    )  # fmt: skip


def _as_said(start: dt.datetime) -> dt.datetime:
    """ "In two hours", said at 10:03, means about noon: an odd minute that nobody named goes to the nearest quarter."""
    if start.second == 0 and start.microsecond == 0 and start.minute % 5 == 0:
        return start
    quarters = round((start.minute * 60 + start.second) / 900)
    return start.replace(minute=0, second=0, microsecond=0) + dt.timedelta(minutes=15 * quarters)


def combine(before: Wish | None, times: Times, *, known: dt.datetime | None) -> Wish | None:
    """The wish after a message: what it adds or mends, the rest as it was; None where it says nothing of time.

    `known` is the naive local start under discussion (the place on offer, or the
    booking to be moved), to which "an hour later" and "same time" refer.
    """
    if times.shift is not None and known is not None:
        return exactly(known + times.shift)
    if times.expected is None:
        if times.same_time and before is not None and known is not None:
            return exactly(dt.datetime.combine(before.start.date(), known.time()))
        if times.negated and before is not None:
            return replace(before, ruled_out=before.ruled_out + tuple(str(value) for value in times.negated))
        return None
    fresh = from_time(times.expected)
    if before is not None and (chosen := _chosen_reading(before, fresh, times)) is not None:
        return exactly(chosen)
    if times.alternatives or _is_other_ruled_out(before, fresh):
        fresh = replace(fresh, other=None)
    if times.negated:
        fresh = replace(fresh, ruled_out=tuple(_iso(value) for value in times.negated))
    clock_of = before.start.time() if before is not None and before.clock and before.is_exact else None
    if known is not None and clock_of is None and (times.same_time or _is_one_day(fresh)):
        clock_of = known.time()
    if not fresh.clock and _is_one_day(fresh) and clock_of is not None:
        return exactly(dt.datetime.combine(fresh.start.date(), clock_of))
    if (
        not fresh.clock
        and _is_one_day(fresh)
        and before is not None
        and before.clock
        and before.end is not None
    ):
        # "in the morning" stays when only the day changes.
        moved = dt.datetime.combine(fresh.start.date(), before.start.time())
        return replace(fresh, start=moved, end=moved + (before.end - before.start), clock=True)
    return fresh


def _is_other_ruled_out(before: Wish | None, fresh: Wish) -> bool:
    """ "At seven", said after "in the afternoon", is not meant for the morning."""
    if before is None or before.end is None or not before.clock or fresh.other is None:
        return False
    halves = [at.hour < 12 for at in (before.start, before.end - dt.timedelta(minutes=1))]
    return halves[0] is halves[1] and (fresh.other.hour < 12) is not halves[0]


def _chosen_reading(before: Wish, fresh: Wish, times: Times) -> dt.datetime | None:
    """ "In the morning", said to a place at seven in the evening that may have been meant for seven in the morning."""
    is_part = (
        times.expected is not None and times.expected.grain == "part_of_day" and not times.expected.named_date
    )
    if before.other is None or not before.is_exact or not is_part or fresh.end is None:
        return None
    first, last = fresh.start.time(), (fresh.end - dt.timedelta(minutes=1)).time()
    inside = [at for at in (before.start, before.other) if first <= at.time() <= last]
    return inside[0] if len(inside) == 1 else None


def in_the_week_of(wish: Wish, spoken_of: dt.datetime | None) -> Wish:
    """ "Wednesday", while next week is talked about, is next week's."""
    if spoken_of is None:
        return wish
    weeks = (_monday(spoken_of) - _monday(wish.start)).days // 7
    ahead = dt.timedelta(days=7 * max(0, weeks))
    other = wish.other if not ahead else None
    return replace(wish, start=wish.start + ahead, end=wish.end + ahead if wish.end else None, other=other)


def _monday(moment: dt.datetime) -> dt.date:
    return moment.date() - dt.timedelta(days=moment.weekday())


def _iso(value: dt.date | dt.datetime) -> str:
    return value.isoformat()


def _is_one_day(wish: Wish) -> bool:
    return wish.end is not None and wish.end - wish.start <= dt.timedelta(days=1) and not wish.clock


def suits(offering: OfferingFact, wish: Wish) -> bool:
    """Whether a class is on at the time that was wished for, on any day where none was named."""
    if not offering.is_class:
        return True
    if not wish.clock:
        last = (wish.end or wish.start) - dt.timedelta(minutes=1)
        return any(wish.start.weekday() <= day <= last.weekday() for day, _ in offering.weekly)
    end = (wish.end or wish.start + dt.timedelta(minutes=1)).time()
    return any(
        wish.start.time() <= at < end and (not wish.day or day == wish.start.weekday())
        for day, at in offering.weekly
    )


def like(facts: GymFacts, offering: OfferingFact, wish: Wish) -> OfferingFact | None:
    """The class of a like name that is on at the wished time, where this one is not: morning HIIT for HIIT."""
    if not offering.is_class:
        return None
    named = set(offering.name.lower().split())
    alike = [offering, *(one for one in facts.classes if named & set(one.name.lower().split()))]
    for wished in (wish, replace(wish, day=False)) if wish.clock else (wish,):
        found = next((one for one in alike if suits(one, wished)), None)
        if found is not None:
            return found if found.key != offering.key else None
    return None


def window(wish: Wish, facts: GymFacts) -> tuple[dt.datetime, dt.datetime]:
    """The instants between which a start suits."""
    end = wish.end or wish.start + dt.timedelta(minutes=1)
    return facts.instant(wish.start), facts.instant(end)


def rules_out(wish: Wish, local: dt.datetime) -> bool:
    """Whether the person excluded that wall time."""
    return any(
        local.date().isoformat() == value[:10]
        if len(value) == 10
        else local.replace(tzinfo=None).isoformat() == value
        for value in wish.ruled_out
    )
