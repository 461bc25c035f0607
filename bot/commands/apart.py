"""/apart: two who look alike are two people, and nobody is asked again."""

from __future__ import annotations

from bot import same_person
from bot.answers import answer, record_in
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import identities
from crm.errors import Conflict


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Keep the two of a question apart."""
    question_id = record_in(text, "q")
    if question_id is None:
        return [answer("utter_staff_apart_how")]
    asked = identities.question(turn.session, question_id, lock=True)
    try:
        identities.keep_apart(turn.session, asked, actor=turn.actor, now=turn.now)
    except Conflict:
        return [answer("utter_staff_same_decided")]
    one, other = (
        same_person.name_of(turn.session, identities.get(turn.session, contact_id))
        for contact_id in (asked.one_id, asked.other_id)
    )
    return [answer("utter_staff_kept_apart", one=one, other=other)]


COMMAND = Command("apart", "Keeps two people who look alike apart.", "/apart", DESK, handle)
