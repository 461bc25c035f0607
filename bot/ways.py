"""On which of a person's channels words that they did not ask for can arrive now."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import select

from bot import message_templates
from bot.channels import CHANNELS
from crm import contacts, conversations, deliveries, gyms, template_reviews
from crm.db import TenantSession
from crm.models import Contact, ContactInbox, Conversation, Inbox

Thread = tuple[Conversation, ContactInbox]


def template_refusal(
    session: TenantSession, inbox: Inbox, template: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    """Why a message template can't be used on this account, and the provider's id of it, each if there is one.

    Where the provider knows it by our name, one that nothing is known of is tried.
    """
    row = template_reviews.find(session, inbox.id, str(template["name"]), str(template["language"]))
    if row is not None and row.status == template_reviews.APPROVED:
        return None, row.content_sid
    if row is None and not CHANNELS[inbox.channel].limits.templates_by_id:
        return None, None
    return f"the message template {template['name']} is {row.status if row else 'missing'}", None


def usable(
    session: TenantSession, inbox: Inbox, template: Mapping[str, Any]
) -> tuple[dict[str, Any], str | None]:
    """The template with the provider's id of it, and why it can't be used if so.

    One that isn't approved in the person's language yet goes in the default one, rather than not at all.
    """
    refused = None
    for language in dict.fromkeys((template["language"], message_templates.DEFAULT_LANGUAGE)):
        one = {**template, "language": language}
        why, content_sid = template_refusal(session, inbox, one)
        if why is None:
            return (one | {"content_sid": content_sid} if content_sid else one), None
        refused = refused or why
    return dict(template), refused


def can_arrive(
    session: TenantSession, where: ContactInbox, inbox: Inbox, template: Mapping[str, Any] | None, *, now: dt.datetime
) -> bool:  # fmt: skip
    """Whether free words, or else the template, would be taken there now."""
    limits = CHANNELS[inbox.channel].limits
    if not inbox.active or inbox.stopped_at is not None or where.unreachable_at is not None:
        return False
    if limits.reply_window is None or deliveries.is_window_open(where, now=now, window=limits.reply_window):
        return True
    if template is None or not limits.templates:
        return False
    return usable(session, inbox, template)[1] is None


def best(
    session: TenantSession, thread: Thread, template: Mapping[str, Any] | None, *, now: dt.datetime
) -> Thread:  # fmt: skip
    """The thread itself if the words can arrive there, else another of the person's, else by SMS; else it all the same."""
    conversation, where = thread
    inbox = session.exec(select(Inbox).where(Inbox.id == where.inbox_id)).one()
    if can_arrive(session, where, inbox, template, now=now):
        return thread
    return next(_others(session, conversation.contact_id, inbox.id, template, now), thread)


def another(
    session: TenantSession, contact_id: uuid.UUID, inbox_id: uuid.UUID, template: Mapping[str, Any] | None, *,
    now: dt.datetime,
) -> Thread | None:  # fmt: skip
    """Where the words can arrive other than on that account, if anywhere."""
    return next(_others(session, contact_id, inbox_id, template, now), None)


def _others(
    session: TenantSession, contact_id: uuid.UUID, inbox_id: uuid.UUID, template: Mapping[str, Any] | None,
    now: dt.datetime,
) -> Iterator[Thread]:  # fmt: skip
    known = contacts.inboxes_of(session, contact_id)
    for where, inbox in known:
        if inbox.id != inbox_id and can_arrive(session, where, inbox, template, now=now):
            yield conversations.ensure(session, where, now=now), where
    contact = session.exec(select(Contact).where(Contact.id == contact_id)).one()
    if contact.phone is None or contact.erased_at is not None:
        return
    tried = {inbox.id for _, inbox in known} | {inbox_id}
    for inbox in gyms.list_inboxes(session):
        channel = CHANNELS[inbox.channel]
        if not channel.limits.writes_first or inbox.id in tried or inbox.stopped_at is not None:
            continue
        address = channel.address_of(contact.phone)
        there = contacts.reach_by_number(session, contact, inbox, address=address)
        if there is not None and there.unreachable_at is None:
            yield conversations.ensure(session, there, now=now), there
