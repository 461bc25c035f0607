"""What is answered to narrow questions (`bot.intents.topics` tells which message asks which)."""

from __future__ import annotations

import re

from bot import responses, wording
from bot.events import Events, HandedOff, Say, SlotSet
from bot.flows.prospects import book_place, own_bookings, places, trainer_wish
from bot.flows.prospects import booking_talk as talk
from bot.intents import people
from bot.intents.bookings import check_booking
from bot.intents.faq import (
    discounts,
    facilities,
    membership_terms,
    opening_hours,
    personal_training,
    price,
)
from bot.intents.faq.simple import trial_details
from bot.intents.own_answers import unknown
from bot.turn import Turn
from crm import contacts

CHILDCARE = re.compile(r"child|creche|crèche|kids|babysit")
OF_MEMBERSHIP = re.compile(r"\bcancel\w*\b.{0,12}\b(any ?time|whenever|when i (want|like))\b", re.IGNORECASE)
OF_A_CHILD = re.compile(
    r"\b(my|our|for (a|the)|his|her) (\w+ )?(sons?|daughters?|kids?|child(ren)?|boys?|girls?|lad|young(est|est one| fella| lad| one)|eldest|niece|nephew|brother|sister|grand\w+|\d+[ -]?(year|yr|yo)\w*)\b|\b(he|she)('?s| is) (only )?\d+\b",
    re.IGNORECASE,
)
WOMEN = re.compile(r"\b(wom[ea]n|lad(y|ies)|female|girls?)('?s)?[ -](only|hours?|section|area|class(es)?|time)|\bonly (for )?(women|ladies|females|girls)|\bmixed\b.*\b(gym|wom[ea]n|ladies)\b|\b(is it|it's|its) mixed\b")  # fmt: skip


def is_trial_free(turn: Turn) -> bool:
    """Whether a first visit costs nothing."""
    return turn.facts.trial is not None and not turn.facts.trial.price


def cancelling(turn: Turn) -> Events:
    """What if I can't make it: how to move or cancel, and from when it counts as late."""
    if OF_MEMBERSHIP.search(turn.text) and not own_bookings.upcoming(turn) and turn.tracker.flow is None:
        # "Can I cancel any time?", said by somebody without a booking, is about being tied in.
        for term in ("contract", "notice_days"):
            if term in turn.facts.terms:
                yield from membership_terms.say(turn, term)
        return
    hours = int(turn.facts.rules.late_cancel_for.total_seconds() // 3600)
    upcoming = own_bookings.upcoming(turn)
    buttons = talk.booked_buttons(turn, upcoming[0]) if upcoming and turn.tracker.flow is None else ()
    yield Say("utter_cancelling", {"hours": hours}, buttons)


def children(turn: Turn) -> Events:
    """Along while their parents train, or to train themselves."""
    text = turn.text.lower()
    things = (*turn.facts.facilities, *turn.facts.not_available)
    if sum(facilities.is_named(thing, text) for thing in things) > 1:
        yield from facilities.answer(turn)  # one of several things that were asked for
        return
    childcare = next((thing for thing in turn.facts.facilities if CHILDCARE.search(thing.lower())), None)
    lack = next((thing for thing in turn.facts.not_available if CHILDCARE.search(thing.lower())), None)
    minimum = turn.facts.terms.get("minimum_age")
    if childcare is not None:
        yield Say("utter_facilities_yes", {"things": childcare})
    elif lack is not None:
        yield Say("utter_facilities_no", {"things": lack})
    if isinstance(minimum, int):
        yield Say("utter_terms_age", {"age": minimum})
    elif childcare is None and lack is None:
        yield from unknown(turn)


def too_young(turn: Turn) -> Say:
    """Below the minimum age: to a parent it is said without being sent to their parents."""
    key = "utter_minimum_age_child" if OF_A_CHILD.search(turn.text) else "utter_minimum_age"
    return Say(key, {"age": turn.facts.terms["minimum_age"]})


def minimum_age(turn: Turn) -> Events:
    """How old one has to be."""
    minimum = turn.facts.terms.get("minimum_age")
    if isinstance(minimum, int):
        yield Say("utter_terms_age", {"age": minimum})
    else:
        yield from unknown(turn)


def women_only(turn: Turn) -> Events:
    """Hours or rooms for women: what the gym's own answers say of it, else a person knows."""
    own = next((faq.answer for faq in turn.facts.faqs if WOMEN.search(faq.question.lower())), None)
    if own is not None:
        yield Say("utter_faq", {"answer": own})
    else:
        yield from unknown(turn)


def bring_friend(turn: Turn) -> Events:
    """Somebody along."""
    free = responses.render(turn.language, "utter_free_too") if is_trial_free(turn) else ""
    yield Say("utter_bring_friend", {"free": free})


def cheapest(turn: Turn) -> Events:
    """The least that it costs a month, and for a single visit."""
    monthly = [plan for plan in turn.facts.plans if plan.kind == "membership" and plan.per == "month"]
    if not monthly:
        yield from price.answer(turn)
        return
    plan = min(monthly, key=lambda one: one.price)
    note = f": {plan.note}" if plan.note else ""
    money = wording.money(turn.facts, plan.price, turn.language)
    visit = next((one for one in turn.facts.plans if one.per == "visit"), None)
    single = ""
    if visit is not None:
        visit_price = wording.money(turn.facts, visit.price, turn.language)
        single = responses.render(turn.language, "utter_cheapest_visit", price=visit_price)
    yield Say("utter_cheapest", {"plan": plan.name, "price": money, "note": note, "visit": single})


def bargaining(turn: Turn) -> Events:
    """Prices are not ours to change: a person is asked."""
    yield HandedOff("special_price")
    yield Say("utter_special_price", people.when(turn))


def in_bulk(turn: Turn) -> Events:
    """Several sessions bought at once."""
    for plan in (plan for plan in turn.facts.plans if plan.kind == "package"):
        yield price.say_plan(turn, plan)


def paying_ahead(turn: Turn) -> Events:
    """Nothing is paid for a free trial."""
    yield Say("utter_trial_no_payment")


def how_to_reach(turn: Turn) -> Events:
    """The gym's own phone and address for mail."""
    gym = turn.facts.gym
    ways = [way for way in (gym.phone, gym.email) if way]
    if ways:
        yield Say("utter_contact", {"ways": wording.listing(ways, turn.language, either=True)})
    else:
        yield from people.request_human(turn)


def member_trouble(turn: Turn) -> Events:
    """A member's matter is no reason to sell a trial."""
    yield HandedOff("member")
    yield Say("utter_handoff", people.when(turn))


def short_notice(turn: Turn) -> Events:
    """ "Can I come in an hour?", said by somebody new, asks for a place and not for the hours."""
    if own_bookings.upcoming(turn):
        yield from book_place.begin_session(turn)
    else:
        yield from book_place.begin_trial(turn)


def trial(turn: Turn) -> Events:
    """A look round is part of the trial."""
    yield from trial_details(turn)


def trial_is_free(turn: Turn) -> Events:
    """Yes, free; said short, since what a trial is has been said."""
    yield Say("utter_trial_free")


def not_in_the_records(turn: Turn) -> Events:
    """A gym's business of which the records tell nothing: a person is asked."""
    yield from unknown(turn)


def stared_at(turn: Turn) -> Events:
    """Afraid of what others think: kindly, and no facts made up."""
    yield Say("utter_at_ease")
    if "health" in (turn.slot("told") or ()):
        yield Say("utter_noted_health")


def greet_by_name(turn: Turn) -> Events:
    """What the gym knows them as."""
    name = contacts.first_name(turn.contact)
    yield Say("utter_your_name", {"name": name}) if name else Say("utter_no_name")


def single_visit(turn: Turn) -> Events:
    """What one visit costs."""
    visits = [plan for plan in turn.facts.plans if plan.per == "visit"]
    for plan in visits:
        yield price.say_plan(turn, plan)
    if not visits:
        yield from price.answer(turn)


def classes_included(turn: Turn) -> Events:
    """Whether classes are part of a membership."""
    yield from price.say_classes(turn)


def trainer_days(turn: Turn) -> Events:
    """When the trainer who was named, or talked about just now, is in."""
    yield from personal_training.answer(turn)


def how_big(turn: Turn) -> Events:
    """How many people a class takes."""
    keys = {str(one.value) for one in turn.parse.all("service")} | {turn.slot("talk_offering")}
    asked = [one for one in turn.facts.classes if one.key in keys] or list(turn.facts.classes)
    lines = [
        responses.render(turn.language, "utter_class_size_line", name=one.name, capacity=one.capacity)
        for one in asked
    ]
    yield Say("utter_class_size", {"sizes": wording.listing(lines, turn.language)})


def still_waiting(turn: Turn) -> Events:
    """They ask after what was passed on to the team."""
    yield from people.waits(turn)


def member(turn: Turn) -> Events:
    """A member is asked what they need, and not invited to a trial."""
    yield SlotSet("invited_once", True)
    yield Say("utter_what_for", asks=True)


def when_is_it(turn: Turn) -> Events:
    """The time of what they have booked."""
    yield from check_booking(turn)


def commitment(turn: Turn) -> Events:
    """How long one is tied in."""
    yield from membership_terms.answer(turn)


def discounts_for(turn: Turn) -> Events:
    """A rate for students, companies and the like."""
    yield from discounts.answer(turn)


def choose_trainer(turn: Turn) -> Events:
    """Records tell no more of trainers than their names and what they are good at: the person chooses."""
    if turn.tracker.flow is None:
        yield trainer_wish.all_trainers(turn)
        return
    names = [one.first_name for one in turn.facts.trainers]
    yield Say("utter_trainer_choice", {"trainers": wording.listing(names, turn.language, either=True)})


def hours(turn: Turn) -> Events:
    """How late, how early."""
    yield from opening_hours.answer(turn)


def calendar(turn: Turn) -> Events:
    """The link that puts what they have booked into their own calendar."""
    upcoming = own_bookings.upcoming(turn)
    about = own_bookings.last_talked_about(turn)
    booking = next((row for row in upcoming if row.id == about), upcoming[0] if upcoming else None)
    if booking is None:
        yield Say("utter_no_booking")
        return
    yield Say("utter_faq", {"answer": places.add_to_calendar(turn, booking)})


def who_sees(turn: Turn) -> Events:
    """Health is for the trainer, the rest for the team."""
    yield Say("utter_who_sees")


def thing(turn: Turn) -> Events:
    """A thing that the gym has or has not."""
    yield from facilities.answer(turn)


def price_of_named(turn: Turn) -> Events:
    """The price of the session that was named."""
    yield from price.answer(turn)
