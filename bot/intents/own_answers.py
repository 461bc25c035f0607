"""Answers from the gym's own question list, each with the question it was taken from."""

from __future__ import annotations

from bot import own_questions
from bot.events import Events, Say
from bot.own_questions import Asked
from bot.turn import Turn
from nlu_models.parse import OUT_OF_SCOPE, Intent

FAR = 0.5
"""From this probability on a message is none of a gym's business, whatever its form."""


def say(turn: Turn, asked: Asked) -> Events:
    """The gym's own words; where they come from is kept for staff."""
    turn.sources.append(asked.source)
    turn.answered.append(asked.faq.question)
    yield Say("utter_faq", {"answer": asked.faq.answer})


def is_for_the_team(turn: Turn, intent: Intent) -> bool:
    """Whether a message that fits no want is still a question about the gym: the team knows, and we will."""
    return (
        intent.name == OUT_OF_SCOPE
        and intent.confidence < FAR
        and turn.conversation.status != "pending"
        and own_questions.is_put_to_us(turn.text)
    )
