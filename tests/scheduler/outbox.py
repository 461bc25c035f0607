"""A gym's outbox from outside: queue, let the worker work, look at what left and what became of it."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from sqlmodel import select

from bot.channels import CHANNELS
from bot.channels.base import InboxAccount, Outgoing, SendFailed, Sent
from crm import cards, clock, consents, deliveries, facts, paces
from crm.db import Database, TenantSession
from crm.models import ContactInbox, Delivery, Gym, Inbox, Lead, Pace, StaffCard
from scheduler import outbound
from tests.conftest import ImportedGym
from tests.factories import a_contact, a_contact_inbox, a_conversation, a_lead, an_inbox

GROUP = "-100123"


@dataclass
class Provider:
    """Takes whatever is sent. What it is told to answer with comes first, one a request."""

    answers: deque[SendFailed] = field(default_factory=deque)
    sent: list[Outgoing] = field(default_factory=list)
    on_send: Callable[[], None] | None = None
    """Happens while the request is under way."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:
        self.sent.append(message)
        if self.on_send is not None:
            self.on_send()
        if self.answers:
            raise self.answers.popleft()
        return Sent(f"provider-{next(self._numbers)}")


class Outbox:
    """One person on a channel and a staff group."""

    ADDRESSES: ClassVar[Mapping[str, str]] = {}
    """What the provider calls the person, where it matters."""

    def __init__(self, database: Database, gym: ImportedGym, monkeypatch: pytest.MonkeyPatch) -> None:
        self._database, self.gym = database, gym
        self.provider = Provider()
        for channel in CHANNELS.values():
            monkeypatch.setattr(channel, "send", self.provider.send)
        self._on: dict[str, tuple[uuid.UUID, uuid.UUID, uuid.UUID]] = {}
        with self.inside() as session:
            self._staff = self.an_inbox(session, "telegram", staff_chat=GROUP)
        self.contact_id = uuid.UUID(int=0)

    def an_inbox(self, session: TenantSession, channel: str, **fields: Any) -> Inbox:
        """The gym's account there."""
        return an_inbox(session, channel=channel, **fields)

    def inside(self) -> Any:
        """A session in the gym; commits."""
        return self._database.tenant_session(self.gym.id)

    def now(self) -> dt.datetime:
        """The gym's time."""
        with self.inside() as session:
            instant: dt.datetime = session.now
            return instant

    def queue(
        self, text: str, *, channel: str = "whatsapp", purpose: str = "reply", **fields: Any
    ) -> uuid.UUID:
        """A message to the person on that channel."""
        with self.inside() as session:
            inbox_id, contact_id, conversation_id = self._person(session, channel)
            known = session.exec(select(ContactInbox).where(ContactInbox.inbox_id == inbox_id)).one()
            self.contact_id = contact_id
            content = {"text": text, **fields.pop("content", {})}
            queued = deliveries.queue(
                session, inbox_id=inbox_id, address=known.address, purpose=purpose, content=content,
                now=session.now, contact_id=contact_id, conversation_id=conversation_id, **fields,
            )  # fmt: skip
        assert queued is not None
        return queued

    def post(self, text: str, *, to: str = GROUP) -> uuid.UUID:
        """News to the staff group."""
        with self.inside() as session:
            queued = deliveries.queue(
                session, inbox_id=self._staff.id, address=to, purpose="staff", content={"text": text},
                now=session.now,
            )  # fmt: skip
        assert queued is not None
        return queued

    def card(self, text: str) -> None:
        """The card about the lead shows this from now on."""
        with self.inside() as session:
            lead = session.exec(select(Lead)).first() or a_lead(session)
            lead.last_words = text
            session.flush()
            group = facts.load(session).staff_group
            assert group is not None
            cards.show(session, group, "lead:1", lead_id=lead.id, now=session.now)

    def _person(self, session: TenantSession, channel: str) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
        if channel not in self._on:
            contact = a_contact(session)
            inbox = self.an_inbox(session, channel)
            address = {"address": self.ADDRESSES[channel]} if channel in self.ADDRESSES else {}
            known = a_contact_inbox(session, contact=contact, inbox=inbox, **address)
            thread = a_conversation(session, contact_inbox=known)
            self._on[channel] = (known.inbox_id, contact.id, thread.id)
        return self._on[channel]

    def work(self) -> None:
        """What a worker does once a second."""
        outbound.drain()
        outbound.look_into_stale()
        outbound.drain()

    def fails(self, detail: str = "no answer: ReadTimeout", **how: Any) -> None:
        """The provider's next answer is this failure."""
        self.provider.answers.append(SendFailed(detail, **{"next": "retry_backoff"} | how))

    def later(self, **duration: float) -> None:
        """The gym's clock moves on."""
        with self.inside() as session:
            session.exec(select(Gym)).one().clock_offset += dt.timedelta(**duration)

    def claim_runs_out(self) -> None:
        """As when nobody has been heard of for longer than a claim or the wait for a status lasts."""
        with self.inside() as session:
            for row in session.exec(select(Delivery).where(Delivery.state == "sending")).all():
                row.claimed_until = clock.now() - dt.timedelta(seconds=1)

    def sender_dies(self) -> None:
        """A worker claims what is due and is killed before it notes anything."""
        with self._database.system_session() as session:
            paces.claim(session, most=99, lease=dt.timedelta(seconds=60), rates=outbound.RATES)
        self.claim_runs_out()

    def status(self, delivery_id: uuid.UUID, status: str) -> None:
        """The provider reports with our reference."""
        with self.inside() as session:
            found = deliveries.get(session, delivery_id)
            deliveries.follow_status(
                session, inbox_id=found.inbox_id, external_id="provider-late", reference=str(delivery_id),
                status=status, detail=None, error_code=None, now=session.now,
            )  # fmt: skip

    def opts_out(self) -> None:
        """The person wants no more messages."""
        with self.inside() as session:
            consents.give(
                session, self.contact_id, "everything", granted=False, words="stop", channel="whatsapp",
                now=session.now,
            )  # fmt: skip

    def state(self, delivery_id: uuid.UUID) -> str:
        """What became of it."""
        return self.get(delivery_id).state

    def get(self, delivery_id: uuid.UUID) -> Delivery:
        """The delivery as it is now."""
        with self.inside() as session:
            return deliveries.get(session, delivery_id)

    def card_post(self) -> str | None:
        """The provider's id of the card's message."""
        with self.inside() as session:
            found: str | None = session.exec(select(StaffCard.external_id)).one()
            return found

    def group_reads(self) -> list[str]:
        """What was sent to the staff group."""
        return [message.text for message in self.provider.sent if message.to == GROUP]

    def person_reads(self) -> list[str]:
        """What was sent to the person."""
        return [message.text for message in self.provider.sent if message.to != GROUP]

    def buckets_refill(self) -> None:
        """As after a long silence: nobody's pace is used up."""
        with self.inside() as session:
            for row in session.exec(select(Pace)).all():
                row.full_at = clock.now() - dt.timedelta(hours=1)
            for queued in session.exec(select(Delivery).where(Delivery.state == "queued")).all():
                queued.due_at = min(queued.due_at, session.now)
