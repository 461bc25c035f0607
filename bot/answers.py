"""Answers in staff chats, and the buttons under them.

A button of staff carries an order: the command's name and what it is about, so that
an old button does what it says from the present state, whoever taps it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import payloads, responses
from bot.channels.base import Button
from bot.staff_turn import StaffSay, StaffTurn

LANGUAGE = "en"
"""Staff are written to in one language, whatever the people's own is."""
ORDER = "cmd"
"""Verb of a button that carries an order."""
PICK = "pick"
"""Verb of a button that answers an open question: the question's number, the option's number."""
BIND = "bind"
"""Verb of a button that tells who somebody in the group is."""


@dataclass(frozen=True, slots=True)
class AnswerHere(StaffSay):
    """An answer about a person: what staff reply to it, quoting it, is sent to them."""

    contact_id: uuid.UUID | None = None


def is_plain(turn: StaffTurn) -> bool:
    """Whether the order was given in plain words, so that it might have been talk."""
    return not turn.text.lstrip().startswith("/")


def words(key: str, /, **params: Any) -> str:
    """The text of `key` for staff."""
    return responses.render(LANGUAGE, key, **params)


def after(key: str, **params: Any) -> str:
    """The text of `key` as a piece that follows other words, with the blank between them."""
    return " " + words(key, **params).strip()


def answer(key: str, buttons: Sequence[Button] = (), **params: Any) -> StaffSay:
    """An answer from the texts."""
    return StaffSay(words(key, **params), tuple(buttons))


def order(title: str, command: str, *arguments: str) -> Button:
    """A button that gives `command` with `arguments`, which are read like typed ones."""
    return Button(payloads.write(ORDER, command, *arguments), title)


def titled(key: str, command: str, *arguments: str) -> Button:
    """A button whose title is a text of ours."""
    return order(words(key), command, *arguments)


def record(kind: str, record_id: uuid.UUID) -> str:
    """A record in an order's arguments: ``!b`` a booking, ``!f`` a to-do, ``!p`` a person."""
    return f"!{kind}{payloads.short_id(record_id)}"


def record_in(text: str, kind: str) -> uuid.UUID | None:
    """The record that `text` begins with, if it is one of that kind."""
    word = text.split(" ", 1)[0]
    if not word.startswith(f"!{kind}"):
        return None
    return payloads.Payload("", (word[2:],)).id()
