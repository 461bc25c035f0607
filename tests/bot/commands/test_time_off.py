"""A trainer who can't come, and one who is late: shown first, done at a tap, taken back with undo."""

from __future__ import annotations

import datetime as dt

import pytest

from crm import bookings, time_off
from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("8.7")


@pytest.fixture
def friday(room: StaffRoom) -> StaffRoom:
    """Tom has Ana on Friday at ten."""
    room.lead("Ana Silva")
    assert "Booked" in room.say("lena", "book Ana Silva trial fri 10:00 with tom").text
    return room


def ahead(room: StaffRoom) -> int:
    return len(time_off.list_ahead(room.session, now=room.now))


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        "can't do friday, i'm sick", "I'm off on friday", "won't make it friday", "i won't be in on Friday, sorry", "i'm sick friday",
        "sorry, i can't make it in on friday", "i'm not able to come friday", "i'm not in friday", "taking friday off",
        "i need friday off please", "off sick friday", "day off friday", "/timeoff friday",
    ],
)  # fmt: skip
def test_being_away_shows_what_is_booked_and_changes_nothing_yet(
    friday: StaffRoom, words: str, own: bool
) -> None:
    shown = friday.say("tom", words, own=own)
    assert shown.text.startswith("Tom, Fri 27 Nov:\n10:00 Ana Silva, Trial\n"), shown.text
    assert "Nothing is changed yet." in shown.text
    assert shown.titles == ["Block the day", "No, leave it"]
    assert ahead(friday) == 0


def test_blocked_nobody_can_be_booked_and_the_group_has_who_is(friday: StaffRoom) -> None:
    before = friday.customers_got()
    friday.say("tom", "can't do friday, i'm sick", own=True)
    shown = friday.tap("tom", "Block the day", own=True)
    assert shown.text.startswith("Blocked: Tom, Fri 27 Nov.")
    assert shown.titles == ["Move Ana", "Cancel Ana", "Undo"]
    assert "Tom is away Fri 27 Nov (Tom)" in friday.group_saw()
    assert "sick" not in friday.group_saw()
    assert friday.customers_got() == before
    friday.lead("Theo Marsh")
    assert (
        "Tom is not in on Fri 27 Nov 11:00"
        in friday.say("lena", "book Theo Marsh trial fri 11:00 with tom").text
    )
    assert "Aoife" in friday.say("lena", "book Theo Marsh trial fri 11:00").text
    assert "Tom is not in" in friday.say("niamh", "is tom free friday at 9?").text
    assert "Away: Tom, Fri 27 Nov" in friday.say("niamh", "/agenda friday").text


def test_the_desk_moves_who_is_concerned_from_the_groups_message(friday: StaffRoom) -> None:
    friday.say("tom", "i'm off friday", own=True)
    friday.say("tom", "yes", own=True)
    assert "Fri 27 Nov" in friday.tap("lena", "Move Ana").text
    friday.say("lena", "move Ana to fri 11:00")
    assert "with Aoife" in friday.say("lena", "yes").text + friday.say("lena", "/lead Ana").text
    (booking,) = bookings.upcoming(friday.session, friday.contact("Ana Silva").id, now=friday.now)
    assert booking.trainer_id != friday.facts.staff_by_key("tom").id  # type: ignore[union-attr]


def test_undo_gives_the_time_back_and_the_group_hears_it(friday: StaffRoom) -> None:
    friday.say("tom", "i'm off friday", own=True)
    friday.say("tom", "yes", own=True)
    assert friday.say("tom", "undo", own=True).text == "Taken back: Tom can be booked again Fri 27 Nov."
    assert "Tom can be booked again Fri 27 Nov (Tom)." in friday.group_saw()
    assert "Tom is free" in friday.say("niamh", "is tom free friday at 9?").text


@pytest.mark.parametrize("words", ["Tom is off friday", "tom can't make it friday", "Tom's sick friday", "tom won't be in friday"])  # fmt: skip
def test_an_owner_says_it_for_a_trainer_who_is_told(friday: StaffRoom, words: str) -> None:
    friday.say("niamh", words)
    assert friday.say("niamh", "yes").text.startswith("Blocked: Tom, Fri 27 Nov.")
    assert "Niamh blocked your time: Fri 27 Nov." in friday.trainer_saw("tom")
    friday.say("niamh", "/timeoff")
    assert "Taken back" in friday.tap("niamh", "Take back Tom").text
    assert "Niamh took your time off back" in friday.trainer_saw("tom")
    assert ahead(friday) == 0


def test_part_of_a_day_and_several_days(friday: StaffRoom) -> None:
    assert "Wed 25 Nov 14:00-" in friday.say("tom", "off wednesday from 14:00", own=True).text
    assert friday.say("tom", "yes", own=True).text.startswith("Blocked: Tom, Wed 25 Nov 14:00-")
    assert "09:00-13:15" in friday.say("niamh", "/free tom wednesday").text
    shown = friday.say("marcus", "i'm off from 1 to 5 december", own=True).text
    assert "Tue 1 Dec 18:00 Boxing 0 of 10" in shown
    assert "who covers?" in friday.say("marcus", "yes", own=True).text
    assert "Wed 25 Nov 14:00-" in friday.say("tom", "/timeoff", own=True).text
    listed = friday.say("niamh", "/timeoff").text
    assert "Marcus, Tue 1 Dec to Sat 5 Dec" in listed
    assert "Tom, Wed 25 Nov" in listed


@pytest.mark.parametrize(
    ("who", "words", "when"),
    [
        ("niamh", "Priya is on holidays from tuesday to thursday", "Tue 24 Nov to Thu 26 Nov"),
        ("niamh", "Priya's away next week", "Mon 30 Nov to Sun 6 Dec"),
        ("niamh", "give Tom friday off", "Fri 27 Nov"),
        ("niamh", "block saturday for Priya", "Sat 28 Nov"),
        ("marcus", "I'm off for two weeks from monday", "Mon 30 Nov to Sun 13 Dec"),
        ("tom", "can I have friday off?", "Fri 27 Nov"),
        ("tom", "sorry can't friday", "Fri 27 Nov"),
        ("tom", "I need to leave at 2 today", "Mon 23 Nov 14:00-24:00"),
        ("tom", "off sick", "Mon 23 Nov"),
    ],
)
def test_it_is_said_in_many_ways(friday: StaffRoom, who: str, words: str, when: str) -> None:
    shown = friday.say(who, words, own=True)
    assert f", {when}" in shown.text, shown.text
    assert "Nothing is changed yet." in shown.text
    assert friday.say(who, "yes", own=True).text.startswith("Blocked: ")


@pytest.mark.parametrize("words", ["who's off next week?", "is anyone off tomorrow?", "/timeoff"])
def test_who_is_off_is_listed_in_the_group_too(friday: StaffRoom, words: str) -> None:
    friday.say("tom", "off friday", own=True)
    friday.say("tom", "yes", own=True)
    assert "Tom, Fri 27 Nov" in friday.say("lena", words).text
    assert friday.say("tom", "cancel my time off", own=True).titles == ["Take back Tom Fri 27 Nov"]


def test_sick_without_a_day_is_today(friday: StaffRoom) -> None:
    assert "Mon 23 Nov" in friday.say("tom", "i'm sick", own=True).text
    assert "Mon 23 Nov" in friday.say("aoife", "calling in sick today", own=True).text


@pytest.mark.parametrize(
    ("who", "words", "mends"),
    [
        ("tom", "i'm off sunday", "Tom is not in Sun 29 Nov anyway"),
        ("tom", "/timeoff aoife friday", "Only Aoife, a manager or the owner"),
        ("lena", "/timeoff tom friday", "for that trainer, managers and owners"),
        ("niamh", "/timeoff tom", "Like this: off friday"),
        ("niamh", "i'm off friday", "Like this: /timeoff tom friday"),
        ("niamh", "/timeoff wibble friday", "I know no trainer called wibble"),
        ("niamh", "/timeoff lena friday", "Lena gives no sessions"),
        ("niamh", "/timeoff tom from 1 december to 30 june", "at most at once"),
        ("niamh", "/timeoff", "No time off ahead"),
    ],
)
def test_what_cannot_be_blocked_says_how_to_mend_it(
    friday: StaffRoom, who: str, words: str, mends: str
) -> None:
    assert mends in friday.say(who, words, own=True).text
    assert ahead(friday) == 0


def test_the_same_day_twice_is_said(friday: StaffRoom) -> None:
    friday.say("tom", "i'm off friday", own=True)
    friday.tap("tom", "Block the day", own=True)
    assert "blocked already" in friday.say("tom", "i'm off friday", own=True).text
    assert "blocked already" in friday.tap("tom", "Block the day", own=True).text
    assert ahead(friday) == 1


@pytest.mark.parametrize(
    "words",
    [
        "I'm off at two", "I'm off to the shop tomorrow", "sorry can't make the party on friday", "Tom is off his food",
        "the sauna is off friday", "Lena is off friday", "can't do the crossword", "the music is off", "marcus is off friday?",
        "i'm late for everything", "sorry I'm late lads", "the delivery is running late",
    ],
)  # fmt: skip
def test_talk_of_other_things_is_left_alone(friday: StaffRoom, words: str) -> None:
    assert friday.say("conor", words).is_silent


@pytest.fixture
def morning(friday: StaffRoom) -> StaffRoom:
    """Friday, twenty to ten."""
    friday.now = dt.datetime(2026, 11, 27, 9, 40, tzinfo=dt.UTC)
    return friday


@pytest.mark.feature("3.13")
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words", ["I'll be 20 minutes late", "running 20 mins late", "20 min late", "sorry, i'm twenty minutes late!", "/late 20", "running 15-20 mins late"]
)  # fmt: skip
def test_being_late_shows_the_words_first_and_sends_them_at_a_tap(
    morning: StaffRoom, words: str, own: bool
) -> None:
    before = len(morning.customers_got())
    shown = morning.say("tom", words, own=own)
    assert shown.titles == ["Tell Ana", "No, leave it"]
    assert "We're running about 20 minutes late for your Free trial session" in shown.text
    assert len(morning.customers_got()) == before
    assert "Tom is about 20 minutes late for Ana Silva" in morning.tap("tom", "Tell Ana", own=own).text
    assert morning.customers_got()[-1].startswith("We're running about 20 minutes late")
    assert "Tom is about 20 minutes late for Ana Silva" in morning.group_saw()


def test_how_late_is_asked_and_a_manager_may_say_it(morning: StaffRoom) -> None:
    assert morning.say("conor", "tom is running late").titles == ["10 min", "20 min", "30 min"]
    assert "about 10 minutes late" in morning.tap("conor", "10 min").text
    assert "Tom is about 10 minutes late" in morning.say("conor", "yes").text


def test_a_person_is_told_in_their_language(morning: StaffRoom) -> None:
    morning.contact("Ana Silva").language = "es"
    assert "retraso" in morning.say("tom", "10 minutes late", own=True).text


def test_where_nobody_waits_nobody_is_told(friday: StaffRoom) -> None:
    assert "nobody to tell" in friday.say("tom", "I'm 20 minutes late", own=True).text
    assert friday.say("tom", "I'm 20 minutes late").is_silent
    assert "/late tom 20" in friday.say("niamh", "I'm 20 minutes late", own=True).text
