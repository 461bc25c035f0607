"""/bind: an owner tells the bot who somebody in the group is."""

from __future__ import annotations

from bot import strangers
from bot.answers import answer
from bot.roles import OWNER
from bot.staff_turn import Command, StaffSay, StaffTurn


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """The person whose message is replied to, or the only unknown one, is that member of staff."""
    keys = ", ".join(person.key for person in turn.facts.staff)
    if not text.strip():
        return [answer("utter_staff_bind_whom", keys=keys)]
    person = strangers.named(turn, text)
    if person is None:
        return [answer("utter_staff_bind_unknown", said=text.strip(), keys=keys)]
    user = strangers.quoted(turn)
    if user is None:
        unknown = strangers.known_strangers(turn)
        user = unknown[0] if len(unknown) == 1 else None
    if user is None:
        return [answer("utter_staff_bind_whom", keys=keys)]
    return strangers.bind(turn, person, user)


COMMAND = Command(
    "bind", "Says who somebody in the group is: reply to their message.", "/bind key", OWNER, handle
)
