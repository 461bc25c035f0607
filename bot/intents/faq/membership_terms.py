"""Contract, notice, joining fee, freezing, guests: the part that was asked, else all in short."""

from __future__ import annotations

import re

from bot import wording
from bot.events import Events, Say
from bot.intents.own_answers import unknown
from bot.registry import Intent
from bot.turn import Turn

ASKED = {
    "joining_fee": re.compile(
        r"\b(join\w*|sign.?up|registration|admin|start.?up|enrol\w*|induction) fee|fee to join|\bfees?\b"
    ),
    "contract": re.compile(r"\b(contract|commit\w*|tied|minimum|lock\w*|rolling|term\b|long do i)"),
    "notice": re.compile(r"\b(notice|cancel\w*|leave|quit|get out|stop paying)"),
    "freeze": re.compile(r"\b(freez\w*|froz\w*|paus\w*|hold|suspend)"),
    "minimum_age": re.compile(r"\b(age|old)\b"),
}
GUESTS = re.compile(r"\b(guest|bring (a|my)|friend|plus one|visitor)")


def answer(turn: Turn) -> Events:
    """What the gym's terms say of it."""
    text, terms = turn.text.lower(), turn.facts.terms
    asked = [
        name
        for name, pattern in ASKED.items()
        if pattern.search(text) and (name in terms or f"{name}_days" in terms)
    ]
    if not asked and GUESTS.search(text):
        yield from unknown(turn)
        return
    for name in asked or [name for name in ("contract", "notice_days", "joining_fee") if name in terms]:
        yield from say(turn, name)
    if "contract" in asked and "notice_days" in terms and "notice" not in asked:
        yield from say(turn, "notice_days")
    if not terms:
        yield from unknown(turn)


def say(turn: Turn, name: str) -> Events:
    """One term in words."""
    terms, facts = turn.facts.terms, turn.facts
    match name:
        case "joining_fee":
            fee = float(str(terms["joining_fee"]))
            yield (
                Say("utter_terms_joining", {"price": wording.money(facts, fee, turn.language)})
                if fee
                else Say("utter_terms_joining_none")
            )
        case "contract":
            yield Say("utter_terms_contract", {"contract": str(terms["contract"])})
        case "notice" | "notice_days":
            if "notice_days" in terms:
                yield Say("utter_terms_notice", {"days": terms["notice_days"]})
        case "freeze":
            freeze = str(terms["freeze"])
            yield Say("utter_terms_freeze", {"freeze": freeze[:1].lower() + freeze[1:]})
        case "minimum_age":
            yield Say("utter_terms_age", {"age": terms["minimum_age"]})


INTENT = Intent("faq/membership_terms", answer, side=True)
