"""start: the person is here, the session begins."""

from __future__ import annotations

from bot import attendance_marks
from bot.commands import help as help_command
from bot.roles import COACHES, EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Begin it. A bare /start is what Telegram sends for a newcomer: they get the help."""
    if not text.strip():
        return help_command.handle(turn, "")
    if turn.staff.role not in COACHES:
        return [attendance_marks.for_coaches(turn)]
    said = attendance_marks.handle(turn, text, "start")
    return [attendance_marks.none_today(turn, text)] if said is None else said


COMMAND = Command(
    "start",
    "Begins a session.",
    "start <name>",
    EVERYBODY,
    handle,
    aliases=("start with", "starting with", "start", "* started", "* is here"),
)
