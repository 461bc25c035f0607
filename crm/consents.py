"""What people agreed to: which messages they want, with the proof of each opt-in and opt-out."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Literal

from sqlalchemy import or_
from sqlmodel import col, select

from crm import merged
from crm.db import TenantSession
from crm.models import Consent, Contact, Message

Purpose = Literal["everything", "reminders", "offers"]


def give(
    session: TenantSession, contact_id: uuid.UUID, purpose: Purpose, *, granted: bool, words: str, channel: str,
    now: dt.datetime, message_id: str | None = None,
) -> None:  # fmt: skip
    """Write down an opt-in or opt-out with its proof: the words, when, on which channel, in which message.

    Who wants no offers wants none anywhere: an opt-out also holds for other records with
    the same phone number or address, since that is the same person on another channel.
    """

    def keep(whose: uuid.UUID, what: Purpose) -> None:
        session.add(
            Consent(
                gym_id=session.gym_id, contact_id=whose, purpose=what, granted=granted, words=words[:500],
                channel=channel, message_id=message_id, at=now,
            )
        )  # fmt: skip

    keep(contact_id, purpose)
    if not granted and purpose != "reminders":
        for twin in _others_of_the_person(session, contact_id):
            keep(twin, "offers")
    session.flush()


def _others_of_the_person(session: TenantSession, contact_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Other records with the person's phone number or e-mail address."""
    session.flush()
    contact = session.exec(select(Contact).where(Contact.id == contact_id)).one()
    known_by = [
        column == value
        for column, value in ((col(Contact.phone), contact.phone), (col(Contact.email), contact.email))
        if value is not None
    ]
    if not known_by:
        return ()
    query = select(Contact.id).where(
        Contact.id != contact_id, col(Contact.erased_at).is_(None), or_(*known_by)
    )
    return session.exec(query).all()


def agreed(session: TenantSession, contact_id: uuid.UUID) -> Mapping[str, bool]:
    """What the person last said for each purpose; an opt-in to everything lifts every earlier opt-out."""
    state: dict[str, bool] = {}
    rows = session.exec(
        select(Consent.purpose, Consent.granted)
        .where(col(Consent.contact_id).in_(merged.ids_of(contact_id)))
        .order_by(col(Consent.at), col(Consent.id))
    ).all()
    for purpose, granted in rows:
        if purpose == "everything" and granted:
            state.clear()
        state[purpose] = granted
    return state


def may_send(agreed: Mapping[str, bool], purpose: str) -> bool:
    """Whether a delivery of that purpose may leave: an answer always, the rest as the person agreed."""
    if purpose in ("reply", "staff"):
        return True
    if agreed.get("everything") is False:
        return False
    if purpose == "reminder":
        return agreed.get("reminders") is not False
    if purpose == "offer":
        return agreed.get("offers") is True
    return True


def has_written_since_stop(session: TenantSession, contact_id: uuid.UUID) -> bool:
    """Whether somebody who wanted no more messages wrote again since: then a person may answer that, too."""
    session.flush()
    stop = session.exec(
        select(Consent)
        .where(
            Consent.contact_id == contact_id,
            Consent.purpose == "everything",
            col(Consent.granted).is_(False),
        )
        .order_by(col(Consent.at).desc(), col(Consent.id).desc())
    ).first()
    last = session.exec(
        select(Message)
        .where(Message.contact_id == contact_id, Message.direction == "in")
        .order_by(col(Message.at).desc(), col(Message.id).desc())
    ).first()
    if stop is None or last is None:
        return False
    # Messages are dated by when they were sent, the opt-out by when it was read: its own message tells more.
    return last.external_id != stop.message_id if stop.message_id is not None else last.at > stop.at
