"""How long somebody waits for a place that everybody wants at the same moment.

They come to as many worker processes as a system has by default. The limit is the least that would keep the
calendar right: as many at once who take one lock and insert one row, with plain SQL.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import multiprocessing
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg_pool import ConnectionPool

from crm import bookings, db, facts, gyms, migrations
from crm.bookings import Refused
from crm.db import TenantSession
from crm.facts import GymFacts, OfferingFact
from crm.models import Contact, new_id
from scheduler.embedded import EmbeddedServices
from tests.benchmarks.telling import percentile, say

DEMO = Path(__file__).parents[2] / "docs" / "demo" / "gym.yaml"
CONNECTIONS = 20
PROCESSES = 2
"""Worker processes of a system by default."""
WANTED_MS = 500.0
Took = tuple[int, list[float]]
"""How many succeeded, and seconds of each."""


class Gate(Protocol):
    """Opens when all have come."""

    def wait(self) -> int:
        """Until then."""
        ...


def main(*, quick: bool = False) -> None:
    """Print one line."""
    crowd = 50 if quick else 200
    with (
        tempfile.TemporaryDirectory(prefix="spotter-bench-") as folder,
        EmbeddedServices(Path(folder) / "data") as services,
    ):
        migrations.upgrade(services.admin_url)
        database = db.Database(services.database_url, pool_size=CONNECTIONS // 5)
        with database.tenant_session(new_id()) as session:
            gyms.import_gym(session, gyms.read_gym_file(DEMO.read_text()), now=session.now, slug="bench")
            gym_id, known = session.gym_id, facts.load(session)
        people = [new_id() for _ in range(crowd)]
        with database.tenant_session(gym_id) as session:
            session.add_all(
                Contact(id=one, gym_id=gym_id, name="Ana", created_at=session.now) for one in people
            )
        trial = known.trial
        assert trial is not None
        with database.tenant_session(gym_id) as session:
            wanted = _first_free(session, known, trial)
        database.dispose()
        got, seconds = in_processes(
            hold_all,
            [(services.database_url, gym_id, wanted, people[at::PROCESSES]) for at in range(PROCESSES)],
        )
        with psycopg.connect(db.libpq_url(services.admin_url), autocommit=True) as link:
            link.execute("CREATE TABLE least (id serial)")
        _, least_seconds = in_processes(
            least_all, [(services.admin_url, crowd // PROCESSES) for _ in range(PROCESSES)]
        )
    p99, limit = percentile(seconds, 0.99) * 1000, percentile(least_seconds, 0.99) * 1000
    say(
        "booking_race_p99", p99, "ms", limit, p99 / limit, good=p99 < WANTED_MS, people=crowd, places=got,
        p50_ms=round(percentile(seconds, 0.5) * 1000, 1), wanted_ms=WANTED_MS,
    )  # fmt: skip


def _first_free(session: TenantSession, known: GymFacts, trial: OfferingFact) -> dt.datetime:
    soon = dt.timedelta(days=1)
    free = bookings.free_times(
        session, known, trial, start=session.now + soon, end=session.now + 5 * soon, now=session.now
    )
    return free[0].starts_at


def hold_all(gate: Gate, url: str, gym_id: uuid.UUID, wanted: dt.datetime, people: list[uuid.UUID]) -> Took:
    """One process: everybody asks for the place at the same moment."""
    size = CONNECTIONS // PROCESSES
    database = db.Database(url, pool_size=size, max_overflow=0)
    with contextlib.ExitStack() as all_of_them:
        # Open beforehand, as the least has them: it is the booking that is measured.
        for _ in range(size):
            session = all_of_them.enter_context(database.tenant_session(gym_id))
            known = facts.load(session)
    trial = known.trial
    assert trial is not None

    def hold(contact: uuid.UUID) -> bool:
        with database.tenant_session(gym_id) as session:
            try:
                bookings.hold(session, known, contact, trial, wanted, now=session.now, created_by="bot")
            except Refused:
                return False
        return True

    return all_at_once(gate, [functools.partial(hold, one) for one in people])


def least_all(gate: Gate, url: str, crowd: int) -> Took:
    """One process: as many take the lock and insert a row."""
    size = CONNECTIONS // PROCESSES
    with ConnectionPool(db.libpq_url(url), min_size=size, max_size=size, timeout=60) as pool:
        pool.wait()

        def least() -> bool:
            with pool.connection() as link:
                link.execute("SELECT pg_advisory_xact_lock(1)")
                link.execute("INSERT INTO least DEFAULT VALUES")
            return True

        return all_at_once(gate, [least] * crowd)


def all_at_once(gate: Gate, jobs: list[Callable[[], bool]]) -> Took:
    """Threads released together, with those of the other processes: how many succeeded, and seconds of each."""

    def together() -> None:
        gate.wait()

    ready = threading.Barrier(len(jobs), action=together)

    def run(job: Callable[[], bool]) -> tuple[bool, float]:
        ready.wait()
        began = time.perf_counter()
        return job(), time.perf_counter() - began

    with ThreadPoolExecutor(len(jobs)) as threads:
        done = list(threads.map(run, jobs))
    return sum(good for good, _ in done), [took for _, took in done]


def in_processes(work: Callable[..., Took], arguments: list[tuple[Any, ...]]) -> Took:
    """`work` in a process for each of the arguments, behind one gate; all that they counted."""
    fresh = multiprocessing.get_context("spawn")
    with fresh.Manager() as manager, ProcessPoolExecutor(len(arguments), fresh) as processes:
        gate = manager.Barrier(len(arguments))
        done = [processes.submit(work, gate, *given) for given in arguments]
        found = [one.result() for one in done]
    return sum(got for got, _ in found), [took for _, seconds in found for took in seconds]
