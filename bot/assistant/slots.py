"""The assistant's slots that are ours: it keeps them between turns, we say what they hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.flows.prospects import wishes
from bot.registry import flows
from bot.tracker import Tracker


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def _is_wish(value: Any) -> bool:
    try:
        return isinstance(value, Mapping) and wishes.from_slot(value) is not None
    except (KeyError, ValueError, TypeError):
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _has(*keys: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(key in value for key in keys)


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


@dataclass(frozen=True, slots=True)
class SlotKind:
    """A slot of our tracker: Rasa's type for it, and which values make sense."""

    rasa_type: str
    fits: Callable[[Any], bool]


_ID = SlotKind("text", _is_id)
_TEXT = SlotKind("text", _is_text)
_FLAG = SlotKind("bool", _is_flag)
_WISH = SlotKind("any", _is_wish)
_WORDS = SlotKind("list", _is_list_of(_is_text))
SLOTS: Mapping[str, SlotKind] = {
    "about": _ID, "held": _ID, "target": _ID, "trainer": _ID, "waitlist_entry": _ID,
    "experience": _TEXT, "goal": _TEXT, "handoff": _TEXT, "invited": _TEXT, "language": _TEXT, "offering": _TEXT, "unspoken": _TEXT,
    "requested_slot": _TEXT, "talk_offering": _TEXT, "talk_trainer": _TEXT, "trainer_wish": _TEXT, "talk_service": _TEXT, "kind": _TEXT,
    "goal_asked": _FLAG, "introduced": _FLAG, "invited_once": _FLAG, "name_given": _FLAG, "nudge_planned": _FLAG,
    "nudged": _FLAG, "for_two": _FLAG, "guest": SlotKind("any", _has("who", "name")),
    "misses": SlotKind("float", lambda value: isinstance(value, int | float) and 0 <= value < 100),
    "talk_time": _WISH, "wish": _WISH,
    "seen": _WORDS, "asked_before": _WORDS, "told": _WORDS,
    "options": SlotKind("list", _is_list_of(_has("id", "title"))),
    "doors": SlotKind("any", _has("text", "options")),
    "last_said": SlotKind("any", _has("text", "buttons")),
    "parked": SlotKind("any", _has("flow", "slots")),
    "dropped": SlotKind("any", _has("flow", "slots", "at")),
    "question": SlotKind("any", _has("key", "params")),
    "undo": SlotKind("any", _has("verb", "at")),
}  # fmt: skip
"""Every slot of the tracker, as the assistant has to declare it."""


def tracker_of(told: Mapping[str, Any]) -> Tracker:
    """Our tracker in the assistant's state; a value that makes no sense to us is as if it were not set."""
    slots = told.get("slots") or {}
    loop = (told.get("active_loop") or {}).get("name")
    kept = {
        name: value
        for name, value in slots.items()
        if value is not None and name in SLOTS and SLOTS[name].fits(value)
    }
    return Tracker({"slots": kept, "flow": loop if loop in flows() else None})
