"""Twilio's WhatsApp and SMS as the app meets them, through Twilio's own SDK where it can."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.simulator.conftest import register

ANA = "+447700900123"


def form(posted: Any) -> dict[str, str]:
    return dict(parse_qsl(posted.body.decode(), keep_blank_values=True))


def client(gym: Any, channel: str) -> Client:
    own = gym.credentials[channel]
    made = Client(own["account_sid"], own["auth_token"])
    for part in (made.api, made.content, made.messaging):
        part.base_url = f"{gym.sim}/twilio"
    return made


@pytest.mark.parametrize("channel", ["whatsapp-twilio", "sms"])
def test_webhooks_carry_a_signature_over_the_public_url(gym: Any, channel: str) -> None:
    gym.say(channel, ANA, "Hi & welcome, caf\u00e9?  ")
    posted = gym.hook(channel)
    url = f"https://bot.example/hooks/{gym.slug}/{channel}"
    fields = form(posted)
    assert RequestValidator("twilio-token").validate(url, fields, posted.headers["x-twilio-signature"])
    assert not RequestValidator("other").validate(url, fields, posted.headers["x-twilio-signature"])
    assert posted.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert fields["Body"] == "Hi & welcome, caf\u00e9?  "
    assert fields["MessageSid"] == fields["SmsSid"] == fields["SmsMessageSid"]


def test_each_sort_of_message_has_its_fields(gym: Any) -> None:
    gym.say("whatsapp-twilio", ANA, "hi", name="Amy Okafor")
    gym.say("sms", "+12025550142", "hi")
    whatsapp, sms = form(gym.hook("whatsapp-twilio")), form(gym.hook("sms"))
    assert whatsapp["From"] == "whatsapp:+447700900123"
    assert (whatsapp["ProfileName"], whatsapp["WaId"], whatsapp["MessageType"]) == (
        "Amy Okafor",
        "447700900123",
        "text",
    )
    assert (sms["FromCountry"], sms["ToCity"], sms["NumMedia"]) == ("US", "", "0")
    assert "ProfileName" not in sms


def test_the_sdk_sends_and_finds_its_messages_again(gym: Any) -> None:
    gym.say("sms", ANA, "hi")
    sdk = client(gym, "sms")
    sent = sdk.messages.create(to=ANA, from_=gym.credentials["sms"]["from"], body="hello")
    assert sent.status == "queued"
    assert gym.messages("sms", ANA)[1]["text"] == "hello"
    gym.settle("sms", ANA)
    assert sdk.messages(sent.sid).fetch().status == "delivered"
    assert [m.sid for m in sdk.messages.list(to=ANA)] == [sent.sid]
    assert {m.direction for m in sdk.messages.list()} == {"inbound", "outbound-api"}


def test_quick_replies_of_the_content_api_can_be_tapped(gym: Any) -> None:
    gym.say("whatsapp-twilio", ANA, "hi")
    own = gym.credentials["whatsapp-twilio"]
    actions = [{"type": "QUICK_REPLY", "title": "Sat {{1}}", "id": "book:{{1}}"}]
    content = gym.http.post(
        "/twilio/v1/Content",
        auth=(own["account_sid"], own["auth_token"]),
        json={
            "friendly_name": "offer",
            "language": "en",
            "types": {"twilio/quick-reply": {"body": "When, {{2}}?", "actions": actions}},
        },
    ).json()
    sdk = client(gym, "whatsapp-twilio")
    assert sdk.content.v1.contents(content["sid"]).fetch().friendly_name == "offer"
    sdk.messages.create(
        to=f"whatsapp:{ANA}",
        from_=own["from"],
        content_sid=content["sid"],
        content_variables='{"1": "18:30", "2": "Amy"}',
    )
    shown = gym.messages("whatsapp-twilio", ANA)[1]
    assert (shown["text"], shown["buttons"][0]["title"], shown["buttons"][0]["id"]) == (
        "When, Amy?",
        "Sat 18:30",
        "book:18:30",
    )
    gym.write("whatsapp-twilio", ANA, tap="sat")
    tapped = form(gym.hook("whatsapp-twilio", lambda p: b"ButtonPayload" in p.body))
    assert (tapped["ButtonText"], tapped["ButtonPayload"], tapped["Body"]) == (
        "Sat 18:30",
        "book:18:30",
        "Sat 18:30",
    )
    assert tapped["OriginalRepliedMessageSid"].startswith("SM")


@pytest.mark.parametrize(
    ("channel", "to", "more", "code"),
    [
        ("sms", ANA, {"Body": "x" * 1601}, 21617),
        ("sms", ANA, {"Body": ""}, 21602),
        ("sms", "nonsense", {"Body": "x"}, 21211),
        ("sms", ANA, {"Body": "x", "From": "+12025559999"}, 21606),
        ("sms", "whatsapp:" + ANA, {"Body": "x"}, 21910),
        ("whatsapp-twilio", "whatsapp:" + ANA, {"Body": "x", "From": "whatsapp:+12025559999"}, 63007),
        ("whatsapp-twilio", "whatsapp:" + ANA, {"ContentSid": "HX0"}, 21655),
        (
            "whatsapp-twilio",
            "whatsapp:" + ANA,
            {"Body": "x", "MediaUrl": ["http://a/b", "http://a/c"]},
            21623,
        ),
        ("sms", ANA, {"Body": "x", "MediaUrl": "no url"}, 21620),
    ],
)
def test_what_twilio_refuses_at_once(
    gym: Any, channel: str, to: str, more: dict[str, Any], code: int
) -> None:
    answer = gym.twilio(channel, to, **more)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["more_info"].endswith(str(code))


def test_a_wrong_token_is_refused_as_the_sdk_expects(gym: Any) -> None:
    sdk = Client(gym.credentials["sms"]["account_sid"], "wrong")
    sdk.api.base_url = f"{gym.sim}/twilio"
    with pytest.raises(TwilioRestException) as refused:
        sdk.messages.create(to=ANA, from_="+12025550199", body="x")
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_outside_the_window_whatsapp_fails_by_callback_unless_approved(gym: Any) -> None:
    gym.say("whatsapp-twilio", ANA, "hi")
    gym.advance("PT25H")
    sent = gym.twilio("whatsapp-twilio", f"whatsapp:{ANA}", Body="late")
    assert (sent.status_code, sent.json()["status"]) == (201, "queued")
    gym.settle("whatsapp-twilio", ANA)
    told = form(gym.hook("status"))
    assert (told["MessageStatus"], told["ErrorCode"], told["MessageSid"]) == (
        "failed",
        "63016",
        sent.json()["sid"],
    )
    url = f"{gym.receiver.url}/hooks/{gym.slug}/status"
    assert RequestValidator("twilio-token").validate(
        url, told, gym.hook("status").headers["x-twilio-signature"]
    )
    auth = (gym.credentials["whatsapp-twilio"]["account_sid"], "twilio-token")
    types = {"twilio/text": {"body": "See you tomorrow"}}
    sid = gym.http.post("/twilio/v1/Content", auth=auth, json={"language": "en", "types": types}).json()[
        "sid"
    ]
    gym.http.post(
        f"/twilio/v1/Content/{sid}/ApprovalRequests/whatsapp",
        auth=auth,
        json={"name": "r", "category": "UTILITY"},
    )
    gym.twilio("whatsapp-twilio", f"whatsapp:{ANA}", ContentSid=sid)
    assert [m["text"] for m in gym.messages("whatsapp-twilio", ANA)] == ["hi", "See you tomorrow"]


def test_statuses_come_in_order(gym: Any) -> None:
    gym.say("whatsapp-twilio", ANA, "hi")
    gym.twilio("whatsapp-twilio", f"whatsapp:{ANA}", Body="hello")
    gym.settle("whatsapp-twilio", ANA)
    assert [form(p)["MessageStatus"] for p in gym.hooks("status")] == ["sent", "delivered", "read"]


def test_stop_is_answered_kept_and_lifted_by_twilio_itself(gym: Any) -> None:
    gym.say("sms", ANA, " stop ")
    assert "unsubscribed" in gym.messages("sms", ANA)[1]["text"]
    assert form(gym.hook("sms"))["Body"] == " stop "
    assert gym.twilio("sms", ANA, Body="please come back").json()["code"] == 21610
    gym.say("sms", ANA, "START")
    assert gym.twilio("sms", ANA, Body="welcome back").status_code == 201


def test_yes_is_an_answer_and_stop_inside_a_sentence_is_none(gym: Any) -> None:
    gym.say("sms", ANA, "yes")
    gym.say("sms", ANA, "don't stop")
    assert [m["from"] for m in gym.messages("sms", ANA)] == ["me", "me"]
    assert gym.twilio("sms", ANA, Body="ok").status_code == 201


def test_a_persons_files_need_the_accounts_password(gym: Any) -> None:
    gym.write("whatsapp-twilio", ANA, media={"type": "image", "caption": "my plan"})
    fields = form(gym.hook("whatsapp-twilio"))
    assert (fields["NumMedia"], fields["MediaContentType0"], fields["Body"]) == ("1", "image/jpeg", "my plan")
    own = gym.credentials["whatsapp-twilio"]
    assert gym.http.get(fields["MediaUrl0"]).status_code == 401
    auth = base64.b64encode(f"{own['account_sid']}:{own['auth_token']}".encode()).decode()
    assert gym.http.get(fields["MediaUrl0"], headers={"authorization": f"Basic {auth}"}).status_code == 200


def test_typing_marks_the_message_read(gym: Any) -> None:
    gym.say("whatsapp-twilio", ANA, "hi")
    sid = form(gym.hook("whatsapp-twilio"))["MessageSid"]
    own = gym.credentials["whatsapp-twilio"]
    answer = gym.http.post(
        "/twilio/v3/Indicators/Typing.json",
        auth=(own["account_sid"], own["auth_token"]),
        json={"channel": "WHATSAPP", "messageId": sid},
    )
    assert answer.json() == {"success": True}
    assert gym.messages("whatsapp-twilio", ANA)[0]["status"] == "read"


def test_a_number_queues_texts_for_some_hours_and_then_takes_no_more(gym: Any) -> None:
    register(gym, "sms", gym.credentials["sms"], sms_queue=3)
    gym.say("sms", ANA, "hi")
    assert gym.twilio("sms", ANA, Body="x" * 161).status_code == 201  # two segments
    assert gym.twilio("sms", ANA, Body="x").status_code == 201
    refused = gym.twilio("sms", ANA, Body="x")
    assert (refused.status_code, refused.json()["code"]) == (400, 21611)
