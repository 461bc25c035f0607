"""Lists for the doors, one page at a time: people, leads, threads, bookings. Nothing is decided here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlmodel import col

from crm import contacts
from crm.db import TenantSession
from crm.errors import NotFound
from crm.models import Booking, Contact, ContactInbox, Conversation, Inbox, Lead, Message, Offering, Staff

Row = TypeVar("Row")
LeadOrder = Literal["newest", "oldest", "score", "stage"]
MOST_FOUND = 500
"""So many people at most are found by words; who looks for one of more than these needs other words."""
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list and how many there are in all."""

    rows: Sequence[Row]
    total: int


@dataclass(frozen=True, slots=True)
class Person:
    """A contact and where they can be reached."""

    contact: Contact
    addresses: Sequence[tuple[ContactInbox, Inbox]]


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead, the person, and who of the staff has it."""

    lead: Lead
    contact: Contact
    assigned_to: str | None
    """Key of the member of staff."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A thread, the person, its channel and who of the staff has it."""

    conversation: Conversation
    contact: Contact
    channel: str
    address: str
    owner: str | None
    """Key of the member of staff."""


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking with the keys that people and programs know things by."""

    booking: Booking
    contact: Contact
    offering: Offering
    trainer: str | None
    """Key of the trainer."""


def people(
    session: TenantSession,
    *,
    words: str | None = None,
    channel: str | None = None,
    addresses: Collection[str] | None = None,
    limit: int,
    offset: int,
) -> Page[Person]:
    """People, newest first: all, or those whose name, phone or email fits `words`, or on a channel or address.

    `addresses` are the forms in which one address may have been kept.
    """
    conditions: list[Any] = [col(Contact.erased_at).is_(None), col(Contact.merged_into).is_(None)]
    if words is not None:
        conditions.append(_found_by(session, words))
    if channel is not None or addresses is not None:
        there: list[Any] = [ContactInbox.gym_id == Contact.gym_id, ContactInbox.contact_id == Contact.id]
        there += [Inbox.gym_id == ContactInbox.gym_id, Inbox.id == ContactInbox.inbox_id]
        if channel is not None:
            there.append(Inbox.channel == channel)
        if addresses is not None:
            tail = func.split_part(col(ContactInbox.sender), ":", 2)
            there.append(or_(col(ContactInbox.address).in_(addresses), tail.in_(addresses)))
        conditions.append(exists().where(*there))
    total = session.execute(select(func.count()).select_from(Contact).where(*conditions)).scalar_one()
    found = session.scalars(
        select(Contact)
        .where(*conditions)
        .order_by(col(Contact.created_at).desc(), col(Contact.id).desc())
        .limit(min(limit, LARGEST_PAGE))
        .offset(offset)
    ).all()
    where = _addresses_of(session, [contact.id for contact in found])
    return Page([Person(contact, where.get(contact.id, [])) for contact in found], total)


def person(session: TenantSession, contact_id: uuid.UUID) -> Person:
    """The person with that id; raises `NotFound`, for somebody erased too."""
    contact = session.scalars(
        select(Contact).where(col(Contact.id) == contact_id, col(Contact.erased_at).is_(None))
    ).first()
    if contact is None:
        raise NotFound("no such contact", contact_id=contact_id)
    return Person(contact, contacts.inboxes_of(session, contact.id))


def leads(
    session: TenantSession,
    *,
    stage: str | None = None,
    source: str | None = None,
    assigned_to: str | None = None,
    contact_id: uuid.UUID | None = None,
    words: str | None = None,
    created_from: dt.datetime | None = None,
    created_until: dt.datetime | None = None,
    is_open: bool | None = None,
    order: LeadOrder = "newest",
    limit: int,
    offset: int,
) -> Page[LeadRow]:
    """Leads that fit every filter given; `assigned_to` is a staff key, or ``nobody``."""
    conditions: list[Any] = []
    if stage is not None:
        conditions.append(Lead.stage == stage)
    if source is not None:
        conditions.append(Lead.source == source)
    if assigned_to == "nobody":
        conditions.append(col(Lead.assigned_to).is_(None))
    elif assigned_to is not None:
        conditions.append(Staff.key == assigned_to)
    if contact_id is not None:
        conditions.append(Lead.contact_id == contact_id)
    if words is not None:
        conditions.append(_found_by(session, words))
    if created_from is not None:
        conditions.append(Lead.created_at >= created_from)
    if created_until is not None:
        conditions.append(Lead.created_at < created_until)
    if is_open is not None:
        conditions.append(col(Lead.closed_at).is_(None) if is_open else col(Lead.closed_at).is_not(None))
    orders: dict[LeadOrder, list[Any]] = {
        "newest": [col(Lead.created_at).desc()],
        "oldest": [col(Lead.created_at)],
        "score": [col(Lead.score).desc(), col(Lead.created_at).desc()],
        "stage": [col(Lead.stage), col(Lead.created_at).desc()],
    }
    query = _lead_rows().where(*conditions)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = session.execute(
        query.order_by(*orders[order], col(Lead.id).desc()).limit(min(limit, LARGEST_PAGE)).offset(offset)
    ).all()
    return Page([LeadRow(*row) for row in rows], total)


def lead(session: TenantSession, lead_id: uuid.UUID) -> LeadRow:
    """The lead with that id; raises `NotFound`."""
    found = session.execute(_lead_rows().where(Lead.id == lead_id)).first()
    if found is None:
        raise NotFound("no such lead", lead_id=lead_id)
    return LeadRow(*found)


def conversations(
    session: TenantSession,
    *,
    contact_id: uuid.UUID | None = None,
    status: str | None = None,
    owner: str | None = None,
    limit: int,
    offset: int,
) -> Page[ConversationRow]:
    """Threads, the ones with the newest word of a person first; `owner` is a staff key, or ``nobody``."""
    conditions: list[Any] = []
    if contact_id is not None:
        conditions.append(Conversation.contact_id == contact_id)
    if status is not None:
        conditions.append(Conversation.status == status)
    if owner == "nobody":
        conditions.append(col(Conversation.owner_id).is_(None))
    elif owner is not None:
        conditions.append(Staff.key == owner)
    query = _conversation_rows().where(*conditions)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = session.execute(
        query.order_by(col(Conversation.last_inbound_at).desc().nulls_last(), col(Conversation.id).desc())
        .limit(min(limit, LARGEST_PAGE))
        .offset(offset)
    ).all()
    return Page([ConversationRow(*row) for row in rows], total)


def conversation(session: TenantSession, conversation_id: uuid.UUID) -> ConversationRow:
    """The thread with that id; raises `NotFound`."""
    found = session.execute(_conversation_rows().where(Conversation.id == conversation_id)).first()
    if found is None:
        raise NotFound("no such conversation", conversation_id=conversation_id)
    return ConversationRow(*found)


def messages(
    session: TenantSession, conversation_id: uuid.UUID, *, newest_first: bool = False, limit: int, offset: int
) -> Page[Message]:
    """The lines of a thread in order, without what a person deleted; raises `NotFound` without the thread."""
    conversation(session, conversation_id)
    conditions: list[Any] = [
        Message.conversation_id == conversation_id,
        col(Message.deleted_at).is_(None),
    ]
    keys = [col(Message.at), col(Message.id)]
    total = session.execute(select(func.count()).select_from(Message).where(*conditions)).scalar_one()
    rows = session.scalars(
        select(Message)
        .where(*conditions)
        .order_by(*[key.desc() if newest_first else key for key in keys])
        .limit(min(limit, LARGEST_PAGE))
        .offset(offset)
    ).all()
    return Page(rows, total)


def bookings(
    session: TenantSession,
    *,
    contact_id: uuid.UUID | None = None,
    service: str | None = None,
    trainer: str | None = None,
    status: str | None = None,
    starts_from: dt.datetime | None = None,
    starts_until: dt.datetime | None = None,
    limit: int,
    offset: int,
) -> Page[BookingRow]:
    """Bookings by start; `service` is an offering's key and `trainer` a staff key.

    Holds that were let go are left out: nobody was ever told that they had the place.
    """
    conditions: list[Any] = [col(Booking.status) != "released"]
    if contact_id is not None:
        conditions.append(Booking.contact_id == contact_id)
    if service is not None:
        conditions.append(Offering.key == service)
    if trainer is not None:
        conditions.append(Staff.key == trainer)
    if status is not None:
        conditions.append(Booking.status == status)
    if starts_from is not None:
        conditions.append(Booking.starts_at >= starts_from)
    if starts_until is not None:
        conditions.append(Booking.starts_at < starts_until)
    query = _booking_rows().where(*conditions)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = session.execute(
        query.order_by(col(Booking.starts_at), col(Booking.id)).limit(min(limit, LARGEST_PAGE)).offset(offset)
    ).all()
    return Page([BookingRow(*row) for row in rows], total)


def booking(session: TenantSession, booking_id: uuid.UUID) -> BookingRow:
    """The booking with that id; raises `NotFound`."""
    found = session.execute(_booking_rows().where(Booking.id == booking_id)).first()
    if found is None:
        raise NotFound("no such booking", booking_id=booking_id)
    return BookingRow(*found)


def _lead_rows() -> Any:
    return (
        select(Lead, Contact, col(Staff.key))
        .join(Contact, and_(col(Contact.gym_id) == Lead.gym_id, col(Contact.id) == Lead.contact_id))
        .join(Staff, and_(col(Staff.gym_id) == Lead.gym_id, col(Staff.id) == Lead.assigned_to), isouter=True)
    )


def _conversation_rows() -> Any:
    return (
        select(Conversation, Contact, col(Inbox.channel), col(ContactInbox.address), col(Staff.key))
        .join(
            Contact,
            and_(col(Contact.gym_id) == Conversation.gym_id, col(Contact.id) == Conversation.contact_id),
        )
        .join(Inbox, and_(col(Inbox.gym_id) == Conversation.gym_id, col(Inbox.id) == Conversation.inbox_id))
        .join(
            ContactInbox,
            and_(
                col(ContactInbox.gym_id) == Conversation.gym_id,
                col(ContactInbox.id) == Conversation.contact_inbox_id,
            ),
        )
        .join(
            Staff,
            and_(col(Staff.gym_id) == Conversation.gym_id, col(Staff.id) == Conversation.owner_id),
            isouter=True,
        )
    )


def _booking_rows() -> Any:
    return (
        select(Booking, Contact, Offering, col(Staff.key))
        .join(Contact, and_(col(Contact.gym_id) == Booking.gym_id, col(Contact.id) == Booking.contact_id))
        .join(Offering, and_(col(Offering.gym_id) == Booking.gym_id, col(Offering.id) == Booking.offering_id))
        .join(
            Staff,
            and_(col(Staff.gym_id) == Booking.gym_id, col(Staff.id) == Booking.trainer_id),
            isouter=True,
        )
    )


def _found_by(session: TenantSession, words: str) -> ColumnElement[bool]:
    """Whose name resembles the words, or whose phone or email has them in it."""
    words = words.strip()
    ways: list[Any] = [false()]
    if words:
        resembling = contacts.find_by_name(session, words, limit=MOST_FOUND)
        ways.append(col(Contact.id).in_([contact.id for contact, _ in resembling]))
        ways.append(col(Contact.email).icontains(words, autoescape=True))
    digits = "".join(character for character in words if character.isdigit())
    if len(digits) >= 3 and not any(character.isalpha() for character in words):
        ways.append(col(Contact.phone).contains(digits.lstrip("0"), autoescape=True))
    return or_(*ways)


def _addresses_of(
    session: TenantSession, contact_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[tuple[ContactInbox, Inbox]]]:
    """Where several people can be reached, in one query."""
    found: dict[uuid.UUID, list[tuple[ContactInbox, Inbox]]] = {}
    if not contact_ids:
        return found
    rows = session.execute(
        select(ContactInbox, Inbox)
        .join(Inbox, and_(col(Inbox.gym_id) == ContactInbox.gym_id, col(Inbox.id) == ContactInbox.inbox_id))
        .where(col(ContactInbox.contact_id).in_(contact_ids))
        .order_by(col(ContactInbox.last_inbound_at).desc().nulls_last(), col(ContactInbox.id))
    ).all()
    for contact_inbox, inbox in rows:
        found.setdefault(contact_inbox.contact_id, []).append((contact_inbox, inbox))
    return found
