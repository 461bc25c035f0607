"""Wake-ups for the workers, as few as possible: many requests a second need only some."""

from __future__ import annotations

import asyncio
import importlib
import math

from scheduler.wake import wake

AT_MOST_EVERY = 0.02
"""Seconds between two wake-ups."""
SLOT = 0.05
"""Later wake-ups are gathered in slots of this many seconds."""


def prepare() -> None:
    """Import what a wake-up needs (some seconds on a busy machine), before there are requests to hold up."""
    importlib.import_module("scheduler.app")


class Waking:
    """Tells the workers to look for messages, now or when a burst may be over."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._soon: asyncio.TimerHandle | None = None
        self._later: dict[int, asyncio.TimerHandle] = {}

    def soon(self) -> None:
        """Wake now, or as soon as the last wake-up is long enough ago."""
        if self._soon is None:
            loop = asyncio.get_running_loop()
            self._soon = loop.call_later(max(0.0, self._last + AT_MOST_EVERY - loop.time()), self._fire)

    def after(self, seconds: float) -> None:
        """Wake also when so much time has gone by."""
        loop = asyncio.get_running_loop()
        slot = math.ceil((loop.time() + seconds) / SLOT) + 1
        if slot not in self._later:
            self._later[slot] = loop.call_at(slot * SLOT, self._fire_later, slot)

    def close(self) -> None:
        """Forget what was planned; the workers' sweeper finds it."""
        for handle in (self._soon, *self._later.values()):
            if handle is not None:
                handle.cancel()
        self._later.clear()
        self._soon = None

    def _fire_later(self, slot: int) -> None:
        del self._later[slot]
        self.soon()

    def _fire(self) -> None:
        self._soon = None
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        loop.run_in_executor(None, wake, "inbound")
