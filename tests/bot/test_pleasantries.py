"""Greetings, thanks and nods: a short word back in private, nothing in the group."""

from __future__ import annotations

import pytest

from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("7.18")


@pytest.fixture
def day(room: StaffRoom) -> StaffRoom:
    """Tom has Ana at ten and Theo at eleven."""
    room.lead("Ana Silva")
    room.lead("Theo Marsh")
    assert "Booked" in room.say("lena", "book Ana Silva trial today 10:00 with tom").text
    assert "Booked" in room.say("lena", "book Theo Marsh trial today 11:00 with tom").text
    return room


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("morning", "Morning Tom. Next: 10:00 Ana Silva, Trial."),
        ("Good morning!", "Morning Tom. Next: 10:00 Ana Silva, Trial."),
        ("hi", "Hi Tom. Next: 10:00 Ana Silva, Trial."),
        ("hey there 👋", "Hi Tom. Next: 10:00 Ana Silva, Trial."),
        ("thanks", "You're welcome. Next: 10:00 Ana Silva, Trial."),
        ("thank you so much!!", "You're welcome. Next: 10:00 Ana Silva, Trial."),
        ("ok", "👍 Next: 10:00 Ana Silva, Trial."),
        ("👍", "👍 Next: 10:00 Ana Silva, Trial."),
        ("no worries", "👍 Next: 10:00 Ana Silva, Trial."),
        ("good night", "Bye Tom. Next: 10:00 Ana Silva, Trial."),
    ],
)
def test_a_pleasantry_is_answered_with_what_comes_next(day: StaffRoom, words: str, said: str) -> None:
    assert day.say("tom", words, own=True).text == said


def test_next_is_what_has_not_begun(day: StaffRoom) -> None:
    day.wait(hours=1, minutes=5)
    assert day.say("tom", "thanks", own=True).text == "You're welcome. Next: 11:00 Theo Marsh, Trial."
    day.say("lena", "book Ana Silva trial fri 9:00 with tom")
    day.wait(hours=3)
    assert "Nothing more today. Next: Fri 27 Nov 09:00" in day.say("lena", "hi", own=True).text
    assert "Nothing is booked for the next seven days." in day.say("aoife", "hi", own=True).text


def test_the_desk_hears_of_the_gyms_next_and_of_who_waits(day: StaffRoom) -> None:
    assert (
        day.say("niamh", "morning", own=True).text == "Morning Niamh. Next: 10:00 Ana Silva, Trial with Tom."
    )
    day.say("lena", "/take Theo Marsh")
    said = day.say("niamh", "morning", own=True)
    assert "1 person waits for an answer: /inbox" in said.text
    assert said.titles == ["Today"]
    assert "11:00 Theo Marsh" in day.tap("niamh", "Today", own=True).text


@pytest.mark.parametrize(
    "words", ["hi", "morning", "thanks", "ok", "👍", "good night all", "cheers lads", "sound"]
)
def test_colleagues_greet_each_other_in_the_group(day: StaffRoom, words: str) -> None:
    assert day.say("tom", words).is_silent


def test_an_order_behind_a_greeting_is_still_an_order(day: StaffRoom) -> None:
    assert "10:00 Ana Silva" in day.say("tom", "good morning, what's on today?", own=True).text
    assert "Ana Silva" in day.say("niamh", "morning! leads today", own=True).text


def test_a_yes_to_a_question_that_is_closed_says_so(day: StaffRoom) -> None:
    day.say("tom", "cancel Ana Silva trial", own=True)
    day.wait(minutes=30)
    assert "That question is closed" in day.say("tom", "yes", own=True).text
    assert "10:00 Ana Silva" in day.say("tom", "agenda", own=True).text


def test_noise_still_gets_the_hint(day: StaffRoom) -> None:
    for words in ("blah blah wibble", "hi blah wibble zonk", "x" * 500):
        assert "/help" in day.say("tom", words, own=True).text
