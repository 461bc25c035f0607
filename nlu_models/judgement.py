"""What is decided on top of the scores: is it our business at all, and which wants does it hold.

Two small logistic regressions over a dozen figures each. Their figures come from messages that the
scorer had not seen, so they learn how far its scores can be trusted.
"""

from __future__ import annotations

import heapq
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
        return self.probabilities([figures])[0]

    def probabilities(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """The same for several rows of figures at once."""
        scores = ((np.asarray(rows) - self.centre) / self.scale) @ self.weights + self.bias
        found: list[float] = (1 / (1 + np.exp(-np.clip(scores, -30.0, 30.0)))).tolist()
        return found

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
        self._social = [label in SOCIAL for label in labels]

    def scope_figures(self, reading: Reading) -> list[float]:
        """What tells a message that is none of our business from a strange way to say something that is."""
        scores = reading.whole
        probabilities, nearest = self._inside(scores.probabilities), self._inside(scores.nearest)
        best, second = _top_two(probabilities)
        margin, next_margin = _top_two(self._inside(scores.margins))
        likely, next_likely = _top_two(self._inside(scores.several))
        near = max(nearest)
        figures = [
            _log(best),
            best - second,
            margin,
            margin - next_margin,
            likely,
            likely - next_likely,
            near,
            float(probabilities.index(best) == nearest.index(near)),
        ]
        if self.outside is None:
            return figures
        outside = self.outside
        clearest = max((max(self._inside(clause.probabilities)) for clause in reading.clauses), default=best)
        return [
            *figures,
            _log(float(scores.probabilities[outside])),
            float(scores.margins[outside]) - margin,
            float(scores.nearest[outside]) - near,
            float(scores.several[outside]),
            _log(clearest),
        ]

    def candidates(self, reading: Reading) -> list[int]:
        """Labels worth judging: the likeliest of the whole and of each clause; never out of scope."""
        found = dict.fromkeys(np.argsort(-reading.whole.several)[:CANDIDATES].tolist())
        found.update(dict.fromkeys(np.argsort(-reading.whole.probabilities)[:CANDIDATES].tolist()))
        for scores in reading.clauses:
            found.update(dict.fromkeys(np.argsort(-scores.probabilities)[:2].tolist()))
        return [label for label in found if label != self.outside]

    def want_figures(self, reading: Reading, labels: Sequence[int]) -> list[list[float]]:
        """What tells an intent of the message from a near miss; a row for each of `labels`."""
        whole = reading.whole.probabilities.tolist()
        several = reading.whole.several.tolist()
        clauses = [scores.probabilities.tolist() for scores in reading.clauses]
        best, second = _top_two(whole)
        likely, next_likely = _top_two(several)
        peaks = [max(row) for row in clauses]
        tops = [row.index(peak) for row, peak in zip(clauses, peaks, strict=True)]
        kinds = {top for top in tops if top != self.outside}
        serious = any(not self._social[top] for top in kinds)
        serious_whole = (
            max((odds for odds, social in zip(several, self._social, strict=True) if not social), default=0.0)
            > 0
        )
        weakest = min(peaks, default=0.0)
        rows = []
        for label in labels:
            mine = [row[label] for row in clauses]
            strongest = max(mine, default=whole[label])
            place = mine.index(strongest) if mine else 0
            other = max((peak for peak, top in zip(peaks, tops, strict=True) if top != label), default=0.0)
            social, leads = self._social[label], label in tops
            rows.append(
                [
                    _log(whole[label]),
                    several[label],
                    _log(strongest),
                    float(whole[label] == best > second),
                    float(leads),
                    _log(strongest) if clauses else 0.0,
                    float(bool(clauses)),
                    _log(second if whole[label] == best else best),
                    next_likely if several[label] == likely else likely,
                    float(len(kinds)),
                    float(social and serious),
                    float(social and serious_whole),
                    math.log1p(reading.lengths[place]) if reading.lengths else 0.0,
                    float(bool(clauses) and place == 0),
                    tops.count(label) / max(1, len(tops)),
                    # A clause that is plainly this, beside clauses that are plainly something else: a split that is real.
                    strongest * weakest * leads,
                    strongest * other * leads,
                ]
            )
        return rows

    def _inside(self, scores: Floats) -> list[float]:
        found: list[float] = scores.tolist()
        if self.outside is not None:
            del found[self.outside]
        return found


def _top_two(values: Sequence[float]) -> tuple[float, float]:
    """The highest and the next; the same twice where it stands alone."""
    first, *others = heapq.nlargest(2, values)
    return first, others[0] if others else first


def _log(probability: float) -> float:
    return math.log(max(probability, FLOOR))
