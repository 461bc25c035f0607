"""Whole conversations through the simulator: each script of `tests/dialogues` is a test."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any

import pytest

from api.play.orchestra import play_all
from api.play.player import Result
from api.play.reading import read_file
from api.play.script import Script
from api.play.stage import embedded
from api.play.telling import plain_transcript

FOLDER = Path(__file__).parent / "dialogues"
ROWS_OF_FILES = {
    "bookings": ("8.12", "8.13", "8.19"),
    "buttons": ("8.1",),
    "classes": ("7.21", "8.25"),
    "corrections": ("8.13",),
    "detours": ("5.1",),
    "handoffs": ("4.2",),
    "reminders": ("6.6", "8.8"),
    "safety": ("6.19",),
    "several": ("5.1", "5.2"),
    "side_questions": ("5.2",),
    "spanish": ("16.12",),
    "staff": ("2.7", "2.9", "3.7", "8.2"),
    "trainers": ("7.18", "8.10", "8.14"),
    "trials": ("1.4", "8.1"),
}
ROWS_OF_CHANNELS = {
    "whatsapp": "1.2",
    "whatsapp-twilio": "1.2",
    "instagram": "1.3",
    "telegram": "1.9",
    "sms": "1.10",
}


def _rows(path: Path, script: Script) -> list[pytest.MarkDecorator]:
    rows = (*ROWS_OF_FILES.get(path.stem, ()), ROWS_OF_CHANNELS[script.person.channel], "17.14", "17.16")
    return [pytest.mark.feature(row) for row in rows]


SCRIPTS = [(path, script) for path in sorted(FOLDER.glob("*.yml")) for script in read_file(path)]


@pytest.fixture(scope="session")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> dict[str, Any]:
    """How each wanted script went. Played once a run, all side by side, by the process that comes first."""
    alone = worker_id == "master"
    shared = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    with (shared / "dialogues.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = shared / "dialogues.json"
        if not told.exists():
            told.write_text(json.dumps(_play(_wanted(request))))
        found: dict[str, Any] = json.loads(told.read_text())
        return found


def _wanted(request: pytest.FixtureRequest) -> list[Script]:
    """Those whose tests are selected."""
    names = {
        item.callspec.params["name"] for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__) and hasattr(item, "callspec")
    }  # fmt: skip
    return [script for _, script in SCRIPTS if script.name in names]


def _play(scripts: list[Script]) -> dict[str, Any]:
    def ignored(_: Result) -> None:
        """The tests tell."""

    with embedded() as stage:
        results = play_all(stage.system, scripts, tell=ignored, keep_going_until=stage.keep_going_until)
        trouble = stage.trouble()
    return {
        result.script.name: {
            "unmet": result.unmet,
            "transcript": plain_transcript(result),
            "trouble": trouble,
        }
        for result in results
    }


@pytest.mark.parametrize(
    "name",
    [pytest.param(script.name, marks=_rows(path, script), id=script.name) for path, script in SCRIPTS],
)
def test_conversation(name: str, played: dict[str, Any]) -> None:
    went = played[name]
    print(went["transcript"])
    unmet = "\n".join(f"  ✗ {problem}" for problem in went["unmet"])
    assert not unmet, f"{name}\n{unmet}\n\n{went['transcript']}\n\n{went['trouble']}"


def test_every_script_has_a_name_and_a_person_of_its_own() -> None:
    scripts = [script for _, script in SCRIPTS]
    assert len({script.name for script in scripts}) == len(scripts)
    assert len({(script.person.channel, script.person.address) for script in scripts}) == len(scripts)
