"""The web report: opened by a link, read and nothing else."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import playwright.sync_api
import pytest
from fastapi import FastAPI

from api.pages import FOLDER
from crm.config import Settings
from crm.links import report_link
from crm.models import Gym, Inbox
from tests.api.http_gym import HttpGym, person_of


@pytest.fixture
def link(here: HttpGym, settings: Settings) -> str:
    """Path of a fresh link of the owner's."""
    with here.session() as session:
        return report_link(settings, here.id, "niamh", session.now).removeprefix("https://gym.example")


def move_clock(gym: HttpGym, by: dt.timedelta) -> None:
    """Put the gym's clock forward."""
    with gym.session() as session:
        row = session.get(Gym, gym.id)
        assert row is not None
        row.clock_offset += by


@pytest.mark.feature("16.15")
def test_a_fresh_link_opens_the_report(here: HttpGym, link: str) -> None:
    page = here.client.get(link)
    assert page.status_code == 200
    assert "Harbour Strength &amp; Fitness" in page.text
    assert "<h1>Report</h1>" in page.text


@pytest.mark.feature("16.15")
def test_a_link_works_for_a_day_of_the_gyms_clock(here: HttpGym, link: str) -> None:
    move_clock(here, dt.timedelta(hours=23, minutes=55))
    assert here.client.get(link).status_code == 200
    move_clock(here, dt.timedelta(minutes=6))
    expired = here.client.get(link)
    assert expired.status_code == 410
    assert "expired" in expired.text
    assert "/web" in expired.text


@pytest.mark.parametrize("spoil", [lambda token: token[:-3], lambda token: "x", lambda token: token + "x"])
def test_a_link_that_was_cut_or_changed_opens_nothing(
    here: HttpGym, link: str, spoil: Callable[[str], str]
) -> None:
    token = link.rpartition("/")[2]
    closed = here.client.get(f"/report/{spoil(token)}")
    assert closed.status_code == 403
    assert "/web" in closed.text


def test_a_link_signed_with_another_secret_opens_nothing(here: HttpGym, settings: Settings) -> None:
    other = settings.model_copy(update={"secret_key": "another-secret-that-nobody-gave-us-here"})
    with here.session() as session:
        forged = report_link(other, here.id, "niamh", session.now)
    assert here.client.get(forged.removeprefix("https://gym.example")).status_code == 403


def test_who_has_left_the_staff_cannot_use_their_link(here: HttpGym, settings: Settings) -> None:
    with here.session() as session:
        stranger = report_link(settings, here.id, "somebody", session.now)
    assert here.client.get(stranger.removeprefix("https://gym.example")).status_code == 403


def test_without_a_link_the_page_says_how_to_get_one(here: HttpGym) -> None:
    for path in ("/report", "/report/"):
        closed = here.client.get(path)
        assert closed.status_code == 403
        assert "/web" in closed.text


@pytest.mark.feature("16.15")
def test_nothing_below_report_can_write(app: FastAPI, here: HttpGym, link: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/report/", link):
            assert here.client.request(method, path, json={}).status_code == 405


def test_the_page_loads_nothing_and_lets_nothing_in(here: HttpGym, link: str) -> None:
    page = here.client.get(link)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "private, no-store"
    assert not re.search(r"""(src|href)=["']https?:""", page.text)
    assert "<script" not in page.text
    assert not re.search(r"\sstyle=", page.text)


@pytest.mark.feature("13.1")
@pytest.mark.feature("13.3")
def test_the_page_shows_the_numbers(here: HttpGym, link: str) -> None:
    with here.session() as session:
        now = session.now
        for source in ("whatsapp", "whatsapp", "instagram"):
            person_of(
                session,
                "Ana",
                now - dt.timedelta(days=1),
                source=source,
                first_bot_reply_at=now - dt.timedelta(days=1, seconds=-4),
            )
        person_of(session, "Bo", now - dt.timedelta(days=8), stage="converted")
    page = here.client.get(f"{link}?days=7").text
    assert "New leads by day and channel. 3 leads in all" in page
    assert "1 more than" not in page
    assert "2 more than in the 7 days before" in page
    assert re.search(r"<b>3</b>", page)
    assert "4 s" in page
    assert 'aria-current="page">7 days' in page


@pytest.mark.feature("16.6")
def test_every_chart_has_a_name_and_a_table(here: HttpGym, link: str) -> None:
    person = here.add_person()
    with here.session() as session:
        now = session.now
    here.add_booking(person, now)
    page = here.client.get(link).text
    charts = re.findall(r'<svg class="chart".*?>', page)
    assert charts
    assert all('role="img"' in chart and 'aria-label="' in chart for chart in charts)
    assert page.count("<table>") >= len(charts)
    assert page.count("<caption>") == page.count("<table>")
    headings = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


def test_a_trial_of_today_is_to_come_until_it_is_over(here: HttpGym, link: str) -> None:
    with here.session() as session:
        local = here.facts().local(session.now)
    move_clock(here, dt.datetime.combine(local.date(), dt.time(12), local.tzinfo) - local)
    with here.session() as session:
        noon = session.now
    here.add_booking(here.add_person("Ana Silva"), noon)
    assert "to come" in here.client.get(link).text
    move_clock(here, dt.timedelta(hours=1))
    page = here.client.get(link).text
    assert "over, not marked" in page
    assert "to come" not in page


def test_an_empty_gym_is_told_what_will_appear(here: HttpGym, link: str) -> None:
    page = here.client.get(link).text
    assert page.count('class="empty"') == 5
    assert '<svg class="chart"' not in page


def test_names_are_shown_as_they_are_written_and_never_run(here: HttpGym, link: str) -> None:
    person = here.add_person("<script>alert(1)</script> & Co")
    with here.session() as session:
        now = session.now
    here.add_booking(person, now)
    page = here.client.get(link).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page


@pytest.mark.parametrize(
    "query",
    ["days=7", "days=90", "days=0", "days=-1", "days=1e9", "days=²", "from=2026-01-01&until=2026-01-31",
     "from=2026-02-01&until=2026-01-01", "from=x", "until=2026-01-01", "from=0001-01-01&until=0001-01-02",
     "from=9999-12-30&until=9999-12-31", "from=2020-01-01&until=2026-01-01"],
)  # fmt: skip
def test_any_days_give_a_page(here: HttpGym, link: str, query: str) -> None:
    page = here.client.get(f"{link}?{query}")
    assert page.status_code == 200
    sensible = query in ("from=2026-01-01&until=2026-01-31",) or not query.startswith(("from", "until"))
    assert ('role="alert"' in page.text) == (not sensible)


def _tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css))


def _contrast(one: str, other: str) -> float:
    """WCAG 2.1's contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.feature("16.6")
@pytest.mark.feature("16.7")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_charts_stand_out_from_what_is_behind_them(scheme: str) -> None:
    light, dark = (FOLDER / "style.css").read_text().split("@media (prefers-color-scheme: dark)", 1)
    colours = _tokens(light) | (_tokens(dark) if scheme == "dark" else {})
    for behind in ("page", "card", "brand-wash"):
        for words in ("ink", "soft", "brand"):
            assert _contrast(colours[words], colours[behind]) >= 4.5, (words, behind)
    assert _contrast(colours["brand-ink"], colours["brand"]) >= 4.5
    for words in ("good", "bad"):
        assert _contrast(colours[words], colours["card"]) >= 4.5, words
    for mark in ("c1", "c2", "c3", "c4", "c5", "c6", "none", "wait", "ask"):
        assert _contrast(colours[mark], colours["card"]) >= 3, mark


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real one, where the machine has one."""
    path = os.environ.get("SPOTTER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path)
        yield found
        found.close()


@pytest.mark.feature("16.5")
@pytest.mark.feature("16.7")
@pytest.mark.feature("17.17")
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_screen_by_day_and_night(
    here: HttpGym, link: str, browser: Any, width: int, scheme: str
) -> None:
    person = here.add_person("Maximiliane-Wolfeschlegelsteinhausenberger-von-und-zu-Quillfeather")
    with here.session() as session:
        now = session.now
    here.add_booking(person, now)
    html = here.client.get(link).text
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.set_content(html)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(250, 247, 244)", "dark": "rgb(20, 17, 15)"}[scheme]
    small = page.evaluate(
        "[...document.querySelectorAll('nav a, nav summary')].filter(e => e.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    page.close()


@pytest.mark.feature("17.7")
def test_a_channel_that_has_stopped_stands_at_the_top(here: HttpGym, link: str) -> None:
    inbox = here.add_inbox("telegram", bot_token="1:x", secret_token="y")
    assert "STOPPED" not in here.client.get(link).text
    with here.session() as session:
        row = session.get(Inbox, (here.id, inbox.id))
        assert row is not None
        row.stopped_at, row.stopped_code, row.stopped_reason = session.now, "401", "Unauthorized"
    shown = here.client.get(link).text
    assert "Telegram: STOPPED since" in shown
    assert "To mend it" in shown
