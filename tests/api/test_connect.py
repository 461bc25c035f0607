"""Connecting a channel: a link in the owner's chat, keys on a page, checked at the provider, sealed."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from typing import Any

import httpx
import playwright.sync_api
import pytest
from sqlmodel import select

from crm.config import Settings
from crm.links import connect_link
from crm.models import Activity, Inbox
from crm.vault import unseal_credentials
from tests.api.http_gym import HttpGym
from tests.simulator.conftest import Gym, Receiver, receiver, register, sim  # noqa: F401

SECRET = "a-secret-for-tests-that-is-long-enough-0123456789"
HEX = "0123456789abcdef0123456789abcdef"

pytestmark = [pytest.mark.feature("1.2"), pytest.mark.feature("14.12")]


@pytest.fixture
def settings(sim: str) -> Settings:  # noqa: F811
    """Every provider is the simulator."""
    return Settings(
        _env_file=None, simulator=True, secret_key=SECRET, public_url="https://gym.example",
        meta_base_url=f"{sim}/meta", instagram_base_url=f"{sim}/instagram", twilio_base_url=f"{sim}/twilio",
        telegram_base_url=f"{sim}/telegram/bot",
    )  # type: ignore[call-arg]  # fmt: skip


@pytest.fixture
def at_provider(here: HttpGym, sim: str, receiver: Receiver) -> Any:  # noqa: F811
    """Register the gym's account at the provider."""

    def make(channel: str, credentials: dict[str, str], **more: Any) -> None:
        with httpx.Client(base_url=sim, trust_env=False, timeout=10) as http:
            place = Gym(here.slug, sim, receiver, http, {channel: credentials})
            register(place, channel, credentials, **more)

    return make


def link_of(gym: HttpGym, channel: str, *, who: str = "niamh", ago: dt.timedelta = dt.timedelta()) -> str:
    with gym.session() as session:
        link = connect_link(gym.state.settings, gym.id, who, channel, session.now - ago)
    return "/connect/" + link.rpartition("/connect/")[2]


def inboxes_of(gym: HttpGym) -> list[tuple[Inbox, dict[str, str]]]:
    with gym.session() as session:
        return [(row, unseal_credentials(row.credentials)) for row in session.exec(select(Inbox)).all()]


def keys(gym: HttpGym) -> dict[str, str]:
    """What an owner pastes for WhatsApp."""
    number = str(gym.id.int % 10**14 + 10**14)
    return {
        "phone_number_id": number,
        "waba_id": f"9{number}",
        "app_secret": HEX,
        "access_token": f"EAA{number}{'x' * 30}",
    }


def whatsapp_at(at_provider: Any, gym: HttpGym, **more: Any) -> None:
    own = keys(gym) | {"verify_token": "v", "display_phone_number": "+353891234567"}
    at_provider("whatsapp", own, public_url="https://gym.example/webhooks/meta", **more)


def test_the_page_asks_for_each_value_and_says_where_it_is_found(here: HttpGym) -> None:
    answer = here.client.get(link_of(here, "whatsapp"))
    assert answer.status_code == 200
    assert re.findall(r'name="(\w+)" type="(\w+)"', answer.text) == [
        ("phone_number_id", "text"), ("waba_id", "text"), ("app_secret", "password"), ("access_token", "password"),
    ]  # fmt: skip
    assert "App settings → Basic" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_good_keys_are_checked_sealed_and_kept(here: HttpGym, at_provider: Any) -> None:
    whatsapp_at(at_provider, here, subscribed=False)
    answer = here.client.post(link_of(here, "whatsapp"), data=keys(here))
    assert answer.status_code == 200
    assert "WhatsApp is connected" in answer.text
    ((inbox, kept),) = inboxes_of(here)
    assert (inbox.channel, inbox.external_id) == ("whatsapp", keys(here)["phone_number_id"])
    assert kept["access_token"] == keys(here)["access_token"]
    assert kept["display_phone_number"] == "+353891234567"
    assert keys(here)["access_token"].encode() not in inbox.credentials
    assert kept["verify_token"] in answer.text
    assert "https://gym.example/webhooks/meta" in answer.text
    assert "sends its webhooks to the app" in answer.text
    assert keys(here)["access_token"] not in answer.text
    with here.session() as session:
        (made,) = session.exec(select(Activity).where(Activity.kind == "channel.connected")).all()
    assert (made.actor, made.data) == ("staff:niamh", {"channel": "whatsapp"})


def test_wrong_keys_are_told_and_nothing_is_kept(here: HttpGym, at_provider: Any) -> None:
    whatsapp_at(at_provider, here)
    wrong = keys(here) | {"access_token": "EAA" + "y" * 40}
    answer = here.client.post(link_of(here, "whatsapp"), data=wrong)
    assert answer.status_code == 422
    assert "Nothing was stored" in answer.text
    assert "Generate new token" in answer.text
    assert f'value="{keys(here)["phone_number_id"]}"' in answer.text
    assert wrong["access_token"] not in answer.text
    assert inboxes_of(here) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"access_token": ""}, "Access token is missing"),
        ({"phone_number_id": "my number"}, "Phone number ID does not look right"),
        ({"app_secret": "x" * 5000}, "App secret does not look right"),
    ],
)
def test_what_cannot_be_right_is_said_before_anybody_is_asked(
    here: HttpGym, change: dict[str, str], says: str
) -> None:
    answer = here.client.post(link_of(here, "whatsapp"), data=keys(here) | change)
    assert answer.status_code == 422
    assert says in answer.text
    assert "You find it here" in answer.text


def test_a_bots_webhook_is_set_for_them(here: HttpGym, at_provider: Any) -> None:
    token = "7712345678:AA" + "t" * 33
    at_provider(
        "telegram",
        {"bot_token": token, "secret_token": "old", "bot_id": "7712345678", "bot_username": "GymBot"},
    )
    answer = here.client.post(link_of(here, "telegram"), data={"bot_token": token})
    assert answer.status_code == 200, answer.text
    assert "Webhooks come to this server" in answer.text
    ((inbox, kept),) = inboxes_of(here)
    assert (inbox.external_id, kept["bot_username"], len(kept["secret_token"])) == (
        "7712345678",
        "GymBot",
        48,
    )


def test_a_page_of_lead_ads_is_asked_for_its_token(here: HttpGym) -> None:
    answer = here.client.get(link_of(here, "lead-ads"))
    assert re.findall(r'name="(\w+)" type="(\w+)"', answer.text) == [
        ("page_id", "text"), ("app_secret", "password"), ("access_token", "password"),
    ]  # fmt: skip
    given = {"page_id": "1029384756", "app_secret": HEX, "access_token": "EAA" + "x" * 40}
    refused = here.client.post(link_of(here, "lead-ads"), data=given)
    assert refused.status_code == 422
    assert "leads_retrieval" in refused.text
    assert inboxes_of(here) == []


def test_a_number_at_twilio(here: HttpGym, at_provider: Any) -> None:
    sid = f"AC{HEX}"
    at_provider(
        "sms",
        {"account_sid": sid, "auth_token": HEX, "from": "+353891112222"},
        public_url="https://us.example/x",
    )
    given = {"account_sid": sid, "auth_token": HEX, "from": "+353 89 111 2222"}
    answer = here.client.post(link_of(here, "sms"), data=given)
    assert answer.status_code == 200
    assert "Still to do" in answer.text
    ((inbox, kept),) = inboxes_of(here)
    assert (inbox.external_id, kept["from"]) == ("+353891112222", "+353891112222")
    assert f"https://gym.example/webhooks/twilio/{inbox.key}" in answer.text


def test_entered_again_the_address_and_our_own_secrets_stay(here: HttpGym, at_provider: Any) -> None:
    whatsapp_at(at_provider, here)
    here.client.post(link_of(here, "whatsapp"), data=keys(here))
    before = inboxes_of(here)
    here.client.post(link_of(here, "whatsapp"), data=keys(here))
    after = inboxes_of(here)
    assert [(row.key, kept["verify_token"]) for row, kept in after] == [
        (row.key, kept["verify_token"]) for row, kept in before
    ]


def test_an_account_of_another_gym_is_not_taken_over(here: HttpGym, there: HttpGym, at_provider: Any) -> None:
    whatsapp_at(at_provider, here)
    here.client.post(link_of(here, "whatsapp"), data=keys(here))
    answer = here.client.post(link_of(there, "whatsapp"), data=keys(here))
    assert answer.status_code == 409
    assert "connected to another gym" in answer.text
    assert inboxes_of(there) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_expires_and_is_for_owners(here: HttpGym, method: str) -> None:
    late = getattr(here.client, method)(
        link_of(here, "whatsapp", ago=dt.timedelta(minutes=31)),
        **({"data": keys(here)} if method == "post" else {}),
    )
    assert (late.status_code, "expired" in late.text) == (410, True)
    for link in (link_of(here, "whatsapp", who="lena"), link_of(here, "pigeon"), "/connect/nonsense"):
        refused = getattr(here.client, method)(link, **({"data": keys(here)} if method == "post" else {}))
        assert refused.status_code == 403
    assert inboxes_of(here) == []


@pytest.mark.feature("16.5")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone(here: HttpGym, at_provider: Any, scheme: str) -> None:
    path = os.environ.get("SPOTTER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    whatsapp_at(at_provider, here)
    link = link_of(here, "whatsapp")
    shown = {
        "form": here.client.get(link).text,
        "refused": here.client.post(link, data=keys(here) | {"access_token": "EAA" + "y" * 40}).text,
        "connected": here.client.post(link, data=keys(here)).text,
    }
    with playwright.sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        for name, html in shown.items():
            page.set_content(html)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
            if folder := os.environ.get("SPOTTER_PICTURES"):
                page.screenshot(path=f"{folder}/connect-{name}-{scheme}.png", full_page=True)
        browser.close()
