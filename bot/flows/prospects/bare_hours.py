"""A number by itself, where a time is talked about."""

from __future__ import annotations

from dataclasses import replace

from bot import nlu
from bot.flows.prospects import booking_talk as talk
from bot.turn import Turn
from nlu_models.parse import Intent

MOST_WORDS, MIDNIGHT = 4, 24


def is_day_open(turn: Turn) -> bool:
    """Whether a day was talked about just now and they were invited to come."""
    return turn.tracker.flow is None and bool(turn.slot("talk_time")) and bool(turn.slot("invited"))


def take(turn: Turn) -> None:
    """ "No, 6" and "10 then", where a time is talked about: the number is the hour."""
    number = turn.entity("number")
    if (
        number is not None
        and (turn.asked in ("time", "confirm", "name", "guest") or is_day_open(turn))
        and turn.times.expected is None
        and len(turn.text.split()) <= MOST_WORDS
        and isinstance(number.value, int)
        and 0 < number.value <= MIDNIGHT
    ):
        read = nlu.understand(
            turn.facts,
            number.text,
            sent_at=turn.now,
            asked="time",
            reference=talk.reference(turn),
            language=turn.language,
        )
        turn.parse = replace(turn.parse, times=read.times, intents=(Intent("correct", 1.0),))
