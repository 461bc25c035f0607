"""Webhooks on their way to the app: in order for each phone, tried again until they are taken."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from simulator.faults import Faults
from simulator.phones import Message, Phone
from simulator.posting import NotPosted, Poster
from simulator.stats import Stats

# Providers go on for hours (Meta 7 days, Telegram 24 h); here long enough for an app to restart and catch up.
BACK_OFF = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
TRIES = 24
# How long each provider waits for the answer, in seconds. Meta's is not published.
PATIENCE = {"whatsapp": 10.0, "instagram": 10.0, "whatsapp-twilio": 15.0, "sms": 15.0, "telegram": 60.0}
# A single gym's webhooks under way at once: Telegram's default `max_connections`; Meta's posts are concurrent too.
CONNECTIONS = 40


@dataclass(slots=True)
class Webhook:
    """One signed request to the app. `lane` tells apart what may overtake: messages and statuses."""

    phone: Phone
    url: str
    headers: list[tuple[str, str]]
    body: bytes
    lane: str = "messages"
    message: Message | None = None
    posted_at: float = field(default_factory=time.monotonic)


class Watcher(Protocol):
    """Who wants to know that a message of a phone changed."""

    def __call__(self, phone: Phone, message: Message) -> None:
        """Told after the change."""


class Courier:
    """Carries webhooks: one lane for each phone and sort, several lanes at once."""

    def __init__(self, faults: Faults, stats: Stats, changed: Watcher) -> None:
        self._faults, self._stats, self._changed = faults, stats, changed
        self._poster = Poster()
        self._lanes: dict[tuple[str, str, str, str], deque[Webhook]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._doors: dict[tuple[str, str], asyncio.Semaphore] = {}

    def send(self, webhook: Webhook) -> None:
        """Take a webhook and see it delivered; returns at once."""
        phone = webhook.phone
        phone.outstanding += 1
        key = (phone.gym, phone.channel, phone.address, webhook.lane)
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(webhook)
            return
        self._lanes[key] = deque([webhook])
        task = asyncio.create_task(self._run(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, key: tuple[str, str, str, str]) -> None:
        lane = self._lanes[key]
        while lane:
            webhook = lane.popleft()
            channel, gym = webhook.phone.channel, webhook.phone.gym
            if self._faults.happens("reorder", channel, gym):
                webhook = await self._overtaken(webhook, lane)
            try:
                await self._deliver(webhook)
            finally:
                webhook.phone.outstanding -= 1
                webhook.phone.activity += 1
        del self._lanes[key]

    async def _overtaken(self, webhook: Webhook, lane: deque[Webhook]) -> Webhook:
        """Let the next one in the lane go first; where none comes soon, there is nothing to change places with."""
        for _ in range(40):
            if lane:
                following = lane.popleft()
                lane.appendleft(webhook)
                self._stats.count(webhook.phone.channel, "reordered")
                return following
            await asyncio.sleep(0.01)
        return webhook

    async def _deliver(self, webhook: Webhook) -> None:
        channel, gym = webhook.phone.channel, webhook.phone.gym
        delay = self._faults.milliseconds("delay_ms", channel, gym) / 1000
        if delay:
            self._stats.count(channel, "delayed")
            await asyncio.sleep(max(0.0, webhook.posted_at + delay - time.monotonic()))
        for attempt in range(TRIES):
            if attempt:
                self._stats.count(channel, "retried")
                await asyncio.sleep(BACK_OFF[min(attempt - 1, len(BACK_OFF) - 1)])
            if await self._post(webhook):
                break
        else:
            self._stats.count(channel, "abandoned")
            return
        if webhook.message and webhook.phone.advance(webhook.message, "delivered"):
            self._changed(webhook.phone, webhook.message)
        if self._faults.happens("duplicate", channel, gym):
            self._stats.count(channel, "duplicated")
            await self._post(webhook)

    async def _post(self, webhook: Webhook) -> bool:
        channel = webhook.phone.channel
        door = self._doors.setdefault((webhook.phone.gym, channel), asyncio.Semaphore(CONNECTIONS))
        async with door:
            try:
                status = await self._poster.post(
                    webhook.url, webhook.headers, webhook.body, PATIENCE[channel]
                )
            except NotPosted:
                return False
        self._stats.count(channel, "posted")
        # Meta wants exactly 200; the others take any success.
        return status == 200 if channel in ("whatsapp", "instagram") else 200 <= status < 300

    async def close(self) -> None:
        """Stop; what is still on its way is lost."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._poster.close()
