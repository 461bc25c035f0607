"""The rules of the house that a program can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

CHECKOUT = Path(__file__).parents[1]
PARTS = ("api", "bot", "crm", "nlu_models", "scheduler", "simulator")
LONGEST_FILE = 450
VAGUE = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}
READS_THE_CLOCK = {"crm/clock.py", "simulator/clock.py"}
"""Only these ask the machine for the present instant; everything else is told."""
TELLS_NOTHING_TO_GYMS = {
    "nlu_models/cli.py": "the moment for which a sentence typed at the terminal is read",
    "nlu_models/frame.py": "the moment for a sentence of which none is known",
    "simulator/providers/twilio_content.py": "a date in a provider's own bookkeeping",
}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP|TBD)\b")
WITHOUT_ZONE = {"utcnow", "utcfromtimestamp", "today"}

pytestmark = pytest.mark.feature("17.18")


def sources(*parts: str) -> Iterator[tuple[str, Path]]:
    """Path from the checkout and file of every module."""
    for part in parts or PARTS:
        for path in sorted((CHECKOUT / part).rglob("*.py")):
            yield path.relative_to(CHECKOUT).as_posix(), path


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def test_imports_go_one_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.syspath_prepend(str(CHECKOUT))
    kept = lint_imports(str(CHECKOUT / "pyproject.toml"), no_cache=True, no_logo=True) == 0
    assert kept, capsys.readouterr().out


@pytest.mark.parametrize("part", [*PARTS, "tests"])
def test_no_file_is_too_long_to_be_read(part: str) -> None:
    long = {name: count for name, path in sources(part) if (count := _lines(path)) > LONGEST_FILE}
    assert not long, f"split these by noun: {long}"


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_has_a_name_that_could_hold_anything() -> None:
    assert [name for name, path in sources() if path.stem.strip("_") in VAGUE] == []


def test_only_clocks_ask_what_time_it_is() -> None:
    found = []
    for name, path in sources():
        if name in READS_THE_CLOCK or name in TELLS_NOTHING_TO_GYMS:
            continue
        found += [f"{name}:{call.lineno}" for call in calls(path) if _asks_the_time(call)]
    assert found == []


def _asks_the_time(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "now"
        and (
            (isinstance(function.value, ast.Name) and function.value.id == "datetime")
            or (isinstance(function.value, ast.Attribute) and function.value.attr == "datetime")
        )
    )


def test_no_instant_is_without_its_zone() -> None:
    found = []
    for name, path in sources():
        for call in calls(path):
            function = call.func
            if not isinstance(function, ast.Attribute):
                continue
            bare_now = _asks_the_time(call) and not call.args and not call.keywords
            if bare_now or (function.attr in WITHOUT_ZONE and not call.args):
                found.append(f"{name}:{call.lineno}")
    assert found == []


def test_nothing_is_left_for_later() -> None:
    found = [
        f"{name}:{place}"
        for name, path in sources(*PARTS, "tests")
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line) and path != Path(__file__)
    ]
    assert found == []


def test_no_error_is_swallowed_unnamed() -> None:
    """``except:`` catches even a Ctrl-C."""
    found = [
        f"{name}:{node.lineno}"
        for name, path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert found == []


def test_only_doors_open_sessions() -> None:
    """Who opens a session commits it; everybody else is given one."""
    doors = ("api/", "scheduler/", "crm/db.py")
    found = [
        f"{name}:{call.lineno}"
        for name, path in sources("bot", "crm", "nlu_models")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("tenant_session", "system_session", "commit")
        and not name.startswith(doors)
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name for name, path in sources() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert [name for name in silent if _lines(CHECKOUT / name)] == []
