"""/find: people by a name, a part of one, a number, an email; typos do no harm."""

from __future__ import annotations

from bot import cards, names
from bot.answers import answer, is_plain, order, words
from bot.channels.base import Button
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import contacts, directory, leads
from crm.models import Contact

MOST = 8


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Who fits the words, likeliest first."""
    said = text.strip(" \"'?.!")
    if not said:
        return [answer("utter_staff_usage", usage=COMMAND.usage)]
    found = [person for person, _ in contacts.find_by_name(turn.session, said, limit=MOST)]
    if is_plain(turn) and turn.is_group and not found:
        return []
    number = said.lstrip("#")
    if number.isdigit() and len(number) < 7 and (lead := leads.find_by_number(turn.session, int(number))):
        found = [directory.person(turn.session, lead.contact_id).contact, *found]
    if not found:
        found = _partly(turn, said)
    if not found:
        page = directory.people(turn.session, words=said, limit=MOST, offset=0)
        found = [row.contact for row in page.rows]
    if not found:
        return [answer("utter_staff_found_none", said=said)]
    lines: list[str] = []
    buttons: list[Button] = []
    for contact in dict.fromkeys(person.id for person in found):
        person = next(one for one in found if one.id == contact)
        of_person = leads.find_latest(turn.session, person.id)
        if of_person is None:
            lines.append(words("utter_staff_found_contact", name=cards.name_of(person)))
            continue
        lines.append(
            words(
                "utter_staff_found_line", number=of_person.number, name=cards.name_of(person),
                source=of_person.source, stage=cards.stage_word(of_person.stage),
            )
        )  # fmt: skip
        if len(buttons) < 3:
            title = f"#{of_person.number} {cards.name_of(person)}"[:40]
            buttons.append(order(title, "lead", f"#{of_person.number}"))
    return [answer("utter_staff_found", buttons, count=len(lines), lines="\n".join(lines))]


def _partly(turn: StaffTurn, said: str) -> list[Contact]:
    """People of whose name only a part was said, with something else behind it."""
    try:
        return [names.person_in(turn, said).contact]
    except names.SeveralFit as several:
        return [contact for contact, _ in several.people]
    except (names.NobodyFits, names.NobodyNamed):
        return []


COMMAND = Command(
    "find", "Finds people by name, number or email.", "/find <words>", EVERYBODY, handle,
    aliases=("find", "search for", "search", "look up", "look for"),
)  # fmt: skip
