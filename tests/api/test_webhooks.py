"""What providers call: verified, kept once, answered at once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api import intake
from api.app import create_app
from api.webhooks import LARGEST_BODY
from crm.config import Settings
from crm.db import Database, libpq_url
from crm.models import InboundPayload, Inbox
from tests.api.http_gym import HttpGym

SECRET = "telegram-secret"


@pytest.fixture
def telegram(here: HttpGym) -> Inbox:
    """A Telegram inbox."""
    return here.add_inbox(
        "telegram", bot_token="1:x", secret_token=SECRET, bot_id="1", bot_username="gym_bot"
    )


def update(number: int, text: str = "hi", chat: int = 501) -> dict[str, Any]:
    """What Telegram sends for a message."""
    sender = {"id": chat, "is_bot": False, "first_name": "Ana"}
    message = {
        "message_id": number, "date": int(time.time()), "text": text, "from": sender,
        "chat": {"id": chat, "type": "private", "first_name": "Ana"},
    }  # fmt: skip
    return {"update_id": number, "message": message}


def send(gym: HttpGym, inbox: Inbox, body: Any, *, secret: str = SECRET) -> Any:
    """Post an update as Telegram does."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
    return gym.client.post(f"/webhooks/telegram/{inbox.key}", content=content, headers=headers)


def kept(gym: HttpGym) -> list[InboundPayload]:
    """What was written down."""
    with gym.session() as session:
        return list(session.exec(select(InboundPayload).order_by(col(InboundPayload.id))).all())


@pytest.mark.feature("1.1")
def test_a_message_is_kept_and_a_worker_woken(here: HttpGym, telegram: Inbox, wakes: Any) -> None:
    answer = send(here, telegram, update(7, "hello"))
    assert answer.status_code == 200
    (row,) = kept(here)
    assert (row.external_id, row.address, row.inbox_id, row.waits) == ("7", "501", telegram.id, True)
    assert row.handled_at is None
    assert _eventually(lambda: wakes.queues == ["inbound"])


@pytest.mark.feature("1.1")
def test_a_message_that_waits_wakes_the_workers_again_when_the_burst_may_be_over(
    app: FastAPI, here: HttpGym, telegram: Inbox, wakes: Any
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"burst_wait_seconds": 0.1})
    send(here, telegram, update(7))
    assert _eventually(lambda: len(wakes.queues) == 2)


@pytest.mark.feature("M.17")
def test_what_a_provider_repeats_is_kept_once(here: HttpGym, telegram: Inbox) -> None:
    assert [send(here, telegram, update(7)).status_code for _ in range(3)] == [200, 200, 200]
    assert len(kept(here)) == 1


@pytest.mark.feature("14.12")
@pytest.mark.parametrize("secret", ["", "wrong"])
def test_what_is_not_proven_genuine_is_not_kept(here: HttpGym, telegram: Inbox, secret: str) -> None:
    assert send(here, telegram, update(7), secret=secret).status_code in (401, 403)
    assert kept(here) == []


def test_an_inbox_that_nobody_has_is_not_found(here: HttpGym) -> None:
    for path in ("/webhooks/telegram/nobody", "/webhooks/twilio/nobody"):
        assert here.client.post(path, json={}).status_code == 404


def test_an_inbox_made_a_moment_ago_is_known(here: HttpGym, telegram: Inbox) -> None:
    assert send(here, telegram, update(1)).status_code == 200
    other = here.add_inbox(
        "telegram", bot_token="2:x", secret_token=SECRET, bot_id="2", bot_username="other_bot"
    )
    assert send(here, other, update(1)).status_code == 200
    assert len(kept(here)) == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"update_id": "x"}', b"[" * 100_000, b"1" * 5000]
)
def test_no_body_makes_an_error_of_ours(here: HttpGym, telegram: Inbox, body: bytes) -> None:
    assert send(here, telegram, body).status_code < 500
    meta = here.client.post("/webhooks/meta", content=body)
    assert 400 <= meta.status_code < 500


def test_a_body_larger_than_any_provider_sends_is_refused_unread(here: HttpGym, telegram: Inbox) -> None:
    assert send(here, telegram, b" " * (LARGEST_BODY + 1)).status_code == 413

    def pieces() -> Any:
        for _ in range(LARGEST_BODY // 65536 + 2):
            yield b" " * 65536

    assert here.client.post(f"/webhooks/telegram/{telegram.key}", content=pieces()).status_code == 413


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 pair", "back\\u0000slash", "\\\x00", "emoji 😀"])
def test_characters_that_the_database_cannot_hold_do_not_cost_the_message(
    here: HttpGym, telegram: Inbox, text: str
) -> None:
    assert send(here, telegram, update(7, text)).status_code == 200
    (row,) = kept(here)
    said = json.dumps(row.payload, ensure_ascii=False)
    assert (
        json.dumps(text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd"), ensure_ascii=False).strip('"')
        in said
    )


@pytest.mark.feature("1.2")
def test_metas_messages_find_their_inbox_by_what_the_body_says(here: HttpGym, there: HttpGym) -> None:
    inboxes = [
        gym.add_inbox("whatsapp", app_secret=gym.slug, verify_token=f"v-{gym.slug}", access_token="t")
        for gym in (here, there)
    ]
    answer = _whatsapp(there, inboxes[1], there.slug, "wamid.1")
    assert answer.status_code == 200
    assert (len(kept(here)), len(kept(there))) == (0, 1)
    assert _whatsapp(there, inboxes[1], here.slug, "wamid.2").status_code in (200, 403)
    assert (len(kept(here)), len(kept(there))) == (0, 1)


def test_metas_handshake_is_answered_for_our_token_only(here: HttpGym) -> None:
    here.add_inbox("whatsapp", app_secret="s", verify_token=f"v-{here.slug}", access_token="t")
    query = {"hub.mode": "subscribe", "hub.challenge": "12345", "hub.verify_token": f"v-{here.slug}"}
    answer = here.client.get("/webhooks/meta", params=query)
    assert (answer.status_code, answer.text) == (200, "12345")
    assert here.client.get("/webhooks/meta", params={**query, "hub.verify_token": "x"}).status_code == 403
    assert here.client.get("/webhooks/meta").status_code == 403


def _whatsapp(gym: HttpGym, inbox: Inbox, secret: str, message_id: str) -> Any:
    message = {
        "from": "353851234567",
        "id": message_id,
        "timestamp": "1763632800",
        "type": "text",
        "text": {"body": "hi"},
    }
    value = {
        "messaging_product": "whatsapp", "metadata": {"display_phone_number": "353890000000", "phone_number_id": inbox.external_id},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "353851234567"}], "messages": [message],
    }  # fmt: skip
    body = json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
        }
    ).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return gym.client.post(
        "/webhooks/meta", content=body, headers={"X-Hub-Signature-256": f"sha256={signature}"}
    )


@pytest.mark.feature("17.10")
async def test_many_at_once_share_a_statement_and_each_is_kept(
    app: FastAPI, here: HttpGym, telegram: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write = intake.Intake._write

    async def counted(self: intake.Intake, rows: Any) -> None:
        sizes.append(len(rows))
        await write(self, rows)

    monkeypatch.setattr(intake.Intake, "_write", counted)
    own = create_app(app.state.settings, app.state.database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(own), base_url="http://test") as client:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        answers = await asyncio.gather(
            *(
                client.post(f"/webhooks/telegram/{telegram.key}", json=update(n), headers=headers)
                for n in range(60)
            )
        )
    await own.state.intake.close()
    own.state.waking.close()
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(int(row.external_id) for row in kept(here)) == list(range(60))
    assert len(sizes) < 60


async def test_one_that_cannot_be_written_does_not_take_the_others_with_it(
    app: FastAPI, here: HttpGym, telegram: Inbox
) -> None:
    own = intake.Intake(app.state.database.url)
    good = [
        intake.row(
            here.id, telegram.id, external_id=str(n), address="1", payload={}, waits=True, provider_at=None
        )
        for n in range(3)
    ]
    bad = intake.Row(here.id, telegram.id, "bad", "1", '{"no json', True, None)
    results = await asyncio.gather(
        *(own.keep([one]) for one in (good[0], good[1], bad, good[2])), return_exceptions=True
    )
    await own.close()
    assert [type(result) for result in results] == [type(None), type(None), intake.Unstorable, type(None)]
    assert len(kept(here)) == 3


async def test_a_connection_that_died_costs_no_message(app: FastAPI, here: HttpGym, telegram: Inbox) -> None:
    own = intake.Intake(app.state.database.url)

    def one(number: int) -> intake.Row:
        return intake.row(
            here.id,
            telegram.id,
            external_id=str(number),
            address="1",
            payload={},
            waits=True,
            provider_at=None,
        )

    await own.keep([one(1)])
    async with own._pool.connection() as connection:
        pid = connection.info.backend_pid
    with psycopg.connect(libpq_url(app.state.database.url), autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", [pid])
    await own.keep([one(2)])
    await own.close()
    assert [row.external_id for row in kept(here)] == ["1", "2"]


def test_without_a_database_the_provider_is_asked_to_come_again(settings: Settings) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with TestClient(create_app(settings, away)) as client:
        answer = client.post(f"/webhooks/telegram/{secrets.token_hex(4)}", json={})
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


def _eventually(holds: Any, seconds: float = 2) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return bool(holds())
