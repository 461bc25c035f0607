"""What it costs: the plan, session or class that was named, else the memberships."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from bot import responses, wording
from bot.events import Events, Say, SlotSet
from bot.registry import Intent
from bot.turn import Turn
from crm.facts import OfferingFact, PlanFact

PLAN_WORDS = {
    "day": (
        "day pass",
        "daily",
        "drop in",
        "drop-in",
        "single visit",
        "pay as you go",
        "payg",
        "one day",
        "per visit",
    )
}
THAT = re.compile(r"\b(is|are|for|does|do) (that|those|they|them)\b")
"""Asks for the price of what was just talked about."""
ASKS_FOR = re.compile(
    r"\b(do|dae|d'?ye|d'?you|does|have|offer|run|give|provide|get)\b.{0,24}\b(pt|personal train\w*|online coach\w*|one.to.one)\b"
)
NAME_MATCH = 88


def answer(turn: Turn) -> Events:
    """Prices of what was named; memberships in one line where nothing was."""
    text, start, end = asked_in(turn)
    plans = named_plans(turn, text)
    if not plans and ASKS_FOR.search(turn.text.lower()) and not turn.wants("book_session", "book_trial"):
        # "Do you do PT, and how much?": the price is that of what was asked for.
        text, start, end = turn.text.lower(), 0, len(turn.text)
    if "personal_prices" in turn.answered and not plans:
        return
    offerings = [
        offering
        for offering in turn.facts.offerings
        if any(
            entity.value == offering.key and start <= entity.start < end
            for entity in turn.parse.all("service")
        )
    ]
    if re.search(r"\b(personal train|pt\b|one.to.one|1.?[:-]?.?1|trainer)", text):
        offerings += [o for o in turn.facts.offerings if o.kind == "personal" and o not in offerings]
    if re.search(r"\bonline\b", text):
        offerings += [o for o in turn.facts.offerings if o.kind == "online" and o not in offerings]
    talked_of = turn.facts.offering_by_key(str(turn.slot("talk_service") or ""))
    if not plans and not offerings and talked_of is not None and THAT.search(text):
        offerings = [one for one in turn.facts.offerings if one.kind == talked_of.kind]
    said = False
    for plan in plans:
        yield say_plan(turn, plan)
        said = True
    if (
        len({offering.kind for offering in offerings}) == 1
        and turn.tracker.flow is None
        and not offerings[0].is_class
    ):
        yield SlotSet("talk_offering", offerings[0].key)
        trainer = turn.entity("trainer")
        if trainer is not None:
            yield SlotSet("talk_trainer", str(trainer.value))
    services = [offering for offering in offerings if not offering.is_class and offering.kind != "trial"]
    for offering in services:
        yield say_service(turn, offering)
        said = True
    if services and any(offering.kind == "personal" for offering in services):
        for package in (plan for plan in turn.facts.plans if plan.kind == "package" and plan not in plans):
            yield say_plan(turn, package)
    asks_classes = any(offering.is_class for offering in offerings) or re.search(r"\bclass(es)?\b", text)
    if asks_classes and not plans:
        said = True
        yield from say_classes(turn)
    if any(offering.kind == "trial" for offering in offerings) and not said:
        yield Say("utter_price_trial")
        said = True
    if not said and not turn.wants("join_gym"):  # who wants to join is told with the way to do it
        yield Say("utter_price_memberships", {"plans": memberships(turn)})


def asked_in(turn: Turn) -> tuple[str, int, int]:
    """The part of the message that asks for a price, and where it stands: what else is named is not what it costs."""
    whole = turn.text.lower()
    for clause, intent in turn.parse.clauses:
        start = whole.find(clause.lower())
        if (
            intent.name == "faq/price"
            and start >= 0
            and re.search(r"\b(how much|price|cost|pay|charge|fee)", clause.lower())
        ):
            return clause.lower(), start, start + len(clause)
    return whole, 0, len(whole)


def named_plans(turn: Turn, text: str) -> list[PlanFact]:
    """The memberships and packages whose name (or a usual word for it) is in the text, typos forgiven."""
    found, text = [], text.replace("-", " ")
    for plan in turn.facts.plans:
        words = (plan.name.lower().replace("-", " "), plan.key.lower(), *PLAN_WORDS.get(plan.key, ()))
        if any(_is_in(word.replace("-", " "), text) for word in words if len(word) > 3):
            found.append(plan)
    return found


def _is_in(word: str, text: str) -> bool:
    # A text shorter than the word would be looked for in the word: "10" is no "pt10".
    score = fuzz.partial_ratio if len(text) >= len(word) else fuzz.ratio
    return score(word, text) >= NAME_MATCH


def say_plan(turn: Turn, plan: PlanFact) -> Say:
    """One plan's price."""
    facts, language = turn.facts, turn.language
    price = wording.money(facts, plan.price, language)
    if plan.kind == "package" and plan.sessions:
        valid = (
            responses.render(language, "utter_valid_days", days=plan.valid_days) if plan.valid_days else ""
        )
        each = wording.money(facts, plan.price / plan.sessions, language)
        return Say(
            "utter_price_package", {"package": plan.name, "price": price, "each": each, "valid": valid}
        )
    note = f": {plan.note}" if plan.note else ""
    return Say("utter_price_plan", {"plan": plan.name, "price": price, "per": per(turn, plan), "note": note})


def per(turn: Turn, plan: PlanFact) -> str:
    """ " a month"."""
    return responses.render(turn.language, f"utter_per_{plan.per}") if plan.per else ""


def say_service(turn: Turn, offering: OfferingFact) -> Say:
    """One session's price."""
    price = (
        wording.money(turn.facts, offering.price, turn.language)
        if offering.price
        else responses.render(turn.language, "word_free")
    )
    name = wording.capitalised(responses.noun(turn.language, offering.name.rstrip("'0123456789 ")))
    return Say("utter_price_service", {"service": name, "minutes": offering.minutes, "price": price})


def say_classes(turn: Turn) -> Events:
    """How classes are paid for, as far as the plans' notes tell."""
    facts = turn.facts
    including = [
        plan
        for plan in facts.plans
        if plan.kind == "membership" and plan.note and "class" in plan.note.lower()
    ]
    visit = next((plan for plan in facts.plans if plan.per == "visit"), None)
    names = wording.listing(
        [
            f"{plan.name} ({wording.money(facts, plan.price, turn.language)}{per(turn, plan)})"
            for plan in including
        ],
        turn.language,
    )
    if including and visit is not None:
        yield Say(
            "utter_price_classes", {"plans": names, "price": wording.money(facts, visit.price, turn.language)}
        )
    elif including:
        yield Say("utter_price_classes_in", {"plans": names})
    else:
        yield Say("utter_price_memberships", {"plans": memberships(turn)})


def memberships(turn: Turn, only: Sequence[PlanFact] = ()) -> str:
    """All memberships in one line, or only some."""
    facts, language = turn.facts, turn.language
    return ", ".join(
        f"{plan.name} {wording.money(facts, plan.price, language)}{per(turn, plan)}"
        for plan in facts.plans
        if plan.kind == "membership" and (not only or plan in only)
    )


INTENT = Intent("faq/price", answer, side=True)
