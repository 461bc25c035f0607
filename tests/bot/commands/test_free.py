"""/free and the same in plain words: who is free then, when somebody is, and the places left in classes."""

from __future__ import annotations

import pytest

from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("8.1")


@pytest.fixture
def booked(room: StaffRoom) -> StaffRoom:
    """Ana tries with Tom on Friday at ten, and comes to yoga on Thursday."""
    room.lead("Ana Silva")
    assert "Tom" in room.say("lena", "book Ana Silva trial fri 10:00 with tom").text
    assert "Booked" in room.say("lena", "book Ana Silva yoga thu 19:00").text
    return room


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        "who is free saturday at 12",
        "who's free on saturday at 12?",
        "which trainers are free sat 12:00",
        "anyone available saturday at noon?",
        "who can take a trial saturday at 12?",
        "/free sat 12:00",
    ],
)
def test_who_is_free_at_a_time_names_the_trainers(booked: StaffRoom, words: str, own: bool) -> None:
    said = booked.say("niamh", words, own=own).text
    assert said.startswith("Sat 28 Nov 12:00 (Trial, 45 min)"), said
    assert "Marcus" in said
    assert "Priya" in said
    assert "Tom" not in said


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("words", ["free tomorrow?", "any slots tomorrow?", "what's free tomorrow", "is there anything free tomorrow?"])  # fmt: skip
def test_the_free_starts_of_a_day_are_a_line_a_trainer(booked: StaffRoom, words: str, own: bool) -> None:
    said = booked.say("niamh", words, own=own).text.splitlines()
    assert said[0] == "Tue 24 Nov, free to start (Trial, 45 min):"
    assert "Aoife 07:00-11:15, 13:00-14:15" in said  # she teaches at noon
    assert said[-1] == "Not in: Tom"


@pytest.mark.parametrize("words", ["when is Tom free next week", "/free tom next week", "what times does tom have next week"])  # fmt: skip
def test_when_a_trainer_is_free_in_a_week(booked: StaffRoom, words: str) -> None:
    said = booked.say("niamh", words).text.splitlines()
    assert said[1:] == [
        "Mon 30 Nov: 09:00-16:15",
        "Wed 2 Dec: 09:00-16:15",
        "Fri 4 Dec: 09:00-16:15",
        "Not in: Tue, Thu, Sat, Sun",
    ]


def test_what_is_booked_is_not_free_and_the_way_out_is_shown(booked: StaffRoom) -> None:
    assert "09:00-09:15, 10:45-16:15" in booked.say("niamh", "/free tom friday").text
    said = booked.say("niamh", "is tom free friday at 10?").text
    assert said.startswith("Fri 27 Nov 10:00 is taken: Tom has another session then. Nearest: ")
    assert "(Aoife)" in said


def test_what_is_said_to_be_free_can_be_booked(booked: StaffRoom) -> None:
    assert "Tom is free" in booked.say("niamh", "is tom free friday at 9?").text
    assert "Booked" in booked.say("niamh", "book Ana Silva pt60 fri 9:00 with tom").text
    assert "is taken" in booked.say("niamh", "is tom free friday at 9?").text


def test_a_stretch_in_which_nobody_is_in_is_said(booked: StaffRoom) -> None:
    assert "no trainer is in" in booked.say("niamh", "any slots friday evening?").text
    said = booked.say("niamh", "anything free tomorrow morning?").text.splitlines()
    assert said[1] == "Aoife 07:00-11:15"
    assert sorted(said[2].removeprefix("Not in: ").split(", ")) == ["Marcus", "Priya", "Tom"]


def test_closed_days_are_said(booked: StaffRoom) -> None:
    assert "closed" in booked.say("niamh", "/free 25 dec").text
    assert "closed" in booked.say("niamh", "/free 25 dec 12:00").text
    week = booked.say("niamh", "/free from 24 to 27 december").text.splitlines()
    assert "Fri 25 Dec: closed" in week
    assert "Sat 26 Dec: closed" in week


def test_the_service_that_is_named_decides(booked: StaffRoom) -> None:
    said = booked.say("niamh", "pt60 slots wednesday", own=True).text
    assert "60 min" in said.splitlines()[0]
    assert "Tom 09:00-16:00" in said.splitlines()


@pytest.mark.parametrize("words", ["any room in yoga on thursday?", "how many places left in yoga on thursday", "/free yoga thursday"])  # fmt: skip
def test_classes_show_the_places_left(booked: StaffRoom, words: str) -> None:
    assert booked.say("niamh", words).text == "Thu 26 Nov 19:00 Yoga Flow: 14 of 15 places left"


def test_a_full_class_is_said_to_be_full(booked: StaffRoom) -> None:
    for number in range(8):
        booked.lead(f"Guest{'abcdefgh'[number]} Member")
        booked.say("lena", f"book Guest{'abcdefgh'[number]} Member foundations tue 12:00")
    assert "Tue 24 Nov 12:00 Strength Foundations: no place left" in booked.say("niamh", "any classes free tomorrow?").text  # fmt: skip


def test_a_class_that_is_not_on_then_says_when_it_is(booked: StaffRoom) -> None:
    said = booked.say("niamh", "/free yoga friday").text
    assert "none on then" in said
    assert "Tue 19:00, Thu 19:00, Sat 10:00" in said


def test_a_trainer_sees_their_own_times_and_can_ask_for_everybodys(booked: StaffRoom) -> None:
    own = booked.say("tom", "am i free friday?", own=True).text.splitlines()
    assert own == ["Fri 27 Nov, free to start (Trial, 45 min):", "09:00-09:15, 10:45-16:15"]
    assert "Aoife" in booked.say("tom", "who's free friday?", own=True).text


def test_the_next_open_day_is_a_tap_away(booked: StaffRoom) -> None:
    assert booked.say("niamh", "/free 24 dec").titles == ["Sun 27 Dec"]
    assert booked.tap("niamh", "Sun 27 Dec").text.startswith("Sun 27 Dec, free to start")
    booked.say("niamh", "when is tom free on friday")
    assert booked.tap("niamh", "Sat 28 Nov").text == "Sat 28 Nov (Trial, 45 min): Tom is not in."


def test_without_a_day_the_soonest_are_shown(booked: StaffRoom) -> None:
    said = booked.say("niamh", "next free slot with Tom?", own=True).text.splitlines()
    assert said[1:] == ["Mon 23 Nov: 09:00-16:15", "Wed 25 Nov: 09:00-16:15"]
    assert "Tom are free" in booked.say("niamh", "who's free now?").text.replace("Tom and Aoife", "Aoife and Tom")  # fmt: skip


@pytest.mark.parametrize(
    ("words", "mends"),
    [
        ("/free wibble", "/free friday evening"),
        ("/free yesterday", "Which day?"),
        ("/free lena tomorrow", "Lena gives no sessions"),
        ("/free 1 may", "the last day is"),
        ("/free sun 20:00", "open 09:00-16:00"),
    ],
)
def test_what_cannot_be_answered_says_how_to_ask(booked: StaffRoom, words: str, mends: str) -> None:
    assert mends in booked.say("niamh", words).text


@pytest.mark.parametrize(
    "words",
    [
        "who's free for a pint on friday?", "free weights are being delivered friday", "is lena free today?", "who is free?",
        "feel free to come by on friday", "is the boiler room free tomorrow", "is there any milk left?",
        "anyone have time to chat tomorrow", "anyone free to cover my yoga thursday?", "got a spare room for rent",
        "who can give me a lift friday", "have you time for a coffee at three?",
    ],
)  # fmt: skip
def test_talk_about_time_off_the_calendar_is_left_alone(booked: StaffRoom, words: str) -> None:
    assert booked.say("conor", words).is_silent
