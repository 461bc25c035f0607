"""Leads over the API."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from crm.db import TenantSession
from tests.api.http_gym import HttpGym


@pytest.mark.feature("2.1")
@pytest.mark.feature("15.1")
def test_a_lead_tells_who_whence_and_how_far(here: HttpGym) -> None:
    person = here.add_person("Ana Silva", text="hi! can I try?")
    lead = here.get(f"/leads/{person.lead_id}").json()
    assert lead["name"] == "Ana Silva"
    assert lead["phone"] == "+353851234567"
    assert (lead["source"], lead["stage"], lead["number"]) == ("whatsapp", "new", 1)
    assert lead["first_words"] == "hi! can I try?"


@pytest.mark.feature("1.8")
def test_a_lead_can_be_added_by_hand(here: HttpGym) -> None:
    made = here.post(
        "/leads", {"name": " Bo  ", "phone": "085 123 4567", "source": "website", "goal": "lose weight"}
    )
    assert made.status_code == 201
    assert made.json()["phone"] == "+353851234567"
    assert made.json()["name"] == "Bo"
    assert here.get(f"/leads/{made.json()['id']}").json()["goal"] == "lose weight"


def test_somebody_who_is_known_by_phone_keeps_their_open_lead(here: HttpGym) -> None:
    person = here.add_person("Ana Silva")
    made = here.post("/leads", {"name": "Ana", "phone": "+353851234567"}).json()
    assert made["id"] == str(person.lead_id)
    assert here.get("/leads").json()["total"] == 1


@pytest.mark.feature("2.8")
def test_leads_are_filtered_and_sorted(here: HttpGym) -> None:
    first = here.post("/leads", {"name": "Ana Silva", "source": "instagram"}).json()
    second = here.post("/leads", {"name": "Bo Lind", "phone": "+353861112223"}).json()
    here.patch(f"/leads/{second['id']}", {"stage": "qualified", "assigned_to": "lena"})

    def numbers(**query: object) -> list[int]:
        return [lead["number"] for lead in here.get("/leads", **query).json()["items"]]

    assert numbers() == [2, 1]
    assert numbers(sort="oldest") == [1, 2]
    assert numbers(source="instagram") == [first["number"]]
    assert numbers(stage="qualified") == [2]
    assert numbers(assigned_to="lena") == [2]
    assert numbers(assigned_to="nobody") == [1]
    assert numbers(q="anna silvia") == [1]
    assert numbers(q="086 111") == [2]
    assert numbers(q="%") == []
    assert numbers(open="false") == []


@pytest.mark.feature("3.2")
def test_a_lead_is_moved_won_and_lost_with_a_reason(here: HttpGym) -> None:
    lead = here.post("/leads", {"name": "Ana"}).json()
    lost = here.patch(f"/leads/{lead['id']}", {"stage": "lost", "lost_reason": "price"}).json()
    assert (lost["stage"], lost["lost_reason"]) == ("lost", "price")
    assert lost["closed_at"] is not None
    again = here.patch(f"/leads/{lead['id']}", {"stage": "converted"}).json()
    assert (again["stage"], again["lost_reason"]) == ("converted", None)


@pytest.mark.feature("3.3")
def test_a_stage_that_the_gym_does_not_have_is_refused_with_those_it_has(here: HttpGym) -> None:
    lead = here.post("/leads", {"name": "Ana"}).json()
    refused = here.patch(f"/leads/{lead['id']}", {"stage": "almost"})
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "unknown_stage"
    assert "qualified" in refused.json()["error"]["data"]["stages"]


@pytest.mark.feature("2.3")
@pytest.mark.feature("13.11")
def test_every_correction_stands_in_the_timeline(here: HttpGym) -> None:
    lead = here.post("/leads", {"name": "Ana"}).json()
    here.patch(f"/leads/{lead['id']}", {"name": "Ana Silva", "goal": "get fitter", "experience": "none"})
    here.patch(f"/leads/{lead['id']}", {"goal": None})
    timeline = here.get(f"/contacts/{lead['contact_id']}/activities").json()
    assert [entry["kind"] for entry in timeline] == ["lead.changed", "lead.changed", "lead.created"]
    assert timeline[0]["data"] == {"before": {"goal": "get fitter"}, "after": {"goal": None}}
    assert timeline[0]["actor"].startswith("api:")


@pytest.mark.parametrize(
    "body",
    [{"stage": None}, {"name": None}, {"name": "  "}, {"experience": "expert"}, {"unknown": 1}, {"goal": "x" * 301},
     {"assigned_to": "nobody-here"}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(here: HttpGym, body: dict[str, object]) -> None:
    lead = here.post("/leads", {"name": "Ana"}).json()
    assert here.patch(f"/leads/{lead['id']}", {"goal": "get fitter", **body}).status_code == 422
    assert here.get(f"/leads/{lead['id']}").json()["goal"] is None


def test_a_reason_without_being_lost_is_a_conflict(here: HttpGym) -> None:
    lead = here.post("/leads", {"name": "Ana"}).json()
    assert here.patch(f"/leads/{lead['id']}", {"lost_reason": "price"}).status_code == 409


@pytest.mark.parametrize("phone", ["12", "not a number", "+999999999999999999"])
def test_a_phone_that_cannot_be_one_is_refused(here: HttpGym, phone: str) -> None:
    refused = here.post("/leads", {"name": "Ana", "phone": phone})
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "phone_invalid"


def test_a_lead_that_is_not_there_is_not_found(here: HttpGym) -> None:
    missing = here.get("/leads/0193449a-4a00-7000-8000-000000000042")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "not_found"
    assert here.get("/leads/42").status_code == 422


@pytest.mark.feature("17.7")
def test_what_could_not_be_committed_is_not_answered_as_done(
    here: HttpGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: TenantSession) -> None:
        raise OperationalError("COMMIT", {}, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr(TenantSession, "commit", fail)
        assert here.post("/leads", {"name": "Ana"}).status_code == 503
    assert here.get("/leads").json()["total"] == 0
