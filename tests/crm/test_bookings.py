"""Hold, confirm, move, cancel: what a person or staff do with one place."""

from __future__ import annotations

import datetime as dt

import pytest

from crm import bookings
from crm.bookings import AlreadyBooked, ClassFull, NotPossible, TimeTaken
from crm.errors import Conflict, Invalid, NotFound
from tests.crm.calendar_desk import Desk

MINUTE = dt.timedelta(minutes=1)
HELD_TIMES = "booking_id IS NOT NULL"


@pytest.mark.feature("8.1")
def test_a_hold_keeps_the_time_until_it_is_confirmed(desk: Desk) -> None:
    ana = desk.contact("Ana")
    held = desk.hold(ana, "trial", "2026-11-25 18:30")
    assert (held.status, held.hold_expires_at) == ("held", desk.now + 10 * MINUTE)
    assert desk.key(held.trainer_id) == "priya", "Marcus teaches HIIT then"
    assert "18:30" not in desk.free("trial", "2026-11-25 18:00", "2026-11-25 19:00")
    booked = desk.confirm(held)
    assert (booked.id, booked.status, booked.booked_at) == (held.id, "booked", desk.now)
    assert desk.confirm(held).status == "booked", "a second tap does no harm"


@pytest.mark.feature("8.7")
def test_the_second_person_gets_the_nearest_free_times(desk: Desk) -> None:
    desk.book(desk.contact("Ana"), "trial", "2026-11-26 10:00")
    with pytest.raises(TimeTaken) as caught:
        desk.hold(desk.contact("Bo"), "trial", "2026-11-26 10:00")
    assert desk.times(list(caught.value.alternatives)) == ["08:45", "09:15", "10:45"]
    assert caught.value.refusal is not None
    assert caught.value.refusal.code == "taken"
    bo = desk.contact("Bo")
    assert desk.hold(bo, "trial", "2026-11-26 10:45").status == "held", "an alternative is real"


def test_a_time_that_is_free_with_another_trainer_is_offered_first_when_the_named_one_is_busy(
    desk: Desk,
) -> None:
    tom = desk.trainer("tom")
    desk.book(desk.contact("Ana"), "trial", "2026-11-25 15:00", trainer_id=tom)
    with pytest.raises(TimeTaken) as caught:
        desk.hold(desk.contact("Bo"), "trial", "2026-11-25 15:00", trainer_id=tom)
    found = {slot.starts_at: slot.trainer_ids for slot in caught.value.alternatives}
    assert tom not in found[desk.at("2026-11-25 15:00")]
    assert sum(tom in trainers for trainers in found.values()) == 2


def test_the_trainer_with_fewer_bookings_that_day_gets_the_next_one(desk: Desk) -> None:
    people = desk.contacts(6)
    given = [desk.book(person, "trial", f"2026-11-26 {15 + n // 2}:00") for n, person in enumerate(people)]
    counts = [sum(desk.key(one.trainer_id) == key for one in given) for key in ("marcus", "priya")]
    assert counts == [3, 3]


def test_a_person_has_one_open_hold(desk: Desk) -> None:
    ana = desk.contact("Ana")
    first = desk.hold(ana, "trial", "2026-11-26 10:00")
    second = desk.hold(ana, "trial", "2026-11-27 10:00")
    assert desk.booking(first.id).status == "released"
    assert desk.booking(second.id).status == "held"
    assert desk.count("trainer_times", HELD_TIMES) == 1


def test_a_refused_wish_leaves_the_earlier_hold_alone(desk: Desk) -> None:
    ana = desk.contact("Ana")
    held = desk.hold(ana, "trial", "2026-11-26 10:00")
    with pytest.raises(NotPossible) as caught:
        desk.hold(ana, "trial", "2026-11-27 20:00")
    assert caught.value.refusal is not None
    assert caught.value.refusal.code == "no_trainer"
    assert caught.value.alternatives
    assert desk.confirm(held).status == "booked"


def test_a_refusal_inside_a_transaction_does_not_spoil_it(desk: Desk) -> None:
    desk.book(desk.contact("Ana"), "trial", "2026-11-26 10:00")
    bo = desk.contact("Bo")
    with desk.session() as session:
        with pytest.raises(TimeTaken):
            bookings.hold(
                session,
                desk.facts,
                bo,
                desk.offering("trial"),
                desk.at("2026-11-26 10:00"),
                now=desk.now,
                created_by="bot",
            )
        bookings.hold(
            session,
            desk.facts,
            bo,
            desk.offering("trial"),
            desk.at("2026-11-26 11:00"),
            now=desk.now,
            created_by="bot",
        )
    assert desk.count("bookings", "status = 'held'") == 1


def test_a_hold_that_ran_out_gives_way_to_the_next_person(desk: Desk) -> None:
    ana, bo = desk.contacts(2)
    held = desk.hold(ana, "trial", "2026-11-26 10:00")
    later = desk.now + 10 * MINUTE
    assert "10:00" in desk.free("trial", "2026-11-26 09:00", "2026-11-26 11:00", now=later)
    assert desk.hold(bo, "trial", "2026-11-26 10:00", now=later).status == "held"
    assert desk.booking(held.id).status == "released"
    with pytest.raises(TimeTaken) as caught:
        desk.confirm(held, now=later)
    assert desk.times(list(caught.value.alternatives)) == ["08:45", "09:15", "10:45"]


@pytest.mark.parametrize("is_swept", [False, True])
def test_a_hold_that_ran_out_is_taken_again_while_the_place_is_free(desk: Desk, is_swept: bool) -> None:
    ana = desk.contact("Ana")
    held = desk.hold(ana, "trial", "2026-11-26 10:00")
    later = desk.now + 60 * MINUTE
    if is_swept:
        with desk.session() as session:
            assert [one.id for one in bookings.release_expired(session, now=later)] == [held.id]
        assert desk.count("trainer_times", HELD_TIMES) == 0
    again = desk.confirm(held, now=later)
    assert (again.id, again.status, again.trainer_id) == (held.id, "booked", held.trainer_id)
    assert desk.count("trainer_times", HELD_TIMES) == 1


def test_a_time_that_has_passed_cannot_be_confirmed(desk: Desk) -> None:
    held = desk.hold(desk.contact(), "trial", "2026-11-24 07:45", now=desk.at("2026-11-23 21:30"))
    with pytest.raises(NotPossible) as caught:
        desk.confirm(held, now=desk.at("2026-11-24 07:50"))
    assert caught.value.refusal is not None
    assert caught.value.refusal.code == "past"
    assert caught.value.alternatives
    assert all(slot.starts_at > desk.at("2026-11-24 08:50") for slot in caught.value.alternatives)


def test_nobody_is_in_two_places_at_once(desk: Desk) -> None:
    ana = desk.contact("Ana")
    trial = desk.book(ana, "trial", "2026-11-26 18:15")
    with pytest.raises(AlreadyBooked) as caught:
        desk.book(ana, "boxing", "2026-11-26 18:00")
    assert (caught.value.data["booking_id"], caught.value.data["is_same"]) == (trial.id, False)
    with pytest.raises(AlreadyBooked) as caught:
        desk.book(ana, "trial", "2026-11-26 18:15")
    assert caught.value.data["is_same"] is True
    assert "17:45" not in desk.free("trial", "2026-11-26 17:00", "2026-11-26 20:00", contact_id=ana)


def test_staff_are_not_bound_by_the_minimum_notice(desk: Desk) -> None:
    with pytest.raises(NotPossible) as caught:
        desk.hold(desk.contact(), "trial", "2026-11-23 09:30")
    assert caught.value.refusal is not None
    assert caught.value.refusal.code == "too_soon"
    assert desk.book(desk.contact(), "trial", "2026-11-23 09:30").status == "booked"


# Moving.


@pytest.mark.feature("8.13")
def test_a_move_keeps_the_old_place_until_the_new_one_is_confirmed(desk: Desk) -> None:
    ana, bo = desk.contacts(2)
    old = desk.book(ana, "trial", "2026-11-26 10:00")
    new = desk.hold(ana, "trial", "2026-11-26 10:15", replaces_id=old.id)
    assert new.trainer_id == old.trainer_id, "the new time may overlap the old one"
    with pytest.raises(TimeTaken):
        desk.hold(bo, "trial", "2026-11-26 10:00")
    moved = desk.confirm(new)
    gone = desk.booking(old.id)
    assert (moved.status, gone.status, gone.moved_to_id) == ("booked", "cancelled", moved.id)
    assert gone.late_cancel is False
    assert desk.count("trainer_times", HELD_TIMES) == 1


def test_a_move_stays_with_the_same_trainer_where_that_is_possible(desk: Desk) -> None:
    ana = desk.contact()
    tom = desk.trainer("tom")
    old = desk.book(ana, "trial", "2026-11-25 10:00", trainer_id=tom)
    desk.book(desk.contact(), "trial", "2026-11-25 13:00", trainer_id=tom)
    assert desk.hold(ana, "trial", "2026-11-25 14:00", replaces_id=old.id).trainer_id == tom


def test_a_move_that_is_not_possible_changes_nothing(desk: Desk) -> None:
    ana = desk.contact()
    old = desk.book(ana, "trial", "2026-11-26 17:00")
    with pytest.raises(NotPossible):
        desk.hold(ana, "trial", "2026-11-27 20:00", replaces_id=old.id)
    assert desk.booking(old.id).status == "booked"
    with pytest.raises(AlreadyBooked):
        desk.hold(ana, "trial", "2026-11-26 17:00", replaces_id=old.id)
    with pytest.raises(Invalid):
        desk.hold(desk.contact(), "trial", "2026-11-27 10:00", replaces_id=old.id)


def test_staff_move_in_one_step(desk: Desk) -> None:
    old = desk.book(desk.contact(), "trial", "2026-11-26 17:00")
    with desk.session() as session:
        new = bookings.move(
            session, desk.facts, old.id, desk.at("2026-11-27 16:00"), now=desk.now, created_by="staff:lena"
        )
    assert (new.status, desk.key(new.trainer_id), desk.booking(old.id).moved_to_id) == (
        "booked",
        "tom",
        new.id,
    )


def test_of_two_moves_of_one_booking_the_last_confirmed_counts(desk: Desk) -> None:
    ana = desk.contact()
    old = desk.book(ana, "trial", "2026-11-25 10:00")
    first = desk.hold(ana, "trial", "2026-11-26 10:00", replaces_id=old.id)
    second = desk.confirm(desk.hold(ana, "trial", "2026-11-27 10:00", replaces_id=old.id))
    desk.confirm(first)  # an old button
    with desk.session() as session:
        standing = [one.id for one in bookings.upcoming(session, ana, now=desk.now)]
    assert standing == [first.id]
    assert desk.booking(second.id).moved_to_id == first.id


def test_a_move_can_be_taken_back(desk: Desk) -> None:
    ana = desk.contact()
    old = desk.book(ana, "trial", "2026-11-30 15:00")
    new = desk.confirm(desk.hold(ana, "trial", "2026-12-01 15:00", replaces_id=old.id))
    with desk.session() as session:
        back = bookings.undo_move(session, desk.facts, new.id, now=desk.now)
    assert (back.id, back.status, back.moved_to_id) == (old.id, "booked", None)
    assert desk.booking(new.id).status == "cancelled"
    assert desk.count("trainer_times", HELD_TIMES) == 1
    with desk.session() as session, pytest.raises(Conflict):
        bookings.undo_move(session, desk.facts, new.id, now=desk.now)


def test_a_move_stands_where_the_old_place_was_taken_meanwhile(desk: Desk) -> None:
    ana, bo = desk.contacts(2)
    old = desk.book(ana, "trial", "2026-11-26 10:00")
    new = desk.confirm(desk.hold(ana, "trial", "2026-11-26 12:00", replaces_id=old.id))
    desk.book(bo, "trial", "2026-11-26 10:00")
    with desk.session() as session, pytest.raises(TimeTaken):
        bookings.undo_move(session, desk.facts, new.id, now=desk.now)
    assert desk.booking(new.id).status == "booked"
    assert desk.booking(old.id).status == "cancelled"


# Cancelling.


@pytest.mark.feature("8.12")
@pytest.mark.parametrize(
    ("now", "by", "late"),
    [
        ("2026-11-26 03:59", "contact", False),
        ("2026-11-26 04:01", "contact", True),
        ("2026-11-26 04:01", "bot", True),
        ("2026-11-26 04:01", "staff:lena", False),
    ],
)
def test_a_cancellation_is_late_within_the_gyms_hours_and_never_when_the_gym_cancels(
    desk: Desk, now: str, by: str, late: bool
) -> None:
    booked = desk.book(desk.contact(), "trial", "2026-11-26 10:00")
    gone = desk.cancel(booked, now=desk.at(now), by=by, reason="ill")
    assert (gone.status, gone.late_cancel, gone.cancelled_reason) == ("cancelled", late, "ill")
    assert "10:00" in desk.free("trial", "2026-11-26 09:00", "2026-11-26 11:00")


def test_a_hold_is_released_and_an_ended_booking_refused(desk: Desk) -> None:
    held = desk.hold(desk.contact(), "trial", "2026-11-26 10:00")
    assert desk.cancel(held).status == "released"
    with pytest.raises(Conflict) as caught:
        desk.cancel(held)
    assert caught.value.data["status"] == "released"
    booked = desk.book(desk.contact(), "trial", "2026-11-26 10:00")
    with pytest.raises(Conflict):
        desk.cancel(booked, now=desk.at("2026-11-26 10:05"))
    assert desk.cancel(booked, now=desk.at("2026-11-26 10:05"), by="staff:lena").status == "cancelled"
    with pytest.raises(Conflict):
        desk.confirm(booked)


def test_a_cancellation_can_be_taken_back_while_the_place_is_free(desk: Desk) -> None:
    ana, bo = desk.contacts(2)
    booked = desk.book(ana, "trial", "2026-11-26 10:00")
    desk.cancel(booked)
    with desk.session() as session:
        assert bookings.undo_cancel(session, desk.facts, booked.id, now=desk.now).status == "booked"
    desk.cancel(booked)
    desk.book(bo, "trial", "2026-11-26 10:30")
    with desk.session() as session, pytest.raises(TimeTaken) as caught:
        bookings.undo_cancel(session, desk.facts, booked.id, now=desk.now)
    assert caught.value.alternatives
    assert desk.booking(booked.id).status == "cancelled"


# Attendance.


def test_a_session_is_started_and_done(desk: Desk) -> None:
    booked = desk.book(desk.contact(), "trial", "2026-11-26 10:00")
    with desk.session() as session:
        with pytest.raises(Conflict):
            bookings.start(session, booked.id, now=desk.at("2026-11-26 08:55"))
        assert bookings.start(session, booked.id, now=desk.at("2026-11-26 09:58")).status == "in_progress"
        done = bookings.complete(session, booked.id, now=desk.at("2026-11-26 10:45"))
        assert (done.status, done.ended_at) == ("attended", desk.at("2026-11-26 10:45"))
        with pytest.raises(Conflict):
            bookings.start(session, booked.id, now=desk.at("2026-11-26 10:46"))
        with pytest.raises(Conflict):
            bookings.cancel(session, desk.facts, booked.id, now=desk.at("2026-11-26 10:46"), by="staff:lena")


def test_a_no_show_is_marked_after_the_start_and_corrected_when_they_come(desk: Desk) -> None:
    booked = desk.book(desk.contact(), "trial", "2026-11-26 10:00")
    with desk.session() as session:
        with pytest.raises(Conflict):
            bookings.mark_no_show(session, booked.id, now=desk.at("2026-11-26 09:59"))
        assert bookings.mark_no_show(session, booked.id, now=desk.at("2026-11-26 10:20")).status == "no_show"
        assert bookings.start(session, booked.id, now=desk.at("2026-11-26 10:25")).status == "in_progress"
        assert bookings.reopen(session, booked.id, now=desk.at("2026-11-26 10:26")).status == "booked"


def test_only_what_was_marked_can_be_reopened(desk: Desk) -> None:
    held = desk.hold(desk.contact(), "trial", "2026-11-26 10:00")
    gone = desk.cancel(desk.book(desk.contact(), "trial", "2026-11-27 10:00"))
    with desk.session() as session:
        for booking in (held, gone):
            with pytest.raises(Conflict):
                bookings.reopen(session, booking.id, now=desk.now)


# Classes.


def test_people_get_the_smallest_free_seat(desk: Desk) -> None:
    people = desk.contacts(3)
    first, second, third = (desk.book(person, "boxing", "2026-11-26 18:00") for person in people)
    assert [one.seat for one in (first, second, third)] == [1, 2, 3]
    assert desk.key(first.trainer_id) == "marcus"
    desk.cancel(second)
    assert desk.book(desk.contact(), "boxing", "2026-11-26 18:00").seat == 2
    with desk.session() as session:
        restored = bookings.undo_cancel(session, desk.facts, second.id, now=desk.now)
    assert restored.seat == 4


def test_a_full_class_says_so_and_names_its_other_times(desk: Desk) -> None:
    for person in desk.contacts(8):
        desk.book(person, "foundations", "2026-11-24 12:00")
    with pytest.raises(ClassFull) as caught:
        desk.hold(desk.contact(), "foundations", "2026-11-24 12:00")
    assert caught.value.data["waiting"] == 0
    assert caught.value.data["scheduled_class_id"] is not None
    assert [desk.local(slot.starts_at) for slot in caught.value.alternatives] == [
        "2026-11-26 12:00", "2026-12-01 12:00", "2026-12-03 12:00",
    ]  # fmt: skip


def test_a_class_hold_that_ran_out_gives_its_seat_back(desk: Desk) -> None:
    people = desk.contacts(9)
    for person in people[:7]:
        desk.book(person, "foundations", "2026-11-24 12:00")
    held = desk.hold(people[7], "foundations", "2026-11-24 12:00")
    later = desk.now + 11 * MINUTE
    taken = desk.hold(people[8], "foundations", "2026-11-24 12:00", now=later)
    assert (taken.seat, desk.booking(held.id).status) == (8, "released")
    with pytest.raises(ClassFull):
        desk.confirm(held, now=later)


@pytest.mark.parametrize("is_materialised", [False, True])
def test_a_trainer_is_not_booked_into_their_own_class(desk: Desk, is_materialised: bool) -> None:
    if is_materialised:
        desk.materialise()
    with pytest.raises(TimeTaken):
        desk.hold(desk.contact(), "trial", "2026-11-24 12:15", trainer_id=desk.trainer("aoife"))


# Lists.


def test_an_agenda_shows_sessions_and_classes_with_their_people(desk: Desk) -> None:
    ana, bo, cy = desk.contacts(3, "Guest")
    aoife = desk.trainer("aoife")
    desk.book(ana, "trial", "2026-11-24 09:00", trainer_id=aoife)
    desk.book(bo, "foundations", "2026-11-24 12:00")
    desk.cancel(desk.book(cy, "trial", "2026-11-24 10:00", trainer_id=aoife))
    desk.hold(cy, "trial", "2026-11-24 11:00", trainer_id=aoife)
    with desk.session() as session:
        lines = bookings.agenda(session, desk.facts, aoife, dt.date(2026, 11, 24))
        everyone = bookings.agenda(session, desk.facts, None, dt.date(2026, 11, 24))
    assert [
        (desk.times([line])[0], line.offering.key, [one.contact.name for one in line.attendees])
        for line in lines
    ] == [
        ("09:00", "trial", ["Guest 0"]),
        ("12:00", "foundations", ["Guest 1"]),
    ]
    assert [line.offering.key for line in everyone] == ["trial", "foundations", "boxing", "yoga"]


def test_bookings_are_found_by_day_time_and_offering(desk: Desk) -> None:
    ana = desk.contact()
    trial = desk.book(ana, "trial", "2026-11-26 10:00")
    boxing = desk.book(ana, "boxing", "2026-11-26 18:00")
    yoga = desk.book(ana, "yoga", "2026-11-28 10:00")
    desk.hold(ana, "trial", "2026-11-27 10:00")
    with desk.session() as session:

        def found(**options: object) -> list[object]:
            return [one.id for one in bookings.find_for(session, desk.facts, ana, now=desk.now, **options)]  # type: ignore[arg-type]

        assert found() == [trial.id, boxing.id, yoga.id]
        assert found(on=dt.date(2026, 11, 26)) == [trial.id, boxing.id]
        assert found(offering_id=desk.offering("yoga").id) == [yoga.id]
        assert found(starts_at=desk.at("2026-11-26 18:00")) == [boxing.id]
        assert bookings.count_bookings(session, contact_id=ana, status=["booked"]) == 3
        page = bookings.list_bookings(session, contact_id=ana, status=["booked"], limit=1, offset=1)
        assert [one.id for one in page] == [boxing.id]
        assert next(iter(bookings.of_contact(session, ana))).id == yoga.id


def test_an_unknown_booking_is_not_found(desk: Desk) -> None:
    with desk.session() as session, pytest.raises(NotFound):
        bookings.confirm(session, desk.facts, desk.gym_id, now=desk.now)


@pytest.mark.feature("8.1")
def test_a_booking_over_the_change_of_the_clocks_keeps_its_wall_time(desk: Desk) -> None:
    desk.now = desk.at("2027-03-25 17:00")
    booked = desk.book(desk.contact(), "trial", "2027-03-29 10:00")
    assert booked.starts_at == dt.datetime(2027, 3, 29, 9, 0, tzinfo=dt.UTC)
    sunday = desk.free("trial", "2027-03-28 00:00", "2027-03-29 00:00")
    assert (sunday[0], sunday[-1]) == ("10:00", "13:15")
