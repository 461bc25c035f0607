"""Whether a talk goes in circles: the same question, word for word, with nothing learnt in between."""

from __future__ import annotations

import hashlib

from bot.events import Say
from bot.turn import Turn

KEPT = 2


def goes_on(turn: Turn, says: list[Say]) -> bool:
    """Whether this would ask word for word what the last two turns asked: then the person is not being understood."""
    before = _asked_before(turn)
    return (
        turn.tapped is None and len(before) == KEPT and before[0] == before[1] == _signature(turn, says) != ""
    )


def asked(turn: Turn, says: list[Say]) -> list[str]:
    """What the last turns asked, this one's the last; kept in the slot `asked_before`."""
    return [*_asked_before(turn), _signature(turn, says)][-KEPT:]


def _asked_before(turn: Turn) -> list[str]:
    return list(turn.slot("asked_before") or ())


def _signature(turn: Turn, says: list[Say]) -> str:
    """What a turn asks and what it has learnt by then, short; nothing where it asks nothing."""
    if not any(say.asks for say in says):
        return ""
    asks = [f"{say.key}{sorted(say.params.items())}" for say in says]
    learnt = [turn.slot(name) for name in ("offering", "wish", "trainer", "guest")]
    return hashlib.sha1(repr((asks, learnt)).encode(), usedforsecurity=False).hexdigest()[:12]
