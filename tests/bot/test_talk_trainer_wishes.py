"""By whom somebody wants to be trained: kept for staff, never guessed from a name, and chosen by the person."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import cards, trainer_view
from crm.db import TenantSession
from crm.models import Booking
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.2")

TRAINERS = ["Aoife", "Marcus", "Priya", "Tom"]


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


def card(phone: ProspectPhone) -> str:
    """What the staff group sees of her."""
    return cards.card_text(phone.session, phone.facts, phone.lead, phone.now)


@pytest.mark.parametrize(
    "wish",
    [
        "only a lady trainer",
        "would rather a female coach tbh",
        "could I get a woman instructor please",
        "I'd be more comfortable with a man",
        "a woman would suit me better",
        "male trainer if possible",
        "i'd like a girl",
        "can my trainer be female? I'd feel better",
        "could I have a trainer who's a woman",
    ],
)
@pytest.mark.parametrize("before", ["can I come for a trial", "trial on thursday at 3 please"])
def test_the_person_chooses_among_all_who_could_give_it(phone: ProspectPhone, before: str, wish: str) -> None:
    phone.say(before)
    heard = phone.say(wish)
    assert "noted" in heard.text
    assert heard.titles == TRAINERS
    assert phone.conversation.status == "open"
    assert f"Noted: {wish}" in card(phone)


def test_a_tap_sets_the_trainer_and_only_that_ones_times_are_offered(phone: ProspectPhone) -> None:
    phone.say("trial tomorrow at 10 please")
    phone.say("with a woman please")
    heard = phone.tap("Priya")
    assert "Priya isn't in on Tuesday 24 November at 10:00" in heard.text
    assert "10:00" not in heard.titles
    assert "with Priya" in phone.say("the first one").text


@pytest.mark.parametrize("name", ["Aoife", "aoife please", "Aoife then"])
def test_a_name_sets_the_trainer_too(phone: ProspectPhone, name: str) -> None:
    phone.say("trial on friday at 10")
    phone.say("I'd prefer a female trainer")
    assert "10:00 with Aoife" in phone.say(name).text


@pytest.mark.parametrize(
    "said", ["doesn't matter actually", "anyone is fine", "ah no preference", "you pick"]
)
def test_the_wish_can_be_taken_back(phone: ProspectPhone, said: str) -> None:
    phone.say("trial on friday at 10")
    phone.say("I'd prefer a female trainer")
    assert "Shall I book it" in phone.say(said).text


def test_a_bare_yes_chooses_nobody(phone: ProspectPhone) -> None:
    phone.say("trial on friday at 10")
    phone.say("can I have a lady coach")
    assert phone.say("yes").titles == TRAINERS
    assert phone.bookings() == []


@pytest.mark.parametrize(
    "first",
    [
        "can I come tomorrow at 3 with a male trainer",
        "book me a trial tomorrow at 3, woman coach only please",
    ],
)
def test_wish_and_time_in_one_message_are_both_kept(phone: ProspectPhone, first: str) -> None:
    assert phone.say(first).titles == TRAINERS
    assert "Tuesday 24 November at 15:00 with Marcus" in phone.tap("Marcus").text


def test_before_any_booking_the_wish_waits_for_it(phone: ProspectPhone) -> None:
    first = phone.say("a female trainer would be better for me")
    assert "Aoife" in first.text
    assert phone.say("yes").titles == TRAINERS


def test_who_is_booked_already_changes_the_trainer_and_keeps_the_time(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 2 with marcus please")
    phone.tap("Confirm")
    assert (
        phone.say("actually could I have a woman instead of him, a woman trainer please").titles == TRAINERS
    )
    assert "instead of" in phone.tap("Priya").text
    phone.tap("Confirm")
    booking = phone.session.get_one(Booking, own_place(phone))
    trainer = phone.facts.staff_by_id(booking.trainer_id)
    assert trainer is not None
    assert trainer.first_name == "Priya"
    assert [row[1:] for row in phone.bookings() if row[2] == "booked"] == [("2026-11-26 14:00", "booked")]


def own_place(phone: ProspectPhone) -> tuple[object, object]:
    """The key of the booking that stands."""
    from crm import bookings

    (booking,) = bookings.upcoming(phone.session, phone.contact.id, now=phone.now)
    return booking.gym_id, booking.id


def test_a_class_has_its_own_trainer(phone: ProspectPhone) -> None:
    phone.say("boxing on thursday please")
    heard = phone.say("can I get a woman trainer for it")
    assert "Boxing is always with Marcus" in heard.text
    assert "Confirm" in heard.titles


@pytest.mark.parametrize(
    "asks", ["do ye have any female trainers?", "are there women coaches", "have you a lady instructor?"]
)
def test_whether_there_are_any_is_answered_with_who_there_is(phone: ProspectPhone, asks: str) -> None:
    heard = phone.say(asks).text
    assert all(name in heard for name in TRAINERS)
    assert "€" not in heard
    assert "noted" not in heard


def test_the_trainer_finds_the_wish_with_the_session(phone: ProspectPhone) -> None:
    phone.say("trial on friday at 10")
    phone.say("I'd rather a woman trainer")
    phone.tap("Aoife")
    phone.tap("Confirm")
    booking = phone.session.get_one(Booking, own_place(phone))
    hints = trainer_view.hints_for_trainer(phone.session, phone.contact, booking)
    assert "Note: I'd rather a woman trainer" in hints


@pytest.mark.parametrize(
    "said",
    [
        "hey man, trial on friday at 10",
        "I'm a man of 40, can I come friday at 10",
        "can I bring a guy friend",
    ],
)
def test_other_talk_of_men_and_women_is_no_such_wish(phone: ProspectPhone, said: str) -> None:
    assert phone.say(said).titles != TRAINERS
    assert "Noted" not in card(phone)


@pytest.mark.parametrize(
    "said",
    [
        "ok but someone else",
        "can I have a different trainer",
        "not with him please",
        "I'd rather somebody else",
    ],
)
def test_who_wants_somebody_else_is_offered_the_others_and_not_booked(
    phone: ProspectPhone, said: str
) -> None:
    phone.say("trial on thursday at 2 with marcus please")
    heard = phone.say(said)
    assert heard.titles == ["Aoife", "Priya", "Tom"]
    assert phone.bookings() == []
    assert "with Priya" in phone.tap("Priya").text


def test_number_and_wish_in_one_message_are_both_heard(phone: ProspectPhone) -> None:
    heard = phone.say("can I come tomorrow? my number is 0871112222 and I'd prefer a woman trainer")
    assert "noted your number" in heard.text
    assert heard.titles == TRAINERS


def test_a_booking_for_somebody_else_is_no_wish_for_another_trainer(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 2 with marcus please")
    assert phone.say("oh it's for someone else, my sister").titles != ["Aoife", "Priya", "Tom"]
