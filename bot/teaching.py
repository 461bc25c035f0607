"""One message at a time, put to staff: what did they want? Shown without who wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from bot import registry, responses
from bot.answers import LANGUAGE, answer, order, record, titled, words
from bot.channels.base import Button
from bot.staff_turn import StaffSay, StaffTurn
from crm import reviews
from crm.models import ReviewItem
from nlu_models.parse import OUT_OF_SCOPE

FIRST, PAGE = 3, 9
"""Guesses that are offered at once, and choices a page after that."""
MEANING = "utter_staff_button_means_"


def title(intent: str) -> str:
    """An intent in plain words, short enough for a button."""
    return words(f"utter_staff_button_means_{intent.replace('/', '_')}")


def choices(item: ReviewItem) -> list[str]:
    """Every intent that can be chosen: what was guessed first, then the rest as the texts list them."""
    named = {name.replace("/", "_"): name for name in registry.intents() if name != OUT_OF_SCOPE}
    listed = [key.removeprefix(MEANING) for key in responses.catalogue(LANGUAGE) if key.startswith(MEANING)]
    guessed = sorted(item.guesses, key=lambda name: -item.guesses[name])
    known = [name for name in guessed if name in named.values()]
    return list(dict.fromkeys([*known, *(named[key] for key in listed if key in named)]))


def next_one(turn: StaffTurn, before: str = "") -> StaffSay:
    """The next message that waits, with the likeliest meanings to tap; `before` says what became of the last."""
    item = reviews.find_next(turn.session)
    if item is None:
        is_taught = reviews.last_labelled_at(turn.session) is not None
        none = words("utter_staff_teach_none" if is_taught else "utter_staff_teach_none_yet")
        return StaffSay("\n".join(filter(None, (before, none))))
    return show(turn, item, before)


def show(turn: StaffTurn, item: ReviewItem, before: str = "") -> StaffSay:
    """One message with the likeliest meanings."""
    offered = choices(item)[:FIRST]
    count = reviews.count_open(turn.session)
    text = words(
        f"utter_staff_teach_{item.kind}", words=item.text,
        left=words("utter_staff_teach_last" if count <= 1 else "utter_staff_teach_left", count=count),
    )  # fmt: skip
    buttons = (
        *_meanings(item, offered),
        titled("utter_staff_button_teach_other", "teach", record("r", item.id), "more", str(FIRST)),
        titled("utter_staff_button_teach_outside", "teach", record("r", item.id), OUT_OF_SCOPE),
        titled("utter_staff_button_teach_skip", "teach", record("r", item.id), "skip"),
    )
    return StaffSay("\n".join(filter(None, (before, text))), buttons)


def more(item: ReviewItem, begin: int) -> StaffSay:
    """Further meanings, a page at a time."""
    every = choices(item)
    offered = every[begin : begin + PAGE]
    further = begin + PAGE if begin + PAGE < len(every) else 0
    buttons = (
        *_meanings(item, offered),
        titled("utter_staff_button_teach_more", "teach", record("r", item.id), "more", str(further)),
        titled("utter_staff_button_teach_skip", "teach", record("r", item.id), "skip"),
    )
    return answer("utter_staff_teach_which", buttons, words=item.text)


def _meanings(item: ReviewItem, intents: Sequence[str]) -> tuple[Button, ...]:
    return tuple(order(title(name), "teach", record("r", item.id), name) for name in intents)
