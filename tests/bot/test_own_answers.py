"""A gym's own answers: found by meaning and words, never for a question that only sounds like it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import select

from crm import questions
from crm.db import TenantSession
from crm.models import Message
from tests.bot.prospect_phone import ProspectPhone
from tests.bot.staff_room import StaffRoom

pytestmark = [pytest.mark.feature("5.2")]

ANSWERS = {
    "Do you have a crèche?": "Yes, for children from 1 to 6, on weekdays from 9 to 12.",
    "Do you sell protein shakes?": "Yes, at the desk: vanilla, chocolate and one vegan.",
    "Can I bring my dog?": "Only guide dogs, sorry.",
    "Can I get a VAT invoice for my company?": "Yes, tell the desk your company's name and VAT number.",
}


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp at a gym that has answered a few questions."""
    for question, answer in ANSWERS.items():
        questions.add(session, question, answer, actor="staff:niamh", now=now)
    return ProspectPhone(session, now)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("is there a creche for kids while I train", "Do you have a crèche?"),
        ("do ye have a creche", "Do you have a crèche?"),
        ("can I buy a protein shake at the gym", "Do you sell protein shakes?"),
        ("protien shakes for sale there?", "Do you sell protein shakes?"),
        ("are dogs allowed", "Can I bring my dog?"),
        ("can my dog come in with me", "Can I bring my dog?"),
        ("do you give vat invoices to companies", "Can I get a VAT invoice for my company?"),
    ],
)
def test_a_question_in_other_words_gets_the_gyms_own_answer(
    phone: ProspectPhone, asked: str, answer: str
) -> None:
    assert ANSWERS[answer] in phone.say(asked).text
    assert phone.conversation.status == "open"


@pytest.mark.parametrize(
    "asked",
    [
        "can I bring my own protein shake",
        "can I bring a friend",
        "do you have kids classes",
        "how much are the protein shakes",
        "I was charged twice, where is my refund",
    ],
)
def test_a_question_that_only_sounds_alike_does_not_get_it(phone: ProspectPhone, asked: str) -> None:
    said = phone.say(asked).text
    assert not [answer for answer in ANSWERS.values() if answer in said]


def test_several_questions_are_answered_in_one_reply_from_lists_and_tables_alike(
    phone: ProspectPhone,
) -> None:
    reply = phone.say("are dogs allowed? do ye sell protein shakes? and how much is it a month?")
    assert len(reply.texts) == 1
    assert "Only guide dogs" in reply.text
    assert "vanilla" in reply.text
    assert "€55" in reply.text


def test_it_is_answered_in_the_middle_of_a_booking_which_then_goes_on(phone: ProspectPhone) -> None:
    phone.say("can I do a trial on thursday at 10?")
    reply = phone.say("is there a creche my daughter could stay in?")
    assert "from 1 to 6" in reply.text
    assert "Confirm" in reply.titles
    phone.tap("Confirm")
    assert phone.bookings() == [("trial", "2026-11-26 10:00", "booked")]


def test_staff_see_which_answer_of_theirs_it_was(phone: ProspectPhone, session: TenantSession) -> None:
    room = StaffRoom(session, phone.now)
    phone.say("are dogs allowed")
    assert "[from your answers: #3 Can I bring my dog?]" in room.say("lena", "/history Ana").text
    sent = session.exec(select(Message).where(Message.direction == "out")).all()
    kept = [message.content.get("sources") for message in sent]
    assert kept == [["#3 Can I bring my dog?"]]


def test_an_answer_of_the_gym_file_is_found_too(phone: ProspectPhone) -> None:
    assert "gentle movement check" in phone.say("and what exactly happens in the free trial").text


def test_one_message_is_one_run_of_the_encoder(phone: ProspectPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot import nlu

    phone.say("hello")
    phone.say("have ye a creche")
    encoder = nlu.shipped().classifier.encoder
    runs: list[list[str]] = []
    read = encoder.read

    def counted(parts: list[str], own: list[bool]) -> Any:
        runs.append(list(parts))
        return read(parts, own)

    monkeypatch.setattr(encoder, "read", counted)
    assert "from 1 to 6" in phone.say("is there a crèche, and are dogs allowed?").text
    assert len(runs) == 1
