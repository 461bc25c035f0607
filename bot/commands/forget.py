"""/forget: an answer that was remembered is given no more."""

from __future__ import annotations

from bot import question_cards
from bot.answers import answer, titled
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import questions
from crm.errors import Conflict


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Take it out of the gym's own answers; who asks it next is asked of the team again."""
    number = text.strip().lstrip("#")
    if not number.isdigit():
        return [answer("utter_staff_forget_which")]
    question = questions.find_by_number(turn.session, int(number))
    if question is None:
        return [answer("utter_staff_question_unknown", number=number)]
    try:
        questions.forget(turn.session, question, actor=turn.actor, now=turn.now)
    except Conflict:
        return [answer("utter_staff_forget_nothing", number=question.number)]
    question_cards.show(turn.session, turn.facts, question, turn.now)
    again = titled("utter_staff_button_remember", "remember", number)
    return [answer("utter_staff_forgotten", (again,), question=question.text)]


COMMAND = Command("forget", "Has me stop giving an answer I remember.", "/forget <number>", LEADERS, handle)
