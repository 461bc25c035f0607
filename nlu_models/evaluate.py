"""How good the understanding is, in the figures that `spotter nlu evaluate` prints."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nlu_models.data import Example
from nlu_models.parse import OUT_OF_SCOPE

WORST = 10


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one intent was taken for another, on lines with one intent."""

    expected: str
    predicted: str
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; shares are between 0 and 1."""

    accuracy: float
    """Of the first predicted intent, on lines with one intent."""
    micro_f1: float
    """Of the intent sets, over all lines."""
    macro_f1: float
    oos_recall: float
    oos_precision: float
    oos_false: float
    """Share of in-scope lines that were taken for out of scope."""
    p50_ms: float
    p95_ms: float
    n: int
    confusions: tuple[Confusion, ...] = ()
    misses: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()
    """Text, expected, predicted of each line that is not exactly right."""

    def as_json(self) -> dict[str, float | int]:
        """The object that `--json` prints."""
        names = ("accuracy", "micro_f1", "macro_f1", "oos_recall", "oos_precision", "p50_ms", "p95_ms")
        return {**{name: round(getattr(self, name), 4) for name in names}, "n": self.n}


def evaluate(
    understand: Callable[[str], Sequence[str]], examples: Iterable[Example], *, outside: str = OUT_OF_SCOPE
) -> Figures:
    """Ask `understand` for the intents of each text and compare."""
    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    invented: Counter[str] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    misses, costs = [], []
    single = right = inside = wrongly_out = 0
    for example in examples:
        began = time.perf_counter()
        predicted = tuple(understand(example.text))
        costs.append((time.perf_counter() - began) * 1000)
        expected = set(example.intents)
        hits.update(expected & set(predicted))
        missed.update(expected - set(predicted))
        invented.update(set(predicted) - expected)
        if len(example.intents) == 1:
            single += 1
            right += predicted[0] == example.intents[0]
            if predicted[0] != example.intents[0]:
                confused[example.intents[0], predicted[0]] += 1
        if outside not in expected:
            inside += 1
            wrongly_out += outside in predicted
        if expected != set(predicted):
            misses.append((example.text, example.intents, predicted))
    labels = sorted(hits.keys() | missed.keys() | invented.keys())
    costs.sort()
    return Figures(
        accuracy=right / single if single else 0.0,
        micro_f1=_f1(hits.total(), missed.total(), invented.total()),
        macro_f1=sum(_f1(hits[name], missed[name], invented[name]) for name in labels) / max(1, len(labels)),
        oos_recall=hits[outside] / max(1, hits[outside] + missed[outside]),
        oos_precision=hits[outside] / max(1, hits[outside] + invented[outside]),
        oos_false=wrongly_out / max(1, inside),
        p50_ms=percentile(costs, 0.5),
        p95_ms=percentile(costs, 0.95),
        n=len(costs),
        confusions=tuple(Confusion(*pair, count) for pair, count in confused.most_common(WORST)),
        misses=tuple(misses),
    )


def overlap_f1(
    find: Callable[[str], Iterable[tuple[str, str]]], rows: Iterable[tuple[str, Sequence[tuple[str, str]]]]
) -> dict[str, float]:
    """F1 of each entity: a found mention counts where it is of the same kind and overlaps an expected one.

    Rows are a text and its expected mentions (entity, words); `find` gives the same for a text. Kinds that no row
    expects are left out, as nothing is known of them; "all" is over the rest.
    """
    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    invented: Counter[str] = Counter()
    rows = list(rows)
    labelled = {kind for _, expected in rows for kind, _ in expected}
    for text, expected in rows:
        wanted = _spans(text, expected)
        found = _spans(text, find(text))
        for kind in (wanted.keys() | found.keys()) & labelled:
            met = sum(any(_overlap(span, other) for other in found[kind]) for span in wanted[kind])
            hits[kind] += met
            missed[kind] += len(wanted[kind]) - met
            invented[kind] += sum(
                not any(_overlap(span, other) for other in wanted[kind]) for span in found[kind]
            )
    result = {
        kind: _f1(hits[kind], missed[kind], invented[kind]) for kind in sorted({*hits, *missed, *invented})
    }
    return {"all": _f1(hits.total(), missed.total(), invented.total()), **result}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the ordered values lie; 0 of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _f1(hits: int, missed: int, invented: int) -> float:
    return 2 * hits / (2 * hits + missed + invented) if hits else 0.0


def _spans(text: str, mentions: Iterable[tuple[str, str]]) -> dict[str, list[tuple[int, int]]]:
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    lowered = text.lower()
    for kind, words in mentions:
        taken = {begin for begin, _ in found[kind]}
        begin = lowered.find(words.lower())
        while begin in taken:
            begin = lowered.find(words.lower(), begin + 1)
        if begin >= 0:
            found[kind].append((begin, begin + len(words)))
    return found


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
