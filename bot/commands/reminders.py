"""/reminders: what is to do, soonest first."""

from __future__ import annotations

from bot import cards, wording
from bot.answers import answer, order, record, words
from bot.channels.base import Button
from bot.roles import EVERYBODY, LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import contacts, follow_ups

SHOWN = 12


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """One's own; "all" shows owners and managers everybody's."""
    is_all = "all" in text.lower().split() and turn.staff.role in LEADERS
    rows = follow_ups.list_open(turn.session, staff_id=None if is_all else turn.staff.id, limit=SHOWN)
    if not rows:
        return [answer("utter_staff_reminders_none")]
    lines: list[str] = []
    buttons: list[Button] = []
    for follow_up, _, contact in rows:
        who = turn.facts.staff_by_id(follow_up.staff_id)
        lines.append(
            words(
                "utter_staff_reminders_line", when=wording.short_when(turn.facts, follow_up.due_at),
                staff=f"{who.first_name}: " if who and is_all else "", name=cards.name_of(contact),
                words=f", {follow_up.words}" if follow_up.words else "",
            )
        )  # fmt: skip
        if len(buttons) < 4:
            name = contacts.first_name(contact) or cards.name_of(contact)
            buttons.append(
                order(words("utter_staff_button_done", name=name), "done", record("f", follow_up.id))
            )
    key = "utter_staff_reminders_all" if is_all else "utter_staff_reminders"
    return [answer(key, buttons, lines="\n".join(lines))]


COMMAND = Command(
    "reminders", "Shows your to-dos.", "/reminders", EVERYBODY, handle,
    aliases=("~reminders", "~todos", "~tasks", "=to do", "=my to do list", "=my list"),
)  # fmt: skip
