"""One JSON object a line for each benchmark, with how busy the machine was."""

from __future__ import annotations

import json
import os


def say(
    bench: str, value: float, unit: str, limit: float, ratio: float, *, good: bool, **more: object
) -> None:
    """`limit` is the physical limit, or the peer measured in the same run; `good` whether it is as wanted."""
    said = {
        "bench": bench,
        "value": round(value, 2),
        "unit": unit,
        "limit": round(limit, 2),
        "ratio": round(ratio, 2),
        "good": good,
    }
    print(json.dumps({**said, **more, "load": round(os.getloadavg()[0], 1)}), flush=True)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values stay under."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
