"""A wish for a kind of trainer: no record tells whether somebody is a man or a woman, so the person chooses by name."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from bot import responses, wording
from bot.channels.base import Button
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import choices
from bot.payloads import write
from bot.turn import Turn
from crm import notes
from crm.availability import givers
from crm.facts import OfferingFact, StaffFact

ACTOR = "contact"
KIND_WISHED = "kind"
"""What the slot `trainer_wish` holds where a kind of trainer is wished for; else it is the id of whom they would rather not have."""
_WHO = r"(?:fe)?males?|wom[ae]n|lad(?:y|ies)|girls?|m[ae]n|guys?|fell?as?|blokes?|chaps?|lads?"
_ROLE = r"(?:personal )?(?:trainers?|coach(?:es)?|instructors?|pts?)|one"
_POLITE = r"please|pls|plz|only|if possible|if i can|if you can|if ye can|preferably|ideally|preferred|thanks|for me"
WISHES = re.compile(
    rf"\b(?:can|could|would|will|may) (?:my|the|her|his|our) (?:{_ROLE}) be (?:an? )?(?:{_WHO})\b|"
    rf"\b(?:trainers?|coach|instructor|pt)\b (?:who'?s|that'?s|who is|that is|who are|to be) (?:an? )?(?:{_WHO})\b|"
    rf"\b(?:with|wants?|prefer\w*|rather|like|love|need|have|get|request\w*|assign\w*|give|gimme|see|book|only|by|from|for)\b[^.!?\n]{{0,18}}?\b(?:{_WHO}) (?:{_ROLE})\b|"
    rf"\b(?:with|prefer\w*|rather(?: be| have| do it)?(?: with)?|comfortable with|comfier with|at ease with|i want|i need|(?:'d|would|id) (?:like|love)) (?:a |an |another )?(?:{_WHO})\b(?! (?:friend|who|that|named|called|from|at|of|in)\b)|"
    rf"\b(?:{_WHO})(?: (?:{_ROLE}))? (?:would|wud|might|may|will|is|'d|'ll)(?: be| feel| make| suit| work)*\b.{{0,14}}\b(?:better|best|easier|suit\w*|prefer\w+|ideal|comfortable|me)\b|"
    rf"\b(?:{_WHO}) (?:{_ROLE})\b[^.!?\n]{{0,12}}\b(?:{_POLITE})\b|"
    rf"\b(?:no|not|don'?t want|without) (?:a |an |any )?(?:{_WHO}) (?:{_ROLE})\b"
)
"""Says by what kind of trainer somebody wants to be looked after."""
IN_SPANISH = re.compile(
    r"\b(?:prefier\w+|preferir\w+|quier\w+|quisiera|querr[ií]a|me gustar[ií]a|puede ser|que sea|sea|mejor|con|solo|s[oó]lo|pued\w+ tener)\b.{0,14}"
    r"\b(?:entrenadora|monitora|instructora|(?<!mi )(?<!tu )(?<!su )mujer|chica|hombre|chico|entrenador hombre)\b",
    re.IGNORECASE,
)
"""The same in Spanish, whose glosses have one word for trainers of either kind."""
KIND = re.compile(
    rf"\b(?:{_WHO}) (?:{_ROLE})\b|\b(?:trainers?|coach(?:es)?|instructors?)\b.{{0,14}}\b(?:{_WHO})\b",
    re.IGNORECASE,
)
"""Speaks of men and women who train people."""
BARE = re.compile(rf"(?:an? |any |just |only )?(?:{_WHO})(?: (?:{_ROLE}))?(?:[ ,]*(?:{_POLITE}))*\W*")
ASKS = re.compile(
    r"\b(do|does|have|has|got|are|is) (you|ye|yous|u|ya|there|they|any)\b|^\W*(any|got any|who|which|how many)\b"
)
"""Asks what trainers there are, rather than for one."""
OTHER = re.compile(
    r"\b(with|but|rather|prefer|want|have|get|like|be) (someone|somebody|anyone|anybody) else\b|^\W*(ok(ay)? |yes |yeah |no )?(but )?(someone|somebody|anyone|anybody) else\b.{0,16}$|"
    r"\b(different|another|other) (trainer|coach|instructor|pt)\b|\bnot (with )?(him|her)\b"
)
"""Wants another trainer than the one on offer."""
ANYONE = re.compile(
    r"\b(any(one|body| of (them|ye|you))|whoever|whichever|either|no preference|not? (fussed|bothered|pushed)|doesn'?t matter|"
    r"don'?t (mind|care)|dont (mind|care)|all the same|(you|ye|u) (choose|pick|decide)|surprise me|no one in particular)\b"
)
"""Takes the wish back."""
ANYBODY = re.compile(
    r"\b(any(one|body)( (else|at all))?|whoever|any (trainer|coach)|who(ever)? (it is )?(doesn'?t|does not) matter|(don'?t|dont) (mind|care) who)\b"
)
"""Would be trained by anybody, whoever was named before."""
FLOWS = frozenset({"book_trial", "book_session", "reschedule_booking"})


def is_said(turn: Turn) -> bool:
    """Whether the message wishes for a kind of trainer, or for another one, without naming one."""
    text = turn.plain
    if wants_another(turn):
        return True
    if turn.entity("trainer") is not None or ASKS.search(text):
        return False
    if turn.language == "es" and IN_SPANISH.search(turn.said):
        return True
    is_answer = turn.tracker.flow in FLOWS and BARE.fullmatch(text) is not None
    return is_answer or WISHES.search(text) is not None


def takes_anybody(turn: Turn) -> bool:
    """Whether the trainer they have named need not be it any more."""
    return turn.entity("trainer") is None and ANYBODY.search(turn.plain) is not None


def wants_another(turn: Turn) -> bool:
    """Whether they would rather not have the one on offer, in the middle of a booking."""
    is_named = turn.entity("trainer") is not None
    return turn.tracker.flow in FLOWS and not is_named and OTHER.search(turn.plain) is not None


def keep(turn: Turn, *, instead_of: uuid.UUID | None = None) -> Events:
    """Note the wish where staff and the trainer find it, and leave the choice open.

    Who wants somebody else than `instead_of` has no wish to be noted: that one is not offered again.
    """
    if wants_another(turn):
        yield SlotSet("trainer", None)
        yield SlotSet("talk_trainer", None)
        yield SlotSet("trainer_wish", str(instead_of) if instead_of is not None else KIND_WISHED)
        yield Say("utter_of_course")
        return
    words = turn.said.strip()
    known = {note.data.get("words") for note in notes.list_of_contact(turn.session, turn.contact.id)}
    if words and words not in known:
        notes.add(
            turn.session, words, contact_id=turn.contact.id, lead_id=turn.lead.id, actor=ACTOR, now=turn.now
        )  # fmt: skip
    yield SlotSet("trainer", None)
    yield SlotSet("talk_trainer", None)
    yield SlotSet("trainer_wish", KIND_WISHED)
    yield Say("utter_trainer_wish")


def is_open(turn: Turn, offering: OfferingFact) -> bool:
    """Whether they have yet to say with whom, and may."""
    return bool(turn.slot("trainer_wish")) and not turn.slot("trainer") and len(_may_give(turn, offering)) > 1


def is_waived(turn: Turn) -> bool:
    """Whether anybody will do, in answer to the question with whom."""
    is_no = turn.wants("deny") and not turn.wants("affirm")
    return turn.asked == "trainer" and bool(
        ANYONE.search(turn.plain) or choices.ANY.search(turn.text) or is_no
    )


def question(turn: Turn, offering: OfferingFact) -> Say:
    """With whom: everybody who gives that session, with a button for each."""
    trainers = [one for one in _may_give(turn, offering) if str(one.id) != turn.slot("trainer_wish")]
    names = wording.listing([one.first_name for one in trainers], turn.language, either=True)
    buttons = tuple(Button(write("with", one.key), one.first_name[:20]) for one in trainers[:9])
    return Say("utter_ask_trainer", {"trainers": names}, buttons, asks=True)


def given_by(turn: Turn, offering: OfferingFact) -> Say | None:
    """Whose class it is; None where it is nobody's in particular."""
    trainer = turn.facts.staff_by_id(offering.trainer_id)
    if trainer is None:
        return None
    return Say("utter_trainer_of_class", {"service": offering.name, "trainer": trainer.first_name})


def all_trainers(turn: Turn) -> Say:
    """Everybody, with what they are good at, for who has nothing open yet."""
    lines = [
        responses.render(
            turn.language, "utter_trainer_line", name=one.first_name,
            specialities=", ".join(responses.noun(turn.language, each) for each in one.specialities),
        )
        for one in _by_name(turn.facts.trainers)
    ]  # fmt: skip
    return Say("utter_trainers_to_choose", {"trainers": wording.listing(lines, turn.language)})


def _may_give(turn: Turn, offering: OfferingFact) -> tuple[StaffFact, ...]:
    return () if offering.is_class else _by_name(givers(turn.facts, offering))


def _by_name(trainers: Sequence[StaffFact]) -> tuple[StaffFact, ...]:
    return tuple(sorted(trainers, key=lambda one: one.name))
