"""/split: take back that two records were made one."""

from __future__ import annotations

from bot import same_person
from bot.answers import answer, record_in
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import identities
from crm.errors import Conflict


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Undo the merge that the button names, however long ago."""
    merge_id = record_in(text, "m")
    if merge_id is None:
        return [answer("utter_staff_split_how")]
    try:
        undone = identities.undo(turn.session, merge_id, actor=turn.actor, now=turn.now)
    except Conflict:
        return [answer("utter_staff_same_decided")]
    same_person.refresh_cards(turn.session, turn.facts, undone, turn.now)
    one, other = (
        same_person.name_of(turn.session, identities.get(turn.session, contact_id))
        for contact_id in (undone.kept_id, undone.gone_id)
    )
    return [answer("utter_staff_split", one=one, other=other)]


COMMAND = Command("split", "Takes apart what was merged.", "/split", DESK, handle)
