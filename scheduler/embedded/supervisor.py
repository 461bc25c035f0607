"""The parent of everything: starts children, starts crashed ones again, stops them in order.

One thread, one loop. Signals only set a mark and wake the loop, so a Ctrl-C in the middle of a start ends as tidily as
one in the middle of the night. Children die with this process, however it dies.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Protocol, Self

from scheduler.embedded import processes
from scheduler.embedded.errors import EmbeddedError, ServerFailed, StopRequested
from scheduler.embedded.folder import DataFolder
from scheduler.embedded.server import PROGRESS_EVERY, Report

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY_AFTER = 30.0  # seconds after which a child counts as well, and its next crash as its first
CRASHES_BEFORE_READY = 3
LOOK_EVERY = 1.0
HOUSEKEEPING_EVERY = 3600.0
SAME_REQUEST = 1.0  # make passes on a signal that the terminal has already sent us: still one request


class Supervised(Protocol):
    """What the supervisor can look after: a child of ours or an embedded server."""

    @property
    def title(self) -> str:
        """What it is called in messages."""
        ...

    def start(self) -> None:
        """Start it, or start it again after it ended."""
        ...

    def exit_code(self) -> int | None:
        """None while it runs."""
        ...

    def stop(self, *, at_once: bool = False) -> None:
        """End it and wait for its end."""
        ...

    def kill(self) -> None:
        """End it without waiting."""
        ...

    def last_words(self) -> str:
        """The end of what it logged."""
        ...


class Child:
    """A program of ours as a background child: its words go to its log, and it is killed when we die.

    Killed, not asked: what was under way is still in the database, and the database goes away at the same moment.
    `patience` is how many seconds it has to finish its work when asked to stop.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: DataFolder,
        environment: Mapping[str, str],
        patience: float = 10,
    ) -> None:
        self.name = self.title = name
        self._command = list(command)
        self._folder = folder
        self._environment = dict(environment)
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    def start(self) -> None:
        """Start it, with its words going to its log."""
        with self._folder.open_log(self.name) as log:
            self._log_from = log.tell()
            self._process = processes.start(self._command, log, signal.SIGKILL, env=self._environment)

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def stop(self, *, at_once: bool = False) -> None:
        """Ask it to stop, wait for its patience, then kill what is left of it."""
        process = self._process
        if process is None:
            return
        if not at_once:
            processes.end(process.pid, lambda: process.poll() is None, ((signal.SIGTERM, self._patience),))
        self.kill()
        process.wait()
        self._process = None

    def kill(self) -> None:
        """End it at once, with what it started and left behind, such as the pool of a killed worker. Waits for nothing."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """The end of what it logged since it was started last."""
        return self._folder.last_lines(self.name, since=self._log_from)


@dataclass
class _Watch:
    """How one child has been doing."""

    what: Supervised
    started_at: float
    crashes: int = 0
    start_again_at: float | None = None


class Supervisor:
    """Use as a context manager in the main thread; leaving it stops all, the last started first.

    `report` is told in one line what happens; `housekeeping` is called once an hour. A second Ctrl-C while stopping ends everything at once.
    """

    def __init__(self, report: Report, housekeeping: Callable[[], None] = lambda: None) -> None:
        self._report = report
        self._housekeeping = housekeeping
        self._watches: list[_Watch] = []
        self._asked_at: float | None = None
        self._asked_again = False
        self._reader, self._writer = -1, -1
        self._former: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        """Take over the signals."""
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            self._former[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop all and give the signals back."""
        try:
            self.stop()
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in self._former.items():
                signal.signal(number, handler)
            os.close(self._reader)
            os.close(self._writer)

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked us to stop."""
        return self._asked_at is not None

    def pause(self, seconds: float) -> None:
        """Sleep; raises `StopRequested` when somebody asked us to stop. For waits during the start."""
        self._sleep(seconds)
        if self.is_stopping:
            raise StopRequested("Stopped before everything was ready.")

    def adopt(self, what: Supervised) -> None:
        """Look after something that was started elsewhere."""
        self._watches.append(_Watch(what, time.monotonic()))

    def start(self, what: Supervised) -> None:
        """Start a child and look after it."""
        self.adopt(what)
        what.start()

    def run_once(self, child: Child) -> None:
        """Run a child to its end; `ServerFailed` with its last words when that is not a good one."""
        child.start()
        try:
            began = said = time.monotonic()
            while (code := child.exit_code()) is None:
                self._look_after_all()
                now = time.monotonic()
                if now - said > PROGRESS_EVERY:
                    self._report(f"Still at {child.title} ({now - began:.0f} s)")
                    said = now
                self.pause(LOOK_EVERY)
        finally:
            child.stop(at_once=True)
        if code != 0:
            raise ServerFailed(f"{child.name} {processes.how_it_ended(code)}:\n{child.last_words()}")

    def wait_until(self, condition: Callable[[], bool], *, patience: float, what: str) -> None:
        """Wait for `condition`, keeping the children going; `ServerFailed` when one of them keeps failing."""
        began = said = time.monotonic()
        while not condition():
            self._look_after_all()
            now = time.monotonic()
            for watch in self._watches:
                if watch.crashes >= CRASHES_BEFORE_READY:
                    raise ServerFailed(f"{watch.what.title} does not start.\n{watch.what.last_words()}")
            if now - began > patience:
                raise ServerFailed(f"{what} did not answer within {patience:.0f} s; see the logs.")
            if now - said > PROGRESS_EVERY:
                self._report(f"Waiting for {what} ({now - began:.0f} s)")
                said = now
            self.pause(0.05)

    def run(self) -> None:
        """Keep everything going until a signal asks to stop."""
        housekeeping_at = time.monotonic()
        while not self.is_stopping:
            self._look_after_all()
            if time.monotonic() >= housekeeping_at:
                self._housekeeping()
                housekeeping_at = time.monotonic() + HOUSEKEEPING_EVERY
            self._sleep(self._next_look())

    def show(self, command: Sequence[str]) -> bool:
        """Run a command that writes to our own terminal, until its end or a stop; whether it ended well."""
        shown = processes.start(command, None, signal.SIGKILL)
        try:
            while (code := shown.poll()) is None and not self.is_stopping:
                self._look_after_all()
                self._sleep(self._next_look())
        finally:
            shown.kill()
            shown.wait()
        return code == 0

    def stop(self) -> None:
        """Stop all, the last started first."""
        while self._watches:
            self._watches[-1].what.stop(at_once=self._asked_again)
            self._watches.pop()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if number not in STOP_SIGNALS:
            return
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
        elif now - self._asked_at > SAME_REQUEST:
            self._asked_again = True
            for watch in self._watches:
                watch.what.kill()

    def _sleep(self, seconds: float) -> None:
        """Until a signal comes, or so long."""
        select.select([self._reader], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 4096)

    def _next_look(self) -> float:
        now = time.monotonic()
        due = (watch.start_again_at - now for watch in self._watches if watch.start_again_at is not None)
        return max(0.0, min(LOOK_EVERY, *due, LOOK_EVERY))

    def _look_after_all(self) -> None:
        for watch in self._watches:
            self._look_after(watch)

    def _look_after(self, watch: _Watch) -> None:
        now = time.monotonic()
        if watch.start_again_at is not None:
            if now >= watch.start_again_at:
                watch.start_again_at = None
                watch.started_at = now
                try:
                    watch.what.start()
                except EmbeddedError as error:
                    self._report(str(error))
                    self._start_later(watch)
            return
        code = watch.what.exit_code()
        if code is None:
            if watch.crashes and now - watch.started_at > STEADY_AFTER:
                watch.crashes = 0
            return
        watch.what.kill()
        delay = self._start_later(watch)
        self._report(f"{watch.what.title} {processes.how_it_ended(code)}; starting it again in {delay:g} s")
        if last := watch.what.last_words():
            self._report(last)

    def _start_later(self, watch: _Watch) -> float:
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2.0**watch.crashes)
        watch.crashes += 1
        watch.start_again_at = time.monotonic() + delay
        return delay
