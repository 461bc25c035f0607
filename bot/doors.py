"""What can be done about a person whom words name that are not understood otherwise: two doors instead of none."""

from __future__ import annotations

import datetime as dt

from bot import names, questions, trainer_view
from bot.answers import AnswerHere, order, record, titled, words
from bot.channels.base import Button
from bot.gym_words import WORD, bare
from bot.roles import COACHES, DESK
from bot.staff_turn import StaffSay, StaffTurn
from crm import booking_lists

LONGEST_NOTE = 500
"""Characters of the words that can be kept as a note."""
SESSION_WITHIN = dt.timedelta(hours=12)


def about_somebody(turn: StaffTurn, text: str, key: str = "utter_staff_about") -> StaffSay | None:
    """The person whom the words are about with what is mostly wanted then; None where they name nobody for sure."""
    try:
        person = names.person_in(turn, text, free_text=True)
    except (names.NobodyNamed, names.NobodyFits, names.SeveralFit):
        return None
    if not {bare(word) for word in person.name.split()} & {bare(word) for word in WORD.findall(text)}:
        # Only a likeness, as of "lunch" to Lynch.
        return None
    target = f"#{person.lead.number}" if person.lead else record("p", person.contact.id)
    buttons: list[Button] = []
    if person.words and len(text) <= LONGEST_NOTE:
        note = (words("utter_staff_button_keep_note"), f"{target} {text}")
        buttons += questions.ask_again_with(turn, "note", [note])
        # By its button only: a typed "1" means something else.
        turn.state["open"] = {**turn.state["open"], "options": []}
    if person.lead is not None:
        buttons.append(titled("utter_staff_button_card", "lead", target))
    if turn.staff.role in DESK:
        buttons.append(titled("utter_staff_button_reply", "reply", target))
    buttons += _bookings(turn, person)
    shown = words(key, name=person.name)
    return AnswerHere(shown, tuple(buttons), person.contact.id if turn.staff.role in DESK else None)


def only_named(turn: StaffTurn, text: str) -> str | None:
    """The person where the words are a name and no more, as a command's argument."""
    if not any(character.isalpha() or character == "#" for character in text):
        return None
    try:
        person = names.person_in(turn, text, free_text=True)
    except (names.NobodyNamed, names.NobodyFits, names.SeveralFit):
        return None
    if {bare(word) for word in WORD.findall(person.words)} - {
        "card",
        "profile",
        "details",
        "?",
        "s",
        "'s",
        "",
    }:
        return None
    return f"#{person.lead.number}" if person.lead else None


def _bookings(turn: StaffTurn, person: names.Person) -> list[Button]:
    """Marks for a session of today, move and cancel for what comes next; a trainer's own only."""
    for booking in booking_lists.upcoming(turn.session, person.contact.id, now=turn.now):
        if turn.staff.role == "trainer" and booking.trainer_id != turn.staff.id:
            continue
        if turn.staff.role in COACHES and booking.starts_at - turn.now < SESSION_WITHIN:
            return list(trainer_view.session_buttons(booking, person.contact))
        return [
            order(
                words("utter_staff_button_move_one", name=person.name)[:40], "move", record("b", booking.id)
            ),
            order(
                words("utter_staff_button_cancel_one", name=person.name)[:40],
                "cancel",
                record("b", booking.id),
            ),
        ]
    return []
