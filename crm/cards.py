"""Cards in a staff chat: posted once, edited after that, never sent twice with the same words.

A platform lets a bot write only so often into one group (Telegram: 20 messages a
minute). So a change that comes while an earlier one still waits replaces it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update

from crm import deliveries
from crm.db import TenantSession
from crm.models import Delivery, Inbox, StaffCard, StaffChat, new_id

EDIT_PAUSE = dt.timedelta(seconds=2)
"""An edit waits this long, so that what one turn changes in several steps is one edit."""
_LOST = ("failed", "cancelled", "unconfirmed")


def put(
    session: TenantSession, inbox: Inbox, subject: str, content: Mapping[str, Any], *, lead_id: uuid.UUID | None,
    now: dt.datetime,
) -> bool:  # fmt: skip
    """Show `content` (text, buttons) on the card about `subject` in the inbox's staff chat; whether it changed.

    An edit is a delivery whose content names the card as ``edit_card``: the provider's id
    of the post may not be known yet when it is queued, so the sender looks it up.
    """
    if inbox.staff_chat is None:
        return False
    session.flush()
    card = _locked(session, inbox, subject, lead_id=lead_id, now=now)
    fingerprint = _fingerprint(content)
    if card.fingerprint == fingerprint:
        return False
    was_queued = bool(card.fingerprint)
    card.fingerprint, card.updated_at = fingerprint, now
    waiting = session.exec(
        select(Delivery)
        .where(Delivery.card_id == card.id, Delivery.state == "queued")
        .order_by(col(Delivery.position).desc())
        .with_for_update()
    ).first()
    if waiting is not None:
        is_edit = "edit_card" in waiting.content
        waiting.content = {**content, **({"edit_card": str(card.id)} if is_edit else {})}
        session.flush()
        return True
    is_edit = was_queued and (card.external_id is not None or not _was_lost(session, card))
    session.flush()
    deliveries.queue(
        session, inbox_id=inbox.id, address=inbox.staff_chat, purpose="staff", card_id=card.id,
        content={**content, **({"edit_card": str(card.id)} if is_edit else {})}, now=now,
        due_at=now + EDIT_PAUSE if is_edit else now,
    )  # fmt: skip
    return True


def _locked(
    session: TenantSession, inbox: Inbox, subject: str, *, lead_id: uuid.UUID | None, now: dt.datetime
) -> StaffCard:
    mine = select(StaffCard).where(StaffCard.chat == inbox.staff_chat, StaffCard.subject == subject)
    found = session.exec(mine.with_for_update()).first()
    if found is None:
        session.execute(
            insert(StaffCard)
            .values(
                gym_id=session.gym_id, id=new_id(), inbox_id=inbox.id, chat=inbox.staff_chat, subject=subject,
                lead_id=lead_id, created_at=now, updated_at=now,
            )
            .on_conflict_do_nothing(index_elements=["gym_id", "chat", "subject"])
        )  # fmt: skip
        found = session.exec(mine.with_for_update()).one()
    return found


def _was_lost(session: TenantSession, card: StaffCard) -> bool:
    """Whether every post of the card failed, so that there is nothing to edit."""
    states = session.exec(select(Delivery.state).where(Delivery.card_id == card.id)).all()
    return bool(states) and all(state in _LOST for state in states)


def _fingerprint(content: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16).hexdigest()


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
