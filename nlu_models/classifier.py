"""A message to its intents: encode, score, judge. Knows no context; see `pipeline`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from nlu_models.clauses import Clause, Part, parts, wording
from nlu_models.encoder import Encoder, Vectors
from nlu_models.features import WORD_MARK, TermWeights
from nlu_models.head import Head, Scores
from nlu_models.judgement import Judge, Logistic, Reading
from nlu_models.parse import OUT_OF_SCOPE, Intent
from nlu_models.text import Speller, plain

RANKED = 5
LONGEST = 1000
"""Characters that are looked at: the encoder reads 128 tokens, no want takes longer to say."""
WRAPPING = frozenset({"thank", "goodbye", "greet"})
EVERY_CLAUSE, ONE_CLAUSE = 0.8, 0.9
TALK = WRAPPING | {"affirm", "deny", "chitchat"}
TELLING = TALK | {"inform", "praise", "complaint", OUT_OF_SCOPE}
"""What a clause often is only in passing: never wanted because of one clause alone."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on a message is out of scope, and an intent one of the message's."""

    scope: float
    want: float


@dataclass(frozen=True, slots=True)
class Classified:
    """What the classifier makes of a message."""

    intents: tuple[Intent, ...]
    ranking: tuple[Intent, ...]
    clauses: tuple[tuple[str, Intent], ...]
    vectors: Vectors | None = field(default=None, compare=False, repr=False)
    """Of the whole message, then of each clause: what the encoder made of it."""


class Classifier:
    """See `learn.learn` for how one is made, `save` and `load` for how it is kept."""

    def __init__(
        self,
        encoder: Encoder,
        terms: TermWeights,
        head: Head,
        scope: Logistic | None,
        wants: Logistic | None,
        thresholds: Thresholds,
        speller: Speller,
        lang: str = "en",
    ) -> None:
        self.encoder = encoder
        self.terms = terms
        self.head = head
        self.scope = scope
        self.wants = wants
        self.thresholds = thresholds
        self.speller = speller
        self.lang = lang
        self.judge = Judge(head.labels)

    @property
    def labels(self) -> list[str]:
        """The intents it can tell apart, sorted."""
        return self.head.labels

    def classify(self, text: str, prior: Mapping[str, float] | None = None) -> Classified:
        """The intents of a message in spoken order, and how it ranks the others.

        `prior` says how many times likelier than usual an intent is at this moment.
        """
        text = text[:LONGEST]
        found = parts(text, self._plain) if self.wants else (Part(self._plain(text)),)
        if not any(part.text for part in found):
            return self._nothing()
        vectors = self.encoder.read(
            [part.text for part in found], [part.clause is not None for part in found]
        )
        # Clauses beyond what the encoder reads have no vector.
        words = wording(found)[: len(vectors)]
        scores = self.head.scores(vectors, [self.terms.of(text) for text in words])
        if prior:
            scores = [self._weighed(row, prior) for row in scores]
        reading = Reading(scores[0], tuple(scores[1:]), tuple(len(clause.split()) for clause in words[1:]))
        found_out = self.judged(reading, [part.clause for part in found if part.clause is not None])
        return replace(found_out, vectors=vectors)

    def vector(self, text: str) -> Vectors:
        """The vector of a text by itself, as `classify` would read it; for what is kept, not for messages."""
        found: Vectors = self.encoder.read([self._plain(text[:LONGEST]) or "?"], [False])[0]
        return found

    @cached_property
    def word_weights(self) -> dict[str, float]:
        """How telling each word of the training sentences is: its inverse document frequency."""
        return {
            term.removeprefix(WORD_MARK): float(weight)
            for term, weight in zip(self.terms.vocabulary, self.terms.idf, strict=True)
            if term.startswith(WORD_MARK) and " " not in term
        }

    def judged(self, reading: Reading, pieces: Sequence[Clause] = ()) -> Classified:
        """The decision on scores already made."""
        judge, labels = self.judge, self.labels
        ranking = tuple(
            Intent(labels[at], float(reading.whole.probabilities[at]))
            for at in np.argsort(-reading.whole.probabilities)[:RANKED].tolist()
        )
        clauses = tuple(
            (
                piece.text,
                Intent(labels[int(scores.probabilities.argmax())], float(scores.probabilities.max())),
            )
            for piece, scores in zip(pieces, reading.clauses, strict=False)
        )
        outside = self.scope.probability(judge.scope_figures(reading)) if self.scope else 0.0
        if self.scope and outside > self.thresholds.scope:
            return Classified((Intent(OUT_OF_SCOPE, outside),), ranking, clauses)
        if self.wants is None:
            best = max(
                (at for at in range(len(labels)) if at != judge.outside or self.scope is None),
                key=lambda at: float(reading.whole.probabilities[at]),
            )
            return Classified(
                (Intent(labels[best], float(reading.whole.probabilities[best])),), ranking, clauses
            )
        candidates = judge.candidates(reading)
        sure = self.wants.probabilities(judge.want_figures(reading, candidates))
        found = dict(zip(candidates, sure, strict=True))
        best = max(found, key=lambda at: found[at])
        chosen = {at for at in found if at == best or found[at] > self.thresholds.want} | self._plain_wants(
            reading
        )
        names = unwrapped([labels[at] for at in spoken_order(sorted(chosen), reading)])
        intents = tuple(Intent(name, found[labels.index(name)]) for name in names)
        return Classified(intents, ranking, clauses)

    def _plain(self, text: str) -> str:
        return self.speller.mend(plain(text, self.lang))

    def _plain_wants(self, reading: Reading) -> set[int]:
        """What clauses want beyond doubt, in a message of which every clause is plain.

        "How much is it and can I come tomorrow?" as a whole sounds like its first half; read by itself each half is plain.
        """
        tops = [(int(s.probabilities.argmax()), float(s.probabilities.max())) for s in reading.clauses]
        if min((sure for _, sure in tops), default=0.0) < EVERY_CLAUSE:
            return set()
        return {at for at, sure in tops if sure > ONE_CLAUSE and self.labels[at] not in TELLING}

    def _weighed(self, scores: Scores, prior: Mapping[str, float]) -> Scores:
        factors = np.array([prior.get(label, 1.0) for label in self.labels], np.float32)
        probabilities = scores.probabilities * factors
        shift = np.log(factors).astype(np.float32)
        return Scores(
            probabilities / probabilities.sum(),
            scores.margins + np.float32(0.5) * shift,
            scores.several + shift,
            scores.nearest,
        )

    def _nothing(self) -> Classified:
        intent = Intent(OUT_OF_SCOPE, 1.0)
        return Classified((intent,), (intent,), ())

    def save(self, path: Path, about: Mapping[str, object]) -> None:
        """Keep the classifier in one .npz file: arrays and JSON, nothing that runs when read."""
        with path.open("wb") as file:
            self.write(file, about)

    def write(self, file: BinaryIO, about: Mapping[str, object]) -> None:
        """The same into an open file."""
        content = {
            "labels": self.labels,
            "vocabulary": list(self.terms.vocabulary),
            "weight": self.terms.weight,
            "scope": self.scope.as_json() if self.scope else None,
            "wants": self.wants.as_json() if self.wants else None,
            "thresholds": asdict(self.thresholds),
            "lang": self.lang,
            "words": self.speller.seen,
            "about": dict(about),
        }
        text = np.frombuffer(json.dumps(content, ensure_ascii=False).encode(), np.uint8)
        arrays: dict[str, NDArray[np.generic]] = {"idf": self.terms.idf, "json": text, **self.head.arrays()}
        np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path | BinaryIO, encoder: Encoder) -> Classifier:
        """Read what `save` wrote; never unpickles."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        content = json.loads(bytes(arrays["json"]))
        terms = TermWeights(content["vocabulary"], arrays["idf"], content["weight"])
        scope, wants = (
            Logistic.from_json(content[name]) if content[name] else None for name in ("scope", "wants")
        )
        thresholds = Thresholds(**content["thresholds"])
        speller = Speller(encoder.vocabulary(), content["words"])
        head = Head.from_arrays(content["labels"], arrays)
        return cls(encoder, terms, head, scope, wants, thresholds, speller, content["lang"])


def spoken_order(chosen: Sequence[int], reading: Reading) -> list[int]:
    """The chosen labels by the clause that holds each most clearly; without clauses, likeliest first."""

    def place(label: int) -> tuple[int, float]:
        mine = [float(scores.probabilities[label]) for scores in reading.clauses]
        return (int(np.argmax(mine)) if mine else 0, -float(reading.whole.several[label]))

    return sorted(chosen, key=place)


def unwrapped(names: Sequence[str]) -> list[str]:
    """Without the greetings, thanks and goodbyes that only open or close something else."""
    if any(name not in TALK for name in names):
        return [name for name in names if name not in WRAPPING]
    if any(name != "greet" for name in names):
        return [name for name in names if name != "greet"]
    return list(names)
