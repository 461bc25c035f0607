"""The parent of everything: what survives, what is started again, what is left behind (nothing)."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from scheduler.embedded.folder import is_held

Begin = Callable[..., Any]
Gone = Callable[[list[psutil.Process]], bool]
Until = Callable[..., bool]

pytestmark = pytest.mark.feature("17.1")


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as link:
        cursor = link.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def names_of(family: list[psutil.Process]) -> set[str]:
    """The programs of those that still run: a server's own children come and go."""
    names = set()
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            names.add(process.name())
    return names


@pytest.mark.parametrize("as_nobody", [False, True], ids=["as-we-are", "as-an-ordinary-user"])
def test_kill_9_leaves_no_process_and_no_damage(
    begin: Begin, gone: Gone, tmp_path: Path, everybodys_dir: Path, as_nobody: bool
) -> None:
    data = (everybodys_dir if as_nobody else tmp_path) / "data"
    running = begin(data, "api", "worker", as_nobody=as_nobody).wait_until_ready()
    execute(running.facts["admin_url"], "CREATE TABLE leads AS SELECT 'Ana' AS name")
    family = running.family
    assert {"postgres", "valkey-server"} <= names_of(family)

    running.end(signal.SIGKILL)

    assert gone(family)
    again = begin(data, "api", as_nobody=as_nobody).wait_until_ready()
    assert execute(again.facts["admin_url"], "SELECT name FROM leads") == [("Ana",)]


def test_a_start_right_after_kill_9_waits_for_the_old_server(begin: Begin, data_dir: Path) -> None:
    running = begin(data_dir).wait_until_ready()
    execute(running.facts["admin_url"], "CREATE TABLE leads AS SELECT 'Ana' AS name")
    running.process.kill()
    running.process.wait()  # not one moment more
    again = begin(data_dir).wait_until_ready()
    assert execute(again.facts["admin_url"], "SELECT name FROM leads") == [("Ana",)]


@pytest.mark.parametrize(
    "asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
def test_asked_to_stop_it_stops_all_the_last_started_first(
    begin: Begin, gone: Gone, data_dir: Path, asked: signal.Signals
) -> None:
    running = begin(data_dir, "worker", "beat", "api").wait_until_ready()
    family = running.family
    said = running.end(asked)
    assert said.endswith("stopped")
    assert running.process.returncode == 0
    assert (data_dir / "ended").read_text().split() == ["api", "beat", "worker"]
    assert gone(family)
    assert not is_held(data_dir)
    assert "database system is shut down" in (data_dir / "logs" / "postgres.log").read_text()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_a_second_ctrl_c_does_not_wait(begin: Begin, gone: Gone, until: Until, data_dir: Path) -> None:
    running = begin(data_dir, "slow").wait_until_ready()
    family, slow = running.family, running.named("slow")
    running.process.send_signal(signal.SIGINT)
    assert not until(lambda: not slow.is_running(), 1.3)
    running.end(signal.SIGINT)
    assert gone(family)
    assert not (data_dir / "ended").exists()


def test_one_request_that_comes_twice_is_one_request(begin: Begin, data_dir: Path) -> None:
    running = begin(data_dir, "worker").wait_until_ready()
    running.process.send_signal(signal.SIGTERM)
    running.end(signal.SIGTERM)  # from make, after the terminal's own
    assert (data_dir / "ended").read_text().split() == ["worker"]


def test_ctrl_c_during_the_first_start_is_tidy(begin: Begin, gone: Gone, data_dir: Path) -> None:
    running = begin(data_dir, "api")
    running.wait_for("Creating the database")
    family = running.family
    running.end(signal.SIGINT)
    assert gone(family)
    begin(data_dir, "api").wait_until_ready()


@pytest.mark.parametrize("name", ["worker", "valkey", "postgres"])
def test_what_is_killed_is_started_again(begin: Begin, until: Until, data_dir: Path, name: str) -> None:
    running = begin(data_dir, "worker").wait_until_ready()
    killed = running.named(name)
    program = killed.cmdline()
    killed.kill()
    running.wait_for(
        {"worker": "worker", "valkey": "Valkey", "postgres": "PostgreSQL"}[name] + " was ended by SIGKILL"
    )

    def is_back() -> bool:
        return any(
            child.pid != killed.pid and child.cmdline()[:2] == program[:2] for child in running.family[1:]
        )

    assert until(is_back)
    if name == "postgres":
        assert until(lambda: can_connect(running.facts["admin_url"]))


def can_connect(url: str) -> bool:
    try:
        return execute(url, "SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def test_what_a_killed_child_left_behind_goes_too(
    begin: Begin, gone: Gone, until: Until, data_dir: Path
) -> None:
    running = begin(data_dir, "pool").wait_until_ready()
    assert until(lambda: (data_dir / "inner.pid").exists())
    inner = psutil.Process(int((data_dir / "inner.pid").read_text()))
    running.named("pool").kill()
    assert gone([inner])


def test_a_child_that_never_starts_is_said_with_its_last_words(
    begin: Begin, gone: Gone, data_dir: Path
) -> None:
    running = begin(data_dir, "crashing")
    said = running.wait_for("failed ")
    rest = running.wait()
    assert said == "failed crashing does not start."
    assert rest.endswith("failed crashing does not start.\n  | I cannot read my settings")
    assert running.process.returncode == 1
    delays = [line.rpartition("again in ")[2] for line in running.said if "starting it again" in line]
    assert delays == ["0.5 s", "1 s", "2 s"]
