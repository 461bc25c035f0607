"""What a provider brings for one inbox, as the worker finds it: kept payloads in, records out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text
from sqlmodel import col, select

from bot import engine
from bot.channels import CHANNELS
from bot.channels.base import WebhookRequest
from crm import inbound
from crm.db import TenantSession
from crm.models import ContactInbox, Conversation, Delivery, InboundPayload, Inbox, Lead, Message
from tests.factories import an_inbox

SECONDS = 1795424400
"""Monday 23 November 2026, 9:00 UTC."""
_RECORD = text(
    "SELECT record_payloads(ARRAY[:gym]::uuid[], ARRAY[:inbox]::uuid[], ARRAY[:external], ARRAY[:address],"
    " ARRAY[CAST(:payload AS jsonb)], ARRAY[false], ARRAY[CAST(:at AS timestamptz)])"
)


class Wire:
    """An inbox, and whatever the provider says on it."""

    def __init__(self, session: TenantSession, now: dt.datetime, channel: str, **inbox: Any) -> None:
        self.session, self.now = session, now
        self.inbox: Inbox = an_inbox(session, channel=channel, **inbox)
        self.channel = CHANNELS[channel]

    def bring(self, body: Mapping[str, Any]) -> None:
        """A request's body; forms for Twilio, JSON for all others."""
        is_form = self.channel.provider == "twilio"
        raw = urlencode(body).encode() if is_form else json.dumps(body).encode()
        request = WebhookRequest("POST", "https://gym.example/x", {}, raw)
        split = self.channel.split(request)
        for kept in split:
            facts = {"account_id": "gym", "bot_id": "7", "bot_username": "gym_bot"}
            payload = json.dumps({**kept.payload, "account": facts})
            one = {
                "external": kept.external_id,
                "address": kept.address,
                "payload": payload,
                "at": kept.provider_at,
            }
            self.session.execute(_RECORD, {"gym": self.session.gym_id, "inbox": self.inbox.id, **one})
        pending = select(InboundPayload).where(
            InboundPayload.inbox_id == self.inbox.id, col(InboundPayload.handled_at).is_(None)
        )
        rows = list(self.session.exec(pending).all())
        self.now += dt.timedelta(seconds=5)
        rows.sort(key=lambda row: row.provider_at or row.received_at)
        engine.handle(self.session, self.inbox, rows, now=self.now)
        inbound.mark_handled(rows, now=self.now)
        self.session.flush()

    # What people do

    def whatsapp(self, *messages: Mapping[str, Any], **value: Any) -> None:
        """Items of `messages[]` from one person."""
        told = [
            {"from": "447700900123", "timestamp": str(SECONDS + index), "type": "text", **one}
            for index, one in enumerate(messages)
        ]
        body = {"metadata": {"phone_number_id": "1"}, "messages": told, **value}
        self.bring(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "w", "changes": [{"field": "messages", "value": body}]}],
            }
        )

    def instagram(self, **item: Any) -> None:
        """One messaging item."""
        told = {
            "sender": {"id": "ana"},
            "recipient": {"id": "gym"},
            "timestamp": int(self.now.timestamp() * 1000),
            **item,
        }
        self.bring(
            {"object": "instagram", "entry": [{"id": "gym", "time": SECONDS * 1000, "messaging": [told]}]}
        )

    def telegram(self, number: int, **update: Any) -> None:
        """One update."""
        self.bring({"update_id": number, **update})

    # What is there afterwards

    def lines(self) -> list[Message]:
        """What was said in both directions, as it stands now."""
        self.session.expire_all()
        mine = select(Message).join(Conversation, col(Conversation.id) == Message.conversation_id)
        found = mine.where(Conversation.inbox_id == self.inbox.id).order_by(col(Message.at), col(Message.id))
        return list(self.session.exec(found).all())

    def heard(self) -> list[Message]:
        """What came in."""
        return [line for line in self.lines() if line.direction == "in"]

    def answers(self) -> list[str]:
        """What is to be sent to people here."""
        rows = self.session.exec(
            select(Delivery).where(Delivery.inbox_id == self.inbox.id, Delivery.purpose != "staff")
        ).all()
        return [row.content["text"] for row in rows]

    @property
    def thread(self) -> Conversation:
        """The one conversation."""
        return self.session.exec(select(Conversation).where(Conversation.inbox_id == self.inbox.id)).one()

    @property
    def where(self) -> ContactInbox:
        """The one person's address."""
        return self.session.exec(select(ContactInbox).where(ContactInbox.inbox_id == self.inbox.id)).one()

    @property
    def lead(self) -> Lead:
        """The one person's lead."""
        return self.session.exec(select(Lead).where(Lead.contact_id == self.where.contact_id)).one()
