"""The grammar as a spaCy component: ``nlp.add_pipe("spotter_times")`` sets ``doc._.times``.

The moment and the gym come with each document, as a :class:`~nlu_models.parse.Context` in
``doc.user_data["context"]``; a document without one has no times. Only this module imports spaCy.
"""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlu_models.parse import Context, Times
from nlu_models.times.read import read

CONTEXT = "context"
"""The key of the context in ``doc.user_data``."""

if not Doc.has_extension("times"):
    Doc.set_extension("times", default=Times())


class TimesComponent:
    """Reads the appointment times of each document."""

    def __call__(self, doc: Doc) -> Doc:
        """Set ``doc._.times``."""
        context = doc.user_data.get(CONTEXT)
        if isinstance(context, Context):
            doc._.times = read(doc.text, context)
        return doc


@Language.factory("spotter_times")
def create(nlp: Language, name: str) -> TimesComponent:  # noqa: ARG001  the factory's signature is spaCy's
    """Make the component."""
    return TimesComponent()
