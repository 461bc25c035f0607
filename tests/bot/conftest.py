"""What tests of the bot share."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.staff_room import StaffRoom


@pytest.fixture
def room(session: TenantSession, now: dt.datetime) -> StaffRoom:
    """The demo gym's staff group on a Monday at nine."""
    return StaffRoom(session, now)
