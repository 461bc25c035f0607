"""/answer: what people asked and no record knows. The words go to everybody who asked it."""

from __future__ import annotations

import regex

from bot import open_questions, question_cards, reversals, wording
from bot.answers import after, answer, titled, words
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import questions
from crm.models import Question

NUMBERED = regex.compile(r"\s*#?(?P<number>\d{1,6})\b\s*[:,;–—-]?\s*(?P<words>.*)", regex.DOTALL)


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Answer the question of that number, once; says to whom it goes, and offers to remember it."""
    match = NUMBERED.fullmatch(text)
    if match is None:
        waiting = questions.list_in(turn.session, "open", limit=2)
        if not waiting:
            return [answer("utter_staff_questions_none")]
        return [answer("utter_staff_answer_which", usage=COMMAND.usage)]
    question = questions.find_by_number(turn.session, int(match["number"]))
    if question is None:
        return [answer("utter_staff_question_unknown", number=match["number"])]
    return [give(turn, question, match["words"].strip())]


def give(turn: StaffTurn, question: Question, said: str) -> StaffSay:
    """Pass the words on to everybody who waits for them."""
    if question.state != "open":
        return _late(turn, question)
    if not said:
        return answer("utter_staff_answer_what", number=question.number, question=question.text)
    try:
        questions.answer(turn.session, question, said, actor=turn.actor, now=turn.now)
    except questions.AlreadyAnswered:
        return _late(turn, question)
    told, refused = open_questions.tell(turn.session, question, turn.staff, turn.now)
    question_cards.show(turn.session, turn.facts, question, turn.now)
    undo = reversals.remember(
        turn, "answer", question=question.id, messages=[str(one.message_id) for one in told],
        askers=[str(one.asker_id) for one in told],
    )  # fmt: skip
    number = str(question.number)
    buttons = (
        titled("utter_staff_button_remember", "remember", number),
        titled("utter_staff_button_once", "questions", "once", number),
        *((undo,) if told else ()),
    )
    people = wording.listing(
        [words("utter_staff_question_person", name=one.name, channel=one.channel) for one in told]
    )
    key = "utter_staff_answer_sends" if told else "utter_staff_answer_nobody"
    notes = [after("utter_staff_answer_refused", names=wording.listing(refused))] if refused else []
    closed = [one.name for one in told if one.is_window_closed]
    notes += [after("utter_staff_answer_window", names=wording.listing(closed))] if closed else []
    return answer(
        key, buttons, people=people, words=said, question=question.text,
        notes="".join("\n" + note.strip() for note in notes),
    )  # fmt: skip


def _late(turn: StaffTurn, question: Question) -> StaffSay:
    if question.answer is None:
        return answer("utter_staff_question_closed", number=question.number)
    return answer(
        "utter_staff_question_late", number=question.number,
        staff=question_cards.who(turn.facts, question), answer=question.answer,
    )  # fmt: skip


COMMAND = Command(
    "answer",
    "Answers a question that I could not; it goes to everybody who asked.",
    "/answer <number>: words",
    DESK,
    handle,
)
