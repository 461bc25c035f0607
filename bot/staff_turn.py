"""What a staff command receives and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.channels.base import Button, Incoming
from crm.db import TenantSession
from crm.facts import GymFacts, StaffFact
from crm.models import Inbox


@dataclass(slots=True)
class StaffTurn:
    """One message of a member of staff, in the group or in their own chat."""

    session: TenantSession
    facts: GymFacts
    inbox: Inbox
    staff: StaffFact
    chat: str
    """Chat id in which it was said and is answered."""
    is_group: bool
    text: str
    now: dt.datetime
    incoming: Incoming
    state: dict[str, Any] = field(default_factory=dict)
    """What this person is in the middle of in this chat (`StaffChat.state`): assign keys, it is saved after the turn."""

    @property
    def actor(self) -> str:
        """How the timeline names them."""
        return f"staff:{self.staff.key}"


@dataclass(frozen=True, slots=True)
class StaffSay:
    """An answer in the staff chat."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A staff verb. `handle` receives the words after the verb."""

    name: str
    """The word after the slash."""
    summary: str
    """One line for /help, with the form in angle brackets where there are arguments."""
    usage: str
    roles: frozenset[str]
    handle: Callable[[StaffTurn, str], list[StaffSay]]
    aliases: tuple[str, ...] = ()
    """Other words for it, plain ones included ("show me todays leads" finds `leads`)."""
    own_chat: bool = True
    """May be used in a private chat too."""
