"""Between acting and giving up lies asking: which of two is meant, once, in the person's words."""

from __future__ import annotations

import datetime as dt
import functools
from zoneinfo import ZoneInfo

import pytest

from bot import nlu
from bot.flows.prospects import either_or
from crm import conversations
from crm.db import TenantSession
from nlu_models.parse import OUT_OF_SCOPE, Context, Vocabulary
from tests.bot.answer import Answer
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.1")

SAID = (
    "loyalty stamps from the cafe, anything",
    "stamps from the cafe next door, anything for those",
    "loyalty card from the bakery, anything",
    "points from the petrol station, anything",
    "a stamp card from the barber, anything off",
    "the coupon from my work, any good with you",
    "would a voucher count",
    "somebody told me about a code",
    "can a code from the radio be used",
    "does the leaflet thing knock anything off",
    "i get perks through my job, you in on that",
    "they gave us these tokens at work",
    "is the thing on the poster real",
    "the leaflet in my letterbox says half",
    "union card any use",
    "costco card any use",
    "will my bus pass get me anything",
    "employer thing for gyms you take part",
    "one of them scratch codes",
    "my cousin had some code",
)
"""Vague words about money off: which of them are unclear to the model depends on what it has learnt."""


@functools.cache
def unsure(zone: str) -> str:
    """The first of these that has two readings, discounts before all."""
    context = Context(sent_at=dt.datetime(2026, 11, 23, 9, tzinfo=ZoneInfo(zone)), vocabulary=Vocabulary())
    for words in SAID:
        parse = nlu.shipped().parse(words, context)
        ranked = [one.name for one in parse.ranking if one.confidence >= either_or.POSSIBLE]
        is_likely = parse.ranking[0].confidence >= either_or.LIKELY
        is_unclear = (
            is_likely
            if parse.intents[0].name == OUT_OF_SCOPE
            else nlu.ASK < parse.intents[0].confidence < either_or.SURE_QUESTION
        )
        if ranked == ["faq/discounts"] and is_unclear:
            return words
    raise AssertionError("all of these are clear by now: write vaguer ones")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


def asked(phone: ProspectPhone) -> Answer:
    """Which of two, about something said that is not clear enough to act on."""
    answer = phone.say(unsure("Europe/Dublin"))
    assert answer.titles == ["Discounts", "Ask the team"]
    return answer


QUESTIONS = ("Where you are", "Membership terms", "Discounts", "How to pay", "Is it for me?")
"""Doors behind which a question is answered by the way."""


def test_what_is_unclear_in_the_middle_of_something_is_asked_about_and_that_goes_on(
    session: TenantSession, now: dt.datetime
) -> None:
    for words in SAID:
        phone = ProspectPhone(session, now)
        times = phone.say("trial on thursday").titles
        heard = phone.say(words)
        if "Do you mean" in heard.text and heard.titles[0] in QUESTIONS:
            break
    else:
        pytest.fail("all of these are clear by now: write vaguer ones")
    assert len(heard.titles) == 2
    assert phone.tap(heard.titles[0]).titles == times


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
    assert "Do you mean" not in phone.say(unsure("Europe/Dublin")).text
