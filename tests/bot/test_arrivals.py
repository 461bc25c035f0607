"""From the website into the chat: who brings the code is the lead that filled in the form."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import select

from bot import engine
from bot.channels import CHANNELS
from crm import leads, references
from crm.db import TenantSession
from crm.models import Contact, Lead
from tests.bot.answer import Answer
from tests.bot.prospect_phone import ProspectPhone
from tests.factories import a_contact

pytestmark = [pytest.mark.feature("1.12"), pytest.mark.feature("1.17")]


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    return ProspectPhone(session, now, name="Anita")


def from_the_website(
    session: TenantSession, now: dt.datetime, *, message: str | None = "how much is a day pass?"
) -> tuple[Lead, str]:
    contact = a_contact(session, name="Ana Silva")
    contact.email = "ana@example.com"
    lead = leads.capture(
        session, contact, source="web", referral={"page": "/trial"}, first_words=message, now=now
    )
    return lead, references.make(session, lead, now=now)


def follow_link(
    phone: ProspectPhone, parameter: str, *, kind: str = "text", text: str | None = None
) -> Answer:
    """Open the chat by a link with a parameter: Telegram says /start, Instagram sends a referral."""
    event = phone._incoming("text", text or "")
    name = "deep_link" if phone.channel == "telegram" else "ref"
    event = replace(event, kind=kind, text=text, source={name: parameter})  # type: ignore[arg-type]
    phone.now += dt.timedelta(seconds=5)
    engine.handle_person(phone.session, phone.facts, phone.inbox, CHANNELS[phone.channel], [event], phone.now)
    phone.session.flush()
    return phone._answer()


def test_the_prefilled_words_continue_the_same_lead(phone: ProspectPhone, session: TenantSession) -> None:
    lead, code = from_the_website(session, phone.now)
    answer = phone.say(f"how much is a day pass? (ref {code})")
    assert "day pass" in answer.text.lower()
    assert phone.lead.id == lead.id
    assert (phone.lead.source, phone.lead.referral) == ("web", {"page": "/trial"})
    assert phone.contact.email == "ana@example.com"
    assert [person.id for person in session.exec(select(Contact)).all()] == [phone.contact.id]


def test_the_code_is_no_part_of_what_is_understood(phone: ProspectPhone, session: TenantSession) -> None:
    _, code = from_the_website(session, phone.now)
    assert "automated assistant" in phone.say(f"Hi! I've just written on your website. (ref {code})").text
    assert code not in (phone.lead.last_words or "")


@pytest.mark.parametrize(
    ("channel", "kind", "text"), [("telegram", "text", "/start"), ("instagram", "referral", None)]
)
def test_a_link_without_words_answers_what_was_asked_in_the_form(
    session: TenantSession, now: dt.datetime, channel: str, kind: str, text: str | None
) -> None:
    phone = ProspectPhone(session, now, channel=channel, name="Ana")
    lead, code = from_the_website(session, now)
    answer = follow_link(phone, code, kind=kind, text=f"{text} {code}" if text else None)
    assert "day pass" in answer.text.lower()
    assert phone.lead.id == lead.id


def test_without_a_message_it_is_a_hello(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, channel="telegram", name="Ana")
    _, code = from_the_website(session, now, message=None)
    assert "automated assistant" in follow_link(phone, code, text=f"/start {code}").text


def test_a_code_works_for_the_first_who_brings_it(session: TenantSession, now: dt.datetime) -> None:
    lead, code = from_the_website(session, now)
    first, second = ProspectPhone(session, now), ProspectPhone(session, now, name="Eve")
    first.say(f"hello (ref {code})")
    second.say(f"hello (ref {code})")
    assert first.lead.id == lead.id
    assert second.lead.id != lead.id
    assert second.contact.email is None


def test_a_code_grows_old(phone: ProspectPhone, session: TenantSession) -> None:
    lead, code = from_the_website(session, phone.now - dt.timedelta(days=31))
    phone.say(f"hello (ref {code})")
    assert phone.lead.id != lead.id


def test_who_had_written_before_keeps_their_history(phone: ProspectPhone, session: TenantSession) -> None:
    phone.say("where are you?")
    mine = phone.lead
    lead, code = from_the_website(session, phone.now)
    phone.say(f"hello again (ref {code})")
    assert leads.find_open(session, phone.contact.id).id == mine.id  # type: ignore[union-attr]
    assert (lead.stage, lead.lost_reason, lead.contact_id) == ("lost", "same person", phone.contact.id)


def test_a_code_never_hands_over_somebody_who_has_written(session: TenantSession, now: dt.datetime) -> None:
    victim = ProspectPhone(session, now, name="Bo Lind")
    victim.say("where are you?")
    code = references.make(session, victim.lead, now=now)
    thief = ProspectPhone(session, now, channel="instagram", name="Eve")
    thief.say(f"hello (ref {code})")
    assert victim.lead.contact_id != thief.contact.id


@pytest.mark.parametrize(
    "text", ["ref ABC", "what is ref K7Q2M9 about?", "my ref: 00O0O0", "reference letter please"]
)
def test_words_that_only_look_like_a_code_change_nothing(phone: ProspectPhone, text: str) -> None:
    phone.say(text)
    assert phone.lead.source == "whatsapp"
