"""First messages that were once answered past the point."""

from __future__ import annotations

import datetime as dt

import pytest

from crm import time_off
from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.1")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp; it is a Monday."""
    return ProspectPhone(session, now)


@pytest.mark.parametrize(
    "said",
    [
        "Hey, sign me up for spin Tuesday evening?",
        "one place in the pilates class on saturday at 10 please",
        "put me down for aqua aerobics on thursday",
    ],
)
def test_a_class_that_is_not_run_is_not_replaced_in_silence(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said)
    assert "We don't run that one" in heard.text
    assert "Shall I book" not in heard.text


def test_another_class_can_be_named_instead(phone: ProspectPhone) -> None:
    phone.say("one place in the pilates class on saturday at 10 please")
    assert "Yoga Flow, Saturday 28 November at 10:00" in phone.say("yoga then").text


@pytest.mark.parametrize(
    "said",
    ["can we push tonight back to 8?", "please move my session to thursday at 5", "swap my 7am for noon"],
)
def test_who_moves_what_is_not_booked_is_told_so(phone: ProspectPhone, said: str) -> None:
    assert "can't find a booking of yours" in phone.say(said).text


@pytest.mark.parametrize(
    "said",
    ["you can start texting me again now", "UNSTOP", "resubscribe", "turn the reminders back on please"],
)
def test_who_never_stopped_the_messages_is_told_that_they_are_on(phone: ProspectPhone, said: str) -> None:
    assert "You're getting our messages already" in phone.say(said).text


def test_a_wish_beside_an_opt_in_is_done_too(phone: ProspectPhone) -> None:
    phone.say("STOP")
    heard = phone.say("turn my messages back on and throw me in wednesday's hiit")
    assert "HIIT, Wednesday 25 November at 18:30" in heard.text
    assert phone.consents()[-1][1] is True


@pytest.mark.parametrize(
    "said",
    ["English isn't my first language, is there Portuguese?", "my english is bad, do you speak portuguese"],
)
def test_the_language_that_is_asked_for_is_the_other_one(phone: ProspectPhone, said: str) -> None:
    assert "português" in phone.say(said).text


@pytest.mark.parametrize("said", ["ta", "thanks a mill lads", "Many thanks for the quick reply."])
def test_thanks_are_welcome_at_any_time(phone: ProspectPhone, said: str) -> None:
    assert "You're welcome" in phone.say(said).text


@pytest.mark.parametrize(
    "said",
    [
        "is there somewhere my toddler can be minded while i train",
        "can the baby be looked after while I'm in there?",
        "do you have childcare",
    ],
)
def test_childcare_is_a_no(phone: ProspectPhone, said: str) -> None:
    assert "We don't have childcare" in phone.say(said).text


@pytest.mark.parametrize("said", ["can i pay per class", "can i just pay per visit", "pay as you go?"])
def test_who_would_pay_by_the_visit_hears_of_the_day_pass(phone: ProspectPhone, said: str) -> None:
    assert "€12" in phone.say(said).text


def test_what_is_no_business_of_ours_is_not_said_beside_what_is(phone: ProspectPhone) -> None:
    heard = phone.say("ive been charged 3 times now, can somebody ring me and sort it")
    assert "passed it to the team" in heard.text
    assert "outside" not in heard.text


def test_nothing_of_an_advertisement_is_kept(phone: ProspectPhone) -> None:
    phone.say("EARN 900 PER DAY FROM HOME, no experience, message me on telegram")
    assert phone.lead.experience is None


def test_a_trainer_who_is_away_that_day_is_said_to_be(phone: ProspectPhone) -> None:
    facts = phone.facts
    tom = facts.staff_by_key("tom")
    assert tom is not None
    friday = facts.instant(dt.datetime.combine(dt.date(2026, 11, 27), dt.time()))
    time_off.add(
        phone.session, tom.id, friday, friday + dt.timedelta(days=1), now=phone.now, actor="staff:tom"
    )
    heard = phone.say("trial with tom on friday at 10 please")
    assert "Tom is away on Friday 27 November." in heard.text
    assert heard.titles == ["Mon 23 10:15", "Wed 25 10:00", "Mon 30 10:00"]
    assert "with Aoife" in phone.say("ok with anybody then, friday at 10").text


def test_who_gives_a_title_is_called_by_it(phone: ProspectPhone) -> None:
    assert "Hi Mrs O'Brien!" in phone.say("Good morning, my name is Mrs O'Brien.").text


@pytest.mark.parametrize(
    "said", ["the surname is Byrne not Burns", "my last name is Byrne", "Surname's Byrne btw"]
)
def test_a_surname_does_not_replace_the_first_name(phone: ProspectPhone, said: str) -> None:
    phone.say("hi")
    phone.say(said)
    assert phone.contact.name == "Ana Byrne"


@pytest.mark.parametrize(
    "said",
    [
        "Is this Marcus himself or one of them robots?",
        "my grandson says these things are all computers now. Is that what you are?",
        "is this a computer or a person i'm texting",
    ],
)
def test_whether_we_are_a_machine_is_no_question_for_another_place(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said).text
    assert "automated assistant, not a person" in heard
    assert "instead" not in heard


@pytest.mark.parametrize(
    "said",
    [
        "bored on the train lol what u up to",
        "a train leaves at 3 going 80 km an hour, can u help me with my maths",
    ],
)
def test_a_train_that_somebody_sits_in_is_no_way_to_us(phone: ProspectPhone, said: str) -> None:
    assert "Quayside" not in phone.say(said).text


@pytest.mark.parametrize(
    "said", ["what bus do i get from town", "which luas stop is nearest", "can i get there by train"]
)
def test_a_bus_or_train_that_is_to_bring_them_is(phone: ProspectPhone, said: str) -> None:
    assert "Quayside" in phone.say(said).text


@pytest.mark.parametrize(
    "said", ["slept badly, energy 4/10, still got all 3 sessions in", "5 sessions done this week, wrecked"]
)
def test_sessions_that_were_trained_are_not_sold(phone: ProspectPhone, said: str) -> None:
    assert "€" not in phone.say(said).text


def test_what_is_told_beside_a_question_is_not_taken_for_one(phone: ProspectPhone) -> None:
    heard = phone.say(
        "Good week, slept well and hit every session. How am I doing against where I started?"
    ).text
    assert "How am I doing against where I started?" in heard
    assert "Good week" not in heard
    assert "asked the team" not in phone.say("ah no it's full, let me know if a place opens?").text


@pytest.mark.parametrize(
    "said",
    ["Under Article 15 I am requesting access to my personal data", "this is a subject access request"],
)
def test_the_law_is_a_request_for_ones_data(phone: ProspectPhone, said: str) -> None:
    assert "This is what we keep about you" in phone.say(said).text


@pytest.mark.parametrize(
    "said",
    [
        "cant find the door lol im standing outside the bakery",
        "i'm here but can't see the entrance",
        "how do we get in",
    ],
)
def test_who_stands_outside_is_told_the_way_in(phone: ProspectPhone, said: str) -> None:
    assert "the entrance is beside the bakery" in phone.say(said).text


@pytest.mark.parametrize(
    "said",
    [
        "can two people share the one membership",
        "could my wife and I use the same membership card?",
        "what quals do your coaches have",
        "are the trainers certified?",
        "do your staff have first aid training",
    ],
)
def test_what_no_record_tells_is_asked_of_the_team(phone: ProspectPhone, said: str) -> None:
    assert "asked the team" in phone.say(said).text


@pytest.mark.parametrize("opening", ["few quick ones", "two questions", "just wondering"])
def test_a_list_behind_a_colon_is_answered_from_its_first_item(phone: ProspectPhone, opening: str) -> None:
    heard = phone.say(f"{opening}: where are you, is there a sauna, and are you open before 7?").text
    assert "14 Quayside Row" in heard
    assert "sauna" in heard
    assert "06:00" in heard


@pytest.mark.parametrize(
    "said",
    ["saw the ad on insta, how do i get my free session", "found ye on facebook, can i do the free trial?"],
)
def test_where_they_heard_of_us_is_no_question(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said)
    assert "not sure" not in heard.text
    assert len(heard.titles) == 3


def test_a_bad_week_is_never_met_with_silence(phone: ProspectPhone) -> None:
    assert phone.say("Honestly? Bad one. Missed two sessions and I'm wrecked. Not giving up though").text


@pytest.mark.parametrize(
    "said", ["actually make that 2 people", "it would be for two people", "there'll be two of us by the way"]
)
def test_company_that_is_told_of_late_reaches_the_team(phone: ProspectPhone, said: str) -> None:
    phone.say("trial on thursday at 6")
    heard = phone.say(said)
    assert "you're not coming alone" in heard.text
    assert heard.titles == ["Confirm", "Other time"]


@pytest.mark.parametrize(
    "said", ["whats the wifi password", "is there wi-fi", "book trial friday 4pm. is there wifi?"]
)
def test_wifi_is_asked_of_the_team_where_no_record_has_it(phone: ProspectPhone, said: str) -> None:
    assert "asked the team" in phone.say(said).text


def test_a_nudge_offers_no_time_that_the_wished_trainer_has_not_got(
    phone: ProspectPhone, session: TenantSession, now: dt.datetime
) -> None:
    other = ProspectPhone(session, now, name="Bea Roche")
    other.say("trial on thursday at 3pm with marcus please")
    other.say("yes")
    assert "taken" in phone.say("trial on thursday at 3pm with marcus please").text
    nudged = phone.wait(dt.timedelta(hours=2))
    assert "would you still like to come by?" in nudged.text
    assert "15:00" not in nudged.text
