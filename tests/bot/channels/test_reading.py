"""Readings that the recorded requests do not show: what must not be mistaken for something else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from bot import channels
from bot.channels.base import Incoming, KeptPayload, WebhookRequest


def split(name: str, body: Mapping[str, Any]) -> list[KeptPayload]:
    request = WebhookRequest("POST", "https://gym.example/x", {}, json.dumps(body).encode())
    return channels.CHANNELS[name].split(request)


def read(name: str, body: Mapping[str, Any], **account: str) -> Incoming:
    (kept,) = split(name, body)
    (event,) = channels.CHANNELS[name].parse({**kept.payload, "account": account})
    return event


def instagram(**item: Any) -> dict[str, Any]:
    told = {"sender": {"id": "me"}, "recipient": {"id": "gym"}, "timestamp": 1795161600123, **item}
    return {"object": "instagram", "entry": [{"id": "gym", "time": 1795161600123, "messaging": [told]}]}


def whatsapp(**value: Any) -> dict[str, Any]:
    told = {"metadata": {"phone_number_id": "1"}, **value}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "w", "changes": [{"field": "messages", "value": told}]}],
    }


def telegram(**message: Any) -> dict[str, Any]:
    told = {"message_id": 5, "date": 1795161600, "from": {"id": 9, "first_name": "Mia"}, **message}
    return {"update_id": 1, "message": {"chat": {"id": 9, "type": "private"}, **told}}


class TestInstagram:
    @pytest.mark.parametrize(
        ("echoed_by", "ours", "pauses"),
        [(None, "7", True), (8, "7", True), (7, "7", False), (8, "", False), (None, "", True)],
    )
    def test_only_a_persons_answer_pauses_the_bot(
        self, echoed_by: int | None, ours: str, pauses: bool
    ) -> None:
        message = {"mid": "m1", "is_echo": True, "text": "x", **({"app_id": echoed_by} if echoed_by else {})}
        body = instagram(message=message, sender={"id": "gym"}, recipient={"id": "me"})

        event = read("instagram", body, app_id=ours)

        assert event.kind == "echo"
        assert event.address == "me"
        assert event.extra["pause_bot"] is pauses

    def test_a_deletion_is_not_taken_for_a_repeat_of_its_message(self) -> None:
        (sent,) = split("instagram", instagram(message={"mid": "m1", "text": "x"}))
        (deleted,) = split("instagram", instagram(message={"mid": "m1", "is_deleted": True}))

        assert sent.external_id != deleted.external_id

    def test_two_reactions_to_one_message_are_two(self) -> None:
        reaction = {"mid": "m1", "action": "react", "emoji": "❤️"}
        (first,) = split("instagram", instagram(reaction=reaction))
        (second,) = split("instagram", instagram(reaction=reaction, timestamp=1795161700123))

        assert first.external_id != second.external_id


class TestWhatsApp:
    def test_each_status_of_a_message_is_kept(self) -> None:
        statuses = [
            {"id": "wamid.1", "status": status, "timestamp": "1795161600", "recipient_id": "447700900123"}
            for status in ("sent", "delivered", "read")
        ]

        kept = split("whatsapp", whatsapp(statuses=statuses))

        assert len({payload.external_id for payload in kept}) == 3
        assert {payload.address for payload in kept} == {"447700900123"}

    def test_a_failed_status_without_a_code_is_final(self) -> None:
        event = read(
            "whatsapp", whatsapp(statuses=[{"id": "wamid.1", "status": "failed", "recipient_id": "4477"}])
        )

        assert (event.status, event.next) == ("failed", "fail_no_retry")

    def test_a_voice_message_is_heard_as_one(self) -> None:
        audio = {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True}
        event = read(
            "whatsapp",
            whatsapp(messages=[{"id": "wamid.1", "from": "4477", "type": "audio", "audio": audio}]),
        )

        assert event.attachments[0].kind == "voice"
        assert event.attachments[0].mime_type == "audio/ogg"

    def test_a_group_queues_by_itself(self) -> None:
        message = {
            "id": "wamid.1",
            "from": "447700900123",
            "group_id": "g1",
            "type": "text",
            "text": {"body": "hi"},
        }
        (kept,) = split("whatsapp", whatsapp(messages=[message]))

        assert kept.address == "g1"


class TestTelegram:
    def test_a_message_in_a_topic_does_not_answer_the_topics_notice(self) -> None:
        root = {
            "message_id": 77,
            "chat": {"id": -100, "type": "supergroup"},
            "forum_topic_created": {"name": "x"},
        }
        chat = {"id": -100, "type": "supergroup"}
        body = telegram(
            chat=chat, text="hi", message_thread_id=77, is_topic_message=True, reply_to_message=root
        )

        event = read("telegram", body)

        assert event.reply_to is None
        assert event.group_id == "-100"

    def test_stop_in_the_staff_group_is_no_opt_out(self) -> None:
        assert read("telegram", telegram(text="stop", chat={"id": -100, "type": "supergroup"})).kind == "text"
        assert read("telegram", telegram(text="stop")).kind == "optout"

    @pytest.mark.parametrize(("text", "waits"), [("hello", True), ("/today", False), ("stop", False)])
    def test_typed_words_wait_for_more(self, text: str, waits: bool) -> None:
        (kept,) = split("telegram", telegram(text=text))

        assert kept.waits is waits

    def test_the_label_of_a_tapped_button_is_told(self) -> None:
        keyboard = {"inline_keyboard": [[{"text": "Fri 07:00", "callback_data": "b:2"}]]}
        message = {
            "message_id": 4,
            "date": 1795161600,
            "chat": {"id": 9, "type": "private"},
            "reply_markup": keyboard,
        }
        query = {"id": "1", "from": {"id": 9}, "data": "b:2", "message": message}

        assert read("telegram", {"update_id": 2, "callback_query": query}).text == "Fri 07:00"

    def test_a_poll_is_something_we_cannot_read(self) -> None:
        event = read("telegram", telegram(poll={"id": "1"}))

        assert (event.kind, event.action, event.extra["what"]) == ("unsupported", "handle", "poll")


def test_the_providers_libraries_are_imported_when_first_used() -> None:
    code = "import sys, bot.channels.door; print([m for m in ('telegram', 'twilio', 'httpx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
