"""What was said before is remembered: the trainer spoken of, the plans just named, the days on offer, a question of ours."""

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


@pytest.mark.parametrize("asks", ["is he there on tuesdays?", "when is he in", "what days does he work"])
def test_he_is_the_trainer_who_was_recommended(phone: ProspectPhone, asks: str) -> None:
    assert "Marcus" in phone.say("who would you recommend for boxing training").text
    assert "Marcus looks after" in phone.say(asks).text
    phone.say("book me a trial with him on tuesday")
    assert "with Marcus" in phone.say("the first one").text


@pytest.mark.parametrize("asks", ["what do I get for that", "what would you get for it", "whats included"])
def test_what_one_gets_for_it_is_asked_of_the_plans_just_named(phone: ProspectPhone, asks: str) -> None:
    phone.say("how much is it")
    heard = phone.say(asks).text
    assert "all classes" in heard
    assert "gym floor any time" in heard


@pytest.mark.parametrize(
    "offer",
    [
        "€45 for standard and I'll join today",
        "I'll sign up now if you do it for 40",
        "would ye do 45 if I join for standard today",
    ],
)
def test_haggling_is_for_people(phone: ProspectPhone, offer: str) -> None:
    phone.say("how much is it")
    heard = phone.say(offer).text
    assert "can't change prices" in heard
    assert phone.conversation.handoff_reason == "special_price"


@pytest.mark.parametrize("says", ["so it's €39 a month if I join now?", "is it €55 and can I join today"])
def test_to_repeat_a_price_is_no_haggling(phone: ProspectPhone, says: str) -> None:
    phone.say("how much is it")
    phone.say(says)
    assert phone.conversation.handoff_reason != "special_price"


@pytest.mark.parametrize("says", ["ok the 27th then", "27th please", "the 27th"])
def test_a_date_without_its_month_is_the_one_on_offer(phone: ProspectPhone, says: str) -> None:
    assert "Sunday 27 December" in phone.say("can I get a trial on christmas day").text
    assert "Sunday 27 December" in phone.say(says).text


@pytest.mark.parametrize("says", ["oh wait I have a match on", "sorry I forgot something", "hang on a sec"])
def test_what_is_no_goal_is_not_kept_as_one(phone: ProspectPhone, says: str) -> None:
    phone.say("trial on thursday at 3")
    assert "most like to get out of it" in phone.say("yes").text
    phone.say(says)
    assert phone.lead.goal is None


@pytest.mark.parametrize(
    "says", ["I'm coming with my girlfriend tomorrow evening at 7", "I come tomorrow at 7pm with my wife is possible", "me mate and I are popping in tomorrow at 7pm, bringing him along"]
)  # fmt: skip
def test_who_comes_with_somebody_at_a_time_gets_that_time(phone: ProspectPhone, says: str) -> None:
    assert "Tuesday 24 November at 19:00" in phone.say(says).text


def test_a_day_and_hour_beside_a_question_are_a_wish(phone: ProspectPhone) -> None:
    heard = phone.say("tomorrow at 10. does the trainer speak spanish?").text
    assert "Tuesday 24 November at 10:00" in heard
    assert "asked the team" in heard


@pytest.mark.parametrize("asks", ["with who?", "who with", "and with whom"])
def test_with_whom_is_no_question_about_machines(phone: ProspectPhone, asks: str) -> None:
    phone.say("trial with aoife on friday at 10")
    heard = phone.say(asks).text
    assert "Aoife" in heard
    assert "not a person" not in heard


@pytest.mark.parametrize(
    "asks",
    [
        "do I have to be a member to do a class",
        "are classes open to non members?",
        "is membership needed for the classes",
    ],
)
def test_whether_classes_are_for_members_only(phone: ProspectPhone, asks: str) -> None:
    assert "Everyone can join" in phone.say(asks).text


@pytest.mark.parametrize(
    "asks",
    [
        "can she bring me in for free, she's a member",
        "do members get a guest pass",
        "my pal is a member could he get me in as a guest",
    ],
)
def test_what_members_may_do_for_guests_is_not_made_up(phone: ProspectPhone, asks: str) -> None:
    assert "asked the team" in phone.say(asks).text


@pytest.mark.parametrize(
    "asks", ["what if I don't like it?", "what happens if i hate it", "but if I don't enjoy it?"]
)
def test_what_if_they_do_not_like_it(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks).text
    assert "no obligation" in heard
    assert "Notice" not in heard


@pytest.mark.parametrize(
    "asks", ["what time is the over 60s class", "do ye have spin?", "any aerobics on this week"]
)
def test_a_class_that_there_is_not_is_said_not_to_be(phone: ProspectPhone, asks: str) -> None:
    assert "don't run that one" in phone.say(asks).text


def test_a_wish_after_which_of_two_is_no_yes_to_the_first(phone: ProspectPhone) -> None:
    phone.say("how much for the thing with the stamps from the cafe")
    heard = phone.say("ok book me in for a trial on thursday at 3")
    assert "Thursday 26 November at 15:00" in heard.text


@pytest.mark.parametrize(
    "says",
    ["I have high blood pressure and take tablets, is it ok", "my blood pressure is high, can I still come?"],
)
def test_blood_pressure_is_no_pressure_to_buy(phone: ProspectPhone, says: str) -> None:
    assert "STOP" not in phone.say(says).text


@pytest.mark.parametrize("asks", ["do you do massage?", "have ye a physio there", "do you offer body scans"])
def test_a_treatment_that_no_record_names_is_asked_of_the_team(phone: ProspectPhone, asks: str) -> None:
    assert "asked the team" in phone.say(asks).text


@pytest.mark.parametrize(
    "says",
    ["I left my airpods there on monday", "looking for lost property", "did anyone find a blue hoodie"],
)
def test_what_was_left_behind_is_for_the_team(phone: ProspectPhone, says: str) -> None:
    phone.say(says)
    assert phone.conversation.status == "pending"


@pytest.mark.parametrize(
    "asks",
    [
        "1) price of premium 2) is there parking 3) book me thursday 6pm",
        "premium price, any parking, and book me in thursday at 6pm",
    ],
)
def test_a_list_of_wants_is_gone_through(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks).text
    assert "€79" in heard
    assert "car park" in heard
    assert "Thursday 26 November at 18:00" in heard


@pytest.mark.parametrize("hour", ["10 so", "10", "11 then"])
def test_a_bare_hour_after_a_day_and_an_invitation_is_a_time(phone: ProspectPhone, hour: str) -> None:
    assert "come and try it" in phone.say("are ye open on sunday?").text
    heard = phone.say(hour).text
    assert "Sunday 29 November" in heard
    assert phone.conversation.status == "open"


@pytest.mark.parametrize(
    "asks", ["is this number on whatsapp", "is this still open to everyone", "is that included?"]
)
def test_a_question_about_this_is_no_mistake_of_theirs(phone: ProspectPhone, asks: str) -> None:
    assert "you've reached" not in phone.say(asks).text
