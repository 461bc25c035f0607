"""Leads."""

from __future__ import annotations

from typing import Any

from sqlmodel import func, select

from crm.db import TenantSession
from crm.models import Contact, Lead
from tests.factories.contacts import a_contact


def a_lead(session: TenantSession, *, contact: Contact | None = None, **fields: Any) -> Lead:
    """An open lead in the first stage, of a new person unless one is given."""
    contact = contact or a_contact(session)
    defaults: dict[str, Any] = {
        "number": session.exec(select(func.coalesce(func.max(Lead.number), 0) + 1)).one(),
        "stage": "new",
        "source": "whatsapp",
        "first_words": "hi, how much is it?",
        "created_at": session.now,
        "stage_changed_at": session.now,
    }
    row = Lead(gym_id=session.gym_id, contact_id=contact.id, **defaults | fields)
    session.add(row)
    session.flush()
    return row
