"""The HTTP side with a real database; the workers are not there, only their wake-ups are counted."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import onboarding
from api.app import create_app
from api.limits import RateLimit
from crm.config import Settings
from crm.db import Database
from tests.api.http_gym import DEMO, HttpGym

SECRET = "a-secret-for-tests-of-at-least-32-characters"


@dataclass
class Wakes:
    """Which queues were woken."""

    queues: list[str] = field(default_factory=list)


@pytest.fixture
def settings() -> Settings:
    """As in a simulation, with a secret of its own."""
    return Settings(_env_file=None, simulator=True, secret_key=SECRET, public_url="https://gym.example")  # type: ignore[call-arg]


@pytest.fixture(autouse=True)
def wakes(monkeypatch: pytest.MonkeyPatch) -> Wakes:
    """Counts wake-ups instead of sending them."""
    counted = Wakes()
    monkeypatch.setattr("api.waking.wake", counted.queues.append)
    monkeypatch.setattr("api.routes.dev.wake", counted.queues.append)
    return counted


@pytest.fixture
def app(database: Database, settings: Settings) -> FastAPI:
    """The application, without limits to the number of calls."""
    made = create_app(settings, database)
    made.state.rate_limit = RateLimit(rate=1e6, burst=1e6)
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client that sees errors as answers."""
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def make_gym(database: Database, client: TestClient) -> Callable[[], HttpGym]:
    """Import another gym from the demo file."""

    def make() -> HttpGym:
        slug = f"gym-{secrets.token_hex(5)}"
        plain = Settings(_env_file=None)  # type: ignore[call-arg]
        made = onboarding.import_text(DEMO.read_text(), slug=slug, database=database, settings=plain)
        assert made.api_key is not None
        return HttpGym(made.gym_id, slug, made.api_key, database, client)

    return make


@pytest.fixture
def here(make_gym: Callable[[], HttpGym]) -> HttpGym:
    """A gym."""
    return make_gym()


@pytest.fixture
def there(make_gym: Callable[[], HttpGym]) -> HttpGym:
    """Another gym."""
    return make_gym()
