"""How often one API key may call: a bucket of tokens a key, in this process."""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """At most `burst` calls at once and `rate` a second in the long run, for each key."""

    def __init__(
        self, rate: float = 50, burst: float = 200, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate, self.burst = rate, burst
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[uuid.UUID, _Bucket] = {}

    def take(self, key: uuid.UUID) -> int:
        """Count one call; 0 where it may be made, else the whole seconds to wait."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                self._forget_the_full(now)
                bucket = self._buckets[key] = _Bucket(self.burst, now)
            bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.at) * self.rate)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0
            return max(1, math.ceil((1 - bucket.tokens) / self.rate))

    def _forget_the_full(self, now: float) -> None:
        """A key that has been quiet long enough to be full again need not be remembered."""
        if len(self._buckets) >= 1000:
            quiet = now - self.burst / self.rate
            self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket.at > quiet}
