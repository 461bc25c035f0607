"""The phones: writing, tapping, reading, settling, the clock."""

from __future__ import annotations

import time
from typing import Any

import pytest

ANA = "+353851234567"
TWO_BUTTONS: dict[str, Any] = {
    "type": "interactive",
    "interactive": {
        "type": "button",
        "body": {"text": "Saturday at 10:00?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "v1:confirm", "title": "Confirm"}},
                {"type": "reply", "reply": {"id": "v1:other", "title": "Other time"}},
            ]
        },
    },
}


@pytest.mark.feature("1.1")
def test_what_a_person_writes_is_on_their_phone_and_reaches_the_app(gym: Any) -> None:
    first = gym.say("whatsapp", ANA, "hi", name="Ana Silva")
    shown = gym.messages("whatsapp", ANA)
    assert [(m["id"], m["from"], m["text"], m["buttons"], m["media"]) for m in shown] == [
        (first, "me", "hi", [], None)
    ]
    assert gym.hook("whatsapp").json["entry"][0]["changes"][0]["value"]["messages"][0]["text"] == {
        "body": "hi"
    }


def test_ids_grow_and_after_gives_only_what_is_newer(gym: Any) -> None:
    ids = [gym.say("sms", ANA, f"message {n}") for n in range(4)]
    assert ids == sorted(ids, key=int)
    assert [m["text"] for m in gym.messages("sms", ANA, after=ids[1])] == ["message 2", "message 3"]


def test_a_tap_means_a_button_by_title_its_beginning_or_its_id(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    assert gym.whatsapp(ANA, **TWO_BUTTONS).status_code == 200
    for wanted in ("Confirm", "conf", "v1:confirm"):
        assert gym.write("whatsapp", ANA, tap=wanted).status_code == 202
    assert [m["text"] for m in gym.messages("whatsapp", ANA) if m["from"] == "me"] == ["hi", *["Confirm"] * 3]


def test_a_tap_takes_the_newest_message_with_such_a_button(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    old = gym.whatsapp(ANA, **TWO_BUTTONS).json()["messages"][0]["id"]
    new = gym.whatsapp(ANA, **TWO_BUTTONS).json()["messages"][0]["id"]
    gym.whatsapp(ANA, type="text", text={"body": "no buttons here"})
    gym.write("whatsapp", ANA, tap="other")
    tapped = gym.hook("whatsapp", lambda p: b"button_reply" in p.body).json
    assert tapped["entry"][0]["changes"][0]["value"]["messages"][0]["context"]["id"] == new != old


def test_a_tap_on_nothing_lists_what_can_be_tapped(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.whatsapp(ANA, **TWO_BUTTONS)
    answer = gym.write("whatsapp", ANA, tap="Move")
    assert answer.status_code == 409
    assert "Confirm, Other time" in answer.json()["error"]


def test_text_messages_have_nothing_to_tap(gym: Any) -> None:
    gym.say("sms", ANA, "hi")
    gym.twilio("sms", ANA, Body="1 Confirm\n2 Other time")
    assert gym.write("sms", ANA, tap="1").status_code == 409


def test_an_unknown_channel_is_answered_with_those_there_are(gym: Any) -> None:
    answer = gym.write("fax", ANA, text="hi")
    assert answer.status_code == 404
    assert "whatsapp, whatsapp-twilio, instagram, telegram, sms" in answer.json()["error"]


@pytest.mark.parametrize(
    ("channel", "address", "body", "status"),
    [
        ("whatsapp", "not-a-number", {"text": "hi"}, 422),
        ("telegram", "ana", {"text": "hi"}, 422),
        ("whatsapp", ANA, {"text": "  "}, 422),
        ("whatsapp", ANA, {"text": "hi", "tap": "x"}, 422),
        ("whatsapp", ANA, {}, 422),
        ("sms", ANA, {"text": "x" * 1601}, 422),
        ("telegram", "staff:nobody", {"text": "hi"}, 404),
        ("telegram", "staff", {"text": "hi", "from": "nobody"}, 422),
        ("whatsapp", ANA, {"text": "hi", "reply_to": "99"}, 422),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    gym: Any, channel: str, address: str, body: dict[str, Any], status: int
) -> None:
    answer = gym.write(channel, address, **body)
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 20


def test_one_person_has_one_phone_however_the_number_is_written(gym: Any) -> None:
    gym.say("whatsapp", "+5215512345678", "hola")
    gym.say("whatsapp", "+52 55 1234 5678", "hola otra vez")
    assert len(gym.messages("whatsapp", "+525512345678")) == 2


def test_settled_waits_for_webhooks_statuses_and_the_app(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.whatsapp(ANA, type="text", text={"body": "hello"})
    gym.receiver.busy.add(ANA)
    started = time.monotonic()
    import threading

    threading.Timer(0.8, lambda: gym.receiver.busy.discard(ANA)).start()
    assert gym.settle("whatsapp", ANA) == {"settled": True}
    assert 0.7 < time.monotonic() - started < 5
    statuses = [p.json["entry"][0]["changes"][0]["value"].get("statuses") for p in gym.hooks("whatsapp")]
    assert [s[0]["status"] for s in statuses if s] == ["sent", "delivered", "read"]


def test_messages_carry_the_time_of_the_gyms_own_clock(gym: Any) -> None:
    gym.say("whatsapp", ANA, "now")
    assert (
        gym.http.post(f"/clock?gym={gym.slug}", json={"now": "2027-01-05T10:00:00+00:00"}).status_code == 200
    )
    gym.say("whatsapp", ANA, "later")
    assert gym.messages("whatsapp", ANA)[1]["at"].startswith("2027-01-05T10:00")
    stamped = gym.hook("whatsapp", lambda p: b"later" in p.body).json
    at = int(stamped["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"])
    assert 0 <= at - 1799143200 < 60


def test_staff_write_in_the_group_under_their_own_names(gym: Any) -> None:
    gym.say("telegram", "staff", "/leads today", **{"from": "aoife"})
    gym.say("telegram", "staff:aoife", "agenda")
    assert gym.messages("telegram", "staff")[0]["sender"] == "Aoife Byrne"
    assert "sender" not in gym.messages("telegram", "staff:aoife")[0]
    assert [m["text"] for m in gym.messages("telegram", "502")] == ["agenda"]


def test_gyms_do_not_see_each_others_phones(gym: Any) -> None:
    gym.say("whatsapp", ANA, "only here")
    others = gym.http.get(f"/phones/whatsapp/{ANA}/messages?gym=nowhere")
    assert others.status_code == 404
    assert gym.slug in others.json()["error"]


def test_accounts_are_listed_without_their_secrets(gym: Any) -> None:
    listed = gym.http.get(f"/accounts?gym={gym.slug}").text
    assert "4098" in listed
    for secret in ("meta-secret", "twilio-token", "telegram-secret", ":AAtoken"):
        assert secret not in listed


def test_an_account_without_its_credentials_is_refused(gym: Any) -> None:
    account = {
        "gym": "x",
        "channel": "telegram",
        "external_id": "1",
        "webhook_url": "http://x",
        "credentials": {},
    }
    answer = gym.http.post("/accounts", json=account)
    assert answer.status_code == 422
    assert "bot_token" in answer.json()["error"]
