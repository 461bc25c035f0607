"""Bookings over the API: what the chats do, by the same rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import select

from crm.models import Delivery, Reminder
from tests.api.http_gym import HttpGym


def free_times(gym: HttpGym, service: str = "trial", **query: Any) -> list[dict[str, Any]]:
    """Free starts of the coming week, of a trial unless said otherwise."""
    answer = gym.get("/availability", service=service, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def book(
    gym: HttpGym, starts_at: str, *, name: str = "Ana Silva", phone: str = "353851234567", **more: Any
) -> Any:
    """Book for somebody who has just written."""
    person = gym.add_person(name, phone=phone)
    return gym.post(
        "/bookings",
        {"contact_id": str(person.contact_id), "service": "trial", "starts_at": starts_at, **more},
    )


@pytest.mark.feature("8.2")
def test_a_free_time_can_be_booked_and_is_then_taken(here: HttpGym) -> None:
    slot = free_times(here)[5]
    made = book(here, slot["starts_at"], trainer=slot["trainers"][0])
    assert made.status_code == 201, made.text
    booking = made.json()
    assert (booking["service"], booking["status"], booking["trainer"]) == (
        "trial",
        "booked",
        slot["trainers"][0],
    )
    assert booking["starts_at_local"] == slot["starts_at_local"]
    left = free_times(here, trainer=slot["trainers"][0], limit=100)
    assert slot["starts_at"] not in [one["starts_at"] for one in left]


@pytest.mark.feature("8.2")
def test_a_time_without_offset_is_the_gyms_wall_time(here: HttpGym) -> None:
    slot = free_times(here)[0]
    booking = book(here, slot["starts_at_local"][:16]).json()
    assert booking["starts_at"] == slot["starts_at"]
    assert dt.datetime.fromisoformat(booking["starts_at_local"]).tzinfo is None


@pytest.mark.feature("8.7")
def test_the_second_to_want_a_place_is_offered_others(here: HttpGym) -> None:
    slot = free_times(here)[3]
    trainer = slot["trainers"][0]
    assert book(here, slot["starts_at"], trainer=trainer).status_code == 201
    refused = book(here, slot["starts_at"], trainer=trainer, name="Bo", phone="353850000002")
    assert refused.status_code == 409
    error = refused.json()["error"]
    assert error["code"] in ("time_taken", "not_possible")
    assert error["data"]["alternatives"]
    assert here.get("/bookings").json()["total"] == 1


def test_a_time_outside_the_opening_hours_is_refused_with_the_reason(here: HttpGym) -> None:
    day = free_times(here)[0]["starts_at_local"][:10]
    refused = book(here, f"{day}T03:00")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "not_possible"


@pytest.mark.feature("8.13")
def test_a_booking_moves_in_one_step(here: HttpGym) -> None:
    first, second = free_times(here)[2], free_times(here)[9]
    old = book(here, first["starts_at"]).json()
    moved = here.post(f"/bookings/{old['id']}/move", {"starts_at": second["starts_at"]})
    assert moved.status_code == 200, moved.text
    assert moved.json()["replaces_id"] == old["id"]
    assert here.get(f"/bookings/{old['id']}").json()["status"] == "cancelled"
    assert here.get(f"/bookings/{old['id']}").json()["moved_to_id"] == moved.json()["id"]
    assert [one["id"] for one in here.get("/bookings", status="booked").json()["items"]] == [
        moved.json()["id"]
    ]


@pytest.mark.feature("8.12")
def test_a_booking_is_cancelled_once_with_its_reason(here: HttpGym) -> None:
    booking = book(here, free_times(here)[4]["starts_at"]).json()
    cancelled = here.post(f"/bookings/{booking['id']}/cancel", {"reason": "ill"})
    assert (cancelled.json()["status"], cancelled.json()["cancelled_reason"]) == ("cancelled", "ill")
    assert cancelled.json()["late_cancel"] is False
    assert here.post(f"/bookings/{booking['id']}/cancel").status_code == 409


@pytest.mark.feature("8.8")
def test_who_is_booked_is_told_and_reminded_and_no_longer_when_it_is_cancelled(here: HttpGym) -> None:
    slot = next(one for one in free_times(here, limit=100) if one["starts_at"] > _in_days(here, 3))
    booking = book(here, slot["starts_at"]).json()
    assert here.get("/leads").json()["items"][0]["stage"] == "trial_booked"

    def planned() -> int:
        with here.session() as session:
            rows = session.exec(
                select(Reminder).where(Reminder.kind == "booking_guest", Reminder.status == "pending")
            )
            return len(rows.all())

    with here.session() as session:
        said = [
            one.content["text"] for one in session.exec(select(Delivery)).all() if one.purpose == "service"
        ]
    assert any("booked you in" in text for text in said)
    assert planned() > 0
    here.post(f"/bookings/{booking['id']}/cancel")
    assert planned() == 0


def _in_days(gym: HttpGym, days: int) -> str:
    now = dt.datetime.fromisoformat(gym.get("/gym").json()["now"])
    return (now + dt.timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("field", "value"),
    [("service", "surfing"), ("trainer", "nobody"), ("starts_at", "soon"), ("contact_id", "42")],
)
def test_what_is_not_there_cannot_be_booked(here: HttpGym, field: str, value: str) -> None:
    person = here.add_person()
    body = {
        "contact_id": str(person.contact_id),
        "service": "trial",
        "starts_at": "2030-01-07T10:00",
        field: value,
    }
    assert here.post("/bookings", body).status_code == 422
