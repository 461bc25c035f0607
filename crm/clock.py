"""One clock. Instants are aware and in UTC; wall time exists only at a gym's edges."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

UTC = dt.UTC


def now(offset: dt.timedelta = dt.timedelta()) -> dt.datetime:
    """The present instant, moved by the gym's `offset` (always zero outside simulations)."""
    return dt.datetime.now(UTC) + offset


def to_local(instant: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The gym's wall time at `instant`, aware."""
    return instant.astimezone(zone)


def to_instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The UTC instant of a naive wall time.

    In the hour that is skipped in spring the time is read with the offset before the
    change (02:30 becomes 03:30); in the hour that comes twice in autumn the first is
    taken (PEP 495, fold=0).
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def local_day(day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The instants at which a local day begins and the next one begins (23 to 25 hours apart)."""
    start = dt.datetime.combine(day, dt.time())
    return to_instant(start, zone), to_instant(start + dt.timedelta(days=1), zone)
