"""How the times of Microsoft's Recognizers-Text are understood: the scoring rules of `docs/nlu/times.md`."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nlu_models.entities.find import find
from nlu_models.parse import Context, Time, Vocabulary
from nlu_models.times import read

_DAY = dt.timedelta(days=1)
_SECONDS = {"Y": 31536000, "O": 2592000, "W": 604800, "D": 86400, "H": 3600, "M": 60, "S": 1}


@dataclass(frozen=True, slots=True)
class SpecsFigures:
    """What was measured; shares are between 0 and 1."""

    accuracy: float
    """Right by any accepted reading, the product's own conventions counted as such."""
    to_the_letter: float
    """Right with every bound and every split as the set writes them."""
    by_type: dict[str, float]
    """`accuracy` by the type of the first thing expected; "none" where nothing is."""
    n: int
    misses: tuple[tuple[str, Any, tuple[Time, ...]], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "accuracy": round(self.accuracy, 4),
            "to_the_letter": round(self.to_the_letter, 4),
            "by_type": {kind: round(share, 4) for kind, share in self.by_type.items()},
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class _Read:
    """All that was read in one message."""

    sent: dt.datetime
    offered: tuple[Time, ...]
    times: tuple[Time, ...]
    """The offered ones, and those told of, ruled out, moved away from, or counted from the moment."""
    starts: tuple[dt.datetime, ...]
    """Of what is ruled out only the start is known."""
    seconds: tuple[float, ...]
    """Lengths of time."""


def is_specs(path: Path) -> bool:
    """Whether a file holds rows of this kind: they carry a `reference` and no `sent_at`."""
    with path.open(encoding="utf-8") as lines:
        first = next((line for line in lines if line.strip()), "{}")
    return "reference" in json.loads(first)


def evaluate_specs(path: Path, vocabulary: Vocabulary) -> SpecsFigures:
    """Read every line's text at its moment, dates month first as the set writes them, and compare."""
    american = replace(vocabulary, day_first=False)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    letters, misses = 0, []
    for row in rows:
        found = _read(
            row["text"], Context(sent_at=dt.datetime.fromisoformat(row["reference"]), vocabulary=american)
        )
        kind = row["expected"][0]["type"] if row["expected"] else "none"
        total[kind] += 1
        letters += is_right(row["expected"], found, exact=True)
        if is_right(row["expected"], found):
            right[kind] += 1
        else:
            misses.append((row["text"], row["expected"], found.times))
    return SpecsFigures(
        accuracy=right.total() / max(1, len(rows)),
        to_the_letter=letters / max(1, len(rows)),
        by_type={kind: right[kind] / total[kind] for kind in sorted(total)},
        n=len(rows),
        misses=tuple(misses),
    )


def is_right(expected: list[Mapping[str, Any]], found: _Read, *, exact: bool = False) -> bool:
    """Whether each thing expected was read by one of its accepted values; nothing expected wants nothing offered."""
    if not expected:
        return not found.offered
    joined = len(expected) > 1 and not exact
    return all(
        any(_is_said(thing["type"], value, found, joined=joined, exact=exact) for value in thing["values"])
        for thing in expected
    )


def _read(text: str, context: Context) -> _Read:
    times = read(text, context)
    sent = context.sent_at.replace(tzinfo=None)
    offered = tuple(time for time in (times.expected, *times.alternatives) if time is not None)
    others = [*times.past, *([times.moved] if times.moved else [])]
    starts = []
    for start in times.negated:
        if isinstance(start, dt.datetime):
            starts.append(start)
            others.append(Time(start, "minute"))
        else:
            starts.append(dt.datetime.combine(start, dt.time()))
            others.append(Time(starts[-1], "day"))
    seconds = [
        _length(str(entity.value)) for entity in find(text, context, times) if entity.entity == "duration"
    ]
    if times.shift is not None:
        others.append(Time(sent + times.shift, "minute"))
        seconds.append(abs(times.shift.total_seconds()))
    return _Read(sent, offered, (*offered, *others), tuple(starts), tuple(seconds))


def _length(duration: str) -> float:
    """The seconds of an ISO 8601 duration; a month has 30 days, a year 365."""
    days, _, clock = duration.removeprefix("P").partition("T")
    parts = re.findall(r"([\d.]+)(\w)", days.replace("M", "O")) + re.findall(r"([\d.]+)(\w)", clock)
    return sum(float(number) * _SECONDS[code] for number, code in parts)


def _is_said(kind: str, value: Mapping[str, str], found: _Read, *, joined: bool, exact: bool) -> bool:
    if kind == "duration":
        return float(value["value"]) in found.seconds
    if "value" in value:
        return any(_is_point(kind, value["value"], time, joined=joined, exact=exact) for time in found.times)
    bounds = [_Bounds.of(value, time.start.date(), kind) for time in found.times]
    if any(map(_is_exactly, bounds, found.times)):
        return True
    if exact:
        return False
    return any(
        _is_same_range(wanted, value.get("mod"), time, found, joined=joined)
        for wanted, time in zip(bounds, found.times, strict=True)
    )


def _is_point(kind: str, value: str, time: Time, *, joined: bool, exact: bool) -> bool:
    """A date, a clock time, or both; a part of the day that the set pins to a moment counts where that lies in it."""
    if kind == "date":
        whole = time.grain == "day" and (time.end is None or time.end - time.start == _DAY)
        return time.start.date() == dt.date.fromisoformat(value) and (whole or joined)
    at = (
        dt.datetime.combine(time.start.date(), dt.time.fromisoformat(value))
        if kind == "time"
        else dt.datetime.fromisoformat(value)
    )
    if time.grain == "part_of_day" and time.end is not None and not exact:
        return time.start <= at.replace(second=0) <= time.end
    return time.end is None and time.start == at and time.grain in ("hour", "minute")


@dataclass(frozen=True, slots=True)
class _Bounds:
    """A range as the set writes it, on one day where it names only clock times."""

    start: dt.datetime | None
    end: dt.datetime | None
    dated: bool
    """Its bounds are whole days."""

    @property
    def half_month(self) -> bool:
        """Whether it is what the set takes "early", "earlier" and "late" in a month for."""
        if not (self.dated and self.start and self.end):
            return False
        return (self.start.day, self.end.day) in ((1, 16), (16, 1)) and (self.end - self.start).days <= 16

    @classmethod
    def of(cls, value: Mapping[str, str], day: dt.date, kind: str) -> _Bounds:
        start, end = (_moment(value.get(bound), day, kind) for bound in ("start", "end"))
        if kind == "timerange" and start and end and end <= start:
            end += _DAY
        return cls(start, end, kind == "daterange")


def _moment(bound: str | None, day: dt.date, kind: str) -> dt.datetime | None:
    if not bound:
        return None
    if kind == "timerange":
        return dt.datetime.combine(day, dt.time.fromisoformat(bound)).replace(second=0)
    return dt.datetime.fromisoformat(bound).replace(second=0)


def _end_of(time: Time) -> dt.datetime:
    return time.end or (time.start + _DAY if time.grain == "day" else time.start)


def _is_exactly(wanted: _Bounds, time: Time) -> bool:
    if wanted.start and wanted.end:
        return (time.start, _end_of(time)) == (wanted.start, wanted.end)
    if wanted.start:
        return time.start == wanted.start and (time.open_end or time.end is None or time.grain == "day")
    return _end_of(time) == wanted.end and (time.open_start or time.grain == "day")


def _is_same_range(wanted: _Bounds, mod: str | None, time: Time, found: _Read, *, joined: bool) -> bool:
    """The same range by the conventions of `docs/nlu/times.md`."""
    if wanted.start in found.starts:
        return True  # ruled out: of such times only the start is told
    if wanted.start and wanted.end:
        if wanted.dated and joined and wanted.start <= time.start < wanted.end:
            return True  # the week and the hours in it, read as one time
        middle = wanted.start + (wanted.end - wanted.start) / 2
        if time.grain == "part_of_day" or mod in ("start", "mid", "end") or wanted.half_month:
            within = time.start <= middle < _end_of(time)
            return within and (wanted.dated or time.start.date() == wanted.start.date())
        begun = wanted.start < time.start == dt.datetime.combine(found.sent, dt.time())
        return (time.start == wanted.start or begun) and _is_end(wanted, time)
    if wanted.start:
        # "after Monday" may begin on Tuesday.
        later = mod == "after" and wanted.dated and time.start == wanted.start + _DAY
        return later and (time.open_end or time.grain == "day")
    return (time.open_start or time.grain in ("day", "part_of_day")) and _is_end(wanted, time)


def _is_end(wanted: _Bounds, time: Time) -> bool:
    """A range of days may be told by its last day, the end of a month by its last month."""
    if wanted.end is None:
        return False
    if time.grain == "part_of_day" and not wanted.dated:
        return time.start < wanted.end <= _end_of(time)
    last = wanted.end + _DAY if wanted.dated else wanted.end
    if wanted.dated and time.grain == "month" and wanted.end.day == 1 and _end_of(time).day == 1:
        return wanted.end <= _end_of(time) <= (wanted.end.replace(day=28) + 4 * _DAY).replace(day=1)
    return _end_of(time) in (wanted.end, last)


def described(times: tuple[Time, ...]) -> Iterator[str]:
    """Each time on a line of its own, for the list of misses."""
    for time in times:
        yield (
            f"{time.start:%Y-%m-%d %H:%M}"
            + (f" - {time.end:%Y-%m-%d %H:%M}" if time.end else "")
            + f" ({time.grain})"
        )
