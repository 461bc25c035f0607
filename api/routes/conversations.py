"""Conversations: a person's thread on one inbox."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ListOf, SessionDep, SliceDep
from api.errors import documented
from crm import attachments, directory
from crm.directory import ConversationRow
from crm.models import Message, MessageAttachment

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"], responses=documented())

Status = Literal["open", "pending", "snoozed", "resolved"]


class ConversationOut(BaseModel):
    """The thread with one person on one inbox; there is one for good, opened and resolved many times."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193449a-4a00-7000-8000-000000000011",
                    "contact_id": "0193449a-4a00-7000-8000-000000000007",
                    "name": "Ana Silva",
                    "channel": "whatsapp",
                    "address": "353851234567",
                    "status": "pending",
                    "owner": "lena",
                    "handoff_reason": "asked",
                    "handed_off_at": "2026-11-20T10:02:00Z",
                    "turns": 4,
                    "last_inbound_at": "2026-11-20T10:01:58Z",
                    "last_outbound_at": "2026-11-20T10:02:00Z",
                    "created_at": "2026-11-20T10:00:00Z",
                }
            ]
        }
    )

    id: uuid.UUID
    contact_id: uuid.UUID
    name: str | None
    channel: str
    address: str
    status: str = Field(description="open, pending (a person is wanted), snoozed or resolved")
    owner: str | None = Field(
        description="Key of the member of staff in charge; the bot keeps silent meanwhile"
    )
    handoff_reason: str | None = Field(description="Why a person has it: asked, not_understood, billing ...")
    handed_off_at: dt.datetime | None
    turns: int
    last_inbound_at: dt.datetime | None
    last_outbound_at: dt.datetime | None
    created_at: dt.datetime

    @classmethod
    def of(cls, row: ConversationRow) -> ConversationOut:
        """A thread as the API tells it."""
        own = row.conversation.model_dump(
            include=set(cls.model_fields) - {"name", "channel", "address", "owner"}
        )
        return cls(**own, name=row.contact.name, channel=row.channel, address=row.address, owner=row.owner)


class AttachmentOut(BaseModel):
    """A file that came with a message."""

    id: uuid.UUID
    kind: str = Field(description="image, video, audio, voice, document or contact")
    state: str = Field(
        description="waiting (being fetched), kept, refused (not a file we take), failed or erased"
    )
    reason: str | None = Field(description="Why it was refused or could not be fetched")
    filename: str | None = Field(description="As the sender's phone calls it; not to be trusted")
    content_type: str | None = Field(description="What it is by its content")
    size: int | None = Field(description="Bytes")
    transcript: str | None = Field(description="What is said in it, where a local speech model has listened")
    url: str | None = Field(description="Where to get it, with the same key; null unless it is kept")

    @classmethod
    def of(cls, row: MessageAttachment) -> AttachmentOut:
        """A file as the API tells it."""
        url = f"/api/v1/attachments/{row.id}" if row.state == "kept" else None
        return cls(**row.model_dump(include=set(cls.model_fields) - {"url"}), url=url)


class MessageOut(BaseModel):
    """One line of a thread."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193449a-4a00-7000-8000-000000000020",
                    "direction": "in",
                    "author": "contact",
                    "text": "hi! can i try tomorrow at 10?",
                    "content": {},
                    "attachments": [],
                    "at": "2026-11-20T10:00:00Z",
                    "edited_at": None,
                }
            ]
        }
    )

    id: uuid.UUID
    direction: str = Field(description="in or out")
    author: str = Field(description="contact, bot, system or `staff:<key>`")
    text: str | None
    content: dict[str, Any] = Field(
        description="Buttons, what was tapped, place, contact cards, reactions, announced files"
    )
    attachments: list[AttachmentOut]
    at: dt.datetime
    edited_at: dt.datetime | None

    @classmethod
    def of(cls, message: Message, files: Sequence[MessageAttachment] = ()) -> MessageOut:
        """A line as the API tells it."""
        own = message.model_dump(include=set(cls.model_fields) - {"attachments"})
        return cls(**own, attachments=[AttachmentOut.of(row) for row in files])


@router.get("", summary="List conversations")
def list_conversations(
    session: SessionDep,
    part: SliceDep,
    contact_id: Annotated[uuid.UUID | None, Query(description="Only this person's")] = None,
    status: Annotated[Status | None, Query(description="Only with this status")] = None,
    owner: Annotated[str | None, Query(max_length=80, description="A staff key, or `nobody`")] = None,
) -> ListOf[ConversationOut]:
    """Threads, those in which somebody wrote last first."""
    page = directory.conversations(
        session, contact_id=contact_id, status=status, owner=owner, limit=part.limit, offset=part.offset
    )
    return ListOf[ConversationOut].of([ConversationOut.of(row) for row in page.rows], page.total, part)


@router.get("/{conversation_id}", summary="Get a conversation", responses=documented(404))
def get_conversation(session: SessionDep, conversation_id: uuid.UUID) -> ConversationOut:
    """One thread."""
    return ConversationOut.of(directory.conversation(session, conversation_id))


@router.get(
    "/{conversation_id}/messages", summary="List a conversation's messages", responses=documented(404)
)
def list_messages(
    session: SessionDep,
    part: SliceDep,
    conversation_id: uuid.UUID,
    newest_first: Annotated[bool, Query(description="Begin with the newest")] = False,
) -> ListOf[MessageOut]:
    """The lines of a thread, the oldest first unless asked otherwise."""
    page = directory.messages(
        session, conversation_id, newest_first=newest_first, limit=part.limit, offset=part.offset
    )
    files = attachments.of_messages(session, [message.id for message in page.rows])
    rows = [MessageOut.of(message, files.get(message.id, ())) for message in page.rows]
    return ListOf[MessageOut].of(rows, page.total, part)
