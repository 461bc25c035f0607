"""A prospect's phone, from outside: words or a tap in, what the gym queued out."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Literal

from sqlmodel import col, select

from bot import engine, unasked
from bot.channels import CHANNELS
from bot.channels.base import Attachment, Incoming
from crm import facts as gym_facts
from crm import scheduled_classes
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Booking, Consent, Contact, Conversation, Delivery, Lead, Reminder
from tests.bot.answer import Answer
from tests.factories import an_inbox

SENDERS = {"whatsapp": "wa:", "sms": "sms:", "telegram": "tg:", "instagram": "ig:"}
_ids = itertools.count(1)


class ProspectPhone:
    """Somebody who writes to the demo gym on one channel."""

    def __init__(
        self,
        session: TenantSession,
        now: dt.datetime,
        *,
        channel: str = "whatsapp",
        name: str | None = "Ana Silva",
    ) -> None:
        self.session, self.now, self.channel, self.name = session, now, channel, name
        self.address = f"+35385{next(_ids):07d}"
        self.inbox = an_inbox(session, channel=channel)
        self.seen = 0
        scheduled_classes.materialise(session, self.facts, now=now)

    @property
    def facts(self) -> GymFacts:
        """The gym's facts."""
        return gym_facts.load(self.session)

    def say(self, *texts: str) -> Answer:
        """One message, or several in a burst."""
        return self._receive([self._incoming("text", text) for text in texts])

    def send(self, kind: Literal["voice", "sticker", "image"]) -> Answer:
        """Something that is not text."""
        return self._receive([replace(self._incoming("media", None), attachments=(Attachment(kind=kind),))])

    def tap(self, title: str) -> Answer:
        """The newest button with that title."""
        rows = self._deliveries()
        button = next(
            button
            for row in reversed(rows)
            for button in row.content.get("buttons", ())
            if button["title"].startswith(title)
        )
        return self._receive([self._incoming("choice", button["title"], payload=button["id"])])

    def wait(self, duration: dt.timedelta) -> Answer:
        """Let time go by; what falls due meanwhile fires when it is due."""
        end = self.now + duration
        while True:
            due = self.session.exec(
                select(Reminder)
                .where(Reminder.status == "pending", Reminder.due_at <= end)
                .order_by(col(Reminder.due_at))
            ).first()
            if due is None:
                break
            self.now = max(self.now, due.due_at)
            unasked.fire(self.session, self.facts, due, now=self.now)
            self.session.flush()
        self.now = end
        return self._answer()

    def bookings(self) -> list[tuple[str, str, str]]:
        """What they have or had: offering, local start, status."""
        rows = self.session.exec(
            select(Booking).where(Booking.contact_id == self.contact.id).order_by(col(Booking.starts_at))
        ).all()
        facts = self.facts
        return [
            (
                facts.offering_by_id(row.offering_id).key,
                f"{facts.local(row.starts_at):%Y-%m-%d %H:%M}",
                row.status,
            )
            for row in rows
            if row.status not in ("held", "released")
        ]

    @property
    def contact(self) -> Contact:
        """Who the gym takes them for."""
        return self.session.exec(select(Contact).where(Contact.id == self.conversation.contact_id)).one()

    @property
    def conversation(self) -> Conversation:
        """Their thread."""
        return self.session.exec(select(Conversation).where(Conversation.inbox_id == self.inbox.id)).one()

    @property
    def lead(self) -> Lead:
        """Where they stand."""
        return self.session.exec(select(Lead).where(Lead.contact_id == self.contact.id)).one()

    def consents(self) -> list[tuple[str, bool]]:
        """What they agreed to, in order."""
        rows = self.session.exec(select(Consent).where(Consent.contact_id == self.contact.id)).all()
        return [(row.purpose, row.granted) for row in rows]

    def _incoming(self, kind: str, text: str | None, payload: str | None = None) -> Incoming:
        return Incoming(
            kind=kind, action="handle", sender=f"{SENDERS[self.channel]}{self.address}", address=self.address,  # type: ignore[arg-type]
            message_id=f"in-{next(_ids)}", name=self.name, text=text, payload=payload, sent_at=self.now,
        )  # fmt: skip

    def _receive(self, events: list[Incoming]) -> Answer:
        self.now += dt.timedelta(seconds=5)
        engine.handle_person(self.session, self.facts, self.inbox, CHANNELS[self.channel], events, self.now)
        self.session.flush()
        return self._answer()

    def _deliveries(self) -> list[Delivery]:
        query = select(Delivery).where(Delivery.inbox_id == self.inbox.id, Delivery.address == self.address)
        return list(self.session.exec(query.order_by(col(Delivery.position))).all())

    def _answer(self) -> Answer:
        rows = self._deliveries()[self.seen :]
        self.seen += len(rows)
        return Answer(
            [row.content["text"] for row in rows], [b for row in rows for b in row.content.get("buttons", ())]
        )
