"""Reminders fire once, and wake-ups never get into the way."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from celery import Celery
from sqlmodel import select

from bot import unasked
from crm import reminders as planned
from crm.config import load_settings
from crm.db import Database, TenantSession
from crm.facts import GymFacts
from crm.models import Reminder
from scheduler import app, reminders
from scheduler.wake import wake
from tests.conftest import ImportedGym


def _plan(database: Database, gym: ImportedGym, count: int) -> None:
    with database.tenant_session(gym.id) as session:
        for _ in range(count):
            planned.plan(session, "flow_nudge", session.now - dt.timedelta(seconds=1), now=session.now)


def _statuses(database: Database, gym: ImportedGym) -> Counter[str]:
    with database.tenant_session(gym.id) as session:
        return Counter(session.exec(select(Reminder.status)).all())


@pytest.mark.feature("M.17")
def test_a_reminder_fires_once_whoever_finds_it(
    database: Database, gym: ImportedGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired: list[uuid.UUID] = []
    guard = threading.Lock()

    def note(_session: TenantSession, _facts: GymFacts, reminder: Reminder, _now: dt.datetime) -> None:
        with guard:
            fired.append(reminder.id)

    monkeypatch.setitem(unasked.HANDLERS, "flow_nudge", note)
    _plan(database, gym, 20)
    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(reminders.fire_due) for _ in range(4)]:
            done.result()
    assert len(fired) == len(set(fired)) == 20
    assert _statuses(database, gym) == {"done": 20}


def test_one_that_fails_does_not_hold_back_the_others_and_stays_due(
    database: Database, gym: ImportedGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[uuid.UUID] = []

    def fail_on_the_first(
        _session: TenantSession, _facts: GymFacts, reminder: Reminder, _now: dt.datetime
    ) -> None:
        if not broken or reminder.id in broken:
            broken.append(reminder.id)
            raise ZeroDivisionError

    monkeypatch.setitem(unasked.HANDLERS, "flow_nudge", fail_on_the_first)
    _plan(database, gym, 3)
    assert reminders.fire_due() == 2
    assert _statuses(database, gym) == {"done": 2, "pending": 1}


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """Nobody listens where the broker should be."""
    before = app.celery
    made = app.make(load_settings().model_copy(update={"broker_url": "redis://127.0.0.1:1/0"}))
    monkeypatch.setattr(app, "celery", made)
    yield made
    made.close()
    before.set_current()


@pytest.mark.usefixtures("no_broker")
def test_waking_never_raises_with_the_broker_away() -> None:
    wake("inbound")
    wake("outbound")
    wake("reminders")
