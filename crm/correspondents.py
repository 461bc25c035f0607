"""Whoever writes: the person, their thread and their lead, in one query.

Every message asks for these; asked for one by one they were a third of a turn's queries.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import and_, col, select

from crm import contacts, conversations, leads
from crm.contacts import Known
from crm.db import TenantSession
from crm.models import Contact, ContactInbox, Conversation, Inbox, Lead


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Who writes and what there is of them; `lead` is their open one, else the last one closed."""

    known: Known
    conversation: Conversation
    lead: Lead | None


def ensure(
    session: TenantSession, inbox: Inbox, *, sender: str, address: str, profile_name: str | None, now: dt.datetime
) -> Correspondent:  # fmt: skip
    """Who writes from `sender` on `inbox`, with their thread; both made on first sight. See `contacts.ensure`."""
    found = session.exec(_FIND, params={"inbox_id": inbox.id, "sender": sender}).first()
    if found is not None:
        contact_inbox, contact, conversation, lead = found
        contacts.note_profile(contact_inbox, address=address, profile_name=profile_name)
        known = Known(contact, contact_inbox, is_new=False)
        return Correspondent(
            known, conversation or conversations.begin(session, contact_inbox, now=now), lead
        )
    known = contacts.ensure(
        session, inbox, sender=sender, address=address, profile_name=profile_name, now=now
    )
    earlier = None if known.is_new else leads.find_latest(session, known.contact.id)
    return Correspondent(known, conversations.begin(session, known.contact_inbox, now=now), earlier)


_LATEST_LEAD = (
    select(col(Lead.id))
    .where(Lead.contact_id == Contact.id)
    .order_by(*leads.LATEST_FIRST)
    .limit(1)
    .correlate(Contact)
    .scalar_subquery()
)
# Made once: putting it together takes as long as running it.
_FIND = (
    select(ContactInbox, Contact, Conversation, Lead)
    .where(ContactInbox.inbox_id == bindparam("inbox_id"), ContactInbox.sender == bindparam("sender"))
    .join(Contact, and_(Contact.gym_id == ContactInbox.gym_id, Contact.id == ContactInbox.contact_id))
    .outerjoin(
        Conversation,
        and_(Conversation.gym_id == ContactInbox.gym_id, Conversation.contact_inbox_id == ContactInbox.id),
    )
    .outerjoin(Lead, and_(Lead.gym_id == ContactInbox.gym_id, Lead.id == _LATEST_LEAD))
)
