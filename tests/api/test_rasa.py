"""The action server over HTTP, beside rasa-sdk's own: the same calls get the same statuses and bodies."""

from __future__ import annotations

import asyncio
import copy
import functools
import json
import zlib
from typing import Any

import httpx
import pytest
import rasa_sdk
import yaml
from fastapi.testclient import TestClient
from rasa_sdk import endpoint
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sqlmodel import select

from bot.actions import actions
from crm import clock, inbound
from crm.models import Booking, Contact, ContactInbox, Gym
from tests.api.http_gym import HttpGym
from tests.conftest import MONDAY_MORNING

DOMAIN = {"slots": {"offering": {"type": "text"}}, "forms": {}}
ANA = "whatsapp:+353851234567"


def call(action: str | None = "action_faq_price", /, **more: Any) -> dict[str, Any]:
    """What an assistant sends."""
    tracker = {
        "sender_id": ANA,
        "slots": {},
        "latest_message": {
            "text": "how much is it?", "intent": {"name": "faq_price", "confidence": 0.9}, "entities": [], "message_id": "m1",
        },
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }  # fmt: skip
    whole = {
        "next_action": action, "sender_id": ANA, "tracker": tracker, "domain": DOMAIN, "version": rasa_sdk.__version__,
    }  # fmt: skip
    return {name: value for name, value in {**whole, **more}.items() if value is not None}


@pytest.fixture
def at_gym(here: HttpGym) -> HttpGym:
    """A gym that is on WhatsApp and knows Ana."""
    here.add_person()
    return here


def ask(gym: HttpGym, body: Any, **headers: str) -> httpx.Response:
    """Call our action server."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **gym.headers, **headers}
    return gym.client.post("/rasa/webhook", content=content, headers=sent)  # type: ignore[return-value]


def ask_rasa(gym: HttpGym, body: Any, *before: Any, **headers: str) -> httpx.Response:
    """Call rasa-sdk's own server, which has our actions and has had the calls `before`."""
    Sanic.test_mode = True
    session_of = gym.session()
    with session_of as session:
        executor = ActionExecutor()
        for name, action in actions().items():
            executor.register_function(name, functools.partial(action, session))
        app = endpoint.create_app(executor)
        app.asgi = True

        async def post(body: Any) -> httpx.Response:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://rasa") as client:
                return await client.post(
                    "/webhook", content=content, headers={"Content-Type": "application/json", **headers}
                )

        async def everything() -> httpx.Response:
            await app._startup()
            for one in before:
                await post(one)
            return await post(body)

        answer = asyncio.run(everything())
        session.rollback()
    return answer


def plain(answer: Any) -> Any:
    """The body without what differs from moment to moment."""
    body = copy.deepcopy(answer.json())
    if isinstance(body, dict):
        for event in body.get("events", ()):
            event.pop("timestamp", None)
    return body


CALLS: dict[str, Any] = {
    "an answer": call(),
    "an answer without a domain's parts": call(domain={"slots": {}}),
    "fields nobody knows": call(from_the_future={"a": 1}),
    "no next action": call(None),
    "an action nobody has": call("action_unheard_of"),
    "no domain": call(domain=None),
    "no domain and an unknown digest": call(domain=None, domain_digest="abc"),
    "a person nobody can place": call(tracker={**call()["tracker"], "sender_id": "somebody"}),
    "no flow to go on with": call("action_spotter_go_on"),
    "no tracker": call(tracker=None),
    "a tracker without a person": call(tracker={"slots": {}}),
    "not an object": ["action_faq_price"],
    "an empty domain": call(domain={}),
    "null": None,
    "not JSON": b"{oops",
    "an empty body": b"",
}


@pytest.mark.parametrize("body", list(CALLS.values()), ids=list(CALLS))
def test_answers_as_rasas_own_server_does(at_gym: HttpGym, body: Any) -> None:
    theirs, ours = ask_rasa(at_gym, body), ask(at_gym, body)
    assert (ours.status_code, plain(ours)) == (theirs.status_code, plain(theirs))


def test_reads_deflated_calls_as_rasas_own_server_does(at_gym: HttpGym) -> None:
    packed = zlib.compress(json.dumps(call()).encode())
    theirs = ask_rasa(at_gym, packed, **{"Content-Encoding": "deflate"})
    ours = ask(at_gym, packed, **{"Content-Encoding": "deflate"})
    assert (ours.status_code, plain(ours)) == (200, plain(theirs))


def test_remembers_a_domain_as_rasas_own_server_does(at_gym: HttpGym) -> None:
    first, then = call(domain_digest="d1"), call(domain=None, domain_digest="d1")
    theirs = ask_rasa(at_gym, then, first)
    ask(at_gym, first)
    assert ask(at_gym, then).status_code == theirs.status_code == 200


def test_one_gyms_domain_does_not_serve_another(at_gym: HttpGym, there: HttpGym) -> None:
    there.add_person()
    ask(at_gym, call(domain_digest="d2"))
    assert ask(there, call(domain=None, domain_digest="d2")).status_code == 449


@pytest.mark.parametrize(
    "junk", [b"\xff\xfe", b"\x00", b"[" * 100_000, b'{"next_action": "\\ud800"}', b"NaN", b"12"]
)
def test_junk_gets_an_answer(at_gym: HttpGym, junk: bytes) -> None:
    assert ask(at_gym, junk).status_code in (200, 400, 404, 500)
    assert ask(at_gym, junk, **{"Content-Encoding": "deflate"}).status_code == 500


def test_a_call_that_unpacks_without_end_is_cut_off(at_gym: HttpGym) -> None:
    bomb = zlib.compress(b" " * 30_000_000)
    assert ask(at_gym, bomb, **{"Content-Encoding": "deflate"}).status_code == 413


@pytest.mark.parametrize("path", ["/rasa/actions", "/rasa/domain"])
def test_wants_a_key(client: TestClient, at_gym: HttpGym, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get(path, headers=at_gym.key_with("read")).status_code == 200


def test_wants_a_key_that_may_write_to_run_an_action(client: TestClient, at_gym: HttpGym) -> None:
    assert client.post("/rasa/webhook", json=call()).status_code == 401
    assert client.post("/rasa/webhook", json=call(), headers=at_gym.key_with("read")).status_code == 403


def test_says_that_it_is_there_without_a_key(client: TestClient) -> None:
    assert client.get("/rasa/health").json() == {"status": "ok"}


def test_lists_its_actions_and_a_domain_that_has_them(client: TestClient, at_gym: HttpGym) -> None:
    listed = [one["name"] for one in client.get("/rasa/actions", headers=at_gym.headers).json()]
    assert {"action_faq_price", "action_book_trial", "action_check_booking", "action_spotter_turn"} <= set(
        listed
    )
    domain = client.get("/rasa/domain", headers=at_gym.headers)
    assert yaml.safe_load(domain.text)["actions"] == listed


def test_what_an_action_did_is_kept_in_the_keys_gym(at_gym: HttpGym, there: HttpGym) -> None:
    there.add_person()
    with at_gym.session() as session:
        session.exec(select(Gym)).one().clock_offset = MONDAY_MORNING - clock.now()
    booking = call("action_book_trial")
    booking["tracker"]["latest_message"] |= {
        "text": "can I try tomorrow at 10? I'm Ana", "intent": {"name": "book_trial"}
    }  # fmt: skip
    answer = ask(at_gym, booking)
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["buttons"]
    with at_gym.session() as session:
        assert session.exec(select(Booking)).one().starts_at.isoformat() == "2026-11-24T10:00:00+00:00"
    with there.session() as session:
        assert session.exec(select(Booking)).all() == []


def test_nothing_is_kept_of_an_action_that_was_refused(at_gym: HttpGym) -> None:
    refused = call("action_spotter_go_on")
    refused["tracker"]["sender_id"] = "whatsapp:+353857654321"
    assert ask(at_gym, refused).status_code == 400
    with at_gym.session() as session:
        assert len(session.exec(select(Contact)).all()) == 1


def test_two_turns_of_one_person_do_not_run_at_once(at_gym: HttpGym, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.actions.LOCK_ATTEMPTS", 1)
    with at_gym.session() as session:
        ana = session.exec(select(ContactInbox)).one()
        assert inbound.try_lock(session, ana.inbox_id, ana.address)
        answer = ask(at_gym, call())
    assert (answer.status_code, answer.json()["error"]) == (500, "Busy")
    assert ask(at_gym, call()).status_code == 200
