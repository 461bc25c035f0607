"""The staff's own channel stops, so that nobody can be told there: owners read it elsewhere."""

from __future__ import annotations

import pytest
from sqlmodel import select

from crm import channel_health
from crm.models import Staff
from tests.scheduler.simulated_outbox import SimulatedOutbox

pytestmark = pytest.mark.feature("17.7", "1.7")
OWNER, MANAGER, TRAINER = "+353871110001", "+353871110002", "+353871110003"


@pytest.fixture
def gym(simulated: SimulatedOutbox) -> SimulatedOutbox:
    """A gym whose owner, manager and a trainer have told their numbers."""
    with simulated.inside() as session:
        for key, phone in (("niamh", OWNER), ("conor", MANAGER), ("aoife", TRAINER)):
            session.exec(select(Staff).where(Staff.key == key)).one().phone = phone
    return simulated


def phone_reads(gym: SimulatedOutbox, number: str) -> list[str]:
    return [one["text"] for one in gym.simulated.messages("sms", number) if one["from"] == "gym"]


def bot_dies(gym: SimulatedOutbox) -> None:
    gym.will_answer("telegram_401", "telegram")
    gym.post("Ana booked")
    gym.work()
    gym.work()
    with gym.inside() as session:
        assert any(one.stopped_at is not None for one in channel_health.list_health(session))


def test_owners_and_managers_get_a_text_message_that_says_how_to_mend_it(gym: SimulatedOutbox) -> None:
    with gym.inside() as session:
        gym.an_inbox(session, "sms")
    bot_dies(gym)
    for number in (OWNER, MANAGER):
        (text,) = phone_reads(gym, number)
        assert "Telegram has stopped" in text
        assert "To mend it" in text
    assert phone_reads(gym, TRAINER) == []


def test_where_there_is_no_way_to_text_the_health_tells_all_the_same(gym: SimulatedOutbox) -> None:
    bot_dies(gym)
    assert phone_reads(gym, OWNER) == []
    with gym.inside() as session:
        (stopped,) = [one for one in channel_health.list_health(session) if one.stopped_at is not None]
    assert (stopped.channel, stopped.code) == ("telegram", "401")


def test_another_channel_is_told_in_the_group_and_costs_no_text_message(gym: SimulatedOutbox) -> None:
    with gym.inside() as session:
        gym.an_inbox(session, "sms")
    gym.will_answer("meta_error_190_token", "whatsapp")
    gym.sends("whatsapp")
    gym.work()
    assert any("has stopped" in text for text in gym.group_reads())
    assert phone_reads(gym, OWNER) == []
