"""A trainer who is away cannot be booked then, whoever asks and however close the race."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from crm import bookings, time_off
from crm.bookings import NotPossible, Refused, TimeTaken
from crm.db import Database
from crm.errors import Conflict, Invalid
from crm.models import Booking, TimeOff
from tests.crm.calendar_desk import Desk

pytestmark = pytest.mark.feature("8.7")


def away(desk: Desk, key: str, start: str, end: str) -> TimeOff:
    with desk.session() as session:
        return time_off.add(
            session, desk.trainer(key), desk.at(start), desk.at(end), now=desk.now, actor="staff:tom"
        )


def test_the_time_is_not_offered_and_cannot_be_had(desk: Desk) -> None:
    assert "10:00" in desk.free(
        "trial", "2026-11-27 00:00", "2026-11-28 00:00", trainer_id=desk.trainer("tom")
    )
    away(desk, "tom", "2026-11-27 00:00", "2026-11-28 00:00")
    assert desk.free("trial", "2026-11-27 00:00", "2026-11-28 00:00", trainer_id=desk.trainer("tom")) == []
    with pytest.raises(NotPossible) as refused:
        desk.book(desk.contact(), "trial", "2026-11-27 10:00", trainer_id=desk.trainer("tom"))
    assert refused.value.refusal is not None
    assert (refused.value.refusal.code, refused.value.refusal.hours) == ("trainer_away", ())
    assert refused.value.alternatives


def test_others_are_booked_instead_and_where_nobody_is_in_it_is_said(desk: Desk) -> None:
    away(desk, "tom", "2026-11-27 09:00", "2026-11-27 17:00")
    booking = desk.book(desk.contact(), "trial", "2026-11-27 10:00")
    assert desk.key(booking.trainer_id) == "aoife"
    with pytest.raises(NotPossible) as refused:
        desk.book(desk.contact(), "trial", "2026-11-27 14:00")
    assert refused.value.refusal is not None
    assert refused.value.refusal.code == "no_trainer"
    assert all(desk.key(one) == "aoife" for one, _ in refused.value.refusal.trainers_in)


def test_a_part_of_the_day_leaves_the_rest(desk: Desk) -> None:
    away(desk, "tom", "2026-11-27 11:00", "2026-11-27 15:00")
    free = desk.free("trial", "2026-11-27 00:00", "2026-11-28 00:00", trainer_id=desk.trainer("tom"))
    assert [free[0], free[-1]] == ["09:00", "16:15"]
    assert "10:15" in free
    assert not {"10:30", "11:00", "14:45"} & set(free)
    assert "15:00" in free


def test_what_was_booked_before_stands_and_can_be_moved_away(desk: Desk) -> None:
    ana = desk.contact()
    booking = desk.book(ana, "trial", "2026-11-27 10:00", trainer_id=desk.trainer("tom"))
    away(desk, "tom", "2026-11-27 00:00", "2026-11-28 00:00")
    assert desk.booking(booking.id).status == "booked"
    moved = desk.book(ana, "trial", "2026-11-30 10:00", replaces_id=booking.id)
    assert moved.status == "booked"
    with desk.session() as session, pytest.raises(TimeTaken):
        bookings.undo_move(session, desk.facts, moved.id, now=desk.now)


def test_a_cancelled_booking_does_not_come_back_into_it(desk: Desk) -> None:
    booking = desk.book(desk.contact(), "trial", "2026-11-27 10:00", trainer_id=desk.trainer("tom"))
    off = away(desk, "tom", "2026-11-27 00:00", "2026-11-28 00:00")
    desk.cancel(booking, by="staff:lena")
    with desk.session() as session, pytest.raises(TimeTaken):
        bookings.undo_cancel(session, desk.facts, booking.id, now=desk.now)
    with desk.session() as session:
        time_off.take_back(session, off.id, now=desk.now, actor="staff:tom")
    with desk.session() as session:
        assert bookings.undo_cancel(session, desk.facts, booking.id, now=desk.now).status == "booked"


def test_an_open_hold_in_it_is_given_up_and_confirming_asks_anew(desk: Desk) -> None:
    held = desk.hold(desk.contact(), "trial", "2026-11-27 10:00", trainer_id=desk.trainer("tom"))
    away(desk, "tom", "2026-11-27 00:00", "2026-11-28 00:00")
    assert desk.booking(held.id).status == "released"
    with pytest.raises(NotPossible):
        desk.confirm(held)


def test_classes_stay_on(desk: Desk) -> None:
    away(desk, "priya", "2026-11-26 00:00", "2026-11-27 00:00")
    assert desk.free("yoga", "2026-11-26 00:00", "2026-11-27 00:00") == ["19:00"]


def test_taken_back_the_time_is_free_again_and_only_once(desk: Desk) -> None:
    off = away(desk, "tom", "2026-11-27 00:00", "2026-11-28 00:00")
    with desk.session() as session:
        time_off.take_back(session, off.id, now=desk.now, actor="staff:tom")
        assert time_off.list_ahead(session, now=desk.now) == []
    assert "10:00" in desk.free(
        "trial", "2026-11-27 00:00", "2026-11-28 00:00", trainer_id=desk.trainer("tom")
    )
    with desk.session() as session, pytest.raises(Conflict):
        time_off.take_back(session, off.id, now=desk.now, actor="staff:tom")


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid):
        away(desk, "tom", "2026-11-28 00:00", "2026-11-27 00:00")
    with pytest.raises(Invalid):
        away(desk, "tom", "2026-11-20 00:00", "2026-11-21 00:00")
    away(desk, "tom", "2026-11-27 00:00", "2026-11-30 00:00")
    with pytest.raises(time_off.AwayAlready):
        away(desk, "tom", "2026-11-28 00:00", "2026-11-29 00:00")
    assert away(desk, "tom", "2026-11-29 00:00", "2026-12-02 00:00").ends_at == desk.at("2026-12-02 00:00")


@pytest.fixture
def crowd(desk: Desk) -> Iterator[Desk]:
    """The desk with a door wide enough for many at once."""
    database = Database(desk.database.url, pool_size=8)
    yield Desk(database, desk.gym_id, desk.facts)
    database.dispose()


def test_people_who_book_while_the_trainer_signs_off_are_all_before_or_not_at_all(crowd: Desk) -> None:
    """Nobody is booked, or confirms a hold, after the time off was there."""
    tom, people = crowd.trainer("tom"), crowd.contacts(16)
    starts = [f"2026-11-27 {9 + n // 2:02}:{n % 2 * 30:02}" for n in range(16)]
    holds = [
        crowd.hold(one, "pt30", at, trainer_id=tom) for one, at in zip(people[:8], starts[:8], strict=True)
    ]
    gate = threading.Barrier(17)
    known: list[uuid.UUID] = []

    def confirm(held: Booking) -> Booking | Exception:
        gate.wait()
        try:
            return crowd.confirm(held)
        except Refused as refused:
            return refused

    def book(person: uuid.UUID, at: str) -> Booking | Exception:
        gate.wait()
        try:
            return crowd.book(person, "pt30", at, trainer_id=tom)
        except Refused as refused:
            return refused

    def sign_off() -> None:
        gate.wait()
        with crowd.session() as session:
            time_off.add(
                session, tom, crowd.at("2026-11-27 00:00"), crowd.at("2026-11-28 00:00"), now=crowd.now, actor="staff:tom"
            )  # fmt: skip
            rows = bookings.list_bookings(session, trainer_id=tom, status=("booked",))
            known.extend(row.id for row in rows)

    with ThreadPoolExecutor(17) as threads:
        results = [threads.submit(confirm, held) for held in holds]
        results += [threads.submit(book, one, at) for one, at in zip(people[8:], starts[8:], strict=True)]
        threads.submit(sign_off).result()
        won = {one.id for future in results if isinstance(one := future.result(), Booking)}
    assert won == set(known), "who got a place was seen by who signed off"
    assert crowd.count("bookings", "status = 'held'") == 0
