"""What is decided on top of the scores: is it our business at all, and which wants does it hold.

Two small logistic regressions over a dozen figures each. Their figures come from messages that the
scorer had not seen, so they learn how far its scores can be trusted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu_models.head import Floats, Scores
from nlu_models.parse import OUT_OF_SCOPE

CANDIDATES = 4
FLOOR = 1e-4
SOCIAL = frozenset({"greet", "thank", "goodbye", "chitchat", "affirm", "deny"})
"""Intents that carry a talk along; beside a real want they often are only its wrapping."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All scores of one message: of the whole, and of each of its clauses (none where it has one only)."""

    whole: Scores
    clauses: tuple[Scores, ...] = ()
    lengths: tuple[int, ...] = ()
    """Words of each clause."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression: standardised figures to a probability."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    def probability(self, figures: Sequence[float]) -> float:
        """How likely the answer is yes."""
        z = float(((np.asarray(figures) - self.centre) / self.scale) @ self.weights) + self.bias
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))

    @classmethod
    def fitted(
        cls, rows: Sequence[Sequence[float]], truths: Sequence[bool], *, strength: float = 1.0
    ) -> Logistic:
        """Learn from rows of figures; `strength` is the inverse of the regularisation."""
        from sklearn.linear_model import LogisticRegression

        table = np.asarray(rows, np.float64)
        centre, scale = table.mean(0), table.std(0) + 1e-9
        model = LogisticRegression(C=strength, max_iter=1000).fit(
            (table - centre) / scale, np.asarray(truths)
        )
        return cls(centre, scale, model.coef_[0], float(model.intercept_[0]))

    def as_json(self) -> dict[str, object]:
        """Plain numbers for the artefact."""
        return {
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "bias": self.bias,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, object]) -> Logistic:
        """The regression that `as_json` described."""
        centre, scale, weights = (
            np.asarray(content[name], np.float64) for name in ("centre", "scale", "weights")
        )
        return cls(centre, scale, weights, float(str(content["bias"])))


class Judge:
    """Turns readings into intents, for one set of labels."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = list(labels)
        self.outside = self.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.labels else None
        self._social = np.array([label in SOCIAL for label in labels])

    def scope_figures(self, reading: Reading) -> list[float]:
        """What tells a message that is none of our business from a strange way to say something that is."""
        scores = reading.whole
        inside = self._inside(scores.probabilities)
        margins = np.sort(self._inside(scores.margins))
        several = np.sort(self._inside(scores.several))
        nearest = self._inside(scores.nearest)
        best, second = np.sort(inside)[-2:][::-1] if len(inside) > 1 else (inside[0], 0.0)
        figures = [
            _log(float(best)),
            float(best - second),
            float(margins[-1]),
            float(margins[-1] - margins[-2]) if len(margins) > 1 else 0.0,
            float(several[-1]),
            float(several[-1] - several[-2]) if len(several) > 1 else 0.0,
            float(nearest.max()),
            float(inside.argmax() == nearest.argmax()),
        ]
        if self.outside is None:
            return figures
        outside = self.outside
        outer = [
            _log(float(scores.probabilities[outside])),
            float(scores.margins[outside] - margins[-1]),
            float(scores.nearest[outside] - nearest.max()),
            float(scores.several[outside]),
        ]
        if reading.clauses:
            outer.append(max(_log(float(self._inside(c.probabilities).max())) for c in reading.clauses))
        else:
            outer.append(_log(float(best)))
        return figures + outer

    def candidates(self, reading: Reading) -> list[int]:
        """Labels worth judging: the likeliest of the whole and of each clause; never out of scope."""
        found = dict.fromkeys(np.argsort(-reading.whole.several)[:CANDIDATES].tolist())
        found.update(dict.fromkeys(np.argsort(-reading.whole.probabilities)[:CANDIDATES].tolist()))
        for scores in reading.clauses:
            found.update(dict.fromkeys(np.argsort(-scores.probabilities)[:2].tolist()))
        return [label for label in found if label != self.outside]

    def want_figures(self, reading: Reading, label: int) -> list[float]:
        """What tells an intent of the message from a near miss."""
        whole = reading.whole
        others = np.delete(whole.probabilities, label)
        rivals = np.delete(whole.several, label)
        clauses = reading.clauses
        mine = [float(scores.probabilities[label]) for scores in clauses]
        tops = [int(scores.probabilities.argmax()) for scores in clauses]
        strongest = max(mine, default=float(whole.probabilities[label]))
        place = int(np.argmax(mine)) if mine else 0
        weakest = min((float(scores.probabilities.max()) for scores in clauses), default=0.0)
        other = max(
            (float(s.probabilities.max()) for s, top in zip(clauses, tops, strict=True) if top != label),
            default=0.0,
        )
        social = bool(self._social[label])
        kinds = {top for top in tops if top != self.outside}
        return [
            _log(float(whole.probabilities[label])),
            float(whole.several[label]),
            _log(strongest),
            float(whole.probabilities[label] > others.max()),
            float(label in tops),
            float(bool(clauses)) * _log(strongest),
            float(bool(clauses)),
            _log(float(others.max())),
            float(rivals.max()),
            float(len(kinds)),
            float(social and any(not self._social[top] for top in kinds)),
            float(social and bool(whole.several[~self._social].max() > 0)),
            math.log1p(reading.lengths[place]) if reading.lengths else 0.0,
            float(bool(clauses) and place == 0),
            float(sum(top == label for top in tops)) / max(1, len(tops)),
            # A clause that is plainly this, beside clauses that are plainly something else: a split that is real.
            strongest * weakest * float(label in tops),
            strongest * other * float(label in tops),
        ]

    def _inside(self, scores: Floats) -> Floats:
        return scores if self.outside is None else np.delete(scores, self.outside)


def _log(probability: float) -> float:
    return math.log(max(probability, FLOOR))
