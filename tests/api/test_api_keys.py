"""Who may call the API, and how often."""

from __future__ import annotations

from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.limits import RateLimit
from crm import gyms
from tests.api.http_gym import HttpGym


@pytest.mark.feature("15.3")
def test_a_call_without_a_key_is_refused_and_told_how(client: TestClient) -> None:
    answer = client.get("/api/v1/leads")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "unauthorised"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Basic YTpi", "Bearer spk_" + "x" * 5000])
def test_a_key_that_nobody_made_opens_nothing(client: TestClient, header: str) -> None:
    assert client.get("/api/v1/leads", headers={"Authorization": header}).status_code == 401


@pytest.mark.feature("14.12")
def test_a_revoked_key_stops_working_at_once(here: HttpGym) -> None:
    other = here.key_with("read")
    assert here.client.get("/api/v1/gym", headers=other).status_code == 200
    with here.session() as session:
        gyms.revoke_api_key(session, "other", now=session.now)
    assert here.client.get("/api/v1/gym", headers=other).status_code == 401
    assert here.get("/gym").status_code == 200


@pytest.mark.feature("15.3")
def test_a_key_may_only_do_what_its_scopes_say(here: HttpGym) -> None:
    reader, writer = here.key_with("read"), here.key_with("write")
    refused = here.client.post("/api/v1/leads", json={"name": "Bo"}, headers=reader)
    assert refused.status_code == 403
    assert refused.json()["error"]["data"]["scope"] == "write"
    assert here.client.get("/api/v1/leads", headers=writer).status_code == 403
    assert here.client.post("/api/v1/leads", json={"name": "Bo"}, headers=writer).status_code == 201


@pytest.mark.feature("14.11")
def test_a_key_that_calls_too_often_is_told_when_to_come_back(app: FastAPI, here: HttpGym) -> None:
    app.state.rate_limit = RateLimit(rate=0.5, burst=2)
    assert [here.get("/gym").status_code for _ in range(3)] == [200, 200, 429]
    slow = here.get("/gym")
    assert int(slow.headers["retry-after"]) >= 1
    assert slow.json()["error"]["code"] == "rate_limited"
    assert here.client.get("/api/v1/gym", headers=here.key_with("read")).status_code == 200


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    limit = RateLimit(rate=2, burst=1, clock=lambda: now[0])
    key = uuid4()
    assert limit.take(key) == 0
    assert limit.take(key) == 1
    now[0] += 0.5
    assert limit.take(key) == 0
