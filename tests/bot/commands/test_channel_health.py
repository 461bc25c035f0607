"""What staff are told of the channels themselves."""

from __future__ import annotations

import datetime as dt

import pytest

from crm import channel_health
from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("1.7")


def test_every_channel_that_works_is_said_to(room: StaffRoom) -> None:
    shown = room.say("niamh", "/health channels").text
    for channel in ("WhatsApp", "SMS", "Telegram"):
        assert f"{channel}: works" in shown


def test_a_stopped_one_comes_first_with_since_when_and_how_to_mend_it(room: StaffRoom) -> None:
    since = room.now - dt.timedelta(hours=2)
    channel_health.stop(
        room.session, room.whatsapp.id, code="190", reason="Invalid OAuth access token.", burst=dt.timedelta(),
        now=since,
    )  # fmt: skip
    first = room.say("niamh", "are the channels working").text.splitlines()[1]
    assert "WhatsApp: STOPPED since Mon 23 Nov 07:00: Invalid OAuth access token (code 190)" in first
    assert "Make a new one" in first


def test_trainers_have_other_things_to_do(room: StaffRoom) -> None:
    assert "works" not in room.say("aoife", "/health channels").text
