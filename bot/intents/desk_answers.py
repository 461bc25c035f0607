"""What anybody at the desk would answer: who we are, a wrong number, how one may pay, a pass that there is not."""

from __future__ import annotations

import re

from bot import nlu, own_questions, responses, wording
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import booking_talk
from bot.intents import people, small_talk, topic_answers
from bot.intents.faq import (
    discounts,
    facilities,
    location,
    membership_terms,
    personal_training,
    price,
)
from bot.intents.own_answers import unknown
from bot.turn import Turn
from crm.facts import StaffFact

THIS_IS = re.compile(
    r"\b(?:is (?:this|that)|have i reached|did i reach|(?<!who )am i (?:through to|(?:talking|speaking|texting|writing) (?:to|with)))\b (?:the |a |an |not )*(?P<what>[^?.!,]+)"
)
BUYS = re.compile(
    r"\b(price|cost|pay|buy|deal|rate|package|pack|bundle|block|get|want|take|after|looking for|interested)\b|[€£$]"
)
WAY = re.compile(
    r"\b(which|what|nearest|closest|near|close to|far|any|is there|get (there|here|to|in)|getting (there|here|to|in)|come by|go(es)? (near|to|by|past)|stops?|from|by)\b"
)
ABOARD = re.compile(
    r"\b(on|off|missed|in|waiting for) (the|a|my) (bus|luas|dart|tram|tube|train)\b|\btrain (leaves|travels)\b"
)
MACHINE = re.compile(
    r"\b(person|human|bots?|robots?|ai|a\.i\.?|chat ?gpt|automat\w+|machines?|computers?|somebody|someone|staff|real|owner|manager|reception)\b"
)
WAITED = re.compile(r"\b(waiting|no(body| one))\b", re.IGNORECASE)
ABOUT = re.compile(
    r"(number|chat|line|account|page|still|on|going|open|ok|okay|working|where|how|what|possible|allowed|included|enough|too|something|all)\b"
)
"""Begins a question about the thing itself."""
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
    taken_for = THIS_IS.search(turn.plain)
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
    found = THIS_IS.search(turn.plain)
    if found is not None and (ABOUT.match(found["what"]) or turn.entity("trainer") is not None):
        return False
    if turn.wants("bot_challenge") and MACHINE.search(turn.plain) and not DOUBT.search(turn.plain):
        return False
    return found is None or not MACHINE.search(found["what"]) or bool(DOUBT.search(found["what"]))


def wrong_number(turn: Turn) -> Events:
    """Nothing to sell to somebody who did not mean us."""
    yield SlotSet("invited_once", True)
    yield SlotSet("invited", None)
    yield Say("utter_wrong_number")


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
    found = TRANSPORT.search(turn.plain)
    directions = (turn.facts.gym.directions or "").lower()
    if found is not None and found[0].split()[-1] in directions:
        yield from location.answer(turn)
        return
    if turn.facts.gym.address and not _was_said(turn, turn.facts.gym.address):
        yield from location.answer(turn)
    yield from unknown(turn)


def asks_the_way(turn: Turn) -> bool:
    """Whether a bus or train is to bring them here; one that they sit in, or that a sum is about, is not."""
    text = turn.plain
    if turn.wants("running_late", "cancel_booking"):
        return False
    return turn.wants("faq/location") or (WAY.search(text) is not None and not ABOARD.search(text))


def asks_for_many(turn: Turn) -> bool:
    """Whether so many sessions are to be bought; "got all three sessions in" tells of some that were trained."""
    sold = any(plan.kind == "package" for plan in turn.facts.plans)
    is_asked = own_questions.is_question(turn.text) or BUYS.search(turn.plain) is not None
    return sold and turn.times.expected is None and is_asked and not turn.wants("check_in", "log_workout")


def kept_waiting(turn: Turn) -> Events:
    """Who calls into the dark is answered; who was kept waiting gets a person and a word of regret."""
    if WAITED.search(turn.text):
        yield from people.complaint(turn)
    else:
        yield from small_talk.greet(turn)


def book_ahead(turn: Turn) -> Events:
    """Whether one has to book: a place is kept for who does."""
    yield SlotSet("invited", "book_trial")
    yield SlotSet("invited_once", True)
    yield Say("utter_book_ahead", asks=True)


def by_the_month(turn: Turn) -> Events:
    """Whether it is paid month by month: what the terms say, with the prices where they were not said."""
    if not any(_was_said(turn, plan.name) for plan in turn.facts.plans):
        yield from price.answer(turn)
    yield from membership_terms.say(turn, "contract")


def price_for_group(turn: Turn) -> Events:
    """The prices, and whether there is something off for who was named."""
    yield Say("utter_price_memberships", {"plans": price.memberships(turn)})
    if turn.facts.discounts:
        yield from discounts.for_group(turn)


def trainer_meant(turn: Turn) -> StaffFact | None:
    """The trainer who was named, or talked of as "she" or "he", or whose place is kept for them."""
    named = turn.entity("trainer")
    if named is not None:
        return turn.facts.staff_by_key(str(named.value))
    if not personal_training.SHE_OR_HE.search(turn.text):
        return None
    if turn.slot("talk_trainer"):
        return turn.facts.staff_by_key(str(turn.slot("talk_trainer")))
    held = booking_talk.held_booking(turn)
    return turn.facts.staff_by_id(held.trainer_id) if held is not None else None


def about_trainer(turn: Turn) -> Events:
    """What somebody is like: what they look after, and when they are in; the rest is for the person to find out."""
    person = trainer_meant(turn)
    if person is not None:
        yield personal_training.say_trainer(turn, person)


def access(turn: Turn) -> Events:
    """Whether somebody can get in and around: no record tells, and it matters too much to guess."""
    if "health" in (turn.slot("told") or ()):
        yield Say("utter_noted_health")
    yield from unknown(turn)


def talks_of_plans(turn: Turn) -> bool:
    """Whether our last words named several memberships."""
    return sum(_was_said(turn, plan.name) for plan in turn.facts.plans) > 1


def classes_for_all(turn: Turn) -> Events:
    """Whether one has to be a member for a class."""
    visit = next((plan for plan in turn.facts.plans if plan.per == "visit"), None)
    if visit is None or turn.facts.rules.classes_open_to != "everyone":
        yield from price.say_classes(turn)
        return
    yield Say("utter_classes_open", {"price": wording.money(turn.facts, visit.price, turn.language)})


def parking_beside(turn: Turn) -> Events:
    """Where to park, asked in a list of things."""
    yield Say("utter_parking", {"parking": turn.facts.gym.parking})


def if_late(turn: Turn) -> Events:
    """What to do when running late."""
    yield Say("utter_if_late")


def talks_of_discounts(turn: Turn) -> bool:
    """Whether our last words were about reductions, and the message names nothing of the gym's own."""
    none = responses.render(turn.language, "utter_discount_not_that")
    lines = [discounts.line(turn, one) for one in turn.facts.discounts]
    said = any(_was_said(turn, words) for words in (none, *lines))
    text = turn.text.lower()
    things = (*turn.facts.facilities, *turn.facts.not_available)
    is_ours = any(facilities.is_named(thing, text) for thing in things) or any(
        pattern.search(text) for pattern, _ in nlu.PLAIN_WORDS
    )
    return said and not is_ours and turn.entity("service") is None and turn.times.expected is None


def talks_of_trainers(turn: Turn) -> bool:
    """Whether our last words named several trainers."""
    return sum(_was_said(turn, one.first_name) for one in turn.facts.trainers) > 1


def somebody_elses_booking(turn: Turn) -> Events:
    """What others have booked is theirs to ask."""
    yield SlotSet("invited_once", True)
    yield Say("utter_only_own_bookings")


def no_pressure(turn: Turn) -> Events:
    """Whether they will be pressed to join: not from here."""
    yield Say("utter_no_pressure")


def plan_in_short(turn: Turn) -> Events:
    """A membership that was named and no more."""
    for plan in price.named_plans(turn, turn.text.lower()):
        yield price.say_plan(turn, plan)


def _was_said(turn: Turn, words: str) -> bool:
    return words in turn.last_words
