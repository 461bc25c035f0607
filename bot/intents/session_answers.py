"""What is answered about the session that is being talked about: who gives it, how long it is, what if it is off."""

from __future__ import annotations

from bot import payloads, wording
from bot.events import Events, Say
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import own_bookings, places
from bot.intents.bookings import check_booking
from bot.intents.faq import price
from bot.intents.own_answers import unknown
from bot.turn import Turn
from crm.facts import OfferingFact


def spoken_of(turn: Turn) -> OfferingFact | None:
    """The session that a question is about: the one named, else the one being booked, talked about, or booked."""
    named = turn.entity("service")
    keys = (named.value if named is not None else None, turn.slot("offering"), turn.slot("talk_offering"))
    for key in keys:
        if key and (offering := turn.facts.offering_by_key(str(key))) is not None:
            return offering
    upcoming = own_bookings.upcoming(turn)
    if upcoming:
        return turn.facts.offering_by_id(upcoming[0].offering_id)
    return turn.facts.trial if turn.slot("invited") == "book_trial" else None


def _who_may(turn: Turn) -> list[str]:
    """The trainers who work at one of the times on offer; all of them where there are none."""
    offered = [
        turn.facts.local(starts_at)
        for option in turn.slot("options") or ()
        if (payload := payloads.read(option["id"]))
        and payload.verb == "at"
        and (starts_at := payload.instant(1))
    ]
    there = [
        trainer
        for trainer in turn.facts.trainers
        if any(
            start <= local.time() < end
            for local in offered
            for start, end in trainer.hours.get(local.weekday(), ())
        )
    ]
    return [trainer.first_name for trainer in there or turn.facts.trainers]


def who_gives_it(turn: Turn) -> Events:
    """The trainer of the place on offer or booked, or of the class; of a session that several give, all of them."""
    held, offering = talk.held_booking(turn), spoken_of(turn)
    is_open = held is not None or turn.tracker.flow is not None or turn.slot("talk_offering")
    if not is_open and turn.entity("service") is None and own_bookings.upcoming(turn):
        yield from check_booking(turn)
        return
    trainer = turn.facts.staff_by_id(
        held.trainer_id if held is not None else offering.trainer_id if offering is not None else None
    )
    if trainer is not None and offering is not None:
        specialities = wording.listing(trainer.specialities, turn.language)
        yield Say("utter_given_by", {"trainer": trainer.first_name, "specialities": specialities})
        return
    names = wording.listing(_who_may(turn), turn.language, either=True)
    yield Say("utter_given_by_one_of", {"trainers": names})


def how_long(turn: Turn) -> Events:
    """How many minutes it takes."""
    offering = spoken_of(turn) or turn.facts.trial
    if offering is None:
        yield from unknown(turn)
        return
    if turn.tracker.flow is not None or turn.entity("service") is not None:
        yield Say("utter_takes_minutes", {"minutes": offering.minutes})
        return
    name = wording.capitalised(places.offering_name(turn, offering))
    yield Say("utter_service_takes", {"service": name, "minutes": offering.minutes})


def if_we_cancel(turn: Turn) -> Events:
    """What they hear where the gym calls a session off."""
    yield Say("utter_if_we_cancel")


def plan_named(turn: Turn) -> Events:
    """What the membership that was named takes in, by its own note."""
    for plan in price.named_plans(turn, turn.text.lower()):
        yield price.say_plan(turn, plan)


def recommend(turn: Turn) -> Events:
    """Which membership suits: what each is for, so that they can choose."""
    plans = [plan for plan in turn.facts.plans if plan.kind == "membership" and plan.note]
    if not plans:
        yield from price.answer(turn)
        return
    lines = [
        f"{plan.name} ({wording.money(turn.facts, plan.price, turn.language)}) {plan.note}" for plan in plans
    ]
    yield Say("utter_recommend", {"plans": "; ".join(lines)})


def signed_by_parent(turn: Turn) -> Events:
    """Whether a parent's word changes the minimum age is for the team to say."""
    yield Say("utter_terms_age", {"age": turn.facts.terms["minimum_age"]})
    yield from unknown(turn)
