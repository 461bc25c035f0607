"""A gym's calendar to try things on: in memory for what is pure, in PostgreSQL for the rest."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from crm import bookings, gyms, scheduled_classes
from crm.db import Database, TenantSession
from crm.facts import GymFacts, GymProfile, OfferingFact, StaffFact, booking_rules, weekly_hours, weekly_start
from crm.models import Booking, Contact, new_id

DEMO = Path(__file__).parents[2] / "docs" / "demo" / "gym.yaml"
UTC = dt.UTC


def facts_of(text: str) -> GymFacts:
    """The facts that a gym file states, without a database."""
    file = gyms.read_gym_file(text)
    staff = tuple(
        StaffFact(
            new_id(), person.key, person.name, person.role, tuple(person.specialities),
            weekly_hours(person.hours.spoken()), None,
        )
        for person in file.staff
    )  # fmt: skip
    ids = {person.key: person.id for person in staff}
    services = [
        OfferingFact(new_id(), s.key, s.name, s.kind, s.minutes, s.capacity, s.price, None, ())
        for s in file.services
    ]
    classes = [
        OfferingFact(
            new_id(), c.key, c.name, "class", c.minutes, c.capacity, c.price, ids.get(c.trainer or ""),
            tuple(weekly_start(start) for start in c.weekly),
        )
        for c in file.classes
    ]  # fmt: skip
    gym = file.gym
    return GymFacts(
        version=1, gym=GymProfile(
            uuid.uuid4(), gym.slug, gym.name, gym.timezone, gym.locale, gym.currency, gym.default_phone_region,
            gym.address, gym.directions, gym.parking, gym.phone, gym.email,
        ),
        opening_hours=weekly_hours(file.opening_hours.spoken()), closed_dates=frozenset(file.closed_dates),
        staff=staff, offerings=(*services, *classes), plans=(), discounts=(), faqs=(), terms={},
        rules=booking_rules(file.booking_rules), facilities=(), not_available=(), stages=(), goals=(),
        qualification_ask=(),
    )  # fmt: skip


class Timetable:
    """Facts with the words that tests speak in."""

    def __init__(self, facts: GymFacts) -> None:
        self.facts = facts

    def at(self, text: str) -> dt.datetime:
        """The instant of ``2026-11-25 18:30`` on the gym's wall clock."""
        return self.facts.instant(dt.datetime.fromisoformat(text))

    def offering(self, key: str) -> OfferingFact:
        found = self.facts.offering_by_key(key)
        assert found is not None
        return found

    def trainer(self, key: str) -> uuid.UUID:
        found = self.facts.staff_by_key(key)
        assert found is not None
        return found.id

    def key(self, trainer_id: uuid.UUID | None) -> str | None:
        found = self.facts.staff_by_id(trainer_id)
        return found.key if found else None

    def local(self, instant: dt.datetime) -> str:
        return self.facts.local(instant).strftime("%Y-%m-%d %H:%M")

    def times(self, instants: list[Any]) -> list[str]:
        """Wall times of time slots or instants of one day."""
        return [self.facts.local(getattr(one, "starts_at", one)).strftime("%H:%M") for one in instants]


class Desk(Timetable):
    """A gym in PostgreSQL; each call is a transaction of its own, as at the doors."""

    def __init__(self, database: Database, gym_id: uuid.UUID, facts: GymFacts) -> None:
        super().__init__(facts)
        self.database, self.gym_id = database, gym_id
        self.now = self.at("2026-11-23 09:00")

    @contextlib.contextmanager
    def session(self) -> Iterator[TenantSession]:
        with self.database.tenant_session(self.gym_id) as session:
            yield session

    def contact(self, name: str = "Ana") -> uuid.UUID:
        return self.contacts(1, name)[0]

    def contacts(self, count: int, name: str = "Person") -> list[uuid.UUID]:
        with self.session() as session:
            rows = [
                Contact(gym_id=self.gym_id, name=f"{name} {n}", created_at=self.now) for n in range(count)
            ]
            session.add_all(rows)
            session.flush()
            return [row.id for row in rows]

    def hold(self, contact: uuid.UUID, key: str, when: str, **options: Any) -> Booking:
        options = {"now": self.now, "created_by": "bot", **options}
        with self.session() as session:
            return bookings.hold(session, self.facts, contact, self.offering(key), self.at(when), **options)

    def book(self, contact: uuid.UUID, key: str, when: str, **options: Any) -> Booking:
        options = {"now": self.now, "created_by": "staff:lena", **options}
        with self.session() as session:
            return bookings.book(session, self.facts, contact, self.offering(key), self.at(when), **options)

    def confirm(self, booking: Booking, **options: Any) -> Booking:
        with self.session() as session:
            return bookings.confirm(session, self.facts, booking.id, **{"now": self.now} | options)

    def cancel(self, booking: Booking, **options: Any) -> Booking:
        options = {"now": self.now, "by": "contact", **options}
        with self.session() as session:
            return bookings.cancel(session, self.facts, booking.id, **options)

    def free(self, key: str, start: str, end: str, **options: Any) -> list[str]:
        with self.session() as session:
            slots = bookings.free_times(
                session, self.facts, self.offering(key), start=self.at(start), end=self.at(end),
                **{"now": self.now} | options,
            )  # fmt: skip
        return self.times(slots)

    def booking(self, booking_id: uuid.UUID) -> Booking:
        with self.session() as session:
            return bookings.get_booking(session, booking_id)

    def materialise(self) -> scheduled_classes.Materialised:
        with self.session() as session:
            return scheduled_classes.materialise(session, self.facts, now=self.now)

    def count(self, table: str, where: str = "true") -> int:
        with self.session() as session:
            return int(
                session.connection().execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()
            )
