"""Twilio tells what became of a message before it has answered that it took it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlmodel import select

from bot.channels import CHANNELS
from bot.channels.base import Sent
from crm.db import Database
from crm.models import Delivery, Inbox
from scheduler import inbound, outbound
from tests.conftest import GymClock, ImportedGym
from tests.factories import a_contact_inbox, a_conversation, a_delivery, an_inbox
from tests.scheduler.test_inbound import KEEP


@pytest.mark.feature("4.10")
@pytest.mark.parametrize(
    ("status", "state"), [("delivered", "delivered"), ("sent", "sent"), ("undelivered", "failed")]
)
def test_a_status_that_overtakes_the_answer_is_not_lost(
    database: Database,
    gym: ImportedGym,
    clock: GymClock,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    state: str,
) -> None:
    with database.tenant_session(gym.id) as session:
        inbox: Inbox = an_inbox(session, channel="sms")
        known = a_contact_inbox(session, inbox=inbox, address="+353851234567")
        a_delivery(
            session, conversation=a_conversation(session, contact_inbox=known), address="+353851234567"
        )

    def send(_account: Any, _message: Any) -> Sent:
        form = {"MessageSid": "SM9", "MessageStatus": status, "From": "+1", "To": "+353851234567"}
        values = {
            "gym": gym.id, "inbox": inbox.id, "key": f"SM9:{status}", "address": "+353851234567", "waits": False,
            "payload": json.dumps({"form": form}), "at": None,
        }  # fmt: skip
        with database.tenant_session(gym.id) as other:
            other.execute(KEEP, values)
        assert inbound.drain() == 1
        return Sent("SM9")

    monkeypatch.setattr(CHANNELS["sms"], "send", send, raising=False)
    outbound.drain()
    inbound.drain()

    with database.tenant_session(gym.id) as session:
        assert session.exec(select(Delivery.state).where(Delivery.inbox_id == inbox.id)).one() == state
