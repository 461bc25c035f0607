"""Faults on request: what the app has to live with on a bad day."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

ANA = "+353851234567"
HELLO: dict[str, Any] = {"type": "text", "text": {"body": "hello"}}


def texts(gym: Any) -> list[str]:
    found = [p.json["entry"][0]["changes"][0]["value"].get("messages") for p in gym.hooks("whatsapp")]
    return [messages[0]["text"]["body"] for messages in found if messages]


def test_webhooks_arrive_in_order_for_each_phone(gym: Any) -> None:
    for number in range(20):
        gym.say("whatsapp", ANA, str(number))
    assert gym.settle("whatsapp", ANA) == {"settled": True}
    assert texts(gym) == [str(number) for number in range(20)]


def test_a_webhook_not_taken_is_tried_again_until_it_is(gym: Any) -> None:
    refusals = iter([500, 503, 404])
    gym.receiver.answer = lambda posted: next(refusals, 200)
    gym.say("whatsapp", ANA, "one")
    gym.say("whatsapp", ANA, "two")
    assert gym.settle("whatsapp", ANA) == {"settled": True}
    assert texts(gym) == ["one", "one", "one", "one", "two"]
    assert len({p.body for p in gym.hooks("whatsapp")}) == 2
    assert gym.messages("whatsapp", ANA)[0]["status"] == "delivered"


@pytest.mark.feature("1.1")
def test_duplicates_are_the_same_bytes_twice(gym: Any) -> None:
    gym.faults(duplicate=1)
    gym.say("whatsapp", ANA, "once")
    gym.settle("whatsapp", ANA)
    first, second = gym.hooks("whatsapp")
    assert (first.body, first.headers["x-hub-signature-256"]) == (
        second.body,
        second.headers["x-hub-signature-256"],
    )


def test_reordered_webhooks_change_places(gym: Any) -> None:
    gym.faults(reorder=1, count=1)
    gym.say("whatsapp", ANA, "first")
    gym.say("whatsapp", ANA, "second")
    gym.settle("whatsapp", ANA)
    assert texts(gym) == ["second", "first"]


def test_delayed_webhooks_come_late_but_side_by_side(gym: Any) -> None:
    gym.faults(delay_ms=600)
    started = time.monotonic()
    for number in range(3):
        gym.say("whatsapp", ANA, str(number))
    gym.settle("whatsapp", ANA)
    assert 0.6 <= time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    ("fault", "codes"), [("rate_limit", [130429, 613, 20429, 429]), ("server_error", [131000, 2, 20500, 500])]
)
def test_every_provider_refuses_in_its_own_words(gym: Any, fault: str, codes: list[int]) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.say("instagram", "1029384756601234", "hi")
    gym.say("telegram", "700100200", "hi")
    gym.faults(**{fault: 1})
    answers = [
        gym.whatsapp(ANA, **HELLO),
        gym.instagram("1029384756601234", message={"text": "hello"}),
        gym.twilio("sms", ANA, Body="hello"),
        gym.telegram("sendMessage", chat_id=700100200, text="hello"),
    ]
    meta, instagram, twilio, telegram = (answer.json() for answer in answers)
    assert [
        meta["error"]["code"],
        instagram["error"]["code"],
        twilio["code"],
        telegram["error_code"],
    ] == codes
    expected = [400, 400, 429, 429] if fault == "rate_limit" else [500] * 4
    assert [answer.status_code for answer in answers] == expected
    if fault == "rate_limit":
        assert telegram["parameters"] == {"retry_after": 1}
    assert len(gym.messages("whatsapp", ANA)) == 1


def test_a_message_can_arrive_although_its_answer_is_lost(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.faults(timeout_after_accept=1, hang_ms=50, count=1)
    with pytest.raises(httpx.TransportError):
        gym.whatsapp(ANA, **HELLO)
    assert [m["text"] for m in gym.messages("whatsapp", ANA)] == ["hi", "hello"]
    assert gym.whatsapp(ANA, **HELLO).status_code == 200


def test_a_provider_can_take_its_time_to_answer(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.faults(answer_ms=150, count=1)
    begun = time.monotonic()
    gym.whatsapp(ANA, **HELLO)
    assert time.monotonic() - begun >= 0.15
    assert gym.faults(answer_ms=0).json()["answer_ms"] == 0


def test_a_person_who_blocked_the_gym_gets_nothing(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.say("sms", ANA, "hi")
    gym.faults(blocked=[ANA])
    assert gym.whatsapp(ANA, **HELLO).status_code == 200
    gym.twilio("sms", ANA, Body="hello")
    gym.settle("whatsapp", ANA)
    gym.settle("sms", ANA)
    assert b"131026" in gym.hook("whatsapp", lambda p: b'"failed"' in p.body).body
    assert b"ErrorCode=30004" in gym.hook("status").body
    assert len(gym.messages("whatsapp", ANA)) == len(gym.messages("sms", ANA)) == 1


def test_a_counted_fault_stops_by_itself(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.faults(server_error=1, count=2)
    assert [gym.whatsapp(ANA, **HELLO).status_code for _ in range(3)] == [500, 500, 200]


def test_faults_keep_to_their_channel(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.faults(server_error=1, channel="sms")
    assert gym.whatsapp(ANA, **HELLO).status_code == 200
    assert gym.twilio("sms", ANA, Body="hello").status_code == 500


def test_what_is_on_can_be_read_and_switched_off(gym: Any) -> None:
    on = gym.http.post("/faults", json={"duplicate": 0.5, "blocked": [ANA]}).json()
    assert (on["duplicate"], on["blocked"], on["reorder"]) == (0.5, [ANA], 0)
    assert gym.http.post("/faults", json={"reorder": 0.1}).json()["duplicate"] == 0.5
    assert gym.http.post("/faults", json={"duplicate": 0}).json()["duplicate"] == 0
    off = gym.http.post("/faults", json={"clear": True}).json()
    assert not any(value for value in off.values())
    assert gym.http.get("/faults").json() == off


@pytest.mark.parametrize(
    "wanted", [{"duplicate": 2}, {"delay_ms": -1}, {"typo": 1}, {"blocked": "x"}, {"channel": "fax"}]
)
def test_faults_that_make_no_sense_are_refused(gym: Any, wanted: dict[str, Any]) -> None:
    before = gym.http.get("/faults").json()
    answer = gym.http.post("/faults", json=wanted)
    assert answer.status_code == 422
    assert len(answer.json()["error"]) > 15
    assert gym.http.get("/faults").json() == before


def test_what_happened_is_counted(gym: Any) -> None:
    gym.http.delete("/stats")
    gym.say("whatsapp", ANA, "hi")
    gym.whatsapp(ANA, **HELLO)
    gym.whatsapp(ANA, type="text", text={"body": "x" * 5000})
    gym.settle("whatsapp", ANA)
    counted = gym.http.get("/stats").json()["channels"]["whatsapp"]
    assert (counted["received"], counted["accepted"], counted["refused"]) == (1, 1, {"100": 1})
    assert counted["webhooks"]["posted"] == 4
