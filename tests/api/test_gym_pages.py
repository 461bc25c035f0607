"""The gym's own page: true to its records, one thing to do, at home on a phone by day and night."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import playwright.sync_api
import pytest
from sqlmodel import select

from crm.clock import now as real_now
from crm.models import Gym, Inbox
from tests.api.http_gym import HttpGym

STYLE = Path(__file__).parents[2] / "api" / "templates" / "gym.css"
SUNDAY_NIGHT = dt.datetime(2026, 11, 22, 22, tzinfo=dt.UTC)
MONDAY_NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.feature("1.14")


@pytest.fixture
def shown(here: HttpGym) -> HttpGym:
    """A gym with chats on three apps."""
    here.add_inbox("telegram", bot_username="harbour_bot")
    here.add_inbox("whatsapp", display_phone_number="+353 89 123 4567")
    here.add_inbox("sms", **{"from": "+353891110000"})
    return here


def page_of(gym: HttpGym, at: dt.datetime = MONDAY_NOON) -> str:
    with gym.session() as session:
        session.exec(select(Gym)).one().clock_offset = at - real_now()
    return gym.client.get(f"/g/{gym.slug}").text


def test_the_one_action_opens_the_chat(shown: HttpGym) -> None:
    html = page_of(shown)
    (action,) = re.findall(r'<a id="chat" class="go" href="([^"]+)"', html)
    assert action.startswith("https://wa.me/353891234567?text=Hi%21")
    assert "Chat on WhatsApp" in html
    assert "https://t.me/harbour_bot?start=web" in html
    assert "<form" not in html
    assert "<button" not in html


def test_it_states_the_gyms_own_facts(shown: HttpGym) -> None:
    html = page_of(shown)
    for fact in (
        "Harbour Strength",
        "Your first session is free.",
        "14 Quayside Row",
        "Mon to Thu",
        "06:00-22:00",
        "From €",
    ):
        assert fact in html, fact


@pytest.mark.parametrize(
    ("at", "words"),
    [(MONDAY_NOON, "Open now, until 22:00"), (SUNDAY_NIGHT, "Opens tomorrow at 06:00"),
     (dt.datetime(2026, 12, 25, 10, tzinfo=dt.UTC), "Opens Sunday at 09:00")],
)  # fmt: skip
def test_whether_it_is_open_is_true_at_that_moment(shown: HttpGym, at: dt.datetime, words: str) -> None:
    assert words in page_of(shown, at)


def test_without_a_chat_it_offers_the_phone(here: HttpGym) -> None:
    with here.session() as session:
        for inbox in session.exec(select(Inbox)).all():
            inbox.active = False
    html = page_of(here)
    assert 'href="tel:+35315550148"' in html
    assert 'id="chat"' not in html


def test_an_unknown_gym_has_no_page(here: HttpGym) -> None:
    answer = here.client.get("/g/nowhere")
    assert answer.status_code == 404
    assert "No gym here" in answer.text


def test_nothing_is_loaded_from_elsewhere_and_it_may_be_found(shown: HttpGym) -> None:
    answer = shown.client.get(f"/g/{shown.slug}")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "x-robots-tag" not in answer.headers
    assert not re.findall(r'(?:src|@import|url\()\s*=?\s*["\']?https?:', answer.text)
    assert "<script" not in answer.text


def test_a_gyms_name_is_never_markup(here: HttpGym) -> None:
    with here.session() as session:
        gym = session.exec(select(Gym)).one()
        gym.name, gym.facts_version = "<b>Bold & Co", gym.facts_version + 1
    assert "&lt;b&gt;Bold &amp; Co" in page_of(here)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.feature("16.6")
@pytest.mark.feature("16.7")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_colours_can_be_read(scheme: str) -> None:
    """WCAG 2.1 AA: 4.5 to 1 for text."""
    light, dark = STYLE.read_text().split("@media (prefers-color-scheme: dark)")
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    if scheme == "dark":
        tokens |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark.split("* {")[0]))
    pairs = [
        ("ink", "page"), ("soft", "page"), ("ink", "card"), ("soft", "card"), ("ink", "wash"), ("brand-ink", "brand"),
        ("ours-ink", "ours"), ("brand", "page"),
    ]  # fmt: skip
    assert [pair for pair in pairs if _contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5] == []
    assert _contrast("#ffe9dc", tokens["hero-1"]) >= 4.5


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real one, where the machine has one."""
    path = os.environ.get("SPOTTER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.mark.feature("16.5")
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen_and_the_action_is_always_in_reach(
    shown: HttpGym, browser: Any, width: int, scheme: str
) -> None:
    html = page_of(shown)
    page = browser.new_page(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    page.set_content(html)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.evaluate(
        "(() => { const b = document.querySelector('#chat').getBoundingClientRect(); return [b.top, b.bottom, b.height] })()"
    )
    assert 0 < box[0] < box[1] <= 844
    assert box[2] >= 44
    if folder := os.environ.get("SPOTTER_PICTURES"):
        page.screenshot(path=f"{folder}/gym-{width}-{scheme}.png")
        page.evaluate("window.scrollTo(0, 10000)")
        page.screenshot(path=f"{folder}/gym-{width}-{scheme}-end.png")
    page.close()
