"""/won: the lead has become a member."""

from __future__ import annotations

from bot import gym_words, names
from bot.answers import answer, is_plain
from bot.commands import stage
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import leads


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Win it."""
    person = names.person_in(turn, text)
    if is_plain(turn) and turn.is_group and gym_words.left_over(turn.facts, person.rest):
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    return [stage.put(turn, person, leads.WON, key="utter_staff_won")]


COMMAND = Command(
    "won", "Closes a lead as won.", "/won <name>", DESK, handle,
    aliases=("won", "* is won", "* won", "* joined", "* signed up", "mark as won", "converted"),
)  # fmt: skip
