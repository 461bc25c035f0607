"""done: a session is over, or a to-do is dealt with."""

from __future__ import annotations

from bot import attendance_marks, cards, gym_words, names, questions, reversals
from bot.answers import answer, is_plain, order, record, record_in
from bot.roles import COACHES, EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import follow_ups
from crm.models import Contact, FollowUp, Lead


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """The person's session of today if the speaker may mark it, else what was to do about them."""
    follow_up_id = record_in(text, "f")
    if follow_up_id is not None:
        return [_finish(turn, follow_ups.get(turn.session, follow_up_id))]
    if record_in(text, "b") is not None:
        if turn.staff.role not in COACHES:
            return [attendance_marks.for_coaches(turn)]
        return attendance_marks.handle(turn, text, "done") or []
    person = names.person_in(turn, text)
    open_ones = follow_ups.list_open(turn.session, lead_id=person.lead.id) if person.lead else []
    mine = [row for row in open_ones if row[0].staff_id == turn.staff.id] or list(open_ones)
    if turn.staff.role in COACHES:
        said = attendance_marks.handle(turn, text, "done")
        if said is not None and not (mine and said and _is_about_nothing(said)):
            return said
    if is_plain(turn) and turn.is_group and (not mine or gym_words.left_over(turn.facts, person.rest)):
        return (
            []
            if gym_words.left_over(turn.facts, person.rest)
            else [answer("utter_staff_nothing_to_finish", name=person.name)]
        )
    if not mine:
        return [answer("utter_staff_nothing_to_finish", name=person.name)]
    if len(mine) > 1:
        return [_which(turn, person.name, mine)]
    return [_finish(turn, mine[0][0])]


def _is_about_nothing(said: list[StaffSay]) -> bool:
    """Nothing was marked: the answer has no way back."""
    return not any(button.id.startswith("1:cmd:undo") for say in said for button in say.buttons)


def _which(turn: StaffTurn, name: str, rows: list[tuple[FollowUp, Lead, Contact]]) -> StaffSay:
    from bot import wording

    buttons = [
        order(f"{wording.short_when(turn.facts, row.due_at)} {row.words}"[:60], "done", record("f", row.id))
        for row, _, _ in rows[:6]
    ]
    return answer("utter_staff_which_follow_up", questions.ask_which(turn, buttons), name=name)


def _finish(turn: StaffTurn, follow_up: FollowUp) -> StaffSay:
    from sqlmodel import select

    lead = turn.session.exec(select(Lead).where(Lead.id == follow_up.lead_id)).one()
    contact = turn.session.exec(select(Contact).where(Contact.id == lead.contact_id)).one()
    follow_ups.finish(turn.session, follow_up, now=turn.now)
    undo = reversals.remember(turn, "finish", follow_up=follow_up.id)
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    said = f", {follow_up.words}" if follow_up.words else ""
    return answer("utter_staff_follow_up_finished", (undo,), name=cards.name_of(contact), words=said)


COMMAND = Command(
    "done", "Ends a session, or a to-do about somebody.", "done <name>", EVERYBODY, handle,
    aliases=("done with", "done", "* done", "* is done", "finished with", "finished", "complete"),
)  # fmt: skip
