"""A lead ad's form becomes a lead with a card, like an inquiry from the website."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bot import cards
from crm import activities, contacts, corrections, leads
from crm.db import TenantSession
from crm.errors import Invalid
from crm.facts import GymFacts
from crm.models import Contact

SOURCE = "lead-ad"
FIELD = "field:"
PERSON = frozenset({"full_name", "first_name", "last_name", "phone_number", "email", "inbox_url"})
"""Meta's own names of the fields about the person; every other one is a question of the gym's."""


class FormUnavailable(Exception):
    """What was filled in could not be read at Meta yet: the webhook is handled again, and set aside after some times."""


def take(
    session: TenantSession, facts: GymFacts, form: Mapping[str, str] | None, *, now: dt.datetime
) -> None:
    """Take the person down. A phone number is only claimed, so it opens nobody's record who has written.

    Raises `FormUnavailable` where the form could not be read.
    """
    if form is None:
        raise FormUnavailable(
            "Meta did not give out the form: is the Page's token valid, with leads_retrieval?"
        )
    given = {
        name.removeprefix(FIELD): value.strip() for name, value in form.items() if name.startswith(FIELD)
    }
    name = given.get("full_name") or " ".join(
        part for part in (given.get("first_name"), given.get("last_name")) if part
    )
    phone = _phone(given.get("phone_number"), facts.gym.phone_region)
    contact = contacts.find_unreached(session, phone) if phone else None
    if contact is None:
        contact = Contact(gym_id=session.gym_id, name=name[:80] or None, phone=phone, created_at=now)
        session.add(contact)
        session.flush()
    contact.email = contact.email or (given.get("email") or "").lower() or None
    said = [
        f"{question.replace('_', ' ').strip('? ')}: {answer}"
        for question, answer in given.items()
        if question not in PERSON
    ]
    referral = {name: value for name, value in form.items() if not name.startswith(FIELD)}
    lead = leads.capture(
        session, contact, source=SOURCE, referral=referral, first_words="; ".join(said) or None, now=now
    )
    activities.record(
        session, "lead.ad_form", actor="contact", now=now, contact_id=contact.id, lead_id=lead.id
    )
    session.flush()
    cards.lead_changed(session, facts, lead.id, now)


def _phone(written: str | None, region: str) -> str | None:
    """The number in E.164; one that is none is left out, the rest of the form is still a lead."""
    if not written:
        return None
    try:
        return corrections.canonical_phone(written, region)
    except Invalid:
        return None
