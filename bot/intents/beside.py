"""What is heard first, whatever else a message holds: it is answered or kept, and the rest of the message goes its way.

Each of these is so often mistaken for something else (a wish for a time, a call for a person) that
the words must be taken out of the message before its wants are weighed.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from bot import nlu, own_questions
from bot.events import Event, FlowOpened, Say, SlotSet
from bot.flows.prospects import book_place, choices, guests, own_bookings, trainer_wish, wishes
from bot.flows.prospects import booking_talk as talk
from bot.intents import own_answers, people
from bot.turn import Turn
from crm import contacts
from crm.models import Booking
from nlu_models.entities.names import COMMON_WORDS, GIVEN_NAMES
from nlu_models.parse import Intent, Times

Heard = Generator[Event, None, bool]
"""What is said and kept; in the end whether nothing of the message is left to answer."""
_FULL = r"(?:busy|busier|busiest|quiet|quieter|quietest|crowded|packed|jam(?:med|mers)?|rammed|mobbed|hectic|mental|rush hour|peak times?|dead|empty|full)"
CROWDED = re.compile(
    rf"\b(?:how|is|are|does|do|will|would|when(?:'?s)?|what(?:'s)? (?:times?|days?|hours?|part)|isn'?t|it|gets?)\b[^.!?\n]{{0,26}}\b{_FULL}\b|"
    rf"\b(?:usually|normally|generally|very|mad|too|that|so|really|always|often|least|most) {_FULL}\b|"
    rf"\bwhat(?:'s| is|s)? (?:the )?(?:most |least )?{_FULL}|^\W*(?:and |but |so )?{_FULL}\b[^.!]*\?|"
    r"\bmany people\b.{0,12}\b(?:there|in|around|at)\b|\bqueue\w* for\b|\bwait(?:ing)? (?:around )?for (?:the )?(?:machines?|racks?|equipment|benche?s?)\b"
)
"""Asks how many people are there, which no record of the gym's tells."""
OF_MYSELF = re.compile(
    r"\b(?:i'?m|i am|i was|i'?ll be|i'?ve been|we'?re|we are|my \w+(?:'s| is)?|work is|life is)\b.{0,16}\b(?:busy|full|packed|hectic|mental|dead)\b|"
    r"\bbusy (?:day|week|one|morning|bee)\b|\b(?:open|closed) (?:at )?peak|off.?peak|\bfull(?:y)? (?:price|time|refund|body|name|membership|access|booked)|\b(?:class|session|hiit|yoga|boxing|it) (?:full|booked)\b"
)
FILLER = re.compile(
    r"(?:(?:ok(?:ay)?|k|sound|grand|cool|great|nice(?: one)?|lovely|perfect|right|deadly|class|brill\w*|fair enough|gotcha|alright|thanks?(?: you)?|ta|cheers|"
    r"ah|oh|hi|hiya|hey|hello|and|so|but|well|hmm+|haha+|lol|just|wondering|wait|hang on|one (?:more )?(?:thing|question)|quick (?:one|question))\W*)*",
    re.IGNORECASE,
)
"""Says nothing by itself; "sound" before a question is no yes to what was asked."""
TALK = re.compile(r"\b(talk|speak|chat|call|ring|phone|text) (to|with|me|us|back|him|her|them)\b")
CALL_ME = re.compile(
    r"\b(can|could|would|will) (you|ye|u|yous|someone|somebody|anyone) (please |pls |plz )?(call|ring|phone|text|contact)\b|\b(please|pls|plz) (call|ring|phone)\b",
    re.IGNORECASE,
)
"""Asks for a call, whoever is to be called."""
MOST_NAMES = 2
OTHERS = frozenset({"stop_flow", "go_back", "opt_out", "opt_in", "repeat", "change_language"})
"""Wants that are kept beside a wish or a number, as tasks and questions are."""


def hear(turn: Turn) -> Heard:
    """Answer or keep what comes first; True where nothing is left."""
    if turn.tapped is not None:
        return False
    if turn.entity("phone") is not None and CALL_ME.search(turn.text) and not turn.wants("opt_out"):
        # "Please call 085... and ask for Mary" wants a call, whosever number it is.
        if guests.is_theirs(turn):
            yield from guests.take_number(turn)
        yield from people.request_human(turn)
        return True
    if is_bare_name(turn):
        contacts.set_name(turn.contact, turn.text.strip(" .!").title())
        yield Say("utter_noted_name", {"name": contacts.first_name(turn.contact)})
        return True
    if (
        guests.number(turn) is not None
        and not turn.wants("opt_out")
        and (guests.is_theirs(turn) or not turn.wants("request_human"))
        and not people.is_for_the_team(turn)
    ):
        is_all = yield from _number(turn)
        if not trainer_wish.is_said(turn):
            return is_all
    if trainer_wish.is_said(turn):
        return (yield from _trainer(turn))
    if (clause := crowd_question(turn)) is not None:
        return (yield from _crowd(turn, clause))
    return False


def is_bare_name(turn: Turn) -> bool:
    """Whether somebody whose platform called them otherwise just says their name, to another question."""
    words = re.findall(r"[^\W\d_]+", turn.text.lower())
    return (
        turn.asked in ("time", "confirm")
        and turn.tracker.flow in trainer_wish.FLOWS
        and not turn.slot("guest")
        and turn.entity("trainer") is None
        and 0 < len(words) <= MOST_NAMES
        and turn.text.strip()[:1].isupper()
        and words[0] in GIVEN_NAMES
        and words[0] not in COMMON_WORDS
        and turn.times.expected is None
    )


def crowd_question(turn: Turn) -> str | None:
    """The part of the message that asks how busy it is; None where none does, or a class of ours is meant."""
    if turn.parse.first("service") is not None:
        return None
    parts = [text for text, _ in turn.parse.clauses] if len(turn.parse.clauses) > 1 else []
    return next((one for one in parts or [turn.text] if _asks_how_busy(one)), None)


def _asks_how_busy(text: str) -> bool:
    plain = " ".join(text.lower().replace("’", "'").split())
    if not own_questions.is_question(plain):
        return False  # "ah no, it's full"
    return CROWDED.search(plain) is not None and not OF_MYSELF.search(plain)


def _crowd(turn: Turn, clause: str) -> Heard:
    """How busy it is: in the gym's own words, else the team is asked; the time it is asked of is no wish."""
    place = next((at for at, (text, _) in enumerate(turn.parse.clauses, 1) if text == clause), 0)
    own = [one for one in turn.own_answers if one.place in (0, place)]
    for asked in own:
        yield from own_answers.say(turn, asked)
    rest = " . ".join(text for text, _ in turn.parse.clauses if text != clause) if place else ""
    if not own:
        turn.unknown = [clause] if rest else []
        yield from own_answers.unknown(turn)
    if FILLER.fullmatch(rest.strip()):
        turn.parse = replace(turn.parse, times=Times())
        return True
    read = nlu.understand(
        turn.facts, rest, sent_at=turn.now, asked=turn.asked, reference=talk.reference(turn), language=turn.language
    )  # fmt: skip
    turn.parse = replace(turn.parse, intents=read.intents, times=read.times)
    return False


def _left(turn: Turn, *, without: frozenset[str]) -> bool:
    """Keep of the message's wants what is no part of the wish or number; whether anything is left."""
    text = turn.text.lower()
    kept = tuple(
        intent
        for intent in turn.parse.intents
        if intent.name not in without
        and (intent.name in nlu.TASKS or intent.name in OTHERS or intent.name.startswith("faq/"))
        and intent.confidence >= nlu.ACT
        and (intent.name != "request_human" or TALK.search(text))
    )
    if not kept and turn.times.expected is not None:
        kept = (Intent("inform", nlu.ACT),)
    if kept:
        turn.parse = replace(turn.parse, intents=kept)
    return bool(kept)


def _trainer(turn: Turn) -> Heard:
    """A wish for a kind of trainer: kept for the team, and the person names whom they would like."""
    held = talk.held_booking(turn)
    yield from trainer_wish.keep(turn, instead_of=held.trainer_id if held is not None else None)
    picked = choices.pick(turn) if turn.tracker.flow in trainer_wish.FLOWS else None
    if picked is not None:
        chosen = wishes.exactly(turn.facts.local(picked).replace(tzinfo=None))
        yield SlotSet("wish", chosen.as_slot())
    more = _left(turn, without=frozenset({"faq/personal_training", "faq/suitability", "complaint"}))
    offering = turn.facts.offering_by_key(str(turn.slot("offering") or ""))
    if turn.tracker.flow in trainer_wish.FLOWS and offering is not None:
        if offering.is_class and (given := trainer_wish.given_by(turn, offering)) is not None:
            yield given
        if not more and trainer_wish.is_open(turn, offering):
            yield from talk.open_question("trainer", trainer_wish.question(turn, offering))
    elif turn.tracker.flow is None and not (more and turn.wants("book_trial", "book_session", "inform")):
        booking = _changeable(turn)
        if booking is not None and not more:
            yield from _for_the_booking(turn, booking)
        elif turn.slot("invited") == "book_trial" and not more:
            yield from book_place.begin_trial(turn)
        else:
            yield trainer_wish.all_trainers(turn)
    return not more


def _changeable(turn: Turn) -> Booking | None:
    """Their next session that somebody else could give."""
    return next(
        (
            row
            for row in own_bookings.upcoming(turn)
            if not turn.facts.offering_by_id(row.offering_id).is_class
        ),
        None,
    )


def _for_the_booking(turn: Turn, booking: Booking) -> Heard:
    """The same time with somebody else, where they have a place already."""
    offering = turn.facts.offering_by_id(booking.offering_id)
    yield FlowOpened("reschedule_booking")
    yield SlotSet("trainer_wish", trainer_wish.KIND_WISHED)
    yield SlotSet("target", str(booking.id))
    yield SlotSet("about", str(booking.id))
    yield SlotSet("offering", offering.key)
    yield SlotSet("wish", wishes.exactly(turn.facts.local(booking.starts_at).replace(tzinfo=None)).as_slot())
    yield from talk.open_question("trainer", trainer_wish.question(turn, offering))
    return True


def _number(turn: Turn) -> Heard:
    """A phone number or address for mail that was given unasked: kept, and said to be."""
    yield from guests.take_number(turn)
    if (held := talk.held_booking(turn)) is not None:
        guests.put_down(turn, held)
    return not _left(turn, without=frozenset({"request_human"}))
