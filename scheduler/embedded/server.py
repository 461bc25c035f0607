"""What the embedded servers share: one foreground child each, waited for with progress, stopped in steps."""

from __future__ import annotations

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from scheduler.embedded import processes
from scheduler.embedded.errors import ServerFailed
from scheduler.embedded.folder import DataFolder

# Replaying a long write-ahead log after a crash takes minutes on a slow disk; giving up early would lose nothing
# but patience, and would start the replay anew each time.
START_PATIENCE = 600.0
PROGRESS_EVERY = 3.0

Report = Callable[[str], None]
Pause = Callable[[float], None]  # sleeps; may raise StopRequested


class Server(ABC):
    """A server program that runs as our child and dies with us."""

    name: ClassVar[str]
    title: ClassVar[str]
    death_signal: ClassVar[signal.Signals]
    stop_steps: ClassVar[tuple[tuple[signal.Signals | None, float], ...]]

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None while it is not running."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Clear what an earlier run left behind and start the program; it may not be ready yet."""
        self.clear_leftovers()
        self._process = self.spawn()

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def wait_until_ready(self, report: Report, pause: Pause = time.sleep) -> None:
        """Wait until it answers, saying so now and then; `ServerFailed` with its last words when it ends instead."""
        assert self._process is not None, "start() comes first"
        began = said = time.monotonic()
        while not self.is_ready():
            code = self._process.poll()
            if code is not None:
                raise ServerFailed(
                    f"{self.title} {processes.how_it_ended(code)} before it was ready. Its last words:\n"
                    + self.last_words()
                )
            now = time.monotonic()
            if now - began > START_PATIENCE:
                raise ServerFailed(
                    f"{self.title} is not ready after {START_PATIENCE:.0f} s; see {self.folder.logs}"
                )
            if now - said > PROGRESS_EVERY:
                report(f"{self.title} is still starting ({now - began:.0f} s){self.progress()}")
                said = now
            pause(processes.STEP_SECONDS)

    def stop(self, *, at_once: bool = False) -> None:
        """End it in steps, from politely to surely; `at_once` takes the last step only. Done twice, it does nothing."""
        process = self._process
        if process is None:
            return
        steps = self.stop_steps[-1:] if at_once else self.stop_steps
        if not processes.end(process.pid, lambda: process.poll() is None, steps):
            process.kill()
            process.wait()
        self._process = None

    def kill(self) -> None:
        """Take the last step without waiting for it."""
        process = self._process
        number = self.stop_steps[-1][0]
        if process is not None and process.poll() is None and number is not None:
            process.send_signal(number)

    def last_words(self) -> str:
        """The end of its log."""
        return self.folder.last_lines(self.name)

    def progress(self) -> str:
        """What the server says about a slow start, if anything."""
        return ""

    @abstractmethod
    def clear_leftovers(self) -> None:
        """End a server that outlived its Spotter and remove marks of one that is gone."""

    @abstractmethod
    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the program in the foreground."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it takes requests."""
