"""Between acting and giving up lies asking: which of two is meant, once, in the person's words."""

from __future__ import annotations

import datetime as dt

import pytest

from crm import conversations
from crm.db import TenantSession
from tests.bot.answer import Answer
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.1")

UNSURE = "somebody at work gave me a coupon, would that work with you lot"


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


def asked(phone: ProspectPhone) -> Answer:
    """Which of two, about something said that is not clear enough to act on."""
    answer = phone.say(UNSURE)
    assert answer.titles == ["Discounts", "Ask the team"]
    return answer


def test_what_is_not_clear_enough_is_asked_about_with_two_doors(phone: ProspectPhone) -> None:
    assert "Do you mean discounts, or something for the team?" in asked(phone).text


def test_a_tapped_door_answers_what_was_said(phone: ProspectPhone) -> None:
    asked(phone)
    assert "15%" in phone.tap("Discounts").text
    assert phone.conversation.status == "open"


@pytest.mark.parametrize("words", ["discounts", "Discounts", "the first one", "yes", "the discount yeah"])
def test_a_typed_answer_chooses_a_door_too(phone: ProspectPhone, words: str) -> None:
    asked(phone)
    assert "15%" in phone.say(words).text


def test_a_number_chooses_a_door_where_there_are_no_buttons(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, channel="sms")
    asked(phone)
    phone.say("2")
    assert phone.conversation.handoff_reason == "asked"


@pytest.mark.parametrize("words", ["no", "neither of those", "qwrtp zxcvb"])
def test_a_second_miss_gets_a_person(phone: ProspectPhone, words: str) -> None:
    asked(phone)
    answer = phone.say(words)
    assert "person from the team" in answer.text
    assert phone.conversation.handoff_reason == conversations.NOT_UNDERSTOOD


def test_saying_something_else_is_as_good_as_an_answer(phone: ProspectPhone) -> None:
    asked(phone)
    assert "Quayside" in phone.say("where are you?").text
    assert phone.conversation.status == "open"
    assert "€55" in phone.say("and how much is it a month?").text


def test_an_old_door_still_does_what_it_says(phone: ProspectPhone) -> None:
    asked(phone)
    phone.say("where are you?")
    assert "15%" in phone.tap("Discounts").text


def test_what_is_clear_is_done_and_not_asked_about(phone: ProspectPhone) -> None:
    assert phone.say("any discount for students?").titles == []


def test_nothing_is_asked_of_somebody_who_waits_for_a_person(phone: ProspectPhone) -> None:
    phone.say("I was charged twice")
    assert "Do you mean" not in phone.say(UNSURE).text
