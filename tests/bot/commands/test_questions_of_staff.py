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


@pytest.mark.parametrize(
    "words", ["how are we doing this week?", "how's business", "how many trials did we book this month?"]
)
def test_how_it_goes_shows_the_numbers(busy: StaffRoom, words: str) -> None:
    assert "Leads: 2" in busy.say("niamh", words, own=True).text


@pytest.mark.parametrize(
    "words",
    [
        "who's up for lunch?", "who is bringing the cake", "how are you all", "what's on your mind", "anyone around?", "who's in?",
        "what about the boiler", "who is Batman?", "how's the coffee machine doing", "tuesday", "next week then", "is tom coming tomorrow?",
        "who took the keys", "what's up tomorrow with the lift", "tell me about it", "any news?",
    ],
)  # fmt: skip
def test_questions_among_colleagues_are_left_to_them(busy: StaffRoom, words: str) -> None:
    assert busy.say("niamh", words).text == ""
