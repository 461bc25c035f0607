"""Files that people sent: where they are to be had at the provider, and where they are kept."""

from __future__ import annotations

import datetime as dt
import uuid

from crm.models.base import GymTable


class MessageAttachment(GymTable, table=True):
    """One file of a message. It is fetched after the turn, by a worker, and checked by its content."""

    __tablename__ = "attachments"

    message_id: uuid.UUID
    contact_id: uuid.UUID
    inbox_id: uuid.UUID
    position: int
    """0 for the first file of the message."""
    kind: str
    """image, video, audio, voice, document or contact, as the platform says."""
    provider_id: str | None = None
    url: str | None = None
    mime_type: str | None = None
    """What the platform says it is."""
    filename: str | None = None
    state: str = "waiting"
    """waiting, kept, refused (not a file we take), failed (could not be fetched) or erased."""
    reason: str | None = None
    """Why it was refused or failed, in words a person can read."""
    attempts: int = 0
    due_at: dt.datetime
    claimed_until: dt.datetime | None = None
    stored_as: str | None = None
    """Its name in the media store; None where nothing is stored."""
    content_type: str | None = None
    """What it is by its content."""
    size: int | None = None
    """Bytes."""
    sha256: str | None = None
    transcript: str | None = None
    """What is said in it, where a local speech model has listened."""
    created_at: dt.datetime
    fetched_at: dt.datetime | None = None
