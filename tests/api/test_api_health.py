"""What operators ask."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from crm import channel_health
from crm.config import Settings
from crm.db import Database
from tests.api.http_gym import HttpGym
from tests.factories import an_inbox


@pytest.mark.feature("15.10")
def test_alive_needs_nothing_of_others(settings: Settings) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with TestClient(create_app(settings, away)) as client:
        assert client.get("/health/live").status_code == 200


@pytest.mark.feature("15.10")
def test_ready_names_what_is_missing(settings: Settings) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with TestClient(create_app(settings, away)) as client:
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["checks"]["database"]
    assert "SPOTTER_BROKER_URL" in answer.json()["checks"]["broker"]


@pytest.mark.feature("15.10")
@pytest.mark.feature("17.4")
def test_ready_once_the_schema_is_there_and_the_broker_answers(
    database: Database, database_name: str, services: Any, settings: Settings
) -> None:
    real = settings.model_copy(
        update={"admin_database_url": services.admin_url_of(database_name), "broker_url": services.broker_url}
    )
    with TestClient(create_app(real, database)) as client:
        answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok", "degraded": [], "checks": {"database": "ok", "broker": "ok"}
    }  # fmt: skip


@pytest.mark.feature("15.10")
@pytest.mark.parametrize("broker_url", [None, "redis://127.0.0.1:1/0"])
def test_without_the_broker_it_goes_on_taking_messages_in_and_says_what_is_away(
    database: Database, database_name: str, services: Any, settings: Settings, broker_url: str | None
) -> None:
    real = settings.model_copy(
        update={"admin_database_url": services.admin_url_of(database_name), "broker_url": broker_url}
    )
    with TestClient(create_app(real, database)) as client:
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["degraded"] == ["broker"]
    assert answer.json()["checks"]["broker"] != "ok"


def test_without_a_database_callers_are_asked_to_come_back(settings: Settings) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with TestClient(create_app(settings, away), raise_server_exceptions=False) as client:
        answer = client.get("/api/v1/leads", headers={"Authorization": "Bearer spk_x"})
        hook = client.post("/webhooks/telegram/x", json={})
        metrics = client.get("/metrics")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert hook.status_code == 503
    assert "spotter_database_up 0.0" in metrics.text


@pytest.mark.feature("17.7")
def test_metrics_count_requests_by_route_and_tell_the_queues(here: HttpGym) -> None:
    here.get("/leads/0193449a-4a00-7000-8000-000000000042")
    text = here.client.get("/metrics").text
    assert re.search(
        r'spotter_http_requests_total\{method="GET",route="/api/v1/leads/\{lead_id\}",status="404"\} \d', text
    )
    for queue in ("inbound", "outbound", "reminders"):
        assert f'spotter_queue_depth{{queue="{queue}"}}' in text
    assert "0193449a" not in text


@pytest.mark.feature("15.2")
@pytest.mark.feature("17.20")
def test_the_documentation_needs_nothing_from_elsewhere(here: HttpGym) -> None:
    page = here.client.get("/docs")
    assert page.status_code == 200
    assert not re.search(r"""(src|href)=["']https?:""", page.text)
    assert "/api/v1/leads/{lead_id}" in page.text
    assert "Authorization: Bearer" in page.text


@pytest.mark.feature("15.2")
def test_every_operation_is_described_with_an_example(here: HttpGym) -> None:
    from api.docs import groups

    document = here.client.get("/openapi.json").json()
    calls = [call for group in groups(document, "https://gym.example") for call in group.calls]
    assert len(calls) >= 20
    for call in calls:
        assert call.summary, call.path
        assert call.description, call.path
        assert call.curl.startswith("curl")
        gives_a_file = call.path.endswith((".csv", "{attachment_id}"))
        if call.method == "GET" and not gives_a_file:
            assert call.answer, call.path


def test_the_webhooks_are_no_part_of_the_document(here: HttpGym) -> None:
    assert not [
        path for path in here.client.get("/openapi.json").json()["paths"] if path.startswith("/webhooks")
    ]


@pytest.mark.feature("1.7")
def test_a_channel_that_is_refused_shows_without_saying_whose_it_is(
    database: Database, settings: Settings, gym: Any
) -> None:
    with database.tenant_session(gym.id) as session:
        inbox = an_inbox(session, channel="whatsapp")
        channel_health.stop(
            session, inbox.id, code="190", reason="token", burst=dt.timedelta(), now=session.now
        )
    with TestClient(create_app(settings, database)) as client:
        answer = client.get("/health/channels")
        shown = client.get("/metrics").text
    assert answer.json()["status"] == "stopped"
    found = answer.json()["stopped"][0]
    assert (found["channel"], found["code"], found["waiting"]) == ("whatsapp", "190", 0)
    assert str(gym.id) not in answer.text
    assert 'spotter_channels_stopped{channel="whatsapp"}' in shown
    with database.tenant_session(gym.id) as session:
        channel_health.resume(session, inbox.id)
