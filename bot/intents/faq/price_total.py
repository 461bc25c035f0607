"""What a membership comes to over several months: the table's price, multiplied, and nothing promised beyond it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from bot import responses, wording
from bot.events import Events, Say
from bot.intents.faq import membership_terms, price
from bot.turn import Turn
from crm.facts import PlanFact

ASKS = re.compile(
    r"\b(how much|prices?|pricing|costs?|total|altogether|all together|all in|comes? to|works? out|pay(ing)?|fees?|charges?|rates?|sum|damage|set me back|vs|versus)\b"
)
"""Asks for money."""
OTHERWISE = re.compile(
    r"\b(discounts?|cheaper|deals?|offers?|reduc\w+|freez\w*|paus\w*|on hold|notice|ago|haven'?t|havent|hadn'?t|since|last|past|trained|training for|pregnan\w*|"
    r"old|contract|commit\w*|tied|minimum|refund|charged|injur\w*|results?|lose|gain|progress|goal)\b"
)
"""Speaks of that time for another reason than the sum."""
TERM = re.compile(r"P(?P<count>\d+(?:\.\d+)?)(?P<unit>[YM])")
YEARLY = re.compile(r"\b(annual(ly)?|yearly|per annum|(a|per|whole|full|the|one|1) (year|yr)|for the year)\b")
MONTHS_OF = {"Y": 12, "M": 1}
LONGEST = 60
"""Months; nobody asks for more in earnest."""
FEW_WORDS = 8


def months(turn: Turn) -> int | None:
    """The months that are asked about, two or more; None where there are none."""
    entity = turn.entity("duration")
    found = TERM.fullmatch(str(entity.value)) if entity is not None else None
    if found is not None:
        count = Decimal(found["count"]) * MONTHS_OF[found["unit"]]
        return int(count) if count == int(count) and 2 <= count <= LONGEST else None
    return 12 if YEARLY.search(turn.text.lower()) else None


def is_asked(turn: Turn) -> bool:
    """Whether the sum for several months is asked for, outright or after a price was said."""
    text = turn.text.lower()
    if months(turn) is None or OTHERWISE.search(text) or turn.parse.all("service"):
        return False
    return bool(ASKS.search(text)) or (len(text.split()) <= FEW_WORDS and bool(_just_said(turn)))


def answer(turn: Turn) -> Events:
    """The sums by plan; what is not paid by the month keeps the price it has."""
    count = months(turn) or 1
    named = price.named_plans(turn, turn.text.lower())
    plans = [plan for plan in named or _just_said(turn) or _monthly(turn) if plan in _monthly(turn)]
    for plan in (plan for plan in named if plan not in plans):
        yield price.say_plan(turn, plan)
    if not plans:
        if not named:
            yield from price.answer(turn)
        return
    sums = [
        responses.render(
            turn.language, "utter_price_total_line", plan=plan.name,
            total=wording.money(turn.facts, Decimal(str(plan.price)) * count, turn.language),
            price=wording.money(turn.facts, plan.price, turn.language),
        )
        for plan in plans
    ]  # fmt: skip
    yield Say("utter_price_total", {"months": count, "totals": wording.listing(sums, turn.language)})
    if turn.facts.terms.get("joining_fee"):
        yield from membership_terms.say(turn, "joining_fee")
    if "contract" in turn.facts.terms:
        yield from membership_terms.say(turn, "contract")


def _monthly(turn: Turn) -> Sequence[PlanFact]:
    return [plan for plan in turn.facts.plans if plan.kind == "membership" and plan.per == "month"]


def _just_said(turn: Turn) -> Sequence[PlanFact]:
    """The monthly plans whose price our last words told."""
    said = turn.last_words
    return [
        plan
        for plan in _monthly(turn)
        if plan.name in said and wording.money(turn.facts, plan.price, turn.language) in said
    ]
