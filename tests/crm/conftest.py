"""The demo gym's calendar, in memory and in PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest

from crm.db import Database
from tests.crm.calendar_desk import DEMO, Desk, Timetable, facts_of


@pytest.fixture(scope="session")
def harbour() -> Timetable:
    """The demo gym's facts, in memory."""
    return Timetable(facts_of(DEMO.read_text()))


@pytest.fixture
def desk(database: Database, gym: Any) -> Desk:
    """The demo gym's calendar, empty."""
    return Desk(database, gym.id, gym.facts)
