"""Telegram updates that the recordings do not hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from bot.channels.base import Incoming
from tests.bot.channels.signing import CONFIG, telegram, telegram_message
from tests.bot.channels.webhook_door import WebhookDoor


def bot_api(door: WebhookDoor, update: Mapping[str, Any]) -> Incoming:
    (event,) = door.events(telegram(update), "telegram")
    return event


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
