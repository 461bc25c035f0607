"""Draining what came in: bursts, order, poison, and several workers at once."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from bot import engine
from crm import inbound as kept
from crm.db import Database, TenantSession
from crm.models import Delivery, Gym, InboundPayload, Inbox, Lead, Message
from scheduler import inbound
from tests.conftest import MONDAY_MORNING, GymClock, ImportedGym
from tests.factories import an_inbox

pytestmark = pytest.mark.feature("17.10")

ANA, TOM = "353851234567", "353857654321"
GROUP = "-100123"
KEEP = text(
    "SELECT record_payloads(ARRAY[CAST(:gym AS uuid)], ARRAY[CAST(:inbox AS uuid)], ARRAY[:key], ARRAY[:address],"
    " ARRAY[CAST(:payload AS jsonb)], ARRAY[:waits], ARRAY[CAST(:at AS timestamptz)])"
)
"""As the webhooks keep it."""
_numbers = itertools.count(1)


@dataclass
class Mailbox:
    """A gym's WhatsApp inbox: what people write, and what the thread and the outbox hold afterwards."""

    database: Database
    gym_id: uuid.UUID
    inbox_id: uuid.UUID
    clock: GymClock

    def receive(
        self, words: str, *, sender: str = ANA, tap: str | None = None, at: dt.datetime | None = None
    ) -> int:
        """A provider's message has been kept."""
        with self.database.tenant_session(self.gym_id) as session:
            key = f"wamid.{next(_numbers)}-{uuid.uuid4()}"
            item: dict[str, Any] = {"id": key, "from": sender}
            if tap:
                reply = {"type": "button_reply", "button_reply": {"id": tap, "title": words}}
                item |= {"type": "interactive", "interactive": reply}
            else:
                item |= {"type": "text", "text": {"body": words}}
            contact = {"profile": {"name": "Ana Silva"}, "wa_id": sender}
            payload = {"kind": "message", "item": item, "contact": contact, "errors": [], "field": "messages"}
            session.execute(
                KEEP,
                {
                    "gym": self.gym_id, "inbox": self.inbox_id, "key": key, "address": sender, "waits": tap is None,
                    "payload": json.dumps(payload), "at": at or session.now,
                },
            )  # fmt: skip
            found = session.exec(select(InboundPayload.id).where(InboundPayload.external_id == key)).one()
            assert found is not None
            return found

    def rows(self, model: type[Any], *order: Any) -> Sequence[Any]:
        """All of a kind in this gym."""
        with self.database.tenant_session(self.gym_id) as session:
            return session.exec(select(model).order_by(*order)).all()

    def replies(self) -> list[str]:
        """What was queued to people."""
        found = self.rows(Delivery, col(Delivery.position))
        return [row.content["text"] for row in found if row.purpose == "reply"]

    def group_reads(self) -> str:
        """What was queued to staff."""
        return "\n".join(row.content["text"] for row in self.rows(Delivery) if row.purpose == "staff")

    def payload(self, number: int) -> InboundPayload:
        """One kept message as it is now."""
        with self.database.tenant_session(self.gym_id) as session:
            return session.exec(select(InboundPayload).where(InboundPayload.id == number)).one()


@pytest.fixture
def mailbox(database: Database, gym: ImportedGym, clock: GymClock) -> Mailbox:
    with database.tenant_session(gym.id) as session:
        an_inbox(session, channel="telegram", staff_chat=GROUP)
        inbox = an_inbox(session, channel="whatsapp")
    return Mailbox(database, gym.id, inbox.id, clock)


Stub = Callable[[TenantSession, Inbox, Sequence[InboundPayload]], None]


@pytest.fixture
def instead_of_engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Stub], None]:
    """Put something else where messages would be understood and answered."""

    def put(stub: Stub) -> None:
        def handle(
            session: TenantSession, inbox: Inbox, payloads: Sequence[InboundPayload], **_: object
        ) -> None:
            stub(session, inbox, payloads)

        monkeypatch.setattr(engine, "handle", handle)

    return put


@pytest.mark.usefixtures("models")
def test_a_burst_is_one_turn_in_the_providers_order(mailbox: Mailbox, now: dt.datetime) -> None:
    seconds = dt.timedelta(seconds=1)
    mailbox.receive("can I try tomorrow at 10?", at=now - seconds)
    mailbox.receive("hey!", at=now - 2 * seconds)
    inbound.drain()
    assert mailbox.replies() == []
    mailbox.clock.advance(3 * seconds)
    inbound.drain()
    thread = [row for row in mailbox.rows(Message, col(Message.at)) if row.direction == "in"]
    assert [row.text for row in thread] == ["hey!", "can I try tomorrow at 10?"]
    assert len(mailbox.replies()) == 1
    assert "10:00" in mailbox.replies()[0]
    (lead,) = mailbox.rows(Lead)
    assert lead.first_words == "hey!\ncan I try tomorrow at 10?"


def test_a_tap_does_not_wait_and_takes_the_typed_with_it(
    mailbox: Mailbox, instead_of_engine: Callable[[Stub], None]
) -> None:
    seen: list[int] = []
    instead_of_engine(lambda _session, _inbox, payloads: seen.extend(row.id or 0 for row in payloads))
    typed = mailbox.receive("yes please")
    assert inbound.drain() == 0
    tapped = mailbox.receive("Confirm", tap="v1:confirm")
    assert inbound.drain() == 1
    assert seen == [typed, tapped]


def test_who_goes_on_typing_is_answered_after_a_while(
    mailbox: Mailbox, instead_of_engine: Callable[[Stub], None]
) -> None:
    bursts: list[int] = []
    instead_of_engine(lambda _session, _inbox, payloads: bursts.append(len(payloads)))
    for _ in range(5):
        mailbox.receive("and another thing")
        inbound.drain()
        mailbox.clock.advance(dt.timedelta(seconds=2))
    assert bursts == [5]


@pytest.mark.feature("M.20")
def test_a_poisoned_message_is_set_aside_and_staff_are_told(
    mailbox: Mailbox, instead_of_engine: Callable[[Stub], None]
) -> None:
    def handle(_session: TenantSession, _inbox: Inbox, payloads: Sequence[InboundPayload]) -> None:
        if any("poison" in str(row.payload) for row in payloads):
            raise ZeroDivisionError("what this message does to us")

    instead_of_engine(handle)
    poison = mailbox.receive("poison", tap="v1:x")
    for attempt in range(1, kept.MAX_ATTEMPTS + 1):
        other = mailbox.receive("hi", sender=TOM, tap="v1:y")
        assert mailbox.group_reads() == ""
        inbound.drain()
        assert mailbox.payload(other).handled_at is not None
        assert mailbox.payload(poison).attempts == attempt
    given_up = mailbox.payload(poison)
    assert given_up.failed_at is not None
    assert given_up.handled_at is None
    assert "ZeroDivisionError" in (given_up.error or "")
    assert "couldn't handle 1 message" in mailbox.group_reads()
    after = mailbox.receive("hello again", tap="v1:z")
    inbound.drain()
    assert mailbox.payload(after).handled_at is not None


def test_a_poisoned_message_takes_no_other_of_the_same_person_with_it(
    mailbox: Mailbox, instead_of_engine: Callable[[Stub], None]
) -> None:
    def handle(_session: TenantSession, _inbox: Inbox, payloads: Sequence[InboundPayload]) -> None:
        if any("poison" in str(row.payload) for row in payloads):
            raise ZeroDivisionError

    instead_of_engine(handle)
    start = MONDAY_MORNING
    late, before, poison = (
        mailbox.receive(words, tap="v1:x", at=start + dt.timedelta(seconds=second))
        for words, second in (("hello again", 3), ("hello", 1), ("poison", 2))
    )
    inbound.drain()
    assert mailbox.payload(before).handled_at is not None
    assert [mailbox.payload(one).attempts for one in (before, poison, late)] == [0, 1, 0]
    for _ in range(kept.MAX_ATTEMPTS):
        inbound.drain()
    assert mailbox.payload(poison).failed_at is not None
    assert mailbox.payload(late).handled_at is not None


def test_nothing_of_a_message_that_failed_is_kept(
    mailbox: Mailbox, instead_of_engine: Callable[[Stub], None]
) -> None:
    def handle(session: TenantSession, _inbox: Inbox, _payloads: Sequence[InboundPayload]) -> None:
        session.exec(select(Gym)).one().name = "half done"
        session.flush()
        raise ZeroDivisionError

    instead_of_engine(handle)
    mailbox.receive("hi", tap="v1:x")
    inbound.drain()
    assert [gym.name for gym in mailbox.rows(Gym)] != ["half done"]


def test_workers_at_once_never_handle_one_address_twice(
    mailbox: Mailbox, instead_of_engine: Callable[[Stub], None]
) -> None:
    handled: list[int] = []
    busy: set[str] = set()
    clashes: list[str] = []
    guard = threading.Lock()

    def handle(_session: TenantSession, _inbox: Inbox, payloads: Sequence[InboundPayload]) -> None:
        address = payloads[0].address
        with guard:
            if address in busy:
                clashes.append(address)
            busy.add(address)
        time.sleep(0.005)
        with guard:
            busy.discard(address)
            handled.extend(row.id or 0 for row in payloads)

    instead_of_engine(handle)
    people = [f"35385000{number:04}" for number in range(12)]
    sent = [mailbox.receive("hi", sender=person, tap="v1:x") for person in people * 2]
    with ThreadPoolExecutor(4) as workers:
        for drained in [workers.submit(inbound.drain) for _ in range(4)]:
            drained.result()
    assert clashes == []
    assert sorted(handled) == sent
