"""Text in, `Parse` out: rules first, then the classifier; entities and times beside them.

    pipeline = load("en")
    pipeline.parse("hi, can I try tomorrow at 6?", Context(sent_at=now)).intent.name   # book_trial

Loading takes well under a second and a message a few milliseconds on one thread. spaCy is not imported here;
`frame.py` offers the same pipeline as a spaCy one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib import util
from pathlib import Path
from types import MappingProxyType

from nlu_models import rules
from nlu_models.classifier import Classified, Classifier
from nlu_models.glosses import GLOSSED_IN, gloss, has_gloss
from nlu_models.parse import OUT_OF_SCOPE, Context, Entity, Gloss, Intent, Parse, Times
from nlu_models.text import key

TimesReader = Callable[[str, Context], Times]
EntityFinder = Callable[[str, Context, Times], tuple[Entity, ...]]

RULE_CONFIDENCE = 0.99

ANSWERS = MappingProxyType({"inform": 4.0, "deny": 1.5, "correct": 1.5, OUT_OF_SCOPE: 0.25, "chitchat": 0.5})
"""How many times likelier than usual an intent is while a value is asked for: most people answer."""
CONFIRMING = MappingProxyType({"affirm": 4.0, "deny": 4.0, "correct": 1.5, "inform": 1.5, OUT_OF_SCOPE: 0.25})
"""The same while a yes or no is asked for."""

ANSWERED_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "name": frozenset({"person_name"}),
        "phone": frozenset({"phone"}),
        "email": frozenset({"email"}),
        "goal": frozenset({"goal"}),
        "experience": frozenset({"experience"}),
        "service": frozenset({"service"}),
        "trainer": frozenset({"trainer"}),
        "number": frozenset({"number"}),
        "language": frozenset({"language"}),
    }
)
"""Which entities answer which question; times are looked at by themselves."""
ASKED_NAME = frozenset({"name", "first_name", "full_name", "person_name"})
ASKED_TIME = frozenset({"time", "preferred_time", "starts_at", "date", "day", "when"})

INTRODUCED = re.compile(r"\s+here\s*[^\w\s]\W*", re.IGNORECASE)
"""What follows a name with which somebody introduces themselves before they say what they want."""
BARE_NAME = re.compile(r"(?:[^\W\d_][\w'’.-]*)(?: [^\W\d_][\w'’.-]*){0,3}[.!]?")
BARE_NUMBER = re.compile(r"[+(]?\d[\d\s().:/,-]*(?:am|pm|kg|%)?[.!]?", re.IGNORECASE)
ASKS_BACK = re.compile(
    r"\W*(?:(?:and|so|but|ok|okay|oh|eh|um|sorry|also|wait|hang on)\W+)*"
    r"(?:do|does|did|is|are|am|can|could|will|would|should|shall|may|what|what'?s|when|where|where'?s|which|who|who'?s|how|how'?s|why)\b",
    re.IGNORECASE,
)
"""Begins as a question does: where it holds no value, it answers nothing, it asks something back."""
NAMED = 0.5
"""Below this confidence a value is only what was said where one was asked for."""
LIKELY = 0.4
UNSURE = 0.75
"""Below this probability the moment outweighs the words: a bare answer is an answer."""


class Pipeline:
    """Understands messages in one language. Holds no state between messages: safe to share between threads."""

    def __init__(
        self,
        classifier: Classifier,
        *,
        lang: str = "en",
        read_times: TimesReader | None = None,
        find_entities: EntityFinder | None = None,
    ) -> None:
        self.classifier = classifier
        self.lang = lang
        self._read_times = read_times
        self._find_entities = find_entities
        self._is_glossed = has_gloss(lang)

    def parse(self, text: str, context: Context) -> Parse:
        """What one message says, given the moment. Never raises for any text."""
        glossed = self._gloss(text, context)
        read = glossed.text if glossed is not None else text
        times = self.times(read, context)
        entities = self.entities(read, context, times)
        found = self._intents(text, read, context, times, entities)
        return Parse(
            read,
            found.intents,
            entities=entities,
            times=times,
            ranking=found.ranking,
            language=self.lang,
            clauses=found.clauses,
            vectors=found.vectors,
            gloss=glossed,
        )

    def _gloss(self, text: str, context: Context) -> Gloss | None:
        if not self._is_glossed:
            return None
        known = context.vocabulary
        names = (name for term in (*known.trainers, *known.services) for name in (term.name, *term.aliases))
        return gloss(text, self.lang, names=names)

    def parse_many(self, texts: Iterable[str], context: Context) -> list[Parse]:
        """`parse` for each text, in order, all in the same moment."""
        return [self.parse(text, context) for text in texts]

    def times(self, text: str, context: Context) -> Times:
        """What the message says about time."""
        return self._read_times(text, context) if self._read_times else Times()

    def entities(self, text: str, context: Context, times: Times) -> tuple[Entity, ...]:
        """The typed pieces of the message."""
        return self._find_entities(text, context, times) if self._find_entities else ()

    def _intents(
        self, said: str, text: str, context: Context, times: Times, entities: tuple[Entity, ...]
    ) -> Classified:
        text = after_introduction(text, entities)
        ruled = rules.match(said if self._is_glossed else text, self.lang)
        if ruled:
            return _only(ruled, RULE_CONFIDENCE)
        asked = context.asked
        if asked is None:
            return self.classifier.classify(text)
        if asked != "confirm" and BARE_NUMBER.fullmatch(text.strip()):
            return _only("inform", RULE_CONFIDENCE)
        sure = tuple(entity for entity in entities if entity.confidence >= NAMED)
        if asked != "confirm" and ASKS_BACK.match(text) and not self._has_value(asked, times, sure):
            return self.classifier.classify(text)
        found = self.classifier.classify(text, CONFIRMING if asked == "confirm" else ANSWERS)
        # What has most of the chances although an answer was expected is believed, against words that may be anything.
        values = entities if found.intents[0].confidence < LIKELY else sure
        if (
            asked != "confirm"
            and found.intents[0].confidence < UNSURE
            and self._answers(text, asked, times, values)
        ):
            return Classified((Intent("inform", UNSURE),), found.ranking, found.clauses)
        return found

    @staticmethod
    def _has_value(asked: str, times: Times, entities: tuple[Entity, ...]) -> bool:
        """Whether what was asked for is in the message."""
        if asked in ASKED_TIME:
            return times.expected is not None
        wanted = ANSWERED_BY["name"] if asked in ASKED_NAME else ANSWERED_BY.get(asked, frozenset({asked}))
        return any(entity.entity in wanted for entity in entities)

    @staticmethod
    def _answers(text: str, asked: str, times: Times, entities: tuple[Entity, ...]) -> bool:
        """Whether a message is just the value that was asked for."""
        if Pipeline._has_value(asked, times, entities):
            return True
        return asked in ASKED_NAME and bool(BARE_NAME.fullmatch(key_case(text)))


def after_introduction(text: str, entities: Iterable[Entity]) -> str:
    """What is wanted by somebody who says first who it is ("Ana Silva here. Hi, how much ..."), as on SMS.

    Where nothing else is said, that is what they say.
    """
    for entity in entities:
        if entity.entity == "person_name" and not re.search(r"\w", text[: entity.start]):
            introduced = INTRODUCED.match(text, entity.end)
            return (text[introduced.end() :] if introduced else "") or text
    return text


def key_case(text: str) -> str:
    """The text without the emoji and commas around a bare answer."""
    return " ".join(re.sub(r"[^\w\s'’.-]", " ", text).split()) if key(text) else ""


@lru_cache(maxsize=4)
def load(lang: str = "en", directory: Path | None = None) -> Pipeline:
    """The pipeline of a language, kept for the life of the process.

    The published artefact is used where it matches the data and code; where there is none, the classifier is trained first
    (a minute or two), so that a bare checkout works.

    A language that has a gloss and no classifier of its own is read by that of the gloss's language: three messages in
    four are understood at once.
    """
    from nlu_models.artefact import find_classifier, get_classifier

    is_borrowed = has_gloss(lang) and find_classifier(lang, directory) is None
    return Pipeline(
        get_classifier(GLOSSED_IN if is_borrowed else lang, directory),
        lang=lang,
        read_times=_times_reader(),
        find_entities=_entity_finder(),
    )


def of_gym(artefact: bytes, lang: str = "en") -> Pipeline | None:
    """The pipeline with a gym's own classifier on the shared encoder; None where this code can't use it any more."""
    from nlu_models.gym_training import readable

    shared = load(lang)
    content = readable(artefact, lang)
    if content is None:
        return None
    return Pipeline(
        Classifier.load(io.BytesIO(content), shared.classifier.encoder),
        lang=lang,
        read_times=_times_reader(),
        find_entities=_entity_finder(),
    )


def _times_reader() -> TimesReader | None:
    if util.find_spec("nlu_models.times") is None:
        return None
    from nlu_models import times

    reader: TimesReader | None = getattr(times, "read", None)
    return reader


def _entity_finder() -> EntityFinder | None:
    if util.find_spec("nlu_models.entities") is None:
        return None
    from nlu_models import entities

    finder: EntityFinder | None = getattr(entities, "find", None)
    return finder


def _only(name: str, confidence: float) -> Classified:
    intent = Intent(name, confidence)
    return Classified((intent,), (intent,), ())
