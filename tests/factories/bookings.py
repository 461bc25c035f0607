"""Places in the calendar, as rows; the rules of `crm.bookings` are not asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel import select

from crm import places
from crm.db import TenantSession
from crm.models import Booking, Contact, Offering, ScheduledClass
from tests.factories.contacts import a_contact


def _offering(session: TenantSession, key: str) -> Offering:
    return session.exec(select(Offering).where(Offering.key == key)).one()


def a_booking(
    session: TenantSession, *, contact: Contact | None = None, service: str = "trial",
    starts_at: dt.datetime | None = None, **fields: Any,
) -> Booking:  # fmt: skip
    """A booked place, tomorrow at the same hour unless told otherwise."""
    contact, offering = contact or a_contact(session), _offering(session, service)
    start = starts_at or session.now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    defaults: dict[str, Any] = {
        "ends_at": start + dt.timedelta(minutes=offering.minutes),
        "status": "booked",
        "created_by": "bot",
        "created_at": session.now,
        "booked_at": session.now,
    }
    row = Booking(
        gym_id=session.gym_id, contact_id=contact.id, offering_id=offering.id, starts_at=start,
        **defaults | fields,
    )  # fmt: skip
    session.add(row)
    session.flush()
    places.changed(session)
    return row


def a_scheduled_class(
    session: TenantSession, *, service: str = "yoga", starts_at: dt.datetime | None = None, **fields: Any
) -> ScheduledClass:
    """One dated occurrence of a class, tomorrow at the same hour unless told otherwise."""
    offering = _offering(session, service)
    start = starts_at or session.now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    defaults: dict[str, Any] = {
        "trainer_id": offering.trainer_id,
        "ends_at": start + dt.timedelta(minutes=offering.minutes),
        "capacity": offering.capacity,
    }
    row = ScheduledClass(gym_id=session.gym_id, offering_id=offering.id, starts_at=start, **defaults | fields)
    session.add(row)
    session.flush()
    return row
