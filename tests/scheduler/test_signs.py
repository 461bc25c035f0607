"""People see that they are read and that an answer is coming; no answer ever waits for that."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from sqlmodel import select

from crm import conversations
from crm.models import Conversation, Staff
from scheduler import inbound, signs
from tests.scheduler.simulated_outbox import SimulatedOutbox

pytestmark = [pytest.mark.feature("4.10"), pytest.mark.usefixtures("models")]

CHANNELS = ["whatsapp", "whatsapp-twilio", "instagram", "telegram"]


def soon(happened: Callable[[], bool]) -> bool:
    """Signs have threads of their own."""
    until = time.monotonic() + 5
    while not happened() and time.monotonic() < until:
        time.sleep(0.02)
    return happened()


def writes(outbox: SimulatedOutbox, channel: str, text: str = "hello there") -> None:
    outbox.has_an_account(channel)
    outbox.simulated.say(channel, outbox.ADDRESSES[channel].removeprefix("whatsapp:"), text)
    outbox.hears(channel, text.split()[0].encode())


def is_read(outbox: SimulatedOutbox, channel: str) -> bool:
    shown = outbox.simulated.messages(channel, outbox.ADDRESSES[channel].removeprefix("whatsapp:"))
    last: str = [one for one in shown if one["from"] == "me"][-1]["status"]
    return last == "read"


@pytest.mark.parametrize("channel", CHANNELS)
def test_whoever_writes_sees_that_somebody_is_at_it(simulated: SimulatedOutbox, channel: str) -> None:
    before = simulated.stats(channel).get("typing", 0)
    writes(simulated, channel)
    signs.show_typing()
    assert soon(lambda: simulated.stats(channel)["typing"] == before + 1)
    if channel != "telegram":
        assert soon(lambda: is_read(simulated, channel))


def test_it_is_shown_once_a_message(simulated: SimulatedOutbox) -> None:
    before = simulated.stats("whatsapp").get("typing", 0)
    writes(simulated, "whatsapp")
    for _ in range(3):
        signs.show_typing()
    assert soon(lambda: simulated.stats("whatsapp")["typing"] == before + 1)
    time.sleep(0.2)
    assert simulated.stats("whatsapp")["typing"] == before + 1


def test_a_tapped_button_stops_turning(simulated: SimulatedOutbox) -> None:
    simulated.has_an_account("telegram")
    with simulated.inside() as session:
        simulated._person(session, "telegram")
    simulated.sends("telegram", content={"buttons": [{"id": "v1:human", "title": "A person"}]})
    before = simulated.stats("telegram").get("taps_settled", 0)
    tapped = simulated.simulated.write("telegram", simulated.ADDRESSES["telegram"], tap="A person")
    assert tapped.status_code == 202
    simulated.hears("telegram", b"callback_query")
    inbound.drain()
    assert soon(lambda: simulated.stats("telegram")["taps_settled"] == before + 1)


def test_where_staff_answer_the_bot_pretends_nothing(simulated: SimulatedOutbox) -> None:
    with simulated.inside() as session:
        _, _, conversation_id = simulated._person(session, "whatsapp")
        thread = session.exec(select(Conversation).where(Conversation.id == conversation_id)).one()
        conversations.take(session, thread, session.exec(select(Staff)).first(), now=session.now)
    before = simulated.stats("whatsapp").get("typing", 0)
    writes(simulated, "whatsapp")
    signs.show_typing()
    time.sleep(0.3)
    assert simulated.stats("whatsapp").get("typing", 0) == before


def test_a_refused_sign_harms_nothing(simulated: SimulatedOutbox) -> None:
    refused = {"status": 500, "body": {"error": {"code": 1, "message": "no"}}, "call": "typing"}
    simulated.simulated.faults(channel="whatsapp", answer=refused)
    writes(simulated, "whatsapp")
    signs.show_typing()
    simulated.later(seconds=3)
    inbound.drain()
    simulated.work()
    assert len(simulated.person_sees("whatsapp")) == 1


def test_signs_beyond_what_can_be_shown_are_left_out(
    simulated: SimulatedOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated.has_an_account("whatsapp")
    for _ in range(signs.MOST_WAITING):
        assert signs._room.acquire(blocking=False)
    try:
        writes(simulated, "whatsapp")
        begun = time.monotonic()
        signs.show_typing()
        assert time.monotonic() - begun < 1
    finally:
        for _ in range(signs.MOST_WAITING):
            signs._room.release()
