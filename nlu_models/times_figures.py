"""How well appointment times are understood: the scoring rules of `docs/nlu/times.md`."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nlu_models.evaluate import percentile
from nlu_models.parse import Context, Time, Times, Vocabulary


@dataclass(frozen=True, slots=True)
class TimesFigures:
    """What was measured; shares are between 0 and 1."""

    accuracy: float
    by_grain: dict[str, float]
    """Share right by the expected grain; "none" where no time is offered."""
    p95_ms: float
    n: int
    misses: tuple[tuple[str, Any, Times], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "accuracy": round(self.accuracy, 4),
            "by_grain": {grain: round(share, 4) for grain, share in self.by_grain.items()},
            "p95_ms": round(self.p95_ms, 3),
            "n": self.n,
        }


def evaluate_times(path: Path, read: Callable[[str, Context], Times], vocabulary: Vocabulary) -> TimesFigures:
    """Read every line's text at its moment and compare; a line is right when all that it expects is."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    misses, costs = [], []
    for row in rows:
        context = Context(sent_at=dt.datetime.fromisoformat(row["sent_at"]), vocabulary=vocabulary)
        began = time.perf_counter()
        found = read(row["text"], context)
        costs.append((time.perf_counter() - began) * 1000)
        grain = row["expected"]["grain"] if row["expected"] else "none"
        total[grain] += 1
        if is_right(row, found):
            right[grain] += 1
        else:
            misses.append((row["text"], row, found))
    costs.sort()
    return TimesFigures(
        accuracy=right.total() / max(1, total.total()),
        by_grain={grain: right[grain] / total[grain] for grain in sorted(total)},
        p95_ms=percentile(costs, 0.95),
        n=len(rows),
        misses=tuple(misses),
    )


def is_right(row: Mapping[str, Any], found: Times) -> bool:
    """Whether a reading is what a line expects: first time, alternatives in order, exclusions, recurrence."""
    alternatives = row.get("alternatives", [])
    return (
        _same(row["expected"], found.expected)
        and len(alternatives) == len(found.alternatives)
        and all(map(_same, alternatives, found.alternatives))
        and sorted(row.get("negated", [])) == sorted(_written(start) for start in found.negated)
        and row.get("recurrence") == found.recurrence
    )


def _same(expected: Mapping[str, Any] | None, found: Time | None) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    start = dt.datetime.fromisoformat(expected["start"])
    end = dt.datetime.fromisoformat(expected["end"]) if "end" in expected else None
    grain = expected["grain"]
    if end is None:
        instants = {"hour", "minute"}
        alike = found.grain == grain or {found.grain, grain} <= instants
        return alike and found.start == start and (found.end is None or grain not in instants)
    if found.grain != grain:
        return False
    if grain == "part_of_day":
        middle = start + (end - start) / 2
        return (
            found.start.date() == start.date() and found.end is not None and found.start <= middle < found.end
        )
    if found.open_end or found.open_start:
        return found.start == start if found.open_end else found.end == end
    return found == replace(found, start=start, end=end)


def _written(start: dt.date | dt.datetime) -> str:
    if isinstance(start, dt.datetime) and start.time() == dt.time():
        return start.date().isoformat()
    return start.isoformat()
