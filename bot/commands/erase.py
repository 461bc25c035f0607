"""/erase: everything personal about somebody goes, for good, after a yes."""

from __future__ import annotations

from bot import erasure, names, payloads, questions
from bot.answers import answer, is_plain, record, record_in, titled, words
from bot.channels.base import Button
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings
from crm.errors import NotFound
from crm.personal_data import BeingWrittenTo

AHEAD = {0: "utter_staff_erase_ahead_none", 1: "utter_staff_erase_ahead_one"}
SURE = "ok"
"""Last argument of the order that the yes gives."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Say what would go and ask; with the yes it is done at once."""
    if is_plain(turn):
        return []
    person = names.person_in(turn, text)
    if person.contact.erased_at is not None:
        raise NotFound("they have been erased", contact_id=person.contact.id)
    if record_in(text, "p") is not None and text.split()[-1] == SURE:
        return [_erase(turn, person)]
    ahead = len(bookings.upcoming(turn.session, person.contact.id, now=turn.now))
    key = AHEAD.get(ahead, "utter_staff_erase_ahead")
    yes = titled("utter_staff_button_yes_erase", "erase", record("p", person.contact.id), SURE)
    no = Button(payloads.write("no"), words("utter_staff_button_no"))
    buttons = questions.ask_yes_no(turn, yes, no)
    return [answer("utter_staff_erase_ask", buttons, name=person.name, ahead=words(key, count=ahead))]


def _erase(turn: StaffTurn, person: names.Person) -> StaffSay:
    name = person.name
    try:
        done = erasure.erase(turn.session, turn.facts, person.contact.id, now=turn.now, actor=turn.actor)
    except BeingWrittenTo:
        return answer("utter_staff_erase_under_way", name=name)
    turn.state.pop("undo", None)
    count = done.bookings_cancelled
    cancelled = words("utter_staff_erased_cancelled", count=count) if count else ""
    return answer("utter_staff_erased", cancelled=cancelled)


COMMAND = Command(
    "erase",
    "Erases a person's data for good, after a yes.",
    "/erase <name>",
    LEADERS,
    handle,
)
