"""The one question that is open to a member of staff in a chat, and what counts as its answer.

Each option is a button that works whenever it is tapped. Typed words answer only while
the question is fresh, nothing else was said meanwhile by them, and no talk of others came
between: a "yes" to a colleague must not cancel anybody's class.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select

from bot import orders, payloads
from bot.answers import PICK
from bot.channels.base import Button
from bot.gym_words import fold
from bot.staff_turn import StaffTurn
from crm.db import TenantSession
from crm.models import StaffChat

FRESH_FOR = dt.timedelta(minutes=10)


def ask_yes_no(turn: StaffTurn, yes: Button, no: Button) -> tuple[Button, ...]:
    """Open a yes/no question: a typed yes does what the first button does."""
    turn.state["open"] = {
        "at": turn.now.isoformat(), "kind": "confirm", "options": [_kept(yes), _kept(no)], "token": _token(),
    }  # fmt: skip
    return yes, no


def ask_which(turn: StaffTurn, options: Sequence[Button]) -> tuple[Button, ...]:
    """Open a question whose answer is one of the buttons: by tap, number or title."""
    turn.state["open"] = {
        "at": turn.now.isoformat(), "kind": "which", "options": [_kept(button) for button in options], "token": _token(),
    }  # fmt: skip
    return tuple(options)


def ask_again_with(turn: StaffTurn, command: str, choices: Sequence[tuple[str, str]]) -> tuple[Button, ...]:
    """Open a question that gives `command` again with other words: choices are (title, words).

    The words are too long for a button, so they are kept here and the button names them.
    """
    token = _token()
    buttons = [
        Button(payloads.write(PICK, token, str(index)), title) for index, (title, _) in enumerate(choices)
    ]
    turn.state["open"] = {
        "at": turn.now.isoformat(), "kind": "which", "options": [_kept(button) for button in buttons], "token": token,
        "command": command, "words": [words for _, words in choices],
    }  # fmt: skip
    return tuple(buttons)


def picked(turn: StaffTurn, token: str, index: int) -> tuple[str, str] | None:
    """The command and words behind an option; None where that question is closed."""
    question = turn.state.get("open")
    if not question or question.get("token") != token or not 0 <= index < len(question.get("words", ())):
        return None
    return question["command"], question["words"][index]


def close(turn: StaffTurn) -> None:
    """Nothing is asked any more; buttons that carry their order keep working."""
    turn.state.pop("open", None)


def typed_answer(turn: StaffTurn) -> str | None:
    """The payload of the option that the typed words choose, if they choose one."""
    question: dict[str, Any] | None = turn.state.get("open")
    if not question or turn.now - dt.datetime.fromisoformat(question["at"]) > FRESH_FOR:
        return None
    options: list[dict[str, str]] = question["options"]
    if question["kind"] == "confirm":
        if orders.is_yes(turn.text):
            return options[0]["id"]
        return options[1]["id"] if orders.is_no(turn.text) else None
    said = fold(turn.text).strip(" .!)")
    if said.isdigit() and 1 <= int(said) <= len(options):
        return options[int(said) - 1]["id"]
    if len(said) < 3 or len(said.split()) > 5:
        return None
    scored = sorted(
        ((fuzz.ratio(said, fold(option["title"])), option["id"]) for option in options), reverse=True
    )
    begins = [option["id"] for option in options if fold(option["title"]).startswith(said)]
    if scored and scored[0][0] >= 85:
        return scored[0][1]
    return begins[0] if len(begins) == 1 else None


def was_interrupted(turn: StaffTurn) -> bool:
    """Whether others talked in the chat since the question."""
    return bool((turn.state.get("open") or {}).get("interrupted"))


def again(turn: StaffTurn) -> tuple[Button, ...]:
    """The buttons of the open question, asked anew."""
    question = turn.state["open"]
    turn.state["open"] = {**question, "at": turn.now.isoformat(), "interrupted": False}
    return tuple(Button(option["id"], option["title"]) for option in question["options"])


def interrupt_others(session: TenantSession, chat: str, speaker: object) -> None:
    """Talk came between the questions that are open to others in the chat and their answers."""
    rows = session.exec(
        select(StaffChat).where(
            StaffChat.chat == chat,
            StaffChat.staff_id != speaker,
            type_coerce(col(StaffChat.state), JSONB).has_key("open"),
        )
    ).all()
    for row in rows:
        row.state = {**row.state, "open": {**row.state["open"], "interrupted": True}}


def _kept(button: Button) -> dict[str, str]:
    return {"id": button.id, "title": button.title}


def _token() -> str:
    return secrets.token_hex(3)
