"""Instagram requests that the recordings do not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.channels.base import Incoming
from tests.bot.channels.signing import CONFIG, instagram_items, meta
from tests.bot.channels.webhook_door import WebhookDoor


def instagram(door: WebhookDoor, *items: Mapping[str, Any]) -> list[Incoming]:
    return door.events(meta(instagram_items(*items), secret="instagram_app_secret"), "meta")


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
