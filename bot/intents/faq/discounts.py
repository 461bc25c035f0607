"""Reductions: the one asked about, else all."""

from __future__ import annotations

import re

from bot import responses, wording
from bot.events import Events, Say
from bot.registry import Intent
from bot.turn import Turn
from crm.facts import DiscountFact

OTHER_WORDS = {
    "student": r"\b(students?|uni|college|school)\b",
    "corporate": r"\b(corporate|company|companies|compan|office|work(place)?|employer|colleagues)\b",
}
CONDITION = re.compile(
    r"\b(if (i|we) (pay|join|sign|take|buy)|up ?front|annual\w*|year(ly)?|12 months|in advance|black friday|new year|first month)\b"
)
STILL_ON = re.compile(r"\b(still |being )?on offer\b|\boffer (still )?(on|open|valid|there)\b")
GROUPS = (
    r"\b(senior|pensioner|oap|famil|couple|nhs|nurse|guard|military|army|kids?|unemployed|friend|staff)\w*\b"
)


def answer(turn: Turn) -> Events:
    """Percent and who gets it."""
    text, discounts = turn.text.lower(), turn.facts.discounts
    asked = [
        one for one in discounts if re.search(OTHER_WORDS.get(one.key, rf"\b{re.escape(one.key)}"), text)
    ]
    if not discounts:
        yield Say("utter_discounts_none")
        return
    if turn.wants("faq/trial_details") and STILL_ON.search(text):
        return  # whether the trial is still "on offer" asks for no reduction
    if not asked and (re.search(GROUPS, text) or CONDITION.search(text)):
        yield from none_for_that(turn)
        return
    lines = [line(turn, one) for one in asked or discounts]
    yield Say("utter_discounts", {"discounts": wording.capitalised(wording.listing(lines, turn.language))})


def none_for_that(turn: Turn) -> Events:
    """Not for what was named, but for others."""
    yield Say("utter_discount_not_that")
    others = [line(turn, one) for one in turn.facts.discounts]
    yield Say("utter_discounts_other", {"discounts": wording.listing(others, turn.language)})


def for_group(turn: Turn) -> Events:
    """The reduction of the group that was named after another one; where there is none, that is said and no more."""
    text = turn.text.lower()
    asked = [
        one
        for one in turn.facts.discounts
        if re.search(OTHER_WORDS.get(one.key, rf"\b{re.escape(one.key)}"), text)
    ]
    lines = [line(turn, one) for one in asked]
    if lines:
        yield Say(
            "utter_discounts", {"discounts": wording.capitalised(wording.listing(lines, turn.language))}
        )
    else:
        yield Say("utter_discount_not_that")


def line(turn: Turn, discount: DiscountFact) -> str:
    """15% off with a valid student card."""
    percent = f"{discount.percent:g}"
    return responses.render(
        turn.language, "utter_discount_line", percent=percent, note=discount.note or discount.key
    )


INTENT = Intent("faq/discounts", answer, side=True)
