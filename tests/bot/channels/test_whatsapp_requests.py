"""WhatsApp Cloud API requests that the recordings do not hold: the rest of what the contract allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.channels.base import Incoming
from tests.bot.channels.signing import CONFIG, meta, whatsapp_value
from tests.bot.channels.webhook_door import WebhookDoor

BSUID = "GB.7731405528890147263"
PARENT = "GB.ENT.11223344556677"
ME = "447700900123"


def whatsapp(door: WebhookDoor, *messages: Mapping[str, Any], **value: Any) -> list[Incoming]:
    told = [{"id": f"wamid.{index}", "timestamp": "1795161600", **one} for index, one in enumerate(messages)]
    return door.events(meta(whatsapp_value({"messages": told, **value})), "meta")


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

        assert len(door.events(meta(whatsapp_value({"statuses": statuses})), "meta")) == 2

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
        (event,) = door.events(meta(whatsapp_value({"statuses": [status]})), "meta")

        assert (event.extra["billable"], event.extra["category"]) == (False, "service")

    def test_each_switch_of_a_person_is_one_event(self, door: WebhookDoor) -> None:
        said = [
            {"wa_id": ME, "category": "marketing_messages", "value": value, "timestamp": 1795161600 + n}
            for n, value in enumerate(("stop", "resume", "signup", "maybe"))
        ]
        found = door.events(
            meta(whatsapp_value({"user_preferences": said}, field="user_preferences")), "meta"
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
        (event,) = door.events(meta(body), "meta")

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
