"""How many webhooks a second one API process takes in, and how long a provider waits.

The peer is the least that would do: a plain route that writes the raw body with one
insert and answers. Both run in the same way on the same database, in turns, under the
same load; ours also verifies, cuts, finds the inbox, keeps each message once and wakes
the workers.

It needs no services of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import cast

import psycopg

from crm import db, gyms, migrations
from crm.gyms import InboxPart
from crm.models import new_id
from scheduler.embedded import EmbeddedServices
from tests.benchmarks.telling import percentile, say

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "docs" / "demo" / "gym.yaml"
SECRET = "benchmark"
AT_ONCE = 32
SECONDS, QUICK_SECONDS = 4.0, 1.0
ROUNDS = 3
OPEN = 1_000
OPEN_RATE = 500
"""Requests a second over all of the open connections."""
WANTED_RATIO = 0.7
WANTED_P99_MS = 50.0


def bare_app() -> object:
    """The peer: raw body, one insert in autocommit, 200."""
    from psycopg_pool import AsyncConnectionPool
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    pool = AsyncConnectionPool(
        os.environ["BENCH_DATABASE_URL"],
        min_size=4,
        max_size=8,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 1},
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await pool.open()
        yield
        await pool.close()

    async def keep(request: Request) -> Response:
        body = (await request.body()).decode()
        async with pool.connection() as connection:
            await connection.execute("INSERT INTO bare (payload) VALUES (%s::jsonb)", (body,))
        return Response("")

    return Starlette(routes=[Route("/keep", keep, methods=["POST"])], lifespan=lifespan)


class Caller(asyncio.Protocol):
    """One connection that sends the next request when the answer to the last one is there."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._began = 0.0
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start at once."""
        self._transport = cast(asyncio.Transport, transport)
        self._load.ready(self)

    def send(self) -> None:
        """Send one request."""
        if self._transport is not None and not self._transport.is_closing():
            self._began = time.perf_counter()
            self._transport.write(self._load.request())

    def data_received(self, data: bytes) -> None:
        """An answer has no body, so it ends with its head."""
        self._seen += data
        if b"\r\n\r\n" not in self._seen:
            return
        is_good, self._seen = self._seen.startswith(b"HTTP/1.1 200"), b""
        self._load.answered(self, time.perf_counter() - self._began, is_good)


class Load:
    """Requests against one address, and what became of them."""

    def __init__(self, port: int, path: str, *, pause: float = 0.0) -> None:
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: %d\r\n\r\n"
        )
        self._port, self._pause = port, pause
        self._number = uuid.uuid4().int % 10**9 * 1000
        self._goes_on = True
        self.seconds: list[float] = []
        self.failed = 0

    def request(self) -> bytes:
        """A message that nobody has sent before, from one of a thousand people."""
        self._number += 1
        chat = 10_000 + self._number % 1000
        body = json.dumps(
            {
                "update_id": self._number,
                "message": {
                    "message_id": self._number, "date": 1_795_000_000, "text": "hi! can I try a class tomorrow at 10?",
                    "from": {"id": chat, "is_bot": False, "first_name": "Ana", "language_code": "en"},
                    "chat": {"id": chat, "type": "private", "first_name": "Ana"},
                },
            }
        ).encode()  # fmt: skip
        return (self._head % len(body)).encode() + body

    def ready(self, caller: Caller) -> None:
        """A connection is open; with a pause, they begin spread over it."""
        delay = self._pause * (self._number % 997) / 997 if self._pause else 0.0
        self._number += 1
        asyncio.get_running_loop().call_later(delay, caller.send)

    def answered(self, caller: Caller, seconds: float, is_good: bool) -> None:
        """Count the answer and go on."""
        self.seconds.append(seconds)
        self.failed += not is_good
        if self._goes_on:
            if self._pause:
                asyncio.get_running_loop().call_later(self._pause, caller.send)
            else:
                caller.send()

    async def run(self, connections: int, seconds: float, *, warm_up: float = 1.0) -> float:
        """Answers a second, after a warm-up that is not counted."""
        loop = asyncio.get_running_loop()
        made = []
        for _ in range(connections):
            transport, _protocol = await loop.create_connection(lambda: Caller(self), "127.0.0.1", self._port)
            made.append(transport)
        await asyncio.sleep(warm_up)
        self.seconds.clear()
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        took, done = time.perf_counter() - began, list(self.seconds)
        self._goes_on = False
        await asyncio.sleep(0.2)
        for transport in made:
            transport.close()
        self.seconds = done
        return len(done) / took


@contextlib.contextmanager
def server(target: str, environment: dict[str, str]) -> Iterator[int]:
    """One uvicorn process, as in production."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        sys.executable, "-m", "uvicorn", target, "--factory", "--port", str(port), "--http", "httptools",
        "--loop", "uvloop", "--no-access-log", "--log-level", "error", "--app-dir", str(Path(__file__).parent),
    ]  # fmt: skip
    running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)})
    try:
        _wait_for(lambda: _listens(port), running)
        yield port
    finally:
        running.terminate()
        running.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(holds: Callable[[], bool], running: subprocess.Popen[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and running.poll() is None:
        if holds():
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def measure(load: Load, connections: int, seconds: float) -> float:
    """Run a load in a loop of its own; raises where an answer was no success."""
    import uvloop

    rate = uvloop.run(load.run(connections, seconds))
    if load.failed:
        raise RuntimeError(f"{load.failed} requests were refused")
    return rate


def main(*, quick: bool = False) -> None:
    """Print one line for the throughput and one for the waiting time."""
    seconds, rounds = (QUICK_SECONDS, 1) if quick else (SECONDS, ROUNDS)
    with (
        tempfile.TemporaryDirectory(prefix="spotter-bench-") as folder,
        EmbeddedServices(Path(folder) / "data") as services,
    ):
        migrations.upgrade(services.admin_url)
        with psycopg.connect(db.libpq_url(services.admin_url), autocommit=True) as owner:
            owner.execute(
                "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb NOT NULL)"
            )
            owner.execute("GRANT INSERT ON bare TO PUBLIC")
        key = _gym_with_inbox(services.database_url)
        environment = {
            "SPOTTER_DATABASE_URL": services.database_url,
            "SPOTTER_BROKER_URL": services.broker_url,
            "BENCH_DATABASE_URL": db.libpq_url(services.database_url),
        }
        with (
            server("api.app:create_own_app", environment) as ours,
            server("webhooks:bare_app", environment) as bare,
        ):
            rates: dict[str, list[float]] = {"ours": [], "bare": []}
            waits: list[float] = []
            for _ in range(rounds):
                load = Load(ours, f"/webhooks/telegram/{key}")
                rates["ours"].append(measure(load, AT_ONCE, seconds))
                waits += load.seconds
                rates["bare"].append(measure(Load(bare, "/keep"), AT_ONCE, seconds))
            open_load = Load(ours, f"/webhooks/telegram/{key}", pause=OPEN / OPEN_RATE)
            open_rate = measure(open_load, OPEN, seconds * 2)
            open_bare = Load(bare, "/keep", pause=OPEN / OPEN_RATE)
            measure(open_bare, OPEN, seconds * 2)
            with urllib.request.urlopen(f"http://127.0.0.1:{ours}/metrics", timeout=10) as answer:
                assert b"spotter_webhook_payloads_recorded" in answer.read()
    our_rate, bare_rate = statistics.median(rates["ours"]), statistics.median(rates["bare"])
    say(
        "webhooks_per_second", our_rate, "requests/s", bare_rate, our_rate / bare_rate,
        good=our_rate / bare_rate >= WANTED_RATIO, at_once=AT_ONCE, p50_ms=_ms(percentile(waits, 0.5)),
        p99_ms=_ms(percentile(waits, 0.99)),
    )  # fmt: skip
    p99 = percentile(open_load.seconds, 0.99) * 1000
    say(
        "webhook_wait_p99", p99, "ms", WANTED_P99_MS, p99 / WANTED_P99_MS, good=p99 < WANTED_P99_MS, open=OPEN,
        per_second=round(open_rate), p50_ms=_ms(percentile(open_load.seconds, 0.5)),
        bare_p99_ms=_ms(percentile(open_bare.seconds, 0.99)),
    )  # fmt: skip


def _gym_with_inbox(database_url: str) -> str:
    made = db.Database(database_url)
    with made.tenant_session(new_id()) as session:
        gyms.import_gym(session, gyms.read_gym_file(DEMO.read_text()), now=session.now)
        credentials = {"bot_token": "1:x", "secret_token": SECRET, "bot_id": "1", "bot_username": "bench_bot"}
        part = InboxPart(channel="telegram", external_id="1", credentials=credentials)
        key = gyms.ensure_inbox(session, part).key
    made.dispose()
    return key


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
