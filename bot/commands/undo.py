"""undo: take back the last thing one did in this chat."""

from __future__ import annotations

from bot import questions, reversals
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Undo the last act, or the one whose button was tapped."""
    questions.close(turn)
    token = text.strip() if turn.incoming.kind == "choice" else ""
    return [reversals.take_back(turn, token or None)]


COMMAND = Command(
    "undo", "Takes back the last thing you did here.", "undo", EVERYBODY, handle,
    aliases=("=undo", "=undo that", "=undo it", "=take that back", "=take it back", "=wrong one", "=revert"),
)  # fmt: skip
