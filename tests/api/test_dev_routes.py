"""What a simulated world needs of the application."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import create_app
from crm import deliveries, gyms, reminders
from crm.config import Settings
from crm.db import Database
from crm.models import Delivery, InboundPayload
from tests.api.http_gym import DEMO, HttpGym

KEEP = text(
    "INSERT INTO inbound_payloads (gym_id, inbox_id, external_id, address, payload, received_at)"
    " VALUES (:gym, :inbox, '1', '353851234567', '{}', :now) RETURNING id"
)


def settled(gym: HttpGym, address: str = "+353851234567") -> bool:
    """As the simulator asks."""
    answer = gym.client.get(
        "/dev/settled", params={"gym": gym.slug, "channel": "whatsapp", "address": address}
    )
    assert answer.status_code == 200
    return bool(answer.json()["settled"])


@pytest.mark.feature("17.2")
def test_a_gyms_clock_is_put_and_moved_and_others_stay(here: HttpGym, there: HttpGym, wakes: Any) -> None:
    put = here.client.post("/dev/clock", params={"gym": here.slug}, json={"now": "2026-11-20T10:00:00+00:00"})
    assert put.json()["now"].startswith("2026-11-20T10:00:0")
    moved = here.client.post("/dev/clock", params={"gym": here.slug}, json={"advance": "P1DT2H"})
    assert moved.json()["now"].startswith("2026-11-21T12:00:0")
    assert (
        here.client.get("/dev/clock", params={"gym": here.slug})
        .json()["now"]
        .startswith("2026-11-21T12:00:0")
    )
    other = dt.datetime.fromisoformat(
        there.client.get("/dev/clock", params={"gym": there.slug}).json()["now"]
    )
    assert abs(other - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=30)
    assert set(wakes.queues) == {"inbound", "outbound", "reminders"}


@pytest.mark.parametrize(
    "body",
    [{}, {"now": "2026-11-20T10:00:00"}, {"now": "soon"}, {"advance": "soon"}, {"advance": "P9999999D"},
     {"now": "9999-12-31T00:00:00Z"}, {"now": "2026-11-20T10:00:00Z", "advance": "PT1H"}],
)  # fmt: skip
def test_a_clock_is_not_put_where_it_makes_no_sense(here: HttpGym, body: dict[str, str]) -> None:
    assert here.client.post("/dev/clock", params={"gym": here.slug}, json=body).status_code == 422


def test_a_gym_that_is_not_there_is_not_found(here: HttpGym) -> None:
    assert here.client.get("/dev/clock", params={"gym": "nowhere"}).status_code == 404


@pytest.mark.parametrize("address", ["+353851234567", "353851234567"])
def test_a_phone_is_settled_once_nothing_waits_or_leaves(here: HttpGym, address: str) -> None:
    here.add_person()
    with here.session() as session:
        inbox = gyms.list_inboxes(session)[0]
    assert settled(here, address)
    with here.session() as session:
        row = {"gym": here.id, "inbox": inbox.id, "now": session.now}
        waiting = session.execute(KEEP, row).scalar_one()
    assert not settled(here, address)
    assert settled(here, "+353850000000")
    with here.session() as session:
        found = session.get(InboundPayload, (here.id, waiting))
        assert found is not None
        found.handled_at = session.now
        delivery = deliveries.queue(
            session,
            inbox_id=inbox.id,
            address="353851234567",
            purpose="reply",
            content={"text": "hi"},
            now=session.now,
        )
    assert not settled(here, address)
    with here.session() as session:
        sent = session.get(Delivery, (here.id, delivery))
        assert sent is not None
        sent.state, sent.due_at = "queued", session.now + dt.timedelta(hours=1)
    assert settled(here, address)
    with here.session() as session:
        reminders.plan(session, "flow_nudge", session.now, now=session.now)
    assert not settled(here, address)


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Takes every account, and remembers it."""
    taken: list[dict[str, Any]] = []
    real = httpx.Client

    def answer(request: httpx.Request) -> httpx.Response:
        taken.append(json.loads(request.content) | {"url": str(request.url)})
        return httpx.Response(201, json={})

    monkeypatch.setattr(
        "api.simulated_accounts.httpx.Client", lambda **options: real(transport=httpx.MockTransport(answer))
    )
    return taken


@pytest.mark.feature("17.2")
def test_a_gym_is_made_with_accounts_on_every_channel_and_a_key(
    client: TestClient, simulator: list[dict[str, Any]]
) -> None:
    answer = client.post("/dev/gyms", params={"slug": "made-now"}, content=DEMO.read_bytes())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["slug"] == "made-now"
    headers = {"Authorization": f"Bearer {made['api_key']}"}
    assert client.get("/api/v1/gym", headers=headers).json()["slug"] == "made-now"
    channels = {account["channel"]: account for account in simulator}
    assert set(channels) == {"whatsapp", "whatsapp-twilio", "instagram", "telegram", "sms"}
    telegram = channels["telegram"]
    assert telegram["staff_group"]["chat_id"] < 0
    assert set(telegram["staff"]) == {"niamh", "conor", "lena", "aoife", "marcus", "priya", "tom"}
    assert telegram["webhook_url"] == "http://127.0.0.1:8000/webhooks/telegram/telegram-made-now"
    assert telegram["public_url"] == "https://gym.example/webhooks/telegram/telegram-made-now"
    again = client.post("/dev/gyms", params={"slug": "made-now"}, content=DEMO.read_bytes())
    assert (again.status_code, again.json()["error"]["code"]) == (409, "slug_taken")


def test_what_the_simulator_sends_for_such_an_account_is_accepted(
    client: TestClient, simulator: list[dict[str, Any]]
) -> None:
    client.post("/dev/gyms", params={"slug": "made-too"}, content=DEMO.read_bytes())
    account = next(one for one in simulator if one["channel"] == "telegram")
    update = {
        "update_id": 1,
        "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "x"},
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": account["credentials"]["secret_token"]}
    path = account["webhook_url"].removeprefix("http://127.0.0.1:8000")
    assert client.post(path, json=update, headers=headers).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"gym: 1", b"\xff", b"- a\n- b"])
def test_a_file_that_is_no_gym_is_refused_with_what_to_mend(client: TestClient, body: bytes) -> None:
    refused = client.post("/dev/gyms", params={"slug": "never-made"}, content=body)
    assert refused.status_code == 422


@pytest.mark.feature("17.5")
@pytest.mark.parametrize(
    "changes",
    [{"simulator": False}, {"simulator": True, "env": "production"}],
)
def test_outside_a_simulation_there_are_no_such_routes(
    database: Database, settings: Settings, changes: dict[str, Any]
) -> None:
    with TestClient(create_app(settings.model_copy(update=changes), database)) as client:
        for path in ("/dev/clock", "/dev/settled", "/dev/gyms"):
            assert client.get(path).status_code == 404
            assert client.post(path, json={}).status_code == 404
