"""What people say between a question and its answer: asides that are no answers, and answers in few words."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("1.5")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


@pytest.mark.parametrize(
    "said", ["thats dear", "that's a bit much", "quite pricey", "it's a lot", "bit steep isn't it"]
)
def test_a_sigh_at_the_price_is_no_yes(phone: ProspectPhone, said: str) -> None:
    phone.say("price?")
    heard = phone.say(said)
    assert "Which suits you" not in heard.text
    assert "€39" in heard.text


@pytest.mark.parametrize("said", ["student tho", "I'm a student", "im on a pension", "still a student btw"])
def test_who_hopes_for_a_reduction_is_told_which_there_are(phone: ProspectPhone, said: str) -> None:
    phone.say("how much is it a month?")
    assert "15" in phone.say(said).text


@pytest.mark.parametrize(
    ("asks", "answer"),
    [
        ("do i pay then", "card"),
        ("is there parking", "Quayside"),
        ("what should I wear", "indoor shoes"),
        ("where is it again", "14 Quayside"),
    ],
)
def test_a_question_is_not_taken_for_the_goal_that_was_asked_for(
    phone: ProspectPhone, asks: str, answer: str
) -> None:
    phone.say("trial on thursday at 3 with marcus please")
    assert "what would you most like to get out of it" in phone.say("yes").text
    heard = phone.say(asks)
    assert answer.lower() in heard.text.lower()
    assert "noted" not in heard.text
    assert phone.lead.goal is None


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("the later one", 2),
        ("the latest one", 2),
        ("the last one", 2),
        ("the earlier one", 0),
        ("the first", 0),
    ],
)
def test_the_later_one_is_the_last_of_those_on_offer(phone: ProspectPhone, said: str, time: int) -> None:
    offered = phone.say("could I come for a trial on wednesday morning?")
    heard = phone.say(said)
    assert f"at {offered.titles[time]}" in heard.text
    assert "Confirm" in heard.titles


def test_who_may_take_it_is_who_works_then(phone: ProspectPhone) -> None:
    phone.say("can I come for a trial on saturday afternoon")
    heard = phone.say("whos taking it")
    assert "Priya" in heard.text
    assert "Tom" not in heard.text
    assert "Aoife" not in heard.text


@pytest.mark.parametrize("asks", ["will it be that Tom fella", "would I be with Tom?", "is it with Tom"])
def test_is_it_with_somebody_is_answered_with_who_it_is(phone: ProspectPhone, asks: str) -> None:
    phone.say("trial on thursday at 3 with marcus please")
    heard = phone.say(asks)
    assert "Marcus" in heard.text
    assert "automated" not in heard.text


@pytest.mark.parametrize(
    ("says", "hears"),
    [
        ("I need to cancel", "cancel your"), ("can we make it friday", "friday 27 november"), ("actually I can't come", "cancel"),
        ("I want to talk to a person", "team"), ("get fitter for my wedding", "noted"), ("no more pain in my back", "trainer"),
    ],
)  # fmt: skip
def test_after_the_booking_other_wants_are_not_taken_for_the_goal(
    phone: ProspectPhone, says: str, hears: str
) -> None:
    phone.say("trial on thursday at 3 with marcus please")
    phone.say("yes")
    assert hears in phone.say(says).text.lower()


@pytest.mark.parametrize(
    "asks",
    [
        "what's offpeak",
        "what is the off peak one?",
        "whats included in off-peak",
        "what do you get with off peak",
        "does offpeak cover weekends",
    ],
)
def test_a_membership_is_explained_by_its_name(phone: ProspectPhone, asks: str) -> None:
    phone.say("price?")
    heard = phone.say(asks).text
    assert "Off-peak is €39 a month" in heard
    assert "weekdays 10:00-16:00 and weekends" in heard
    assert "HIIT" not in heard


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("grand, sunday at 11 so", "Sunday 29 November at 11:00"),
        ("ok saturday morning then", "Saturday 28 November"),
        ("tuesday so", "Tuesday 24 November"),
    ],
)
def test_a_time_alone_answers_the_invitation_to_a_trial(phone: ProspectPhone, said: str, day: str) -> None:
    assert "The first session is free" in phone.say("do ye have a sauna").text
    assert day in phone.say(said).text


@pytest.mark.parametrize(
    "said", ["can my 17 year old join too", "my son is 16, can he come", "im 17, is that ok?"]
)
def test_who_is_old_enough_is_told_so(phone: ProspectPhone, said: str) -> None:
    assert "you can train here from 16" in phone.say(said).text
