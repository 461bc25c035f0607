"""A whole installation with its simulator, in processes of its own that can be killed."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import psutil

from api.play.stage import free_ports
from scheduler.embedded.folder import socket_folder
from scheduler.embedded.postgres import PORT, SUPERUSER

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "docs" / "demo" / "gym.yaml"
NOW = "2026-11-23T09:00:00+00:00"
START_PATIENCE, ANSWER_PATIENCE, SETTLE_PATIENCE = 120.0, 240.0, 240.0
"""Seconds. What is killed again and again is started again ever later."""
SENDER_TIMES = {"SPOTTER_SEND_LEASE_SECONDS": "4", "SPOTTER_SEND_GRACE_SECONDS": "6"}
"""Shorter than in earnest, so that what a killed sender left is taken up within the test."""
SORTS = {
    "api": ("api.cli", "api"),
    "worker": ("api.cli", "worker"),
    "beat": ("api.cli", "beat"),
    "valkey": ("valkey-server",),
    "postgres": ("postgres", "-D"),
}
"""Words of the command lines of what can be killed."""
POOL = "one process of the worker's pool"


class Installation:
    """``spotter up --simulator`` in a folder of its own, from outside."""

    def __init__(self, folder: Path) -> None:
        self._data, self._port = folder / "data", free_ports()
        self._said = folder / "said.txt"
        self.api, self.simulator = (f"http://127.0.0.1:{self._port + step}" for step in (0, 1))
        self.http = httpx.Client(timeout=30, trust_env=False)
        self.killed: list[str] = []
        """Whom `kill_at_random` has killed."""
        self._keys: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SPOTTER_")}
        ours = {
            "PYTHONPATH": str(ROOT), "SPOTTER_BURST_WAIT_SECONDS": "0.2", "SPOTTER_LOG_LEVEL": "WARNING",
            **SENDER_TIMES,
        }  # fmt: skip
        command = [
            sys.executable, "-m", "api.cli", "up", "--simulator", "--data", str(self._data), "--port", str(self._port),
        ]  # fmt: skip
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                command, cwd="/", env=clean | ours, stdout=said, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + START_PATIENCE
        while "Ready" not in self._said.read_text():
            assert self._process.poll() is None, self._said.read_text()
            assert time.monotonic() < until, self._said.read_text()
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all of it."""
        self.http.close()
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        shutil.rmtree(socket_folder(self._data), ignore_errors=True)

    def make_gym(self, slug: str) -> str:
        """A gym of the demo's kind, its clock on a Monday morning."""
        made = self.http.post(f"{self.api}/dev/gyms", params={"slug": slug}, content=DEMO.read_bytes())
        assert made.is_success, made.text
        self._keys[slug] = made.json()["api_key"]
        moved = self.http.post(f"{self.simulator}/clock", params={"gym": slug}, json={"now": NOW})
        assert moved.is_success, moved.text
        return slug

    def database_url(self) -> str:
        """The way in for whoever wants to look at the rows themselves."""
        return f"postgresql://{SUPERUSER}@/spotter?host={socket_folder(self._data) / 'postgres'}&port={PORT}"

    def faults(self, **wanted: object) -> None:
        """Switch the providers' faults on; none of them: off."""
        self.http.post(f"{self.simulator}/faults", json=wanted).raise_for_status()

    def stats(self) -> dict[str, Any]:
        """What the simulator has counted, by channel."""
        answer = self.http.get(f"{self.simulator}/stats")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()["channels"]
        return found

    def phone(self, gym: str, path: str, **query: object) -> Any:
        """What the simulator tells about a phone."""
        answer = self.http.get(f"{self.simulator}/phones/{path}", params={"gym": gym, **query})  # type: ignore[dict-item]
        answer.raise_for_status()
        return answer.json()

    def count_bookings(self, gym: str) -> int:
        """Places that are held in that gym."""
        bearer = {"Authorization": f"Bearer {self._keys[gym]}"}
        answer = self.http.get(f"{self.api}/api/v1/bookings", params={"status": "booked"}, headers=bearer)
        answer.raise_for_status()
        return int(answer.json()["total"])

    def staff_group(self, gym: str) -> list[str]:
        """What the staff group shows now, edits made."""
        return [line["text"] for line in self.phone(gym, "telegram/staff/messages") if line["from"] == "gym"]

    def settle(self, gyms: list[str]) -> None:
        """Wait until nothing is under way for anybody, and cards have had their last edits."""
        until = time.monotonic() + SETTLE_PATIENCE
        for gym in gyms:
            # Edits are gathered for some seconds; nobody wants to wait for them.
            self._patiently(until, lambda gym=gym: self._advance(gym))
        for gym in gyms:
            self._patiently(until, lambda gym=gym: self._is_settled(gym))

    def _advance(self, gym: str) -> bool:
        where = {"gym": gym}
        return self.http.post(
            f"{self.simulator}/clock", params=where, json={"advance": "PT10S"}
        ).is_success and bool(self.phone(gym, "telegram/staff/settled")["settled"])

    def _is_settled(self, gym: str) -> bool:
        return bool(self.phone(gym, "telegram/staff/settled")["settled"])

    @staticmethod
    def _patiently(until: float, holds: Any) -> None:
        while True:
            try:
                if holds():
                    return
            except httpx.HTTPError:
                pass  # on its way up again
            assert time.monotonic() < until, "it does not come to rest"
            time.sleep(0.2)

    def kill_at_random(self, dice: random.Random, count: int, pause: float) -> None:
        """Kill so many processes, every sort in its turn, with random pauses of at most `pause` seconds."""
        turn: list[str] = []
        while len(self.killed) < count:
            time.sleep(dice.uniform(0.1, pause))
            turn = turn or dice.sample([*SORTS, POOL], len(SORTS) + 1)
            with contextlib.suppress(psutil.Error):
                if (found := self._find(turn[-1])) is not None:
                    found.kill()
                    self.killed.append(turn.pop())

    def _find(self, sort: str) -> psutil.Process | None:
        assert self._process is not None
        if sort == POOL:
            worker = self._find("worker")
            return next(iter(worker.children()), None) if worker is not None else None
        for child in psutil.Process(self._process.pid).children():
            try:
                words = child.cmdline()
            except psutil.Error:
                continue
            if all(any(word in part for part in words) for word in SORTS[sort]):
                return child
        return None


class Talk:
    """One person's conversation, on WhatsApp unless told otherwise."""

    def __init__(
        self, installation: Installation, gym: str, address: str, name: str, lines: tuple[str, ...],
        channel: str = "whatsapp",
    ) -> None:  # fmt: skip
        self._installation, self._gym, self._lines = installation, gym, lines
        self._address, self._name, self._channel = address, name, channel
        self.answers: list[int] = []
        """How many messages had come from the gym after each turn."""

    def hold(self, expected: list[int] | None, before_each: Callable[[], None]) -> None:
        """Say all lines. The next one is said when so many answers are there, or when all has settled."""
        for turn, line in enumerate(self._lines):
            before_each()
            said = self._installation.http.post(
                f"{self._installation.simulator}/phones/{self._channel}/{quote(self._address)}/messages",
                params={"gym": self._gym}, json={"text": line, "name": self._name},
            )  # fmt: skip
            assert said.status_code == 202, said.text
            self._wait(expected[turn] if expected else None, line)
            self.answers.append(len(self.shown()))

    def _wait(self, expected: int | None, line: str) -> None:
        until = time.monotonic() + ANSWER_PATIENCE
        before = self.answers[-1] if self.answers else 0
        while time.monotonic() < until:
            count = len(self.shown())
            if count >= expected if expected is not None else count > before and self._is_settled():
                return
            time.sleep(0.1)
        raise AssertionError(f"no answer to {line!r}: {self.shown()}")

    def _is_settled(self) -> bool:
        return bool(
            self._installation.phone(self._gym, f"{self._channel}/{quote(self._address)}/settled")["settled"]
        )

    def shown(self) -> list[str]:
        """What the phone shows from the gym, in order."""
        found = self._installation.phone(self._gym, f"{self._channel}/{quote(self._address)}/messages")
        return [message["text"] for message in found if message["from"] == "gym"]
