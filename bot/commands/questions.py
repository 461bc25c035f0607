"""/questions: what people asked that no record knows, and what was remembered of the answers."""

from __future__ import annotations

from bot import discretion, question_cards
from bot.answers import answer, titled, words
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import questions
from crm.models import Question

SHOWN = 15


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """List them; with "dismiss" or "once" and a number, what the buttons say."""
    verb, _, rest = text.partition(" ")
    if verb in ("dismiss", "once") and rest.strip().lstrip("#").isdigit():
        question = questions.find_by_number(turn.session, int(rest.strip().lstrip("#")))
        if question is None:
            return [answer("utter_staff_question_unknown", number=rest)]
        return [_dismiss(turn, question) if verb == "dismiss" else _once(question)]
    waiting = questions.list_in(turn.session, "open", limit=SHOWN)
    learned = questions.list_in(turn.session, "learned", limit=SHOWN)
    listed = [faq for faq in turn.facts.faqs if faq.number is None]
    if not (waiting or learned or listed):
        return [answer("utter_staff_questions_none")]
    blocks = []
    if waiting:
        lines = [
            words(
                "utter_staff_questions_open_line", number=one.number, question=_short(one.text),
                people=question_cards.people_of(turn.session, one),
            )
            for one in waiting
        ]  # fmt: skip
        blocks.append(words("utter_staff_questions_open", lines="\n".join(lines)))
    if learned:
        lines = [
            words(
                "utter_staff_questions_learned_line", number=one.number, question=_short(one.text),
                answer=_short(one.answer or ""),
            )
            for one in learned
        ]  # fmt: skip
        blocks.append(words("utter_staff_questions_learned", lines="\n".join(lines)))
    if listed:
        lines = [words("utter_staff_questions_file_line", question=_short(faq.question)) for faq in listed]
        blocks.append(words("utter_staff_questions_file", lines="\n".join(lines)))
    return [StaffSay("\n\n".join(blocks))]


def _short(text: str) -> str:
    return discretion.for_group(text, longest=90)


def _dismiss(turn: StaffTurn, question: Question) -> StaffSay:
    try:
        questions.dismiss(turn.session, question, actor=turn.actor, now=turn.now)
    except questions.AlreadyAnswered:
        return answer("utter_staff_question_closed", number=question.number)
    question_cards.show(turn.session, turn.facts, question, turn.now)
    return answer(
        "utter_staff_question_dismissed_now", number=question.number,
        people=question_cards.people_of(turn.session, question),
    )  # fmt: skip


def _once(question: Question) -> StaffSay:
    if question.state == "learned":
        forget = titled("utter_staff_button_forget", "forget", str(question.number))
        return answer("utter_staff_question_known", (forget,), number=question.number)
    return answer("utter_staff_question_once")


COMMAND = Command(
    "questions",
    "Lists what people asked that I could not answer, and the answers I remember.",
    "/questions",
    DESK,
    handle,
    aliases=("=open questions", "@questions"),
)
