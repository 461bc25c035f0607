"""Meta's Cloud API as the app meets it."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

ANA = "+447700900123"


def body(text: str = "hello") -> dict[str, Any]:
    return {"type": "text", "text": {"body": text}}


def buttons(*titles: str, text: str = "When?") -> dict[str, Any]:
    replies = [
        {"type": "reply", "reply": {"id": f"id-{n}", "title": title}} for n, title in enumerate(titles)
    ]
    content = {"type": "button", "body": {"text": text}, "action": {"buttons": replies}}
    return {"type": "interactive", "interactive": content}


def rows(count: int, **first: str) -> dict[str, Any]:
    entries = [{"id": f"row-{n}", "title": f"Row {n}"} for n in range(count)]
    entries[0] |= first
    action = {"button": "Choose", "sections": [{"title": "Times", "rows": entries}]}
    return {
        "type": "interactive",
        "interactive": {"type": "list", "body": {"text": "Which?"}, "action": action},
    }


def value(posted: Any) -> dict[str, Any]:
    found: dict[str, Any] = posted.json["entry"][0]["changes"][0]["value"]
    return found


def statuses(gym: Any) -> list[tuple[str, int]]:
    found = [value(p)["statuses"][0] for p in gym.hooks("whatsapp") if "statuses" in value(p)]
    return [(s["status"], s.get("errors", [{}])[0].get("code", 0)) for s in found]


def test_webhooks_are_signed_over_their_exact_bytes(gym: Any) -> None:
    gym.say("whatsapp", ANA, "caf\u00e9 http://x/y \U0001f4aa")
    posted = gym.hook("whatsapp")
    digest = hmac.new(b"meta-secret", posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["x-hub-signature-256"] == f"sha256={digest}"
    assert posted.headers["content-type"] == "application/json"
    assert b"\\u00e9" in posted.body
    assert b"http:\\/\\/x\\/y" in posted.body
    assert posted.body != json.dumps(posted.json, separators=(",", ":")).encode()


def test_a_message_names_the_account_and_the_person(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi", name="Amy Okafor")
    posted = gym.hook("whatsapp")
    own = gym.credentials["whatsapp"]
    assert posted.json["object"] == "whatsapp_business_account"
    assert posted.json["entry"][0]["id"] == own["waba_id"]
    got = value(posted)
    assert got["metadata"]["phone_number_id"] == own["phone_number_id"]
    assert got["contacts"][0]["profile"] == {"name": "Amy Okafor"}
    assert got["contacts"][0]["wa_id"] == got["messages"][0]["from"] == "447700900123"
    assert got["contacts"][0]["user_id"] == got["messages"][0]["from_user_id"]
    assert got["contacts"][0]["user_id"].startswith("GB.")
    assert got["messages"][0]["timestamp"].isdigit()
    assert got["messages"][0]["id"].startswith("wamid.")


def test_a_person_without_a_number_is_known_by_their_scoped_id_only(gym: Any) -> None:
    gym.say("whatsapp", "GB.7731405528890147263", "hi")
    got = value(gym.hook("whatsapp"))
    assert "wa_id" not in got["contacts"][0]
    assert "from" not in got["messages"][0]
    answer = gym.whatsapp("", recipient="GB.7731405528890147263", **body())
    assert answer.json()["contacts"] == [
        {"input": "GB.7731405528890147263", "user_id": "GB.7731405528890147263"}
    ]
    assert gym.messages("whatsapp", "GB.7731405528890147263")[1]["text"] == "hello"


def test_the_scoped_id_of_a_numbered_person_reaches_the_same_phone(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    scoped = value(gym.hook("whatsapp"))["contacts"][0]["user_id"]
    assert gym.whatsapp(scoped, **body("by id")).status_code == 200
    assert gym.messages("whatsapp", ANA)[1]["text"] == "by id"


def test_buttons_lists_and_templates_come_back_each_in_their_own_way(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.whatsapp(ANA, **buttons("Sat 10:00"))
    gym.whatsapp(ANA, **rows(2, description="All clubs"))
    parameters = [{"type": "payload", "payload": "renew:yes"}]
    component = {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": parameters}
    template = {"name": "renewal", "language": {"code": "en"}, "components": [component]}
    gym.whatsapp(ANA, type="template", template=template)
    for wanted in ("sat", "row 0", "renew:yes"):
        assert gym.write("whatsapp", ANA, tap=wanted).status_code == 202
    replies = [value(gym.hook("whatsapp", lambda p, k=kind: k in p.body))["messages"][0] for kind in
               (b'"button_reply"', b'"list_reply"', b'"type":"button"')]  # fmt: skip
    assert replies[0]["interactive"]["button_reply"] == {"id": "id-0", "title": "Sat 10:00"}
    assert replies[1]["interactive"]["list_reply"]["description"] == "All clubs"
    assert replies[2]["button"]["payload"] == "renew:yes"
    assert replies[0]["context"]["from"] == gym.credentials["whatsapp"]["display_phone_number"].lstrip("+")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (body("x" * 4097), 100),
        (body(""), 100),
        (buttons("one", "two", "three", "four"), 131009),
        (buttons("x" * 21), 131009),
        (buttons("same", "same"), 131009),
        (buttons("ok", text="x" * 1025), 131009),
        (rows(11), 131009),
        (rows(1, title="x" * 25), 131009),
        (rows(1, description="x" * 73), 131009),
        ({"type": "image", "image": {}}, 100),
        ({"type": "image", "image": {"link": "http://x/y.png", "caption": "x" * 1025}}, 131009),
        ({"type": "carrier_pigeon"}, 100),
    ],
)
def test_what_is_too_long_or_too_many_is_refused(gym: Any, message: dict[str, Any], code: int) -> None:
    gym.say("whatsapp", ANA, "hi")
    answer = gym.whatsapp(ANA, **message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert answer.json()["error"]["fbtrace_id"]
    assert len(gym.messages("whatsapp", ANA)) == 1


@pytest.mark.parametrize(
    "message",
    [body("x" * 4096), buttons("x" * 20, "y" * 20, "z" * 20, text="x" * 1024), rows(10, title="x" * 24)],
)
def test_what_just_fits_is_taken(gym: Any, message: dict[str, Any]) -> None:
    gym.say("whatsapp", ANA, "hi")
    assert gym.whatsapp(ANA, **message).status_code == 200


def test_a_caller_without_the_token_is_refused(gym: Any) -> None:
    number = gym.credentials["whatsapp"]["phone_number_id"]
    wrong = gym.http.post(f"/meta/v25.0/{number}/messages", headers={"authorization": "Bearer no"}, json={})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, 190)
    unknown = gym.http.post("/meta/v25.0/1/messages", headers={"authorization": "Bearer no"}, json={})
    assert (unknown.status_code, unknown.json()["error"]["error_subcode"]) == (400, 33)


def test_outside_the_window_a_text_fails_and_a_template_arrives(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    gym.advance("PT25H")
    sent = gym.whatsapp(ANA, **body("too late"))
    assert sent.status_code == 200
    gym.settle("whatsapp", ANA)
    assert statuses(gym) == [("failed", 131047)]
    template = {"name": "trial_reminder", "language": {"code": "en_GB"}}
    assert gym.whatsapp(ANA, type="template", template=template).status_code == 200
    assert [m["text"] for m in gym.messages("whatsapp", ANA)] == ["hi", "[trial_reminder]"]


def test_who_never_wrote_gets_templates_only(gym: Any) -> None:
    gym.whatsapp(ANA, **body("cold call"))
    gym.settle("whatsapp", ANA)
    assert statuses(gym) == [("failed", 131047)]
    assert gym.messages("whatsapp", ANA) == []


def test_templates_that_do_not_exist_are_refused_once_any_are_known(gym: Any) -> None:
    own = gym.credentials["whatsapp"]
    auth = {"authorization": f"Bearer {own['access_token']}"}
    url = f"/meta/v25.0/{own['waba_id']}/message_templates"
    components = [
        {"type": "BODY", "text": "Hi {{1}}, see you at {{2}}."},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Confirm"}]},
    ]
    new = {"name": "reminder", "language": "en", "category": "UTILITY", "components": components}
    assert gym.http.post(url, headers=auth, json=new).json()["status"] == "APPROVED"
    assert [t["name"] for t in gym.http.get(url, headers=auth).json()["data"]] == ["reminder"]
    unknown = gym.whatsapp(ANA, type="template", template={"name": "other", "language": {"code": "en"}})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, 132001)
    short = gym.whatsapp(ANA, type="template", template={"name": "reminder", "language": {"code": "en"}})
    assert short.json()["error"]["code"] == 132000
    values = [{"type": "text", "text": "Ana"}, {"type": "text", "text": "10:00"}]
    template = {
        "name": "reminder",
        "language": {"code": "en"},
        "components": [{"type": "body", "parameters": values}],
    }
    assert gym.whatsapp(ANA, type="template", template=template).status_code == 200
    shown = gym.messages("whatsapp", ANA)[0]
    assert shown["text"] == "Hi Ana, see you at 10:00."
    assert [b["title"] for b in shown["buttons"]] == ["Confirm"]


def test_statuses_come_in_order_with_price_and_tracker(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    sent = gym.whatsapp(ANA, **body(), biz_opaque_callback_data="delivery:7").json()
    assert sent["contacts"][0]["wa_id"] == "447700900123"
    gym.settle("whatsapp", ANA)
    told = [value(p)["statuses"][0] for p in gym.hooks("whatsapp") if "statuses" in value(p)]
    assert [s["status"] for s in told] == ["sent", "delivered", "read"]
    assert {s["id"] for s in told} == {sent["messages"][0]["id"]}
    assert {s["biz_opaque_callback_data"] for s in told} == {"delivery:7"}
    assert told[0]["pricing"]["category"] == "service"
    assert gym.messages("whatsapp", ANA)[1]["status"] == "read"


def test_writing_too_fast_to_one_person_is_refused(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    codes = [gym.whatsapp(ANA, **body(str(n))).json().get("error", {}).get("code") for n in range(47)]
    assert codes[:45] == [None] * 45
    assert codes[-1] == 131056
    assert gym.whatsapp("+447700900124", **body()).status_code == 200


def test_reading_marks_the_persons_messages_and_shows_typing(gym: Any) -> None:
    gym.say("whatsapp", ANA, "one")
    gym.say("whatsapp", ANA, "two")
    second = value(gym.hook("whatsapp", lambda p: b"two" in p.body))["messages"][0]["id"]
    assert gym.messages("whatsapp", ANA)[0]["status"] in ("sent", "delivered")
    read = gym.whatsapp("", status="read", message_id=second, typing_indicator={"type": "text"})
    assert read.json() == {"success": True}
    assert [m["status"] for m in gym.messages("whatsapp", ANA)] == ["read", "read"]
    assert gym.whatsapp("", status="read", message_id="wamid.none").status_code == 400


def test_media_of_a_person_can_be_fetched_with_the_token(gym: Any) -> None:
    media = {"type": "image", "caption": "my progress"}
    assert gym.write("whatsapp", ANA, media=media).status_code == 202
    image = value(gym.hook("whatsapp"))["messages"][0]["image"]
    assert image["caption"] == "my progress"
    auth = {"authorization": f"Bearer {gym.credentials['whatsapp']['access_token']}"}
    link = gym.http.get(f"/meta/v25.0/{image['id']}", headers=auth).json()
    assert link["mime_type"] == "image/jpeg"
    assert gym.http.get(link["url"], headers=auth).content.startswith(b"\x89PNG")
    assert gym.http.get(link["url"]).status_code == 401


def test_quotes_and_reactions_name_the_message_meant(gym: Any) -> None:
    gym.say("whatsapp", ANA, "hi")
    wamid = gym.whatsapp(ANA, **body("10:00 or 11:00?")).json()["messages"][0]["id"]
    gym.say("whatsapp", ANA, "the second", reply_to="2")
    gym.write("whatsapp", ANA, reaction="\U0001f44d", reply_to="2")
    quote = value(gym.hook("whatsapp", lambda p: b"the second" in p.body))["messages"][0]
    assert quote["context"]["id"] == wamid
    reaction = value(gym.hook("whatsapp", lambda p: b'"reaction"' in p.body))["messages"][0]["reaction"]
    assert reaction == {"message_id": wamid, "emoji": "\U0001f44d"}
    answered = gym.whatsapp(ANA, type="reaction", reaction={"message_id": quote["id"], "emoji": "\U0001f525"})
    assert answered.status_code == 200
    assert gym.messages("whatsapp", ANA)[2]["reaction"] == "\U0001f525"
