"""Workers' work in a database of its own: a drain takes whatever is due over all gyms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from bot import channels
from crm import db
from crm.db import Database
from scheduler import process
from tests.conftest import TEMPLATE, ImportedGym
from tests.scheduler.outbox import Outbox
from tests.scheduler.simulated_outbox import SimulatedOutbox
from tests.services import Services
from tests.simulator.conftest import Receiver, a_simulated_gym, receiver, sim

__all__ = ["receiver", "sim"]

QUEUES = ("template_reviews", "inbound_payloads", "deliveries", "reminders", "paces")


@pytest.fixture(scope="package")
def workers_database(
    services: Services, worker_id: str
) -> Iterator[tuple[Database, psycopg.Connection[Any]]]:
    """Only this folder's tests write here; with the owner's way in."""
    name = f"spotter_workers_{worker_id}"
    services.create_database(name, template=TEMPLATE)
    made = Database(services.database_url_of(name))
    owner = services.superuser_url.replace("@/postgres?", f"@/{name}?")
    with psycopg.connect(db.libpq_url(owner), autocommit=True) as link:
        yield made, link
    made.dispose()
    services.drop_database(name)


@pytest.fixture
def database(
    workers_database: tuple[Database, psycopg.Connection[Any]], monkeypatch: pytest.MonkeyPatch
) -> Database:
    """The database that the code under test finds as this process's, with nothing left to do from other tests."""
    made, owner = workers_database
    for queue in QUEUES:
        owner.execute(f"DELETE FROM {queue}")
    monkeypatch.setattr(db, "_database", made)
    return made


@pytest.fixture
def outbox(database: Database, gym: ImportedGym, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """A gym with a provider that answers as told, a person on WhatsApp and a staff group on Telegram."""
    return Outbox(database, gym, monkeypatch)


@pytest.fixture
def simulated(
    database: Database, gym: ImportedGym, sim: str, receiver: Receiver
) -> Iterator[SimulatedOutbox]:
    """The same with the real clients and a simulator."""
    before = channels.settings()
    channels.configure(SimulatedOutbox.settings(sim))
    with a_simulated_gym(sim, receiver) as made:
        yield SimulatedOutbox(database, gym, made)
    channels.close()
    channels.configure(before)


@pytest.fixture(scope="package")
def models() -> None:
    """Language models and channels, as a worker process loads them once."""
    process.start()
