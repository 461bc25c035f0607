"""/claim: take a lead on oneself; the first who taps wins, the second is told who."""

from __future__ import annotations

from sqlmodel import select

from bot import cards, gym_words, names, reversals
from bot.answers import answer, is_plain
from bot.commands import assign
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import conversations
from crm.models import Lead, Staff


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Claim it. A thread that waits for a person is taken with it."""
    person = names.person_in(turn, text)
    if is_plain(turn) and turn.is_group and gym_words.left_over(turn.facts, person.rest):
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    # Two taps can arrive together: the row decides who was first.
    lead = turn.session.exec(
        select(Lead)
        .where(Lead.id == person.lead.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if lead.assigned_to is not None:
        holder = turn.facts.staff_by_id(lead.assigned_to)
        if holder is not None:
            return [answer("utter_staff_claimed_before", staff=holder.first_name, name=person.name)]
    thread = conversations.of_contact(turn.session, person.contact.id)
    if thread is not None and thread[0].status == "pending" and thread[0].owner_id is None:
        me = turn.session.exec(select(Staff).where(Staff.id == turn.staff.id)).one()
        conversations.take(turn.session, thread[0], me, now=turn.now)
    before = assign.give(turn, lead, turn.staff)
    undo = reversals.remember(turn, "assign", lead=lead.id, before=before, after=turn.staff.id)
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    return [answer("utter_staff_claimed", (undo,), name=person.name, staff=turn.staff.first_name)]


COMMAND = Command(
    "claim", "Takes a lead on yourself.", "/claim <name>", DESK, handle, aliases=("claim", "i claim")
)
