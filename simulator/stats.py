"""What happened, counted by channel, for tests under load."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any


class Stats:
    """Counts since the start or the last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start counting afresh."""
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.refusals: dict[str, Counter[str]] = defaultdict(Counter)

    def count(self, channel: str, what: str) -> None:
        """One more of something on a channel."""
        self.counts[channel][what] += 1

    def refused(self, channel: str, code: object) -> None:
        """One more call refused with a provider's code."""
        self.refusals[channel][str(code)] += 1

    def listed(self) -> dict[str, Any]:
        """Everything counted: by channel and, under `all`, together."""
        channels = {name: self._channel(name) for name in sorted({*self.counts, *self.refusals})}
        total: Counter[str] = sum(self.counts.values(), Counter())
        refused: Counter[str] = sum(self.refusals.values(), Counter())
        return {"channels": channels, "all": self._shape(total, refused)}

    def _channel(self, name: str) -> dict[str, Any]:
        return self._shape(self.counts[name], self.refusals[name])

    @staticmethod
    def _shape(counts: Counter[str], refused: Counter[str]) -> dict[str, Any]:
        return {
            "received": counts["received"],
            "accepted": counts["accepted"],
            "refused": dict(refused),
            "pace_violations": counts["pace_violations"],
            "undelivered": counts["undelivered"],
            "cut_after_accept": counts["cut_after_accept"],
            "typing": counts["typing"],
            "scripted": counts["scripted"],
            "taps_settled": counts["taps_settled"],
            "webhooks": {
                name: counts[name]
                for name in ("posted", "retried", "duplicated", "reordered", "delayed", "abandoned")
            },
        }
