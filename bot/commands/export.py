"""/export: all that is kept about somebody, as a file for them."""

from __future__ import annotations

from bot import cards, names
from bot.answers import answer, is_plain
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm.errors import NotFound


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """A link for whoever asks, in their own chat: the file holds what the person told in confidence."""
    from crm.config import settings
    from crm.links import data_link

    if is_plain(turn):
        return []
    person = names.person_in(turn, text)
    if person.contact.erased_at is not None:
        raise NotFound("they have been erased", contact_id=person.contact.id)
    link = data_link(settings(), turn.session.gym_id, person.contact.id, turn.now)
    params = {"name": person.name, "link": link}
    if not turn.is_group:
        return [answer("utter_staff_export", name=person.name, link=link)]
    if cards.tell_trainer(turn.session, turn.facts, turn.staff.id, "utter_staff_export", params, turn.now):
        return [answer("utter_staff_export_private", name=person.name)]
    return [answer("utter_staff_export_unreachable")]


COMMAND = Command(
    "export",
    "Sends you all that is kept about a person, to pass on to them.",
    "/export <name>",
    LEADERS,
    handle,
)
