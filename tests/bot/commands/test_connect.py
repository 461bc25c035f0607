"""/connect in the staff chat: the way to the page, and never a key in a chat."""

from __future__ import annotations

import pytest

from bot import responses
from bot.commands.connect import TITLES
from crm.config import settings
from crm.links import read_connect_token
from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("1.2")


def test_it_says_what_is_connected_and_what_can_be(room: StaffRoom) -> None:
    shown = room.say("niamh", "/connect")
    assert shown.text.startswith("Connected: ")
    assert "WhatsApp" in shown.text
    assert shown.titles == list(TITLES.values())


def test_the_link_goes_to_the_owner_alone(room: StaffRoom) -> None:
    assert "/connect/" not in room.say("niamh", "/connect whatsapp").text
    sent = room.trainer_saw("niamh")
    assert "access token" in sent
    access = read_connect_token(settings(), sent.rpartition("/connect/")[2].split()[0])
    assert (access.gym_id, access.staff_key, access.channel) == (room.session.gym_id, "niamh", "whatsapp")


@pytest.mark.parametrize(
    ("said", "channel"),
    [("ig", "instagram"), ("SMS", "sms"), ("twilio", "whatsapp-twilio"), ("lead ads", "lead-ads")],
)
def test_channels_go_by_their_short_names(room: StaffRoom, said: str, channel: str) -> None:
    sent = room.say("niamh", f"/connect {said}", own=True).text
    assert read_connect_token(settings(), sent.rpartition("/connect/")[2].split()[0]).channel == channel


def test_a_tap_does_it_too(room: StaffRoom) -> None:
    room.say("niamh", "/connect", own=True)
    assert "/connect/" in room.tap("niamh", "Instagram", own=True).text


def test_every_channel_tells_what_to_have_at_hand() -> None:
    for name in TITLES:
        assert responses.render("en", f"utter_staff_connect_{name.replace('-', '_')}").count("•") >= 1


@pytest.mark.parametrize(
    "text",
    ["/connect telegram 123456789:AAabcdefghijklmnopqrstuvwxyz", "/connect EAABsbCS1iHgBAKZCxyzabcdefgh"],
)
def test_a_key_in_the_chat_is_asked_to_be_deleted(room: StaffRoom, text: str) -> None:
    answer = room.say("niamh", text, own=True).text
    assert "delete your message and make a new key" in answer
    assert "AAabc" not in answer
    assert "EAAB" not in answer


def test_an_unknown_channel_is_told_what_there_is(room: StaffRoom) -> None:
    assert "whatsapp, " in room.say("niamh", "/connect pigeon").text


@pytest.mark.parametrize("who", ["conor", "lena", "aoife"])
def test_only_owners_connect(room: StaffRoom, who: str) -> None:
    assert "owner" in room.say(who, "/connect whatsapp", own=True).text
