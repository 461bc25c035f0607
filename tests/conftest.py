"""Real services for the whole run, and a gym of its own for each test that wants one."""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crm import clock as real_clock
from crm import db, gyms, migrations
from crm import facts as gym_facts
from crm.db import Database, TenantSession
from crm.facts import GymFacts
from crm.models import Gym, new_id
from scheduler.embedded import EmbeddedServices
from tests.services import Services

DEMO = Path(__file__).parents[1] / "docs" / "demo" / "gym.yaml"
TEMPLATE = "spotter_template"
MONDAY_MORNING = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


class _Run:
    """Starts the services once a run, when the first who needs them asks."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._services: Services | None = None

    def services(self) -> Services:
        if self._services is None:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="spotter-tests-"))
            embedded = self._stack.enter_context(EmbeddedServices(Path(folder) / "data", durable=False))
            embedded.create_database(TEMPLATE)
            migrations.upgrade(embedded.admin_url_of(TEMPLATE))
            self._services = Services(embedded.superuser_url, embedded.broker_url)
        return self._services

    def stop(self) -> None:
        self._stack.close()


_run = pytest.StashKey[_Run]()


def pytest_configure(config: pytest.Config) -> None:
    """With several worker processes the one that leads them starts the services and tells them where."""
    config.stash[_run] = _Run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    config.stash[_run].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Called by pytest-xdist in the leading process for each worker process."""
    services = node.config.stash[_run].services()
    node.workerinput["services"] = (services.superuser_url, services.broker_url)


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest) -> Services:
    """The run's PostgreSQL and broker, with a migrated template database."""
    told = getattr(request.config, "workerinput", None)
    return Services(*told["services"]) if told else request.config.stash[_run].services()


@pytest.fixture(scope="session")
def database_name(services: Services, worker_id: str) -> Iterator[str]:
    """This process's database, migrated and empty at first."""
    name = f"spotter_{worker_id}"
    services.create_database(name, template=TEMPLATE)
    yield name
    services.drop_database(name)


@pytest.fixture(scope="session")
def database(services: Services, database_name: str) -> Iterator[Database]:
    """The database as the application role sees it."""
    made = db.connect(services.database_url_of(database_name))
    yield made
    made.dispose()


@dataclass(frozen=True)
class ImportedGym:
    """A gym made from the demo file."""

    id: Any
    slug: str
    facts: GymFacts


def import_demo_gym(database: Database) -> ImportedGym:
    """The demo gym under a short name of its own."""
    slug = f"gym-{secrets.token_hex(6)}"
    with database.tenant_session(new_id()) as session:
        gyms.import_gym(session, gyms.read_gym_file(DEMO.read_text()), now=session.now, slug=slug)
        return ImportedGym(session.gym_id, slug, gym_facts.load(session))


@pytest.fixture
def gym(database: Database) -> ImportedGym:
    """The demo gym, freshly imported under a short name of its own."""
    return import_demo_gym(database)


@pytest.fixture
def other_gym(database: Database) -> ImportedGym:
    """A second gym, with the same facts."""
    return import_demo_gym(database)


@pytest.fixture
def now() -> dt.datetime:
    """A Monday at nine; the gym is open."""
    return MONDAY_MORNING


@pytest.fixture
def session(database: Database, gym: ImportedGym) -> Iterator[TenantSession]:
    """Inside the gym; everything is rolled back after the test."""
    with contextlib.suppress(_Undone), database.tenant_session(gym.id) as entered:
        yield entered
        raise _Undone


class _Undone(Exception):
    """Ends a test's session without a commit."""


class GymClock:
    """The gym's clock, moved for all sessions that begin afterwards."""

    def __init__(self, database: Database, gym_id: Any) -> None:
        self._database, self._gym_id = database, gym_id

    def set(self, instant: dt.datetime) -> None:
        """Put it there."""
        self._move_to(instant - real_clock.now())

    def advance(self, duration: dt.timedelta) -> None:
        """Let time go by."""
        with self._database.tenant_session(self._gym_id) as session:
            offset = session.exec(select(Gym)).one().clock_offset
        self._move_to(offset + duration)

    def _move_to(self, offset: dt.timedelta) -> None:
        with self._database.tenant_session(self._gym_id) as session:
            session.exec(select(Gym)).one().clock_offset = offset


@pytest.fixture
def clock(database: Database, gym: ImportedGym, now: dt.datetime) -> GymClock:
    """The gym's clock, put at `now`."""
    made = GymClock(database, gym.id)
    made.set(now)
    return made
