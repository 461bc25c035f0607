"""/giveback: let the bot answer somebody again."""

from __future__ import annotations

from bot import cards, gym_words, names
from bot.answers import answer, is_plain
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import conversations


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Give the thread back."""
    person = names.person_in(turn, text)
    if is_plain(turn) and turn.is_group and len(gym_words.left_over(turn.facts, person.rest)) > 1:
        return []
    found = conversations.of_contact(turn.session, person.contact.id)
    if found is None or (found[0].status != "pending" and found[0].owner_id is None):
        return [answer("utter_staff_give_back_not", name=person.name)]
    conversations.give_back(turn.session, found[0], now=turn.now, actor=turn.actor)
    if person.lead is not None:
        cards.lead_changed(turn.session, turn.facts, person.lead.id, turn.now)
    return [answer("utter_staff_given_back", name=person.name)]


COMMAND = Command(
    "giveback", "Lets the bot answer somebody again.", "/giveback <name>", DESK, handle,
    aliases=("give back", "hand back", "release"),
)  # fmt: skip
