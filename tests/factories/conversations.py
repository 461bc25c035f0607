"""Threads, their messages, and what is to be sent."""

from __future__ import annotations

import uuid
from typing import Any

from sqlmodel import select

from crm import attachments, deliveries
from crm.db import TenantSession
from crm.models import ContactInbox, Conversation, Delivery, Message, MessageAttachment
from tests.factories.contacts import a_contact_inbox


def a_conversation(
    session: TenantSession, *, contact_inbox: ContactInbox | None = None, **fields: Any
) -> Conversation:
    """An open thread, of a new person on a new WhatsApp inbox unless told otherwise."""
    known = contact_inbox or a_contact_inbox(session)
    defaults: dict[str, Any] = {"created_at": session.now, "last_inbound_at": session.now}
    row = Conversation(
        gym_id=session.gym_id, contact_id=known.contact_id, contact_inbox_id=known.id, inbox_id=known.inbox_id,
        **defaults | fields,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def a_message(
    session: TenantSession, *, conversation: Conversation | None = None, text: str = "hi there", **fields: Any
) -> Message:
    """A line that came in."""
    thread = conversation or a_conversation(session)
    defaults: dict[str, Any] = {"direction": "in", "author": "contact", "at": session.now}
    row = Message(
        gym_id=session.gym_id, conversation_id=thread.id, contact_id=thread.contact_id, text=text,
        **defaults | fields,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def a_delivery(
    session: TenantSession, *, conversation: Conversation | None = None, text: str = "You're welcome.", **fields: Any
) -> Delivery:  # fmt: skip
    """An answer that waits to be sent, queued as the outbox queues it; `fields` are changed afterwards."""
    thread = conversation or a_conversation(session)
    queued = deliveries.queue(
        session, inbox_id=thread.inbox_id, address="353850000000", purpose="reply", content={"text": text},
        now=session.now, conversation_id=thread.id, contact_id=thread.contact_id,
    )  # fmt: skip
    assert queued is not None
    row = deliveries.get(session, queued)
    for name, value in fields.items():
        setattr(row, name, value)
    session.flush()
    return row


def a_kept_file(session: TenantSession, conversation_id: uuid.UUID) -> MessageAttachment:
    """A picture that came with the thread's first line and lies in the media store under a name of nothing."""
    message = session.exec(select(Message).where(Message.conversation_id == conversation_id)).first()
    assert message is not None
    thread = session.exec(select(Conversation).where(Conversation.id == conversation_id)).one()
    (row,) = attachments.expect(
        session, message_id=message.id, contact_id=message.contact_id, inbox_id=thread.inbox_id,
        told=[attachments.Told("image", "m1")], now=session.now,
    )  # fmt: skip
    attachments.mark_kept(row, stored_as="x/y", content_type="image/png", size=1, sha256="0", now=session.now)
    session.flush()
    return row
