"""Who answers: a tapped button, an undo, the open flow, an intent, or the two doors for what was not understood."""

from __future__ import annotations

import re
from dataclasses import replace

from bot import circles, languages, misses, nlu, taps
from bot.events import Events, HandedOff, Say, SlotSet
from bot.flows.prospects import (
    bare_hours,
    choices,
    either_or,
    guests,
    lengths,
    nearby,
    own_bookings,
    parking,
    trainer_wish,
    undo,
)
from bot.intents import beside, consent, own_answers, small_talk, topic_answers, topics
from bot.intents.topic import Topic
from bot.registry import flows, intents
from bot.turn import Turn
from nlu_models.parse import OUT_OF_SCOPE, Intent

EMERGENCY = re.compile(
    r"\b(chest pain|can'?t breathe|cannot breathe|collapsed|unconscious|heart attack|ambulance|overdose|suicid\w*|"
    r"kill myself|passed out|not breathing|severe bleeding|bleeding badly)\b",
    re.IGNORECASE,
)
EMERGENCY_NUMBERS = {"US": "911", "CA": "911", "GB": "999", "AU": "000", "NZ": "111", "IN": "112"}
FIRST = ("opt_out", "opt_in", "request_human")
"""Done at once, whatever else is open."""
LEAVES = frozenset({
    "complaint", "billing_issue", "privacy_request", "report_injury", "job_inquiry", "freeze_membership",
    "cancel_membership", "running_late", "check_booking", "join_gym",
})  # fmt: skip
"""Wants that step out of an open flow for the moment."""
RETURNS = frozenset({"check_booking", "running_late", "job_inquiry", "join_gym"})
"""Those after which the open question is asked again."""
OWN = frozenset({
    "affirm", "deny", "inform", "correct", "ask_availability", "book_trial", "book_session", "greet", "thank",
    "reschedule_booking", "go_back",
})  # fmt: skip
"""Wants that an open booking talk takes as its own, unless they speak of something else."""
OPEN = re.compile(r"\b(how (late|early)|open\w*|clos\w+|shut\w*|hours|till|until|times)\b", re.IGNORECASE)
LIKES = re.compile(
    r"\b(sounds?|looks?|would be|'d be|seems?)\b.{0,12}\b(fun|good|great|class|deadly|lovely|nice|cool|better|perfect|interesting)\b|\b(fancy|love|into)\b",
    re.IGNORECASE,
)
"""Takes a liking to what is named."""
EMPTY = frozenset({"greet", "thank", "goodbye", "chitchat", "help"})
"""Wants that go without an answer beside another want."""
MEMBERSHIP = re.compile(r"\b(member\w*|contract|subscription|sub|direct debit|account|plan)\b", re.IGNORECASE)


def route(turn: Turn) -> Events:
    """Everything that is to be said and done in answer to this turn."""
    says: list[Say] = []
    for event in _route(turn):
        if isinstance(event, Say):
            says.append(event)
        else:
            yield event
    if circles.goes_on(turn, says):
        yield from misses.give_up(turn)
        return
    yield SlotSet("asked_before", circles.asked(turn, says))
    yield from says


def _route(turn: Turn) -> Events:
    led, asked = turn.tracker.flow, turn.asked
    yield from decide(turn)
    waits = turn.conversation.status == "pending"
    if led is not None and turn.tracker.flow is None and not turn.asked and not waits:
        yield from parking.offer_to_resume(turn)
    if turn.conversation.status == "pending" and turn.slot("invited"):
        # Who waits for a person is not sold anything by a "yes" meanwhile.
        yield SlotSet("invited", None)
    if asked == turn.asked == "goal" and not _only_asks(turn):
        # Asked by the way, after the booking: who speaks of something else is not asked for it any more.
        yield SlotSet("requested_slot", None)


def _only_asks(turn: Turn) -> bool:
    return all(intents()[intent.name].side for intent in turn.parse.intents)


def decide(turn: Turn) -> Events:
    """Find who answers, and let them."""
    if turn.slot("doors"):
        meant = either_or.meant(turn)
        yield from either_or.close(turn)
        if meant is not None:
            turn.parse, turn.tapped = meant, None
            yield SlotSet("misses", None)
        elif turn.tapped is None and is_unclear(turn):
            yield from misses.missed(turn)
            return
    if turn.tapped is not None:
        events = taps.handle(turn)
        if events is not None:
            yield from events
            return
    if EMERGENCY.search(turn.text):
        number = EMERGENCY_NUMBERS.get(turn.facts.gym.phone_region, "112")
        yield HandedOff("emergency")
        yield Say("utter_emergency", {"number": number})
        return
    if turn.wants("cancel_membership") and not MEMBERSHIP.search(turn.text) and own_bookings.upcoming(turn):
        # "Cancel hiit" from somebody who is booked into it is about that place.
        yield from (
            in_flow(turn)
            if turn.tracker.flow == "cancel_booking"
            else intents()["cancel_booking"].handle(turn)
        )
        return
    decided = consent.decided(turn)
    if decided is not None:
        yield from decided
        return
    is_all = yield from beside.hear(turn)
    if is_all:
        yield SlotSet("misses", None)
        yield from flows()[turn.tracker.flow].ask_again(turn) if turn.tracker.flow else after(turn, [])
        return
    is_first = turn.wants(*FIRST)  # else the topics are looked for once, by who answers
    answered = {name for topic in topics.named(turn) for name in topic.covers} if is_first else set()
    for name in FIRST:
        if turn.wants(name) and name not in answered:
            rest = consent.beside(turn) if name in ("opt_out", "opt_in") else None
            yield from intents()[name].handle(turn)
            if rest is None:
                if name == "opt_out" and turn.tracker.flow and turn.asked not in (None, "stop_messages"):
                    yield from flows()[turn.tracker.flow].ask_again(turn)
                return
            turn.parse = rest
    if turn.heard is not None and not languages.is_spoken(turn.heard):
        yield from small_talk.unspoken(turn, turn.heard)
        return
    if too_young(turn):
        if turn.tracker.flow is not None:
            yield from parking.park(turn)
            yield SlotSet("parked", None)
        yield SlotSet("invited_once", True)
        yield topic_answers.too_young(turn)
        return
    if undo.is_asked(turn):
        yield from undo.undo(turn)
        return
    if parking.is_wanted_after_all(turn):
        yield from parking.take_up(turn)
    elif turn.tracker.flow is not None:
        yield from in_flow(turn)
    else:
        yield from free(turn)


def is_unclear(turn: Turn) -> bool:
    """Whether the message, heard after a question which of two is meant, tells it no better."""
    is_vague = turn.parse.intent.confidence < nlu.ACT or turn.wants("deny", "chitchat", "out_of_scope")
    return is_vague and not _is_certain(turn)


def too_young(turn: Turn) -> bool:
    """Whether the person (or who they ask for) is below the gym's minimum age: no session is offered then."""
    age, minimum = turn.entity("age"), turn.facts.terms.get("minimum_age")
    if any(topic.handle is topic_answers.children for topic in topics.named(turn)):
        return False  # a child that is to be minded is not to train
    return age is not None and isinstance(age.value, int) and isinstance(minimum, int) and age.value < minimum


def in_flow(turn: Turn) -> Events:
    """The open flow leads, but people say what they like."""
    bare_hours.take(turn)
    flow = flows()[str(turn.tracker.flow)]
    found = list(topics.named(turn))
    matter = next((topic for topic in found if not topic.side), None)
    if matter is not None:
        yield from parking.park(turn)
        yield from matter.handle(turn)
        return
    for topic in found:
        yield from topic.handle(turn)
    names = [name for name in uncovered(turn, found) if not is_about_us(turn, name)]
    drops_it = "cancel_booking" in names and turn.tracker.flow != "cancel_booking"
    if choices.pick(turn) is not None or trainer_wish.is_waived(turn):
        yield from flow.go_on(turn)
        return
    if guests.ALONE.search(turn.text) and turn.times.expected is None:
        yield SlotSet("for_two", None)
        yield from flow.ask_again(turn)
        return
    if "stop_flow" in names or (drops_it and not own_bookings.upcoming(turn)):
        yield from intents()["stop_flow"].handle(turn)
        return
    doors = () if found or answers(turn, names) or _is_certain(turn) else either_or.readings_in_flow(turn)
    if doors:
        yield SlotSet("misses", int(turn.slot("misses") or 0) + 1)
        yield from either_or.ask(turn, doors)
        return
    side = [name for name in names if intents()[name].side and name not in LEAVES and not _is_own(turn, name)]
    for name in side:
        turn.handling = name
        yield from intents()[name].handle(turn)
    leaving = next((name for name in names if name in LEAVES), None)
    if leaving is not None:
        yield from intents()[leaving].handle(turn)
        if leaving in RETURNS:
            yield from flow.ask_again(turn)
        else:
            # Somebody with a grievance is not asked about their trial in the same breath.
            yield from parking.park(turn)
            yield SlotSet("parked", None)
        return
    other = next((name for name in names if _is_other_task(turn, name)), None)
    if other is not None:
        yield from parking.park(turn)
        yield from intents()[other].handle(turn)
        return
    if answers(turn, names):
        yield SlotSet("misses", None)
        yield from flow.go_on(turn)
    elif side or (found and not set(names) - EMPTY):
        yield from flow.ask_again(turn)
    elif set(names) & {"greet", "thank", "chitchat", "praise", "goodbye", "help"}:
        yield from intents()[names[0]].handle(turn)
        if names[0] not in ("goodbye", "help"):
            yield from flow.ask_again(turn)
    else:
        yield from misses.missed(turn)


def is_about_us(turn: Turn, name: str) -> bool:
    """ "Friday lunchtime?", asked for a time, is one, and no question about opening hours."""
    return (
        name == "faq/opening_hours"
        and turn.asked in ("time", "confirm", "name")
        and turn.times.expected is not None
        and not OPEN.search(turn.text)
    )


def answers(turn: Turn, names: list[str]) -> bool:
    """Whether the message gives the open flow anything to go on with."""
    asked = turn.asked
    times = turn.times
    if times.expected is not None or times.shift is not None or times.same_time or times.negated:
        # A question about opening hours names a day too; it is no answer.
        return any(name in OWN for name in names) or not any(intents()[name].side for name in names)
    if nearby.is_asked(turn) or (asked == "offering" and lengths.by_length(turn) is not None):
        return True
    if asked == "offering" and turn.parse.first("service") is not None and "?" not in turn.text:
        return True
    if asked in ("confirm", "time", "name", "which", "waitlist", "waitlist_offer", "offering") and turn.wants(
        "affirm", "deny"
    ):
        return True
    if asked == "waitlist" and turn.wants("join_waitlist"):
        return True
    if asked == "confirm" and turn.tracker.flow == "cancel_booking" and turn.wants("cancel_booking"):
        return True
    if asked == "name" and turn.slot("name_given"):
        return True
    if asked == "trainer" and (turn.wants("affirm", "deny") or trainer_wish.is_waived(turn)):
        return True
    if (
        guests.are_told_of(turn)
        or guests.is_for_two(turn)
        or (turn.slot("guest") and guests.name_in(turn, after=0))
    ):
        return True
    if (
        turn.entity("trainer") is not None
        and asked in ("time", "confirm", "offering", "trainer")
        and any(name in OWN for name in names)
    ):
        return True
    if turn.entity("service") is not None and (any(name in OWN for name in names) or LIKES.search(turn.text)):
        return True
    told = turn.slot("name_given") or turn.slot("told")
    return (
        bool(told)
        and any(name in ("inform", "correct", "book_trial", "book_session", "affirm") for name in names)
    ) or (turn.wants("book_trial", "book_session", "ask_availability", "reschedule_booking", "go_back"))


def _is_own(turn: Turn, name: str) -> bool:
    return (
        name == "faq/trial_details" and turn.tracker.flow == "book_trial" and turn.times.expected is not None
    )


def _is_other_task(turn: Turn, name: str) -> bool:
    """Whether this want is about something else than the open flow."""
    flow, offering = turn.tracker.flow, turn.slot("offering")
    service = turn.entity("service")
    named = str(service.value) if service is not None else None
    # Which one, of what they have, is meant by naming it; anything else named is a wish of its own.
    has = {turn.facts.offering_by_id(row.offering_id).key for row in own_bookings.upcoming(turn)}
    elsewhere = named is not None and named != offering and (offering is not None or named not in has)
    match name:
        case "cancel_booking":
            return flow != "cancel_booking" and bool(own_bookings.upcoming(turn))
        case "reschedule_booking":
            return (
                flow not in ("reschedule_booking", "cancel_booking")
                and named != offering
                and named is not None
                and bool(own_bookings.upcoming(turn))
            )
        case "book_session" | "ask_availability":
            return elsewhere and flow in ("book_trial", "cancel_booking", "reschedule_booking")
        case "book_trial":
            return flow != "book_trial" and (named == "trial" or flow in ("cancel_booking",))
        case "join_waitlist":
            return turn.asked != "waitlist" and flow != "join_waitlist" and "list" in turn.text.lower()
    return False


def free(turn: Turn) -> Events:
    """No flow is open: each want in turn; at most one opens a flow."""
    bare_hours.take(turn)
    if (booking := own_bookings.said_to_come(turn)) is not None:
        yield from own_bookings.coming(turn, booking)
        return
    if small_talk.is_daytime_hello(turn):
        yield from small_talk.greet(turn)
        return
    if turn.slot("invited") and turn.times.expected is not None and _may_answer(turn):
        # "OK, Saturday then" to "shall I book you in?"
        turn.parse = replace(turn.parse, intents=(Intent("inform", nlu.ACT),))
    only_yes = [intent.name for intent in turn.parse.intents] == ["affirm"]
    if only_yes and turn.times.expected is not None and not own_bookings.upcoming(turn):
        # "Right so, what about Friday morning?"
        turn.parse = replace(turn.parse, intents=(Intent("inform", nlu.ACT),))
    found = list(topics.named(turn))
    for topic in found:
        yield from topic.handle(turn)
    names = uncovered(turn, found)
    handled, others = bool(found), len(names) + len(found) > 1
    is_ours = bool(found) or bool(set(names) - EMPTY - {OUT_OF_SCOPE})
    for position, intent in enumerate(turn.parse.intents):
        entry = intents().get(intent.name)
        if entry is None or intent.name not in names or (intent.name in EMPTY and others):
            continue
        if intent.name == OUT_OF_SCOPE and is_ours:
            continue
        if (
            position == 0
            and not others
            and not _is_certain(turn)
            and (doors := either_or.readings(turn, intent))
        ):
            yield SlotSet("misses", int(turn.slot("misses") or 0) + 1)
            yield from either_or.ask(turn, doors)
            return
        if position == 0 and not others and own_answers.is_for_the_team(turn, intent):
            yield SlotSet("misses", None)
            yield from own_answers.unknown(turn)
            return
        if intent.confidence < nlu.ASK and position == 0 and not found and not _is_certain(turn):
            yield from misses.missed(turn)
            return
        if intent.name == OUT_OF_SCOPE and not others:
            yield from misses.outside(turn)
            return
        if turn.tracker.flow is not None and not entry.side:
            continue
        handled, turn.handling = True, intent.name
        yield from entry.handle(turn)
    if handled:
        yield SlotSet("misses", None)
        if all(topic.side for topic in found):
            yield from after(turn, names)
    else:
        yield from misses.missed(turn)


def _may_answer(turn: Turn) -> bool:
    """Whether a time that is named may be the answer to an invitation: a farewell, or nothing that is clear by itself."""
    is_unclear = (
        len(turn.parse.intents) == 1 and turn.parse.intent.confidence < nlu.ACT and "?" not in turn.text
    )
    return turn.wants("goodbye", "deny") or is_unclear


def _is_certain(turn: Turn) -> bool:
    """Whether grammar, not guesswork, says what is meant."""
    return turn.times.expected is not None or bool(turn.slot("told"))


def uncovered(turn: Turn, found: list[Topic]) -> list[str]:
    """The wants that no topic has answered already."""
    covered = {name for topic in found for name in topic.covers}
    return [intent.name for intent in turn.parse.intents if intent.name not in covered]


def after(turn: Turn, names: list[str]) -> Events:
    """One next step after an answer: the first time a trial, then the parked task."""
    side_only = all(intents()[name].side for name in names if name in intents())
    if (
        side_only
        and turn.tracker.flow is None
        and not turn.slot("invited")
        and not turn.slot("invited_once")
        and turn.facts.trial is not None
        and not turn.wants("check_booking", "bot_challenge", "repeat", "refer_friend")
        and turn.conversation.status != "pending"
        and not own_bookings.upcoming(turn)
    ):
        yield SlotSet("invited", "book_trial")
        yield SlotSet("invited_once", True)
        is_said = bool({"faq/trial_details"} & {intent.name for intent in turn.parse.intents})
        yield Say("utter_invite_trial_short" if is_said else "utter_invite_trial", asks=True)
