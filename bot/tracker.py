"""A conversation's state: a replay of Rasa events.

State is changed by recording an event, never beside it. The fold of all events is kept
with the conversation so that a turn reads one row; `replay` of the events gives the
same state (a test holds the two against each other).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from bot.events import Event, FlowClosed, FlowOpened, HandedOff, Say, SlotSet

KEPT_SLOTS = frozenset(
    {
        "parked",
        "dropped",
        "undo",
        "about",
        "introduced",
        "seen",
        "language",
        "unspoken",
        "goal",
        "experience",
        "last_said",
        "asked_before",
    }
)
"""Slots that outlive a flow; every other one is let go of when the flow closes."""


class Tracker:
    """The slots and the open flow of one conversation."""

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        state = state or {}
        self.slots: dict[str, Any] = dict(state.get("slots", {}))
        self.flow: str | None = state.get("flow")
        self.fresh: list[dict[str, Any]] = []
        """Events recorded since the state was loaded."""

    def state(self) -> dict[str, Any]:
        """The fold of all events, for keeping."""
        return {"slots": self.slots, "flow": self.flow}

    def get(self, name: str) -> Any:
        """The slot's value, or None."""
        return self.slots.get(name)

    def record(self, event: Event, *, at: dt.datetime) -> None:
        """Keep a handler's event and apply it."""
        for raw in to_rasa(event, self.slots):
            self.keep(raw, at=at)

    def keep(self, raw: dict[str, Any], *, at: dt.datetime) -> None:
        """Keep one Rasa event and apply it."""
        self.fresh.append({**raw, "timestamp": at.timestamp()})
        self.apply(raw)

    def apply(self, raw: Mapping[str, Any]) -> None:
        """Fold one Rasa event into the state."""
        match raw["event"]:
            case "slot":
                if raw["value"] is None:
                    self.slots.pop(raw["name"], None)
                else:
                    self.slots[raw["name"]] = raw["value"]
            case "active_loop":
                self.flow = raw["name"]
            case "restart":
                self.slots, self.flow = {}, None


def to_rasa(event: Event, slots: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The Rasa events that say the same."""
    match event:
        case SlotSet(name, value):
            return [{"event": "slot", "name": name, "value": value}]
        case FlowOpened(name):
            return [{"event": "active_loop", "name": name}]
        case FlowClosed():
            gone = [name for name in slots if name not in KEPT_SLOTS]
            return [
                {"event": "active_loop", "name": None},
                *({"event": "slot", "name": name, "value": None} for name in gone),
            ]
        case HandedOff(reason):
            return [{"event": "slot", "name": "handoff", "value": reason}, {"event": "pause"}]
        case Say(key):
            return [{"event": "action", "name": key}]
    return []


def user_event(
    text: str, intents: Iterable[tuple[str, float]], entities: Iterable[Mapping[str, Any]], message_id: str
) -> dict[str, Any]:
    """Rasa's event for what the person said."""
    ranked = [{"name": name, "confidence": confidence} for name, confidence in intents]
    return {
        "event": "user",
        "text": text,
        "parse_data": {
            "text": text,
            "intent": ranked[0] if ranked else {"name": None, "confidence": 0.0},
            "intent_ranking": ranked,
            "entities": list(entities),
        },
        "message_id": message_id,
    }


def bot_event(text: str, buttons: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Rasa's event for what the bot said."""
    return {"event": "bot", "text": text, "data": {"buttons": list(buttons)}}


def replay(events: Iterable[Mapping[str, Any]]) -> Tracker:
    """The state after all `events`."""
    tracker = Tracker()
    for event in events:
        tracker.apply(event)
    return tracker
