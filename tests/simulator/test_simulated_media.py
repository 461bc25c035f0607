"""A file that somebody sends, from the phone to our bytes: the providers' ways of handing it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bot import channels
from bot.channels.base import Attachment, InboxAccount, SendFailed, WebhookRequest
from crm.file_types import type_of
from tests.simulator.conftest import Gym, Posted

MOST = 1_000_000
PHONES = {
    "whatsapp": "+353851234567", "whatsapp-twilio": "+353851234567", "instagram": "ana_s", "telegram": "700100200", "sms": "+12025550142",
}  # fmt: skip


@pytest.fixture
def at_the_simulator(gym: Gym) -> Iterator[Gym]:
    """Our channels call the simulator."""
    before = channels.settings()
    channels.configure(
        channels.ChannelSettings(
            meta_base_url=f"{gym.sim}/meta", instagram_base_url=f"{gym.sim}/instagram", twilio_base_url=f"{gym.sim}/twilio",
            telegram_base_url=f"{gym.sim}/telegram/bot", telegram_file_base_url=f"{gym.sim}/telegram/file/bot",
        )
    )  # fmt: skip
    yield gym
    channels.close()
    channels.configure(before)


def account(gym: Gym, channel: str) -> InboxAccount:
    return InboxAccount("x", channel, f"{gym.slug}-{channel}", gym.credentials[channel])


def sent(gym: Gym, channel: str, **media: Any) -> Sequence[Attachment]:
    """Somebody sends it; the attachments that our channel reads from the webhook."""
    answer = gym.write(channel, PHONES[channel], media=media, name="Ana Silva")
    assert answer.status_code == 202, answer.text
    posted: Posted = gym.hook(channel)
    request = WebhookRequest("POST", posted.url, posted.headers, posted.body)
    (kept,) = channels.CHANNELS[channel].split(request)
    (event,) = channels.CHANNELS[channel].parse({**kept.payload, "account": {}})
    return event.attachments


@pytest.mark.feature("1.5", "4.8")
@pytest.mark.parametrize("channel", sorted(PHONES))
@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("image", "image/png"),
        ("video", "video/mp4"),
        ("voice", "audio/ogg"),
        ("document", "application/pdf"),
    ],
)
def test_every_platform_hands_out_what_was_sent(
    at_the_simulator: Gym, channel: str, kind: str, found: str
) -> None:
    media = {"type": kind, **({"mime_type": "audio/ogg"} if kind == "voice" else {})}
    (attachment,) = sent(at_the_simulator, channel, **media)

    content = channels.CHANNELS[channel].fetch(account(at_the_simulator, channel), attachment, most=MOST)

    assert type_of(content) == found


@pytest.mark.feature("1.5")
def test_a_contact_card_comes_as_a_file_from_twilio(at_the_simulator: Gym) -> None:
    (attachment,) = sent(
        at_the_simulator, "whatsapp-twilio", type="contact", phone="+353851112223", name="Dan"
    )

    content = channels.CHANNELS["whatsapp-twilio"].fetch(
        account(at_the_simulator, "whatsapp-twilio"), attachment, most=MOST
    )

    assert type_of(content) == "text/vcard"
    assert b"+353851112223" in content


@pytest.mark.feature("4.8")
@pytest.mark.parametrize("channel", sorted(PHONES))
def test_more_bytes_than_wanted_are_not_taken(at_the_simulator: Gym, channel: str) -> None:
    (attachment,) = sent(at_the_simulator, channel, type="image")

    with pytest.raises(SendFailed) as failed:
        channels.CHANNELS[channel].fetch(account(at_the_simulator, channel), attachment, most=5)

    assert failed.value.code == "too_big"


@pytest.mark.feature("14.12")
class TestSecretsStayWithTheirProvider:
    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/x", "http://api.twilio.com/x", "https://api.twilio.com.evil.example/x", "file:///etc/passwd",
            "https://user@api.twilio.com/x", "https://169.254.169.254/x", "https://[::1]/x", "https://api.twilio.com:notaport/", "", None,
        ],
    )  # fmt: skip
    def test_twilios_login_goes_to_twilio_alone(self, at_the_simulator: Gym, url: str | None) -> None:
        with pytest.raises(SendFailed, match="no address"):
            channels.CHANNELS["sms"].fetch(
                account(at_the_simulator, "sms"), Attachment("image", url=url), most=MOST
            )

    @pytest.mark.parametrize(
        "url", ["http://cdn.example/x", "https://127.0.0.1/x", "https://localhost/x", "ftp://x.example/", ""]
    )
    def test_nothing_is_fetched_from_the_private_network(self, at_the_simulator: Gym, url: str) -> None:
        with pytest.raises(SendFailed, match="no address"):
            channels.CHANNELS["instagram"].fetch(
                account(at_the_simulator, "instagram"), Attachment("image", url=url), most=MOST
            )


def test_twilio_is_told_to_forget_what_we_have(at_the_simulator: Gym) -> None:
    (attachment,) = sent(at_the_simulator, "sms", type="image")
    ours = account(at_the_simulator, "sms")

    channels.CHANNELS["sms"].forget(ours, attachment)

    with pytest.raises(SendFailed) as failed:
        channels.CHANNELS["sms"].fetch(ours, attachment, most=MOST)
    assert failed.value.code == "404"
