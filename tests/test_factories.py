"""The factories make rows that the database takes, and each test leaves nothing behind."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel import select

from crm.db import Database, TenantSession
from crm.models import Contact
from tests.factories import a_booking, a_delivery, a_lead, a_message, a_scheduled_class


def test_every_default_is_a_row_that_the_database_takes(session: TenantSession) -> None:
    first, second = a_lead(session), a_lead(session, stage="qualified", goal="lose weight")
    assert (first.number, second.number) == (1, 2)
    assert a_message(session).text == "hi there"
    assert a_delivery(session, purpose="human").purpose == "human"
    assert a_booking(session, service="pt60").ends_at - a_booking(
        session, service="pt60"
    ).starts_at == dt.timedelta(hours=1)
    assert a_scheduled_class(session).capacity == 15


def test_a_session_of_a_test_is_rolled_back(database: Database, session: TenantSession, gym: Any) -> None:
    a_lead(session)
    with database.tenant_session(gym.id) as another:
        assert another.exec(select(Contact)).all() == []


def test_the_clock_moves_for_sessions_that_begin_afterwards(
    database: Database, gym: Any, clock: Any, now: dt.datetime
) -> None:
    clock.advance(dt.timedelta(hours=3))
    with database.tenant_session(gym.id) as session:
        assert dt.timedelta() <= session.now - now - dt.timedelta(hours=3) < dt.timedelta(minutes=1)
