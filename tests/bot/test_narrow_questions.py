"""Questions that sound like another one: each gets its own answer, and every one in a message gets one."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = [pytest.mark.feature("5.2"), pytest.mark.feature("5.11")]


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp, on a Monday morning."""
    return ProspectPhone(session, now)


def booked(phone: ProspectPhone) -> ProspectPhone:
    """With a trial on Thursday at ten."""
    phone.say("can I do a trial on thursday at 10? want to lose weight, never trained")
    phone.tap("Confirm")
    return phone


@pytest.mark.parametrize(
    ("asked", "said", "unsaid"),
    [
        ("what if I'm sick and can't make it?", "late cancellation", "Monthly rolling"),
        ("is there a no show fee", "late cancellation", "€"),
        ("ok if I bring my toddler along?", "childcare", "bottle of water"),
        ("what's the youngest ye take", "16", "started from zero"),
        ("whats the lowest price ye have a month", "€39", "€79"),
        ("is a class included in that", "Premium", "Shall I"),
        ("could I just pay for one visit", "€12", "SEPA"),
        ("any discount if I pay the whole year up front?", "no discount for that", "16"),
        ("is it cheaper if I buy ten at once?", "€450", "student"),
        ("do I have to pay a deposit for the trial", "nothing to pay", "SEPA"),
        ("what number can I ring ye on", "+353 1 555 0148", "someone will answer"),
        ("could my cousin come too? can I bring her along with my friend", "bring them along", "bottle of water"),
        ("how big are the yoga classes", "15", "Boxing"),
        ("what days does Tom work", "Mon, Wed and Fri", "Aoife"),
        ("who would be good with retired people?", "Tom", "€30"),
        ("somewhere to leave my bag?", "locker", "outside"),
        ("do ye have a sauna", "a sauna", "pool"),
        ("group rate for a company?", "10%", "€55"),
    ],
)  # fmt: skip
def test_a_narrow_question_gets_its_own_answer(
    phone: ProspectPhone, asked: str, said: str, unsaid: str
) -> None:
    answer = phone.say(asked).text
    assert said in answer
    assert unsaid not in answer


@pytest.mark.parametrize(
    "asked", ["is there ladies only time", "how heavy do the dumbbells go?", "which brand are the racks"]
)
def test_what_no_record_tells_is_asked_of_the_team_and_not_made_up(phone: ProspectPhone, asked: str) -> None:
    assert "not sure" in phone.say(asked).text
    assert phone.conversation.handoff_reason == "question"


def test_every_question_of_a_message_is_answered(phone: ProspectPhone) -> None:
    answer = phone.say("is there a shower? is there parking? and could I come with my friend").text
    assert "shower" in answer
    assert "car park" in answer
    assert "bring them along" in answer


def test_what_is_named_beside_a_price_is_not_what_it_is_the_price_of(phone: ProspectPhone) -> None:
    answer = phone.say("how much is it a month, and could my brother come to the trial with me?").text
    assert "€55" in answer


def test_bargaining_is_for_people_and_an_objection_gets_the_cheapest(phone: ProspectPhone) -> None:
    assert "€39" in phone.say("jaysus that's very dear").text
    assert phone.conversation.status == "open"
    phone.say("can ye do any better on the price?")
    assert phone.conversation.handoff_reason == "special_price"


@pytest.mark.parametrize(
    "words", ["my fob stopped working", "I left my jacket in the locker", "forgot my pin for the door"]
)
def test_a_members_trouble_is_passed_on_and_no_trial_is_sold(phone: ProspectPhone, words: str) -> None:
    answer = phone.say(words).text
    assert phone.conversation.handoff_reason == "member"
    assert "try it" not in answer


def test_who_says_that_they_are_a_member_is_not_invited_to_a_trial(phone: ProspectPhone) -> None:
    assert "first session" not in phone.say("hey I'm a member already").text
    assert "try it" not in phone.say("when do ye close on sunday").text


def test_who_waits_for_a_person_is_told_so_once_and_sold_nothing(phone: ProspectPhone) -> None:
    phone.say("how much is it?")
    phone.say("I was charged twice and nobody answers me")
    assert "has your message" in phone.say("ok and how long will that take").text
    assert phone.say("i am still waiting").texts == []
    assert phone.bookings() == []


def test_a_sick_persons_history_is_kept_for_the_trainer_and_said_to_be(phone: ProspectPhone) -> None:
    answer = phone.say("I had surgery on my shoulder two years ago")
    assert "for your trainer only" in answer.text
    assert phone.contact.health_note is not None
    assert phone.conversation.status == "open"


@pytest.mark.parametrize("words", ["can I come in an hour?", "could we drop in at 6 this evening"])
def test_somebody_new_who_wants_to_come_is_offered_a_place_and_not_the_hours(
    phone: ProspectPhone, words: str
) -> None:
    answer = phone.say(words)
    assert answer.titles
    assert "open" not in answer.text


def test_the_usual_is_what_they_had_before_at_the_same_time(phone: ProspectPhone) -> None:
    booked(phone).wait(dt.timedelta(days=5))
    assert "Thursday 3 December at 10:00" in phone.say("same as last week please").text


def test_the_usual_of_somebody_new_is_not_made_up(phone: ProspectPhone) -> None:
    assert "can't find an earlier" in phone.say("same as last time?").text


def test_a_week_after_is_counted_from_the_booking(phone: ProspectPhone) -> None:
    assert "Thursday 3 December at 10:00" in booked(phone).say("can we push it to the week after").text


@pytest.mark.parametrize("words", ["the earliest please", "whichever you pick", "I don't mind"])
def test_leaving_the_choice_to_us_takes_the_first_time_offered(phone: ProspectPhone, words: str) -> None:
    phone.say("trial on thursday morning")
    answer = phone.say(words)
    assert "Thursday 26 November at 07:00" in answer.text
    assert answer.titles == ["Confirm", "Other time"]


@pytest.mark.parametrize("words", ["no 12", "12 then", "ah no, 12"])
def test_an_hour_said_by_the_way_is_another_time(phone: ProspectPhone, words: str) -> None:
    phone.say("trial thursday at 10")
    assert "Thursday 26 November at 12:00" in phone.say(words).text


def test_a_day_named_with_a_question_mark_answers_when(phone: ProspectPhone) -> None:
    phone.say("can I come see the place first")
    offered = phone.say("friday lunchtime?")
    assert "Friday 27 November" in offered.text
    assert "Friday 27 November at 13:00" in phone.say("1pm").text


def test_a_trainer_asked_about_is_the_trainer_booked(phone: ProspectPhone) -> None:
    phone.say("when is Tom in?")
    assert "with Tom" in phone.say("could I do a trial wednesday at 10").text


@pytest.mark.feature("8.1")
def test_a_trial_for_somebody_else_is_in_their_name(phone: ProspectPhone) -> None:
    phone.say("could I book a trial for my mam on thursday at 10?")
    asked = phone.say("Bridie")
    assert "for Bridie" in asked.text
    phone.say("yes")
    assert phone.bookings() == [("trial", "2026-11-26 10:00", "booked")]
    assert phone.contact.name == "Ana Silva"
    assert "for Bridie" in phone.say("when is it again?").text


def test_a_name_told_at_the_confirmation_is_the_guests(phone: ProspectPhone) -> None:
    phone.say("trial thursday at 10")
    phone.say("it's for my daughter actually")
    assert "for Clodagh" in phone.say("her name is Clodagh").text


def test_two_people_are_not_put_into_one_place_in_silence(phone: ProspectPhone) -> None:
    answer = phone.say("can me and my friend both do a trial thursday at 10")
    assert "one person at a time" in answer.text
    assert "Thursday 26 November at 10:00" in answer.text


def test_thanks_and_smiles_at_the_end_are_answered_once(phone: ProspectPhone) -> None:
    booked(phone)
    assert phone.say("thanks a mill").texts == ["You're welcome."]
    assert phone.say("👍").texts == []
    assert phone.say("😊").texts == []
    assert phone.say("cheers").texts == []


@pytest.mark.parametrize(
    "words", ["thx", "do I need a towel?", "I don't want a big fella shouting at me", "is there wifi"]
)
def test_what_is_no_goal_is_not_kept_as_one(phone: ProspectPhone, words: str) -> None:
    phone.say("trial on thursday at 10")
    phone.tap("Confirm")
    phone.say(words)
    assert phone.lead.goal is None


def test_the_same_question_is_never_asked_a_fourth_time(phone: ProspectPhone) -> None:
    phone.say("trial on thursday morning")
    heard = [phone.say("yes").text for _ in range(3)]
    assert "Which one" in heard[0]
    assert "person from the team" in heard[2]


@pytest.mark.feature("8.8")
def test_a_typed_yes_to_a_reminder_counts_like_its_button(phone: ProspectPhone) -> None:
    booked(phone).wait(dt.timedelta(days=2, hours=1, minutes=30))
    assert "see you" in phone.say("yes I'll be there").text.lower()
    assert phone.wait(dt.timedelta(hours=23)).texts == []


def test_a_typed_no_to_a_reminder_asks_before_the_place_is_given_up(phone: ProspectPhone) -> None:
    booked(phone).wait(dt.timedelta(days=2, hours=1, minutes=30))
    assert phone.say("no").titles == ["Yes, cancel", "Keep as it is"]


def test_a_time_alone_from_somebody_booked_asks_what_it_is_for(phone: ProspectPhone) -> None:
    booked(phone).wait(dt.timedelta(hours=3))
    asked = phone.say("friday at 11")
    assert asked.titles == ["Move it", "Something else"]
    assert "instead of Thursday 26 November" in phone.say("move it").text


def test_numbers_stand_for_buttons_where_there_are_none(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, channel="sms")
    phone.say("trial thursday at 10")
    phone.say("1")
    assert phone.bookings() == [("trial", "2026-11-26 10:00", "booked")]
    assert "Cancel your" in phone.say("2").text


def test_a_weekday_said_while_next_week_is_talked_about_is_next_weeks(phone: ProspectPhone) -> None:
    phone.say("can I do a trial some morning next week")
    assert "Wednesday 2 December at 09:00" in phone.say("wednesday 9").text


def test_same_time_next_week_after_a_cancellation_is_what_they_had(phone: ProspectPhone) -> None:
    booked(phone).say("I need to cancel")
    phone.say("yes")
    phone.say("maybe next week")
    assert "Thursday 3 December at 10:00" in phone.say("same time").text


def test_that_one_is_the_class_just_asked_about(phone: ProspectPhone) -> None:
    phone.say("can I come for a trial?")
    phone.say("what time is yoga on?")
    assert "Yoga Flow, Saturday 28 November at 10:00" in phone.say("book me in for that on saturday").text


def test_what_is_said_to_the_person_who_was_asked_for_is_not_taken_for_a_booking(
    phone: ProspectPhone,
) -> None:
    phone.say("could I speak to the manager please")
    assert "has your message" in phone.say("my number is 087 123 4567").text
    assert phone.say("before 5 if possible").titles == []


def test_who_reads_what_is_told_about_health_is_said(phone: ProspectPhone) -> None:
    phone.say("I have asthma, is that ok?")
    assert "trainer only" in phone.say("who can see that?").text


@pytest.mark.parametrize(
    "words",
    ["which platform is the bus at", "can I get a text the day before", "cant make it after all sorry"],
)
def test_a_question_after_the_booking_is_no_goal(phone: ProspectPhone, words: str) -> None:
    phone.say("trial on thursday at 10")
    phone.tap("Confirm")
    phone.say(words)
    assert phone.lead.goal is None


@pytest.mark.parametrize(
    "asked", ["any money off for students", "is the first session really free?", "what's the latest ye open"]
)
def test_a_question_never_picks_a_time(phone: ProspectPhone, asked: str) -> None:
    phone.say("trial on thursday morning")
    answer = phone.say(asked)
    assert "Shall I book it" not in answer.text
    assert len(answer.titles) == 3
