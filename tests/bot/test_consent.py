"""Opting out and in, from outside: what a person writes or taps, what is kept as proof, what still reaches them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from bot import engine
from bot.channels import CHANNELS
from bot.channels.base import Incoming, IncomingKind
from crm import consents, deliveries
from crm.db import TenantSession
from crm.models import Consent, Delivery
from tests.bot.prospect_phone import ProspectPhone
from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("6.19")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    return ProspectPhone(session, now)


def booked(phone: ProspectPhone) -> ProspectPhone:
    phone.say("hi, can i do a trial thursday at 10?")
    phone.say("yes")
    return phone


def proofs(phone: ProspectPhone) -> list[Consent]:
    return list(phone.session.exec(select(Consent).where(Consent.contact_id == phone.contact.id)).all())


def switched(phone: ProspectPhone, kind: IncomingKind, text: str | None = None, **extra: object) -> None:
    """A switch of the platform's own, or a keyword that the carrier has acted on."""
    incoming = Incoming(
        kind=kind, action="handle", sender=f"sms:{phone.address}", address=phone.address, message_id=f"sw-{kind}-{text}",
        text=text, sent_at=phone.now, extra=extra,
    )  # fmt: skip
    engine.handle_person(
        phone.session, phone.facts, phone.inbox, CHANNELS[phone.channel], [incoming], phone.now
    )
    phone.session.flush()


def test_the_proof_holds_words_time_channel_and_message(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    phone.say("ah here would ye ever stop texting me")
    (proof,) = proofs(phone)
    assert (proof.purpose, proof.granted, proof.channel) == ("everything", False, "whatsapp")
    assert proof.words == "ah here would ye ever stop texting me"
    assert proof.at == phone.now
    assert proof.message_id is not None
    assert proof.message_id.startswith("in-")


@pytest.mark.parametrize(
    ("words", "purpose"),
    [
        ("dejen de escribirme", "everything"),
        ("BAJA", "everything"),
        ("para de me mandar mensagem", "everything"),
        ("não quero mais lembretes", "reminders"),
        ("no me manden ofertas", "offers"),
    ],
)
def test_other_languages_are_understood_whatever_was_spoken_before(
    phone: ProspectPhone, words: str, purpose: str
) -> None:
    phone.say("how much is a day pass")
    phone.say(words)
    assert phone.consents() == [(purpose, False)]


@pytest.mark.parametrize(
    "words",
    [
        "can I stop by tomorrow?",
        "please don't stop the reminders",
        "no more burpees lol",
        "stop charging me please",
    ],
)
def test_what_only_sounds_like_it_stops_nothing(phone: ProspectPhone, words: str) -> None:
    phone.say("how much is a day pass")
    answer = phone.say(words)
    assert phone.consents() == []
    assert answer.texts


def test_reminders_stop_and_offers_stay(phone: ProspectPhone) -> None:
    booked(phone)
    assert "no more reminders" in phone.say("please stop sending me reminders but keep the offers").text
    assert phone.consents() == [("reminders", False)]
    agreed = consents.agreed(phone.session, phone.contact.id)
    assert not consents.may_send(agreed, "reminder")
    assert consents.may_send(agreed, "service")


def test_a_condition_is_asked_about_and_yes_stops(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    asked = phone.say("please don't text me after 10pm")
    assert "Should I stop messaging you?" in asked.text
    assert asked.titles == ["Stop messages", "No, carry on"]
    assert phone.consents() == []
    phone.say("yes")
    assert phone.consents() == [("everything", False)]


def test_a_condition_is_asked_about_and_no_changes_nothing(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    phone.say("too many messages")
    assert phone.say("no").text == "Fine, nothing changes."
    assert phone.consents() == []


def test_a_tap_on_stop_messages_stops_them(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    phone.say("too many messages")
    phone.tap("Stop messages")
    assert phone.consents() == [("everything", False)]


def test_cancel_with_a_booking_asks_which_is_meant(phone: ProspectPhone) -> None:
    asked = booked(phone).say("CANCEL")
    assert "should I stop messaging you" in asked.text
    assert asked.titles == ["Cancel the booking", "Stop messages"]
    assert phone.consents() == []
    assert phone.bookings()[0][2] == "booked"


def test_cancel_then_the_booking(phone: ProspectPhone) -> None:
    booked(phone).say("cancel")
    phone.tap("Cancel the booking")
    phone.tap("Yes, cancel")
    assert phone.bookings()[0][2] == "cancelled"
    assert phone.consents() == []


def test_cancel_then_the_messages(phone: ProspectPhone) -> None:
    booked(phone).say("cancel")
    phone.tap("Stop messages")
    assert phone.consents() == [("everything", False)]
    assert phone.bookings()[0][2] == "booked"


def test_cancel_in_the_middle_of_a_booking_drops_the_booking_talk(phone: ProspectPhone) -> None:
    phone.say("hi, can i do a trial thursday at 10?")
    phone.say("cancel")
    assert phone.consents() == []
    assert phone.bookings() == []


def test_cancel_with_nothing_to_cancel_is_the_regulators_word(phone: ProspectPhone) -> None:
    phone.say("where are you?")
    phone.say("no thanks")
    phone.say("cancel")
    assert phone.consents() == [("everything", False)]


def test_start_brings_messages_back(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    phone.say("STOP")
    assert "Welcome back" in phone.say("START").text
    assert consents.may_send(consents.agreed(phone.session, phone.contact.id), "reminder")


def test_reminders_alone_come_back_after_a_stop(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    phone.say("STOP")
    phone.say("turn the reminders back on")
    agreed = consents.agreed(phone.session, phone.contact.id)
    assert consents.may_send(agreed, "reminder")
    assert not consents.may_send(agreed, "offer")


def test_start_alone_asks_for_no_offers_and_a_wish_for_them_does(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    phone.say("STOP")
    phone.say("START")
    assert not consents.may_send(consents.agreed(phone.session, phone.contact.id), "offer")
    phone.say("i'd like to get the offers again")
    assert consents.may_send(consents.agreed(phone.session, phone.contact.id), "offer")


def test_a_carriers_word_is_believed_and_nothing_is_sent(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, channel="sms", name=None)
    phone.say("how much is a day pass")
    switched(phone, "optout", "ARRETER TOUT", provider_replied=True)
    assert phone.consents() == [("everything", False)]
    assert proofs(phone)[0].message_id == "sw-optout-ARRETER TOUT"
    switched(phone, "optin", "REPRISE", provider_replied=True)
    assert consents.may_send(consents.agreed(session, phone.contact.id), "service")
    assert phone.wait(dt.timedelta(minutes=1)).texts == []


def test_the_platforms_marketing_switch_stops_offers_only(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    switched_on = Incoming(
        kind="optout", action="handle", sender=f"wa:{phone.address}", address=phone.address, message_id="pref-1",
        extra={"scope": "marketing", "value": "stop"}, sent_at=phone.now,
    )  # fmt: skip
    engine.handle_person(
        phone.session, phone.facts, phone.inbox, CHANNELS["whatsapp"], [switched_on], phone.now
    )
    assert phone.consents() == [("offers", False)]


def test_no_offers_on_one_channel_is_no_offers_on_the_other(session: TenantSession, now: dt.datetime) -> None:
    here = ProspectPhone(session, now)
    there = ProspectPhone(session, now, channel="instagram")
    here.say("how much is a day pass")
    there.say("how much is a day pass")
    there.contact.phone = here.contact.phone
    session.flush()
    here.say("no more offers please")
    assert there.consents() == [("offers", False)]


def test_somebody_in_the_hands_of_staff_can_still_stop_it(phone: ProspectPhone) -> None:
    phone.say("can I talk to a person please")
    phone.conversation.status, phone.conversation.owner_id = "open", phone.facts.staff[0].id
    phone.say("stop messaging me")
    assert phone.consents() == [("everything", False)]


def test_a_reminder_does_not_leave_after_a_stop(phone: ProspectPhone) -> None:
    booked(phone).say("stop")
    phone.wait(dt.timedelta(days=2, hours=2))
    queued = phone.session.exec(select(Delivery).where(Delivery.purpose == "reminder")).all()
    assert queued
    reasons = {deliveries.refusal(phone.session, one, now=phone.now, window=None) for one in queued}
    assert reasons == {"the person asked for no more messages"}


def test_after_a_stop_a_person_may_answer_only_who_writes_again(
    session: TenantSession, now: dt.datetime
) -> None:
    phone, room = ProspectPhone(session, now, name="Ana Kowalczyk"), StaffRoom(session, now)
    phone.say("how much is a day pass")
    phone.say("STOP")
    room.now = phone.now
    assert "asked for no more messages" in room.say("niamh", "/reply Ana Kowalczyk: one more thing").text
    phone.say("can somebody call me about my invoice?")
    room.now = phone.now
    assert "asked for no more" not in room.say("niamh", "/reply Ana Kowalczyk: of course, at five?").text
    (answer,) = [one for one in room.person_got("Ana Kowalczyk") if one.purpose == "human"]
    assert deliveries.refusal(session, answer, now=room.now, window=None) is None
