"""What was given up: listed and tried again over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from crm.models import Delivery
from tests.api.http_gym import HttpGym
from tests.factories import a_delivery

pytestmark = pytest.mark.feature("1.7")


def a_failed_one(gym: HttpGym, state: str = "failed", **fields: Any) -> uuid.UUID:
    with gym.session() as session:
        made: uuid.UUID = a_delivery(session, state=state, reason="no WhatsApp there", **fields).id
        return made


def state_of(gym: HttpGym, delivery_id: uuid.UUID) -> str:
    with gym.session() as session:
        found = session.get(Delivery, (gym.id, delivery_id))
        assert found is not None
        state: str = found.state
        return state


def test_what_failed_is_listed_and_tried_again(here: HttpGym) -> None:
    failed, unsure = a_failed_one(here), a_failed_one(here, "unconfirmed")
    listed = here.get("/dead-letters").json()
    assert listed["total"] == 2
    assert {one["key"] for one in listed["items"]} == {f"out:{failed}", f"out:{unsure}"}
    assert {one["reason"] for one in listed["items"]} == {
        "failed: no WhatsApp there", "unconfirmed: no WhatsApp there"
    }  # fmt: skip
    done = here.post("/dead-letters/replay", {"keys": [f"out:{failed}"]})
    assert (done.status_code, done.json()) == (200, {"queued": 1})
    assert (state_of(here, failed), state_of(here, unsure)) == ("queued", "unconfirmed")
    assert here.get("/dead-letters").json()["total"] == 1


def test_pages_and_days_narrow_the_list(here: HttpGym) -> None:
    for _ in range(3):
        a_failed_one(here)
    with here.session() as session:
        old = session.now - dt.timedelta(days=30)
    a_failed_one(here, created_at=old)
    page = here.get("/dead-letters", limit=2, offset=2).json()
    assert (len(page["items"]), page["total"], page["has_next"]) == (1, 3, False)
    assert here.get("/dead-letters", days=60).json()["total"] == 4


def test_one_that_is_not_there_stops_all(here: HttpGym) -> None:
    failed = a_failed_one(here)
    answer = here.post("/dead-letters/replay", {"keys": [f"out:{failed}", "in:999999"]})
    assert answer.status_code == 404
    assert state_of(here, failed) == "failed"
    assert here.post("/dead-letters/replay", {"keys": ["nonsense"]}).status_code == 422
    assert here.post("/dead-letters/replay", {"keys": []}).status_code == 422


@pytest.mark.feature("14.19")
def test_another_gyms_letters_are_neither_seen_nor_sent(here: HttpGym, there: HttpGym) -> None:
    theirs = a_failed_one(there)
    assert here.get("/dead-letters").json()["total"] == 0
    assert here.post("/dead-letters/replay", {"keys": [f"out:{theirs}"]}).status_code == 404
    assert state_of(there, theirs) == "failed"


@pytest.mark.feature("14.8")
def test_a_key_that_may_only_read_replays_nothing(here: HttpGym) -> None:
    failed = a_failed_one(here)
    keys = {"keys": [f"out:{failed}"]}
    reader = here.key_with("read")
    assert here.client.get("/api/v1/dead-letters", headers=reader).status_code == 200
    refused = here.client.post("/api/v1/dead-letters/replay", json=keys, headers=reader)
    assert refused.status_code == 403
    assert state_of(here, failed) == "failed"
