"""/merge: two records are one person."""

from __future__ import annotations

import re

from sqlmodel import select

from bot import reversals, same_person
from bot.answers import answer, record_in
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import identities
from crm.models import Contact, Lead

NUMBERS = re.compile(r"#?(\d{1,9})\b")


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Merge the two that a question names, or two leads by their numbers."""
    pair = _asked(turn, text) or _numbered(turn, text)
    if pair is None:
        return [answer("utter_staff_merge_whom")]
    one, other = pair
    if one.id == other.id:
        return [answer("utter_staff_same_decided")]
    names = [same_person.name_of(turn.session, each) for each in pair]
    merged = identities.merge(turn.session, one, other, reason="name", actor=turn.actor, now=turn.now)
    undo = reversals.remember(turn, "merge", merge=merged.id)
    same_person.refresh_cards(turn.session, turn.facts, merged, turn.now)
    kept = identities.get(turn.session, merged.kept_id)
    name = same_person.name_of(turn.session, kept)
    return [answer("utter_staff_merged", (undo,), one=names[0], other=names[1], name=name)]


def _asked(turn: StaffTurn, text: str) -> tuple[Contact, Contact] | None:
    question_id = record_in(text, "q")
    if question_id is None:
        return None
    asked = identities.question(turn.session, question_id, lock=True)
    return identities.get(turn.session, asked.one_id), identities.get(turn.session, asked.other_id)


def _numbered(turn: StaffTurn, text: str) -> tuple[Contact, Contact] | None:
    numbers = [int(found) for found in NUMBERS.findall(text)]
    if len(numbers) != 2:
        return None
    query = select(Contact).join(Lead, Lead.contact_id == Contact.id)  # type: ignore[arg-type]
    found = [turn.session.exec(query.where(Lead.number == number)).first() for number in numbers]
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


COMMAND = Command("merge", "Makes two records of one person one.", "/merge #12 #15", DESK, handle)
