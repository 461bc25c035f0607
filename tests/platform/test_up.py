"""`spotter up` and its sisters, when something is in the way: said in plain words, nothing left running."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.embedded.folder import DataFolder, is_held

pytestmark = pytest.mark.feature("17.1")


def spotter(
    *arguments: str, before: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end, without a `.env` in the way."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPOTTER_")}
    return subprocess.run(
        [*before, sys.executable, "-m", "api.cli", *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        env={**clean, "PYTHONPATH": str(Path(__file__).parents[2]), **variables},
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_said_with_a_free_one_to_try(data_dir: Path, taken_port: int) -> None:
    ran = spotter("up", "--data", str(data_dir), "--port", str(taken_port))
    assert ran.returncode == 1
    assert f"Port {taken_port} on 127.0.0.1 is taken" in ran.stderr
    assert "spotter up --port" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not is_held(data_dir)


def test_the_simulators_port_counts_too(data_dir: Path, taken_port: int) -> None:
    ran = spotter("up", "--simulator", "--data", str(data_dir), "--port", str(taken_port - 1))
    assert ran.returncode == 1
    assert f"Port {taken_port} on 127.0.0.1 is taken" in ran.stderr


def test_a_second_up_on_the_same_data_says_who_is_there(data_dir: Path) -> None:
    first = DataFolder(data_dir)
    first.hold()
    try:
        ran = spotter("up", "--data", str(data_dir))
    finally:
        first.release()
    assert ran.returncode == 1
    assert f"Another Spotter (process {os.getpid()}) is already running on {data_dir}" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_folder_that_cannot_be_written_is_said(ordinary_user: list[str], everybodys_dir: Path) -> None:
    closed = everybodys_dir / "closed"
    closed.mkdir(mode=0o555)
    ran = spotter("up", "--data", str(closed / "data"), before=tuple(ordinary_user))
    assert ran.returncode == 1
    assert f"The data folder {closed}/data cannot be used: Permission denied" in ran.stderr
    assert "--data" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("role", ["api", "worker", "beat"])
def test_a_single_role_says_what_it_needs(role: str, data_dir: Path) -> None:
    ran = spotter(role, SPOTTER_DATA_DIR=str(data_dir))
    assert ran.returncode == 1
    assert ran.stderr.startswith("SPOTTER_DATABASE_URL and SPOTTER_BROKER_URL must be set for a single role.")


def test_production_refuses_unsafe_settings(data_dir: Path) -> None:
    ran = spotter("up", SPOTTER_ENV="production", SPOTTER_DATA_DIR=str(data_dir))
    assert ran.returncode == 1
    assert "SPOTTER_SECRET_KEY must be set" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_chat_says_that_no_simulator_runs() -> None:
    ran = spotter("chat", "--as", "whatsapp:+353851234567", "--url", "http://127.0.0.1:9")
    assert ran.returncode == 1
    assert "No simulator answers at http://127.0.0.1:9" in ran.stderr
    assert "spotter up --simulator" in ran.stderr
