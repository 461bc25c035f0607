"""People and where they are reached."""

from __future__ import annotations

import itertools
from typing import Any

from crm.db import TenantSession
from crm.gyms import InboxPart, ensure_inbox
from crm.models import Contact, ContactInbox, Inbox, new_id

_numbers = itertools.count(1000000)
_KINDS = {"whatsapp": "wa", "whatsapp-twilio": "wa", "sms": "sms", "instagram": "ig", "telegram": "tg"}


def an_inbox(session: TenantSession, *, channel: str = "whatsapp", **fields: Any) -> Inbox:
    """An account of the gym on a channel."""
    part = InboxPart(
        **{"channel": channel, "external_id": new_id().hex, "credentials": {"token": "a-token"}} | fields
    )
    return ensure_inbox(session, part)


def a_contact(session: TenantSession, *, name: str | None = "Ana Silva", **fields: Any) -> Contact:
    """A person, with a phone number that nobody else has."""
    defaults: dict[str, Any] = {"phone": f"+35385{next(_numbers)}", "created_at": session.now}
    row = Contact(gym_id=session.gym_id, name=name, **defaults | fields)
    session.add(row)
    session.flush()
    return row


def a_contact_inbox(
    session: TenantSession, *, contact: Contact | None = None, inbox: Inbox | None = None, **fields: Any
) -> ContactInbox:
    """A person as known on one inbox; made with both where they are not given."""
    contact = contact or a_contact(session)
    inbox = inbox or an_inbox(session)
    number = contact.phone or f"+35385{next(_numbers)}"
    defaults: dict[str, Any] = {
        "sender": f"{_KINDS[inbox.channel]}:{number}",
        "address": number.removeprefix("+"),
        "profile_name": contact.name,
        "last_inbound_at": session.now,
    }
    row = ContactInbox(gym_id=session.gym_id, contact_id=contact.id, inbox_id=inbox.id, **defaults | fields)
    session.add(row)
    session.flush()
    return row
