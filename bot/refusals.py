"""What a message that did not arrive means for the person and the gym, however the provider told it."""

from __future__ import annotations

import datetime as dt

from sqlmodel import select

from bot import cards
from bot.channels.base import NextStep
from crm import activities, contacts, facts
from crm.db import TenantSession
from crm.models import Contact, ContactInbox, Delivery


def act(
    session: TenantSession, delivery: Delivery, *, next_step: NextStep | None, code: str | None, detail: str,
    now: dt.datetime,
) -> None:  # fmt: skip
    """Draw the consequence of a final refusal: unreachable there, opted out; staff read of it in any case."""
    if delivery.contact_id is None:
        return
    if next_step in ("mark_unreachable", "mark_landline"):
        where = session.exec(
            select(ContactInbox).where(
                ContactInbox.contact_id == delivery.contact_id, ContactInbox.inbox_id == delivery.inbox_id
            )
        ).first()
        if where is not None:
            where.unreachable_at, where.unreachable_reason = now, detail
    elif next_step in ("opt_out", "opt_out_marketing"):
        purpose: contacts.Purpose = "everything" if next_step == "opt_out" else "offers"
        contacts.give_consent(
            session, delivery.contact_id, purpose, granted=False, words=detail, channel="provider", now=now
        )
    activities.record(
        session,
        "delivery.failed",
        actor="system",
        now=now,
        contact_id=delivery.contact_id,
        code=code,
        reason=detail,
    )
    tell_failed(session, delivery)


def tell_failed(session: TenantSession, delivery: Delivery) -> None:
    """A failure is loud: staff read why, once a delivery."""
    if delivery.purpose != "staff":
        tell(session, delivery, delivery.reason or "")


def tell(session: TenantSession, delivery: Delivery, reason: str) -> None:
    """Tell the staff group that a message to somebody did not leave or did not arrive, and why."""
    contact = session.exec(select(Contact).where(Contact.id == delivery.contact_id)).first()
    name = cards.name_of(contact) if contact is not None else ""
    cards.tell_group(
        session, facts.load(session), "utter_staff_news_not_sent", {"name": name, "reason": reason}, session.now,
        contact_id=delivery.contact_id, dedupe_key=f"not_sent:{delivery.id}",
    )  # fmt: skip
