"""How fast a provider lets a gym write: buckets counted in real time, with the bursts the real ones forgive."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` messages at once, then `per_second` more each second."""

    burst: float
    per_second: float


PAIR = Limit(45, 1 / 6)
"""WhatsApp: 1 message in 6 s to the same person; up to 45 at once, borrowed from the time that follows (131056)."""
INSTAGRAM = Limit(300, 300)
"""Instagram's Send API: 300 texts a second for an account."""
TELEGRAM_CHAT = Limit(8, 1)
"""Telegram: 1 message a second in a chat; short bursts pass."""
TELEGRAM_GROUP = Limit(20, 20 / 60)
"""Telegram: 20 messages a minute in one group."""
TELEGRAM_BOT = Limit(30, 30)
"""Telegram: 30 messages a second for a bot."""


class Pace:
    """Buckets by name. A bucket that has been full again is forgotten, so that memory follows the busy ones."""

    def __init__(self) -> None:
        self._buckets: dict[object, tuple[float, float]] = {}
        self._swept_at = time.monotonic()

    def wait_for(self, name: object, limit: Limit) -> float:
        """Seconds until one more message would be taken; 0 where it would be taken now. Takes nothing."""
        level = self._level(name, limit, time.monotonic())
        return 0.0 if level >= 1 else (1 - level) / limit.per_second

    def take(self, name: object, limit: Limit, count: int = 1) -> None:
        """Count one message, or as many as it is sent as."""
        now = time.monotonic()
        self._buckets[name] = (self._level(name, limit, now) - count, now)
        if now - self._swept_at > 60:
            self._swept_at = now
            self._buckets = {key: kept for key, kept in self._buckets.items() if now - kept[1] < 600}

    def _level(self, name: object, limit: Limit, now: float) -> float:
        kept = self._buckets.get(name)
        return limit.burst if kept is None else min(limit.burst, kept[0] + (now - kept[1]) * limit.per_second)
