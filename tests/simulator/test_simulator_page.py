"""The phones' page in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed, the page is not tested"
)
CHROMIUM = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="Chromium is not installed: the phones' page is NOT tested"
)
ANA = "+353851234567"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, gym: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    # A page that waits for a busy machine is no fault of the page.
    opened.set_default_timeout(40_000)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "console",
        lambda said: wrong.append(said.text) if said.type == "error" and "409" not in said.text else None,
    )
    opened.goto(f"{gym.sim}/?gym={gym.slug}")
    opened.wait_for_selector(".phone")
    yield opened
    context.close()
    assert wrong == []


def phone(page: Any, number: int) -> Any:
    return page.locator(".phone").nth(number)


@pytest.mark.feature("17.2")
def test_four_phones_stand_side_by_side_and_invite(page: Any) -> None:
    assert page.locator(".phone").count() == 4
    channels = [phone(page, n).locator(".where").inner_text() for n in range(4)]
    assert [text.split()[0].strip(",") for text in channels] == [
        "WhatsApp",
        "Instagram",
        "Telegram",
        "Telegram",
    ]
    assert "Write as a prospect would" in phone(page, 0).inner_text()


def test_a_conversation_by_keyboard_alone(page: Any, gym: Any) -> None:
    box = phone(page, 0).get_by_role("textbox")
    box.focus()
    page.keyboard.type("hi! can i try tomorrow?")
    page.keyboard.press("Enter")
    phone(page, 0).locator(".bubble", has_text="can i try tomorrow").wait_for()
    assert gym.messages("whatsapp", ANA)[0]["text"] == "hi! can i try tomorrow?"
    buttons = [{"type": "reply", "reply": {"id": "yes", "title": "Confirm"}}]
    content = {"type": "button", "body": {"text": "10:00?"}, "action": {"buttons": buttons}}
    gym.whatsapp(ANA, type="interactive", interactive=content)
    confirm = phone(page, 0).get_by_role("button", name="Confirm")
    confirm.wait_for()
    confirm.focus()
    page.keyboard.press("Enter")
    phone(page, 0).locator(".message.me", has_text="Confirm").wait_for()
    assert gym.messages("whatsapp", ANA)[-1]["text"] == "Confirm"


def test_what_people_write_stays_text(page: Any, gym: Any) -> None:
    nasty = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"
    gym.say("whatsapp", ANA, nasty)
    phone(page, 0).locator(".bubble", has_text="onerror").wait_for()
    assert page.locator(".bubble img, .bubble b").count() == 0
    assert page.title() == "Spotter: the phones"


def test_the_staff_group_asks_who_speaks(page: Any, gym: Any) -> None:
    page.get_by_label("Who speaks in the group").select_option("aoife")
    phone(page, 2).get_by_role("textbox").fill("/leads today")
    phone(page, 2).get_by_role("button", name="Send").click()
    phone(page, 2).locator(".sender", has_text="Aoife Byrne").wait_for()
    assert gym.messages("telegram", "staff")[0]["sender"] == "Aoife Byrne"


def test_a_new_prospect_on_another_channel(page: Any, gym: Any) -> None:
    page.get_by_role("button", name="New prospect").click()
    page.get_by_label("Channel").select_option("sms")
    page.get_by_label("Name", exact=True).fill("Bea Roche")
    page.get_by_label("Phone number").fill("+353855550000")
    page.get_by_role("button", name="Open this phone").click()
    phone(page, 0).locator("strong", has_text="Bea Roche").wait_for()
    # The closing dialog gives the focus back when it likes: press the key in the field itself.
    phone(page, 0).get_by_role("textbox").fill("hello")
    phone(page, 0).get_by_role("textbox").press("Enter")
    phone(page, 0).locator(".bubble", has_text="hello").wait_for()
    assert gym.messages("sms", "+353855550000")[0]["text"] == "hello"


def test_a_list_that_comes_late_hides_nothing_that_came_meanwhile(page: Any, gym: Any) -> None:
    held: list[Any] = []

    def hold(route: Any) -> None:
        if route.request.method == "GET" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/phones/sms/**/messages*", hold)
    page.get_by_role("button", name="New prospect").click()
    page.get_by_label("Channel").select_option("sms")
    page.get_by_label("Name", exact=True).fill("Cal Roche")
    page.get_by_label("Phone number").fill("+353855550001")
    page.get_by_role("button", name="Open this phone").click()
    while not held:
        page.wait_for_timeout(20)
    gym.say("sms", "+353855550001", "hello")
    phone(page, 0).locator(".bubble", has_text="hello").wait_for()
    # The list as it was when it was asked for: nobody had written yet.
    with page.expect_response("**/phones/sms/**/messages*"):
        held[0].fulfill(json=[])
    gym.say("sms", "+353855550001", "anybody there?")
    phone(page, 0).locator(".bubble", has_text="anybody there?").wait_for()
    assert phone(page, 0).locator(".bubble", has_text="hello").count() == 1


def test_clock_and_faults(page: Any, gym: Any) -> None:
    before = page.locator("#now").inner_text()
    page.get_by_role("button", name="one day").click()
    page.wait_for_function("before => document.querySelector('#now').textContent !== before", arg=before)
    page.get_by_role("button", name="Bad day").click()
    page.get_by_label("Webhooks twice").fill("50")
    page.get_by_role("button", name="Apply").click()
    page.locator("#open-faults[data-on]").wait_for()
    assert gym.http.get("/faults").json()["duplicate"] == 0.5
    page.get_by_role("button", name="All off").click()
    page.locator("#open-faults:not([data-on])").wait_for()


@pytest.mark.feature("17.2")
def test_on_a_small_screen_one_phone_at_a_time(browser: Any, gym: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    opened = context.new_page()
    opened.goto(f"{gym.sim}/?gym={gym.slug}")
    opened.wait_for_selector(".phone")
    tabs = opened.locator("#tabs button")
    assert tabs.count() == 4
    tabs.nth(2).click()
    opened.locator("#tabs button:nth-child(3)[aria-current=true]").wait_for()
    gym.say("whatsapp", ANA, "hi")
    gym.whatsapp(ANA, type="text", text={"body": "hello"})
    opened.locator("#tabs button:nth-child(1)[data-unread='1']").wait_for()
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_every_control_has_a_name(page: Any) -> None:
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, select, textarea, input, summary')].filter(element =>
            !element.textContent.trim() && !element.getAttribute('aria-label') && !element.closest('label')).length"""
    )
    assert nameless == 0
