"""Questions whose answer is one line of the gym's records."""

from __future__ import annotations

import re

from bot import responses, wording
from bot.events import Events, Say, SlotSet
from bot.intents.faq import personal_training
from bot.intents.faq.facilities import best_faq
from bot.intents.own_answers import unknown
from bot.registry import Intent
from bot.turn import Turn

THING = re.compile(
    r"\b(?P<thing>gloves?|hand ?wraps?|wraps|mats?|mouth ?guards?|gum ?shields?|pad ?locks?|belts?|straps?|swim\w*|medical cert\w*|doctor'?s (?:note|letter)|passport|id|proof)\b"
)
"""Asked about by itself."""
SPECIAL = re.compile(r"natal|senior|rehab|injur|disab|pregnan|older|postpartum", re.IGNORECASE)
"""A trainer's field that somebody's age or health calls for."""
GROWN_UP, OLDER_FROM = 18, 60
"""Years: who is grown up does not ask whether that is old enough; who is older is told of a trainer for it."""


def payment_methods(turn: Turn) -> Events:
    """How one can pay."""
    methods = turn.facts.terms.get("payment_methods")
    if isinstance(methods, list) and methods:
        yield Say(
            "utter_payment",
            {
                "methods": wording.listing(
                    [responses.noun(turn.language, str(one)) for one in methods], turn.language, either=True
                )
            },
        )
    else:
        yield from unknown(turn)


def trial_details(turn: Turn) -> Events:
    """What a trial is."""
    answer = best_faq(turn, "faq/trial_details", floor=0)
    trial = turn.facts.trial
    if answer:
        yield Say("utter_faq", {"answer": answer})
    elif trial is not None:
        price = (
            wording.money(turn.facts, trial.price, turn.language)
            if trial.price
            else responses.render(turn.language, "word_free")
        )
        yield Say("utter_trial_details", {"minutes": trial.minutes, "price": price})
    else:
        yield Say("utter_no_trial")


def what_to_bring(turn: Turn) -> Events:
    """Clothes, shoes, towels."""
    answer = best_faq(turn, "faq/what_to_bring", floor=0)
    asked = THING.search(turn.text.lower())
    things = " ".join((answer or "", *turn.facts.facilities)).lower()
    if asked is not None and answer and asked["thing"].rstrip("s") not in things:
        # "Do I need gloves?" is not answered by what to wear.
        if answer not in turn.last_words:
            yield Say("utter_faq", {"answer": answer})
        yield from unknown(turn)
        return
    yield from from_faq(turn, "faq/what_to_bring")


def suitability(turn: Turn) -> Events:
    """Whether the gym is right for them; the minimum age where an age was told."""
    age = turn.entity("age")
    minimum = turn.facts.terms.get("minimum_age")
    if age is not None and isinstance(minimum, int) and isinstance(age.value, int):
        if age.value < minimum:
            turn.answered.append("too_young")
            yield Say("utter_minimum_age", {"age": minimum})
            return
        if age.value < GROWN_UP and not turn.entity("experience") and not turn.entity("health"):
            # Who names the age of somebody so young asks whether that is old enough.
            yield Say("utter_old_enough", {"age": minimum})
            return
    named = turn.entity("service")
    offering = turn.facts.offering_by_key(str(named.value)) if named is not None else None
    if offering is not None and offering.is_class and turn.tracker.flow is None:
        # Who asks whether a class is right for them and then for a time means that class.
        yield SlotSet("talk_offering", offering.key)
    yield from from_faq(turn, "faq/suitability")
    yield from _who_suits(turn)
    if "health" in (turn.slot("told") or ()):
        yield Say("utter_health_kept")


def _who_suits(turn: Turn) -> Events:
    """The trainers whose field is what they told of: then "book me with her" has a meaning too."""
    text = turn.text.lower()
    age = turn.entity("age")
    if age is not None and isinstance(age.value, int) and age.value >= OLDER_FROM:
        text += " older person"
    found = [
        (one, topic) for one in turn.facts.trainers if (topic := personal_training.speciality_in(one, text))
    ]
    fitting = [(one, topic) for one, topic in found if SPECIAL.search(topic)]
    for topic in dict.fromkeys(topic for _, topic in fitting):
        names = wording.listing([one.first_name for one, its in fitting if its == topic], turn.language)
        yield Say("utter_trainers_for", {"topic": responses.noun(turn.language, topic), "trainers": names})
    if len({one.key for one, _ in fitting}) == 1:
        yield SlotSet("talk_trainer", fitting[0][0].key)


def from_faq(turn: Turn, topic: str) -> Events:
    """The gym's own words on the topic."""
    answer = best_faq(turn, topic, floor=0)
    if answer:
        yield Say("utter_faq", {"answer": answer})
    else:
        yield from unknown(turn)


INTENT = (
    Intent("faq/payment_methods", payment_methods, side=True),
    Intent("faq/trial_details", trial_details, side=True),
    Intent("faq/what_to_bring", what_to_bring, side=True),
    Intent("faq/suitability", suitability, side=True),
)
