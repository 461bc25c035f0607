"""Contacts, their threads and what the gym states, over the API."""

from __future__ import annotations

import pytest

from crm import conversations
from tests.api.http_gym import HttpGym


@pytest.mark.feature("2.9")
@pytest.mark.feature("2.16")
@pytest.mark.parametrize("words", ["ana silva", "ANA", "anna silva", "5112233"])
def test_people_are_found_by_name_with_typos_or_by_phone(here: HttpGym, words: str) -> None:
    here.add_person("Ana Silva", phone="353855112233")
    here.add_person("Bo Lind", phone="353850000009")
    assert [found["name"] for found in here.get("/contacts", q=words).json()["items"]] == ["Ana Silva"]


@pytest.mark.parametrize("address", ["+353851234567", "353851234567"])
def test_people_are_found_by_their_address_in_any_of_its_forms(here: HttpGym, address: str) -> None:
    person = here.add_person()
    here.add_person("Bo", phone="353850000009")
    found = here.get("/contacts", channel="whatsapp", address=address).json()
    assert [one["id"] for one in found["items"]] == [str(person.contact_id)]
    assert found["items"][0]["addresses"][0]["channel"] == "whatsapp"
    assert here.get("/contacts", channel="telegram", address=address).json()["total"] == 0


def test_what_a_person_told_about_their_health_is_never_shown(here: HttpGym) -> None:
    assert "health_note" not in here.get(f"/contacts/{here.add_person().contact_id}").json()


@pytest.mark.feature("2.5")
def test_a_thread_shows_its_lines_in_order_and_who_has_it(here: HttpGym) -> None:
    person = here.add_person(text="hello?")
    with here.session() as session:
        thread, _ = conversations.of_contact(session, person.contact_id)  # type: ignore[misc]
        conversations.hand_over(session, thread, "asked", now=session.now)
    thread = here.get(f"/conversations/{person.conversation_id}").json()
    assert (thread["status"], thread["handoff_reason"], thread["owner"]) == ("pending", "asked", None)
    lines = here.get(f"/conversations/{person.conversation_id}/messages").json()["items"]
    assert [(line["direction"], line["text"]) for line in lines] == [("in", "hello?")]
    assert here.get("/conversations", status="pending").json()["total"] == 1
    assert here.get("/conversations", contact_id=person.contact_id).json()["total"] == 1
    assert here.get("/conversations", status="resolved").json()["total"] == 0


@pytest.mark.feature("15.1")
def test_a_gym_states_its_facts(here: HttpGym) -> None:
    gym = here.get("/gym").json()
    assert gym["slug"] == here.slug
    assert gym["opening_hours"]["mon"] == ["06:00-22:00"]
    assert {one["key"] for one in gym["offerings"]} >= {"trial", "pt60", "yoga"}
    yoga = next(one for one in gym["offerings"] if one["key"] == "yoga")
    assert (yoga["trainer"], yoga["weekly"][0]) == ("priya", "tue 19:00")
