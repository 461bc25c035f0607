"""Which words and pieces of words a message holds: TF-IDF over word pairs and character runs.

Written out here because scikit-learn's costs half a second and 60 MB to import, and 300 us a message;
this one needs a dictionary.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlu_models.text import words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SHORTEST, LONGEST = 2, 4
WORD_MARK, PIECE_MARK = "w", "c"
REMEMBERED = 8192
"""Words whose pieces are kept: people use few, again and again."""


def terms(text: str) -> tuple[list[str], list[str]]:
    """The single words and word pairs, and the character runs within words, of a plain text."""
    found = words(text)
    return _pairs(found), [piece for word in found for piece in _pieces(word)]


def _pairs(found: list[str]) -> list[str]:
    return found + [f"{a} {b}" for a, b in zip(["^", *found], [*found, "$"], strict=True)]


def _pieces(word: str) -> list[str]:
    padded = f" {word} "
    return [
        padded[at : at + size]
        for size in range(SHORTEST, LONGEST + 1)
        for at in range(len(padded) - size + 1)
    ]


@dataclass(frozen=True, slots=True)
class Sparse:
    """The non-zero features of one message."""

    places: NDArray[np.int64]
    values: NDArray[np.float32]


class TermWeights:
    """TF-IDF with logarithmic counts; words and pieces are each brought to length `weight`."""

    def __init__(self, vocabulary: Sequence[str], idf: NDArray[np.float32], weight: float) -> None:
        self.vocabulary = vocabulary
        self.idf = idf
        self.weight = weight
        self._places = {term: place for place, term in enumerate(vocabulary)}
        self._places_in = lru_cache(REMEMBERED)(self._find_places_in)

    @classmethod
    def fitted(cls, texts: Iterable[str], *, least: int = 2, weight: float = 0.7) -> TermWeights:
        """Learn the terms of plain texts; pieces and pairs in fewer than `least` texts are left out."""
        seen: Counter[str] = Counter()
        total = 0
        for text in texts:
            pairs, pieces = terms(text)
            seen.update({WORD_MARK + term for term in pairs} | {PIECE_MARK + term for term in pieces})
            total += 1
        vocabulary = sorted(term for term, count in seen.items() if count >= least)
        idf = np.array([math.log((1 + total) / (1 + seen[term])) + 1 for term in vocabulary], np.float32)
        return cls(vocabulary, idf, weight)

    def __len__(self) -> int:
        """How many terms there are."""
        return len(self.vocabulary)

    def of(self, text: str) -> Sparse:
        """The features of one plain text."""
        found = words(text)
        get = self._places.get
        pairs = [place for pair in _pairs(found) if (place := get(WORD_MARK + pair)) is not None]
        blocks = self._block(pairs), self._block([place for word in found for place in self._places_in(word)])
        return Sparse(np.concatenate([b.places for b in blocks]), np.concatenate([b.values for b in blocks]))

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """The features of many texts, a row each; for training."""
        from scipy.sparse import csr_matrix

        rows = [self.of(text) for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(row.places) for row in rows])])
        places = np.concatenate([row.places for row in rows]) if rows else np.zeros(0, np.int64)
        values = np.concatenate([row.values for row in rows]) if rows else np.zeros(0, np.float32)
        return csr_matrix((values, places, starts), shape=(len(rows), len(self)))

    def _find_places_in(self, word: str) -> tuple[int, ...]:
        get = self._places.get
        return tuple(place for piece in _pieces(word) if (place := get(PIECE_MARK + piece)) is not None)

    def _block(self, found: list[int]) -> Sparse:
        counts = Counter(found)
        places = np.fromiter(counts, np.int64, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[places]
        norm = float(np.sqrt((values * values).sum()))
        if norm:
            values *= self.weight / norm
        return Sparse(places, values.astype(np.float32))
