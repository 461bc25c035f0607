"""What people ask who have never been here, answered as a friendly person at the desk would."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.2")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


@pytest.mark.parametrize(
    "hello",
    [
        "evening",
        "Evening all",
        "good evening",
        "morning folks",
        "Afternoon!",
        "evenin",
        "Good morning to you",
    ],
)
def test_a_time_of_day_that_opens_the_talk_is_a_hello(phone: ProspectPhone, hello: str) -> None:
    heard = phone.say(hello)
    assert "What would you like to know" in heard.text
    assert heard.titles == []


def test_the_same_word_is_a_time_where_a_time_was_asked_for(phone: ProspectPhone) -> None:
    phone.say("could I have a trial on thursday")
    assert all(title >= "17:00" for title in phone.say("evening").titles)


def test_and_it_is_one_where_they_were_just_invited(phone: ProspectPhone) -> None:
    phone.say("what does it cost")
    assert all(title >= "17:00" for title in phone.say("evening").titles)


@pytest.mark.parametrize(
    "asks",
    [
        "grand. is it very busy after work though",
        "how packed does it be around 6?",
        "cool, and when is it quietest?",
        "does the place get crowded in the evenings",
        "is it mental on mondays",
    ],
)
def test_how_busy_it_is_is_asked_of_the_team_and_no_time_is_taken_from_it(
    phone: ProspectPhone, asks: str
) -> None:
    offered = phone.say("trial on thursday please").titles
    heard = phone.say(asks)
    assert "asked the team" in heard.text
    assert heard.titles == offered
    assert phone.conversation.handoff_reason == "question"


def test_a_yes_before_how_busy_it_is_books_and_a_filler_does_not(phone: ProspectPhone) -> None:
    phone.say("trial thursday at 3")
    assert "Still holding" in phone.say("sound. is it busy then?").text
    assert phone.bookings() == []
    assert "You're booked" in phone.say("yes please. is it usually packed?").text


@pytest.mark.parametrize(
    "said", ["I'm mad busy on friday, is saturday at 10 ok", "work is hectic this week, saturday at 10?"]
)
def test_who_is_busy_themselves_asks_nothing_of_the_kind(phone: ProspectPhone, said: str) -> None:
    phone.say("could I have a trial")
    assert "Saturday 28 November at 10:00" in phone.say(said).text


@pytest.mark.parametrize(
    ("asks", "said", "unsaid"),
    [
        ("what would 6 months be in total", ["€234", "€330", "€474", "no minimum term"], ["€72", "€12 "]),
        ("standard for 3 months, how much altogether?", ["€165"], ["€117", "€237"]),
        ("how much is premium per year", ["€948"], ["€660"]),
        ("price for half a year of off peak", ["€234"], ["€330"]),
        ("how much would the day pass be for 2 months", ["€12 a visit"], ["€24", "€110"]),
    ],
)
def test_a_sum_over_months_is_multiplied_from_the_table(
    phone: ProspectPhone, asks: str, said: list[str], unsaid: list[str]
) -> None:
    heard = phone.say(asks).text
    assert all(words in heard for words in said), heard
    assert not any(words in heard for words in unsaid), heard
    assert phone.conversation.status == "open"


@pytest.mark.parametrize("asks", ["and for a year?", "what about 12 months", "for the whole year?"])
def test_a_sum_is_also_asked_after_a_price_in_few_words(phone: ProspectPhone, asks: str) -> None:
    phone.say("how much is standard")
    heard = phone.say(asks).text
    assert "€660" in heard
    assert "€948" not in heard


@pytest.mark.parametrize(
    "said",
    [
        "haven't trained in 2 years, how much is it",
        "any discount if I pay for the year",
        "I had a baby 6 months ago, how much is it?",
    ],
)
def test_other_talk_of_months_is_multiplied_with_nothing(phone: ProspectPhone, said: str) -> None:
    assert "come to" not in phone.say(said).text


@pytest.mark.parametrize(
    "asks", ["is this Specsavers", "hi is that the post office?", "did I reach Supermacs"]
)
def test_who_took_us_for_another_is_told_where_they_are(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks).text
    assert "you've reached Harbour Strength & Fitness" in heard
    assert "try it" not in heard


@pytest.mark.parametrize("asks", ["who is this", "is this legit", "who am i talking to here"])
def test_who_doubts_it_is_told_where_we_are_and_whom_to_ring(phone: ProspectPhone, asks: str) -> None:
    phone.say("hello")
    heard = phone.say(asks).text
    assert "14 Quayside Row" in heard
    assert "+353 1 555 0148" in heard


@pytest.mark.parametrize("asks", ["is this a bot", "am I talking to a real person", "are you human?"])
def test_whether_it_is_a_machine_is_still_said_plainly(phone: ProspectPhone, asks: str) -> None:
    assert "not a person" in phone.say(asks).text


@pytest.mark.parametrize(
    "said", ["sorry wrong number", "oops, that was meant for someone else", "ah I have the wrong chat, sorry"]
)
def test_a_wrong_number_is_let_go_kindly(phone: ProspectPhone, said: str) -> None:
    assert "No harm done" in phone.say(said).text


@pytest.mark.parametrize(
    "said", ["I'll pay by cash and come tomorrow at 2", "can I drop in tomorrow at 2 and do ye take revolut", "do you accept card? and could i come tomorrow at 2"]
)  # fmt: skip
def test_how_to_pay_and_a_time_in_one_breath(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said)
    assert "cash at the desk" in heard.text
    assert "Tuesday 24 November at 14:00" in heard.text


@pytest.mark.parametrize(
    "asks", ["off peak?", "tell us about the off peak one", "the premium", "what's the story with offpeak"]
)
def test_a_membership_by_its_name_alone_is_told(phone: ProspectPhone, asks: str) -> None:
    assert " a month: " in phone.say(asks).text
    assert phone.conversation.status == "open"


@pytest.mark.parametrize(
    "asks", ["do you do meal plans", "could I bring my dog", "are puppies allowed in", "can i film my workout", "do yous do nutrition plans?"]
)  # fmt: skip
def test_what_no_record_tells_is_asked_of_the_team(phone: ProspectPhone, asks: str) -> None:
    assert "asked the team" in phone.say(asks).text
    assert phone.conversation.handoff_reason == "question"


def test_the_second_unknown_thing_is_not_said_in_the_same_words(phone: ProspectPhone) -> None:
    first, second = phone.say("do you sell protein").text, phone.say("is there a cafe").text
    assert "asked the team" in first
    assert "don't know that one either" in second


@pytest.mark.parametrize(
    "asks", ["can I get a week pass", "have you a pass for a fortnight?", "do you do tourist passes"]
)
def test_a_pass_that_there_is_not_is_not_made_up(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks).text
    assert "don't have a pass like that" in heard
    assert "€12 a visit" in heard


@pytest.mark.parametrize("asks", ["is there a bus near ye?", "which luas stop is it", "what bus do i get"])
def test_the_way_by_bus_is_asked_of_the_team_where_the_directions_are_silent(
    phone: ProspectPhone, asks: str
) -> None:
    heard = phone.say(asks).text
    assert "14 Quayside Row" in heard
    assert "asked the team" in heard


@pytest.mark.parametrize(
    "asks",
    ["which one has the classes", "what membership gets you the classes?", "do any of them include classes"],
)
def test_which_membership_has_the_classes(phone: ProspectPhone, asks: str) -> None:
    phone.say("how much is it")
    assert "included in Premium" in phone.say(asks).text


@pytest.mark.parametrize("said", ["im 15 tho", "I'm 14 haha", "im only 13 is that ok"])
def test_a_teenagers_age_is_heard_however_it_is_said(phone: ProspectPhone, said: str) -> None:
    assert "at least 16" in phone.say(said).text


@pytest.mark.parametrize(
    "said",
    [
        "can I bring my 12 year old for a trial",
        "trial for my daughter, she's 14",
        "my lad is 13 could he do the trial",
    ],
)
def test_a_parent_is_not_sent_to_their_parents(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said).text
    assert "at least 16" in heard
    assert "guardian" not in heard


def test_every_question_of_a_long_story_is_answered(phone: ProspectPhone) -> None:
    heard = phone.say(
        "hiya so I hurt my back a good while ago lifting at work and the physio wants me stronger but honestly I'm "
        "nervous about gyms, have you anyone who deals with backs and what would it cost me"
    ).text
    assert "Tom" in heard
    assert "€55" in heard
    assert "just as you are" in heard


def test_joining_and_its_price_are_not_told_twice(phone: ProspectPhone) -> None:
    assert phone.say("I want to join, how much is it a month?").text.count("€55") == 1
    assert "€55" not in phone.say("premium so, how do I sign up?").text


def test_a_joke_is_a_joke_and_there_are_two(phone: ProspectPhone) -> None:
    first = phone.say("tell me a joke").text
    second = phone.say("another one").text
    assert "close down" in first
    assert "skip" in second
    assert "All good here" in phone.say("and how are you today?").text
