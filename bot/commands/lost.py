"""/lost: close a lead, with the reason."""

from __future__ import annotations

from bot import names
from bot.answers import answer, is_plain, order, words
from bot.commands import stage
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import leads

REASONS = ("price", "time", "distance", "silent", "other")
MOST_PLAIN_WORDS = 3
"""In plain words a longer reason is talk ("lost Ana to the place across the road, typical")."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Lose it for that reason; without one the likely ones are offered."""
    person = names.person_in(turn, text, free_text=True)
    reason = (
        person.words.removeprefix("because of ").removeprefix("because ").removeprefix("as ").strip("() .")
    )
    if is_plain(turn) and turn.is_group and (not person.is_first or len(reason.split()) > MOST_PLAIN_WORDS):
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    if not reason:
        shown = [words(f"utter_staff_reason_option_{one}") for one in REASONS]
        buttons = [order(title, "lost", f"#{person.lead.number}", title) for title in shown]
        return [answer("utter_staff_lost_why", buttons, name=person.name)]
    return [stage.put(turn, person, leads.LOST, reason=reason[:120], key="utter_staff_lost")]


COMMAND = Command(
    "lost", "Closes a lead as lost.", "/lost <name> reason", DESK, handle,
    aliases=("* is not interested anymore", "* is not interested", "* isn't interested", "* isn't interested anymore", "* not interested", "lost", "* is lost", "* lost", "mark as lost", "close"),
)  # fmt: skip
