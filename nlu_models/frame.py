"""The pipeline as a spaCy one, for whoever works with `Doc`s: notebooks, other components, displaCy.

    nlp = spacy_pipeline("en")
    doc = nlp("can I come tomorrow at 6?")
    doc._.parse.intent.name, doc.spans["spotter"]

Importing spaCy costs 0.6 s and 90 MB, so the bot itself uses `pipeline.load` directly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from weakref import WeakKeyDictionary

from spacy import blank
from spacy.language import Language
from spacy.tokens import Doc

from nlu_models.parse import Context, Times
from nlu_models.pipeline import load

SPANS = "spotter"


def spacy_pipeline(lang: str = "en", context: Context | None = None) -> Language:
    """A blank spaCy pipeline whose documents carry `doc._.parse`, `doc._.times` and labelled spans.

    `context` is the moment that all its documents are read in; each its own present moment by default.
    """
    nlp = blank(lang)
    for name in ("spotter_times", "spotter_entities", "spotter_intents"):
        nlp.add_pipe(name)
    _moments[nlp] = context
    return nlp


_moments: WeakKeyDictionary[Language, Context | None] = WeakKeyDictionary()


def _moment(nlp: Language) -> Context:
    return _moments.get(nlp) or Context(sent_at=dt.datetime.now(dt.UTC))


def _extend() -> None:
    for name in ("parse", "times"):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)


@Language.factory("spotter_times")
def times_component(nlp: Language, name: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - spaCy passes it
    """Reads appointment times into `doc._.times`."""
    _extend()

    def component(doc: Doc) -> Doc:
        doc._.times = load(nlp.lang).times(doc.text, _moment(nlp))
        return doc

    return component


@Language.factory("spotter_entities")
def entities_component(nlp: Language, name: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - spaCy passes it
    """Finds entities as the span group `spotter` (the parts that fall on token boundaries, widened to them)."""
    _extend()

    def component(doc: Doc) -> Doc:
        times = doc._.times if doc._.times is not None else Times()
        found = load(nlp.lang).entities(doc.text, _moment(nlp), times)
        spans = [doc.char_span(e.start, e.end, label=e.entity, alignment_mode="expand") for e in found]
        doc.spans[SPANS] = [span for span in spans if span is not None]
        return doc

    return component


@Language.factory("spotter_intents")
def intents_component(nlp: Language, name: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - spaCy passes it
    """The whole understanding as `doc._.parse`; its intents also as `doc.cats`."""
    _extend()

    def component(doc: Doc) -> Doc:
        found = load(nlp.lang).parse(doc.text, _moment(nlp))
        doc._.parse = found
        doc.cats = {intent.name: intent.confidence for intent in (*found.ranking, *found.intents)}
        return doc

    return component
