"""Everybody is answered in their own language, switches when they like, and staff see which it is."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import col, select

from bot import cards
from crm.db import TenantSession
from crm.models import Delivery
from tests.bot.prospect_phone import ProspectPhone
from tests.bot.staff_room import StaffRoom
from tests.factories import an_inbox

pytestmark = pytest.mark.feature("16.12")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    return ProspectPhone(session, now, name="Lucía Marín")


def test_who_writes_spanish_is_answered_in_spanish_from_the_first_word(phone: ProspectPhone) -> None:
    assert phone.say("hola").text.startswith("¡Hola, Lucía! Soy el asistente automático de")
    assert phone.contact.language == "es"


def test_prices_and_days_are_written_as_spanish_writes_them(phone: ProspectPhone) -> None:
    assert "55\xa0€ al mes" in phone.say("buenas, ¿cuánto cuesta al mes?").text
    assert (
        "Abrimos el sábado 28 de noviembre de 08:00-18:00."
        in phone.say("y los sábados a qué hora abren?").text
    )


def test_a_trial_is_booked_wholly_in_spanish(phone: ProspectPhone) -> None:
    offer = phone.say("Hola, quiero una clase de prueba el miércoles a las seis y media de la tarde")
    assert "el miércoles 25 de noviembre a las 18:30" in offer.text
    assert offer.titles == ["Confirmar", "Otra hora"]
    done = phone.say("sí, resérvalo")
    assert "Reservado, Lucía: clase de prueba gratis, el miércoles 25 de noviembre a las 18:30" in done.text
    assert done.titles == ["Cambiar", "Cancelar"]
    assert phone.bookings() == [("trial", "2026-11-25 18:30", "booked")]


@pytest.mark.parametrize("words", ["ok", "yoga", "10", "Priya", "👍", "no", "Lucía"])
def test_a_short_or_neutral_answer_does_not_change_the_language(phone: ProspectPhone, words: str) -> None:
    phone.say("hola, quiero saber los precios")
    phone.say(words)
    assert phone.contact.language == "es"


def test_a_switch_in_the_middle_keeps_what_was_said(phone: ProspectPhone) -> None:
    phone.say("Can I come for a trial on Thursday?")
    offer = phone.say("mejor por la mañana, a las diez")
    assert "el jueves 26 de noviembre a las 10:00" in offer.text
    assert "Confirmar" in offer.titles
    back = phone.say("sorry, could you please hold on, make it eleven instead")
    assert "Thursday 26 November at 11:00" in back.text
    phone.say("yes please")
    assert phone.bookings() == [("trial", "2026-11-26 11:00", "booked")]


def test_a_language_can_be_asked_for(phone: ProspectPhone) -> None:
    phone.say("Hi, how much is it a month?")
    assert phone.say("in Spanish please").text == "Claro, seguimos en español."
    assert phone.say("en inglés por favor").text == "Of course, in English from now on."


def test_the_open_question_is_asked_again_in_the_new_language(phone: ProspectPhone) -> None:
    phone.say("Can I come for a trial on Thursday at ten?")
    again = phone.say("in Spanish please")
    assert "¿Lo reservo, Lucía?" in again.text
    assert "Confirmar" in again.titles


def test_a_language_that_is_not_spoken_is_said_so_in_that_language_with_a_person_offered(
    room: StaffRoom, session: TenantSession, now: dt.datetime
) -> None:
    phone = ProspectPhone(session, now, name="Luc Martin")
    answer = phone.say("Bonjour, je voudrais essayer la salle demain, c'est possible ?")
    assert answer.text.startswith("Bonjour Luc ! Je suis l'assistant automatique")
    assert "Je ne parle pas encore français" in answer.text
    assert answer.titles == ["Parler à quelqu'un"]
    told = [
        row.content.get("text", "") for row in session.exec(select(Delivery).order_by(col(Delivery.position)))
    ]
    assert any("Luc Martin writes in French, which I don't speak" in text for text in told)
    assert phone.tap("Parler").text == "J'ai transmis à l'équipe ; quelqu'un vous répondra ici."
    assert phone.conversation.status == "pending"


def test_who_goes_on_in_a_language_that_is_not_spoken_gets_a_person(phone: ProspectPhone) -> None:
    phone.say("Hallo, was kostet das im Monat?")
    assert phone.say("Ich möchte gerne am Montag zum Probetraining kommen").text.startswith(
        "Ich habe es ans Team"
    )
    assert phone.conversation.handoff_reason == "language"


def test_they_can_go_on_in_a_language_that_is_spoken(phone: ProspectPhone) -> None:
    phone.say("Hallo, was kostet das im Monat?")
    assert "55" in phone.say("ok, how much is it a month?").text
    assert phone.contact.other_language is None


def test_a_stop_is_a_stop_in_any_language(phone: ProspectPhone) -> None:
    phone.say("hola, ¿qué clases tienen?")
    assert phone.say("no me escriban más").text.startswith("Hecho, no recibirás más mensajes")
    assert ("everything", False) in phone.consents()


def test_a_person_is_got_on_request_and_staff_read_what_was_written(phone: ProspectPhone) -> None:
    phone.say("hola, ¿cuánto cuesta?")
    answer = phone.say("quiero hablar con una persona por favor")
    assert answer.text.startswith("Se lo he pasado al equipo")
    assert phone.lead.last_words == "quiero hablar con una persona por favor"
    assert phone.conversation.status == "pending"


def test_staff_see_which_language_somebody_writes(
    session: TenantSession, phone: ProspectPhone, now: dt.datetime
) -> None:
    an_inbox(session, channel="telegram", staff_chat="-1001")
    phone.say("hola, me gustaría probar el gimnasio")
    assert "Writes Spanish" in cards.card_text(session, phone.facts, phone.lead, now)
    phone.say("can you tell me how much it is please")
    assert "Writes" not in cards.card_text(session, phone.facts, phone.lead, now)


def test_a_reminder_comes_in_the_persons_language(phone: ProspectPhone) -> None:
    phone.say("Hola, quiero una clase de prueba el miércoles a las 11 de la mañana")
    phone.tap("Confirmar")
    reminder = phone.wait(dt.timedelta(hours=27))
    assert "te recuerdo: clase de prueba gratis, mañana a las 11:00" in reminder.text
    assert reminder.titles == ["Confirmar", "Cambiar", "Cancelar"]
    template = (
        phone.session.exec(
            select(Delivery).where(Delivery.purpose == "reminder", Delivery.address == phone.address)
        )
        .one()
        .content["template"]
    )
    assert (template["name"], template["language"]) == ("booking_reminder", "es")


def test_what_they_tell_is_understood_in_spanish(phone: ProspectPhone) -> None:
    phone.say("Hola, soy Julia, quiero bajar de peso y nunca he entrenado. ¿Puedo ir a probar?")
    assert (phone.lead.goal, phone.lead.experience) == ("lose weight", "none")


def test_a_nameless_person_gives_their_name_in_spanish(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, name=None, channel="sms")
    phone.say("hola, quiero una clase de prueba el jueves a las 10 de la mañana")
    phone.say("me llamo Mercedes Sol")
    assert phone.contact.name == "Mercedes Sol"
