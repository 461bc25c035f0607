"""An embedded system for one run: temporary folder, free ports, everything stopped and removed afterwards."""

from __future__ import annotations

import contextlib
import io
import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from api.play.world import System
from crm.config import load_settings
from scheduler.embedded import EmbeddedError
from scheduler.embedded.supervisor import Supervisor

# What would make the run part of another installation, or unsafe to simulate.
ELSEWHERE = ("SPOTTER_DATABASE_URL", "SPOTTER_ADMIN_DATABASE_URL", "SPOTTER_BROKER_URL")
HOST = "127.0.0.1"
LONGEST_TROUBLE = 60
"""Lines of a log."""
FEW = 8
COMPLAINT = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")
FIRST_PORT, LAST_PORT = (
    20_000,
    32_000,
)  # below the range from which the kernel takes ports for outgoing connections


@dataclass(frozen=True)
class Stage:
    """A system that is up. Its children are looked after while `keep_going_until` runs in the main thread."""

    system: System
    data_dir: Path
    _supervisor: Supervisor

    def keep_going_until(self, condition: Callable[[], bool]) -> None:
        """Look after the system until `condition`; raises `StopRequested` after Ctrl-C."""
        self._supervisor.wait_until(condition, patience=float("inf"), what="the scripts")

    def trouble(self) -> str:
        """What the processes' logs complain of: the last thing that went wrong, else the last warnings."""
        logs = {name: self._log(name) for name in ("worker", "api", "beat", "simulator")}
        for name, lines in logs.items():
            if begins := [place for place, line in enumerate(lines) if line.startswith("Traceback")]:
                return _quoted(name, lines[begins[-1] :][:LONGEST_TROUBLE])
        for name, lines in logs.items():
            if warnings := [line for line in lines if COMPLAINT.search(line)]:
                return _quoted(name, warnings[-FEW:])
        return ""

    def _log(self, name: str) -> list[str]:
        path = self.data_dir / "logs" / f"{name}.log"
        return path.read_text(errors="replace").splitlines() if path.exists() else []


def _quoted(name: str, lines: list[str]) -> str:
    return f"From the log of {name}:\n" + "\n".join(lines)


@contextlib.contextmanager
def embedded() -> Iterator[Stage]:
    """Start everything embedded. Main thread only: the servers die with the thread that started them."""
    from api.cli.up import choose, everything

    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="spotter-play-"))
        data_dir, port = Path(folder) / "data", free_ports()
        stack.enter_context(_environment(port))
        settings = load_settings()
        # An installation that a `.env` names is not meant either: these few win over it.
        ours = settings.model_copy(
            update={"database_url": None, "admin_database_url": None, "broker_url": None, "host": HOST}
        )
        # What is said about starting and stopping is of interest only where it fails, and then it is in the error.
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        installation, supervisor = stack.enter_context(
            everything(choose(ours, simulator=True, data=data_dir, port=port))
        )
        yield Stage(System(installation.api_url, installation.simulator_url), data_dir, supervisor)


def free_ports() -> int:
    """A port that is free together with the one after it; others who start at the same moment find others."""
    first = FIRST_PORT + os.getpid() * 10 % (LAST_PORT - FIRST_PORT)
    for step in range(0, LAST_PORT - FIRST_PORT, 2):
        port = FIRST_PORT + (first - FIRST_PORT + step) % (LAST_PORT - FIRST_PORT)
        if _is_free(port) and _is_free(port + 1):
            return port
    raise EmbeddedError("No two neighbouring ports are free on this machine.")


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def _environment(port: int) -> Iterator[None]:
    """The process's variables without another installation's, put back afterwards."""
    before = dict(os.environ)
    for name in ELSEWHERE:
        os.environ.pop(name, None)
    os.environ |= {"SPOTTER_ENV": "development", "SPOTTER_PUBLIC_URL": f"http://{HOST}:{port}"}
    os.environ.setdefault("SPOTTER_LOG_LEVEL", "WARNING")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
