"""The one place where accounts, phones, clock, faults and webhooks come together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from simulator.accounts import Account, Accounts
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.pace import Pace
from simulator.phones import Button, Message, Phone, Phones
from simulator.state import State
from simulator.stats import Stats
from simulator.webhooks import Courier, Webhook

# When a phone that is on and looked at reports back, in seconds after the provider took the message.
SENT_AFTER, DELIVERED_AFTER, READ_AFTER = 0.03, 0.12, 0.4


class World:
    """Everything outside the gym's own system."""

    def __init__(self, api: str, own_url: str, state: Path | None = None) -> None:
        self.own_url = own_url.rstrip("/")
        self.accounts, self.phones = Accounts(), Phones()
        self.stats, self.faults, self.pace = Stats(), Faults(), Pace()
        self._api = httpx.AsyncClient(base_url=api, trust_env=False)
        self.clock = Clock(self._api)
        self.courier = Courier(self.faults, self.stats, self.changed)
        self.state = State(state)
        self.contents: dict[str, dict[str, Any]] = {}
        """Twilio's Content resources by sid, with `account_sid`."""
        self.media: dict[str, dict[str, Any]] = {}
        """Files that a provider holds, by its id: `type`, `mime_type`, `url`, `account`."""
        self.twilio_rows: dict[str, tuple[Account, Phone, dict[str, Any]]] = {}
        """Twilio's record of every message by sid, oldest first."""
        self.queries: dict[str, tuple[Phone, datetime]] = {}
        """Telegram's callback queries that wait for an answer."""
        self.listeners: dict[asyncio.Queue[dict[str, Any]], str] = {}
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Read the kept state and start writing it down as it changes."""
        self.state.read(self.accounts, self.phones, self.contents)
        for account in self.accounts:
            if account.channel == "telegram":
                self.phones.seat_staff(account)
        self._writer = asyncio.create_task(self._write_now_and_then())

    async def close(self) -> None:
        """Stop everything and write the state a last time."""
        if self._writer:
            self._writer.cancel()
        await self.courier.close()
        self.state.write(self.accounts, self.contents)
        self.state.close()
        await self._api.aclose()

    async def _write_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.state.write(self.accounts, self.contents)

    def register(self, account: Account) -> None:
        """Add or replace a gym's account; its staff get their chats."""
        self.accounts.register(account)
        for content in account.contents:
            kept = {
                "variables": {},
                "approval": "approved",
                **content,
                "account_sid": account.secret("account_sid"),
            }
            self.contents[content["sid"]] = kept
        self.state.note_accounts()
        self.clock.forget(account.gym)
        if account.channel == "telegram":
            self.phones.seat_staff(account)

    # What phones show

    def show(
        self,
        phone: Phone,
        now: datetime,
        text: str,
        *,
        provider_id: str = "",
        buttons: list[Button] | None = None,
        media: dict[str, Any] | None = None,
        reply_to: int = 0,
        status: str = "sent",
    ) -> Message:
        """A message from the gym appears on a phone."""
        message = Message(0, "gym", now, text, "", buttons or [], media, status, False, provider_id, reply_to)
        phone.add(message)
        phone.activity += 1
        self.changed(phone, message)
        return message

    def changed(self, phone: Phone, message: Message) -> None:
        """Tell who watches, and keep it."""
        self.state.note(phone, message)
        if self.listeners:
            self._tell(phone, {"message": message.listed()})

    def was_read(self, phone: Phone, message: Message) -> None:
        """The gym has read a person's message, and with it the ones before."""
        for earlier in reversed(phone.messages[: message.id]):
            if earlier.sender == "me":
                if earlier.status == "read":
                    return
                if phone.advance(earlier, "read"):
                    self.changed(phone, earlier)

    def shows_typing(self, phone: Phone, seconds: float) -> None:
        """The phone shows for a while that the gym is writing."""
        self.stats.count(phone.channel, "typing")
        self.tells(phone, {"typing": seconds})

    def tells(self, phone: Phone, what: dict[str, Any]) -> None:
        """Something passes over the phone's screen that is no message."""
        if self.listeners:
            self._tell(phone, what)

    def _tell(self, phone: Phone, what: dict[str, Any]) -> None:
        event = {"channel": phone.channel, "address": phone.address, "name": phone.name, **what}
        for queue, gym in self.listeners.items():
            # A page that cannot keep up misses changes and reads everything again when it sees the gap.
            if gym == phone.gym:
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait(event)

    # What providers do after they took a message

    def later(self, phone: Phone, seconds: float, act: Callable[[], None]) -> None:
        """Do something a little later; until then the phone is not settled."""
        phone.outstanding += 1

        def run() -> None:
            try:
                act()
            finally:
                phone.outstanding -= 1
                phone.activity += 1

        asyncio.get_running_loop().call_later(seconds, run)

    def report(
        self,
        phone: Phone,
        message: Message | None,
        steps: list[tuple[float, str]],
        tell: Callable[[str], Webhook | None],
    ) -> None:
        """Move a message through statuses after the given seconds each, telling the app by webhook."""

        def step(status: str) -> None:
            if message and phone.advance(message, status):
                self.changed(phone, message)
            webhook = tell(status)
            if webhook:
                self.courier.send(webhook)

        for seconds, status in steps:
            self.later(phone, seconds, lambda status=status: step(status))  # type: ignore[misc]

    def blocks(self, account: Account, phone: Phone) -> bool:
        """Whether the person behind a phone has blocked the gym."""
        return self.faults.is_blocked(account.channel, account.gym, phone.address, phone.provider_address)

    def scripted(self, account: Account, call: str = "send") -> Response | None:
        """The answer that this call is to be given word for word, if one is scripted; nothing else happens then."""
        answer = self.faults.scripted(call, account.channel, account.gym)
        if answer is None:
            return None
        self.stats.count(account.channel, "scripted")
        return JSONResponse(answer.body, answer.status, headers=answer.headers)

    async def before_answer(self, request: Request, account: Account) -> Response | None:
        """What happens between a message and its answer: the provider may take its time.

        And there is the fault in which the message went out but its answer never arrives: hang, then cut the
        connection.
        """
        if takes := self.faults.milliseconds("answer_ms", account.channel, account.gym):
            await asyncio.sleep(takes / 1000)
        if not self.faults.happens("timeout_after_accept", account.channel, account.gym):
            return None
        self.stats.count(account.channel, "cut_after_accept")
        hang = self.faults.milliseconds("hang_ms", account.channel, account.gym, 1000.0)
        await asyncio.sleep(hang / 1000)
        cut = request.scope.get("extensions", {}).get("simulator.cut")
        if cut:
            cut()
            await asyncio.sleep(0)
        return JSONResponse({"error": "cut"}, status_code=504)
