"""The whole embedded system: seconds until its first answer, milliseconds to each, memory of all of it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg

from api.play.stage import free_ports
from crm import db, gyms
from crm.config import settings
from crm.gyms import InboxPart
from crm.models import new_id
from tests.benchmarks.provider import FastProvider
from tests.benchmarks.telling import percentile, say
from tests.benchmarks.turns import Place, wait_until_done, write

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "docs" / "demo" / "gym.yaml"
SECRET, NUMBER = "benchmark", "1234567890"
PATIENCE = 120.0
WANTED_START_S, WANTED_REPLY_MS, WANTED_MB = 10.0, 300.0, 900.0
TURNS_OF_LOAD, AT_ONCE = 10_000, 500


class System:
    """``spotter up`` in a folder of its own, with Meta's API on this machine; no burst wait."""

    def __init__(self, folder: Path, provider: FastProvider) -> None:
        self._folder, self._provider = folder, provider
        self._url = f"http://127.0.0.1:{free_ports()}"
        self._people = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """From the start of the process until it is stopped."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SPOTTER_")}
        ours = {
            "PYTHONPATH": str(ROOT), "SPOTTER_META_BASE_URL": self._provider.url, "SPOTTER_BURST_WAIT_SECONDS": "0",
            "SPOTTER_LOG_LEVEL": "WARNING",
        }  # fmt: skip
        port = self._url.rpartition(":")[2]
        command = [
            sys.executable,
            "-m",
            "api.cli",
            "up",
            "--data",
            str(self._folder / "data"),
            "--port",
            port,
        ]
        with (self._folder / "said.txt").open("wb") as said:
            self._process = subprocess.Popen(
                command, cwd="/", env=clean | ours, stdout=said, stderr=subprocess.STDOUT
            )
        try:
            until = time.monotonic() + PATIENCE
            while "Ready" not in (self._folder / "said.txt").read_text():
                assert self._process.poll() is None, (self._folder / "said.txt").read_text()
                assert time.monotonic() < until, "it did not start"
                time.sleep(0.02)
            yield
        finally:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    def make_gym(self) -> Place:
        """A gym with WhatsApp."""
        for line in (self._folder / "data" / "running.env").read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ[name] = value
        settings.cache_clear()
        made = db.Database(os.environ["SPOTTER_DATABASE_URL"])
        with made.tenant_session(new_id()) as session:
            gyms.import_gym(session, gyms.read_gym_file(DEMO.read_text()), now=session.now)
            credentials = {"app_secret": SECRET, "access_token": "x", "phone_number_id": NUMBER}
            part = InboxPart(channel="whatsapp", external_id=NUMBER, credentials=credentials)
            place = Place(session.gym_id, gyms.ensure_inbox(session, part).id)
        made.dispose()
        return place

    def ask(self, text: str) -> float:
        """Somebody new writes; seconds from our answer to the webhook until the reply is sent."""
        self._people += 1
        person = f"35386{self._people:07}"
        item = {
            "from": person, "id": f"wamid.{uuid.uuid4()}", "timestamp": str(int(time.time())), "type": "text",
            "text": {"body": text},
        }  # fmt: skip
        value = {
            "messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
            "contacts": [{"profile": {"name": "Ana Silva"}, "wa_id": person}], "messages": [item],
        }  # fmt: skip
        change = {"id": "1", "changes": [{"value": value, "field": "messages"}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [change]}).encode()
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"{self._url}/webhooks/meta", body,
            {"Content-Type": "application/json", "X-Hub-Signature-256": signature},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200
        accepted, until = time.perf_counter(), time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self._provider.came.clear()
            for call in reversed(self._provider.calls):
                if call.to == person:
                    return max(0.0, call.at - accepted)
            self._provider.came.wait(0.5)
        raise RuntimeError("no answer came")

    def memory(self) -> dict[str, float]:
        """MB of each part, shared pages counted once (PSS)."""
        found: dict[str, float] = {}
        for process in [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children(True)]:
            with contextlib.suppress(psutil.Error):
                words = " ".join(process.cmdline())
                part = next((name for name in PARTS if name in words), "supervisor")
                found[part] = found.get(part, 0.0) + process.memory_full_info().pss / 1e6
        return found


PARTS = ("postgres", "valkey", "api.cli api", "api.cli worker", "api.cli beat")


def main(*, quick: bool = False, full: bool = False) -> None:
    """Print a line for the start, one for the reply and one or two for memory."""
    asked = 20 if quick else 100
    with tempfile.TemporaryDirectory(prefix="spotter-bench-") as name, FastProvider() as provider:
        system = System(Path(name), provider)
        began = time.perf_counter()
        with system.running():
            ready = time.perf_counter() - began
            place = system.make_gym()
            system.ask("hi! how much is a membership?")
            first = time.perf_counter() - began
            say(
                "start", ready, "s", WANTED_START_S, ready / WANTED_START_S, good=ready <= WANTED_START_S,
                first_answer_s=round(first, 2),
            )  # fmt: skip
            time.sleep(2 if quick else 10)
            _say_memory("memory_idle", system)
            waits = [system.ask("hi! how much is a membership?") for _ in range(asked)]
            p95 = percentile(waits, 0.95) * 1000
            say(
                "first_reply_p95", p95, "ms", WANTED_REPLY_MS, p95 / WANTED_REPLY_MS, good=p95 <= WANTED_REPLY_MS,
                p50_ms=round(percentile(waits, 0.5) * 1000, 1), replies=asked,
            )  # fmt: skip
            if full:
                _many_turns(place)
                _say_memory("memory_after_turns", system, turns=TURNS_OF_LOAD)


def _many_turns(place: Place) -> None:
    superuser = os.environ["SPOTTER_DATABASE_URL"].replace("spotter_app@", "postgres@")
    with psycopg.connect(db.libpq_url(superuser), autocommit=True) as owner:
        for number in range(TURNS_OF_LOAD // AT_ONCE):
            write(owner, [place], AT_ONCE, number, "hi! how much is a membership?")
            wait_until_done(owner, [])


def _say_memory(bench: str, system: System, **more: object) -> None:
    parts = system.memory()
    total = sum(parts.values())
    say(
        bench, total, "MB", WANTED_MB, total / WANTED_MB, good=total <= WANTED_MB,
        parts={part: round(size, 1) for part, size in parts.items()}, **more,
    )  # fmt: skip
