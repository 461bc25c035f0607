"""The gym's own question list: which of its answers a message asks for, and which questions are one and the same.

The list's vectors are made once a process and kept; a message's come with its `Parse`, so nothing runs the encoder
a second time for it.
"""

from __future__ import annotations

import functools
import re
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from bot import discretion, nlu
from crm.facts import CACHED_GYMS, FaqFact, GymFacts
from crm.models import Contact, Question
from nlu_models.encoder import Vectors
from nlu_models.parse import OUT_OF_SCOPE, Parse
from nlu_models.retrieval import SAME, OwnQuestion, OwnQuestions, Weigher

ANSWERABLE = frozenset({
    OUT_OF_SCOPE, "chitchat", "help", "inform", "freeze_membership", "cancel_membership", "bot_challenge", "refer_friend",
    "ask_program", "ask_availability", "billing_issue", "job_inquiry", "check_in", "request_human", "join_gym",
    "faq/classes", "faq/facilities", "faq/location", "faq/membership_terms", "faq/opening_hours",
    "faq/payment_methods", "faq/personal_training", "faq/suitability", "faq/trial_details", "faq/what_to_bring",
})  # fmt: skip
"""What a message may have been taken for and yet ask one of these; prices and discounts come from tables only."""
ONLY_ASKED = frozenset(
    {"billing_issue", "job_inquiry", "check_in", "request_human", "join_gym", "cancel_membership"}
)
"""Of those, what must have the form of a question: "the wifi is not working" does not ask for it."""
ASKS = re.compile(
    r"\b(do|does|have|has|are|is|can|could|may|will|would|am) (you|ye|yous|u|ya|there|i|we|it|the|your|ur|my|anyone|somebody|someone)\b|"
    r"^\W*(what|whats|where|wheres|when|whens|which|who|whos|how|hows|do|does|is|are|can|could|any)\b|\?",
    re.IGNORECASE,
)
"""Has the form of a question."""

PUT_TO_US = re.compile(
    r"\b(do|have|can|could|are|is|may|will) (you|ye|yous|u|ya|there|i|we|your|ur|the|my|our|people|anyone|anybody)\b|\b(are|is) .{3,30}\b(allowed|accepted|available|included)\b",
    re.IGNORECASE,
)
LEAD_IN = re.compile(r"^\W*((and|also|oh|hi|hey|hello|but|plus|so|then)\b[\s,!]*)+", re.IGNORECASE)
LONGEST = 300
"""Characters of a question that are kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer of the gym's own that a message asks for."""

    faq: FaqFact
    covers: frozenset[str]
    """The wants of the message that it answers."""
    place: int = 0
    """Where it was asked: 0 in the message as a whole, else in that clause."""

    @property
    def source(self) -> str:
        """Which entry it is, for staff."""
        return f"#{self.faq.number} {self.faq.question}" if self.faq.number is not None else self.faq.question


@functools.lru_cache(maxsize=4096)
def _vector(text: str) -> Vectors:
    """A kept question's vector: it is the same for every gym that asks so."""
    return nlu.shipped().classifier.vector(text)


@functools.cache
def _weigher() -> Weigher:
    return Weigher(nlu.shipped().classifier.word_weights)


def _ready(questions: Sequence[OwnQuestion]) -> OwnQuestions:
    return OwnQuestions(
        questions, {text: _vector(text) for one in questions for text in one.wordings}, _weigher()
    )


_lists: dict[uuid.UUID, tuple[int, OwnQuestions]] = {}
"""A gym's list in the version of its facts."""
_lists_lock = threading.Lock()


def _list(facts: GymFacts) -> OwnQuestions:
    found = _lists.get(facts.gym.id)
    if found is None or found[0] != facts.version:
        made = _ready(
            [OwnQuestion(str(at), (faq.question, *faq.wordings)) for at, faq in enumerate(facts.faqs)]
        )
        found = (facts.version, made)
        with _lists_lock:
            while len(_lists) >= CACHED_GYMS:
                _lists.pop(next(iter(_lists)))
            _lists[facts.gym.id] = found
    return found[1]


def asked(facts: GymFacts, parse: Parse) -> list[Asked]:
    """The answers of the gym's own list that a message asks for, in spoken order; never one that is not sure."""
    if parse.vectors is None or not facts.faqs:
        return []
    pieces = _pieces(parse)
    found = _list(facts).asked([(text, vector) for text, vector, _ in pieces])
    answers = []
    for one in found:
        text, _, taken_for = pieces[one.place]
        if not _may_answer(taken_for, text):
            continue
        elsewhere = {
            name
            for place, (_, _, names) in enumerate(pieces)
            if place and place not in {other.place for other in found}
            for name in names
        }
        whole = {intent.name for intent in parse.intents if intent.name in ANSWERABLE}
        covers = whole if one.place == 0 else (taken_for | ({OUT_OF_SCOPE} & whole)) - elsewhere
        answers.append(Asked(facts.faqs[int(one.key)], frozenset(covers), one.place))
    return answers


def without(parse: Parse, answered: Sequence[Asked]) -> str:
    """The words of a message without the clauses that were answered; nothing where all of it was."""
    places = {one.place for one in answered}
    if 0 in places:
        return ""
    return " . ".join(text for at, (text, _) in enumerate(parse.clauses, 1) if at not in places)


def _pieces(parse: Parse) -> list[tuple[str, Vectors, frozenset[str]]]:
    """The whole message and each clause: words, vector, and what it was taken for."""
    clauses = [
        (text, vector, frozenset({intent.name}))
        for (text, intent), vector in zip(parse.clauses, parse.vectors[1:], strict=False)
    ]
    names = frozenset(intent.name for intent in parse.intents)
    return [(parse.text, parse.vectors[0], names), *clauses]


def _may_answer(taken_for: frozenset[str], text: str) -> bool:
    if not taken_for & ANSWERABLE or taken_for & {"faq/price", "faq/discounts"}:
        return False
    return not taken_for <= ONLY_ASKED or ASKS.search(text) is not None


# What nobody has answered yet


def is_question(text: str) -> bool:
    """Whether the words have the form of a question."""
    return ASKS.search(text) is not None


def is_put_to_us(text: str) -> bool:
    """Whether the words ask something of the gym rather than of the world: do ye sell ..., are dogs allowed?"""
    return PUT_TO_US.search(text) is not None


def unanswered(
    facts: GymFacts, parse: Parse, handling: str | None, unknown: Sequence[str] = ()
) -> list[tuple[str, Vectors | None]]:
    """The parts of a message that no record answers, each with its vector: the clauses that were being answered.

    `unknown` are clauses, or smaller parts (then without a vector), that are known to be such.
    """
    if parse.vectors is None:
        return [(parse.text, None)]
    whole, *clauses = _pieces(parse)
    answered = {one.place for one in asked(facts, parse)}
    open_ones = [piece for place, piece in enumerate(clauses, 1) if place not in answered]
    known = {text for text, _, _ in clauses}
    told: list[tuple[str, Vectors | None]] = [
        (text, vector) for text, vector, _ in open_ones if text in unknown
    ]
    told += [(text, None) for text in unknown if text not in known]
    if told:
        return told
    mine = [piece for piece in open_ones if handling in piece[2]]
    questions = [piece for piece in open_ones if is_question(piece[0])]
    found = [piece for piece in mine if is_question(piece[0])] or mine[:1] or questions[-1:] or [whole]
    return [(text, vector) for text, vector, _ in found]


def same(questions: Sequence[Question], words: str, vector: Vectors | None) -> Question | None:
    """The one of these questions that the words ask too, if any."""
    exact = next((one for one in questions if words.casefold() in _spoken(one)), None)
    if exact is not None or vector is None or not questions:
        return exact
    ready = _ready([OwnQuestion(str(one.id), (one.text, *one.wordings)) for one in questions])
    found = ready.best(words, vector)
    if found is None or found.probability < SAME:
        return None
    return next(one for one in questions if str(one.id) == found.key)


def _spoken(question: Question) -> set[str]:
    return {words.casefold() for words in (question.text, *question.wordings)}


def kept_words(text: str, contact: Contact) -> str:
    """A question as it may be kept and shown: one line, without the writer's name, numbers and words about health."""
    return without_name(LEAD_IN.sub("", text), contact, longest=LONGEST)


def without_name(text: str, contact: Contact, *, longest: int) -> str:
    """Words as they may be kept: without who wrote them, numbers and words about health."""
    for name in (contact.name or "").split():
        if len(name) > 2:
            text = re.sub(rf"\b{re.escape(name)}\b", "…", text, flags=re.IGNORECASE)
    return discretion.for_group(text, longest=longest)
