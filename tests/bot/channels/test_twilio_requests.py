"""Twilio requests that the recordings do not hold: text messages and WhatsApp."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from bot.channels.base import Incoming, WebhookRequest
from crm import gyms
from crm.gyms import InboxPart
from tests.bot.channels.signing import BASE, CONFIG, sms_form, twilio, whatsapp_form
from tests.bot.channels.webhook_door import WebhookDoor


def form(door: WebhookDoor, fields: Mapping[str, str], path: str = "sms") -> Incoming:
    (event,) = door.events(twilio(fields, path=path), "twilio")
    return event


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
