"""Who is one person: what was asked, what was decided, and what a merge moved."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crm.models.base import GymTable, json_field


class IdentityQuestion(GymTable, table=True):
    """Whether two contacts are one person; asked once for each pair, and the answer is kept."""

    __tablename__ = "identity_questions"

    one_id: uuid.UUID
    other_id: uuid.UUID
    """The greater of the two ids, so that a pair has one row."""
    reason: str
    """phone, email or name: what the two have in common."""
    state: str = "open"
    """open, merged or apart."""
    asked_at: dt.datetime
    decided_at: dt.datetime | None = None
    decided_by: str | None = None


class ContactMerge(GymTable, table=True):
    """Two contacts made one, with all that is needed to take it back."""

    __tablename__ = "contact_merges"

    kept_id: uuid.UUID
    gone_id: uuid.UUID
    reason: str
    moved: dict[str, Any] = json_field(default_factory=dict)
    """Table name → ids of the rows that changed hands."""
    before: dict[str, Any] = json_field(default_factory=dict)
    """What the kept contact and the closed lead were like."""
    merged_at: dt.datetime
    merged_by: str
    undone_at: dt.datetime | None = None
    undone_by: str | None = None
