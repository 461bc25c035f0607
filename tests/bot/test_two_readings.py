"""Times that a receptionist would ask about: the likelier reading is held, and the other has a door beside it."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.2")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp; it is a Monday."""
    return ProspectPhone(session, now)


def booked_by(phone: ProspectPhone) -> list[str]:
    """The local starts of what stands."""
    return [start for _, start, status in phone.bookings() if status == "booked"]


@pytest.mark.parametrize(
    ("said", "held", "other"),
    [
        ("can i try thursday at 7", "Thursday 26 November at 19:00", "07:00"),
        ("could i come in at half 7 on thursday?", "Thursday 26 November at 19:30", "07:30"),
        ("trial on monday at 8 pls", "Monday 30 November at 08:00", "20:00"),
        ("trial next friday at 10?", "Friday 4 December at 10:00", "Friday 27 November at 10:00"),
    ],
)
def test_the_other_reading_is_named_and_has_a_button(
    phone: ProspectPhone, said: str, held: str, other: str
) -> None:
    heard = phone.say(said)
    assert held in heard.text
    assert f"If you meant {other}, that's free too." in heard.text
    first, second, _ = heard.titles
    assert first == "Confirm"
    assert other[-5:] in second


@pytest.mark.parametrize(
    "said",
    [
        "can i try thursday at 7pm",
        "can i try thursday at 19:00",
        "thursday evening at 7 for a trial?",
        "trial friday at 10",
        "trial friday next week at 10",
        "trial on sunday at 1",
        "a trial on wednesday at 7?",  # at seven in the morning nobody is free
    ],
)
def test_what_can_be_read_in_one_way_only_is_not_asked_about(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said)
    assert "If you meant" not in heard.text
    assert heard.titles == ["Confirm", "Other time"]


@pytest.mark.parametrize(
    ("answer", "hour"),
    [
        ("am", 7),
        ("no, i meant am", 7),
        ("7 in the morning!", 7),
        ("morning please", 7),
        ("am not pm sorry", 7),
        ("7am", 7),
        ("the evening obviously", 19),
        ("pm please", 19),
    ],
)
def test_which_half_of_the_day_was_meant_can_be_said(phone: ProspectPhone, answer: str, hour: int) -> None:
    phone.say("can i try thursday at 7")
    heard = phone.say(answer)
    if heard.titles[0] == "Confirm":
        assert f"at {hour:02}:00" in heard.text
        assert "If you meant" not in heard.text
        phone.say("yes")
    (start,) = booked_by(phone)
    assert start.endswith(f" {hour:02}:00")


def test_a_yes_takes_the_reading_that_was_said_first(phone: ProspectPhone) -> None:
    phone.say("can i try thursday at 7")
    phone.say("yes i am sure")
    (start,) = booked_by(phone)
    assert start.endswith(" 19:00")


def test_the_other_door_leads_to_a_question_of_its_own(phone: ProspectPhone) -> None:
    phone.say("can i try thursday at 7")
    heard = phone.tap("07:00")
    assert "Thursday 26 November at 07:00" in heard.text
    assert heard.titles == ["Confirm", "Other time"]
    phone.tap("Confirm")
    (start,) = booked_by(phone)
    assert start.endswith(" 07:00")


def test_on_a_channel_without_buttons_the_other_reading_is_a_number(
    session: TenantSession, now: dt.datetime
) -> None:
    phone = ProspectPhone(session, now, channel="sms")
    assert "07:00" in phone.say("can i try thursday at 7").text
    assert "07:00" in phone.say("2").text


def test_the_other_reading_is_offered_where_the_first_is_taken(
    phone: ProspectPhone, session: TenantSession, now: dt.datetime
) -> None:
    for name in ("Bea Roche", "Cal Roche"):
        other = ProspectPhone(session, now, name=name)
        other.say("trial on thursday 19:00 please")
        other.say("yes")
    heard = phone.say("can i try thursday at 7")
    assert "at 19:00 is taken" in heard.text
    assert "07:00" in heard.titles


def test_a_class_is_taken_for_the_half_of_the_day_in_which_it_is_on(phone: ProspectPhone) -> None:
    heard = phone.say("morning hiit on wednesday at 7 please")
    assert "Wednesday 25 November at 07:00" in heard.text


def test_free_times_of_next_weekday_tell_of_this_week(phone: ProspectPhone) -> None:
    heard = phone.say("can i try next thursday")
    assert "On Thursday 3 December" in heard.text
    assert "If you meant Thursday 26 November, just say so." in heard.text
    assert "Thursday 26 November" in phone.say("sorry, this thursday").text


def test_another_half_of_a_move_can_be_chosen_too(phone: ProspectPhone) -> None:
    phone.say("trial friday at 10")
    phone.say("yes")
    heard = phone.say("can i move it to thursday at 7?")
    assert "Keep as it is" in heard.titles
    assert "If you meant" in heard.text
    phone.tap(heard.titles[1])
    phone.say("yes")
    (start,) = booked_by(phone)
    assert start.startswith("2026-11-26 ")
    assert start[11:13] in heard.titles[1]
