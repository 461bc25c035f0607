"""The figure on the public set of times: what counts as right, and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nlu_models.cli import app

pytestmark = pytest.mark.feature("5.1")
MONDAY = "2016-11-07T16:12:00"


def row(text: str, *expected: tuple[str, dict[str, str]]) -> dict[str, Any]:
    """A row as the set writes it."""
    things = [{"span": text, "type": kind, "values": [value]} for kind, value in expected]
    return {"text": text, "reference": MONDAY, "expected": things, "source": "made up"}


def figures(tmp_path: Path, *rows: dict[str, Any]) -> dict[str, Any]:
    """What the command prints for these rows."""
    file = tmp_path / "specs.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in rows), "utf-8")
    done = CliRunner().invoke(app, ["evaluate", "--times", str(file), "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_a_day_a_clock_time_a_window_and_a_length(tmp_path: Path) -> None:
    found = figures(
        tmp_path,
        row("back on Friday", ("date", {"value": "2016-11-11"})),
        row("at 8:15 pm", ("time", {"value": "20:15:00"})),
        row("tomorrow at 9am", ("datetime", {"value": "2016-11-08 09:00:00"})),
        row("from 5 to 6 pm", ("timerange", {"start": "17:00:00", "end": "18:00:00"})),
        row("for 3 hours", ("duration", {"value": "10800"})),
    )
    assert (found["accuracy"], found["to_the_letter"], found["n"]) == (1.0, 1.0, 5)


def test_dates_are_read_month_first(tmp_path: Path) -> None:
    assert figures(tmp_path, row("on 3/12", ("date", {"value": "2017-03-12"})))["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("out November 19 to 20", ("daterange", {"start": "2016-11-19", "end": "2016-11-20"})),
        ("tomorrow morning", ("datetimerange", {"start": "2016-11-08 08:00:00", "end": "2016-11-08 12:00:00"})),
        ("after 1/1/2017", ("daterange", {"start": "2017-01-01", "mod": "after"})),
    ],
)  # fmt: skip
def test_the_products_own_bounds_count_as_right_but_not_to_the_letter(
    tmp_path: Path, text: str, expected: tuple[str, dict[str, str]]
) -> None:
    found = figures(tmp_path, row(text, expected))
    assert (found["accuracy"], found["to_the_letter"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("back on Friday", ("date", {"value": "2016-11-12"})),
        ("at 8:15 pm", ("time", {"value": "08:15:00"})),
        ("out November 19 to 20", ("daterange", {"start": "2016-11-19", "end": "2016-11-23"})),
        ("tomorrow morning", ("datetimerange", {"start": "2016-11-08 18:00:00", "end": "2016-11-08 20:00:00"})),
        ("for 3 hours", ("duration", {"value": "7200"})),
        ("see you Friday", ("time", {"value": "20:15:00"})),
    ],
)  # fmt: skip
def test_another_time_is_wrong(tmp_path: Path, text: str, expected: tuple[str, dict[str, str]]) -> None:
    assert figures(tmp_path, row(text, expected))["accuracy"] == 0.0


def test_a_message_that_holds_no_time_must_give_none(tmp_path: Path) -> None:
    found = figures(tmp_path, row("how are you"), row("how about Friday"))
    assert (found["accuracy"], found["by_type"]) == (0.5, {"none": 0.5})


def test_misses_are_listed_with_what_was_expected_and_found(tmp_path: Path) -> None:
    file = tmp_path / "specs.jsonl"
    file.write_text(json.dumps(row("back on Friday", ("date", {"value": "2016-11-12"}))), "utf-8")
    printed = CliRunner().invoke(app, ["evaluate", "--times", str(file), "--misses"]).stdout
    assert "2016-11-12" in printed
    assert "2016-11-11 00:00 (day)" in printed
