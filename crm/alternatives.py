"""Which of many free time slots to name to a person who asked for another, or for a part of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

from crm.availability import TimeSlot

APART = dt.timedelta(minutes=30)
"""Alternatives closer to each other than this are as good as one."""


def nearest(
    slots: Sequence[TimeSlot], wished: dt.datetime, n: int, *, zone: ZoneInfo, fill: bool = True
) -> list[TimeSlot]:
    """Up to `n` time slots near the wish, in order of time.

    The same local day comes first; other days give one each, nearest day first, at
    the time of day closest to the wished one. Slots that only differ by minutes are
    taken only to `fill` up, where nothing else is left.
    """
    local = wished.astimezone(zone)
    same_day = [slot for slot in slots if slot.starts_at.astimezone(zone).date() == local.date()]
    chosen = _apart(sorted(same_day, key=lambda slot: (abs(slot.starts_at - wished), slot.starts_at)), n)
    if len(chosen) < n:
        by_day: dict[dt.date, list[TimeSlot]] = {}
        for slot in slots:
            by_day.setdefault(slot.starts_at.astimezone(zone).date(), []).append(slot)
        by_day.pop(local.date(), None)
        for day in sorted(by_day, key=lambda day: (abs(day - local.date()), day)):
            closest = min(
                by_day[day], key=lambda slot: _clock_distance(slot.starts_at.astimezone(zone), local)
            )
            chosen.append(closest)
            if len(chosen) == n:
                break
    if len(chosen) < n and fill:
        left = sorted(
            (slot for slot in slots if slot not in chosen), key=lambda slot: abs(slot.starts_at - wished)
        )
        chosen += left[: n - len(chosen)]
    return sorted(chosen, key=lambda slot: slot.starts_at)


def spread(slots: Sequence[TimeSlot], n: int, *, zone: ZoneInfo) -> list[TimeSlot]:
    """Up to `n` time slots spread evenly over a window, in order of time.

    Whole hours are preferred, then half hours: they are what people say.
    """
    if len(slots) <= n:
        return list(slots)
    if n == 1:
        return [slots[0]]
    minute: Callable[[TimeSlot], int] = lambda slot: slot.starts_at.astimezone(zone).minute  # noqa: E731
    for step in (60, 30, 1):
        round_ones = [slot for slot in slots if minute(slot) % step == 0]
        if len(round_ones) >= n:
            last = len(round_ones) - 1
            return [round_ones[round(i * last / (n - 1))] for i in range(n)]
    return list(slots[:n])


def _apart(slots: Iterable[TimeSlot], n: int) -> list[TimeSlot]:
    chosen: list[TimeSlot] = []
    for slot in slots:
        if len(chosen) == n:
            break
        if all(abs(slot.starts_at - other.starts_at) >= APART for other in chosen):
            chosen.append(slot)
    return chosen


def _clock_distance(local: dt.datetime, wished: dt.datetime) -> tuple[int, int]:
    minutes = local.hour * 60 + local.minute
    return abs(minutes - wished.hour * 60 - wished.minute), minutes
