"""/take: answer somebody in person; the bot falls silent there."""

from __future__ import annotations

from sqlmodel import select

from bot import cards, gym_words, names
from bot.answers import AnswerHere, answer, is_plain, titled, words
from bot.commands import assign
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import conversations
from crm.models import Staff


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Take the thread over."""
    person = names.person_in(turn, text)
    if is_plain(turn) and turn.is_group and gym_words.left_over(turn.facts, person.rest):
        return []
    found = conversations.of_contact(turn.session, person.contact.id)
    if found is None:
        return [answer("utter_staff_reply_no_thread", name=person.name)]
    me = turn.session.exec(select(Staff).where(Staff.id == turn.staff.id)).one()
    conversations.take(turn.session, found[0], me, now=turn.now, reason="taken")
    if person.lead is not None:
        if person.lead.assigned_to is None:
            assign.give(turn, person.lead, turn.staff)
        cards.lead_changed(turn.session, turn.facts, person.lead.id, turn.now)
    channel = cards.channel_of(turn.session, found[0]) or ""
    target = f"#{person.lead.number}" if person.lead else person.name
    back = titled("utter_staff_button_give_back", "giveback", target)
    return [
        AnswerHere(words("utter_staff_taken", name=person.name, channel=channel), (back,), person.contact.id)
    ]


COMMAND = Command(
    "take", "Takes a conversation over from the bot.", "/take <name>", DESK, handle,
    aliases=("i'll take over", "i take over", "take over", "i'll take", "take"),
)  # fmt: skip
