"""Lines of a thread that changed after they were written: edited, taken back, reacted to."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import col, select, update

from crm import attachments, inbound
from crm.db import TenantSession
from crm.models import Conversation, Delivery, Lead, Message

QUOTED, LOOKED_AT = 60, 30
"""Characters of a quote that must be the line's, and how many lines may be meant."""


def find(session: TenantSession, inbox_id: uuid.UUID, external_id: str) -> Message | None:
    """The line with the provider's id on that inbox, be it the person's or ours."""
    if not external_id:
        return None
    theirs = (
        select(Message)
        .join(
            Conversation,
            (col(Conversation.gym_id) == Message.gym_id) & (col(Conversation.id) == Message.conversation_id),
        )
        .where(Message.external_id == external_id, Conversation.inbox_id == inbox_id)
    )
    ours = (
        select(Message)
        .join(Delivery, (col(Delivery.gym_id) == Message.gym_id) & (col(Delivery.message_id) == Message.id))
        .where(Delivery.external_id == external_id, Delivery.inbox_id == inbox_id)
    )
    return session.exec(theirs).first() or session.exec(ours).first()


def find_quoted(session: TenantSession, contact_inbox_id: uuid.UUID, words: str) -> Message | None:
    """The newest line of ours in somebody's thread that begins with these words, where no id is told (SMS).

    However many spaces or lines it has: only the words are compared.
    """
    ours = (
        select(Message)
        .join(
            Conversation,
            (col(Conversation.gym_id) == Message.gym_id) & (col(Conversation.id) == Message.conversation_id),
        )
        .where(Conversation.contact_inbox_id == contact_inbox_id, Message.direction == "out")
        .order_by(col(Message.at).desc())
        .limit(LOOKED_AT)
    )
    begin = " ".join(words.split())[:QUOTED]
    return next(
        (line for line in session.exec(ours) if " ".join((line.text or "").split()).startswith(begin)), None
    )


def edit(session: TenantSession, message: Message, text: str | None, *, at: dt.datetime) -> None:
    """The words are what the person last made of them; an older edit that comes late changes nothing."""
    if message.deleted_at is not None or (message.edited_at is not None and message.edited_at > at):
        return
    _replace_in_leads(session, message, text)
    message.text, message.edited_at = text, at


def take_back(session: TenantSession, message: Message, *, inbox_id: uuid.UUID, at: dt.datetime) -> None:
    """Remove the content, here and in the kept payload; that something was said stays."""
    _replace_in_leads(session, message, None)
    if message.external_id is not None:
        inbound.forget_content(session, inbox_id, message.external_id)
    attachments.forget(session, message.id, now=at)
    message.text, message.content, message.deleted_at = None, {}, message.deleted_at or at


def react(message: Message, sender: str, emoji: str) -> None:
    """Keep who reacted how; no emoji takes the reaction back."""
    if message.deleted_at is not None:
        return
    reactions = {who: what for who, what in message.content.get("reactions", {}).items() if who != sender}
    if emoji:
        reactions[sender] = emoji
    rest = {key: value for key, value in message.content.items() if key != "reactions"}
    message.content = {**rest, "reactions": reactions} if reactions else rest


def _replace_in_leads(session: TenantSession, message: Message, text: str | None) -> None:
    """Cards quote a lead's first and last words: they must not keep what is no longer said."""
    said = message.text
    if not said:
        return
    for column in (col(Lead.first_words), col(Lead.last_words)):
        session.execute(
            update(Lead)
            .where(col(Lead.contact_id) == message.contact_id, column.in_({said, said[:300]}))
            .values({column: text[:300] if text else None})
        )
