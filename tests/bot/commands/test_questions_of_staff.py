"""What owners and trainers ask in plain words, in their own chat and in the group."""

from __future__ import annotations

import pytest

from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("6.1")


@pytest.fixture
def busy(room: StaffRoom) -> StaffRoom:
    """Hana tries on Monday at eight, Nora comes to a class on Tuesday at noon."""
    room.lead("Hana Sato")
    room.lead("Nora Keane")
    assert "Aoife" in room.say("lena", "book Hana Sato trial mon 8:00").text
    assert "Foundations" in room.say("lena", "book Nora Keane foundations tue 12:00").text
    return room


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        "what's on monday",
        "whats on next monday?",
        "who's booked in on Monday?",
        "who have we got on monday",
        "anyone booked in for monday?",
    ],
)
def test_what_is_on_a_day_is_answered_in_the_group_too(busy: StaffRoom, words: str, own: bool) -> None:
    said = busy.say("niamh", words, own=own).text
    assert "08:00 Hana Sato" in said
    assert "Nora" not in said


@pytest.mark.parametrize(
    "words",
    [
        "tuesday",
        "and tuesday?",
        "what about tuesday",
        "what does tuesday look like",
        "what's my day like on tuesday",
    ],
)
def test_a_trainer_asks_for_a_day_in_passing(busy: StaffRoom, words: str) -> None:
    said = busy.say("aoife", words, own=True).text
    assert "12:00 Strength Foundations: 1 of 8 (Nora)" in said


@pytest.mark.parametrize(
    "words", ["agenda next week", "next week", "what's on next week?", "how's my week looking next week"]
)
def test_a_week_is_shown_a_line_a_day(busy: StaffRoom, words: str) -> None:
    said = busy.say("aoife", words, own=True).text
    assert "Mon 30 Nov: 08:00 Hana Sato, Trial" in said.splitlines(), said
    assert "Foundations" not in said
    this_week = busy.say("aoife", "this week", own=True).text
    assert "Tue 24 Nov: 12:00 Strength Foundations 1 of 8" in this_week.splitlines(), this_week


def test_a_weekend_without_bookings_is_said(busy: StaffRoom) -> None:
    assert "nothing booked" in busy.say("niamh", "anything on at the weekend?", own=True).text


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words", ["who's new?", "whos new", "any new leads today?", "anyone new today", "who wrote in today?"]
)
def test_who_is_new_lists_the_leads_of_today(busy: StaffRoom, words: str, own: bool) -> None:
    said = busy.say("niamh", words, own=own).text
    assert "Hana Sato" in said
    assert "Nora Keane" in said


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("words", ["who is Hana?", "who's hana sato", "tell me about Hana"])
def test_who_somebody_is_shows_the_card(busy: StaffRoom, words: str, own: bool) -> None:
    assert "Hana Sato" in busy.say("niamh", words, own=own).text


@pytest.mark.parametrize("words", ["how are we doing this week?", "how's business"])
def test_how_it_goes_shows_the_numbers(busy: StaffRoom, words: str) -> None:
    assert "Leads: 2" in busy.say("niamh", words, own=True).text


@pytest.mark.feature("4.4")
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words",
    ["what did hana say?", "what has Hana Sato written", "last message from hana", "did hana reply yet?", "any word from Hana?",
     "has hana got back to us", "show me the chat with Hana"],
)  # fmt: skip
def test_what_somebody_said_shows_their_last_words(busy: StaffRoom, words: str, own: bool) -> None:
    said = busy.say("lena", words, own=own).text
    assert said.startswith("Hana Sato, the last"), said
    assert "Hana: hi, can I try it?" in said


@pytest.mark.feature("2.2")
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words",
    ["what does hana want", "what's Hana looking for?", "what is hana after", "when is Hana coming in?", "is hana coming monday?",
     "what's the story with Hana", "where are we with hana sato?"],
)  # fmt: skip
def test_what_somebody_wants_and_when_they_come_is_on_their_card(
    busy: StaffRoom, words: str, own: bool
) -> None:
    said = busy.say("conor", words, own=own).text
    assert "Booked: Trial, Mon 30 Nov 08:00 with Aoife" in said
    assert '"hi, can I try it?"' in said


def test_a_person_who_is_not_named_is_asked_for_in_private_only(busy: StaffRoom) -> None:
    assert "Whom do you mean?" in busy.say("lena", "what did she say?", own=True).text
    assert busy.say("lena", "what did she say?").is_silent


@pytest.mark.parametrize(
    "words",
    [
        "who's up for lunch?", "who is bringing the cake", "how are you all", "what's on your mind", "anyone around?", "who's in?",
        "what about the boiler", "who is Batman?", "how's the coffee machine doing", "tuesday", "next week then", "is tom coming tomorrow?",
        "who took the keys", "what's up tomorrow with the lift", "tell me about it", "any news?",
        "what did you say?", "what did the plumber say", "did Batman reply?", "did Conor answer?", "any news from the landlord?",
        "what does the landlord want", "what's up with the shower", "when is the delivery coming", "is Lena booked on the course yet",
        "what's the story with the lift", "how many towels are left", "how many people are coming to the party?",
        "how many sessions of physio did you need", "how many people fit in the van",
    ],
)  # fmt: skip
def test_questions_among_colleagues_are_left_to_them(busy: StaffRoom, words: str) -> None:
    assert busy.say("niamh", words).text == ""
