"""An account is looked at from end to end, at the provider: what works, what does not, and the exact next step."""

from __future__ import annotations

from typing import Any

import pytest

from api import channel_checks
from api.channel_checks import Account, Checked
from crm.config import Settings
from tests.simulator.conftest import Gym, register

pytestmark = [pytest.mark.feature("1.7"), pytest.mark.feature("6.26")]


@pytest.fixture
def settings(sim: str) -> Settings:
    """Every provider is the simulator."""
    return Settings(
        _env_file=None, simulator=True, meta_base_url=f"{sim}/meta", instagram_base_url=f"{sim}/instagram",
        twilio_base_url=f"{sim}/twilio", telegram_base_url=f"{sim}/telegram/bot",
    )  # type: ignore[call-arg]  # fmt: skip


def account(
    gym: Gym, channel: str, *, staff_chat: str | None = None, hook: str | None = None, **changed: str
) -> Account:
    place = "https://bot.example" if channel in ("sms", "whatsapp-twilio") else gym.receiver.url
    return Account(
        channel, f"{gym.slug}-{channel}", {**gym.credentials[channel], **changed},
        hook or f"{place}/hooks/{gym.slug}/{channel}", staff_chat,
    )  # fmt: skip


def wrong(checked: Checked) -> list[tuple[str, str]]:
    return [(one.detail, one.mend) for one in checked.findings if one.state == "wrong"]


@pytest.mark.parametrize("channel", ["whatsapp", "instagram", "telegram", "whatsapp-twilio", "sms"])
def test_an_account_that_works_has_nothing_wrong(gym: Gym, settings: Settings, channel: str) -> None:
    checked = channel_checks.check(settings, account(gym, channel))
    assert wrong(checked) == []
    assert checked.is_good
    assert any(one.state == "ok" for one in checked.findings)


@pytest.mark.parametrize(
    ("channel", "key", "step"),
    [
        ("whatsapp", "access_token", "Generate new token"),
        ("instagram", "access_token", "Generate token"),
        ("telegram", "bot_token", "@BotFather"),
        ("whatsapp-twilio", "auth_token", "API keys & tokens"),
        ("sms", "auth_token", "API keys & tokens"),
    ],
)
def test_a_wrong_key_is_told_with_where_to_get_the_right_one(
    gym: Gym, settings: Settings, channel: str, key: str, step: str
) -> None:
    ((detail, mend),) = wrong(channel_checks.check(settings, account(gym, channel, **{key: "123:wrong"})))
    assert "HTTP 40" in detail
    assert step in mend


def test_what_is_missing_is_named_before_anybody_is_asked(settings: Settings) -> None:
    found = channel_checks.check(
        settings, Account("whatsapp", "1", {"access_token": "x"}, "https://x.example")
    )
    assert "app_secret, phone_number_id, waba_id" in found.findings[0].detail
    assert "docs/going-live/whatsapp.md" in found.findings[0].mend


def test_the_public_facts_are_learned_on_the_way(gym: Gym, settings: Settings) -> None:
    number = channel_checks.check(settings, account(gym, "whatsapp")).told["display_phone_number"]
    assert number == gym.credentials["whatsapp"]["display_phone_number"]
    assert channel_checks.check(settings, account(gym, "telegram")).told["bot_username"] == "GymBot"
    assert channel_checks.check(settings, account(gym, "instagram")).told["username"]


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "sms"])
def test_webhooks_that_go_elsewhere_are_told_with_the_right_address(
    gym: Gym, settings: Settings, channel: str
) -> None:
    ((detail, mend),) = wrong(
        channel_checks.check(settings, account(gym, channel, hook="https://us.example/webhooks/x"))
    )
    assert "webhooks go to" in detail
    assert "https://us.example/webhooks/x" in mend


def test_a_business_account_that_is_not_subscribed(gym: Gym, settings: Settings) -> None:
    register(gym, "whatsapp", gym.credentials["whatsapp"], subscribed=False)
    ((detail, mend),) = wrong(channel_checks.check(settings, account(gym, "whatsapp")))
    assert "not subscribed" in detail
    assert "/subscribed_apps" in mend
    assert channel_checks.set_up(settings, account(gym, "whatsapp")).is_good
    assert wrong(channel_checks.check(settings, account(gym, "whatsapp"))) == []


def test_a_token_without_the_permissions(gym: Gym, settings: Settings) -> None:
    register(gym, "whatsapp", gym.credentials["whatsapp"], permissions=["whatsapp_business_messaging"])
    ((detail, mend),) = wrong(channel_checks.check(settings, account(gym, "whatsapp")))
    assert detail == "the token lacks whatsapp_business_management"
    assert "System users" in mend


def test_templates_that_are_not_approved_are_a_note(gym: Gym, settings: Settings) -> None:
    pending: list[dict[str, Any]] = [{"name": "booking_reminder", "language": "en", "status": "PENDING"}]
    register(gym, "whatsapp", gym.credentials["whatsapp"], templates=pending)
    checked = channel_checks.check(settings, account(gym, "whatsapp"))
    (note,) = [one for one in checked.findings if one.state == "note"]
    assert "booking_reminder (pending)" in note.detail
    assert "place_free (not there)" in note.detail
    assert checked.is_good


def test_keys_of_two_instagram_accounts_do_not_mix(gym: Gym, settings: Settings) -> None:
    ((detail, _),) = wrong(channel_checks.check(settings, account(gym, "instagram", account_id="17849999")))
    assert "not 17849999" in detail


def test_the_staff_group_must_be_in_reach(gym: Gym, settings: Settings) -> None:
    assert wrong(channel_checks.check(settings, account(gym, "telegram", staff_chat="-1001234"))) == []
    ((detail, mend),) = wrong(channel_checks.check(settings, account(gym, "telegram", staff_chat="-100999")))
    assert "staff group -100999" in detail
    assert "supergroup" in mend


def test_a_number_of_somebody_elses(gym: Gym, settings: Settings) -> None:
    ((detail, _),) = wrong(channel_checks.check(settings, account(gym, "sms", **{"from": "+12025550000"})))
    assert "no number of this account" in detail


def test_the_webhook_of_a_bot_is_set_for_the_owner(gym: Gym, settings: Settings) -> None:
    there = f"{gym.receiver.url}/hooks/{gym.slug}/telegram-new"
    assert not channel_checks.check(settings, account(gym, "telegram", hook=there)).is_good
    assert channel_checks.set_up(settings, account(gym, "telegram", hook=there)).is_good
    assert channel_checks.check(settings, account(gym, "telegram", hook=there)).is_good


def test_a_provider_out_of_reach_is_said_to_be() -> None:
    away = Settings(_env_file=None, simulator=True, telegram_base_url="http://127.0.0.1:1/bot")  # type: ignore[call-arg]
    told = channel_checks.check(
        away, Account("telegram", "1", {"bot_token": "1:a", "secret_token": "x"}, "https://x.example")
    )
    assert "cannot be reached" in told.findings[0].detail
