"""Instagram's messaging API as the app meets it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

ZOE = "1029384756601234"


def event(posted: Any) -> dict[str, Any]:
    found: dict[str, Any] = posted.json["entry"][0]["messaging"][0]
    return found


def test_a_message_is_signed_and_names_both_sides(gym: Any) -> None:
    gym.say("instagram", ZOE, "hey, how much is a month?")
    posted = gym.hook("instagram")
    digest = hmac.new(b"ig-secret", posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["x-hub-signature-256"] == f"sha256={digest}"
    assert posted.json["object"] == "instagram"
    got = event(posted)
    assert got["sender"] == {"id": ZOE}
    assert got["recipient"] == {"id": gym.credentials["instagram"]["account_id"]}
    assert len(str(got["timestamp"])) == 13
    assert set(got["message"]) == {"mid", "text"}


def test_quick_replies_and_postbacks_come_back_with_their_payload(gym: Any) -> None:
    gym.say("instagram", ZOE, "hi")
    quick = [{"content_type": "text", "title": "Morning, before the rush hour", "payload": "pref:am"}]
    assert gym.instagram(ZOE, message={"text": "When?", "quick_replies": quick}).status_code == 200
    template = {
        "template_type": "button",
        "text": "Or",
        "buttons": [{"type": "postback", "title": "Talk to us", "payload": "human"}],
    }
    attachment = {"type": "template", "payload": template}
    assert gym.instagram(ZOE, message={"attachment": attachment}).status_code == 200
    assert gym.messages("instagram", ZOE)[1]["buttons"][0]["title"] == "Morning, before the "
    gym.write("instagram", ZOE, tap="morning")
    gym.write("instagram", ZOE, tap="talk")
    assert event(gym.hook("instagram", lambda p: b"pref:am" in p.body))["message"]["quick_reply"] == {
        "payload": "pref:am"
    }
    assert event(gym.hook("instagram", lambda p: b'"human"' in p.body))["postback"]["title"] == "Talk to us"


def test_own_messages_come_back_as_echoes_and_then_as_seen(gym: Any) -> None:
    gym.say("instagram", ZOE, "hi")
    mid = gym.instagram(ZOE, message={"text": "hello"}).json()["message_id"]
    gym.settle("instagram", ZOE)
    echo = event(gym.hook("instagram", lambda p: b"is_echo" in p.body))
    assert (echo["sender"]["id"], echo["recipient"]["id"]) == (
        gym.credentials["instagram"]["account_id"],
        ZOE,
    )
    assert echo["message"]["mid"] == mid
    assert echo["message"]["app_id"]
    assert event(gym.hook("instagram", lambda p: b'"read"' in p.body))["read"] == {"mid": mid}


@pytest.mark.parametrize(
    "message",
    [
        {"text": "\u00e9" * 501},
        {"text": ""},
        {"text": "x", "quick_replies": [{"content_type": "text", "title": "t", "payload": "p"}] * 14},
        {"attachment": {"type": "image", "payload": {}}},
        {
            "attachment": {
                "type": "template",
                "payload": {"template_type": "button", "text": "x", "buttons": []},
            }
        },
    ],
)
def test_what_is_too_long_or_too_many_is_refused(gym: Any, message: dict[str, Any]) -> None:
    gym.say("instagram", ZOE, "hi")
    answer = gym.instagram(ZOE, message=message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def test_the_window_is_counted_in_bytes_of_the_text_just_fitting(gym: Any) -> None:
    gym.say("instagram", ZOE, "hi")
    assert gym.instagram(ZOE, message={"text": "\u00e9" * 500}).status_code == 200


def test_after_a_day_only_a_person_may_answer_and_after_a_week_nobody(gym: Any) -> None:
    gym.say("instagram", ZOE, "hi")
    gym.advance("PT25H")
    late = gym.instagram(ZOE, message={"text": "late"}, messaging_type="RESPONSE")
    error = late.json()["error"]
    assert (late.status_code, error["code"], error["error_subcode"]) == (400, 10, 2534022)
    human: dict[str, Any] = {
        "message": {"text": "it's Niamh"},
        "messaging_type": "MESSAGE_TAG",
        "tag": "HUMAN_AGENT",
    }
    assert gym.instagram(ZOE, **human).status_code == 200
    gym.advance("P8D")
    assert gym.instagram(ZOE, **human).json()["error"]["error_subcode"] == 2534022


def test_only_a_person_starts(gym: Any) -> None:
    error = gym.instagram("555", message={"text": "cold"}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2534014)


def test_the_profile_of_who_wrote_can_be_read(gym: Any) -> None:
    gym.say("instagram", ZOE, "hi", name="Zoe Runs")
    auth = {"authorization": f"Bearer {gym.credentials['instagram']['access_token']}"}
    profile = gym.http.get(f"/instagram/v25.0/{ZOE}?fields=name,username", headers=auth).json()
    assert profile == {"name": "Zoe Runs", "username": "zoe_runs", "id": ZOE}


def test_who_blocked_the_gym_is_not_available(gym: Any) -> None:
    gym.say("instagram", ZOE, "hi")
    gym.faults(blocked=[ZOE])
    error = gym.instagram(ZOE, message={"text": "hello"}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (551, 1545041)
