"""What anybody at the desk would answer: who we are, a wrong number, how one may pay, a pass that there is not."""

from __future__ import annotations

import re

from bot.events import Events, Say, SlotSet
from bot.intents import topic_answers
from bot.intents.faq import location, opening_hours, personal_training, price, simple
from bot.intents.own_answers import unknown
from bot.turn import Turn

THIS_IS = re.compile(
    r"\b(?:is (?:this|that)|have i reached|did i reach|(?<!who )am i (?:through to|(?:talking|speaking|texting|writing) (?:to|with)))\b (?:the |a |an |not )*(?P<what>[^?.!,]+)"
)
MACHINE = re.compile(
    r"\b(person|human|bot|robot|ai|a\.i\.?|chat ?gpt|automat\w+|machine|computer|somebody|someone|staff|real|owner|manager|reception)\b"
)
DOUBT = re.compile(
    r"\b(scam|spam|legit|fake|fraud|joke|wind.?up|for real|genuine|phishing|real (gym|place|business))\b"
)
TRANSPORT = re.compile(
    r"\b(bus(es)?|luas|dart|tram|tube|metro|underground|subway|rail|train (station|stop|line)s?|(by|the|a|what|which|nearest|closest) trains?)\b(?! pass)"
)


def who_we_are(turn: Turn) -> Events:
    """Who they have reached, and where; what they took us for is not here."""
    gym = turn.facts.gym
    where = gym.address or gym.name
    taken_for = THIS_IS.search(_plain(turn))
    what = taken_for["what"].strip() if taken_for is not None else ""
    is_us = not what or "gym" in what or any(word in gym.name.lower().split() for word in what.split())
    if what and not is_us and not DOUBT.search(what):
        yield SlotSet("invited_once", True)
        yield Say("utter_wrong_place", {"gym": gym.name, "address": where})
        return
    if turn.slot("introduced"):
        yield Say("utter_this_is", {"gym": gym.name})
    if gym.phone:
        yield Say("utter_reach_us", {"address": where, "phone": gym.phone})
    else:
        yield Say("utter_location", {"address": where, "directions": gym.directions or ""})


def takes_us_for_another(turn: Turn) -> bool:
    """Whether they ask who this is, and not whether it is a machine."""
    found = THIS_IS.search(_plain(turn))
    return found is None or not MACHINE.search(found["what"]) or bool(DOUBT.search(found["what"]))


def wrong_number(turn: Turn) -> Events:
    """Nothing to sell to somebody who did not mean us."""
    yield SlotSet("invited_once", True)
    yield SlotSet("invited", None)
    yield Say("utter_wrong_number")


def payment(turn: Turn) -> Events:
    """How one can pay, asked beside something else."""
    yield from simple.payment_methods(turn)


def no_such_pass(turn: Turn) -> Events:
    """A pass for a week or a visitor: only what is in the table, so that they can choose."""
    if any(plan.per == "week" for plan in turn.facts.plans):
        yield from price.answer(turn)
        return
    yield Say("utter_no_such_pass")
    visits = [plan for plan in turn.facts.plans if plan.per == "visit"]
    for plan in visits:
        yield price.say_plan(turn, plan)
    if not visits:
        yield from topic_answers.cheapest(turn)


def getting_here(turn: Turn) -> Events:
    """By bus or train: the directions where they speak of it, else the address, and the team is asked."""
    found = TRANSPORT.search(_plain(turn))
    directions = (turn.facts.gym.directions or "").lower()
    if found is not None and found[0].split()[-1] in directions:
        yield from location.answer(turn)
        return
    if turn.facts.gym.address and not _was_said(turn, turn.facts.gym.address):
        yield from location.answer(turn)
    yield from unknown(turn)


def price_beside(turn: Turn) -> Events:
    """What it costs, asked at the end of a longer story."""
    yield from price.answer(turn)


def hours_beside(turn: Turn) -> Events:
    """When the gym is open, asked beside something else."""
    yield from opening_hours.answer(turn)


def who_knows(turn: Turn) -> Events:
    """The trainer for somebody's trouble, where one looks after it; else all of them."""
    yield from personal_training.answer(turn)


def plan_in_short(turn: Turn) -> Events:
    """A membership that was named and no more."""
    for plan in price.named_plans(turn, turn.text.lower()):
        yield price.say_plan(turn, plan)


def _was_said(turn: Turn, words: str) -> bool:
    return words in str((turn.slot("last_said") or {}).get("text", ""))


def _plain(turn: Turn) -> str:
    return " ".join(turn.text.lower().replace("’", "'").split())
