"""/remember: an answer of staff becomes one of the gym's own, for everybody who asks."""

from __future__ import annotations

import regex

from bot import question_cards
from bot.answers import answer, titled
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import questions
from crm.errors import Conflict

TOLD = regex.compile(r"(?P<question>[^?]{3,200}\?)\s*(?P<answer>\S.{1,900})", regex.DOTALL)


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Remember the answer to the question of that number; or a question and its answer as they are written."""
    number = text.strip().lstrip("#")
    if not number.isdigit():
        return [_told(turn, text)]
    question = questions.find_by_number(turn.session, int(number))
    if question is None:
        return [answer("utter_staff_question_unknown", number=number)]
    forget = titled("utter_staff_button_forget", "forget", number)
    if question.state == "learned":
        return [answer("utter_staff_question_known", (forget,), number=question.number)]
    try:
        questions.learn(turn.session, question, actor=turn.actor, now=turn.now)
    except Conflict:
        return [answer("utter_staff_remember_nothing", number=question.number)]
    question_cards.show(turn.session, turn.facts, question, turn.now)
    return [answer("utter_staff_remembered", (forget,), question=question.text, answer=question.answer or "")]


def _told(turn: StaffTurn, text: str) -> StaffSay:
    match = TOLD.fullmatch(text.strip())
    if match is None:
        return answer("utter_staff_remember_how")
    question = questions.add(
        turn.session, match["question"].strip(), match["answer"].strip(), actor=turn.actor, now=turn.now
    )
    forget = titled("utter_staff_button_forget", "forget", str(question.number))
    return answer("utter_staff_remembered", (forget,), question=question.text, answer=question.answer or "")


COMMAND = Command(
    "remember",
    "Has me give an answer to everybody who asks, from now on.",
    "/remember <number>, or question? answer",
    LEADERS,
    handle,
)
