"""A question narrower than an intent, known by its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.events import Events
from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class Topic:
    """One narrow question. `covers` are the intents that its words are taken for."""

    pattern: re.Pattern[str]
    covers: frozenset[str]
    handle: Callable[[Turn], Events]
    side: bool = True
    """Answered in the middle of a flow without leaving it."""
    applies: Callable[[Turn], bool] | None = None
    adds: bool = False
    """Also answered where the message was taken for something else: people ask it beside other things."""
