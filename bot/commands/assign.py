"""/assign: give a lead to a colleague."""

from __future__ import annotations

from bot import cards, gym_words, names, reversals
from bot.answers import answer, is_plain, order
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import activities
from crm.facts import StaffFact
from crm.models import Lead


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Hand it over; the colleague is told in their own chat."""
    person = names.person_in(turn, text)
    colleague, rest = gym_words.staff_in(turn.facts, person.rest)
    if colleague is None and set(person.words.lower().split()) & {"me", "myself"}:
        colleague, rest = turn.staff, ""
    if (
        is_plain(turn)
        and turn.is_group
        and (colleague is None or len(gym_words.left_over(turn.facts, rest)) > 1)
    ):
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    if colleague is None:
        able = turn.facts.staff
        buttons = [order(one.name, "assign", f"#{person.lead.number}", one.key) for one in able]
        return [
            answer(
                "utter_staff_assign_whom",
                buttons,
                name=person.name,
                staff=", ".join(one.first_name for one in able),
            )
        ]
    if person.lead.assigned_to == colleague.id:
        return [answer("utter_staff_assign_same", name=person.name, staff=colleague.first_name)]
    before = give(turn, person.lead, colleague)
    undo = reversals.remember(turn, "assign", lead=person.lead.id, before=before, after=colleague.id)
    if colleague.id != turn.staff.id:
        cards.tell_trainer(
            turn.session, turn.facts, colleague.id, "utter_staff_assigned_you",
            {"by": turn.staff.first_name, "name": person.name,
             "card": cards.card_text(turn.session, turn.facts, person.lead, turn.now)}, turn.now,
        )  # fmt: skip
    return [answer("utter_staff_assigned", (undo,), name=person.name, staff=colleague.first_name)]


def give(turn: StaffTurn, lead: Lead, colleague: StaffFact) -> str | None:
    """Write down that the lead is theirs and show it on the card; returns who had it."""
    before = str(lead.assigned_to) if lead.assigned_to else None
    lead.assigned_to = colleague.id
    activities.record(
        turn.session, "lead.assigned", actor=turn.actor, now=turn.now, contact_id=lead.contact_id, lead_id=lead.id,
        before=before, after=str(colleague.id),
    )  # fmt: skip
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    return before


COMMAND = Command(
    "assign",
    "Gives a lead to a colleague.",
    "/assign <name> colleague",
    DESK,
    handle,
    aliases=("assign", "give"),
)
