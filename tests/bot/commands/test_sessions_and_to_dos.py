"""A trainer's own chat: agenda, start, done, no-show, notes; and everybody's to-dos."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from crm import conversations, notes, vault
from crm.models import Booking, FollowUp, Reminder
from tests.bot.staff_room import GROUP, StaffRoom

MONDAY_EIGHT = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)


def hana_at_eight(room: StaffRoom) -> Booking:
    """Hana's trial with Aoife on Monday at eight, and it is twenty to."""
    room.lead("Hana Sato", goal="build muscle", experience="none")
    assert "Mon 30 Nov 08:00 with Aoife" in room.say("lena", "book Hana Sato trial mon 8:00").text
    room.now = MONDAY_EIGHT - dt.timedelta(minutes=20)
    return room.session.exec(select(Booking)).one()


def status(room: StaffRoom, booking: Booking) -> str:
    room.session.refresh(booking)
    return booking.status


@pytest.mark.feature("7.18")
@pytest.mark.feature("8.9")
@pytest.mark.parametrize(
    "words", ["/today", "today", "agenda", "my agenda", "what's on today?", "who do i have today", "agneda"]
)
def test_a_trainers_day_has_first_visits_first(room: StaffRoom, words: str) -> None:
    hana_at_eight(room)
    room.contact("Hana Sato").health_note = vault.seal("asthma, has an inhaler")
    shown = room.say("aoife", words, own=True)
    assert "08:00 Hana Sato, Trial (first visit, has a note for the trainer)" in shown.text
    assert shown.text.index("First visit") < shown.text.index("08:00 Hana Sato, Trial")
    assert "asthma" in shown.text
    assert shown.titles == ["Start Hana", "Done Hana", "No-show Hana"]
    assert "asthma" not in room.say("niamh", "/today").text


def test_a_trainer_sees_own_sessions_only(room: StaffRoom) -> None:
    hana_at_eight(room)
    assert "Hana" not in room.say("tom", "/today", own=True).text


@pytest.mark.parametrize(
    "words",
    ["agenda tomorrow", "agenda tuesday", "/agenda tomorrow", "tomorrows agenda", "show me tomorrows agenda"],
)
def test_the_agenda_of_another_day(room: StaffRoom, words: str) -> None:
    room.lead("Nora Keane")
    room.say("lena", "book Nora Keane foundations tue 12:00")
    assert "12:00 Strength Foundations: 1 of 8 (Nora)" in room.say("aoife", words, own=True).text


@pytest.mark.feature("8.14")
@pytest.mark.parametrize(("words", "becomes"), [("done Hana", "attended"), ("no-show Hana", "no_show")])
def test_a_session_of_these_days_is_marked_later_without_its_day(
    room: StaffRoom, words: str, becomes: str
) -> None:
    booking = hana_at_eight(room)
    room.wait(minutes=3 * 24 * 60)
    assert "Mon 30 Nov 08:00" in room.say("aoife", words, own=True).text
    assert status(room, booking) == becomes
    assert "Nothing is open for Hana" in room.say("aoife", "done Hana", own=True).text


@pytest.mark.feature("8.10")
@pytest.mark.feature("8.11")
def test_start_and_done_by_words(room: StaffRoom) -> None:
    booking = hana_at_eight(room)
    room.wait(minutes=20)
    assert "Started: Hana Sato" in room.say("aoife", "start Hana", own=True).text
    assert status(room, booking) == "in_progress"
    room.wait(minutes=45)
    assert "Done: Hana Sato" in room.say("aoife", "done Hana", own=True).text
    assert status(room, booking) == "attended"
    assert "trial attended" in room.say("lena", "/lead Hana").text


@pytest.mark.feature("3.13")
def test_start_and_done_by_taps(room: StaffRoom) -> None:
    booking = hana_at_eight(room)
    room.say("aoife", "/today", own=True)
    room.tap("aoife", "Start Hana", own=True)
    room.tap("aoife", "Done Hana", own=True)
    assert status(room, booking) == "attended"


@pytest.mark.parametrize(
    "words",
    [
        "Hana attended",
        "Hana Sato attended",
        "hanna attended",
        "Hana came",
        "/attended Hana",
        "Hana showed up",
    ],
)
def test_attended_in_many_ways(room: StaffRoom, words: str) -> None:
    booking = hana_at_eight(room)
    room.wait(minutes=30)
    assert "Hana Sato came" in room.say("aoife", words, own=True).text
    assert status(room, booking) == "attended"


@pytest.mark.feature("8.14")
@pytest.mark.parametrize(
    "words",
    [
        "no-show Hana",
        "no show Hana",
        "noshow Hana",
        "Hana no show",
        "Hana didn't show",
        "/noshow Hana",
        "/no_show Hana Sato",
        "Hana was a no-show",
    ],
)
def test_a_no_show_starts_the_recovery(room: StaffRoom, words: str) -> None:
    booking = hana_at_eight(room)
    room.wait(minutes=40)
    assert "No-show: Hana Sato" in room.say("aoife", words, own=True).text
    assert status(room, booking) == "no_show"
    row = room.session.exec(select(Reminder).where(Reminder.kind == "no_show")).one()
    assert row.due_at == room.now + dt.timedelta(minutes=30)
    assert (row.booking_id, row.contact_id) == (booking.id, booking.contact_id)
    pending = room.session.exec(
        select(Reminder).where(Reminder.status == "pending", Reminder.booking_id == booking.id)
    ).all()
    assert [reminder.kind for reminder in pending] == ["no_show"]


def test_a_no_show_late_in_the_evening_is_written_to_in_the_morning(room: StaffRoom) -> None:
    room.lead("Kieran Doherty")
    room.say("lena", "book Kieran Doherty trial thu 20:00 with Marcus")
    room.now = dt.datetime(2026, 11, 26, 20, 50, tzinfo=dt.UTC)
    assert "Fri 27 Nov 08:00" in room.say("marcus", "no show Kieran", own=True).text


def test_a_no_show_taken_back_calls_the_message_off(room: StaffRoom) -> None:
    booking = hana_at_eight(room)
    room.wait(minutes=40)
    room.say("aoife", "no-show Hana", own=True)
    assert "booked as before" in room.say("aoife", "undo", own=True).text
    assert status(room, booking) == "booked"
    assert room.session.exec(select(Reminder).where(Reminder.kind == "no_show")).one().status == "cancelled"


def test_done_taken_back_takes_the_stage_back(room: StaffRoom) -> None:
    hana_at_eight(room)
    room.wait(minutes=60)
    room.say("aoife", "done Hana", own=True)
    room.say("aoife", "undo", own=True)
    assert "trial booked" in room.say("lena", "/lead Hana").text


def test_another_trainers_session_is_not_marked(room: StaffRoom) -> None:
    booking = hana_at_eight(room)
    room.wait(minutes=20)
    assert "Aoife's session" in room.say("tom", "start Hana", own=True).text
    assert status(room, booking) == "booked"
    assert "Started" in room.say("niamh", "start Hana").text


def test_too_early_is_said(room: StaffRoom) -> None:
    hana_at_eight(room)
    room.wait(hours=-3)
    assert "08:00" in room.say("aoife", "start Hana", own=True).text
    assert "only" in room.say("aoife", "no show Hana", own=True).text


def test_no_session_that_day_is_said(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    assert "no session today" in room.say("aoife", "start Eoin", own=True).text
    room.say("lena", "book Eoin Brady trial fri 9:00 with aoife")
    assert "Coming up: Trial, Fri 27 Nov 09:00 with Aoife." in room.say("aoife", "start Eoin", own=True).text


@pytest.mark.feature("8.15")
@pytest.mark.parametrize("words", ["note Hana: tight hips", "note: tight hips", "/note tight hips"])
def test_a_trainers_note_after_a_session_stays_with_trainers(room: StaffRoom, words: str) -> None:
    booking = hana_at_eight(room)
    room.wait(minutes=60)
    room.say("aoife", "done Hana", own=True)
    assert "tight hips" in room.say("aoife", words, own=True).text
    (note,) = notes.list_of_contact(room.session, booking.contact_id, of_trainers=True)
    assert (note.data["words"], note.booking_id) == ("tight hips", booking.id)
    assert "hips" not in room.say("lena", "/lead Hana").text
    assert "hips" not in room.group_saw()


@pytest.mark.feature("6.20")
def test_a_trainer_hears_of_changes_by_others_only(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("tom", "book Eoin Brady trial fri 16:00", own=True)
    assert "New: Eoin" not in room.trainer_saw("tom")
    room.say("lena", "cancel Eoin Brady")
    room.say("lena", "yes")
    assert "Cancelled: Eoin Brady, Trial, Fri 27 Nov 16:00" in room.trainer_saw("tom")


@pytest.mark.feature("6.1")
@pytest.mark.parametrize(
    "words",
    ["remind me Eoin tomorrow 10:00 call", "remind me tomorrow 10:00 to call Eoin", "/remind Eoin Brady tomorrow at 10 call",
     "remind me to call Eoin tomorrow at 10", "remnid me Eoin tomorrow 10:00 call", "remind me about Eoin Brady tue 10:00: call"],
)  # fmt: skip
def test_a_reminder_in_many_ways(room: StaffRoom, words: str) -> None:
    lead = room.lead("Eoin Brady")
    assert "Tue 24 Nov 10:00: Eoin Brady, call" in room.say("lena", words).text
    follow_up = room.session.exec(select(FollowUp)).one()
    row = room.session.exec(select(Reminder).where(Reminder.kind == "follow_up")).one()
    assert (follow_up.lead_id, follow_up.due_at) == (lead.id, dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC))
    assert (row.due_at, row.data["follow_up_id"]) == (follow_up.due_at, str(follow_up.id))


def test_a_reminder_without_a_time_offers_some(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    shown = room.say("lena", "/remind Eoin call him back")
    assert shown.titles == ["In 2 hours", "Tomorrow 09:00", "Monday 09:00"]
    assert "Tue 24 Nov 09:00: Eoin Brady, call him back" in room.tap("lena", "Tomorrow").text


@pytest.mark.feature("6.2")
def test_to_dos_are_listed_done_and_undone(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "remind me Eoin tomorrow 10:00 call")
    assert "Tue 24 Nov 10:00 Eoin Brady, call" in room.say("lena", "/reminders").text
    assert "Nothing to do" in room.say("conor", "/reminders").text
    assert "Lena: Eoin Brady, call" in room.say("niamh", "/reminders all").text
    assert "Done: Eoin Brady, call" in room.say("lena", "/done Eoin").text
    assert "Nothing to do" in room.say("lena", "/reminders").text
    room.say("lena", "undo")
    assert "Eoin Brady" in room.say("lena", "/reminders").text
    assert room.session.exec(select(Reminder).where(Reminder.kind == "follow_up")).one().status == "pending"


def test_a_due_to_do_comes_with_its_card_and_buttons(room: StaffRoom) -> None:
    from bot import cards

    room.lead("Eoin Brady")
    room.say("lena", "remind me Eoin in 2 hours call")
    room.wait(hours=2)
    follow_up = room.session.exec(select(FollowUp)).one()
    assert cards.follow_up_due(room.session, room.facts, follow_up.id, room.now)
    assert "Lena, a reminder: call" in room.trainer_saw("lena")
    assert "#1 Eoin Brady" in room.trainer_saw("lena")
    room.tap("lena", "Later", own=True)
    assert "Tue 24 Nov 09:00" in room.tap("lena", "Tomorrow", own=True).text
    assert cards.follow_up_due(room.session, room.facts, follow_up.id, room.now)
    room.tap("lena", "Drop", own=True)
    assert room.session.exec(select(FollowUp)).all() == []


def test_snooze_on_a_card_asks_until_when(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    assert "In 2 hours" in room.tap_id("lena", f"1:cmd:snooze:#{lead.number}").titles
    assert "Mon 23 Nov 11:00: Eoin Brady" in room.tap("lena", "In 2 hours").text


def test_done_of_a_session_is_not_for_sales(room: StaffRoom) -> None:
    booking = hana_at_eight(room)
    assert "Nothing is open" in room.say("lena", "/done Hana").text
    assert status(room, booking) == "booked"


def test_taking_and_giving_back_a_conversation(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    assert "keep silent" in room.say("lena", "/take Eoin Brady").text
    assert conversations.is_with_staff(room.thread("Eoin Brady"), now=room.now)
    assert "answering Eoin Brady again" in room.say("lena", "/giveback Eoin").text
    assert not conversations.is_with_staff(room.thread("Eoin Brady"), now=room.now)
    assert GROUP in {delivery.address for delivery in room.sent_to(GROUP)}
