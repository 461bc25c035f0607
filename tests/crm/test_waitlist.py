"""The queue for a full class."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from crm import bookings, scheduled_classes, waitlist
from crm.bookings import AlreadyBooked, ClassFull, NotPossible
from crm.errors import Conflict, Invalid
from crm.models import Booking
from crm.waitlist import Offer, PlaceFree, Queued
from tests.crm.calendar_desk import Desk

TUESDAY = "2026-11-24 12:00"
MINUTE = dt.timedelta(minutes=1)


class FullClass:
    """Tuesday's Strength Foundations with eight people, and a queue."""

    def __init__(self, desk: Desk, *, when: str = TUESDAY, key: str = "foundations") -> None:
        self.desk, self.when, self.offering = desk, when, desk.offering(key)
        self.booked: list[Booking] = [
            desk.book(person, key, when) for person in desk.contacts(self.offering.capacity)
        ]
        assert self.booked[0].scheduled_class_id is not None
        self.id: uuid.UUID = self.booked[0].scheduled_class_id

    def join(self, contact: uuid.UUID, **options: Any) -> Queued:
        options = {"now": self.desk.now} | options
        with self.desk.session() as session:
            return waitlist.join(
                session, self.desk.facts, contact, self.offering, self.desk.at(self.when), **options
            )

    def free_one(self, number: int = 0, *, at: str | None = None) -> Offer | None:
        """Cancel a place and offer it, in one transaction as the doors do."""
        now = self.desk.at(at) if at else self.desk.now
        with self.desk.session() as session:
            bookings.cancel(session, self.desk.facts, self.booked[number].id, now=now, by="contact")
            return waitlist.offer_next(session, self.desk.facts, self.id, now=now)

    def accept(self, queued: Queued, *, at: str | None = None) -> Booking:
        with self.desk.session() as session:
            now = self.desk.at(at) if at else self.desk.now
            return waitlist.accept(session, self.desk.facts, queued.entry.id, now=now)

    def expire(self, at: dt.datetime) -> list[waitlist.Expired]:
        with self.desk.session() as session:
            return waitlist.expire_due(session, self.desk.facts, now=at)

    def seats(self) -> int:
        return self.desk.count("bookings", "status IN ('held', 'booked')")

    def status(self, queued: Queued) -> str:
        with self.desk.session() as session:
            return waitlist.get_entry(session, queued.entry.id).status


@pytest.fixture
def full(desk: Desk) -> FullClass:
    return FullClass(desk)


@pytest.mark.feature("8.25")
def test_people_queue_in_order_and_once(full: FullClass) -> None:
    first, second = full.desk.contacts(2)
    assert full.join(first).position == 1
    assert full.join(second).position == 2
    assert full.join(first).position == 1, "asking again keeps the place in the queue"
    with full.desk.session() as session:
        assert [one.entry.contact_id for one in waitlist.queue(session, full.id)] == [first, second]
        assert len(waitlist.list_of_contact(session, first)) == 1
    with pytest.raises(ClassFull) as caught:
        full.desk.hold(full.desk.contact(), "foundations", TUESDAY)
    assert caught.value.data["waiting"] == 2


def test_nobody_queues_where_there_is_a_seat_or_no_class(full: FullClass) -> None:
    desk = full.desk
    full.desk.cancel(full.booked[0])
    with pytest.raises(PlaceFree):
        full.join(desk.contact())
    with pytest.raises(AlreadyBooked):
        full.join(full.booked[1].contact_id)
    with desk.session() as session:
        with pytest.raises(Invalid):
            waitlist.join(
                session, desk.facts, desk.contact(), desk.offering("trial"), desk.at(TUESDAY), now=desk.now
            )
        with pytest.raises((PlaceFree, NotPossible)):
            waitlist.join(
                session, desk.facts, desk.contact(), full.offering, desk.at("2026-11-24 13:00"), now=desk.now
            )


@pytest.mark.feature("8.25")
def test_a_freed_seat_is_held_for_the_first_in_the_queue(full: FullClass) -> None:
    first, second, stranger = full.desk.contacts(3)
    queued = full.join(first)
    full.join(second)
    offer = full.free_one()
    assert offer is not None
    assert (offer.entry.contact_id, offer.booking.status) == (first, "held")
    assert (offer.tell_at, offer.expires_at) == (full.desk.now, full.desk.now + 30 * MINUTE)
    with pytest.raises(ClassFull):
        full.desk.book(stranger, "foundations", TUESDAY)
    booked = full.accept(queued)
    assert (booked.status, booked.seat, full.status(queued)) == ("booked", 1, "taken")
    assert full.accept(queued).id == booked.id, "a second yes does no harm"
    assert full.seats() == 8


def test_an_offer_that_runs_out_goes_to_the_next_and_to_nobody_in_between(full: FullClass) -> None:
    first, second, stranger = full.desk.contacts(3)
    one, two = full.join(first), full.join(second)
    full.free_one()
    later = full.desk.now + 31 * MINUTE
    with pytest.raises(ClassFull):
        full.desk.hold(stranger, "foundations", TUESDAY, now=later)
    with full.desk.session() as session:
        assert bookings.release_expired(session, now=later) == [], "the waitlist takes its seats back itself"
    (expired,) = full.expire(later)
    assert expired.entry.contact_id == first
    assert expired.next_offer is not None
    assert expired.next_offer.entry.contact_id == second
    assert (full.status(one), full.status(two)) == ("expired", "offered")
    with pytest.raises(ClassFull):
        full.accept(one, at="2026-11-23 09:32")
    assert full.accept(two, at="2026-11-23 09:33").status == "booked"
    assert full.expire(later + 60 * MINUTE) == []


def test_a_late_yes_still_counts_while_the_seat_is_there(full: FullClass) -> None:
    queued = full.join(full.desk.contact())
    full.free_one()
    assert full.accept(queued, at="2026-11-23 09:45").status == "booked", "nobody took it back yet"
    other = full.join(full.desk.contact())
    full.free_one(1)
    full.expire(full.desk.now + 31 * MINUTE)
    assert full.accept(other, at="2026-11-23 10:00").status == "booked", "expired, but the seat is free"
    assert full.seats() == 8


@pytest.mark.parametrize(
    ("freed_at", "tell_at", "expires_at"),
    [
        ("2026-11-23 20:59", "2026-11-23 20:59", "2026-11-23 21:29"),
        ("2026-11-23 21:00", "2026-11-24 08:00", "2026-11-24 08:30"),
        ("2026-11-24 03:00", "2026-11-24 08:00", "2026-11-24 08:30"),
        ("2026-11-24 11:40", "2026-11-24 11:40", "2026-11-24 12:00"),
    ],
)
def test_nobody_is_asked_at_night_and_an_offer_ends_when_the_class_begins(
    full: FullClass, freed_at: str, tell_at: str, expires_at: str
) -> None:
    queued = full.join(full.desk.contact())
    offer = full.free_one(at=freed_at)
    assert offer is not None
    assert full.status(queued) == "offered", "the seat is held through the night"
    assert (full.desk.local(offer.tell_at), full.desk.local(offer.expires_at)) == (tell_at, expires_at)


def test_a_seat_that_cannot_be_answered_for_in_time_is_open_to_everybody(desk: Desk) -> None:
    full = FullClass(desk, when="2026-11-25 07:00", key="hiit_am")
    full.join(desk.contact())
    assert full.free_one(at="2026-11-24 22:00") is None, "the class is over before anybody may be asked"
    assert desk.hold(desk.contact(), "hiit_am", "2026-11-25 07:00", now=desk.at("2026-11-24 22:01")).seat == 1


def test_who_asks_for_the_class_by_name_takes_their_own_offer(full: FullClass) -> None:
    first = full.desk.contact()
    queued = full.join(first)
    offer = full.free_one()
    assert offer is not None
    assert full.desk.hold(first, "foundations", TUESDAY).id == offer.booking.id
    assert full.desk.confirm(offer.booking).status == "booked"
    assert full.status(queued) == "taken"


def test_an_open_offer_survives_other_plans_but_not_a_clash(full: FullClass) -> None:
    first = full.desk.contact()
    queued = full.join(first)
    full.free_one()
    full.desk.book(first, "trial", "2026-11-25 10:00")
    assert full.status(queued) == "offered"
    full.desk.book(first, "trial", "2026-11-24 12:30")
    with pytest.raises(AlreadyBooked):
        full.accept(queued)


def test_who_is_booked_elsewhere_at_that_time_is_passed_over(full: FullClass) -> None:
    busy, free = full.desk.contacts(2)
    full.join(busy)
    full.join(free)
    full.desk.book(busy, "trial", "2026-11-24 12:00")
    offer = full.free_one()
    assert offer is not None
    assert offer.entry.contact_id == free


def test_leaving_passes_the_offer_on(full: FullClass) -> None:
    first, second = full.desk.contacts(2)
    one, two = full.join(first), full.join(second)
    full.free_one()
    with full.desk.session() as session:
        offer = waitlist.leave(session, full.desk.facts, one.entry.id, now=full.desk.now)
    assert offer is not None
    assert offer.entry.id == two.entry.id
    with full.desk.session() as session, pytest.raises(Conflict):
        waitlist.leave(session, full.desk.facts, one.entry.id, now=full.desk.now)
    with full.desk.session() as session:
        assert [queued.entry.id for queued in waitlist.queue(session, full.id)] == [two.entry.id]


def test_two_freed_seats_go_to_two_people(full: FullClass) -> None:
    people = full.desk.contacts(3)
    for person in people:
        full.join(person)
    full.free_one(0)
    offer = full.free_one(1)
    assert offer is not None
    assert offer.entry.contact_id == people[1]
    with full.desk.session() as session:
        assert waitlist.offer_next(session, full.desk.facts, full.id, now=full.desk.now) is None
    assert full.seats() == 8


def test_a_class_that_is_called_off_ends_its_queue(full: FullClass) -> None:
    queued = full.join(full.desk.contact())
    with full.desk.session() as session:
        told = scheduled_classes.cancel(session, full.id, now=full.desk.now, reason="trainer ill")
    assert len(told) == 8
    assert full.status(queued) == "expired"
    assert "12:00" not in full.desk.free("foundations", "2026-11-24 00:00", "2026-11-25 00:00")
    with full.desk.session() as session:
        assert waitlist.offer_next(session, full.desk.facts, full.id, now=full.desk.now) is None


def test_the_queue_ends_when_the_class_begins(full: FullClass) -> None:
    queued = full.join(full.desk.contact())
    full.expire(full.desk.at(TUESDAY))
    assert full.status(queued) == "expired"
