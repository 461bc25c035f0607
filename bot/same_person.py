"""Two records that may be one person: joined and told where it is certain, asked of staff where it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlmodel import select

from bot import cards
from bot.answers import record, titled, words
from bot.channels.base import Incoming
from crm import identities, leads
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Contact, ContactMerge, IdentityQuestion, Lead

Seen = tuple[str | None, str | None, str | None]


def seen(contact: Contact) -> Seen:
    """What people are compared by; where it changes, others are looked for."""
    return contact.name, contact.phone, contact.email


def look(
    session: TenantSession, facts: GymFacts, contact: Contact, events: Sequence[Incoming], now: dt.datetime
) -> None:
    """After a turn: what the person's own card proves, then who else they may be."""
    for event in events:
        phone = own_number(event)
        if phone is not None:
            joined = identities.verify_phone(session, contact, phone, now=now)
            if joined is not None:
                tell_joined(session, facts, joined, now)
                return
    for other, reason in identities.doubts(session, contact):
        asked = identities.ask(session, contact, other, reason, now=now)
        if asked is not None:
            _ask(session, facts, asked, contact, other, now)


def own_number(event: Incoming) -> str | None:
    """The number on a contact card that the platform says is the sender's own."""
    if event.kind != "contact" or not event.extra.get("own_number"):
        return None
    shown = event.extra.get("contacts") or [{}]
    phone = str(shown[0].get("phone") or "")
    return phone if phone.startswith("+") else None


def tell_joined(session: TenantSession, facts: GymFacts, joined: ContactMerge, now: dt.datetime) -> None:
    """Staff read that two records became one without them, and can take it back."""
    kept, gone = identities.get(session, joined.kept_id), identities.get(session, joined.gone_id)
    params = {"one": name_of(session, kept), "other": name_of(session, gone)}
    buttons = (titled("utter_staff_button_split", "split", record("m", joined.id)),)
    cards.tell_group(
        session, facts, "utter_staff_joined", params, now, buttons, dedupe_key=f"joined:{joined.id}"
    )
    refresh_cards(session, facts, joined, now)


def refresh_cards(session: TenantSession, facts: GymFacts, joined: ContactMerge, now: dt.datetime) -> None:
    """The leads' cards as they stand now: the duplicate's says so."""
    for lead in session.exec(select(Lead).where(Lead.contact_id == joined.kept_id)).all():
        cards.lead_changed(session, facts, lead.id, now)
    for lead in session.exec(select(Lead).where(Lead.contact_id == joined.gone_id)).all():
        cards.lead_changed(session, facts, lead.id, now)


def _ask(
    session: TenantSession,
    facts: GymFacts,
    asked: IdentityQuestion,
    one: Contact,
    other: Contact,
    now: dt.datetime,
) -> None:
    target = record("q", asked.id)
    buttons = (
        titled("utter_staff_button_merge", "merge", target),
        titled("utter_staff_button_apart", "apart", target),
    )
    params = {
        "one": name_of(session, other), "other": name_of(session, one), "why": words(f"word_same_{asked.reason}"),
    }  # fmt: skip
    cards.tell_group(
        session, facts, "utter_staff_same_person", params, now, buttons, dedupe_key=f"same:{asked.id}"
    )


def name_of(session: TenantSession, contact: Contact) -> str:
    """Who is meant, with the lead's number and where they write from."""
    lead = leads.find_latest(session, contact.id)
    name = cards.name_of(contact)
    return f"{name} (#{lead.number}, {lead.source})" if lead is not None else name
