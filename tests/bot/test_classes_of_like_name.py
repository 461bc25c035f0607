"""A class that is not on when somebody can come, and one of a like name that is."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("8.1")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp; it is a Monday."""
    return ProspectPhone(session, now)


@pytest.mark.parametrize(
    "said", ["nah too late, anything in the morning?", "have you one at 7am?", "morning would be better"]
)
def test_who_cannot_come_in_the_evening_is_offered_the_morning_one(phone: ProspectPhone, said: str) -> None:
    assert "HIIT, Wednesday 25 November at 18:30" in phone.say("hiit on wednesday please").text
    assert "Morning HIIT, Wednesday 25 November at 07:00" in phone.say(said).text
    phone.say("yes")
    assert phone.bookings() == [("hiit_am", "2026-11-25 07:00", "booked")]


def test_on_a_day_without_it_the_other_days_of_that_half_are_offered(phone: ProspectPhone) -> None:
    heard = phone.say("can i do hiit tomorrow morning?")
    assert "Morning HIIT isn't on then" in heard.text
    assert "Wed 25 07:00" in heard.titles


def test_a_class_that_is_on_is_left_alone(phone: ProspectPhone) -> None:
    assert "Yoga Flow, Saturday" in phone.say("yoga on saturday morning").text
    assert "Yoga Flow isn't on then" in phone.say("no, yoga on wednesday").text


def test_a_day_on_which_only_the_other_is_on(phone: ProspectPhone) -> None:
    assert (
        "Morning HIIT, Friday 27 November at 07:00" in phone.say("is there hiit on friday? book me in").text
    )


def test_an_injury_and_a_complaint_are_passed_on_in_one_sentence(phone: ProspectPhone) -> None:
    heard = phone.say("i pulled my back at the gym yesterday doing deadlifts, can i get a refund on my pt")
    assert heard.text.count("team") == 1
    assert "Sorry to hear that" in heard.text


def test_an_hour_after_a_part_of_the_day_was_agreed_is_in_that_half(phone: ProspectPhone) -> None:
    phone.say("trial tomorrow evening?")
    heard = phone.say("7")
    assert "at 19:00" in heard.text
    assert "If you meant" not in heard.text
