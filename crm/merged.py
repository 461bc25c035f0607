"""Records that were found to be one person's: what the timeline and the consents, which are append-only, are read through."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import literal, union_all
from sqlmodel import col, select

from crm.models import Contact


def ids_of(contact_id: uuid.UUID) -> Any:
    """The contact's id and those that were merged into it, for what is append-only and cannot change hands."""
    return union_all(
        select(literal(contact_id)), select(col(Contact.id)).where(col(Contact.merged_into) == contact_id)
    )
