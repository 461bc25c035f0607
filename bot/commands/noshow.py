"""no-show: the person did not come; they are written to in a while."""

from __future__ import annotations

from bot import attendance_marks
from bot.roles import COACHES
from bot.staff_turn import Command, StaffSay, StaffTurn


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Mark it."""
    said = attendance_marks.handle(turn, text, "noshow")
    return [attendance_marks.none_today(turn, text)] if said is None else said


COMMAND = Command(
    "noshow", "Marks that somebody did not come.", "no-show <name>", COACHES, handle,
    aliases=("no show", "noshow", "* no show", "* noshow", "* was a no show", "* is a no show", "* didn't show up",
             "* didn't show", "* did not show", "* didnt show", "* didn't come", "* did not come", "* didnt come"),
)  # fmt: skip
