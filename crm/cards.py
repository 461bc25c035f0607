"""Cards in a staff chat: posted once, edited after that, never sent twice with the same words.

A platform lets a bot write only so often into one group (Telegram: 20 messages a
minute). So what is queued is not the card's words but that it is to be shown anew: they
are drawn when it leaves, and changes in the meantime cost nothing more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select, update

from crm import gyms
from crm.db import TenantSession
from crm.facts import StaffGroup
from crm.models import Delivery, Inbox, StaffCard, StaffChat, new_id

EDIT_PAUSE = dt.timedelta(seconds=2)
"""An edit waits this long, so that what one turn changes in several steps is one edit."""

# The card's row is locked by the first part, the delivery that waits by the second: a sender that took it
# before may have drawn the card already, and then another one is queued.
_SHOW = text("""
    WITH card AS (
      INSERT INTO staff_cards (gym_id, id, inbox_id, chat, subject, lead_id, fingerprint, created_at, updated_at)
      VALUES (:gym, :card, :inbox, :chat, :subject, :lead, '', :now, :now)
      ON CONFLICT (gym_id, chat, subject) DO UPDATE SET updated_at = :now RETURNING id, fingerprint),
    waiting AS (
      SELECT d.id FROM deliveries d JOIN card ON d.gym_id = :gym AND d.card_id = card.id
      WHERE d.state = 'queued' FOR UPDATE OF d)
    INSERT INTO deliveries (gym_id, id, inbox_id, address, purpose, card_id, content, checks, due_at, created_at)
    SELECT :gym, :delivery, :inbox, :chat, 'staff', card.id, '{}', '{}',
      CASE WHEN card.fingerprint = '' THEN :now ELSE :soon END, :now
    FROM card WHERE NOT EXISTS (SELECT FROM waiting)""")


def show(
    session: TenantSession,
    group: StaffGroup,
    subject: str,
    *,
    now: dt.datetime,
    lead_id: uuid.UUID | None = None,
) -> None:
    """Bring the card about `subject` in the staff group up to date, soon; `draw` says with what."""
    session.connection().execute(_SHOW, {
        "gym": session.gym_id, "card": new_id(), "inbox": group.inbox_id, "chat": group.chat, "subject": subject,
        "lead": lead_id, "now": now, "soon": now + EDIT_PAUSE, "delivery": new_id(),
    })  # fmt: skip


def get(session: TenantSession, card_id: uuid.UUID) -> StaffCard:
    """The card with that id, which must exist."""
    return session.exec(select(StaffCard).where(StaffCard.id == card_id)).one()


def is_post_under_way(session: TenantSession, card: StaffCard, besides: Delivery) -> bool:
    """Whether an earlier delivery is still to post the card, so that there will be something to edit."""
    if card.external_id is not None:
        return False
    earlier = select(Delivery.id).where(
        Delivery.card_id == card.id,
        col(Delivery.state).in_(("queued", "sending")),
        col(Delivery.position) < besides.position,
    )
    return session.exec(earlier).first() is not None


def is_shown(card: StaffCard, content: Mapping[str, Any]) -> bool:
    """Whether the posted card says just this."""
    return card.external_id is not None and card.fingerprint == _fingerprint(content)


def mark_shown(card: StaffCard, content: Mapping[str, Any], *, external_id: str | None) -> None:
    """The platform shows this now; `external_id` is its id of a new post."""
    card.fingerprint = _fingerprint(content)
    card.external_id = external_id or card.external_id


def _fingerprint(content: Mapping[str, Any]) -> str:
    shown = {name: content.get(name) for name in ("text", "buttons")}
    return hashlib.blake2b(json.dumps(shown, sort_keys=True).encode(), digest_size=16).hexdigest()


def move_chat(session: TenantSession, inbox: Inbox, chat: str) -> None:
    """The staff chat has another id. What was posted stays behind, so cards are posted anew when they change."""
    old, inbox.staff_chat = inbox.staff_chat, chat
    session.flush()
    session.execute(
        update(StaffCard)
        .where(col(StaffCard.chat) == old)
        .values(chat=chat, external_id=None, fingerprint="")
    )
    session.execute(update(StaffChat).where(col(StaffChat.chat) == old).values(chat=chat))
    gyms.facts_changed(session)
    session.execute(
        update(Delivery)
        .where(
            col(Delivery.address) == old, col(Delivery.inbox_id) == inbox.id, col(Delivery.state) == "queued"
        )
        .values(address=chat)
    )


def find_lead_of_message(session: TenantSession, chat: str, external_id: str) -> uuid.UUID | None:
    """Which lead's card has that provider id in that chat."""
    return session.exec(
        select(StaffCard.lead_id).where(StaffCard.chat == chat, StaffCard.external_id == external_id)
    ).first()


def find_subject_of_message(session: TenantSession, chat: str, external_id: str) -> str | None:
    """What the card is about that has that provider id in that chat."""
    return session.exec(
        select(StaffCard.subject).where(StaffCard.chat == chat, StaffCard.external_id == external_id)
    ).first()


def find_contact_of_message(session: TenantSession, chat: str, external_id: str) -> uuid.UUID | None:
    """About which person the bot's message with that provider id was."""
    return session.exec(
        select(Delivery.contact_id).where(
            Delivery.address == chat, Delivery.external_id == external_id, Delivery.purpose == "staff"
        )
    ).first()


def is_ours(session: TenantSession, chat: str, external_id: str) -> bool:
    """Whether the bot wrote that message."""
    return (
        session.exec(
            select(Delivery.id).where(Delivery.address == chat, Delivery.external_id == external_id).limit(1)
        ).first()
        is not None
    )
