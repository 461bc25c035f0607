"""A contact's thread with the gym: messages in and out, and the tracker the bot goes by."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from crm.models.base import GymTable, json_field


class Conversation(GymTable, table=True):
    """The thread with one contact on one inbox, for good: it is opened and resolved many times."""

    __tablename__ = "conversations"

    contact_id: uuid.UUID
    contact_inbox_id: uuid.UUID
    inbox_id: uuid.UUID
    status: str = "open"
    """open, pending (a person is wanted), snoozed or resolved."""
    owner_id: uuid.UUID | None = None
    """The member of staff in charge; while set (or while status is pending) the bot keeps silent."""
    handoff_reason: str | None = None
    """Why a person took or was given the thread: asked, not_understood, billing, complaint, emergency, replied ..."""
    handed_off_at: dt.datetime | None = None
    tracker: dict[str, Any] = json_field(default_factory=dict)
    """The fold of `tracker_events`: state as of the last turn. Never written beside an event."""
    turns: int = 0
    last_inbound_at: dt.datetime | None = None
    last_outbound_at: dt.datetime | None = None
    created_at: dt.datetime


class TrackerEvents(GymTable, table=True):
    """The dialogue events of one turn, in order; append-only."""

    __tablename__ = "tracker_events"

    conversation_id: uuid.UUID
    turn: int
    at: dt.datetime
    events: list[dict[str, Any]] = json_field(default_factory=list)


class Message(GymTable, table=True):
    """One line of a thread."""

    __tablename__ = "messages"

    conversation_id: uuid.UUID
    contact_id: uuid.UUID
    direction: str
    """in or out."""
    author: str
    """contact, bot, ``staff:<key>`` or system."""
    text: str | None = None
    content: dict[str, Any] = json_field(default_factory=dict)
    """Buttons, attachments, tapped payload, quoted message."""
    external_id: str | None = None
    at: dt.datetime
    """The provider's time for what came in, the gym's clock for what went out."""
    edited_at: dt.datetime | None = None
    deleted_at: dt.datetime | None = None
    intents: dict[str, Any] = json_field(default_factory=dict)
    """What was understood, for review and training: intents with confidence, entities."""


class InboundPayload(SQLModel, table=True):
    """A provider's message, kept once (unique on inbox and the provider's id) before anything is thought."""

    __tablename__ = "inbound_payloads"

    gym_id: uuid.UUID = Field(primary_key=True)
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    inbox_id: uuid.UUID
    external_id: str
    address: str
    payload: dict[str, Any] = json_field(default_factory=dict)
    waits: bool = True
    provider_at: dt.datetime | None = None
    received_at: dt.datetime
    """By the gym's clock."""
    seen_at: dt.datetime | None = None
    """When the person was shown that it was read, in real time."""
    handled_at: dt.datetime | None = None
    attempts: int = 0
    failed_at: dt.datetime | None = None
    """Set when the payload was given up after too many attempts; can be replayed."""
    error: str | None = None


class Delivery(GymTable, table=True):
    """A message to be sent, queued in the transaction that decided it (the outbox)."""

    __tablename__ = "deliveries"

    position: int | None = Field(default=None, sa_type=BigInteger)
    """Order of queueing."""
    inbox_id: uuid.UUID
    address: str
    contact_id: uuid.UUID | None = None
    conversation_id: uuid.UUID | None = None
    message_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None
    card_id: uuid.UUID | None = None
    purpose: str
    """reply (an answer), service (about a booking), reminder, offer, staff (to a staff chat), human (written by staff)."""
    content: dict[str, Any] = json_field(default_factory=dict)
    """text, buttons, reply_to, edit_of, attachment."""
    checks: dict[str, Any] = json_field(default_factory=dict)
    """What must still be true when it is sent, e.g. the booking's start."""
    dedupe_key: str | None = None
    due_at: dt.datetime
    state: str = "queued"
    """queued, sending, accepted, sent, delivered, read, failed, cancelled or unconfirmed."""
    reason: str | None = None
    """Why it ended as it did, in words a person can read."""
    error_code: str | None = None
    external_id: str | None = None
    attempts: int = 0
    claimed_until: dt.datetime | None = None
    created_at: dt.datetime
    accepted_at: dt.datetime | None = None
    delivered_at: dt.datetime | None = None
    read_at: dt.datetime | None = None


class Pace(SQLModel, table=True):
    """How soon an account, or one address of it, may be written to again: a token bucket held as an instant."""

    __tablename__ = "paces"

    gym_id: uuid.UUID = Field(primary_key=True)
    inbox_id: uuid.UUID = Field(primary_key=True)
    address: str = Field(primary_key=True)
    """Whom it is about; empty for the account itself."""
    full_at: dt.datetime
    """When the bucket has refilled, in real time: a provider does not know of a gym's moved clock."""


class TemplateReview(GymTable, table=True):
    """What a provider says of one of our message templates on one account."""

    __tablename__ = "template_reviews"

    inbox_id: uuid.UUID
    name: str
    language: str
    status: str
    """approved, pending, rejected, paused, disabled or missing."""
    category: str | None = None
    """As the provider files it, which may be another one than we asked for."""
    content_sid: str | None = None
    """Twilio's id of it."""
    reason: str | None = None
    changed_at: dt.datetime


class StaffCard(GymTable, table=True):
    """A card in a staff chat that is edited rather than posted anew."""

    __tablename__ = "staff_cards"

    inbox_id: uuid.UUID
    chat: str
    subject: str
    """What the card is about: ``lead:<id>`` or ``booking:<id>``."""
    lead_id: uuid.UUID | None = None
    external_id: str | None = None
    """The provider's id of the posted message; None until it was accepted."""
    fingerprint: str = ""
    """Hash of the last content queued; the same content is not sent again."""
    created_at: dt.datetime
    updated_at: dt.datetime


class StaffChat(GymTable, table=True):
    """What a member of staff is in the middle of, in one chat: an open question, things to undo."""

    __tablename__ = "staff_chats"

    chat: str
    staff_id: uuid.UUID
    state: dict[str, Any] = json_field(default_factory=dict)
    updated_at: dt.datetime
