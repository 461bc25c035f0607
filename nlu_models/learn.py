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

from nlu_models.classifier import LONGEST, Classifier, Thresholds
from nlu_models.clauses import Part, parts, wording
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

    vectors: Floats
    """Of the whole, then of each clause."""
    spoken: tuple[Sparse, ...]
    """The same."""
    lengths: tuple[int, ...]
    """Words of each clause."""
    targets: tuple[int, ...]

    @property
    def samples(self) -> list[tuple[Floats, Sparse, int]]:
        """What teaches one intent alone: the whole where it has one, else its clauses where each has its own.

        A clause is tinged by its neighbours, so the scorer must have seen clauses among neighbours.
        """
        if len(self.targets) == 1:
            return [(self.vectors[0], self.spoken[0], self.targets[0])]
        if len(self.targets) == len(self.lengths) == len(self.vectors) - 1:
            return list(zip(self.vectors[1:], self.spoken[1:], self.targets, strict=True))
        return []


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

    samples = [sample for row in rows for sample in row.samples]
    starts = np.concatenate([[0], np.cumsum([len(sparse.places) for _, sparse, _ in samples])])
    places = np.concatenate([sparse.places for _, sparse, _ in samples])
    values = np.concatenate([sparse.values for _, sparse, _ in samples])
    spoken = csr_matrix((values, places, starts), shape=(len(samples), len(terms)))
    targets = np.array([target for _, _, target in samples])
    several = [(row.vectors[0], row.targets) for row in rows if len(row.targets) > 1]
    every = [(vector, (target,)) for vector, _, target in samples] + several
    truths = np.zeros((len(every), len(labels)), np.float32)
    for at, (_, mine) in enumerate(every):
        truths[at, list(mine)] = 1
    return fit_linear(
        (np.stack([vector for vector, _, _ in samples]), spoken, targets),
        (np.stack([vector for vector, _ in every]), truths),
        several=bool(several),
    )


def anchors_of(rows: Sequence[Prepared]) -> Anchors:
    """The typical examples of messages with one intent."""
    single = [row for row in rows if len(row.targets) == 1]
    return Anchors.of(
        np.stack([row.vectors[0] for row in single]), np.array([row.targets[0] for row in single])
    )


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
        margins, several = linear.margins(row.vectors, row.spoken), linear.several(row.vectors)
        nearest = anchors.nearest(row.vectors[0], len(linear.bias))
        whole, *clauses = (_RawScores(*scores, nearest) for scores in zip(margins, several, strict=True))
        return cls(whole, tuple(clauses), row.lengths)

    def settled(self, mix: Floats) -> Reading:
        return Reading(
            self.whole.settled(mix), tuple(clause.settled(mix) for clause in self.clauses), self.lengths
        )


def _prepared(
    example: Example, encoder: Encoder, terms: TermWeights, labels: list[str], lang: str, *, whole_only: bool
) -> Prepared:
    text = example.text[:LONGEST]
    found = (Part(plain(text, lang)),) if whole_only else parts(text, lambda piece: plain(piece, lang))
    vectors = encoder.read([part.text for part in found], [part.clause is not None for part in found])
    words = wording(found)[: len(vectors)]
    return Prepared(
        vectors,
        tuple(terms.of(text) for text in words),
        tuple(len(clause.split()) for clause in words[1:]),
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
    figures, truths = [], []
    for targets, reading in readings:
        if targets == (judge.outside,):
            continue
        candidates = judge.candidates(reading)
        figures += judge.want_figures(reading, candidates)
        truths += [label in targets for label in candidates]
    wants = Logistic.fitted(figures, truths)
    found = np.array(wants.probabilities(figures))
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
