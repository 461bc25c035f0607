"""A person, how they are reached, what they agreed to, and where they stand."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crm.models.base import GymTable, json_field, text_list


class Contact(GymTable, table=True):
    """One person, across channels."""

    __tablename__ = "contacts"

    name: str | None = None
    phone: str | None = None
    """E.164."""
    phone_verified: bool = False
    """A platform or the staff vouches for the number; one that was only typed may be anybody's."""
    email: str | None = None
    language: str = "en"
    """What they are answered in."""
    other_language: str | None = None
    """What they write in where nobody here but the staff might speak it; None otherwise."""
    health_note: bytes | None = None
    """What the person told about their health, encrypted; shown to their trainer only."""
    created_at: dt.datetime
    erased_at: dt.datetime | None = None
    merged_into: uuid.UUID | None = None
    """The contact that this one turned out to be; it has nothing of its own then."""


class ContactInbox(GymTable, table=True):
    """A contact as known on one inbox."""

    __tablename__ = "contact_inboxes"

    contact_id: uuid.UUID
    inbox_id: uuid.UUID
    sender: str
    """Canonical identity on the channel, e.g. ``wa:+353851234567``; unique in the inbox."""
    alias: str | None = None
    """A second identity there, shown together with the first: WhatsApp's business-scoped id beside the number."""
    address: str
    """What the provider wants as recipient."""
    profile_name: str | None = None
    last_inbound_at: dt.datetime | None = None
    """Opens the reply window."""
    unreachable_at: dt.datetime | None = None
    unreachable_reason: str | None = None


class Consent(GymTable, table=True):
    """One opt-in or opt-out, append-only: the proof of what was said, when and where."""

    __tablename__ = "consents"

    contact_id: uuid.UUID
    purpose: str
    """everything, reminders or offers."""
    granted: bool
    words: str
    channel: str
    message_id: str | None = None
    """The provider's id of the message that said it; None where the platform or staff told."""
    at: dt.datetime


class ErasedAddress(GymTable, table=True):
    """An address of somebody erased, as a keyed hash: by it their opt-outs are found again, and nothing else."""

    __tablename__ = "erased_addresses"

    contact_id: uuid.UUID
    address_hash: str
    at: dt.datetime


class Lead(GymTable, table=True):
    """A contact on the way to a membership. One open lead a contact."""

    __tablename__ = "leads"

    number: int
    """Short number that staff can type; unique in the gym."""
    contact_id: uuid.UUID
    stage: str
    source: str
    """Name of the channel that brought the person."""
    referral: dict[str, Any] = json_field(default_factory=dict)
    goal: str | None = None
    experience: str | None = None
    """none, some or regular."""
    preferred_time: str | None = None
    """What the person said of times that suit, in their words."""
    score: int = 0
    """0 to 100."""
    score_reasons: list[str] = text_list(default_factory=list)
    assigned_to: uuid.UUID | None = None
    lost_reason: str | None = None
    first_words: str | None = None
    last_words: str | None = None
    created_at: dt.datetime
    first_bot_reply_at: dt.datetime | None = None
    first_human_reply_at: dt.datetime | None = None
    stage_changed_at: dt.datetime
    closed_at: dt.datetime | None = None


class LeadReference(GymTable, table=True):
    """A short code by which somebody who filled in a form is the same lead when they write."""

    __tablename__ = "lead_references"

    code: str
    lead_id: uuid.UUID
    created_at: dt.datetime
    used_at: dt.datetime | None = None


class Activity(GymTable, table=True):
    """Something that happened, append-only: the timeline, the audit log and what reports count."""

    __tablename__ = "activities"

    at: dt.datetime
    kind: str
    """subject.verb, e.g. ``lead.created``, ``booking.moved``."""
    actor: str
    """bot, ``staff:<key>``, contact, system or ``api:<key name>``."""
    contact_id: uuid.UUID | None = None
    lead_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None
    data: dict[str, Any] = json_field(default_factory=dict)


class FollowUp(GymTable, table=True):
    """A to-do for staff about a lead: a note to be reminded of."""

    __tablename__ = "follow_ups"

    lead_id: uuid.UUID
    staff_id: uuid.UUID
    due_at: dt.datetime
    words: str
    done_at: dt.datetime | None = None
    created_at: dt.datetime
