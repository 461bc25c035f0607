"""The outbox with the real clients and the simulator in the providers' place."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
from sqlmodel import select

from bot import channels, engine
from bot.channels._meta import GRAPH
from bot.channels.base import InboxAccount, Incoming, NextStep, WebhookRequest
from crm import consents, template_reviews
from crm.db import Database, TenantSession
from crm.models import Activity, ContactInbox, Delivery, InboundPayload, Inbox, Pace, TemplateReview
from crm.vault import unseal_credentials
from tests.conftest import ImportedGym
from tests.factories import an_inbox
from tests.scheduler.outbox import Outbox
from tests.scheduler.test_inbound import KEEP
from tests.simulator.conftest import Gym as SimulatedGym
from tests.simulator.conftest import register

RECORDED = Path(__file__).parents[1] / "payloads" / "api_responses"
GROUP = "-1001234"
EXTERNAL = {"whatsapp": "phone_number_id", "instagram": "account_id", "telegram": "bot_id"}


class SimulatedOutbox(Outbox):
    """One person on each channel, who has written, and the staff group of the simulator."""

    ADDRESSES: ClassVar[Mapping[str, str]] = {
        "whatsapp": "447700900123", "whatsapp-twilio": "whatsapp:+447700900123", "sms": "+447700900123",
        "instagram": "1029384756601234", "telegram": "700100200",
    }  # fmt: skip

    def __init__(self, database: Database, gym: ImportedGym, simulated: SimulatedGym) -> None:
        self._database, self.gym, self.simulated = database, gym, simulated
        self._on: dict[str, tuple[uuid.UUID, uuid.UUID, uuid.UUID]] = {}
        self._inboxes: dict[str, Inbox] = {}
        with self.inside() as session:
            self._staff = self.an_inbox(session, "telegram", staff_chat=GROUP)
        for channel, address in self.ADDRESSES.items():
            simulated.say(channel, address.removeprefix("whatsapp:"), "hi")

    def later(self, **duration: float) -> None:
        """Both clocks move on: the gym's and, as if it had asked, the simulator's."""
        super().later(**duration)
        ahead = self.simulated.receiver.ahead
        ahead[self.simulated.slug] = ahead.get(self.simulated.slug, dt.timedelta()) + dt.timedelta(**duration)
        self.simulated.http.post("/clock?gym=" + self.simulated.slug, json={"advance": "PT0S"})

    @staticmethod
    def settings(url: str, **more: Any) -> channels.ChannelSettings:
        """Where the providers are."""
        return channels.ChannelSettings(
            meta_base_url=f"{url}/meta", instagram_base_url=f"{url}/instagram", twilio_base_url=f"{url}/twilio",
            telegram_base_url=f"{url}/telegram/bot", telegram_file_base_url=f"{url}/telegram/file/bot", **more,
        )  # fmt: skip

    def an_inbox(self, session: TenantSession, channel: str, **fields: Any) -> Inbox:
        """The gym's account at the simulator; Telegram's is also that of the staff."""
        if channel not in self._inboxes:
            own = self.simulated.credentials[channel]
            external = own[EXTERNAL[channel]] if channel in EXTERNAL else own["from"]
            fields |= {"external_id": external, "credentials": own}
            self._inboxes[channel] = an_inbox(session, channel=channel, **fields)
        return self._inboxes[channel]

    def will_answer(self, recording: str, channel: str, **more: Any) -> dict[str, Any]:
        """The provider's next answer is a recorded one."""
        answer: dict[str, Any] = json.loads((RECORDED / f"{recording}.json").read_text())
        told = self.simulated.faults(channel=channel, answer=answer | more.pop("call", {}), **more)
        assert told.status_code == 200, told.text
        return answer

    def sends(self, channel: str, **fields: Any) -> Delivery:
        """Queue a message to the person, let a worker send it, look what became of it."""
        sent = self.queue("Hi Ana", channel=channel, **fields)
        self.work()
        return self.get(sent)

    def inbox(self, channel: str) -> Inbox:
        """The account as it is now."""
        with self.inside() as session:
            found: Inbox = session.exec(select(Inbox).where(Inbox.id == self._inboxes[channel].id)).one()
        return found

    def where(self, channel: str) -> ContactInbox:
        """The person's address there."""
        with self.inside() as session:
            found: ContactInbox = session.exec(
                select(ContactInbox).where(ContactInbox.inbox_id == self._inboxes[channel].id)
            ).one()
        return found

    def account_bucket(self, channel: str) -> Pace:
        """How soon the account may go on."""
        with self.inside() as session:
            found: Pace = session.exec(
                select(Pace).where(Pace.inbox_id == self._inboxes[channel].id, Pace.address == "")
            ).one()
        return found

    def failures(self) -> list[str]:
        """What the timeline says of deliveries that failed."""
        with self.inside() as session:
            rows = session.exec(select(Activity).where(Activity.kind == "delivery.failed")).all()
            return [str(row.data["code"]) for row in rows]

    def group_reads(self) -> list[str]:
        """What the staff group's phone shows."""
        return [one["text"] for one in self.simulated.messages("telegram", "staff") if one["from"] == "gym"]

    def person_sees(self, channel: str) -> list[str]:
        """What the person's phone shows of the gym."""
        address = self.ADDRESSES[channel].removeprefix("whatsapp:")
        return [one["text"] for one in self.simulated.messages(channel, address) if one["from"] == "gym"]

    def account(self, channel: str) -> InboxAccount:
        """The account as the channel takes it."""
        with self.inside() as session:
            inbox = self.an_inbox(session, channel)
            return InboxAccount(
                inbox.key, inbox.channel, inbox.external_id, unseal_credentials(inbox.credentials)
            )

    def fails_by_status(self, sent: Delivery, code: str, step: NextStep) -> None:
        """The provider had accepted it and reports that it could not deliver it."""
        now = self.get(sent.id)
        told = Incoming(
            kind="status", action="record", message_id=now.external_id or "", status="failed", error_code=code,
            error_detail="could not be delivered", next=step,
        )  # fmt: skip
        with self.inside() as session:
            inbox = session.exec(select(Inbox).where(Inbox.id == now.inbox_id)).one()
            engine.follow_status(session, inbox, told, session.now)

    def agrees_to_offers(self, channel: str) -> None:
        """The person wants to hear of offers."""
        with self.inside() as session:
            _, contact_id, _ = self._person(session, channel)
            consents.give(
                session, contact_id, "offers", granted=True, words="yes", channel=channel, now=session.now
            )

    def has_an_account(self, channel: str) -> None:
        """The gym is on that channel too."""
        with self.inside() as session:
            self.an_inbox(session, channel)

    def registers(self, channel: str, **more: Any) -> None:
        """The account at the simulator, with something changed."""
        register(self.simulated, channel, self.simulated.credentials[channel], **more)
        self.has_an_account(channel)

    def reviews(self, channel: str, name: str, status: str, reason: str = "") -> None:
        """The provider decides about a template."""
        wanted = {
            "channel": channel,
            "gym": self.simulated.slug,
            "name": name,
            "status": status,
            "reason": reason,
        }
        told = self.simulated.http.post("/templates", json=wanted)
        assert told.status_code == 200, told.text

    def template(self, channel: str, name: str) -> TemplateReview:
        """What we know of it."""
        with self.inside() as session:
            row = template_reviews.find(session, self._inboxes[channel].id, name, "en")
            assert row is not None
            return row

    def stats(self, channel: str) -> dict[str, Any]:
        """What the simulator has counted since it was last asked to begin anew."""
        counted: dict[str, Any] = self.simulated.http.get("/stats").json()["channels"].get(channel, {})
        return counted

    def hears(self, channel: str, wanted: bytes) -> None:
        """The person's webhook that holds these bytes is kept, as the doors do it."""
        posted = self.simulated.hook(channel, lambda one: wanted in one.body)
        kind, account = channels.CHANNELS[channel], self.account(channel)
        request = WebhookRequest("POST", posted.url, posted.headers, posted.body)
        for kept in kind.split(request):
            with self.inside() as session:
                session.execute(
                    KEEP,
                    {
                        "gym": session.gym_id, "inbox": self._inboxes[channel].id, "key": kept.external_id,
                        "address": kept.address, "waits": kept.waits, "at": kept.provider_at,
                        "payload": json.dumps({**kept.payload, "account": dict(account.credentials)}),
                    },
                )  # fmt: skip

    def ids_received(self, channel: str) -> list[str]:
        """The provider's ids of what the person wrote there."""
        forms = [parse_qs(posted.body.decode()) for posted in self.simulated.hooks(channel)]
        return [form["MessageSid"][0] for form in forms if "MessageStatus" not in form]

    def hears_notice(self, channel: str, field: str) -> None:
        """The webhook about the account is handled, as a worker would."""
        posted = self.simulated.hook(channel, lambda one: field.encode() in one.body)
        request = WebhookRequest("POST", posted.url, posted.headers, posted.body)
        kind = channels.CHANNELS[channel]
        account = self.account(channel)
        kind.verify(request, [account])
        for kept in kind.split(request):
            assert kind.serves(account, kept.account_id)
            with self.inside() as session:
                inbox = session.exec(select(Inbox).where(Inbox.id == self._inboxes[channel].id)).one()
                payload = InboundPayload(
                    gym_id=session.gym_id, id=1, inbox_id=inbox.id, external_id=kept.external_id,
                    address=kept.address, payload=dict(kept.payload), received_at=session.now,
                )  # fmt: skip
                engine.handle(session, inbox, [payload], now=session.now)

    def bodies_sent(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        """What Meta is sent from now on, beside being sent."""
        bodies: list[dict[str, Any]] = []
        post = GRAPH.post

        def noting(*args: Any, **more: Any) -> Any:
            bodies.append(dict(more.get("json") or {}))
            return post(*args, **more)

        monkeypatch.setattr(GRAPH, "post", noting)
        return bodies

    def person_writes(self, channel: str) -> None:
        """The person's window is open again."""
        with self.inside() as session:
            where = session.exec(
                select(ContactInbox).where(ContactInbox.inbox_id == self._inboxes[channel].id)
            ).one()
            where.last_inbound_at = session.now
