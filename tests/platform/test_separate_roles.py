"""The roles as separate processes against servers that were started separately, as docker-compose runs them."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.embedded import EmbeddedServices

CHECKOUT = Path(__file__).parents[2]
ROLES = ("worker", "beat", "api")

pytestmark = [
    pytest.mark.feature("17.6"),
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("api.app", "scheduler.app")),
        reason="there are no roles to run yet",
    ),
]


class Machine:
    """One machine's settings, and the roles that run on it."""

    def __init__(self, services: EmbeddedServices, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SPOTTER_")}
        self.environment = {
            **clean,
            "PYTHONPATH": str(CHECKOUT),
            "SPOTTER_ENV": "production",
            "SPOTTER_SECRET_KEY": "thirty-two characters are a minimum, these are more",
            "SPOTTER_PUBLIC_URL": "https://spotter.example",
            "SPOTTER_DATABASE_URL": services.database_url,
            "SPOTTER_ADMIN_DATABASE_URL": services.admin_url,
            "SPOTTER_BROKER_URL": services.broker_url,
            "SPOTTER_DATA_DIR": str(folder),
            "SPOTTER_PORT": str(self.port),
        }
        self.logs = folder
        self.roles: dict[str, subprocess.Popen[bytes]] = {}

    def spotter(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            check=False,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            cwd="/",
        )

    def begin(self, role: str, *arguments: str) -> None:
        with (self.logs / f"{role}.log").open("ab") as log:
            self.roles[role] = subprocess.Popen(
                [sys.executable, "-m", "api.cli", role, *arguments],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                process_group=0,
            )

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def wait_until_ready(self) -> None:
        until = time.monotonic() + 60
        while not self.is_ready():
            for role, process in self.roles.items():
                assert process.poll() is None, f"{role}: {(self.logs / f'{role}.log').read_text()[-3000:]}"
            assert time.monotonic() < until, (self.logs / "api.log").read_text()[-3000:]
            time.sleep(0.1)

    def end(self) -> dict[str, int]:
        """Ask every role to stop; their exit codes."""
        for process in self.roles.values():
            process.send_signal(signal.SIGTERM)
        try:
            return {role: process.wait(timeout=40) for role, process in self.roles.items()}
        finally:
            for process in self.roles.values():
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    folder = tmp_path / "machine"
    folder.mkdir()
    with EmbeddedServices(tmp_path / "servers", durable=False) as services:
        found = Machine(services, folder)
        yield found
        found.end()


def test_roles_become_ready_and_stop_when_asked(machine: Machine) -> None:
    migrated = machine.spotter("migrate")
    assert migrated.returncode == 0, migrated.stderr
    again = machine.spotter("migrate")
    assert (again.returncode, again.stdout) == (0, migrated.stdout)
    for role in ROLES:
        machine.begin(role)
    machine.wait_until_ready()

    seen = machine.spotter("doctor")
    assert "bound by row-level policies" in seen.stdout
    assert [line for line in seen.stdout.splitlines() if line.startswith("wrong")] == []

    codes = machine.end()
    assert codes["api"] in (0, -signal.SIGTERM)  # uvicorn passes the signal on once it has finished
    assert codes["worker"] == codes["beat"] == 0


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_roles_that_begin_before_the_migration_wait_for_it(machine: Machine, pool: str) -> None:
    machine.begin("worker", f"--pool={pool}")
    machine.begin("api")
    time.sleep(2)
    assert not machine.is_ready()
    assert machine.spotter("migrate").returncode == 0
    machine.wait_until_ready()
    said = machine.logs / "worker.log"
    until = time.monotonic() + 60
    while "ready." not in said.read_text():
        assert time.monotonic() < until, said.read_text()[-3000:]
        time.sleep(0.1)
    machine.spotter("gym", "import", str(CHECKOUT / "docs" / "demo" / "gym.yaml"))
    time.sleep(3)  # some sweeps
    assert "Traceback" not in said.read_text(), said.read_text()[-3000:]


def test_doctor_says_that_the_schema_is_missing(machine: Machine) -> None:
    seen = machine.spotter("doctor")
    assert seen.returncode == 1
    assert "wrong  schema" in seen.stdout
    assert "run: spotter migrate" in seen.stdout


def test_doctor_warns_of_a_role_that_goes_round_the_policies(machine: Machine) -> None:
    machine.environment["SPOTTER_DATABASE_URL"] = machine.environment["SPOTTER_DATABASE_URL"].replace(
        "spotter_app@", "postgres@"
    )
    seen = machine.spotter("doctor")
    assert seen.returncode == 1
    assert "postgres goes round row-level policies" in seen.stdout
    assert "NOBYPASSRLS" in seen.stdout
