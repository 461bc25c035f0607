"""drop: forget a to-do."""

from __future__ import annotations

from sqlmodel import select

from bot import cards, names
from bot.answers import answer, is_plain, record_in
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import follow_ups
from crm.models import Contact, Lead


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Forget it; nothing is fired for it any more."""
    follow_up_id = record_in(text, "f")
    if follow_up_id is None:
        person = names.person_in(turn, text)
        if is_plain(turn) and turn.is_group:
            return []
        open_ones = (
            follow_ups.list_open(turn.session, lead_id=person.lead.id, staff_id=turn.staff.id)
            if person.lead
            else []
        )
        if not open_ones:
            return [answer("utter_staff_nothing_to_finish", name=person.name)]
        follow_up_id = open_ones[0][0].id
    follow_up = follow_ups.get(turn.session, follow_up_id)
    lead = turn.session.exec(select(Lead).where(Lead.id == follow_up.lead_id)).one()
    contact = turn.session.exec(select(Contact).where(Contact.id == lead.contact_id)).one()
    said = f", {follow_up.words}" if follow_up.words else ""
    follow_ups.drop(turn.session, follow_up)
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    return [answer("utter_staff_follow_up_dropped", name=cards.name_of(contact), words=said)]


COMMAND = Command("drop", "Forgets a to-do.", "/drop <name>", EVERYBODY, handle)
