"""attended: the person came."""

from __future__ import annotations

from bot import attendance_marks
from bot.roles import COACHES
from bot.staff_turn import Command, StaffSay, StaffTurn


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Mark it; it also corrects a no-show."""
    said = attendance_marks.handle(turn, text, "attended")
    return [attendance_marks.none_today(turn, text)] if said is None else said


COMMAND = Command(
    "attended", "Marks that somebody came.", "/attended <name>", COACHES, handle,
    aliases=("* attended", "* showed up", "* was there", "* came", "attended"),
)  # fmt: skip
