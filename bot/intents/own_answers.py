"""Answers from the gym's own question list, each with the question it was taken from."""

from __future__ import annotations

from bot import own_questions
from bot.events import Events, HandedOff, Say
from bot.own_questions import Asked
from bot.turn import Turn
from bot.when_read import read_by
from nlu_models.parse import OUT_OF_SCOPE, Intent

QUESTION = "question"
"""The reason of a hand-over for the sake of one answer."""
FAR = 0.5
"""From this probability on a message is none of a gym's business, whatever its form."""


def say(turn: Turn, asked: Asked) -> Events:
    """The gym's own words; where they come from is kept for staff."""
    turn.sources.append(asked.source)
    turn.answered.append(asked.faq.question)
    yield Say("utter_faq", {"answer": asked.faq.answer})


def is_for_the_team(turn: Turn, intent: Intent) -> bool:
    """Whether a message that fits no want is still a question about the gym: the team knows, and we will.

    Who waits for an answer already may ask more in one go; who waits for a person may not.
    """
    waits = turn.conversation.status == "pending"
    if intent.name != OUT_OF_SCOPE or not own_questions.is_put_to_us(turn.text):
        return False
    return turn.conversation.handoff_reason == QUESTION if waits else intent.confidence < FAR


def unknown(turn: Turn) -> Events:
    """Not in the records: never invented, asked to the team. Of several questions it is said which one."""
    when = read_by(turn.facts, turn.now, turn.language)
    waits = turn.conversation.status == "pending" and turn.conversation.handoff_reason == QUESTION
    yield HandedOff(QUESTION)
    if len(turn.parse.intents) > 1 or turn.unknown:
        parts = own_questions.unanswered(turn.facts, turn.parse, turn.handling, turn.unknown)
        questions = [own_questions.kept_words(text, turn.contact).rstrip(" .") for text, _ in parts]
        yield Say("utter_unknown_question", {"question": '" and "'.join(questions), "when": when})
    else:
        yield Say("utter_unknown_also") if waits else Say("utter_unknown_fact", {"when": when})
