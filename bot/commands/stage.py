"""/stage: put a lead at a stage of the pipeline."""

from __future__ import annotations

from bot import cards, gym_words, names, reversals
from bot.answers import answer, is_plain, order
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import leads


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Move it there; `lost` asks why, `converted` is a win."""
    person = names.person_in(turn, text)
    stage = gym_words.stage_in(turn.facts, person.words)
    if stage is None and is_plain(turn) and turn.is_group:
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    if stage is None:
        shown = [
            order(cards.stage_word(one), "stage", f"#{person.lead.number}", one) for one in turn.facts.stages
        ]
        stages = ", ".join(cards.stage_word(one) for one in turn.facts.stages)
        return [answer("utter_staff_stage_unknown", shown, name=person.name, stages=stages)]
    return [put(turn, person, stage)]


def put(
    turn: StaffTurn,
    person: names.Person,
    stage: str,
    *,
    reason: str | None = None,
    key: str = "utter_staff_stage_set",
) -> StaffSay:
    """Set the stage, refresh the card, and offer to undo it."""
    lead = person.lead
    assert lead is not None
    if lead.stage == stage and reason in (None, lead.lost_reason):
        return answer("utter_staff_stage_same", name=person.name, stage=cards.stage_word(stage))
    old_reason = lead.lost_reason
    other = leads.find_open(turn.session, lead.contact_id)
    if other is not None and other.id != lead.id and stage not in (leads.WON, leads.LOST):
        # One open lead a person: the newer one is the one to work with.
        lead = other
    before = leads.set_stage(turn.session, lead, stage, turn.facts.stages, actor=turn.actor, now=turn.now)
    if reason is not None:
        lead.lost_reason = reason
    undo = reversals.remember(turn, "stage", lead=lead.id, before=before, after=stage, reason=old_reason)
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    return answer(
        key,
        (undo,),
        name=person.name,
        before=cards.stage_word(before),
        after=cards.stage_word(stage),
        reason=reason,
    )


COMMAND = Command(
    "stage",
    "Moves a lead in the pipeline.",
    "/stage <name> stage",
    DESK,
    handle,
    aliases=("stage", "set stage of", "set stage"),
)
