"""The linear classifier on top of the encoder: which intent a piece of text has, and how surely.

A support vector machine over meaning and words together, and a regression over meaning alone. Their
scores are mixed and calibrated on examples that neither has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu_models.encoder import MEANING, Vectors
from nlu_models.features import Sparse

Floats = NDArray[np.float32]
TYPICAL = 24
PARTS = ("meaning", "words", "bias", "several_meaning", "several_bias")
NOTHING = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class Scores:
    """What the two classifiers and the typical examples say about one text; a number a label each."""

    probabilities: Floats
    """Adding up to 1."""
    margins: Floats
    """Distances of the support vector machine."""
    several: Floats
    """Log odds of the regression: of each label by itself, so that a message may have several."""
    nearest: Floats
    """Cosine of the nearest typical example; empty where it was not asked for."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Both classifiers' weights, a column a label."""

    meaning: Floats
    """Vector width x labels, of the support vector machine."""
    words: Floats
    """Terms x labels, of the same."""
    bias: Floats
    several_meaning: Floats
    """Vector width x labels, of the regression."""
    several_bias: Floats

    def margins(self, vectors: Vectors, spoken: Sequence[Sparse]) -> Floats:
        """The support vector machine's distances, a row a text."""
        worded = [terms.values @ self.words[terms.places] for terms in spoken]
        return np.asarray(vectors @ self.meaning + worded + self.bias, np.float32)

    def several(self, vectors: Vectors) -> Floats:
        """The regression's log odds, a row a text."""
        return np.asarray(vectors @ self.several_meaning + self.several_bias, np.float32)


@dataclass(frozen=True, slots=True)
class Anchors:
    """Typical examples of each label: the middles of its clusters, so that comparing stays cheap."""

    vectors: Vectors
    """Sentence embeddings proper, without the earlier layers."""
    labels: NDArray[np.int64]
    """Sorted."""

    def nearest(self, vector: Floats, labels: int) -> Floats:
        """The cosine of the nearest one of each label; -1 for a label that has none."""
        found = np.full(labels, -1, np.float32)
        np.maximum.at(found, self.labels, self.vectors @ vector[-MEANING:])
        return found

    @classmethod
    def of(cls, vectors: Vectors, targets: NDArray[np.int64]) -> Anchors:
        """At most `TYPICAL` a label, a third of its examples at most (but one)."""
        from sklearn.cluster import KMeans

        vectors = vectors[:, -MEANING:]
        middles, labels = [], []
        for target in np.unique(targets):
            mine = vectors[targets == target]
            count = max(1, min(TYPICAL, len(mine) // 3))
            found = KMeans(count, n_init=1, random_state=0).fit(mine).cluster_centers_
            middles.append(found / np.linalg.norm(found, axis=1, keepdims=True))
            labels += [int(target)] * count
        return cls(np.concatenate(middles).astype(np.float32), np.array(labels, np.int64))


class Head:
    """Scores texts that are already vectors and terms; see `fit`."""

    def __init__(self, labels: Sequence[str], linear: Linear, mix: Floats, anchors: Anchors) -> None:
        self.labels = list(labels)
        self.linear = linear
        self.mix = mix
        self.anchors = anchors

    def scores(self, vectors: Vectors, spoken: Sequence[Sparse]) -> list[Scores]:
        """Score a message and its clauses; only the message itself, the first, is compared with typical examples."""
        margins, several = self.linear.margins(vectors, spoken), self.linear.several(vectors)
        probabilities = mixed(margins, several, self.mix)
        nearest = self.anchors.nearest(vectors[0], len(self.labels))
        return [
            Scores(probabilities[row], margins[row], several[row], nearest if row == 0 else NOTHING)
            for row in range(len(vectors))
        ]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `from_arrays` needs, as plain arrays; halves where whole precision adds nothing."""
        arrays: dict[str, NDArray[np.generic]] = {
            "mix": self.mix,
            "anchors": self.anchors.vectors.astype(np.float16),
            "anchor_labels": self.anchors.labels,
        }
        arrays |= {name: getattr(self.linear, name) for name in PARTS}
        return arrays | {"words": self.linear.words.astype(np.float16)}

    @classmethod
    def from_arrays(cls, labels: Sequence[str], arrays: Mapping[str, NDArray[np.generic]]) -> Head:
        """The head that `arrays` described."""
        linear = Linear(**{name: np.asarray(arrays[name], np.float32) for name in PARTS})
        anchors = Anchors(
            np.asarray(arrays["anchors"], np.float32), np.asarray(arrays["anchor_labels"], np.int64)
        )
        return cls(labels, linear, np.asarray(arrays["mix"]), anchors)


def mixed(margins: Floats, several: Floats, mix: Floats) -> Floats:
    """Probabilities from both scores: a softmax of their weighted sum."""
    joint = mix[0] * margins + mix[1] * several
    joint = np.exp(joint - joint.max(axis=-1, keepdims=True))
    return np.asarray(joint / joint.sum(axis=-1, keepdims=True), np.float32)
