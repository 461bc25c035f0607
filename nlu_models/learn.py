"""Learning: labelled messages to a classifier.

What is decided on top of scores (see `judgement`) is learnt from messages that the scorer has not seen: each
fold is scored by a head trained on the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from nlu_models.classifier import Classifier, Thresholds
from nlu_models.clauses import split
from nlu_models.data import Example
from nlu_models.encoder import Encoder
from nlu_models.features import Sparse, TermWeights
from nlu_models.head import Anchors, Floats, Head, Linear, Scores, mixed
from nlu_models.judgement import Judge, Logistic, Reading
from nlu_models.parse import OUT_OF_SCOPE
from nlu_models.regression import fit_linear
from nlu_models.text import Speller, key, plain

SEED = 20
SPLIT = 8
"""One message in eight is kept back for the judgement and the report."""
REJECTED_AT_MOST = 0.0275
"""Share of in-scope messages that may be taken for out of scope."""
WANTED_FROM = 0.75
"""A second intent needs at least this probability: people ramble more than training sentences do, so the threshold
that is best on those finds wants where there is only talk."""
JOINTS = (" and ", ". ", ", ", " also ", "? ", " and also ", ". also ", ", and ", "! ", " but ", " - ")
LEADS = frozenset({OUT_OF_SCOPE, "greet", "thank", "goodbye"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text ready for scoring, with its clauses where it has several."""

    vector: Floats
    sparse: Sparse
    clauses: tuple[tuple[Floats, Sparse], ...]
    lengths: tuple[int, ...]
    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A classifier, and what it made of messages that it had not seen."""

    classifier: Classifier
    held_out: tuple[tuple[Example, tuple[str, ...]], ...]
    """Each held-out message and its predicted intents, by a head and a judgement that both did not know it."""


def kept_back(text: str) -> bool:
    """Whether a message belongs to the part that neither encoder nor head learns from; by hash, so it never moves."""
    return int(hashlib.sha256(key(text).encode()).hexdigest(), 16) % SPLIT == 0


def learn(
    examples: Sequence[Example], encoder: Encoder, *, lang: str = "en", folds: int = 0, least: int = 2
) -> Learnt:
    """A classifier for the examples' labels; `folds` 0 keeps back one part by hash, else all take their turn.

    A label's own name is one more example of it: worth half a point where examples are few.
    Deterministic: the same examples in any order give the same classifier.
    """
    examples = sorted(examples, key=lambda example: (example.intents, example.text))
    given = len(examples)
    labels = sorted({intent for example in examples for intent in example.intents})
    mixed_up = any(len(example.intents) > 1 for example in examples)
    turns = _turns(examples, folds)
    named = [Example(regex.sub(r"[_/]+", " ", label), (label,)) for label in labels]
    examples, turns = [*examples, *named], np.concatenate([turns, np.full(len(named), -1)])
    if mixed_up:
        joined, their_turns = _joined(examples, turns)
        examples, turns = [*examples, *joined], np.concatenate([turns, their_turns])
    written = [plain(example.text, lang) for example in examples if len(example.intents) == 1]
    terms = TermWeights.fitted(written, least=least)
    speller = Speller.of(encoder.vocabulary(), written)
    rows = [_prepared(example, encoder, terms, labels, lang, whole_only=not mixed_up) for example in examples]

    raw: list[tuple[int, _RawReading]] = []
    for turn in sorted(set(turns.tolist()) - {-1}):
        others = [row for row, mine in zip(rows, turns, strict=True) if mine != turn]
        linear, anchors = linear_of(labels, terms, others), anchors_of(others)
        raw += [
            (at, _RawReading.of(rows[at], linear, anchors)) for at in np.flatnonzero(turns == turn).tolist()
        ]
    singles = [(reading.whole, rows[at].targets[0]) for at, reading in raw if len(rows[at].targets) == 1]
    mix = _best_mix(singles)
    readings = [(rows[at].targets, reading.settled(mix)) for at, reading in raw]

    head = Head(labels, linear_of(labels, terms, rows), mix, anchors_of(rows))

    def judging(known: Sequence[tuple[tuple[int, ...], Reading]]) -> Classifier:
        judge = Judge(labels)
        scope, scope_from = _scope(judge, known)
        wants, want_from = _wants(judge, known) if mixed_up else (None, 0.5)
        return Classifier(
            encoder, terms, head, scope, wants, Thresholds(scope_from, want_from), speller, lang
        )

    # The judgement's own report: learnt from one half of the held-out messages, asked about the other.
    held_out: list[tuple[Example, tuple[str, ...]]] = []
    for half in (0, 1):
        other = judging(readings[1 - half :: 2])
        for (at, _), (_, reading) in list(zip(raw, readings, strict=True))[half::2]:
            if at < given:
                found = other.judged(reading).intents
                held_out.append((examples[at], tuple(intent.name for intent in found)))
    return Learnt(judging(readings), tuple(held_out))


def linear_of(labels: Sequence[str], terms: TermWeights, rows: Sequence[Prepared]) -> Linear:
    """Both linear classifiers of some messages."""
    from scipy.sparse import csr_matrix

    single = [row for row in rows if len(row.targets) == 1]
    starts = np.concatenate([[0], np.cumsum([len(row.sparse.places) for row in single])])
    places = np.concatenate([row.sparse.places for row in single])
    values = np.concatenate([row.sparse.values for row in single])
    spoken = csr_matrix((values, places, starts), shape=(len(single), len(terms)))
    targets = np.array([row.targets[0] for row in single])
    truths = np.zeros((len(rows), len(labels)), np.float32)
    for at, row in enumerate(rows):
        truths[at, list(row.targets)] = 1
    return fit_linear(
        (np.stack([row.vector for row in single]), spoken, targets),
        (np.stack([row.vector for row in rows]), truths),
        several=len(single) < len(rows),
    )


def anchors_of(rows: Sequence[Prepared]) -> Anchors:
    """The typical examples of messages with one intent."""
    single = [row for row in rows if len(row.targets) == 1]
    return Anchors.of(np.stack([row.vector for row in single]), np.array([row.targets[0] for row in single]))


@dataclass(frozen=True, slots=True)
class _RawScores:
    """Scores before the mix is known."""

    margins: Floats
    several: Floats
    nearest: Floats

    def settled(self, mix: Floats) -> Scores:
        return Scores(mixed(self.margins, self.several, mix), self.margins, self.several, self.nearest)


@dataclass(frozen=True, slots=True)
class _RawReading:
    whole: _RawScores
    clauses: tuple[_RawScores, ...]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, row: Prepared, linear: Linear, anchors: Anchors) -> _RawReading:
        def score(vector: Floats, sparse: Sparse) -> _RawScores:
            return _RawScores(
                linear.margins(vector, sparse),
                linear.several(vector),
                anchors.nearest(vector, len(linear.bias)),
            )

        return cls(
            score(row.vector, row.sparse), tuple(score(*clause) for clause in row.clauses), row.lengths
        )

    def settled(self, mix: Floats) -> Reading:
        return Reading(
            self.whole.settled(mix), tuple(clause.settled(mix) for clause in self.clauses), self.lengths
        )


def _prepared(
    example: Example, encoder: Encoder, terms: TermWeights, labels: list[str], lang: str, *, whole_only: bool
) -> Prepared:
    pieces = () if whole_only else split(example.text)
    clauses = tuple(plain(piece.text, lang) for piece in pieces) if len(pieces) > 1 else ()
    text = plain(example.text, lang)
    vectors = encoder.encode([text, *clauses])
    return Prepared(
        vectors[0],
        terms.of(text),
        tuple((vector, terms.of(clause)) for vector, clause in zip(vectors[1:], clauses, strict=True)),
        tuple(len(clause.split()) for clause in clauses),
        tuple(labels.index(intent) for intent in example.intents),
    )


def _turns(examples: Sequence[Example], folds: int) -> NDArray[np.int64]:
    """In which turn each example is held out; -1 is never."""
    if not folds:
        return np.array([0 if kept_back(example.text) else -1 for example in examples])
    turns = np.full(len(examples), -1)
    random = np.random.default_rng(SEED)
    kinds = [example.intents for example in examples]
    for kind in sorted(set(kinds)):
        places = random.permutation([at for at, mine in enumerate(kinds) if mine == kind])
        if len(places) > 1:
            turns[places] = np.arange(len(places)) % folds
    return turns


def _joined(examples: Sequence[Example], turns: NDArray[np.int64]) -> tuple[list[Example], NDArray[np.int64]]:
    """Messages with two intents made of two with one, both held out or both not."""
    random = np.random.default_rng(SEED)
    made: list[Example] = []
    their_turns: list[int] = []
    for turn in sorted(set(turns.tolist())):
        mine = [
            example
            for example, its in zip(examples, turns, strict=True)
            if its == turn
            and len(example.intents) == 1
            and example.intents[0] not in LEADS
            and len(example.text) < 90
        ]
        for _ in range(len(mine) // 6):
            first, second = (mine[at] for at in random.integers(0, len(mine), 2))
            if first.intents == second.intents:
                continue
            text = first.text.rstrip(" .!?,") + JOINTS[random.integers(0, len(JOINTS))] + second.text
            made.append(Example(text, first.intents + second.intents))
            their_turns.append(turn)
    return made, np.array(their_turns, np.int64)


def _scope(
    judge: Judge, readings: Sequence[tuple[tuple[int, ...], Reading]]
) -> tuple[Logistic | None, float]:
    """The regression that tells what is out of scope, and from which probability on."""
    if judge.outside is None:
        return None, 1.0
    truths = [targets == (judge.outside,) for targets, _ in readings]
    if not any(truths) or all(truths):
        return None, 1.0
    figures = [judge.scope_figures(reading) for _, reading in readings]
    scope = Logistic.fitted(figures, truths)
    inside = [scope.probability(row) for row, truth in zip(figures, truths, strict=True) if not truth]
    return scope, max(0.01, float(np.quantile(inside, 1 - REJECTED_AT_MOST)))


def _wants(judge: Judge, readings: Sequence[tuple[tuple[int, ...], Reading]]) -> tuple[Logistic, float]:
    """The regression that tells the intents of a message, and the threshold with the best F1."""
    figures, truths, owners = [], [], []
    for owner, (targets, reading) in enumerate(readings):
        if targets == (judge.outside,):
            continue
        for label in judge.candidates(reading):
            figures.append(judge.want_figures(reading, label))
            truths.append(label in targets)
            owners.append(owner)
    wants = Logistic.fitted(figures, truths)
    found = np.array([wants.probability(row) for row in figures])
    real = sum(len(targets) for targets, _ in readings if targets != (judge.outside,))

    def f1(threshold: float) -> float:
        chosen = found > threshold
        hits = sum(truth for truth, taken in zip(truths, chosen, strict=True) if taken)
        return 2 * hits / (int(chosen.sum()) + real)

    best = max((round(step * 0.025, 3) for step in range(8, 33)), key=f1)
    return wants, max(WANTED_FROM, best)


def _best_mix(singles: Sequence[tuple[_RawScores, int]]) -> Floats:
    """The two classifiers' weights with the least log loss on unseen messages."""
    from scipy.optimize import minimize

    if not singles:
        return np.array([2.0, 0.5], np.float32)
    margins = np.stack([scores.margins for scores, _ in singles])
    several = np.stack([scores.several for scores, _ in singles])
    targets = np.array([target for _, target in singles])
    rows = np.arange(len(targets))

    def loss(weights: NDArray[np.float64]) -> float:
        found = mixed(margins, several, np.asarray(weights, np.float32))[rows, targets]
        return float(-np.log(np.maximum(found, 1e-9)).mean())

    found = minimize(loss, x0=[2.0, 0.5], method="Nelder-Mead", options={"maxiter": 80})
    return np.asarray(np.maximum(found.x, 0.0), np.float32)
