"""A place that somebody wants: whether it can be had, why not, and what is free near it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from crm import alternatives, availability, places
from crm.availability import Refusal, Taken, TimeSlot
from crm.db import TenantSession
from crm.errors import Conflict
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking

ALTERNATIVES = 3
LOOK_AROUND = (dt.timedelta(days=1), dt.timedelta(days=14), dt.timedelta(days=45))
"""How far from the wish alternatives are sought: farther only where the nearer days have too few."""


class Refused(Conflict):
    """The wished time cannot be had."""

    code = "refused"

    def __init__(self, message: str = "", **data: object) -> None:
        super().__init__(message, **data)
        self.refusal: Refusal | None = data.get("refusal")  # type: ignore[assignment]
        self.alternatives: Sequence[TimeSlot] = data.get("alternatives") or ()  # type: ignore[assignment]


class NotPossible(Refused):
    """The gym's hours, its trainers' hours or its rules do not allow that time; `refusal` says which."""

    code = "not_possible"


class TimeTaken(Refused):
    """Somebody else has that time; `alternatives` are free."""

    code = "time_taken"


class ClassFull(Refused):
    """The class has no seat left; `data` has `scheduled_class_id` and how many are `waiting`."""

    code = "class_full"


class AlreadyBooked(Conflict):
    """The person has another place at that time; `data["booking_id"]` is the one."""

    code = "already_booked"


@dataclass(frozen=True, slots=True)
class Wish:
    """A place that somebody wants."""

    contact_id: uuid.UUID
    offering: OfferingFact
    starts_at: dt.datetime
    trainer_id: uuid.UUID | None
    replaces_id: uuid.UUID | None
    at_short_notice: bool
    now: dt.datetime


def free_times(
    session: TenantSession, facts: GymFacts, offering: OfferingFact, *, start: dt.datetime, end: dt.datetime,
    now: dt.datetime, trainer_id: uuid.UUID | None = None, contact_id: uuid.UUID | None = None,
    replaces_id: uuid.UUID | None = None, limit: int | None = None, at_short_notice: bool = False,
) -> list[TimeSlot]:  # fmt: skip
    """The free starts from `start` to before `end`; with `limit`, so many spread over the window.

    For a person (`contact_id`), their own open hold and the place to be replaced count
    as free and times that overlap their other bookings are left out.
    """
    taken = places.read(
        session,
        facts,
        offering,
        start=start,
        end=end,
        now=now,
        contact_id=contact_id,
        replaces_id=replaces_id,
    )
    slots = availability.time_slots(
        facts,
        offering,
        taken,
        start=start,
        end=end,
        now=now,
        trainer_id=trainer_id,
        at_short_notice=at_short_notice,
    )
    return slots if limit is None else alternatives.spread(slots, limit, zone=facts.zone)


def near_times(
    session: TenantSession, facts: GymFacts, offering: OfferingFact, wished: dt.datetime, *, now: dt.datetime,
    trainer_id: uuid.UUID | None = None, contact_id: uuid.UUID | None = None, replaces_id: uuid.UUID | None = None,
    limit: int = ALTERNATIVES, at_short_notice: bool = False,
) -> list[TimeSlot]:  # fmt: skip
    """Up to `limit` free starts near `wished`, same day first; with a trainer named, theirs and one of anybody's.

    Where nothing is free around the wish, the soonest days that have something.
    """
    last = facts.instant(dt.datetime.combine(availability.last_bookable_day(facts, now), dt.time()))
    around = min(max(wished, now), last)
    found: list[TimeSlot] = []
    for reach in LOOK_AROUND:
        window = {"start": max(now, around - reach), "end": around + reach}
        taken = places.read(
            session, facts, offering, **window, now=now, contact_id=contact_id, replaces_id=replaces_id
        )

        def look(
            trainer: uuid.UUID | None,
            most: int,
            window: dict[str, dt.datetime] = window,
            taken: Taken = taken,
            fill: bool = reach is LOOK_AROUND[-1],
        ) -> list[TimeSlot]:
            slots = availability.time_slots(
                facts, offering, taken, **window, now=now, trainer_id=trainer, at_short_notice=at_short_notice
            )
            return alternatives.nearest(slots, wished, most, zone=facts.zone, fill=fill)

        found = look(trainer_id, limit)
        if trainer_id is not None:
            others = [slot for slot in look(None, 1) if all(slot.starts_at != own.starts_at for own in found)]
            if others:
                closest = sorted(found, key=lambda slot: abs(slot.starts_at - wished))[: limit - 1]
                found = sorted([*closest, *others], key=lambda slot: slot.starts_at)
        if len(found) >= limit:
            break
    return found


def why_not(
    session: TenantSession, facts: GymFacts, offering: OfferingFact, starts_at: dt.datetime, *, now: dt.datetime,
    trainer_id: uuid.UUID | None = None, contact_id: uuid.UUID | None = None, replaces_id: uuid.UUID | None = None,
    at_short_notice: bool = False,
) -> Refusal | None:  # fmt: skip
    """Why a time cannot be had at this moment; None where it can. Holds nothing."""
    starts_at = starts_at.astimezone(dt.UTC)
    taken = places.read(
        session, facts, offering, start=starts_at, end=starts_at, now=now, contact_id=contact_id,
        replaces_id=replaces_id,
    )  # fmt: skip
    return availability.why_not(
        facts, offering, taken, starts_at, now=now, trainer_id=trainer_id, at_short_notice=at_short_notice
    )


def ensure_possible(session: TenantSession, facts: GymFacts, wish: Wish) -> Taken:
    """What is taken on that day, once it is clear that the wish can be had.

    Raises `NotPossible`, `TimeTaken` or `ClassFull` with alternatives, or `AlreadyBooked`.
    """
    taken = places.read(
        session, facts, wish.offering, start=wish.starts_at, end=wish.starts_at + wish.offering.lasts, now=wish.now,
        contact_id=wish.contact_id, replaces_id=wish.replaces_id,
    )  # fmt: skip
    ends_at = wish.starts_at + wish.offering.lasts
    if any(own.starts_at < ends_at and wish.starts_at < own.ends_at for own in taken.own):
        raise _already_booked(session, wish, ends_at)
    refusal = availability.why_not(
        facts, wish.offering, taken, wish.starts_at, now=wish.now, trainer_id=wish.trainer_id,
        at_short_notice=wish.at_short_notice,
    )  # fmt: skip
    if refusal is None:
        return taken
    near = near_times(
        session, facts, wish.offering, wish.starts_at, now=wish.now, trainer_id=wish.trainer_id,
        contact_id=wish.contact_id, replaces_id=wish.replaces_id, at_short_notice=wish.at_short_notice,
    )  # fmt: skip
    if refusal.code == "taken":
        raise TimeTaken(refusal=refusal, alternatives=near)
    if refusal.code == "full":
        raise ClassFull(
            refusal=refusal,
            alternatives=near,
            scheduled_class_id=refusal.scheduled_class_id,
            waiting=refusal.waiting,
        )
    raise NotPossible(refusal=refusal, alternatives=near)


def _already_booked(session: TenantSession, wish: Wish, ends_at: dt.datetime) -> AlreadyBooked:
    other = session.exec(
        select(Booking)
        .where(
            Booking.contact_id == wish.contact_id,
            col(Booking.status).in_(["booked", "in_progress"]),
            Booking.starts_at < ends_at,
            Booking.ends_at > wish.starts_at,
            col(Booking.id).is_distinct_from(wish.replaces_id),
        )
        .order_by(col(Booking.starts_at))
    ).first()
    is_same = other is not None and (other.offering_id, other.starts_at) == (wish.offering.id, wish.starts_at)
    return AlreadyBooked(
        booking_id=other.id if other else None, starts_at=other.starts_at if other else None, is_same=is_same
    )
