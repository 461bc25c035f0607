"""What a handler yields: dialogue events. The engine acts on them; the tracker keeps them.

They map one to one onto Rasa's events (`bot.tracker`): a slot set, a loop opened or
closed, a bot utterance, a pause. Slots with a fixed meaning here:

``requested_slot``  what the open question asks for (Rasa's own convention)
``question``        the response key and parameters of that question, for asking it again
``options``         the choices offered with it, in order, as button payloads and titles
``parked``          flows set aside for another task
``undo``            the last thing done that can be taken back
``about``           the booking last talked about
``misses``          messages in a row that were not understood
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.base import Button


@dataclass(frozen=True, slots=True)
class Say:
    """Words for the person: a response key with parameters, and buttons."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    asks: bool = False
    """This is the turn's question: it comes last, and a turn has one."""


@dataclass(frozen=True, slots=True)
class SlotSet:
    """A value the conversation now holds; None lets go of it."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class FlowOpened:
    """A flow leads the talk from here."""

    name: str


@dataclass(frozen=True, slots=True)
class FlowClosed:
    """The flow is over; its slots are let go of."""

    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class HandedOff:
    """A person is wanted; `reason` is what staff see."""

    reason: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is to be said to this, on purpose."""


@dataclass(frozen=True, slots=True)
class StaffTold:
    """Something the staff group should hear at once, as a response key with parameters."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)


Event = Say | SlotSet | FlowOpened | FlowClosed | HandedOff | Silence | StaffTold
Events = Iterator[Event]
