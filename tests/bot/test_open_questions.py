"""What no record answers: asked of staff once, passed on to everybody who asked, and known from then on."""

from __future__ import annotations

import datetime as dt

import pytest

from crm import consents, personal_data, questions
from crm.db import TenantSession
from tests.bot.answer import Answer
from tests.bot.prospect_phone import ProspectPhone
from tests.bot.staff_room import GROUP, StaffRoom

pytestmark = [pytest.mark.feature("5.2"), pytest.mark.feature("4.2")]

SHAKES = "Yes, at the desk: vanilla, chocolate and one vegan."


class Gym:
    """The staff group, and phones of people who write."""

    def __init__(self, session: TenantSession, now: dt.datetime) -> None:
        self.session = session
        self.room = StaffRoom(session, now)
        self.ana = ProspectPhone(session, now)

    def phone(self, name: str, channel: str = "sms") -> ProspectPhone:
        """Somebody else who writes."""
        return ProspectPhone(self.session, self.room.now, channel=channel, name=name)

    def card(self, number: int) -> str:
        """The question's card as it stands now."""
        shown = [row for row in self.room.cards() if row.content["text"].startswith(f"Question {number}, ")]
        return str(shown[-1].content["text"])

    def posts(self) -> int:
        """How many cards of questions were posted, edits aside."""
        return sum(
            row.content["text"].startswith("Question ") and "edit_of" not in row.content
            for row in self.room.cards()
        )

    def answer_card(self, who: str, number: int, words: str) -> Answer:
        """Quote the question's card."""
        self.room.deliver()
        head = f"Question {number}, "
        card = next(row for row in self.room.cards() if row.content["text"].startswith(head))
        return self.room.say(who, words, reply_to=card.external_id)


@pytest.fixture
def gym(session: TenantSession, now: dt.datetime) -> Gym:
    """Nobody has asked anything yet."""
    return Gym(session, now)


def test_the_person_is_told_honestly_and_staff_get_one_card_with_the_question(gym: Gym) -> None:
    said = gym.ana.say("do ye sell protein shakes?").text
    assert "not sure" in said
    assert "asked the team" in said
    assert gym.card(1) == (
        "Question 1, from Ana Silva (whatsapp)\n"
        '"do ye sell protein shakes?"\n'
        "I don't know this one and have promised an answer. Reply to this message with it, or write /answer 1: your words"
    )
    assert "Person wanted" not in gym.room.group_saw()


def test_only_the_unknown_part_of_a_message_is_asked_of_staff(gym: Gym) -> None:
    said = gym.ana.say("how much is it a month? and do ye sell protein shakes?").text
    assert "€55" in said
    assert '"do ye sell protein shakes?"' in gym.card(1)
    assert "how much" not in gym.card(1)


def test_each_of_several_unknown_questions_has_a_card(gym: Gym) -> None:
    said = gym.ana.say("do ye sell protein shakes? and is there a hairdryer?").text
    assert "asked the team" in said
    assert [gym.card(1).split("\n")[1], gym.card(2).split("\n")[1]] == [
        '"do ye sell protein shakes?"', '"is there a hairdryer?"',
    ]  # fmt: skip


def test_what_is_known_is_answered_and_which_question_is_not_is_said(gym: Gym) -> None:
    said = gym.ana.say("do ye have a sauna? and do ye sell protein shakes?").text
    assert "a sauna" in said
    assert 'I\'m not sure about "do ye sell protein shakes?"' in said
    assert gym.posts() == 1


def test_who_waits_for_an_answer_may_ask_more(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    assert "asked the team" in gym.ana.say("and can I bring my dog?").text
    assert "can I bring my dog?" in gym.card(2)
    gym.room.say("lena", f"/answer 1: {SHAKES}")
    assert gym.ana.conversation.status == "pending"
    gym.room.say("lena", "/answer 2: Only guide dogs, sorry.")
    assert gym.ana.conversation.status == "open"


@pytest.mark.parametrize("asked", ["Do you have gift vouchers?", "Are the staff first aid trained?"])
def test_what_fits_no_want_and_is_put_to_the_gym_is_asked_too(gym: Gym, asked: str) -> None:
    assert "asked the team" in gym.ana.say(asked).text
    assert asked in gym.card(1)


@pytest.mark.parametrize("asked", ["what's the capital of France?", "who won the match last night"])
def test_what_is_no_business_of_a_gyms_is_not(gym: Gym, asked: str) -> None:
    assert "asked the team" not in gym.ana.say(asked).text
    assert gym.posts() == 0


def test_an_answer_to_the_card_goes_to_the_person_after_ten_seconds(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    said = gym.answer_card("lena", 1, SHAKES)
    assert said.text.startswith(f'Goes to Ana Silva (whatsapp) in 10 seconds:\n"{SHAKES}"')
    assert said.titles == ["Remember this answer", "Just this once", "Undo"]
    (sent,) = [row for row in gym.room.person_got("Ana Silva") if row.purpose == "human"]
    assert sent.content["text"] == f'You asked: "do ye sell protein shakes?"\n{SHAKES}'
    assert sent.due_at - gym.room.now == dt.timedelta(seconds=10)
    assert f"Lena answered: {SHAKES}" in gym.card(1)


def test_the_thread_is_the_bots_again_once_it_is_answered(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    assert gym.ana.conversation.status == "pending"
    gym.room.say("lena", f"/answer 1: {SHAKES}")
    assert gym.ana.conversation.status == "open"
    assert "€55" in gym.ana.say("and how much is it a month?").text


def test_it_can_be_called_back_and_the_question_is_open_again(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.room.say("lena", f"/answer 1: {SHAKES}")
    assert gym.room.tap("lena", "Undo").text == "Called back, nobody got it. Question 1 is open again."
    assert [row for row in gym.room.person_got("Ana Silva") if row.purpose == "human"] == []
    assert "I don't know this one" in gym.card(1)
    assert gym.ana.conversation.status == "pending"
    assert "Goes to Ana Silva" in gym.room.say("lena", "/answer 1: Not yet, sorry.").text


def test_what_has_left_can_not_be_called_back(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.room.say("lena", f"/answer 1: {SHAKES}")
    for row in gym.room.person_got("Ana Silva"):
        row.state = "sent"
    assert "the message has left" in gym.room.tap("lena", "Undo").text
    assert questions.list_in(gym.session, "answered")[0].answer == SHAKES


class TestSeveralAskTheSame:
    def test_there_is_one_card_and_both_are_answered(self, gym: Gym) -> None:
        ben = gym.phone("Ben Walsh")
        gym.ana.say("do ye sell protein shakes?")
        gym.room.deliver()
        ben.say("can I buy a protein shake there")
        assert gym.posts() == 1
        assert "from Ana Silva (whatsapp) and Ben Walsh (sms)" in gym.card(1)
        assert 'also put as "can I buy a protein shake there"' in gym.card(1)
        assert (
            "Goes to Ana Silva (whatsapp) and Ben Walsh (sms)"
            in gym.room.say("lena", f"/answer 1 {SHAKES}").text
        )
        for name in ("Ana Silva", "Ben Walsh"):
            assert SHAKES in gym.room.person_got(name)[-1].content["text"]

    def test_who_asks_again_meanwhile_makes_no_second_card(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        gym.ana.say("do ye sell protein shakes?")
        gym.room.deliver()
        assert gym.posts() == 1
        assert "from Ana Silva (whatsapp)\n" in gym.card(1)

    def test_another_question_has_a_card_of_its_own(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        gym.phone("Ben Walsh").say("do you have a hairdryer?")
        assert "hairdryer" in gym.card(2)


class TestRemembered:
    def test_everybody_who_asks_gets_it_from_then_on_also_in_other_words(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        gym.room.say("niamh", f"/answer 1: {SHAKES}")
        said = gym.room.tap("niamh", "Remember this answer").text
        assert said.startswith('Remembered. To "do ye sell protein shakes?"')
        assert "I give this answer to everybody who asks." in gym.card(1)
        cleo = gym.phone("Cleo Byrne")
        assert SHAKES in cleo.say("is it possible to buy a protein shake?").text
        assert cleo.conversation.status == "open"

    def test_sales_can_not_have_it_remembered_but_an_owner_can_tap_the_same_button(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        gym.room.say("lena", f"/answer 1: {SHAKES}")
        assert "/remember is for owners and managers" in gym.room.tap("lena", "Remember").text
        assert "Remembered." in gym.room.tap("conor", "Remember this answer").text

    def test_just_this_once_is_asked_again_the_next_time(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        gym.room.say("lena", f"/answer 1: {SHAKES}")
        assert "just this once" in gym.room.tap("lena", "Just this once").text
        assert "asked the team" in gym.phone("Cleo Byrne").say("do ye sell protein shakes?").text
        assert "Cleo" in gym.card(2)

    def test_what_is_forgotten_is_asked_of_staff_again(self, gym: Gym) -> None:
        gym.room.say("niamh", f"/remember Do you sell protein shakes? {SHAKES}")
        assert SHAKES in gym.ana.say("do ye sell protein shakes?").text
        assert "Forgotten." in gym.room.say("conor", "/forget 1").text
        assert "asked the team" in gym.phone("Cleo Byrne").say("do ye sell protein shakes?").text

    def test_an_answer_can_be_told_before_anybody_asks(self, gym: Gym) -> None:
        gym.room.say("niamh", "/remember Are dogs allowed? Only guide dogs, sorry.")
        assert "Only guide dogs" in gym.ana.say("can I bring my dog").text

    def test_nothing_is_remembered_without_an_answer(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        assert "no answer yet" in gym.room.say("niamh", "/remember 1").text
        assert "Like this" in gym.room.say("niamh", "/remember the wifi is free").text
        assert "no question 9" in gym.room.say("niamh", "/remember 9").text
        assert "nothing to forget" in gym.room.say("niamh", "/forget 1").text


class TestTheList:
    def test_shows_what_waits_what_is_remembered_and_what_the_gym_file_says(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        gym.room.say("niamh", "/remember Are dogs allowed? Only guide dogs, sorry.")
        assert gym.room.say("lena", "/questions").text == (
            "Waiting for an answer:\n"
            "1. do ye sell protein shakes? · Ana Silva (whatsapp)\n"
            "To answer: /answer number: words\n\n"
            "Answers I remember (/forget number takes one out):\n"
            "2. Are dogs allowed? → Only guide dogs, sorry.\n\n"
            "From the gym file:\n"
            "• What happens in the free trial?\n"
            "• What should I bring?\n"
            "• I have never trained before\n"
            "• Do you have a pool?"
        )

    def test_a_question_can_be_closed_without_an_answer(self, gym: Gym) -> None:
        gym.ana.say("do ye sell protein shakes?")
        gym.room.deliver()
        assert "closed" in gym.room.tap("lena", "No answer needed").text
        assert "Closed without an answer" in gym.card(1)
        assert "closed; nothing was sent" in gym.room.say("lena", f"/answer 1: {SHAKES}").text


def test_the_second_of_two_answers_is_told_of_the_first(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.room.say("lena", f"/answer 1: {SHAKES}")
    said = gym.room.say("conor", "/answer 1: no, we don't")
    assert said.text == f"Lena has answered question 1 already: {SHAKES}"
    assert len([row for row in gym.room.person_got("Ana Silva") if row.purpose == "human"]) == 1


def test_what_an_order_lacks_is_said(gym: Gym) -> None:
    assert "Nobody waits" in gym.room.say("lena", "/answer yes we do").text
    gym.ana.say("do ye sell protein shakes?")
    assert "What shall I say" in gym.room.say("lena", "/answer 1").text
    assert "Which question?" in gym.room.say("lena", "/answer yes we do").text
    assert "no question 7" in gym.room.say("lena", "/answer 7: yes").text
    assert "is for" in gym.room.say("aoife", f"/answer 1: {SHAKES}").text


def test_thanks_under_the_card_is_talk_among_colleagues(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    assert gym.answer_card("lena", 1, "ok").is_silent
    assert len(questions.list_in(gym.session, "open")) == 1


def test_who_wants_no_messages_gets_none_and_staff_are_told(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    consents.give(
        gym.session, gym.ana.contact.id, "everything", granted=False, words="STOP", channel="whatsapp",
        now=gym.ana.now + dt.timedelta(seconds=1),
    )  # fmt: skip
    said = gym.room.say("lena", f"/answer 1: {SHAKES}").text
    assert "Ana Silva asked for no more messages" in said
    assert [row for row in gym.room.person_got("Ana Silva") if row.purpose == "human"] == []


def test_a_number_and_words_about_health_are_not_shown_to_the_group(gym: Gym) -> None:
    gym.ana.say("do you have a hairdryer? my number is 085 123 4567")
    assert "085 123" not in gym.room.group_saw()


def test_erasing_a_person_takes_their_question_with_it(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.room.deliver()
    facts = gym.ana.facts
    known = personal_data.export(gym.session, facts, gym.ana.contact.id)
    assert [one["words"] for one in known["questions"]] == ["do ye sell protein shakes?"]
    personal_data.erase(gym.session, facts, gym.ana.contact.id, now=gym.ana.now, actor="staff:niamh")
    assert questions.list_in(gym.session, "open") == []
    assert gym.room.say("lena", "/questions").text.startswith("From the gym file")
    assert not [row for row in gym.room.sent_to(GROUP) if "protein" in str(row.content)]


def test_what_the_gym_remembers_stays_when_one_who_asked_is_erased(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.room.say("niamh", f"/answer 1: {SHAKES}")
    gym.room.tap("niamh", "Remember this answer")
    for row in gym.room.person_got("Ana Silva"):
        row.state = "sent"
    personal_data.erase(gym.session, gym.ana.facts, gym.ana.contact.id, now=gym.ana.now, actor="staff:niamh")
    assert SHAKES in gym.phone("Cleo Byrne").say("do ye sell protein shakes").text


def test_after_the_channels_window_the_answer_goes_where_it_can_arrive(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.ana.contact.phone = "+353851112233"
    gym.room.now = gym.ana.now + dt.timedelta(days=2)
    said = gym.room.say("lena", f"/answer 1: {SHAKES}").text
    assert said.startswith("Goes to Ana Silva (sms) in 10 seconds")
    (sent,) = [row for row in gym.room.person_got("Ana Silva") if row.purpose == "human"]
    assert sent.address == "+353851112233"


def test_where_it_can_not_arrive_staff_are_told_at_once(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.ana.contact.phone = None
    gym.room.now = gym.ana.now + dt.timedelta(days=2)
    said = gym.room.say("lena", f"/answer 1: {SHAKES}").text
    assert "Ana Silva wrote too long ago for this channel" in said


def test_a_colleague_who_has_the_thread_keeps_it(gym: Gym) -> None:
    gym.ana.say("do ye sell protein shakes?")
    gym.room.say("conor", "/take Ana")
    gym.room.say("lena", f"/answer 1: {SHAKES}")
    assert gym.ana.conversation.status == "pending"
    assert gym.ana.conversation.owner_id is not None
