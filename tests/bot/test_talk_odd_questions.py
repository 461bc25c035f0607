"""Questions that are easily taken for another one: about other people, being late, pressure, who is best, what is missing."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.11")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


@pytest.mark.parametrize(
    "asks", ["what if I'm late?", "what happens if i'm running late", "and if im a bit late"]
)
def test_what_if_i_am_late_is_not_about_cancelling(phone: ProspectPhone, asks: str) -> None:
    phone.say("trial on thursday at 3")
    heard = phone.say(asks).text
    assert "running late" in heard
    assert "late cancellation" not in heard
    assert "Shall I book it" in heard


@pytest.mark.parametrize(
    "asks", ["who'd be looking after me?", "who will be training me", "and who'll I be with"]
)
def test_who_looks_after_me_asks_for_no_person_of_the_team(phone: ProspectPhone, asks: str) -> None:
    phone.say("what happens in the trial?")
    assert "Tom" in phone.say(asks).text
    assert phone.conversation.status == "open"


@pytest.mark.parametrize("asks", ["what about teachers?", "and firefighters?", "how about gardaí"])
def test_another_group_after_the_discounts_looks_for_no_work(phone: ProspectPhone, asks: str) -> None:
    phone.say("any discounts?")
    assert "no discount for that" in phone.say(asks).text
    assert "15% off" in phone.say("and students?").text


@pytest.mark.parametrize(
    ("told", "trainer"),
    [
        ("I'm pregnant, can I still train?", "Priya"),
        ("I'm 71, is it for somebody my age?", "Tom"),
        ("I have arthritis in my knees, would it suit me", "Tom"),
    ],
)
def test_whose_field_it_is_is_named_with_the_answer(phone: ProspectPhone, told: str, trainer: str) -> None:
    assert f"that's {trainer}" in phone.say(told).text
    phone.say("could you book me with them for wednesday")
    phone.say("the first one")
    heard = phone.say("who would I be with?").text
    assert trainer in heard


@pytest.mark.parametrize("name", ["Sean", "Ciara", "Rajesh"])
def test_a_name_given_to_another_question_is_heard(phone: ProspectPhone, name: str) -> None:
    phone.say("trial on thursday at 3")
    heard = phone.say(name)
    assert f"Thanks, {name}" in heard.text
    assert "Shall I book it" in heard.text
    assert f"You're booked, {name}" in phone.say("yes").text


@pytest.mark.parametrize("word", ["Maybe", "Hmm", "Will do", "Grand", "Dunno"])
def test_a_word_that_only_looks_like_a_name_is_none(phone: ProspectPhone, word: str) -> None:
    phone.say("trial on thursday at 3")
    phone.say(word)
    assert phone.contact.name == "Ana Silva"


@pytest.mark.parametrize(
    "asks",
    [
        "is my wife booked in tomorrow?",
        "can you tell me when my son's session is",
        "has my friend booked already",
    ],
)
def test_what_others_have_booked_is_not_told(phone: ProspectPhone, asks: str) -> None:
    assert "only look up your own" in phone.say(asks).text


@pytest.mark.parametrize(
    "says", ["I booked yesterday but got no confirmation", "we already booked for tomorrow, what time is it", "I never got a confirmation for my booking"]
)  # fmt: skip
def test_who_believes_to_be_booked_is_not_offered_a_booking(phone: ProspectPhone, says: str) -> None:
    assert "can't find that booking" in phone.say(says).text
    assert phone.conversation.status == "pending"


@pytest.mark.parametrize("asks", ["do I need gloves?", "do i need a mouth guard", "will I need hand wraps"])
def test_a_thing_that_the_answer_does_not_name_is_asked_of_the_team(phone: ProspectPhone, asks: str) -> None:
    phone.say("what should I wear")
    heard = phone.say(asks).text
    assert "asked the team" in heard
    assert "Comfortable clothes" not in heard


@pytest.mark.parametrize("asks", ["what's your insta", "are ye on facebook", "have you a website?"])
def test_where_else_to_find_us_is_not_made_up(phone: ProspectPhone, asks: str) -> None:
    assert "asked the team" in phone.say(asks).text


@pytest.mark.parametrize("asks", ["which one is the best?", "who's the best", "which of them is the nicest"])
def test_who_is_best_is_no_praise(phone: ProspectPhone, asks: str) -> None:
    phone.say("how many trainers are there?")
    heard = phone.say(asks).text
    assert "pass that on" not in heard
    assert "choose who you train with" in heard


@pytest.mark.parametrize(
    "asks",
    ["can I bring my own trainer", "could my own pt come with me", "can i use an outside coach in there"],
)
def test_a_trainer_of_their_own_is_a_question_for_the_team(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks).text
    assert "asked the team" in heard
    assert "€" not in heard


@pytest.mark.parametrize(
    "asks",
    [
        "I only have 30 minutes at lunch, would that do",
        "i've just got half an hour, is that enough time",
        "could I be in and out within 40 minutes?",
    ],
)
def test_whether_there_is_time_enough_is_answered_with_how_long_it_takes(
    phone: ProspectPhone, asks: str
) -> None:
    assert "45 minutes" in phone.say(asks).text


@pytest.mark.parametrize(
    "asks", ["will ye be hassling me to join after?", "I don't want any sales pressure", "is it a hard sell?"]
)
def test_nobody_is_pressed(phone: ProspectPhone, asks: str) -> None:
    phone.say("what's the trial like")
    assert "all up to you" in phone.say(asks).text


@pytest.mark.parametrize(
    "asks", ["can I cancel any time?", "could i cancel whenever i want", "and can you cancel anytime"]
)
def test_who_has_no_booking_and_may_cancel_any_time_asks_of_the_terms(
    phone: ProspectPhone, asks: str
) -> None:
    phone.say("how much is it a month?")
    heard = phone.say(asks).text
    assert "30 days" in heard
    assert "late cancellation" not in heard


def test_a_class_and_a_day_that_were_asked_about_are_what_is_booked(phone: ProspectPhone) -> None:
    phone.say("what time is yoga on on saturday?")
    assert "Saturday 28 November at 10:00" in phone.say("put me down so").text


@pytest.mark.parametrize(
    "says", ["I'd like to talk with the owner about an offer for you", "could I speak to the manager", "can I chat to somebody from the team"]
)  # fmt: skip
def test_who_wants_to_speak_to_somebody_may(phone: ProspectPhone, says: str) -> None:
    assert "passed this to the team" in phone.say(says).text


@pytest.mark.parametrize(
    "wish", ["prefiero una entrenadora", "con una mujer por favor", "mejor con un hombre"]
)
def test_the_wish_for_a_kind_of_trainer_is_heard_in_spanish(phone: ProspectPhone, wish: str) -> None:
    phone.say("hola, quiero una clase de prueba mañana por la tarde")
    heard = phone.say(wish)
    assert "anotado" in heard.text
    assert heard.titles == ["Aoife", "Marcus", "Priya", "Tom"]


def test_a_sum_over_months_is_told_in_spanish(phone: ProspectPhone) -> None:
    phone.say("hola, ¿cuánto cuesta al mes?")
    heard = phone.say("¿y para 6 meses cuánto sería?").text
    assert "234\xa0€" in heard
    assert "474\xa0€" in heard


@pytest.mark.parametrize("asks", ["hello is anybody there", "anyone home?", "is there anyone around??"])
def test_who_calls_into_the_dark_is_greeted_and_offered_no_times(phone: ProspectPhone, asks: str) -> None:
    assert "Which suits you" not in phone.say(asks).text
    assert phone.conversation.status == "open"


@pytest.mark.parametrize(
    "says",
    ["is anyone there, been waiting all day", "still waiting on an answer here", "nobody got back to me"],
)
def test_who_was_kept_waiting_gets_a_person_and_a_word_of_regret(phone: ProspectPhone, says: str) -> None:
    assert "sorry" in phone.say(says).text.lower()
    assert phone.conversation.status == "pending"


@pytest.mark.parametrize(
    "asks", ["can I just turn up or should I book?", "do i have to book ahead", "do ye take walk ins"]
)
def test_whether_one_has_to_book_is_answered_with_an_offer(phone: ProspectPhone, asks: str) -> None:
    assert "best to book" in phone.say(asks).text
    assert phone.say("yes").titles


@pytest.mark.parametrize(
    "asks", ["how soon can I start?", "when could we get started", "how quickly can i get going"]
)
def test_how_soon_one_can_start_is_answered_with_times(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks)
    assert len(heard.titles) == 3
    assert "Notice" not in heard.text


@pytest.mark.parametrize(
    "says",
    [
        "not sure if this is for me",
        "I'm not sure whether a gym is for me tbh",
        "is it really for someone like me",
    ],
)
def test_who_doubts_is_told_that_others_began_from_zero(phone: ProspectPhone, says: str) -> None:
    assert "started from zero" in phone.say(says).text


@pytest.mark.parametrize(
    "asks",
    [
        "is there a referral thing",
        "do I get something if I bring a mate",
        "have you a refer a friend scheme?",
    ],
)
def test_a_reward_for_bringing_somebody_is_not_made_up(phone: ProspectPhone, asks: str) -> None:
    assert "asked the team" in phone.say(asks).text


@pytest.mark.parametrize(
    "asks",
    ["can I pay monthly or is it all at once", "do I pay it in instalments?", "is it paid by the month"],
)
def test_whether_it_is_paid_by_the_month(phone: ProspectPhone, asks: str) -> None:
    phone.say("how much is it")
    heard = phone.say(asks).text
    assert "Monthly rolling" in heard
    assert "SEPA" not in heard


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        ("how much for pensioners", "no discount"),
        ("what's the price for students?", "15% off"),
        ("how much for a couple", "no discount"),
    ],
)
def test_the_price_for_a_group_comes_with_what_is_off_for_it(
    phone: ProspectPhone, asks: str, said: str
) -> None:
    heard = phone.say(asks).text
    assert "€55" in heard
    assert said in heard


@pytest.mark.parametrize(
    "asks", ["what's my trainer's name again?", "whats the name of my trainer", "what is my coach called"]
)
def test_the_name_of_ones_trainer(phone: ProspectPhone, asks: str) -> None:
    phone.say("trial with tom on wednesday at 10")
    phone.tap("Confirm")
    heard = phone.say(asks).text
    assert "Tom" in heard
    assert "Aoife" not in heard


def test_each_of_several_things_is_answered_and_what_no_record_tells_is_asked(phone: ProspectPhone) -> None:
    heard = phone.say("do you have a squat rack, sauna, creche and wifi").text
    assert "free weights" in heard
    assert "sauna" in heard
    assert "childcare" in heard
    assert "wifi" in heard


def test_a_goal_told_before_the_yes_is_heard(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 3")
    heard = phone.say("want to lose weight for my wedding lol")
    assert "noted" in heard.text
    assert "Still holding" in heard.text
    assert phone.lead.goal == "lose weight"


@pytest.mark.parametrize(
    "says", ["can I have it back", "actually I'd like to get that back", "could I keep my place back please"]
)
def test_a_place_that_is_wanted_back_is_never_given_up(phone: ProspectPhone, says: str) -> None:
    phone.say("trial on thursday at 3")
    phone.say("yes")
    assert "stopping" not in phone.say(says).text
    assert phone.bookings() == [("trial", "2026-11-26 15:00", "booked")]


def test_a_yes_to_this_or_that_asks_again(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 3")
    phone.say("yes")
    assert "Cancel the booking" in phone.say("cancel").titles
    assert "Cancel the booking" in phone.say("yes").titles
    assert phone.bookings() == [("trial", "2026-11-26 15:00", "booked")]


def test_the_name_of_who_comes_along_does_not_take_the_writers_place(phone: ProspectPhone) -> None:
    phone.say("could you book a trial for my wife and me, saturday at 11")
    phone.say("her name is Joan")
    heard = phone.say("yes")
    assert "You're booked, Ana" in heard.text


@pytest.mark.parametrize("says", ["boxing sounds fun", "ooh I'd love yoga", "the boxing looks great"])
def test_who_takes_a_liking_to_a_class_on_the_way_is_offered_it(phone: ProspectPhone, says: str) -> None:
    phone.say("trial tomorrow at 5 please")
    heard = phone.say(says).text
    assert "Free trial" not in heard
    assert "18:00" in heard or "19:00" in heard


def test_now_is_too_soon_and_not_gone_by(phone: ProspectPhone) -> None:
    heard = phone.say("can I come now?").text
    assert "Right now is a bit too soon" in heard
    assert "passed" not in heard


@pytest.mark.parametrize(
    "asks",
    ["is Priya working saturday? my friend loves her", "ok when is priya in", "what days does priya work"],
)
def test_when_a_trainer_is_in_is_answered_whatever_is_said_beside_it(phone: ProspectPhone, asks: str) -> None:
    phone.say("can ye do pt")
    assert "Sat 09:00-15:00" in phone.say(asks).text


@pytest.mark.parametrize("asks", ["is Aoife nice?", "what's she like", "is she any good"])
def test_what_a_trainer_is_like_is_answered_with_what_is_known(phone: ProspectPhone, asks: str) -> None:
    phone.say("trial with aoife on friday at 10")
    heard = phone.say(asks)
    assert "Aoife looks after strength" in heard.text
    assert "Confirm" in heard.titles


@pytest.mark.parametrize(
    "asks",
    [
        "I use a wheelchair, can I get in?",
        "is it step free",
        "do you have disabled access",
        "I'm deaf, is that ok?",
    ],
)
def test_whether_somebody_can_get_in_and_around_is_not_guessed(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks).text
    assert "asked the team" in heard
    assert "started from zero" not in heard


@pytest.mark.parametrize(
    "asks",
    ["could you text me tomorrow instead", "message me later in the week", "ring me on friday about it"],
)
def test_to_be_written_to_another_day_is_no_wish_for_a_session(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks)
    assert heard.titles == []
    assert phone.conversation.status == "pending"


@pytest.mark.parametrize(
    "says",
    [
        "please call 0851112222 and ask for Mary",
        "could someone ring 085 111 2222 for me",
        "can you phone my wife on 0851112222",
    ],
)
def test_a_number_to_be_called_is_a_call_to_make(phone: ProspectPhone, says: str) -> None:
    assert "passed this to the team" in phone.say(says).text
    assert phone.conversation.handoff_reason == "asked"


@pytest.mark.parametrize("asks", ["is it sparring?", "does it involve burpees", "will there be music"])
def test_more_of_a_class_than_the_records_tell_is_asked_of_the_team(phone: ProspectPhone, asks: str) -> None:
    phone.say("when is boxing on")
    heard = phone.say(asks).text
    assert "Foundations" not in heard


def test_the_nearest_times_are_the_nearest_on_both_sides(phone: ProspectPhone) -> None:
    assert "12:15" in phone.say("trial on friday at 7pm with aoife").titles
