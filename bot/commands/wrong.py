"""/wrong: the assistant took somebody's last message for something else."""

from __future__ import annotations

from bot import names, reviewing, teaching
from bot.answers import answer, is_plain
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import conversations


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Put it on the review list, and ask at once what it means."""
    person = names.person_in(turn, text)
    if is_plain(turn):
        return []
    found = conversations.of_contact(turn.session, person.contact.id)
    item = reviewing.corrected(turn.session, person.contact, found[0], turn.now) if found else None
    if item is None:
        return [answer("utter_staff_wrong_nothing", name=person.name)]
    return [teaching.show(turn, item)]


COMMAND = Command(
    "wrong", "Tells me that I misunderstood somebody's last message.", "/wrong <name>", DESK, handle
)
