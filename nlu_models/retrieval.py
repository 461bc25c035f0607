"""Which of a gym's own answered questions a message asks: by its meaning and by its words.

The encoder has learnt to bring messages of one intent together, so "do you have a dog?" and "do you have a pool?" lie
close: meaning alone would give the one the other's answer. What tells them apart are the words that
few messages hold, so both must agree. Nothing here runs the encoder for a message: its vectors come with the `Parse`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import regex
from numpy.typing import NDArray
from rapidfuzz import fuzz

from nlu_models.encoder import MEANING
from nlu_models.text import key, plain

SURE = 0.8
"""From this probability on a question is the one that was asked. Chosen on questions that the weights had not
seen (`tests/nlu/test_own_questions.py`): one wrong answer in a hundred messages that are near misses on purpose."""
SAME = 0.7
"""From here on two people ask the same: staff see both wordings, so a slip is seen before anything is sent."""
NEAR = 0.5
"""Cosine from which a question without a word in common is looked at all the same."""
RARE = 9.5
"""Weight of a word that no training sentence holds: the upper end of their inverse document frequencies."""
TYPO = 84
"""Words of more than three letters that are this alike (0 to 100) are one word."""
CENTRE = (0.416, 0.167, 0.182, 0.116, 1.33)
WEIGHTS, BIAS = (6.425, 2.654, 0.031, 7.375, -0.815), -4.559
"""Of the logistic regression; `tests/nlu/own_questions/fitting.py` makes them."""
EMPTY = frozenset(
    """a an the i we you ye u me my our your yours it its is are am was be been do does did have has had got get there
    here this that these those any some for to of on in at with and if so can could may might will would should shall
    possible available offer provide as by from up out how what whats which who when where why gym place site yis yous
    hi hello hey please thanks thank also just like looking need want wondering know tell about ok okay allowed such
    thing anything something somewhere anywhere someone somebody im i'm id i'd one ones does too go going""".split()  # noqa: SIM905
)
"""Words that do not tell what a question is about."""
SYNONYMS = {
    "women": "lady", "woman": "lady", "womens": "lady", "ladies": "lady", "female": "lady",
    "child": "kid", "children": "kid", "childrens": "kid", "childs": "kid",
    "physiotherapist": "physio", "aircon": "air con", "ac": "air con", "conditioning": "con", "conditioned": "con",
    "holidays": "holiday", "pause": "freeze", "frozen": "freeze", "borrow": "lend", "bike": "bicycle",
    "creche": "childcare", "babysitting": "childcare", "monthly": "month", "buy": "sell", "sale": "sell",
    "purchase": "sell", "dogs": "dog", "wheelchairs": "wheelchair",
}  # fmt: skip
"""What people say for the same thing, after accents are taken off."""
WORD = regex.compile(r"[\p{L}\p{N}']+")
JOINED = regex.compile(r"(?<=\w)[-/](?=\w)")


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question of the gym's, in one or several wordings, under a key of the caller's."""

    key: str
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A gym's question that was asked, and where: 0 is the whole message, 1 its first clause."""

    key: str
    probability: float
    place: int


@dataclass(frozen=True, slots=True)
class _Wording:
    key: str
    alternatives: tuple[tuple[str, ...], ...]
    vector: NDArray[np.float32]
    stems: frozenset[str]


class OwnQuestions:
    """A gym's questions, ready to be compared with messages."""

    def __init__(
        self, questions: Sequence[OwnQuestion], vectors: Mapping[str, NDArray[np.float32]], weigher: Weigher
    ) -> None:
        """`vectors` holds one for every wording, made by the encoder that reads the messages."""
        self._weigher = weigher
        self._wordings = [
            _Wording(one.key, _alternatives(text), meaning(vectors[text]), _stems(text))
            for one in questions
            for text in one.wordings
        ]
        self._table = (
            np.stack([one.vector for one in self._wordings])
            if self._wordings
            else np.zeros((0, MEANING), np.float32)
        )

    def best(self, text: str, vector: NDArray[np.float32], *, place: int = 0) -> Found | None:
        """The likeliest question behind a text, whatever its probability; None where there are none at all."""
        if not self._wordings or not (spoken := content(text)):
            return None
        alike = (self._table @ meaning(vector)).tolist()
        stems = {*spoken, *(a + b for a, b in itertools.pairwise(spoken))}
        scored = [
            (self._probability(spoken, one, cosine), one.key)
            for one, cosine in zip(self._wordings, alike, strict=True)
            # Without a word in common only a typo could hide one: that is looked for where the meaning is near.
            if cosine >= NEAR or not stems.isdisjoint(one.stems)
        ]
        if not scored:
            return None
        probability, found = max(scored)
        return Found(found, probability, place)

    def asked(self, pieces: Sequence[tuple[str, NDArray[np.float32]]], *, least: float = SURE) -> list[Found]:
        """Each question that is asked for sure in a message: its whole text first, then its clauses, with vectors.

        A question found in the whole and in a clause is that clause's, so that the other clauses stay open.
        """
        best: dict[str, Found] = {}
        for place, (text, vector) in enumerate(pieces):
            found = self.best(text, vector, place=place)
            if found is None or found.probability < least:
                continue
            known = best.get(found.key)
            if known is None or known.place == 0 or found.probability > known.probability:
                best[found.key] = found
        return sorted(best.values(), key=lambda found: found.place)

    def every_figure(self, text: str, vector: NDArray[np.float32]) -> list[list[list[float]]]:
        """By wording, what tells whether a text asks it; for fitting and measuring."""
        spoken, alike = content(text), self._table @ meaning(vector)
        return [
            self._figures(spoken, one, float(cosine))
            for one, cosine in zip(self._wordings, alike, strict=True)
        ]

    def _figures(self, spoken: Sequence[str], wording: _Wording, cosine: float) -> list[list[float]]:
        """What tells whether the words ask this; a row for each alternative that the question names."""
        rows = []
        for words in wording.alternatives:
            of_question, _ = self._weigher.covered(words, spoken)
            of_message, missing = self._weigher.covered(spoken, words)
            rows.append([cosine, of_question, of_message, of_question * of_message, min(missing / RARE, 2.0)])
        return rows

    def _probability(self, spoken: Sequence[str], wording: _Wording, cosine: float) -> float:
        return max(probability(row) for row in self._figures(spoken, wording, cosine))


def probability(row: Sequence[float]) -> float:
    """The logistic regression over a row of `OwnQuestions.every_figure`."""
    score = BIAS + sum(
        weight * (figure - centre) for weight, figure, centre in zip(WEIGHTS, row, CENTRE, strict=True)
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


class Weigher:
    """How telling a word is: rare ones are what a question is about."""

    def __init__(self, idf: Mapping[str, float]) -> None:
        """`idf` is the inverse document frequency of the words of the training sentences."""
        self._idf: dict[str, float] = {}
        for word, weight in idf.items():
            stem = stem_of(word)
            self._idf[stem] = min(weight, self._idf.get(stem, RARE))

    def covered(self, words: Sequence[str], by: Sequence[str]) -> tuple[float, float]:
        """Which share of `words`, by weight, `by` holds too, and the weight of those that it lacks."""
        if not words:
            return 1.0, 0.0
        there = {*by, *(a + b for a, b in itertools.pairwise(by))}
        weights = [self._idf.get(word, RARE) for word in words]
        lacking = sum(
            weight
            for at, (word, weight) in enumerate(zip(words, weights, strict=True))
            if not _is_held(words, at, there)
        )
        total = sum(weights)
        return 1 - lacking / total, lacking


def _is_held(words: Sequence[str], at: int, there: set[str]) -> bool:
    """Whether a word is among others, perhaps mistyped, or written as two."""
    forms = [words[at]]
    forms += [words[at] + words[at + 1]] if at + 1 < len(words) else []
    forms += [words[at - 1] + words[at]] if at else []
    return any(
        form == other or (len(form) > 3 < len(other) and fuzz.ratio(form, other) >= TYPO)
        for form in forms
        for other in there
    )


def meaning(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sentence embedding proper of an encoder's vector, of length 1."""
    part = vector[-MEANING:]
    return np.asarray(part / (np.linalg.norm(part) or 1.0), np.float32)


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """The stems of the words that tell what a text is about, in order."""
    joined = JOINED.sub("", plain(text))
    said = [word.strip("'") for word in WORD.findall(key(joined)) if word]
    told = " ".join(SYNONYMS.get(word, word) for word in said if word not in EMPTY)
    return tuple(stem_of(word) for word in told.split())


def stem_of(word: str) -> str:
    """A word without its ending: roughly, for comparing."""
    word = word.removesuffix("'s").replace("'", "")
    for ending in ("ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word.rstrip("ey") if len(word) > 4 else word


def _stems(text: str) -> frozenset[str]:
    """The stems of a question, also of two words written as one."""
    whole = content(text)
    return frozenset({*whole, *(a + b for a, b in itertools.pairwise(whole))})


def _alternatives(text: str) -> tuple[tuple[str, ...], ...]:
    """The content of a question, and of each of the things that it names with "or" between."""
    whole = content(text)
    parts = [content(part) for part in regex.split(r"\bor\b", text, flags=regex.IGNORECASE)]
    return (whole, *(part for part in parts if part)) if len(parts) > 1 and all(parts) else (whole,)
