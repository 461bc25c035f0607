"""/history: the last lines of a person's thread."""

from __future__ import annotations

import regex

from bot import cards, gym_words, names, wording
from bot.answers import answer, is_plain, words
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import conversations

SHOWN, MOST = 10, 30
LONGEST = 3500
"""Characters of the whole answer; Telegram takes 4096."""
_COUNT = regex.compile(r"\b(\d{1,3})\b\s*$")


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Show them, oldest first; numbers and words about health are left out."""
    person = names.person_in(turn, text)
    if is_plain(turn) and turn.is_group and gym_words.left_over(turn.facts, person.rest):
        return []
    match = _COUNT.search(person.rest)
    count = max(1, min(int(match.group(1)), MOST)) if match else SHOWN
    found = conversations.of_contact(turn.session, person.contact.id)
    rows = conversations.last_messages(turn.session, found[0].id, limit=count) if found else []
    rows = [row for row in rows if row.deleted_at is None]
    if not rows:
        return [answer("utter_staff_history_none", name=person.name)]
    lines: list[str] = []
    for row in reversed(rows):
        line = words(
            "utter_staff_history_line", when=wording.short_when(turn.facts, row.at),
            line=cards.line_of(turn.facts, row, person.contact, longest=300),
        )  # fmt: skip
        if sum(map(len, lines)) + len(line) > LONGEST:
            break
        lines.insert(0, line)
    key = "utter_staff_history_one" if len(lines) == 1 else "utter_staff_history"
    return [answer(key, name=person.name, count=len(lines), lines="\n".join(lines))]


COMMAND = Command(
    "history", "Shows the last messages with somebody.", "/history <name> [number]", DESK, handle,
    aliases=("history of", "history with", "history", "messages of", "messages with", "show history of", "show me history of"),
)  # fmt: skip
