"""Whatever people do in whatever order: no trainer in two places, no seat sold twice, no lie about free times."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from crm import bookings, waitlist
from crm.errors import CrmError
from crm.models import Booking
from tests.crm.calendar_desk import Desk

SEATS = 2
PEOPLE = 5
START = "2026-11-26 06:00"
"""A Thursday, on which Strength Foundations is taught from 12 to 13 by the only trainer who is in before."""
TIMES = [f"2026-11-26 {hour:02}:{minute:02}" for hour in (9, 10, 11, 12, 13) for minute in (0, 15, 30, 45)]
KEYS = ["trial", "pt60", "foundations", "foundations", "trial"]

IN_TWO_PLACES = """
    SELECT count(*) FROM bookings a JOIN bookings b ON a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    WHERE a.status IN ('held', 'booked', 'in_progress') AND b.status IN ('held', 'booked', 'in_progress')
      AND (a.contact_id = b.contact_id AND a.status = 'booked' AND b.status = 'booked'
        OR a.trainer_id = b.trainer_id AND a.scheduled_class_id IS DISTINCT FROM b.scheduled_class_id
          AND a.contact_id <> b.contact_id)"""
TIMES_WITHOUT_BOOKING = """
    SELECT count(*) FROM trainer_times t JOIN bookings b ON b.id = t.booking_id
    WHERE b.status IN ('cancelled', 'released') OR b.trainer_id <> t.trainer_id OR b.starts_at <> t.starts_at
      OR b.ends_at <> t.ends_at"""
BOOKINGS_WITHOUT_TIME = """
    SELECT count(*) FROM bookings b WHERE b.scheduled_class_id IS NULL
      AND b.status IN ('held', 'booked', 'in_progress')
      AND 1 <> (SELECT count(*) FROM trainer_times t WHERE t.booking_id = b.id)"""
OVERSOLD = f"""
    SELECT count(*) FROM (SELECT count(*) AS sold, max(seat) AS highest FROM bookings
      WHERE scheduled_class_id IS NOT NULL AND status IN ('held', 'booked', 'in_progress', 'attended', 'no_show')
      GROUP BY scheduled_class_id) s WHERE sold > {SEATS} OR highest > {SEATS}"""
SEVERAL_HOLDS = """
    SELECT count(*) FROM (SELECT contact_id FROM bookings WHERE status = 'held' AND created_by <> 'waitlist'
      GROUP BY contact_id HAVING count(*) > 1) s"""
OFFERED_WITHOUT_SEAT = """
    SELECT count(*) FROM waitlist_entries w LEFT JOIN bookings b ON b.id = w.offered_booking_id
    WHERE w.status = 'offered' AND b.status NOT IN ('held', 'released')"""
NEVER = {
    "in two places": IN_TWO_PLACES, "time without booking": TIMES_WITHOUT_BOOKING,
    "booking without time": BOOKINGS_WITHOUT_TIME, "oversold": OVERSOLD, "several holds": SEVERAL_HOLDS,
    "offered without seat": OFFERED_WITHOUT_SEAT,
}  # fmt: skip


class Calendar(RuleBasedStateMachine):
    """Some people, one day, everything that can be done."""

    desk: Desk
    people: list[uuid.UUID]

    def __init__(self) -> None:
        super().__init__()
        self.now = self.desk.at(START)
        self.made: list[uuid.UUID] = []
        with self.desk.session() as session:
            for table in ("trainer_times", "waitlist_entries", "bookings", "scheduled_classes"):
                session.connection().execute(text(f"DELETE FROM {table}"))
        self.wish(0, "foundations", "2026-11-26 12:00", False, None, False)
        self.wish(1, "foundations", "2026-11-26 12:00", False, None, True)
        self.wish(2, "trial", "2026-11-26 10:00", True, None, False)
        self.somebody_queues(3)

    def wish(
        self, person: int, key: str, when: str, aoife: bool, replaces: uuid.UUID | None, hold: bool
    ) -> None:
        """Ask what is free, then ask for the time: the two must agree."""
        desk, contact, at = self.desk, self.people[person], self.desk.at(when)
        trainer = desk.trainer("aoife") if aoife else None
        options: dict[str, Any] = {"now": self.now, "replaces_id": replaces, "trainer_id": trainer}
        with desk.session() as session:
            listed = bookings.free_times(
                session, desk.facts, desk.offering(key), start=at, end=at + dt.timedelta(minutes=1),
                contact_id=contact, at_short_notice=not hold, **options,
            )  # fmt: skip
            act = bookings.hold if hold else bookings.book
            refused: CrmError | None = None
            try:
                booking = act(
                    session, desk.facts, contact, desk.offering(key), at, created_by="bot", **options
                )
                self.made.append(booking.id)
            except CrmError as error:
                refused = error
        if refused is None:
            assert listed, f"{key} at {when} was not listed as free, but could be had"
        else:
            is_elsewhere = refused.code in ("conflict", "invalid") or refused.data.get("is_same") is True
            assert not listed or is_elsewhere, (
                f"{key} at {when} was listed as free, then refused: {refused!r}"
            )
            assert all(slot.starts_at >= self.now for slot in getattr(refused, "alternatives", ()))

    def one(self, number: int) -> Booking | None:
        if not self.made:
            return None
        return self.desk.booking(self.made[-1 - number % len(self.made)])

    def attempt(self, operation: Any, number: int, **options: Any) -> None:
        booking = self.one(number)
        if booking is None:
            return
        with self.desk.session() as session:
            try:
                operation(session, self.desk.facts, booking.id, now=self.now, **options)
            except CrmError:
                return

    people_numbers = st.integers(0, PEOPLE - 1)
    numbers = st.integers(0, 5)

    @rule(
        person=people_numbers,
        key=st.sampled_from(KEYS),
        when=st.sampled_from(TIMES),
        aoife=st.booleans(),
        hold=st.booleans(),
    )
    def somebody_wants_a_place(self, person: int, key: str, when: str, aoife: bool, hold: bool) -> None:
        self.wish(person, key, "2026-11-26 12:00" if key == "foundations" else when, aoife, None, hold)

    @rule(number=numbers, when=st.sampled_from(TIMES), hold=st.booleans())
    def somebody_wants_to_move(self, number: int, when: str, hold: bool) -> None:
        old = self.one(number)
        if old is not None and old.scheduled_class_id is None:
            person = self.people.index(old.contact_id)
            self.wish(person, self.desk.facts.offering_by_id(old.offering_id).key, when, False, old.id, hold)

    @rule(number=numbers)
    def somebody_confirms(self, number: int) -> None:
        self.attempt(bookings.confirm, number)

    @rule(number=numbers, offered=st.booleans())
    def somebody_cancels(self, number: int, offered: bool) -> None:
        booking = self.one(number)
        self.attempt(bookings.cancel, number, by="contact")
        if offered and booking is not None and booking.scheduled_class_id is not None:
            with self.desk.session() as session:
                waitlist.offer_next(session, self.desk.facts, booking.scheduled_class_id, now=self.now)

    @rule(number=numbers)
    def somebody_takes_a_cancellation_back(self, number: int) -> None:
        self.attempt(bookings.undo_cancel, number)

    @rule(number=numbers)
    def somebody_takes_a_move_back(self, number: int) -> None:
        self.attempt(bookings.undo_move, number)

    @rule(person=people_numbers)
    def somebody_queues(self, person: int) -> None:
        at = self.desk.at("2026-11-26 12:00")
        with self.desk.session() as session:
            try:
                waitlist.join(
                    session,
                    self.desk.facts,
                    self.people[person],
                    self.desk.offering("foundations"),
                    at,
                    now=self.now,
                )
            except CrmError:
                return

    @rule(person=people_numbers, leaves=st.booleans())
    def somebody_answers_an_offer(self, person: int, leaves: bool) -> None:
        with self.desk.session() as session:
            for entry in waitlist.list_of_contact(session, self.people[person]):
                try:
                    act = waitlist.leave if leaves else waitlist.accept
                    act(session, self.desk.facts, entry.id, now=self.now)
                except CrmError:
                    continue

    @rule(minutes=st.sampled_from([1, 11, 31, 45]))
    def time_passes(self, minutes: int) -> None:
        self.now += dt.timedelta(minutes=minutes)

    @rule()
    def the_sweeper_comes(self) -> None:
        with self.desk.session() as session:
            bookings.release_expired(session, now=self.now)
            waitlist.expire_due(session, self.desk.facts, now=self.now)

    @invariant()
    def nothing_impossible_is_in_the_books(self) -> None:
        with self.desk.session() as session:
            for name, query in NEVER.items():
                assert session.connection().execute(text(query)).scalar_one() == 0, name


@pytest.fixture
def day(desk: Desk) -> type[Calendar]:
    """A class for two, and five people."""
    offerings = tuple(
        dataclasses.replace(one, capacity=SEATS) if one.key == "foundations" else one
        for one in desk.facts.offerings
    )
    desk.facts = dataclasses.replace(desk.facts, offerings=offerings)
    return type("Day", (Calendar,), {"desk": desk, "people": desk.contacts(PEOPLE)})


@pytest.mark.feature("8.7", "M.8")
def test_no_order_of_events_breaks_the_calendar(day: type[Calendar]) -> None:
    run_state_machine_as_test(
        day,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_no_busy_day_breaks_the_calendar(day: type[Calendar], seed: int) -> None:
    """Denser than what Hypothesis draws, which likes short and simple days."""
    chance = random.Random(seed)
    calendar = day()
    for _ in range(300):
        person, number, heads = chance.randrange(PEOPLE), chance.randrange(6), chance.random() < 0.5
        events: list[tuple[Any, ...]] = [
            (
                calendar.somebody_wants_a_place,
                person,
                chance.choice(KEYS),
                chance.choice(TIMES),
                heads,
                number > 2,
            ),
            (calendar.somebody_wants_to_move, number, chance.choice(TIMES), heads),
            (calendar.somebody_confirms, number // 3),
            (calendar.somebody_cancels, number, heads),
            (calendar.somebody_takes_a_cancellation_back, number // 2),
            (calendar.somebody_takes_a_move_back, number // 2),
            (calendar.somebody_queues, person),
            (calendar.somebody_answers_an_offer, person, heads),
            (calendar.time_passes, 1 if heads else 11),
            (calendar.the_sweeper_comes,),
        ]
        act, *details = chance.choices(
            events,
            weights=[8, 6, 6, 4, 3, 4, 2, 2, 1, 1],
        )[0]
        act(*details)
        calendar.nothing_impossible_is_in_the_books()
