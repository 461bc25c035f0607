"""People's files, places and contact cards: what is noted with the message, and what staff are told of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel import select

from bot import cards, responses
from bot.answers import words
from bot.channels.base import Attachment, Incoming
from crm import attachments, conversations, file_types, links
from crm import facts as gym_facts
from crm.config import Settings
from crm.db import TenantSession
from crm.models import Contact, ContactInbox, Conversation, Message, MessageAttachment

FETCHED = frozenset({"image", "video", "audio", "voice", "document"})
"""Kinds that are fetched. Stickers say nothing more, and what was shared (posts, stories) is its owner's."""
TOLD_IN_FULL = frozenset({"form", "order"})
"""What says all it has to say in fields of its own, which staff are told."""
_MAP = "https://www.openstreetmap.org/?mlat={lat:.6f}&mlon={lon:.6f}#map=17/{lat:.6f}/{lon:.6f}"


def content_of(event: Incoming) -> dict[str, Any]:
    """What a line of the thread keeps besides its words."""
    content: dict[str, Any] = {"kind": event.kind}
    if event.payload:
        content["payload"] = event.payload
    for name in ("location", "contacts", "data", "items"):
        if event.extra.get(name):
            content[name] = event.extra[name]
    if event.attachments:
        content["attachments"] = [
            {
                "kind": one.kind, "provider_id": one.provider_id, "mime_type": one.mime_type,
                "filename": one.filename, **({"what": one.what} if one.what else {}),
            }
            for one in event.attachments
        ]  # fmt: skip
    return content


def expect(session: TenantSession, message: Message, conversation: Conversation, event: Incoming) -> None:
    """Have the message's files fetched after this turn."""
    told = [_told(one) for one in event.attachments if is_fetched(one)]
    if told:
        session.flush()
        refused = attachments.expect(
            session, message_id=message.id, contact_id=message.contact_id, inbox_id=conversation.inbox_id, told=told,
            now=session.now,
        )  # fmt: skip
        session.flush()
        for row in refused:
            if row.state == "refused":
                not_kept(session, row, session.now)


def words_of(event: Incoming) -> str:
    """What was filled in or ordered, on one line."""
    said = [event.text] if event.text else []
    for item in event.extra.get("items") or ():
        price = f" ({item['price']:g} {item['currency']})" if item["price"] is not None else ""
        said.append(f"{item['qty'] or 1} × {item['sku']}{price}")
    for name, value in (event.extra.get("data") or {}).items():
        # A flow's token is for programs.
        if isinstance(value, str | int | float) and str(value).strip() and not name.endswith("token"):
            said.append(f"{name.replace('_', ' ')}: {value}")
    return ", ".join(said)


def is_card(event: Incoming) -> bool:
    """Whether it is somebody's contact card, sent as a file."""
    return any(one.what == "contact" for one in event.attachments)


def is_fetched(attachment: Attachment) -> bool:
    """Whether this is a file to keep."""
    return (attachment.kind in FETCHED or attachment.what == "contact") and bool(
        attachment.provider_id or attachment.url
    )


def _told(one: Attachment) -> attachments.Told:
    kind = "contact" if one.what == "contact" else "voice" if one.what == "voice" else one.kind
    return attachments.Told(kind, one.provider_id, one.url, one.mime_type, one.filename, one.size)


def kept(session: TenantSession, settings: Settings, row: MessageAttachment, now: dt.datetime) -> None:
    """Staff get a link to the file; it expires, and only who is in their chat has it."""
    link = links.media_link(settings, session.gym_id, row.id, now)
    family = file_types.family_of(row.content_type or "")
    kind = row.kind if row.kind == "voice" and family == "audio" else family
    _tell(session, "utter_staff_news_file", row, now, kind=words(f"word_file_{kind}"), link=link)


def not_kept(session: TenantSession, row: MessageAttachment, now: dt.datetime) -> None:
    """Staff read that there was a file, and why they cannot see it."""
    kind = words(f"word_file_{row.kind}")
    _tell(session, "utter_staff_news_file_refused", row, now, kind=kind, reason=row.reason or "")


def _tell(
    session: TenantSession, key: str, row: MessageAttachment, now: dt.datetime, **params: object
) -> None:
    contact = session.exec(select(Contact).where(Contact.id == row.contact_id)).one()
    told = {"name": cards.name_of(contact), **params}
    cards.tell_group(session, gym_facts.load(session), key, told, now, dedupe_key=f"file:{row.id}")


def say_unheard(session: TenantSession, message: Message, where: ContactInbox, now: dt.datetime) -> None:
    """The voice note could not be understood after all: the person is asked to type it."""
    thread = session.exec(select(Conversation).where(Conversation.id == message.conversation_id)).one()
    if conversations.is_with_staff(thread, now=now):
        return
    contact = session.exec(select(Contact).where(Contact.id == message.contact_id)).one()
    text = responses.render(contact.language, "utter_voice")
    conversations.say(
        session, thread, where, text=text, purpose="reply", author="bot", now=now, dedupe_key=f"unheard:{message.id}"
    )  # fmt: skip


def map_link(location: dict[str, Any]) -> str:
    """Where a place lies on a map."""
    return _MAP.format(lat=float(location["lat"]), lon=float(location["lon"]))
