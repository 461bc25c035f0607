"""A gym as tests reach it: over HTTP, and with its records beside."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlmodel import col, select

from crm import contacts, conversations, facts, gyms, leads
from crm.db import Database, TenantSession
from crm.facts import GymFacts
from crm.gyms import InboxPart
from crm.models import Booking, Contact, Inbox, Lead, new_id

DEMO = Path(__file__).parents[2] / "docs" / "demo" / "gym.yaml"


@dataclass(frozen=True)
class HttpGym:
    """A freshly imported gym with a key to its API."""

    id: uuid.UUID
    slug: str
    key: str
    database: Database
    client: TestClient

    @property
    def state(self) -> Any:
        """What the application's parts share."""
        app: Any = self.client.app
        return app.state

    def session(self) -> Any:
        """Enter the gym; commits on leaving."""
        return self.database.tenant_session(self.id)

    @property
    def headers(self) -> dict[str, str]:
        """The key as it is sent."""
        return {"Authorization": f"Bearer {self.key}"}

    def get(self, path: str, **query: Any) -> Any:
        """GET below /api/v1."""
        return self.client.get(f"/api/v1{path}", params=query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        """POST below /api/v1."""
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)

    def patch(self, path: str, body: Any) -> Any:
        """PATCH below /api/v1."""
        return self.client.patch(f"/api/v1{path}", json=body, headers=self.headers)

    def key_with(self, *scopes: str) -> dict[str, str]:
        """Headers of another key."""
        with self.session() as session:
            return {
                "Authorization": f"Bearer {gyms.make_api_key(session, 'other', scopes=scopes, now=session.now)}"
            }

    def facts(self) -> GymFacts:
        """What the gym states about itself."""
        with self.session() as session:
            return facts.load(session)

    def add_inbox(self, channel: str = "whatsapp", **credentials: str) -> Inbox:
        """An inbox of its own."""
        part = InboxPart(
            channel=channel,
            external_id=str(secrets.randbelow(10**15)),
            credentials=credentials or {"none": "yet"},
        )
        with self.session() as session:
            return gyms.ensure_inbox(session, part)

    def add_person(
        self, name: str = "Ana Silva", *, phone: str = "353851234567", text: str = "hi!"
    ) -> Person:
        """Somebody who has written on WhatsApp: contact, lead, thread and one message."""
        with self.session() as session:
            inbox = session.exec(select(Inbox).where(Inbox.channel == "whatsapp")).first()
        inbox = inbox or self.add_inbox()
        with self.session() as session:
            known = contacts.ensure(
                session, inbox, sender=f"wa:+{phone}", address=phone, profile_name=name, now=session.now
            )
            lead = leads.capture(
                session, known.contact, source="whatsapp", referral={}, first_words=text, now=session.now
            )
            thread = conversations.ensure(session, known.contact_inbox, now=session.now)
            conversations.receive(
                session, thread, known.contact_inbox, text=text, external_id=secrets.token_hex(8), content={},
                sent_at=session.now,
            )  # fmt: skip
            session.flush()
            return Person(known.contact.id, lead.id, thread.id)

    def add_booking(self, person: Person, starts_at: dt.datetime, *, status: str = "booked") -> uuid.UUID:
        """A trial, written past the calendar's rules."""
        trial = self.facts().trial
        assert trial is not None
        with self.session() as session:
            booking = Booking(
                gym_id=self.id, contact_id=person.contact_id, offering_id=trial.id, starts_at=starts_at,
                ends_at=starts_at + trial.lasts, status=status, created_by="bot", created_at=session.now,
            )  # fmt: skip
            session.add(booking)
            session.flush()
            return booking.id


@dataclass(frozen=True)
class Person:
    """The ids of somebody who has written."""

    contact_id: uuid.UUID
    lead_id: uuid.UUID
    conversation_id: uuid.UUID


def person_of(
    session: TenantSession, name: str, at: dt.datetime, *, source: str = "whatsapp", **more: Any
) -> Lead:
    """A lead that was created at an instant."""
    contact = Contact(gym_id=session.gym_id, name=name, created_at=at)
    session.add(contact)
    session.flush()
    number = session.exec(select(Lead.number).order_by(col(Lead.number).desc())).first() or 0
    lead = Lead(
        id=new_id(), gym_id=session.gym_id, number=number + 1, contact_id=contact.id, stage=more.pop("stage", "new"),
        source=source, created_at=at, stage_changed_at=at, **more,
    )  # fmt: skip
    session.add(lead)
    session.flush()
    return lead
