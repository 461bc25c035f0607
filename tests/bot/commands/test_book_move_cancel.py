"""book, move and cancel by staff, and the words for what cannot be."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from crm import bookings, consents, waitlist
from crm.models import Booking, Reminder
from tests.bot.staff_room import StaffRoom

TUESDAY_NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
THURSDAY_FIVE = dt.datetime(2026, 11, 26, 17, tzinfo=dt.UTC)
CROWD = [
    "Paul Breen",
    "Rita Hayes",
    "Stan Moran",
    "Tess Ryan",
    "Ugo Bianchi",
    "Vera Petrova",
    "Will Tobin",
    "Xena Fox",
]


def standing(room: StaffRoom, name: str) -> list[tuple[str, dt.datetime]]:
    rows = bookings.upcoming(room.session, room.contact(name).id, now=room.now)
    return [(room.facts.offering_by_id(row.offering_id).key, row.starts_at) for row in rows]


@pytest.mark.feature("8.2")
@pytest.mark.parametrize(
    "words",
    ["book Nora Keane foundations tue 12:00", "/book Nora Keane foundations tue 12:00", "book foundations tue 12:00 Nora Keane",
     "book tue 12:00 Nora Keane strength foundations", "boook Nora Keane fundations tuesday at 12", "Book Nora Kean foundations tomorrow noon",
     "please book nora keane for foundations on tuesday at 12:00", "book Keane Nora foundations tue 12:00", "book nora foundations tue 12:00"],
)  # fmt: skip
def test_a_place_is_booked_with_the_parts_in_any_order(room: StaffRoom, words: str) -> None:
    room.lead("Nora Keane")
    text = room.say("lena", words).text
    assert "Booked: Nora Keane, Strength Foundations, Tue 24 Nov 12:00 with Aoife" in text
    assert standing(room, "Nora Keane") == [("foundations", TUESDAY_NOON)]


def test_a_booked_person_and_the_trainer_are_told(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane foundations tue 12:00")
    (message,) = room.person_got("Nora Keane")
    assert "Strength Foundations, Tuesday 24 November at 12:00 with Aoife" in message.content["text"]
    assert message.purpose == "service"
    assert [button["title"] for button in message.content["buttons"]] == ["Move", "Cancel"]
    assert "New: Nora Keane, Strength Foundations, Tue 24 Nov 12:00" in room.trainer_saw("aoife")
    assert "First visit" in room.trainer_saw("aoife")


def test_somebody_who_wants_no_messages_is_not_told(room: StaffRoom) -> None:

    room.lead("Nora Keane")
    consents.give(
        room.session, room.contact("Nora Keane").id, "everything", granted=False, words="stop", channel="whatsapp", now=room.now
    )  # fmt: skip
    room.session.flush()
    assert "please tell them" in room.say("lena", "book Nora Keane foundations tue 12:00").text
    assert room.person_got("Nora Keane") == []


def test_a_trial_booked_by_staff_moves_the_lead_on_and_is_reminded_of(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady thu 17:00")
    room.session.refresh(lead)
    assert lead.stage == "trial_booked"
    assert standing(room, "Eoin Brady") == [("trial", THURSDAY_FIVE)]
    assert {row.kind for row in room.session.exec(select(Reminder)).all()} >= {
        "booking_guest",
        "booking_trainer",
    }


def test_a_trainer_can_be_wished_for(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    assert "with Priya" in room.say("lena", "book Eoin Brady trial thu 17:00 with Priya").text


def test_without_a_time_free_ones_are_offered(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    shown = room.say("lena", "book Eoin Brady trial on thursday")
    assert "free at" in shown.text
    assert len(shown.titles) == 3
    assert all("Thu 26 Nov" in title for title in shown.titles)
    assert "Booked: Eoin Brady, Trial, Thu 26 Nov" in room.say("lena", "1").text


def test_without_a_service_after_the_trial_it_is_asked_for(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial today 10:00")
    room.wait(hours=2)
    room.say("niamh", "Eoin Brady attended")
    shown = room.say("lena", "/book Eoin Brady thu 18:00")
    assert "Boxing" in shown.titles
    assert "Booked: Eoin Brady, Boxing, Thu 26 Nov 18:00" in room.tap("lena", "Boxing").text


def test_a_full_class_says_how_full_and_who_waits(room: StaffRoom) -> None:
    for name in CROWD:
        room.lead(name)
        last = room.say("lena", f"book {name} foundations tue 12:00").text
    assert "The class is full now." in last
    room.lead("Nora Keane")
    for name in ("Hannah Weiss", "Ida Holt", "Jan Kolar"):
        room.lead(name)
        offering = room.facts.offering_by_key("foundations")
        assert offering is not None
        waitlist.join(room.session, room.facts, room.contact(name).id, offering, TUESDAY_NOON, now=room.now)
    shown = room.say("lena", "book Nora Keane foundations tue 12:00")
    assert "Tue 24 Nov 12:00 Strength Foundations is full (8 of 8); 3 on the waiting list." in shown.text
    assert "Thu 26 Nov 12:00" in shown.titles[0]
    assert "Booked: Nora Keane" in room.tap("lena", "Thu 26 Nov 12:00").text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("book Eoin Brady trial thu 17:05", "Sessions start at"), ("book Eoin Brady trial sun 20:00", "open"),
        ("book Eoin Brady trial fri 20:00", "No trainer is in"), ("book Eoin Brady trial 25 dec 10:00", "closed"),
        ("book Eoin Brady boxing wed 18:00", "is not on at"), ("book Eoin Brady trial thu 09:00 with Priya", "Priya is not in"),
        ("book Eoin Brady trial 10 aug 2027 10:00", "further ahead"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_what_can(room: StaffRoom, words: str, expected: str) -> None:
    room.lead("Eoin Brady")
    shown = room.say("lena", words)
    assert expected in shown.text
    assert standing(room, "Eoin Brady") == []


def test_a_taken_time_is_said_and_free_ones_offered(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane trial fri 16:00")
    shown = room.say("lena", "book Eoin Brady trial fri 16:00")
    assert "Fri 27 Nov 16:00 is taken" in shown.text
    assert shown.titles


def test_the_same_place_is_not_booked_twice(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    assert "already has Trial, Thu 26 Nov 17:00" in room.say("lena", "book Eoin Brady trial thu 17:00").text
    assert len(standing(room, "Eoin Brady")) == 1


@pytest.mark.feature("8.13")
@pytest.mark.parametrize(
    "words",
    ["move Eoin Brady to fri 16:00", "move Eoin to friday 4pm", "reschedule Eoin Brady to fri 16:00", "move Eoin Brady fri 16:00",
     "move Eoin Brady trial to fri 16:00", "move fri 16:00 Eoin Brady", "mvoe Eoin Brady to fri 16:00", "/move Eoin from thu 17:00 to fri 16:00"],
)  # fmt: skip
def test_a_move_is_shown_and_done_after_a_yes(room: StaffRoom, words: str) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00 with Marcus")
    shown = room.say("lena", words)
    assert "Thu 26 Nov 17:00" in shown.text
    assert "-> Fri 27 Nov 16:00 with Tom?" in shown.text
    assert standing(room, "Eoin Brady") == [("trial", THURSDAY_FIVE)]
    room.say("lena", "yes")
    assert standing(room, "Eoin Brady") == [("trial", dt.datetime(2026, 11, 27, 16, tzinfo=dt.UTC))]
    assert (
        "moved your Free trial session to Friday 27 November at 16:00"
        in room.person_got("Eoin Brady")[-1].content["text"]
    )
    assert "Eoin Brady" in room.trainer_saw("tom")
    assert "Moved away: Eoin Brady" in room.trainer_saw("marcus")


def test_an_hour_later_counts_from_the_booking(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    assert "-> Thu 26 Nov 18:00" in room.say("lena", "move Eoin Brady an hour later").text


def test_a_move_to_where_nothing_is_free_is_refused_at_once(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    shown = room.say("lena", "move Eoin Brady to sun 20:00")
    assert "We are" in shown.text or "open" in shown.text
    assert "Yes, move" not in shown.titles
    assert shown.titles


def test_a_move_is_taken_back_and_everybody_told(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    room.say("lena", "move Eoin Brady to fri 16:00")
    room.say("lena", "yes")
    assert "back at Trial, Thu 26 Nov 17:00" in room.say("lena", "undo").text
    assert standing(room, "Eoin Brady") == [("trial", THURSDAY_FIVE)]
    assert "Thursday 26 November at 17:00" in room.person_got("Eoin Brady")[-1].content["text"]


@pytest.mark.feature("8.12")
@pytest.mark.parametrize(
    "words", ["cancel Nora Keane foundations tue 12:00", "cancel Nora Keane", "cancel nora tue", "cancel foundations Nora Keane",
              "cancle Nora Keane foundations tue 12:00", "/cancel Nora Keane tue 12:00 foundations"],
)  # fmt: skip
def test_a_cancellation_is_asked_and_then_done(room: StaffRoom, words: str) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane foundations tue 12:00")
    shown = room.say("lena", words)
    assert "Cancel Nora Keane, Strength Foundations, Tue 24 Nov 12:00" in shown.text
    assert len(standing(room, "Nora Keane")) == 1
    assert "Cancelled: Nora Keane" in room.tap("lena", "Yes, cancel").text
    assert standing(room, "Nora Keane") == []
    assert "cancelled your Strength Foundations" in room.person_got("Nora Keane")[-1].content["text"]
    assert "Cancelled: Nora Keane" in room.trainer_saw("aoife")


@pytest.mark.feature("8.25")
def test_a_freed_place_is_offered_to_who_waits(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane foundations tue 12:00")
    room.say("lena", "cancel Nora Keane")
    room.say("lena", "yes")
    offer = room.session.exec(select(Reminder).where(Reminder.kind == "waitlist_offer")).one()
    booking = room.session.exec(select(Booking)).one()
    assert offer.due_at == room.now
    assert offer.data["scheduled_class_id"] == str(booking.scheduled_class_id)


def test_which_of_several_is_asked(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane foundations tue 12:00")
    room.say("lena", "book Nora Keane yoga thu 19:00")
    shown = room.say("lena", "cancel Nora Keane")
    assert len(shown.titles) == 2
    assert "Cancel Nora Keane, Yoga Flow" in room.tap("lena", "Yoga Flow").text
    assert "Cancel Nora Keane, Strength" in room.say("lena", "cancel Nora Keane foundations").text


def test_nothing_to_cancel_says_what_there_is(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    assert "no booking coming up" in room.say("lena", "/cancel Nora Keane").text
    room.say("lena", "book Nora Keane foundations tue 12:00")
    assert "Coming up: Strength Foundations" in room.say("lena", "/cancel Nora Keane yoga thu").text


def test_a_cancellation_is_taken_back_if_the_place_is_free(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane trial fri 16:00")
    room.say("lena", "cancel Nora Keane")
    room.say("lena", "yes")
    assert "stands again" in room.say("lena", "undo").text
    assert len(standing(room, "Nora Keane")) == 1


def test_a_cancellation_is_not_taken_back_over_somebody_else(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.lead("Eoin Brady")
    room.say("lena", "book Nora Keane trial fri 16:00")
    room.say("lena", "cancel Nora Keane")
    room.say("lena", "yes")
    room.say("conor", "book Eoin Brady trial fri 16:00")
    assert "no longer free" in room.say("lena", "undo").text
    assert standing(room, "Nora Keane") == []


def test_a_booking_is_taken_back(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane foundations tue 12:00")
    assert "is cancelled" in room.tap("lena", "Undo").text
    assert standing(room, "Nora Keane") == []


def test_an_old_yes_button_says_what_is_true_now(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane foundations tue 12:00")
    room.say("lena", "cancel Nora Keane")
    room.tap("lena", "Yes, cancel")
    assert "can no longer be changed (cancelled)" in room.tap("conor", "Yes, cancel").text


def test_a_trainer_books_and_changes_own_sessions_only(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    assert "with Tom" in room.say("tom", "book Eoin Brady trial fri 16:00", own=True).text
    assert "Tom's session" in room.say("aoife", "cancel Eoin Brady", own=True).text
    assert "Eoin Brady" in room.group_saw()
    assert "Cancel Eoin Brady" in room.say("tom", "cancel Eoin Brady", own=True).text


def test_the_group_reads_of_a_booking_once(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    assert (
        room.group_saw().count("Thu 26 Nov 17:00")
        - sum("Thu 26 Nov 17:00" in c.content["text"] for c in room.cards())
        <= 2
    )
