"""Fits and measures what tells a gym's question from one that only sounds like it.

Run as a program it prints the constants of `nlu_models.retrieval` and, for several thresholds, the figures on
questions that took no part in the fitting.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from nlu_models.artefact import get_classifier
from nlu_models.judgement import Logistic
from nlu_models.retrieval import OwnQuestion, OwnQuestions, Weigher

HERE = Path(__file__).parent
FOLDS = 8
HARD = 3
"""Questions that a message is compared with for the fitting: those nearest to it."""


@dataclass(frozen=True)
class Message:
    """Something people ask, and which question it is; None where the list has no answer to it."""

    text: str
    asks: int | None
    group: int
    """The question that it was written for: all of a group are fitted on or measured on, never parted."""


@dataclass(frozen=True)
class Guess:
    """The likeliest question of a message, by weights that had not seen either."""

    text: str
    probability: float
    is_right: bool
    is_asked: bool
    guessed: str


@functools.cache
def written() -> tuple[tuple[str, ...], tuple[Message, ...]]:
    """The questions, and the messages: the same in other words, near misses, and everything else people write."""
    parts = yaml.safe_load((HERE / "questions.yml").read_text("utf-8"))
    entries = [entry for part in parts.values() for entry in part]
    found = [Message(text, at, at) for at, entry in enumerate(entries) for text in entry["same"]]
    found += [Message(text, None, at) for at, entry in enumerate(entries) for text in entry["near"]]
    others = (HERE / "others.txt").read_text("utf-8").splitlines()
    found += [Message(text, None, at % len(entries)) for at, text in enumerate(filter(None, others))]
    return tuple(entry["question"] for entry in entries), tuple(found)


@functools.cache
def figures() -> list[list[list[list[float]]]]:
    """By message and question, the figures of each of the question's alternatives."""
    classifier = get_classifier("en")
    questions, messages = written()
    ready = OwnQuestions(
        [OwnQuestion(text, (text,)) for text in questions],
        {text: classifier.vector(text) for text in questions},
        Weigher(classifier.word_weights),
    )
    return [
        [list(rows) for rows in ready.every_figure(message.text, classifier.vector(message.text))]
        for message in messages
    ]


def fitted(chosen: Sequence[int]) -> Logistic:
    """The regression of some messages, each against its own question and those nearest to it."""
    _, messages = written()
    rows, truths = [], []
    for at in chosen:
        mine = figures()[at]
        best = [max(alternatives, key=lambda row: row[3] * 10 + row[1]) for alternatives in mine]
        nearest = sorted(range(len(best)), key=lambda place: -sum(best[place][:3]))[:HARD]
        own = {place for place in (messages[at].group, messages[at].asks) if place is not None}
        for place in {*nearest, *own}:
            rows.append(best[place])
            truths.append(place == messages[at].asks)
    return Logistic.fitted(rows, truths)


@functools.cache
def guesses() -> tuple[Guess, ...]:
    """Every message's likeliest question; each fold is guessed by weights fitted on the others."""
    questions, messages = written()
    found = []
    for fold in range(FOLDS):
        weights = fitted([at for at, one in enumerate(messages) if one.group % FOLDS != fold])
        for at, message in enumerate(messages):
            if message.group % FOLDS != fold:
                continue
            odds = [max(weights.probabilities(alternatives)) for alternatives in figures()[at]]
            place = int(np.argmax(odds))
            found.append(
                Guess(
                    message.text,
                    odds[place],
                    place == message.asks,
                    message.asks is not None,
                    questions[place],
                )
            )
    return tuple(sorted(found, key=lambda guess: -guess.probability))


def at(threshold: float) -> tuple[float, float, list[Guess]]:
    """Recall and precision from a probability on, and the wrong ones."""
    taken = [guess for guess in guesses() if guess.probability >= threshold]
    right = sum(guess.is_right for guess in taken)
    asked = sum(guess.is_asked for guess in guesses())
    return right / asked, right / max(1, len(taken)), [guess for guess in taken if not guess.is_right]


def main() -> None:
    """Print constants and figures."""
    weights = fitted(range(len(written()[1])))
    print("CENTRE =", tuple(round(float(one), 3) for one in weights.centre))
    print("WEIGHTS =", tuple(round(float(one), 3) for one in weights.weights / weights.scale))
    print("BIAS =", round(weights.bias, 3))
    for threshold in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        recall, precision, wrong = at(threshold)
        print(f"{threshold:.2f}  recall {recall:.3f}  precision {precision:.3f}  wrong {len(wrong)}")
    for guess in at(0.7)[2]:
        print(f"  {guess.probability:.2f} {guess.text!r} taken for {guess.guessed!r}")


if __name__ == "__main__":
    main()
