"""The minute's chores, and workers that come back on a busy machine."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from crm import clock
from crm.config import Settings
from crm.models import Pace
from scheduler import app, housekeeping
from tests.scheduler.outbox import Outbox

pytestmark = pytest.mark.feature("17.7")


def old_bucket(outbox: Outbox) -> None:
    outbox.queue("Hi Ana")
    outbox.work()
    with outbox.inside() as session:
        for row in session.exec(select(Pace)).all():
            row.full_at = clock.now() - dt.timedelta(hours=1)


def people_counted(outbox: Outbox) -> int:
    with outbox.inside() as session:
        return len(session.exec(select(Pace).where(Pace.address != "")).all())


def test_every_gym_is_looked_after(outbox: Outbox) -> None:
    old_bucket(outbox)
    housekeeping.run()
    assert people_counted(outbox) == 0


def test_who_had_no_turn_has_it_the_next_time(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    old_bucket(outbox)
    with monkeypatch.context() as hurried:
        hurried.setattr(housekeeping, "GOES_ON_FOR", -1.0)
        housekeeping.run()
    assert people_counted(outbox) == 1
    housekeeping.run()
    assert people_counted(outbox) == 0


def test_a_fresh_process_is_given_time_to_load_its_models() -> None:
    made = app.make(Settings(_env_file=None))  # type: ignore[call-arg]
    assert made.conf.worker_proc_alive_timeout >= 60
