"""The table of expressions: what people write, and the time that they mean, rule by rule."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from nlu_models.parse import Context, Time, Vocabulary
from nlu_models.times import read

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "expressions.jsonl").read_text("utf-8").splitlines()
]


def written(time: Time | None) -> dict[str, str] | None:
    """A time as the table writes it: dates for whole days, else local date-times."""
    if time is None:
        return None
    whole = time.grain in ("day", "week", "month")
    row = {"start": (time.start.date() if whole else time.start).isoformat(), "grain": str(time.grain)}
    if time.end is not None:
        row["end"] = (time.end.date() if whole else time.end).isoformat()
    return row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['rule']}: {row['text']}")
@pytest.mark.feature("5.1")
def test_reads_the_time_that_is_meant(row: dict[str, Any], gym: Vocabulary) -> None:
    reference = row.get("reference")
    context = Context(
        sent_at=dt.datetime.fromisoformat(row["sent_at"]),
        vocabulary=gym,
        asked=row.get("asked"),
        reference=dt.datetime.fromisoformat(reference) if reference else None,
    )
    times = read(row["text"], context)
    shift = row.get("shift_minutes")
    assert written(times.expected) == row["expected"]
    assert [written(time) for time in times.alternatives] == row.get("alternatives", [])
    assert [start.isoformat() for start in times.negated] == row.get("negated", [])
    assert times.recurrence == row.get("recurrence")
    assert times.shift == (dt.timedelta(minutes=shift) if shift is not None else None)
    assert times.same_time == row.get("same_time", False)
    assert written(times.moved) == row.get("moved")


def test_the_table_covers_every_grain_and_what_is_no_time() -> None:
    grains = {row["expected"]["grain"] for row in ROWS if row["expected"]}
    assert grains == {"minute", "hour", "part_of_day", "day", "week", "month"}
    assert sum(row["rule"] == "no time" for row in ROWS) >= 100
    assert len(ROWS) >= 350
