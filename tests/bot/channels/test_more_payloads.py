"""Requests that the recordings do not hold, at the real routes: the rest of what each provider's contract allows."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from bot.channels.base import Incoming, WebhookRequest
from crm import gyms
from crm.gyms import InboxPart
from tests.bot.channels.signing import (
    BASE,
    CONFIG,
    instagram_items,
    meta,
    sms_form,
    telegram,
    telegram_message,
    twilio,
    whatsapp_form,
    whatsapp_value,
)
from tests.bot.channels.webhook_door import WebhookDoor

BSUID = "GB.7731405528890147263"
PARENT = "GB.ENT.11223344556677"
ME = "447700900123"


def events(door: WebhookDoor, request: WebhookRequest, provider: str) -> list[Incoming]:
    """What the engine is given; every answer of the door is a 200 here."""
    answer = door.post(request, provider)
    assert answer.status == 200, answer.body
    return [event for row in answer.rows for event in door.read(row)]


def whatsapp(door: WebhookDoor, *messages: Mapping[str, Any], **value: Any) -> list[Incoming]:
    told = [{"id": f"wamid.{index}", "timestamp": "1795161600", **one} for index, one in enumerate(messages)]
    return events(door, meta(whatsapp_value({"messages": told, **value})), "meta")


def instagram(door: WebhookDoor, *items: Mapping[str, Any]) -> list[Incoming]:
    return events(door, meta(instagram_items(*items), secret="instagram_app_secret"), "meta")


def bot_api(door: WebhookDoor, update: Mapping[str, Any]) -> Incoming:
    (event,) = events(door, telegram(update), "telegram")
    return event


def form(door: WebhookDoor, fields: Mapping[str, str], path: str = "sms") -> Incoming:
    (event,) = events(door, twilio(fields, path=path), "twilio")
    return event


def text(body: str, **message: Any) -> dict[str, Any]:
    return {"from": ME, "type": "text", "text": {"body": body}, **message}


@pytest.mark.feature("1.2", "1.6")
class TestWhoWritesOnWhatsApp:
    def test_somebody_known_by_the_parents_id_alone_is_still_somebody(self, door: WebhookDoor) -> None:
        (event,) = whatsapp(
            door,
            {"type": "text", "text": {"body": "hi"}, "from_parent_user_id": PARENT},
            contacts=[{"profile": {"name": "Bo"}, "parent_user_id": PARENT}],
        )

        assert (event.sender, event.address, event.name) == (f"wa:{PARENT}", PARENT, "Bo")
        assert event.extra["parent_bsuid"] == PARENT

    def test_both_ids_are_told_where_both_are_there(self, door: WebhookDoor) -> None:
        (event,) = whatsapp(
            door,
            text("hi", from_user_id=BSUID, from_parent_user_id=PARENT),
            contacts=[{"wa_id": ME, "user_id": BSUID, "parent_user_id": PARENT}],
        )

        assert event.sender == f"wa:+{ME}"
        assert (event.extra["bsuid"], event.extra["parent_bsuid"]) == (BSUID, PARENT)

    @pytest.mark.parametrize(
        ("written", "listed"), [("5215512345678", "525512345678"), ("556298765432", "5562998765432")]
    )
    def test_a_name_is_found_where_the_number_is_spelt_in_two_ways(
        self, door: WebhookDoor, written: str, listed: str
    ) -> None:
        contacts = [
            {"wa_id": "447700900999", "profile": {"name": "Other"}},
            {"wa_id": listed, "profile": {"name": "Me"}},
        ]
        (event,) = whatsapp(door, {**text("hi"), "from": written}, contacts=contacts)

        assert (event.name, event.address) == ("Me", written)

    def test_a_message_without_any_id_is_the_only_contacts(self, door: WebhookDoor) -> None:
        (event,) = whatsapp(
            door,
            {"type": "text", "text": {"body": "hi"}},
            contacts=[{"user_id": BSUID, "profile": {"name": "Bo"}}],
        )

        assert (event.sender, event.name) == (f"wa:{BSUID}", "Bo")

    def test_a_name_is_never_lent_by_somebody_else(self, door: WebhookDoor) -> None:
        (event,) = whatsapp(
            door, text("hi"), contacts=[{"wa_id": "447700900999", "profile": {"name": "Other"}}]
        )

        assert event.name is None

    def test_an_older_notice_of_a_new_number_still_says_whose(self, door: WebhookDoor) -> None:
        system = {
            "type": "customer_changed_number",
            "customer": ME,
            "new_wa_id": "447700900999",
            "body": "moved",
        }
        (event,) = whatsapp(door, {"type": "system", "system": system})

        assert (event.kind, event.sender) == ("system", f"wa:+{ME}")
        assert event.extra["new_phone"] == "+447700900999"


@pytest.mark.feature("1.5")
class TestKindsOnWhatsApp:
    @pytest.mark.parametrize("code", [131051, 131052])
    @pytest.mark.parametrize("kind", ["unknown", "image", "hologram"])
    def test_what_the_api_would_not_pass_on_is_answered_kindly(
        self, door: WebhookDoor, kind: str, code: int
    ) -> None:
        (event,) = whatsapp(door, {"from": ME, "type": kind, "errors": [{"code": code, "title": "x"}]})

        assert (event.kind, event.action, event.extra["code"]) == ("unsupported", "handle", code)

    @pytest.mark.parametrize(
        "message", [{"type": "text"}, {"type": "text", "text": {"body": ""}}, {"type": "image"}, {}]
    )
    def test_an_empty_message_is_kept_and_not_answered(
        self, door: WebhookDoor, message: dict[str, Any]
    ) -> None:
        (event,) = whatsapp(door, {"from": ME, **message})

        assert (event.kind, event.action) == ("unknown", "record")

    def test_an_edit_on_a_plain_number_comes_as_something_it_does_not_pass_on(
        self, door: WebhookDoor
    ) -> None:
        (event,) = whatsapp(door, {"from": ME, "type": "unsupported", "unsupported": {"type": "edit"}})

        assert (event.kind, event.extra["what"]) == ("unsupported", "edit")

    def test_an_ads_greeting_is_part_of_where_somebody_comes_from(self, door: WebhookDoor) -> None:
        referral = {"source_type": "ad", "source_id": "1", "welcome_message": {"text": "Try us!"}}
        (event,) = whatsapp(door, text("hi", referral=referral))

        assert event.source["welcome_message"] == "Try us!"

    def test_a_post_is_no_ad(self, door: WebhookDoor) -> None:
        (event,) = whatsapp(door, text("hi", referral={"source_type": "post", "source_id": "1"}))

        assert event.source["source_type"] == "post"
        assert "free_entry_point" not in event.extra

    def test_the_button_of_an_unanswered_flow_is_told_as_it_came(self, door: WebhookDoor) -> None:
        reply = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "not json"}}
        (event,) = whatsapp(door, {"from": ME, "type": "interactive", "interactive": reply})

        assert (event.kind, event.extra["data"]) == ("form", {"raw": "not json"})

    def test_an_answer_about_calls_is_kept(self, door: WebhookDoor) -> None:
        reply = {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}
        (event,) = whatsapp(door, {"from": ME, "type": "interactive", "interactive": reply})

        assert (event.kind, event.extra["type"]) == ("unknown", "call_permission_reply")

    def test_what_is_written_together_is_ordered_by_its_time(self, door: WebhookDoor) -> None:
        whatsapp(
            door,
            text("second", timestamp="1795161605"),
            text("first", timestamp="1795161601"),
        )

        rows = sorted(door.rows(), key=lambda row: str(row.provider_at))
        assert [door.read(row)[0].text for row in rows] == ["first", "second"]


@pytest.mark.feature("4.10", "6.19")
class TestNoticesOnWhatsApp:
    def test_statuses_without_ids_are_not_taken_for_each_other(self, door: WebhookDoor) -> None:
        statuses = [
            {"status": "sent", "recipient_id": number, "timestamp": "1795161600"}
            for number in ("447700900001", "447700900002")
        ]

        assert len(events(door, meta(whatsapp_value({"statuses": statuses})), "meta")) == 2

    def test_a_status_names_its_price(self, door: WebhookDoor) -> None:
        pricing = {
            "pricing_model": "PMP",
            "type": "free_customer_service",
            "category": "service",
            "billable": False,
        }
        status = {
            "id": "wamid.1",
            "status": "sent",
            "recipient_id": ME,
            "timestamp": "1795161600",
            "pricing": pricing,
        }
        (event,) = events(door, meta(whatsapp_value({"statuses": [status]})), "meta")

        assert (event.extra["billable"], event.extra["category"]) == (False, "service")

    def test_each_switch_of_a_person_is_one_event(self, door: WebhookDoor) -> None:
        said = [
            {"wa_id": ME, "category": "marketing_messages", "value": value, "timestamp": 1795161600 + n}
            for n, value in enumerate(("stop", "resume", "signup", "maybe"))
        ]
        found = events(
            door, meta(whatsapp_value({"user_preferences": said}, field="user_preferences")), "meta"
        )

        assert [(event.kind, event.action) for event in found] == [
            ("optout", "handle"), ("optin", "handle"), ("optin", "handle"), ("unknown", "record"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("field", "value", "kind"),
        [
            ("message_template_status_update", {"event": "PAUSED", "message_template_name": "x"}, "template_status"),
            ("message_template_quality_update", {"new_quality_score": "RED", "message_template_name": "x"}, "template_status"),
            ("account_update", {"event": "DISABLED_UPDATE"}, "system"),
            ("phone_number_quality_update", {"event": "FLAGGED"}, "system"),
            ("business_capability_update", {"max_daily_conversation_per_phone": 1000}, "system"),
            ("something_of_next_year", {"new": {"deep": [1]}}, "unknown"),
        ],
    )  # fmt: skip
    def test_a_notice_without_a_number_belongs_to_the_business_account(
        self, door: WebhookDoor, field: str, value: dict[str, Any], kind: str
    ) -> None:
        body = {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": CONFIG["whatsapp_waba_id"],
                    "time": 1795161600,
                    "changes": [{"field": field, "value": value}],
                }
            ],
        }
        (event,) = events(door, meta(body), "meta")

        assert (event.kind, event.action) == (kind, "record")

    def test_a_thousand_updates_in_one_request_are_a_thousand_rows(self, door: WebhookDoor) -> None:
        values = [
            {
                "messages": [
                    {"id": f"wamid.{n}.{m}", "timestamp": "1795161600", **text(f"{n}.{m}")}
                    for m in range(100)
                ]
            }
            for n in range(10)
        ]
        answer = door.post(meta(whatsapp_value(*values)), "meta")

        assert (answer.status, len(answer.rows)) == (200, 1000)

    def test_both_products_of_one_app_share_a_secret_and_not_their_messages(self, door: WebhookDoor) -> None:
        body = {**whatsapp_value({"messages": [{"id": "wamid.1", **text("hi")}]}), "object": "instagram"}

        assert door.post(meta(body), "meta").rows == []


@pytest.mark.feature("1.3", "1.5")
class TestInstagram:
    def test_our_own_reaction_is_nobodys_word(self, door: WebhookDoor) -> None:
        own = {"sender": {"id": CONFIG["instagram_account_id"]}, "recipient": {"id": "1029384756601234"}}
        (event,) = instagram(door, {**own, "reaction": {"mid": "m1", "action": "react", "emoji": "❤️"}})

        assert (event.kind, event.action) == ("reaction", "ignore")

    @pytest.mark.parametrize("kind", ["ig_post", "reel", "sticker", "template", "ephemeral"])
    def test_every_documented_attachment_is_media(self, door: WebhookDoor, kind: str) -> None:
        message = {
            "mid": f"m-{kind}",
            "attachments": [{"type": kind, "payload": {"url": "https://cdn.example/x"}}],
        }
        (event,) = instagram(door, {"message": message})

        assert (event.kind, event.attachments[0].what) == ("media", kind)

    def test_a_known_attachment_beside_an_unknown_one_is_kept(self, door: WebhookDoor) -> None:
        parts = [{"type": "hologram"}, {"type": "image", "payload": {"url": "https://cdn.example/x"}}]
        (event,) = instagram(door, {"message": {"mid": "m1", "attachments": parts}})

        assert (event.kind, len(event.attachments)) == ("media", 1)

    def test_a_postback_tells_the_ad_behind_it(self, door: WebhookDoor) -> None:
        referral = {"source": "ADS", "ad_id": "77", "ads_context_data": {"ad_title": "Free week"}}
        postback = {"mid": "m1", "title": "Get started", "payload": "GO", "referral": referral}
        (event,) = instagram(door, {"postback": postback})

        assert (event.kind, event.source["ad_id"], event.source["ad_title"]) == ("choice", "77", "Free week")

    def test_handing_a_thread_over_is_kept_and_not_answered(self, door: WebhookDoor) -> None:
        (event,) = instagram(door, {"pass_thread_control": {"new_owner_app_id": "1"}})

        assert (event.kind, event.action) == ("unknown", "record")

    def test_a_postback_without_an_id_is_kept_once(self, door: WebhookDoor) -> None:
        item = {"postback": {"title": "Go", "payload": "GO"}}

        assert [len(instagram(door, item)), len(instagram(door, item))] == [1, 0]
        assert len(instagram(door, {**item, "timestamp": 1795161700123})) == 1

    def test_either_apps_secret_opens_the_door_and_no_third(self, door: WebhookDoor) -> None:
        body = instagram_items({"message": {"mid": "m1", "text": "hi"}})

        assert door.post(meta(body), "meta").status == 200
        assert door.post(meta(body, secret="meta_verify_token"), "meta").status == 403


@pytest.mark.feature("1.9")
class TestTelegram:
    def test_an_update_is_what_we_know_of_it_whatever_else_it_holds(self, door: WebhookDoor) -> None:
        update = {"new_in_2027": {"x": 1}, **telegram_message(text="hi")}

        assert bot_api(door, update).text == "hi"

    def test_a_tap_on_an_inline_message_names_the_person_alone(self, door: WebhookDoor) -> None:
        query = {
            "id": "1",
            "from": {"id": 700100200, "first_name": "Amy"},
            "inline_message_id": "x",
            "data": "b",
        }
        event = bot_api(door, {"update_id": 1, "callback_query": query})

        assert (event.kind, event.address, event.reply_to) == ("choice", "700100200", None)

    def test_a_game_is_no_choice_of_ours(self, door: WebhookDoor) -> None:
        query = {"id": "1", "from": {"id": 700100200}, "game_short_name": "x"}

        assert bot_api(door, {"update_id": 1, "callback_query": query}).kind == "unknown"

    @pytest.mark.parametrize(
        "kind",
        [
            "chat_join_request",
            "message_reaction_count",
            "chat_boost",
            "purchased_paid_media",
            "shipping_query",
        ],
    )
    def test_further_kinds_of_update_are_kept_and_not_answered(self, door: WebhookDoor, kind: str) -> None:
        event = bot_api(
            door, {"update_id": 1, kind: {"chat": {"id": 1, "type": "private"}, "date": 1795161600}}
        )

        assert (event.kind, event.action, event.extra["type"]) == ("unknown", "record", kind)

    def test_a_changed_caption_is_an_edit(self, door: WebhookDoor) -> None:
        message = telegram_message(caption="after", photo=[{"file_id": "p"}], edit_date=1795161700)["message"]
        event = bot_api(door, {"update_id": 2, "edited_message": message})

        assert (event.kind, event.text, event.message_id) == ("edit", "after", "700100200:900")

    def test_a_command_in_a_caption_is_no_command(self, door: WebhookDoor) -> None:
        entities = [{"type": "bot_command", "offset": 0, "length": 6}]
        event = bot_api(
            door, telegram_message(caption="/start", photo=[{"file_id": "p"}], caption_entities=entities)
        )

        assert (event.kind, event.extra.get("command")) == ("media", None)

    def test_large_ids_stay_exact(self, door: WebhookDoor) -> None:
        person = {"id": 2**52 - 1, "is_bot": False, "first_name": "Amy"}
        event = bot_api(
            door,
            telegram_message(
                text="hi", chat={"id": -1002233445566, "type": "supergroup"}, **{"from": person}
            ),
        )

        assert (event.sender, event.address) == (f"tg:{2**52 - 1}", "-1002233445566")

    def test_only_the_whole_secret_opens_the_door(self, door: WebhookDoor) -> None:
        good = telegram(telegram_message(text="hi"))
        for wrong in (CONFIG["telegram_secret_token"][:-1], CONFIG["telegram_secret_token"] + "x", " "):
            headers = {**good.headers, "x-telegram-bot-api-secret-token": wrong}
            assert door.post(dataclasses.replace(good, headers=headers), "telegram").status == 403
        assert door.post(good, "telegram").status == 200

    def test_an_animation_is_told_once_though_it_comes_with_its_file(self, door: WebhookDoor) -> None:
        file = {"file_id": "a", "mime_type": "video/mp4"}
        event = bot_api(door, telegram_message(animation=file, document=file))

        assert [(one.kind, one.what) for one in event.attachments] == [("video", "animation")]


@pytest.mark.feature("1.10", "6.19")
class TestTwilio:
    def test_a_localised_stop_word_is_believed_on_whatsapp_too(self, door: WebhookDoor) -> None:
        event = form(door, whatsapp_form(Body="ARRET", OptOutType="STOP"), "whatsapp")

        assert (event.kind, event.extra["provider_replied"]) == ("optout", True)

    def test_media_are_found_where_their_number_is_not_told(self, door: WebhookDoor) -> None:
        fields = {**sms_form(MediaUrl0="https://x.example/1", MediaContentType0="image/png"), "Body": ""}
        del fields["NumMedia"]

        assert form(door, fields).attachments[0].mime_type == "image/png"

    def test_a_long_text_that_a_carrier_packed_is_unpacked(self, door: WebhookDoor) -> None:
        words = "I would like to come on Saturday morning, and my friend from work too ñ"
        event = form(door, sms_form(Body=base64.b64encode(words.encode()).decode()))

        assert event.text == words

    @pytest.mark.parametrize("body", ["x" * 200, "A" * 61 + "==", "aGVsbG8="])
    def test_a_long_word_is_left_as_it_is(self, door: WebhookDoor, body: str) -> None:
        assert form(door, sms_form(Body=body)).text == body

    def test_a_number_that_is_not_ours_is_acknowledged_and_not_kept(self, door: WebhookDoor) -> None:
        answer = door.post(twilio(sms_form(To="+12025550177")), "twilio")

        assert (answer.status, answer.rows) == (200, [])
        assert answer.dropped == {("sms", "unknown number"): 1}

    def test_every_number_of_the_gyms_messaging_service_is_ours(self, door: WebhookDoor) -> None:
        credentials = {name: CONFIG[f"twilio_{name}"] for name in ("account_sid", "auth_token")}
        part = InboxPart(
            channel="sms", external_id="+12025550160", key="pool",
            credentials={**credentials, "messaging_service_sid": "MGpool"},
        )  # fmt: skip
        with door.database.tenant_session(door.gym_id) as session:
            pool = gyms.ensure_inbox(session, part)

        (row,) = door.post(
            twilio(sms_form(To="+12025550161", MessagingServiceSid="MGpool"), path="pool"), "twilio"
        ).rows

        assert row.inbox_id == pool.id

    def test_a_status_without_a_sender_yet_is_kept(self, door: WebhookDoor) -> None:
        fields = sms_form(MessageStatus="queued", To="+12025550142", From="")
        event = form(door, fields, "status")

        assert (event.kind, event.status) == ("status", "accepted")

    def test_one_address_serves_both_of_a_gyms_numbers(self, door: WebhookDoor) -> None:
        answer = door.post(twilio(whatsapp_form(Body="hi"), path="sms"), "twilio")

        assert door.inboxes[answer.rows[0].inbox_id].channel == "whatsapp-twilio"

    def test_the_answer_is_twiml_that_says_nothing(self, door: WebhookDoor) -> None:
        answer = door.post(twilio(sms_form()), "twilio")

        assert (answer.media_type, answer.body) == ("text/xml", "<Response/>")

    def test_twilios_own_library_agrees_about_every_odd_field(self, door: WebhookDoor) -> None:
        fields = sms_form(Body="  a+b & ünïcode \n 100% ", Zz="", aa=" ", AddOns='{"x": "y"}')
        url = f"{BASE}/webhooks/twilio/sms"
        signature = RequestValidator(CONFIG["twilio_auth_token"]).compute_signature(url, fields)
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
        request = WebhookRequest("POST", url, headers, urlencode(fields).encode())

        assert door.post(request, "twilio").status == 200

    def test_a_get_is_signed_with_its_whole_query(self, door: WebhookDoor) -> None:
        url = f"{BASE}/webhooks/twilio/sms?{urlencode(sms_form())}"
        signature = RequestValidator(CONFIG["twilio_auth_token"]).compute_signature(url, {})
        good = WebhookRequest("GET", url, {"x-twilio-signature": signature}, b"")

        assert len(door.post(good, "twilio").rows) == 1
        assert door.post(dataclasses.replace(good, url=url + "&x=1"), "twilio").status == 403

    @pytest.mark.parametrize("sender", ["32665", "AMAZON", "rcs:brand", "messenger:1", "+1"])
    def test_nobody_is_made_of_a_machine(self, door: WebhookDoor, sender: str) -> None:
        assert form(door, sms_form(From=sender)).action == "ignore"
