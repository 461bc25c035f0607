"""Whoever writes: the person, their thread and their lead, in one query.

Every message asks for these; asked for one by one they were a third of a turn's queries.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import and_, col, select

from crm import contacts, conversations, identities, leads
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
    session: TenantSession, inbox: Inbox, *, sender: str, address: str, profile_name: str | None,
    bsuid: str | None, now: dt.datetime,
) -> Correspondent:  # fmt: skip
    """Who writes from `sender` on `inbox`, with their thread; both made on first sight. See `identities.recognise`."""
    found = session.exec(_FIND, params={"inbox_id": inbox.id, "sender": sender}).first()
    # A scoped id that is not known yet may show two records to be one person.
    if found is not None and (bsuid is None or found[0].alias == f"wa:{bsuid}" or sender == f"wa:{bsuid}"):
        contact_inbox, contact, conversation, lead = found
        contacts.note_profile(contact_inbox, address=address, profile_name=profile_name)
        known = Known(contact, contact_inbox, is_new=False)
        return Correspondent(
            known, conversation or conversations.begin(session, contact_inbox, now=now), lead
        )
    known = identities.recognise(
        session, inbox, sender=sender, address=address, profile_name=profile_name, bsuid=bsuid, now=now
    )
    if known.is_new:
        return Correspondent(known, conversations.begin(session, known.contact_inbox, now=now), None)
    conversation = conversations.ensure(session, known.contact_inbox, now=now)
    return Correspondent(known, conversation, leads.find_latest(session, known.contact.id))


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
