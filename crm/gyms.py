"""Gyms, their staff and their inboxes: import from a file, lookup, roles."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import delete
from sqlmodel import col, select

from crm.db import TenantSession
from crm.errors import Forbidden, Invalid, NotFound
from crm.facts import WEEKDAYS, booking_rules, weekly_hours, weekly_start
from crm.models import ApiKey, Discount, FaqEntry, Gym, Inbox, Offering, Plan, Staff
from crm.vault import seal_credentials

Row = TypeVar("Row", Staff, Offering, Plan)
Role = Literal["owner", "manager", "sales", "trainer"]
DESK: frozenset[str] = frozenset({"owner", "manager", "sales"})
"""Roles that work the pipeline."""


class GymFileError(Invalid):
    """The gym file cannot be read; the message lists each place and its mend."""

    code = "gym_file"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _GymPart(_Part):
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    name: str
    timezone: str
    locale: str = "en"
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    default_phone_region: str = Field("IE", pattern=r"^[A-Z]{2}$")
    address: str | None = None
    directions: str | None = None
    parking: str | None = None
    phone: str | None = None
    email: str | None = None
    web_origins: list[str] = []
    """Sites whose pages may send the gym's form."""

    @field_validator("web_origins")
    @classmethod
    def sites(cls, value: list[str]) -> list[str]:
        """Each reads like https://harbour.example: scheme and host, no path."""
        for origin in value:
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", origin.lower()):
                raise ValueError(
                    f"{origin!r} is no site's origin; write e.g. https://harbour.example, no path"
                )
        return [origin.lower() for origin in value]

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        """The zone must be one of the IANA database."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is no time zone; write e.g. Europe/Dublin") from None
        return value


class _Hours(_Part):
    mon: list[str] = []
    tue: list[str] = []
    wed: list[str] = []
    thu: list[str] = []
    fri: list[str] = []
    sat: list[str] = []
    sun: list[str] = []

    @field_validator(*WEEKDAYS)
    @classmethod
    def intervals(cls, value: list[str]) -> list[str]:
        """Each interval reads HH:MM-HH:MM and ends after it begins."""
        for interval in value:
            try:
                ((start, end),) = weekly_hours({"mon": [interval]})[0]
            except ValueError:
                raise ValueError(f"{interval!r} is not of the form 06:00-22:00") from None
            if end <= start:
                raise ValueError(f"{interval!r} ends before it begins; split hours over midnight in two")
        return value

    def spoken(self) -> dict[str, list[str]]:
        """Only the days that have hours."""
        return {day: hours for day, hours in self.model_dump().items() if hours}


class _StaffPart(_Part):
    key: str = Field(pattern=r"^[a-z0-9_-]+$")
    name: str
    role: Role
    specialities: list[str] = []
    hours: _Hours = _Hours()
    telegram: str | int | None = None
    """Telegram user id, where it is known already."""
    phone: str | None = Field(default=None, pattern=r"^\+[1-9]\d{6,14}$")


class _ServicePart(_Part):
    key: str
    name: str
    kind: Literal["trial", "personal", "online"]
    minutes: int = Field(ge=5, le=720)
    price: float = Field(ge=0)
    capacity: int = Field(1, ge=1)


class _ClassPart(_Part):
    key: str
    name: str
    trainer: str | None = None
    minutes: int = Field(ge=5, le=720)
    capacity: int = Field(ge=1)
    price: float | None = None
    weekly: list[str]

    @field_validator("weekly")
    @classmethod
    def starts(cls, value: list[str]) -> list[str]:
        """Each start reads like ``mon 18:30``."""
        for start in value:
            try:
                weekly_start(start)
            except ValueError:
                raise ValueError(f"{start!r} is not of the form mon 18:30") from None
        return value


class _MembershipPart(_Part):
    key: str
    name: str
    price: float = Field(ge=0)
    per: Literal["visit", "week", "month", "year"]
    note: str | None = None


class _PackagePart(_Part):
    key: str
    name: str
    price: float = Field(ge=0)
    sessions: int = Field(ge=1)
    valid_days: int | None = Field(None, ge=1)
    note: str | None = None


class _DiscountPart(_Part):
    key: str
    percent: float = Field(gt=0, le=100)
    note: str | None = None


class _FaqPart(_Part):
    topic: str
    question: str
    answer: str


class InboxPart(_Part):
    """A gym's account on a channel, as written in a gym file."""

    channel: str
    external_id: str
    credentials: dict[str, str]
    key: str | None = None
    staff_chat: str | None = None
    per_second: float | None = Field(default=None, gt=0)


class GymFile(_Part):
    """A gym from a file: everything an owner would configure."""

    gym: _GymPart
    opening_hours: _Hours
    closed_dates: list[dt.date] = []
    staff: list[_StaffPart]
    services: list[_ServicePart] = []
    classes: list[_ClassPart] = []
    memberships: list[_MembershipPart] = []
    packages: list[_PackagePart] = []
    discounts: list[_DiscountPart] = []
    terms: dict[str, Any] = {}
    facilities: list[str] = []
    not_available: list[str] = []
    faq: list[_FaqPart] = []
    booking_rules: dict[str, Any] = {}
    pipeline_stages: list[str] = ["new", "contacted", "qualified", "trial_booked", "converted", "lost"]
    lead_qualification: dict[str, Any] = {}
    inboxes: list[InboxPart] = []


def read_gym_file(text: str) -> GymFile:
    """Parse a gym file (YAML or JSON); raises `GymFileError` that lists what to mend."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise GymFileError(f"the gym file is not valid YAML: {error}") from None
    if not isinstance(raw, dict):
        raise GymFileError("the gym file must be a mapping with the keys gym, opening_hours, staff, ...")
    try:
        found = GymFile.model_validate(_rejoin(raw))
        booking_rules(found.booking_rules)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise GymFileError("the gym file needs mending:\n" + "\n".join(lines)) from None
    except (ValueError, KeyError, TypeError) as error:
        raise GymFileError(f"booking_rules: {error}") from None
    keys = {person.key for person in found.staff}
    for item in found.classes:
        if item.trainer and item.trainer not in keys:
            raise GymFileError(f"classes.{item.key}: trainer {item.trainer!r} is not among the staff")
    for names, where in (
        ([person.key for person in found.staff], "staff"),
        ([row.key for row in found.services] + [row.key for row in found.classes], "services and classes"),
        (
            [row.key for row in found.memberships] + [row.key for row in found.packages],
            "memberships and packages",
        ),
    ):
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise GymFileError(f"{where}: keys must be unique, these are not: {', '.join(doubled)}")
    return found


def _rejoin(value: Any) -> Any:
    """Mend unquoted commas in one-line mappings.

    YAML reads ``{note: gym floor, all classes}`` as the note "gym floor" and an empty
    key "all classes"; no key of ours has a blank, so what was meant is certain.
    """
    if isinstance(value, list):
        return [_rejoin(item) for item in value]
    if not isinstance(value, dict):
        return value
    mended: dict[Any, Any] = {}
    last: Any = None
    for key, item in value.items():
        if item is None and isinstance(key, str) and " " in key.strip() and isinstance(mended.get(last), str):
            mended[last] += f", {key}"
        else:
            mended[key], last = _rejoin(item), key
    return mended


def import_gym(session: TenantSession, file: GymFile, *, now: dt.datetime, slug: str | None = None) -> Gym:
    """Make the entered gym (its id is the session's) say what `file` says, or bring it up to date.

    Rows are matched by key: what is no longer in the file is set inactive, never
    deleted, because bookings refer to it.
    """
    gym = session.get(Gym, session.gym_id)
    if gym is None:
        gym = Gym(
            id=session.gym_id, slug=slug or file.gym.slug, created_at=now, name="", timezone="", locale="",
            currency="", phone_region="",
        )  # fmt: skip
        session.add(gym)
    else:
        gym.facts_version += 1
        session.facts_version = gym.facts_version
    for name in (
        "name",
        "timezone",
        "locale",
        "currency",
        "address",
        "directions",
        "parking",
        "phone",
        "email",
        "web_origins",
    ):
        setattr(gym, name, getattr(file.gym, name))
    gym.phone_region = file.gym.default_phone_region
    gym.opening_hours = file.opening_hours.spoken()
    gym.closed_dates = file.closed_dates
    gym.terms, gym.booking_rules, gym.qualification = file.terms, file.booking_rules, file.lead_qualification
    gym.facilities, gym.not_available = file.facilities, file.not_available
    gym.pipeline_stages = file.pipeline_stages
    session.flush()

    staff = _by_key(session, Staff)
    for person in file.staff:
        row = staff.pop(person.key, None) or Staff(gym_id=gym.id, key=person.key, name="", role="")
        row.name, row.role, row.specialities = person.name, person.role, person.specialities
        row.hours, row.phone, row.active = person.hours.spoken(), person.phone, True
        if person.telegram is not None:
            row.chat_address = str(person.telegram)
        session.add(row)
    session.flush()
    for gone in staff.values():
        gone.active = False
    ids = {row.key: row.id for row in session.exec(select(Staff)).all()}

    offerings = _by_key(session, Offering)
    bookable: list[_ServicePart | _ClassPart] = [*file.services, *file.classes]
    for position, service in enumerate(bookable):
        offering = offerings.pop(service.key, None) or Offering(
            gym_id=gym.id, key=service.key, name="", kind="", minutes=0, capacity=0
        )
        offering.name, offering.minutes, offering.capacity = service.name, service.minutes, service.capacity
        offering.price, offering.position, offering.active = service.price, position, True
        if isinstance(service, _ClassPart):
            offering.kind, offering.weekly = "class", service.weekly
            offering.trainer_id = ids[service.trainer] if service.trainer else None
        else:
            offering.kind = service.kind
        session.add(offering)
    for left_over in offerings.values():
        left_over.active = False

    plans = _by_key(session, Plan)
    priced: list[_MembershipPart | _PackagePart] = [*file.memberships, *file.packages]
    for position, part in enumerate(priced):
        plan = plans.pop(part.key, None) or Plan(gym_id=gym.id, key=part.key, name="", kind="", price=0)
        plan.name, plan.price, plan.note, plan.position, plan.active = (
            part.name,
            part.price,
            part.note,
            position,
            True,
        )
        if isinstance(part, _PackagePart):
            plan.kind, plan.sessions, plan.valid_days = "package", part.sessions, part.valid_days
        else:
            plan.kind, plan.per = "membership", part.per
        session.add(plan)
    for dropped in plans.values():
        dropped.active = False

    session.execute(delete(Discount))
    session.execute(delete(FaqEntry))
    for position, reduction in enumerate(file.discounts):
        session.add(Discount(gym_id=gym.id, position=position, **reduction.model_dump()))
    for position, entry in enumerate(file.faq):
        session.add(FaqEntry(gym_id=gym.id, position=position, **entry.model_dump()))
    for inbox in file.inboxes:
        ensure_inbox(session, inbox)
    session.flush()
    return gym


def _by_key(session: TenantSession, table: type[Row]) -> dict[str, Row]:
    return {row.key: row for row in session.exec(select(table)).all()}


def ensure_inbox(session: TenantSession, part: InboxPart) -> Inbox:
    """The gym's inbox for that account, made or brought up to date."""
    row = session.exec(
        select(Inbox).where(Inbox.channel == part.channel, Inbox.external_id == part.external_id)
    ).first() or Inbox(
        gym_id=session.gym_id, key=part.key or secrets.token_urlsafe(12), channel=part.channel,
        external_id=part.external_id, credentials=b"",
    )  # fmt: skip
    row.credentials, row.staff_chat, row.active = seal_credentials(part.credentials), part.staff_chat, True
    row.per_second = part.per_second
    # New credentials are tried at once, whatever became of the old ones.
    row.stopped_at = row.stopped_code = row.stopped_reason = None
    session.add(row)
    session.flush()
    facts_changed(session)
    return row


def list_inboxes(session: TenantSession) -> Sequence[Inbox]:
    """The gym's active inboxes."""
    return session.exec(select(Inbox).where(Inbox.active).order_by(col(Inbox.id))).all()


def list_leaders(session: TenantSession) -> Sequence[Staff]:
    """Who answers for the gym's accounts and can be reached by phone."""
    has_phone = (col(Staff.role).in_(("owner", "manager")), col(Staff.phone).is_not(None))
    return session.exec(select(Staff).where(Staff.active, *has_phone).order_by(col(Staff.key))).all()


def find_staff_by_address(session: TenantSession, address: str) -> Staff | None:
    """Who of the staff writes from that chat address."""
    return session.exec(select(Staff).where(Staff.active, Staff.chat_address == address)).first()


def ensure_role(role: str, allowed: frozenset[str]) -> None:
    """Raise `Forbidden` unless the role is among those allowed."""
    if role not in allowed:
        raise Forbidden("this needs another role", role=role, roles=sorted(allowed))


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """Who a REST call is made for."""

    gym_id: uuid.UUID
    key_id: uuid.UUID
    name: str
    scopes: frozenset[str]


def hash_api_key(key: str) -> str:
    """What is stored of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


def make_api_key(session: TenantSession, name: str, *, scopes: Sequence[str], now: dt.datetime) -> str:
    """Create a key and return it; it is shown this once and kept only as a hash."""
    key = "spk_" + secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            gym_id=session.gym_id, name=name, key_hash=hash_api_key(key), scopes=list(scopes), created_at=now
        )
    )
    session.flush()
    return key


def revoke_api_key(session: TenantSession, name: str, *, now: dt.datetime) -> None:
    """Make every key of that name useless; raises `NotFound` where there is none."""
    rows = session.exec(select(ApiKey).where(ApiKey.name == name, col(ApiKey.revoked_at).is_(None))).all()
    if not rows:
        raise NotFound("no such key", name=name)
    for row in rows:
        row.revoked_at = now


def facts_changed(session: TenantSession) -> None:
    """Tell every process to read the gym's facts anew."""
    gym = session.get(Gym, session.gym_id)
    if gym is None:
        raise NotFound("no such gym")
    gym.facts_version += 1
    session.facts_version = gym.facts_version
    session.flush()
