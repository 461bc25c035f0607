"""Short codes that carry a lead from a form or a page into a chat: who writes with the code is that lead."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from crm import activities, leads
from crm.db import TenantSession
from crm.models import Booking, Consent, Contact, ContactInbox, Lead, LeadReference, new_id

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L, which people confuse when they type them over."""
LENGTH = 6
GOOD_FOR = dt.timedelta(days=30)
SOURCE = "web"


def make(session: TenantSession, lead: Lead, *, now: dt.datetime) -> str:
    """A fresh code for the lead, unique in the gym."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        statement = insert(LeadReference).values(
            gym_id=session.gym_id, id=new_id(), code=code, lead_id=lead.id, created_at=now
        )
        statement = statement.on_conflict_do_nothing(index_elements=["gym_id", "code"])
        if session.execute(statement.returning(col(LeadReference.id))).scalar() is not None:
            return code


def redeem(session: TenantSession, code: str, contact: Contact, *, now: dt.datetime) -> Lead | None:
    """The lead that the code stands for, now the writer's own; None where it is unknown, used or too old.

    The first who writes with it has it. A form's phone number is only claimed, so
    nothing but what the form itself told goes over to the writer: the lead and, where
    the writer's record lacks them, name, e-mail address and phone number.
    """
    found = session.exec(
        select(LeadReference).where(LeadReference.code == code.upper()).with_for_update()
    ).first()
    if found is None or found.used_at is not None or now - found.created_at > GOOD_FOR:
        return None
    found.used_at = now
    lead = session.exec(select(Lead).where(Lead.id == found.lead_id)).one()
    if lead.contact_id == contact.id:
        return lead
    former = session.exec(select(Contact).where(Contact.id == lead.contact_id)).one()
    if _has_more(session, former.id):
        return None
    for name in ("name", "email", "phone"):
        if getattr(contact, name) is None:
            setattr(contact, name, getattr(former, name))
    standing = leads.find_open(session, contact.id)
    if standing is not None and lead.closed_at is None:
        # They had written before: one person has one open lead, and the older one has the history.
        lead.stage, lead.closed_at, lead.lost_reason = leads.LOST, now, "same person"
        standing.referral = {**lead.referral, **standing.referral}
    lead.contact_id = contact.id
    session.flush()
    activities.record(
        session, "lead.joined_chat", actor="contact", now=now, contact_id=contact.id, lead_id=lead.id
    )
    if not _is_referred_to(session, former.id):
        session.delete(former)
    session.flush()
    return standing or lead


def _has_more(session: TenantSession, contact_id: uuid.UUID) -> bool:
    """Whether the record is somebody's beyond what a form told: then a code must not hand it over."""
    return any(
        session.exec(select(func.count()).select_from(table).where(table.contact_id == contact_id)).one()
        for table in (ContactInbox, Booking)
    )


def _is_referred_to(session: TenantSession, contact_id: uuid.UUID) -> bool:
    return any(
        session.exec(select(func.count()).select_from(table).where(table.contact_id == contact_id)).one()
        for table in (Lead, Consent)
    )
