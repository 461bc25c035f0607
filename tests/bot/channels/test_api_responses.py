"""Every recorded API answer, driven through the real clients: what was sent, or what its refusal asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot import channels
from bot.channels.base import InboxAccount, Outgoing, SendFailed
from tests.bot.channels.fake_provider import FakeProvider
from tests.bot.channels.payload_cases import DIRECTORY

ANSWERS = sorted((DIRECTORY / "api_responses").glob("*.json"))

STEPS: Mapping[str, str] = {
    "ig_error_100_2534014_not_found": "mark_unreachable",
    "ig_error_10_2534022_window": "fail_no_retry",
    "ig_error_551_unavailable": "mark_unreachable",
    "ig_error_613_rate": "retry_backoff_global",
    "meta_error_190_token": "alert_operator",
    "meta_wa_error_130429": "retry_backoff_global",
    "meta_wa_error_131000": "retry_backoff",
    "meta_wa_error_131009": "fail_no_retry",
    "meta_wa_error_131030": "alert_operator",
    "meta_wa_error_131056": "retry_backoff_pair",
    "meta_wa_error_131062": "fail_no_retry",
    "meta_wa_error_132001": "alert_operator",
    "telegram_400_button_data_invalid": "fail_no_retry",
    "telegram_400_chat_not_found": "mark_unreachable",
    "telegram_400_migrated": "migrate_address",
    "telegram_400_not_modified": "ignore",
    "telegram_400_query_too_old": "ignore",
    "telegram_400_too_long": "fail_no_retry",
    "telegram_401": "alert_operator",
    "telegram_403_blocked": "mark_unreachable",
    "telegram_403_cannot_initiate": "mark_unreachable",
    "telegram_403_deactivated": "mark_unreachable",
    "telegram_403_kicked": "mark_unreachable",
    "telegram_409_conflict": "alert_operator",
    "telegram_429": "retry_backoff_pair",
    "twilio_error_20003": "alert_operator",
    "twilio_error_20429": "retry_backoff_global",
    "twilio_error_21211": "mark_unreachable",
    "twilio_error_21408": "alert_operator",
    "twilio_error_21610": "opt_out",
    "twilio_error_21617": "fail_no_retry",
    "twilio_error_21655": "alert_operator",
    "twilio_error_63007": "alert_operator",
}
CHANNELS = {"ig": "instagram", "meta": "whatsapp", "telegram": "telegram", "twilio": "sms"}
TO = {
    "instagram": "1029384756601234", "whatsapp": "447700900123", "telegram": "700100200", "sms": "+12025550142",
}  # fmt: skip


def answers(ending: str) -> list[Any]:
    """The recorded errors, or the recorded successes of sending a message."""
    chosen = [path for path in ANSWERS if ("send_ok" in path.stem) == (ending == "send_ok")]
    other = ("profile", "typing", "mark_read", "media_url")
    return [
        pytest.param(path, id=path.stem) for path in chosen if not any(word in path.stem for word in other)
    ]


@pytest.mark.parametrize("path", answers("error"))
def test_a_refusal_asks_for_the_step_of_the_providers_table(
    path: Any, provider: FakeProvider, account_on: Mapping[str, InboxAccount]
) -> None:
    recorded = json.loads(path.read_text())
    provider.will_answer(recorded["status"], recorded["body"], recorded["headers"])
    name = CHANNELS[path.stem.partition("_")[0]]

    with pytest.raises(SendFailed) as refused:
        channels.CHANNELS[name].send(account_on[name], Outgoing(TO[name], "hello"))

    # An answer not in the list is a new recording: it must at least be known to the tables.
    assert refused.value.next == STEPS.get(path.stem, refused.value.next)
    assert not refused.value.uncertain
    parameters = recorded["body"].get("parameters", {})
    if "retry_after" in parameters:
        assert refused.value.retry_after == parameters["retry_after"]
    if "migrate_to_chat_id" in parameters:
        assert refused.value.migrate_to == str(parameters["migrate_to_chat_id"])


@pytest.mark.parametrize("path", answers("send_ok"))
def test_an_accepted_message_has_the_providers_id(
    path: Any, provider: FakeProvider, account_on: Mapping[str, InboxAccount]
) -> None:
    recorded = json.loads(path.read_text())
    provider.will_answer(recorded["status"], recorded["body"], recorded["headers"])
    name = CHANNELS[path.stem.partition("_")[0]]

    sent = channels.CHANNELS[name].send(account_on[name], Outgoing(TO[name], "hello"))

    body = recorded["body"]
    told = body.get("message_id") or body.get("sid")
    if name == "whatsapp":
        told = body["messages"][0]["id"]
    elif name == "telegram":
        told = f"{body['result']['chat']['id']}:{body['result']['message_id']}"
    assert sent.external_id == told


@pytest.mark.parametrize("name", sorted(TO))
class TestTrouble:
    def test_a_lost_answer_is_uncertain(
        self, name: str, provider: FakeProvider, account_on: Mapping[str, InboxAccount]
    ) -> None:
        provider.silent.set()

        with pytest.raises(SendFailed) as failed:
            channels.CHANNELS[name].send(account_on[name], Outgoing(TO[name], "hello"))

        assert failed.value.uncertain
        assert len(provider.calls) == 1

    def test_a_provider_that_is_not_reached_has_sent_nothing(
        self, name: str, provider: FakeProvider, account_on: Mapping[str, InboxAccount]
    ) -> None:
        nowhere = "http://127.0.0.1:9"  # the discard port: nobody listens
        channels.configure(
            channels.ChannelSettings(
                meta_base_url=nowhere, instagram_base_url=nowhere, twilio_base_url=nowhere,
                telegram_base_url=f"{nowhere}/bot",
            )
        )  # fmt: skip

        with pytest.raises(SendFailed) as failed:
            channels.CHANNELS[name].send(account_on[name], Outgoing(TO[name], "hello"))

        assert failed.value.next == "retry_backoff"
        assert not failed.value.uncertain

    def test_a_gateways_page_instead_of_an_answer_is_no_success(
        self, name: str, provider: FakeProvider, account_on: Mapping[str, InboxAccount]
    ) -> None:
        provider.will_answer(502, b"<html>bad gateway</html>", {"content-type": "text/html"})

        with pytest.raises(SendFailed) as failed:
            channels.CHANNELS[name].send(account_on[name], Outgoing(TO[name], "hello"))

        assert failed.value.next == "retry_backoff"
        assert failed.value.uncertain

    def test_an_account_without_its_token_sends_nothing(
        self, name: str, provider: FakeProvider, account_on: Mapping[str, InboxAccount]
    ) -> None:
        bare = InboxAccount("bare", name, "1", {})

        with pytest.raises(SendFailed) as failed:
            channels.CHANNELS[name].send(bare, Outgoing(TO[name], "hello"))

        assert failed.value.next == "alert_operator"
        assert provider.calls == []
