"""Hold, book, move, cancel and attend.

A place is sold once: every write takes its locks (`crm.locks`), gives up holds that have
run out, and inserts where the database's own constraints let it. What `free_times`
shows is what `hold` accepts, because both ask `crm.availability`.

Nothing here sends, reminds or scores: callers act on the bookings that are returned.
After a place in a class was freed (cancelled, moved, released) the caller asks
`crm.waitlist.offer_next` for that `scheduled_class_id`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from crm import availability, locks, places, scheduled_classes
from crm.attendance import complete, mark_no_show, reopen, start
from crm.availability import Taken
from crm.booking_lists import (
    AgendaLine,
    Attendee,
    agenda,
    count_bookings,
    family,
    find_for,
    get_booking,
    list_bookings,
    of_contact,
    offering_of,
    upcoming,
)
from crm.db import TenantSession
from crm.errors import Conflict, Invalid
from crm.facts import GymFacts, OfferingFact
from crm.models import Booking, new_id
from crm.wishes import (
    AlreadyBooked,
    ClassFull,
    NotPossible,
    Refused,
    TimeTaken,
    Wish,
    ensure_possible,
    free_times,
    near_times,
    why_not,
)

__all__ = [
    "AgendaLine",
    "AlreadyBooked",
    "Attendee",
    "ClassFull",
    "NotPossible",
    "Refused",
    "TimeTaken",
    "agenda",
    "book",
    "cancel",
    "complete",
    "confirm",
    "count_bookings",
    "family",
    "find_for",
    "free_times",
    "get_booking",
    "hold",
    "is_late",
    "list_bookings",
    "mark_no_show",
    "move",
    "near_times",
    "of_contact",
    "offering_of",
    "release_expired",
    "reopen",
    "start",
    "undo_cancel",
    "undo_move",
    "upcoming",
    "why_not",
]


class _Lost(Exception):
    """Another writer was faster."""


def is_late(facts: GymFacts, booking: Booking, *, now: dt.datetime) -> bool:
    """Whether cancelling now would be late by the gym's policy."""
    return booking.starts_at - now < facts.rules.late_cancel_for


def hold(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, offering: OfferingFact, starts_at: dt.datetime, *,
    now: dt.datetime, created_by: str, trainer_id: uuid.UUID | None = None, replaces_id: uuid.UUID | None = None,
    at_short_notice: bool = False,
) -> Booking:  # fmt: skip
    """Keep a place for some minutes while the person makes up their mind.

    Without `trainer_id` the free trainer with the emptiest day gets it (on a move, the
    one the person had). An earlier hold of the person is given up for it. `replaces_id`
    names the booking to be moved: it stands until the new place is confirmed.

    Raises `NotPossible`, `TimeTaken` or `ClassFull`, each with its refusal and free
    alternatives, `AlreadyBooked`, or `Conflict` where the booking cannot be moved; then
    nothing has changed, an earlier hold included.
    """
    wish = Wish(
        contact_id, offering, starts_at.astimezone(dt.UTC), trainer_id, replaces_id, at_short_notice, now
    )
    return _place(session, facts, wish, created_by=created_by, hold_for=facts.rules.hold_for)


def book(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, offering: OfferingFact, starts_at: dt.datetime, *,
    now: dt.datetime, created_by: str, trainer_id: uuid.UUID | None = None, replaces_id: uuid.UUID | None = None,
    at_short_notice: bool = True,
) -> Booking:  # fmt: skip
    """Hold and confirm in one step, as staff do; the minimum notice does not bind them. Raises like `hold`."""
    wish = Wish(
        contact_id, offering, starts_at.astimezone(dt.UTC), trainer_id, replaces_id, at_short_notice, now
    )
    return _place(session, facts, wish, created_by=created_by, hold_for=None)


def move(
    session: TenantSession, facts: GymFacts, booking_id: uuid.UUID, starts_at: dt.datetime, *, now: dt.datetime,
    created_by: str, trainer_id: uuid.UUID | None = None, offering: OfferingFact | None = None,
    at_short_notice: bool = True,
) -> Booking:  # fmt: skip
    """Book another time in a booking's stead, in one step; returns the new one. Raises like `hold`."""
    old = get_booking(session, booking_id)
    return book(
        session, facts, old.contact_id, offering or facts.offering_by_id(old.offering_id), starts_at, now=now,
        created_by=created_by, trainer_id=trainer_id, replaces_id=old.id, at_short_notice=at_short_notice,
    )  # fmt: skip


def confirm(session: TenantSession, facts: GymFacts, booking_id: uuid.UUID, *, now: dt.datetime) -> Booking:
    """Make a hold a booking; confirming twice does no harm.

    Where the hold ran out and the place is still free it is taken again, with the same
    trainer and by today's rules. Of a move, the old booking is cancelled with it
    (`moved_to_id` set). Raises like `hold`, and `Conflict` where the booking has ended.
    """
    booking = places.confirm(session, booking_id, now=now)
    if booking is None:
        booking = get_booking(session, booking_id)
        if booking.status == "booked":
            return booking
        if booking.status not in ("held", "released"):
            raise Conflict("the booking has ended", status=booking.status, booking_id=booking.id)
        try:
            booking = _take_again(session, facts, booking, now=now, by_rules=True)
        except AlreadyBooked as error:
            if error.data.get("booking_id") != booking_id:
                raise
            # Confirmed twice at the same moment; the other one did it.
            return get_booking(session, booking_id)
    return _settle(session, booking, now)


def cancel(
    session: TenantSession, facts: GymFacts, booking_id: uuid.UUID, *, now: dt.datetime, by: str,
    reason: str | None = None,
) -> Booking:  # fmt: skip
    """Give a place up; a hold is released, a booking cancelled with `late_cancel` set where it was late.

    `by` is the actor (contact, bot, ``staff:<key>`` ...). What the gym's staff cancel
    never counts as late, and they alone can cancel what has started. Raises `Conflict`
    (with `status`) where there is nothing to cancel.
    """
    booking = get_booking(session, booking_id)
    by_staff = by.startswith("staff")
    if booking.status == "held":
        ended = places.end(session, booking.id, now=now, expected="held", status="released", reason=reason)
    elif booking.starts_at <= now and not by_staff:
        raise Conflict("it has started", status=booking.status, booking_id=booking.id)
    else:
        late = not by_staff and is_late(facts, booking, now=now)
        ended = places.end(session, booking.id, now=now, expected="booked", reason=reason, late=late)
    if ended is None:
        raise Conflict(
            "there is nothing to cancel",
            status=get_booking(session, booking_id).status,
            booking_id=booking_id,
        )
    return ended


def undo_cancel(
    session: TenantSession, facts: GymFacts, booking_id: uuid.UUID, *, now: dt.datetime
) -> Booking:
    """Let a cancelled booking stand again if its place is free.

    Raises `TimeTaken`, `ClassFull` or `AlreadyBooked` where it is not, `NotPossible`
    where it has begun, `Conflict` where the booking was not cancelled, or was moved.
    """
    booking = get_booking(session, booking_id)
    if booking.status != "cancelled" or booking.moved_to_id is not None:
        raise Conflict("it was not cancelled", status=booking.status, booking_id=booking.id)
    booking = _take_again(session, facts, booking, now=now)
    places.leave_queue(session, booking)
    return booking


def undo_move(session: TenantSession, facts: GymFacts, booking_id: uuid.UUID, *, now: dt.datetime) -> Booking:
    """Take a move back: the old booking (returned) stands again, the new one, `booking_id`, is cancelled.

    Raises like `undo_cancel`; then the new one stands as it did.
    """
    new = get_booking(session, booking_id)
    old = get_booking(session, new.replaces_id) if new.replaces_id else None
    if new.status != "booked" or old is None or old.status != "cancelled" or old.moved_to_id != new.id:
        raise Conflict("there is no move to take back", status=new.status, booking_id=new.id)
    return _take_again(session, facts, old, now=now, instead_of=new)


def release_expired(session: TenantSession, *, now: dt.datetime) -> list[Booking]:
    """Give up every hold that has run out and return them, so that their people can be told.

    Seats held for the waitlist are left to `crm.waitlist.expire_due`.
    """
    session.flush()
    return places.release_expired(session, now=now)


def _place(
    session: TenantSession, facts: GymFacts, wish: Wish, *, created_by: str, hold_for: dt.timedelta | None
) -> Booking:
    """Write the wished place as a hold, or as a booking where it is not to be held."""
    session.flush()
    old = _movable(session, wish)
    for _ in range(locks.ATTEMPTS):
        taken = ensure_possible(session, facts, wish)
        offered = taken.offered.get((wish.offering.id, wish.starts_at))
        if offered is not None:
            # The waitlist holds a seat for them there already.
            return (
                get_booking(session, offered) if hold_for else confirm(session, facts, offered, now=wish.now)
            )
        draft = Booking(
            gym_id=session.gym_id, id=new_id(), contact_id=wish.contact_id, offering_id=wish.offering.id,
            starts_at=wish.starts_at, ends_at=wish.starts_at + wish.offering.lasts, replaces_id=wish.replaces_id,
            status="held" if hold_for else "booked", hold_expires_at=wish.now + hold_for if hold_for else None,
            created_by=created_by, created_at=wish.now,
        )  # fmt: skip
        try:
            if wish.offering.is_class:
                return _write_seat(session, wish, taken, draft)
            trainers = list(
                availability.free_trainers(facts, wish.offering, taken, wish.starts_at, wish.trainer_id)
            )
            if old is not None and old.trainer_id in trainers:
                trainers.sort(key=lambda trainer_id: trainer_id != old.trainer_id)
            return _write_session(session, wish, trainers, draft)
        except _Lost:
            continue
    raise locks.Busy(attempts=locks.ATTEMPTS)


def _movable(session: TenantSession, wish: Wish) -> Booking | None:
    if wish.replaces_id is None:
        return None
    old = get_booking(session, wish.replaces_id)
    if old.contact_id != wish.contact_id:
        raise Invalid("that booking is another person's", field="replaces_id")
    if old.status != "booked" or old.starts_at <= wish.now:
        raise Conflict("that booking can no longer be moved", status=old.status, booking_id=old.id)
    same_trainer = wish.trainer_id in (None, old.trainer_id)
    if (old.offering_id, old.starts_at) == (wish.offering.id, wish.starts_at) and same_trainer:
        raise AlreadyBooked(booking_id=old.id, starts_at=old.starts_at, is_same=True)
    return old


def _write_session(
    session: TenantSession, wish: Wish, trainers: Sequence[uuid.UUID], draft: Booking
) -> Booking:
    def write() -> Booking:
        places.release(session, now=wish.now, contact_id=wish.contact_id, trainer_ids=trainers)
        for trainer_id in trainers:
            draft.trainer_id = trainer_id
            booking = places.take_trainer(session, draft)
            if booking is not None:
                return _settle(session, booking, wish.now)
        raise _Lost

    keys = [locks.trainer_key(session, trainer_id) for trainer_id in trainers]
    return locks.run_locked(session, [locks.contact_key(session, wish.contact_id), *keys], write)


def _write_seat(session: TenantSession, wish: Wish, taken: Taken, draft: Booking) -> Booking:
    offering = wish.offering
    known = taken.occurrences.get((offering.id, wish.starts_at))

    def write() -> Booking:
        if known is None or known.scheduled_class_id is None:
            draft.scheduled_class_id = scheduled_classes.ensure_row(session, offering, wish.starts_at)
        else:
            draft.scheduled_class_id, draft.ends_at = known.scheduled_class_id, known.ends_at
        places.release(
            session, now=wish.now, contact_id=wish.contact_id, scheduled_class_id=draft.scheduled_class_id
        )
        booking = places.take_seat(session, draft)
        if booking is None:
            raise _Lost
        return _settle(session, booking, wish.now)

    keys = [
        locks.contact_key(session, wish.contact_id),
        locks.class_key(session, offering.id, wish.starts_at),
    ]
    if known is None and offering.trainer_id is not None:
        keys.append(locks.trainer_key(session, offering.trainer_id))
    return locks.run_locked(session, keys, write)


def _settle(session: TenantSession, booking: Booking, now: dt.datetime) -> Booking:
    """What becoming booked brings with it: the moved booking ends, the person leaves the queue."""
    if booking.status == "booked":
        if booking.replaces_id is not None:
            _end_moved(session, booking, now)
        places.leave_queue(session, booking)
    return booking


def _end_moved(session: TenantSession, booking: Booking, now: dt.datetime) -> None:
    replaced: uuid.UUID | None = booking.replaces_id
    while replaced is not None and replaced != booking.id:
        moved = places.end(
            session, replaced, now=now, expected="booked", reason="moved", moved_to_id=booking.id
        )
        if moved is not None:
            booking.replaces_id = moved.id
            session.flush()
            return
        # It was moved elsewhere while this place was held: what it became gives way instead.
        replaced = get_booking(session, replaced).moved_to_id


def _take_again(
    session: TenantSession, facts: GymFacts, booking: Booking, *, now: dt.datetime, by_rules: bool = False,
    instead_of: Booking | None = None,
) -> Booking:  # fmt: skip
    """Let a booking stand again at its old place, and end `instead_of` with it.

    Without `by_rules` only a place that is taken or past is refused: what was agreed
    once is not measured by rules that have changed since.
    """
    offering = facts.offering_by_id(booking.offering_id)
    giver = None if offering.is_class else booking.trainer_id
    replaces_id = instead_of.id if instead_of else booking.replaces_id
    is_early_enough = by_rules and not booking.created_by.startswith(("staff", places.BY_WAITLIST))
    wish = Wish(booking.contact_id, offering, booking.starts_at, giver, replaces_id, not is_early_enough, now)
    for _ in range(locks.ATTEMPTS):
        try:
            ensure_possible(session, facts, wish)
        except NotPossible as error:
            if by_rules or error.refusal is None or error.refusal.code == "past":
                raise

        def write() -> Booking:
            if instead_of is not None:
                places.end(
                    session,
                    instead_of.id,
                    now=now,
                    expected="booked",
                    reason="move undone",
                    moved_to_id=booking.id,
                )
            places.release(
                session, now=now, contact_id=booking.contact_id if by_rules else None,
                trainer_ids=[giver] if giver else [], scheduled_class_id=booking.scheduled_class_id,
            )  # fmt: skip
            found = places.retake(session, booking, now=now, replaces_id=replaces_id)
            if found is None:
                raise _Lost
            return found

        keys = [locks.contact_key(session, booking.contact_id)]
        keys.append(
            locks.trainer_key(session, giver)
            if giver
            else locks.class_key(session, offering.id, booking.starts_at)
        )
        try:
            return locks.run_locked(session, keys, write)
        except _Lost:
            continue
    raise TimeTaken(alternatives=near_times(session, facts, offering, booking.starts_at, now=now))
