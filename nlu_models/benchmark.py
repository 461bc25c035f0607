"""The same engine, trained from scratch on any intent data, so that it can be compared on public sets."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from nlu_models.data import Example, read_jsonl
from nlu_models.encoder import Encoder
from nlu_models.evaluate import Figures, evaluate
from nlu_models.learn import learn
from nlu_models.parse import OUT_OF_SCOPE

FOLDS = 5
FOLDS_OF_MANY = 2
MANY = 5_000
"""From so many examples on, halves are enough to learn the judgement from, and training takes half as long."""
FEW = 40
"""With fewer examples an intent than this, words seen only once count too."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The figures, and the seconds that training took."""

    figures: Figures
    in_scope_accuracy: float
    train_s: float


def benchmark(
    train: list[Path], test: list[Path], *, oos: str | None = None, encoder: Encoder | None = None
) -> Benchmark:
    """Train on one set of {"text", "intent"} lines, score on another.

    `oos` is the label of messages that belong to no intent; they teach the rejection and are left out of `in_scope_accuracy`.
    """
    learnt = [_relabelled(example, oos) for path in train for example in read_jsonl(path)]
    asked = [_relabelled(example, oos) for path in test for example in read_jsonl(path)]
    encoder = encoder or Encoder.load(threads=2)
    intents = {example.intents for example in learnt}
    began = time.perf_counter()
    least = 1 if len(learnt) < FEW * len(intents) else 2
    folds = FOLDS if len(learnt) < MANY else FOLDS_OF_MANY
    classifier = learn(learnt, encoder, folds=folds, least=least).classifier
    took = time.perf_counter() - began
    figures = evaluate(lambda text: tuple(intent.name for intent in classifier.classify(text).intents), asked)
    inside = [example for example in asked if OUT_OF_SCOPE not in example.intents]
    wrong = sum(
        OUT_OF_SCOPE not in expected and expected[0] != predicted[0]
        for _, expected, predicted in figures.misses
    )
    return Benchmark(figures, 1 - wrong / max(1, len(inside)), took)


def _relabelled(example: Example, oos: str | None) -> Example:
    return replace(example, intents=(OUT_OF_SCOPE,)) if oos and example.intents == (oos,) else example
