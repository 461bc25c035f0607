"""A phone number that nobody asked for: kept where it belongs, and said to be, before the open question."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import cards, trainer_view
from crm import bookings, notes, personal_data
from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("5.2")
JAKES = "+353861234567"


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


@pytest.mark.parametrize(
    "said", ["jake's number is 0861234567", "his mobile is 086 123 4567", "you can ring him on 0861234567", "my son's phone 086 1234567"]
)  # fmt: skip
def test_the_guests_number_is_kept_with_the_place_and_shown_to_the_trainer_alone(
    phone: ProspectPhone, said: str
) -> None:
    phone.say("can I book a trial for my son Jake, thursday at 3?")
    heard = phone.say(said)
    assert "noted how to reach Jake" in heard.text
    assert "Shall I book it" in heard.text
    phone.tap("Confirm")
    (booking,) = bookings.upcoming(phone.session, phone.contact.id, now=phone.now)
    assert (booking.guest_name, booking.guest_phone) == ("Jake", JAKES)
    assert f"Jake's number: {JAKES}" in trainer_view.hints_for_trainer(phone.session, phone.contact, booking)
    assert "1234567" not in cards.card_text(phone.session, phone.facts, phone.lead, phone.now).replace(
        " ", ""
    )
    assert phone.contact.phone != JAKES


def test_after_the_booking_it_still_finds_its_place(phone: ProspectPhone) -> None:
    phone.say("can I book a trial for my son Jake, thursday at 3?")
    phone.tap("Confirm")
    assert "how to reach Jake" in phone.say("oh and his number is 0861234567").text
    (booking,) = bookings.upcoming(phone.session, phone.contact.id, now=phone.now)
    assert booking.guest_phone == JAKES


@pytest.mark.parametrize("said", ["my number is 0861234567", "mobile 086 123 4567", "btw im on 0861234567"])
def test_the_writers_own_number_is_acknowledged_and_the_question_goes_on(
    phone: ProspectPhone, said: str
) -> None:
    phone.say("trial thursday at 3")
    heard = phone.say(said)
    assert "noted your number" in heard.text
    assert "Shall I book it" in heard.text
    assert said in [note.data["words"] for note in notes.list_of_contact(phone.session, phone.contact.id)]


def test_where_the_platform_tells_no_number_it_becomes_the_persons_own(
    session: TenantSession, now: dt.datetime
) -> None:
    phone = ProspectPhone(session, now, channel="instagram")
    phone.say("trial thursday at 3")
    assert "noted your number" in phone.say("my number is 0861234567").text
    assert phone.contact.phone == JAKES


def test_somebody_elses_number_never_becomes_the_writers(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, channel="instagram")
    phone.say("trial for my son Jake on thursday at 3, his number is 0861234567")
    assert phone.contact.phone is None


def test_an_address_for_mail_is_acknowledged(phone: ProspectPhone) -> None:
    phone.say("trial thursday at 3")
    assert "noted your email address" in phone.say("my email is ana@example.com").text
    assert phone.contact.email == "ana@example.com"


def test_a_number_beside_a_question_does_not_swallow_it(phone: ProspectPhone) -> None:
    phone.say("trial thursday at 3")
    heard = phone.say("my number is 0861234567, and is there parking?")
    assert "noted your number" in heard.text
    assert "Quayside" in heard.text


def test_the_guests_number_goes_with_the_persons_data(phone: ProspectPhone) -> None:
    phone.say("can I book a trial for my son Jake, thursday at 3?")
    phone.say("his number is 0861234567")
    phone.tap("Confirm")
    told = personal_data.export(phone.session, phone.facts, phone.contact.id)
    assert JAKES in str(told["bookings"])


def test_and_it_goes_for_good_when_the_person_is_erased(phone: ProspectPhone) -> None:
    phone.say("can I book a trial for my son Jake, thursday at 3?")
    phone.say("his number is 0861234567")
    phone.tap("Confirm")
    (booking,) = bookings.upcoming(phone.session, phone.contact.id, now=phone.now)
    personal_data.erase(phone.session, phone.facts, phone.contact.id, now=phone.now, actor="staff:niamh")
    assert (booking.guest_name, booking.guest_phone) == (None, None)
