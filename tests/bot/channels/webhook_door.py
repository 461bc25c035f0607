"""The webhook routes' part of a test: requests in, events out, each message once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from bot import channels
from bot.channels.base import InboxAccount, Incoming
from bot.channels.door import Received, receive
from tests.bot.channels.payload_cases import CHANNELS, PROVIDERS, Case


@dataclass
class Door:
    """Takes requests as the webhook routes do, and keeps each message once."""

    accounts: list[InboxAccount]
    kept: set[tuple[str, str]] = field(default_factory=set)
    received: Received | None = None

    def post(self, case: Case) -> tuple[int, list[Incoming]]:
        """The HTTP status, and the events of the request; what has no effect is told as ignored."""
        provider = PROVIDERS[case.folder]
        self.received = received = receive(case.request, provider, self.accounts)  # type: ignore[arg-type]
        events: list[Incoming] = []
        for arrived in received.payloads:
            key = (arrived.account.key, arrived.payload.external_id)
            parsed = channels.CHANNELS[arrived.account.channel].parse(arrived.payload.payload)
            events += [_ignored(event, "duplicate") for event in parsed] if key in self.kept else parsed
            self.kept.add(key)
        for dropped in received.dropped:
            parsed = channels.CHANNELS[dropped.channel].parse(dropped.payload.payload)
            events += [event if event.kind == "test" else _ignored(event, dropped.reason) for event in parsed]
        return received.status, events

    def reply_window(self, case: Case) -> float | None:
        window = channels.CHANNELS[CHANNELS[case.folder]].limits.reply_window
        return None if window is None else window.total_seconds()


def _ignored(event: Incoming, reason: str) -> Incoming:
    return dataclasses.replace(event, action="ignore", extra={**event.extra, "reason": reason})
