"""Which times are free, and why a wished one is not. Pure: facts and what is taken go in, time slots come out.

A one-to-one session can start on the gym's grid where it fits wholly into the opening
hours and into the hours of a trainer who is neither booked nor teaching. A place in a
class is one of its dated occurrences with a seat left. Both keep the minimum notice,
the horizon and the closed dates.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from crm.facts import GymFacts, Interval, OfferingFact, StaffFact, WeeklyHours
from crm.spans import DAY, Span, grid_starts, intersect, minus, next_on_grid, weekly_spans

ANY_TRAINER = "any trainer"
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """A free start. `trainer_ids` are the trainers free for all of it, the one with the emptiest day first."""

    offering_id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    trainer_ids: tuple[uuid.UUID, ...] = ()
    scheduled_class_id: uuid.UUID | None = None
    """None for services, and for a class whose occurrence has no row yet."""
    seats_left: int | None = None
    """For classes."""


class BusyTime(NamedTuple):
    """A stretch in which a trainer is taken: by a booking or a hold, else by a class."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    is_booking: bool = True


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One dated class with how far it is filled."""

    offering_id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: int
    trainer_id: uuid.UUID | None = None
    scheduled_class_id: uuid.UUID | None = None
    seats_taken: int = 0
    waiting: int = 0
    is_cancelled: bool = False

    @property
    def seats_left(self) -> int:
        """Free seats; never negative."""
        return max(0, self.capacity - self.seats_taken)


@dataclass(frozen=True, slots=True)
class Taken:
    """What holds time within the days looked at. Holds that have run out are not in it."""

    busy: Mapping[uuid.UUID, Sequence[BusyTime]] = field(default_factory=dict)
    """By trainer."""
    occurrences: Mapping[tuple[uuid.UUID, dt.datetime], Occurrence] = field(default_factory=dict)
    """Classes that have a row, by offering and start; where there is none, the timetable counts."""
    own: Sequence[Span] = ()
    """The person's own bookings: nobody is offered a second place at the same time."""
    offered: Mapping[tuple[uuid.UUID, dt.datetime], uuid.UUID] = field(default_factory=dict)
    """Seats held for the person from the waitlist: the booking, by offering and start."""
    away: Mapping[uuid.UUID, Sequence[Span]] = field(default_factory=dict)
    """When trainers are off in spite of their weekly hours, by trainer. Classes are not called off by it."""


NOTHING_TAKEN = Taken()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a wished time is not possible.

    `code` is one of past, beyond_horizon (`latest_on`), closed_date, closed_hours
    (`hours`, `last_start_at`), too_soon (`earliest_at`), no_trainer (`trainers_in`),
    trainer_away (`trainer_week`, `hours`), off_grid (`neighbours`), taken,
    class_not_then (`neighbours`, `is_cancelled`), full (`scheduled_class_id`, `waiting`).
    """

    code: str
    starts_at: dt.datetime
    on: dt.date
    """The wished local date."""
    hours: tuple[Interval, ...] = ()
    """That day's opening hours, or the named trainer's."""
    last_start_at: dt.datetime | None = None
    """The last start that day from which the offering would end before closing."""
    earliest_at: dt.datetime | None = None
    latest_on: dt.date | None = None
    trainer_id: uuid.UUID | None = None
    trainer_week: WeeklyHours = field(default_factory=dict)
    trainers_in: tuple[tuple[uuid.UUID, tuple[Interval, ...]], ...] = ()
    """The trainers who are in at some time that day, with their hours."""
    neighbours: tuple[dt.datetime, ...] = ()
    """Starts that exist (not necessarily free) around the wished one."""
    is_cancelled: bool = False
    scheduled_class_id: uuid.UUID | None = None
    waiting: int = 0


def givers(
    facts: GymFacts, offering: OfferingFact, trainer_id: uuid.UUID | None = None
) -> tuple[StaffFact, ...]:
    """The trainers who give a service (only the named one, if it is among them), in a fixed order."""
    found = facts.trainers
    if offering.trainer_id is not None:
        found = tuple(person for person in found if person.id == offering.trainer_id)
    elif offering.kind == "trial" and facts.rules.trial_given_by != ANY_TRAINER:
        keys = {key.strip() for key in facts.rules.trial_given_by.split(",")}
        found = tuple(person for person in found if person.key in keys)
    if trainer_id is not None:
        found = tuple(person for person in found if person.id == trainer_id)
    return found


def last_bookable_day(facts: GymFacts, now: dt.datetime) -> dt.date:
    """The last local date on which something can be booked today."""
    return facts.local(now).date() + facts.rules.horizon


def occurrences(
    facts: GymFacts,
    taken: Taken,
    *,
    start: dt.datetime,
    end: dt.datetime,
    offering_id: uuid.UUID | None = None,
) -> list[Occurrence]:
    """The classes that start from `start` to before `end`, cancelled ones too, in order of time."""
    found = {
        key: row
        for key, row in taken.occurrences.items()
        if start <= row.starts_at < end and offering_id in (None, row.offering_id)
    }
    for offering in facts.classes:
        if offering_id in (None, offering.id):
            for starts_at in timetable(facts, offering, start=start, end=end):
                key = (offering.id, starts_at)
                if key not in found:
                    found[key] = Occurrence(
                        offering.id,
                        starts_at,
                        starts_at + offering.lasts,
                        offering.capacity,
                        offering.trainer_id,
                    )
    return sorted(found.values(), key=lambda row: (row.starts_at, row.offering_id))


def timetable(
    facts: GymFacts, offering: OfferingFact, *, start: dt.datetime, end: dt.datetime
) -> Iterator[dt.datetime]:
    """When the class is due by its weekly times, closed dates left out."""
    first, last = facts.local(start).date(), facts.local(end).date()
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        if day in facts.closed_dates:
            continue
        for weekday, at in offering.weekly:
            if weekday == day.weekday():
                starts_at = facts.instant(dt.datetime.combine(day, at))
                if start <= starts_at < end:
                    yield starts_at


def time_slots(
    facts: GymFacts, offering: OfferingFact, taken: Taken, *, start: dt.datetime, end: dt.datetime, now: dt.datetime,
    trainer_id: uuid.UUID | None = None, at_short_notice: bool = False,
) -> list[TimeSlot]:  # fmt: skip
    """The free starts from `start` to before `end`, in order of time.

    `taken` must cover the whole local days of that window. `at_short_notice` is for
    staff: the minimum notice does not bind them.
    """
    start = max(start, _earliest(facts, now, at_short_notice))
    end = min(end, _horizon_ends_at(facts, now))
    if start >= end:
        return []
    if offering.is_class:
        return _class_slots(facts, offering, taken, start, end)
    days = facts.local(start).date() - DAY, facts.local(end).date() + DAY
    open_spans = weekly_spans(facts.opening_hours, facts.zone, *days, facts.closed_dates)
    teaching = _teaching(facts, taken, start - DAY, end + DAY)
    lasts = offering.lasts
    free: dict[dt.datetime, list[StaffFact]] = defaultdict(list)
    for trainer in givers(facts, offering, trainer_id):
        hours = weekly_spans(trainer.hours, facts.zone, *days)
        gone = [Span(row.starts_at, row.ends_at) for row in taken.busy.get(trainer.id, ())]
        gone += taken.away.get(trainer.id, ())
        for span in minus(intersect(open_spans, hours), [*gone, *teaching.get(trainer.id, ()), *taken.own]):
            clipped = Span(max(span.starts_at, start), min(span.ends_at, end + lasts))
            for at in grid_starts(clipped, lasts, facts.rules.grid_minutes, facts.zone):
                if at < end:
                    free[at].append(trainer)
    loads = _loads(facts, taken)
    return [
        TimeSlot(offering.id, at, at + lasts, _fairest(facts, loads, at, free[at])) for at in sorted(free)
    ]


def why_not(
    facts: GymFacts, offering: OfferingFact, taken: Taken, starts_at: dt.datetime, *, now: dt.datetime,
    trainer_id: uuid.UUID | None = None, at_short_notice: bool = False,
) -> Refusal | None:  # fmt: skip
    """Why the offering cannot start then, the plainest reason first; None where it can.

    Agrees with `time_slots`: None exactly for the starts listed there (a person's own
    bookings aside, which are no reason of the gym's).
    """
    on = facts.local(starts_at).date()
    latest_on = last_bookable_day(facts, now)
    if starts_at < now:
        return Refusal("past", starts_at, on)
    if on > latest_on:
        return Refusal("beyond_horizon", starts_at, on, latest_on=latest_on)
    if on in facts.closed_dates:
        return Refusal("closed_date", starts_at, on)
    if offering.is_class:
        return _why_not_class(facts, offering, taken, starts_at, on, now, at_short_notice)
    wished = Span(starts_at, starts_at + offering.lasts)
    open_spans = weekly_spans(facts.opening_hours, facts.zone, on - DAY, on + DAY, facts.closed_dates)
    if not any(span.contains(wished) for span in open_spans):
        closing = [span.ends_at for span in open_spans if facts.local(span.starts_at).date() == on]
        return Refusal(
            "closed_hours",
            starts_at,
            on,
            hours=facts.opening_hours.get(on.weekday(), ()),
            last_start_at=max(closing) - offering.lasts if closing else None,
        )
    earliest_at = _earliest(facts, now, at_short_notice)
    if starts_at < earliest_at:
        return Refusal("too_soon", starts_at, on, earliest_at=earliest_at)
    present = [
        trainer
        for trainer in givers(facts, offering, trainer_id)
        if any(span.contains(wished) for span in weekly_spans(trainer.hours, facts.zone, on - DAY, on + DAY))
        and not is_away(taken, trainer.id, wished)
    ]
    if not present:
        return _nobody_in(facts, offering, taken, wished, on, trainer_id)
    following = next_on_grid(starts_at, facts.rules.grid_minutes, facts.zone)
    if following != starts_at:
        previous = following - dt.timedelta(minutes=facts.rules.grid_minutes)
        return Refusal("off_grid", starts_at, on, trainer_id=trainer_id, neighbours=(previous, following))
    teaching = _teaching(facts, taken, starts_at - DAY, wished.ends_at)
    if not any(_is_free(taken, teaching, trainer, wished) for trainer in present):
        return Refusal("taken", starts_at, on, trainer_id=trainer_id)
    return None


def free_trainers(
    facts: GymFacts,
    offering: OfferingFact,
    taken: Taken,
    starts_at: dt.datetime,
    trainer_id: uuid.UUID | None,
) -> tuple[uuid.UUID, ...]:
    """Who is in and free for a service at a time that is possible, the fairest choice first."""
    on = facts.local(starts_at).date()
    wished = Span(starts_at, starts_at + offering.lasts)
    teaching = _teaching(facts, taken, starts_at - DAY, wished.ends_at)
    found = [
        trainer
        for trainer in givers(facts, offering, trainer_id)
        if _is_free(taken, teaching, trainer, wished)
        and any(span.contains(wished) for span in weekly_spans(trainer.hours, facts.zone, on - DAY, on + DAY))
    ]
    return _fairest(facts, _loads(facts, taken), starts_at, found)


def _earliest(facts: GymFacts, now: dt.datetime, at_short_notice: bool) -> dt.datetime:
    return now if at_short_notice else now + facts.rules.minimum_notice


def _horizon_ends_at(facts: GymFacts, now: dt.datetime) -> dt.datetime:
    return facts.instant(dt.datetime.combine(last_bookable_day(facts, now) + DAY, dt.time()))


def _class_slots(
    facts: GymFacts, offering: OfferingFact, taken: Taken, start: dt.datetime, end: dt.datetime
) -> list[TimeSlot]:
    return [
        TimeSlot(
            offering.id, row.starts_at, row.ends_at, (row.trainer_id,) if row.trainer_id else (),
            row.scheduled_class_id, row.seats_left,
        )
        for row in occurrences(facts, taken, start=start, end=end, offering_id=offering.id)
        if row.seats_left and not row.is_cancelled
        and facts.local(row.starts_at).date() not in facts.closed_dates
        and not any(own.overlaps(Span(row.starts_at, row.ends_at)) for own in taken.own)
    ]  # fmt: skip


def _why_not_class(
    facts: GymFacts, offering: OfferingFact, taken: Taken, starts_at: dt.datetime, on: dt.date, now: dt.datetime,
    at_short_notice: bool,
) -> Refusal | None:  # fmt: skip
    around = occurrences(
        facts, taken, start=max(now, starts_at - WEEK), end=starts_at + WEEK, offering_id=offering.id
    )
    row = next((row for row in around if row.starts_at == starts_at), None)
    if row is None or row.is_cancelled:
        held = [other.starts_at for other in around if not other.is_cancelled]
        that_day = [at for at in held if facts.local(at).date() == on]
        nearest_first = sorted(held, key=lambda at: abs(at - starts_at))
        return Refusal(
            "class_not_then", starts_at, on, is_cancelled=row is not None,
            neighbours=tuple(that_day or sorted(nearest_first[:2])),
        )  # fmt: skip
    earliest_at = _earliest(facts, now, at_short_notice)
    if starts_at < earliest_at:
        return Refusal("too_soon", starts_at, on, earliest_at=earliest_at)
    if not row.seats_left:
        return Refusal("full", starts_at, on, scheduled_class_id=row.scheduled_class_id, waiting=row.waiting)
    return None


def is_away(taken: Taken, trainer_id: uuid.UUID, wished: Span) -> bool:
    """Whether the trainer is off at some time of that stretch."""
    return any(span.overlaps(wished) for span in taken.away.get(trainer_id, ()))


def _nobody_in(
    facts: GymFacts, offering: OfferingFact, taken: Taken, wished: Span, on: dt.date, trainer_id: uuid.UUID | None
) -> Refusal:  # fmt: skip
    starts_at = wished.starts_at
    if trainer_id is not None:
        trainer = facts.staff_by_id(trainer_id)
        week = trainer.hours if trainer is not None and givers(facts, offering, trainer_id) else {}
        # Hours that do not hold on that day are not told as if they did.
        hours = () if is_away(taken, trainer_id, wished) else week.get(on.weekday(), ())
        return Refusal("trainer_away", starts_at, on, trainer_id=trainer_id, trainer_week=week, hours=hours)
    present = tuple(
        (person.id, hours)
        for person in givers(facts, offering)
        if (hours := person.hours.get(on.weekday(), ())) and not is_away(taken, person.id, wished)
    )
    return Refusal("no_trainer", starts_at, on, trainers_in=present)


def _teaching(
    facts: GymFacts, taken: Taken, start: dt.datetime, end: dt.datetime
) -> dict[uuid.UUID, list[Span]]:
    """When trainers teach, by rows where there are any and by the timetable elsewhere."""
    found: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for row in occurrences(facts, taken, start=start, end=end):
        if row.trainer_id is not None and not row.is_cancelled:
            found[row.trainer_id].append(Span(row.starts_at, row.ends_at))
    return found


def _is_free(
    taken: Taken, teaching: Mapping[uuid.UUID, Sequence[Span]], trainer: StaffFact, wished: Span
) -> bool:
    return not is_away(taken, trainer.id, wished) and not any(
        span.overlaps(wished) for span in teaching.get(trainer.id, ())
    ) and not any(
        row.starts_at < wished.ends_at and wished.starts_at < row.ends_at
        for row in taken.busy.get(trainer.id, ())
    )  # fmt: skip


def _loads(facts: GymFacts, taken: Taken) -> dict[dt.date, Counter[uuid.UUID]]:
    """How many bookings each trainer has, by local day; days without any are not in it."""
    loads: dict[dt.date, Counter[uuid.UUID]] = defaultdict(Counter)
    for trainer_id, rows in taken.busy.items():
        for row in rows:
            if row.is_booking:
                loads[facts.local(row.starts_at).date()][trainer_id] += 1
    return loads


def _fairest(
    facts: GymFacts,
    loads: Mapping[dt.date, Mapping[uuid.UUID, int]],
    starts_at: dt.datetime,
    trainers: Sequence[StaffFact],
) -> tuple[uuid.UUID, ...]:
    """Those with the fewest bookings that day first; the staff's own order decides between equals."""
    if len(trainers) > 1 and loads:
        that_day = loads.get(facts.local(starts_at).date())
        if that_day is not None:
            trainers = sorted(trainers, key=lambda trainer: that_day.get(trainer.id, 0))
    return tuple(trainer.id for trainer in trainers)
