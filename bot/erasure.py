"""Erasing somebody: their places are given up aloud first, then everything personal goes."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import col, select

from bot import cards, consequences
from bot.answers import words
from crm import bookings, desk, leads, personal_data, reminders
from crm.db import TenantSession
from crm.errors import NotFound
from crm.facts import GymFacts
from crm.models import Contact, Delivery, Reminder

KIND = "erasure"
WAIT = dt.timedelta(seconds=30)
"""From the person's yes to the erasure: its receipt must have left, since afterwards there is no address to send it to."""
PATIENCE = dt.timedelta(hours=1)
"""A receipt that has not left by then never will."""


def ask(session: TenantSession, contact_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Plan it; asked for twice it is planned once."""
    reminders.plan(
        session, KIND, now + WAIT, now=now, contact_id=contact_id, dedupe_key=f"{KIND}:{contact_id}"
    )


def is_asked_for(session: TenantSession, contact_id: uuid.UUID) -> bool:
    """Whether it has been asked for and is still to be done."""
    return bool(reminders.list_pending(session, Reminder.contact_id == contact_id, Reminder.kind == KIND))


def carry_out(session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime) -> str | None:
    """It is due: done once the receipt has left, planned anew until then."""
    if reminder.contact_id is None:
        return "nobody is named"
    waiting = select(Delivery.id).where(
        Delivery.contact_id == reminder.contact_id, col(Delivery.state).in_(personal_data.UNDER_WAY)
    )
    if now - reminder.created_at < PATIENCE and session.exec(waiting.limit(1)).first() is not None:
        _plan_again(session, reminder, now)
        return "the receipt has not left yet"
    try:
        erase(session, facts, reminder.contact_id, now=now, actor="contact")
    except NotFound:
        return "they have been erased already"
    except personal_data.BeingWrittenTo:
        _plan_again(session, reminder, now)
        return "a message to them is leaving"
    return None


def _plan_again(session: TenantSession, reminder: Reminder, now: dt.datetime) -> None:
    # It keeps the instant of the first one, from which the patience counts.
    reminders.plan(
        session, KIND, now + WAIT, now=reminder.created_at, contact_id=reminder.contact_id,
        dedupe_key=f"{KIND}:{reminder.contact_id}:{now.isoformat()}",
    )  # fmt: skip


def erase(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, *, now: dt.datetime, actor: str
) -> personal_data.Erased:
    """Give up the person's places, so that trainers and the next in the queue hear of it, then erase them.

    Raises like `crm.personal_data.erase`.
    """
    contact = session.exec(select(Contact).where(Contact.id == contact_id)).first()
    former = contact.name if contact is not None else None
    ahead = bookings.upcoming(session, contact_id, now=now)
    if contact is not None and ahead:
        # What staff now read of the places given up must not name the person once more.
        contact.name = words("utter_staff_erased_name")
    for booking in ahead:
        by = "staff:erasure" if actor == "contact" else actor
        gone = desk.cancel(session, facts, booking.id, now=now, actor=by, reason="erased")
        consequences.cancelled(session, facts, gone, now, actor=actor)
    lead = leads.find_latest(session, contact_id)
    session.flush()
    done = personal_data.erase(session, facts, contact_id, now=now, actor=actor, known_as=former)
    if lead is not None:
        cards.lead_changed(session, facts, lead.id, now)
    return personal_data.Erased(
        done.contact_id, done.erased_at, done.bookings_cancelled + len(ahead), done.messages_blanked
    )
