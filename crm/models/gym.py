"""A gym, its people, what it offers and the facts it answers from."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, Date, Interval
from sqlmodel import Field, SQLModel

from crm.models.base import GymTable, json_field, new_id, text_list


class Gym(SQLModel, table=True):
    """One tenant. Facts that are lists of their own live in the tables below."""

    __tablename__ = "gyms"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    timezone: str
    locale: str
    currency: str
    phone_region: str
    address: str | None = None
    directions: str | None = None
    parking: str | None = None
    phone: str | None = None
    email: str | None = None
    opening_hours: dict[str, list[str]] = json_field(default_factory=dict)
    closed_dates: list[dt.date] = Field(default_factory=list, sa_type=ARRAY(Date))
    terms: dict[str, Any] = json_field(default_factory=dict)
    facilities: list[str] = text_list(default_factory=list)
    not_available: list[str] = text_list(default_factory=list)
    booking_rules: dict[str, Any] = json_field(default_factory=dict)
    pipeline_stages: list[str] = text_list(default_factory=list)
    web_origins: list[str] = text_list(default_factory=list)
    """Sites whose pages may send the gym's form, as browsers name them: https://harbour.example."""
    qualification: dict[str, Any] = json_field(default_factory=dict)
    facts_version: int = 1
    """Raised by every change of the gym's facts; caches are keyed by it."""
    clock_offset: dt.timedelta = Field(default=dt.timedelta(), sa_type=Interval)
    """How far the gym's clock stands from the real one; zero outside simulations."""
    created_at: dt.datetime


class Staff(GymTable, table=True):
    """A person who runs the gym."""

    __tablename__ = "staff"

    key: str
    name: str
    role: str
    """owner, manager, sales or trainer."""
    specialities: list[str] = text_list(default_factory=list)
    hours: dict[str, list[str]] = json_field(default_factory=dict)
    """A trainer's weekly hours in wall time."""
    chat_address: str | None = None
    """Telegram user id, which is also the id of the private chat; None until bound."""
    phone: str | None = None
    """Where an owner or manager reads that the staff's own channel has stopped."""
    active: bool = True


class Offering(GymTable, table=True):
    """What can be booked: a service (one to one) or a class."""

    __tablename__ = "offerings"

    key: str
    name: str
    kind: str
    """trial, personal, online or class."""
    minutes: int
    capacity: int
    price: float | None = None
    """In the gym's currency; None where a plan or the day pass covers it."""
    trainer_id: uuid.UUID | None = None
    """Who teaches the class."""
    weekly: list[str] = text_list(default_factory=list)
    """A class's weekly starts in wall time, e.g. ``mon 18:30``."""
    position: int = 0
    active: bool = True


class Plan(GymTable, table=True):
    """A membership or a package, with its price."""

    __tablename__ = "plans"

    key: str
    name: str
    kind: str
    """membership or package."""
    price: float
    per: str | None = None
    """visit or month, for memberships."""
    note: str | None = None
    sessions: int | None = None
    valid_days: int | None = None
    position: int = 0
    active: bool = True


class Discount(GymTable, table=True):
    """A reduction and who gets it."""

    __tablename__ = "discounts"

    key: str
    percent: float
    note: str | None = None
    position: int = 0


class FaqEntry(GymTable, table=True):
    """A question the gym has answered in its own words."""

    __tablename__ = "faq_entries"

    topic: str
    question: str
    answer: str
    position: int = 0


class Inbox(GymTable, table=True):
    """The gym's account on a channel."""

    __tablename__ = "inboxes"

    key: str = Field(unique=True)
    """The part of the webhook's path that names this inbox."""
    channel: str
    external_id: str
    credentials: bytes
    """Encrypted JSON; see `crm.vault`."""
    staff_chat: str | None = None
    """Chat id of the staff group, on the inbox that staff use."""
    per_second: float | None = None
    """Messages a second, where the provider takes another number from this account than the channel's usual one."""
    stopped_at: dt.datetime | None = None
    """Since when the provider refuses everything of this account; None while it works."""
    stopped_code: str | None = None
    stopped_reason: str | None = None
    active: bool = True


class ApiKey(GymTable, table=True):
    """A key to the REST API; only its hash is kept."""

    __tablename__ = "api_keys"

    name: str
    key_hash: str = Field(unique=True)
    """Hex SHA-256 of the key (32 random bytes, so no salt or stretching is needed)."""
    scopes: list[str] = text_list(default_factory=list)
    created_at: dt.datetime
    last_used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
