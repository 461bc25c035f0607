"""What a conversation script says, checked and typed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

CHANNELS = ("whatsapp", "whatsapp-twilio", "instagram", "telegram", "sms")
WITHOUT_BUTTONS = frozenset({"sms"})
WITHOUT_NAMES = frozenset({"sms"})
"""Channels that tell the gym no name; a person who has one says it there."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes to the gym, and from where."""

    channel: str
    address: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the answer to one turn must hold: substrings, case ignored, and titles of buttons."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """The person writes; several texts are a burst, written in quick succession."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tap:
    """The person taps the newest button with that title or beginning."""

    title: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Time goes by."""

    duration: dt.timedelta


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the staff writes, in the group or in their own chat with the gym's bot."""

    key: str
    text: str
    chat: Literal["group", "own"] = "group"

    @property
    def address(self) -> str:
        """The phone it is written on."""
        return f"staff:{self.key}" if self.chat == "own" else "staff"


@dataclass(frozen=True, slots=True)
class Turn:
    """One act, and what is expected of the answer."""

    act: Say | Tap | Wait | Staff
    wanted: Wanted | None = None

    @property
    def words(self) -> str:
        """The act in a few words, for messages."""
        match self.act:
            case Say(texts):
                return "say " + " / ".join(f'"{text}"' for text in texts)
            case Tap(title):
                return f'tap "{title}"'
            case Wait(duration):
                return f"wait {duration}"
            case Staff(key, text):
                return f'{key}: "{text}"'


@dataclass(frozen=True, slots=True)
class Ending:
    """What must be true in the end. What is None is not looked at."""

    lead: dict[str, str | None] | None = None
    bookings: tuple[dict[str, str], ...] | None = None
    staff_saw: tuple[str, ...] = ()
    trainer_saw: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sent_at_most: int | None = None
    nlu_handoff: bool | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """One conversation. `source` is file and line, for messages; `gym_file` the text of the gym's file."""

    name: str
    source: str
    gym_file: str
    now: dt.datetime
    person: Person
    turns: tuple[Turn, ...]
    ending: Ending
