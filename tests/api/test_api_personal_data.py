"""A person's data over the API: the file, the link to it, and the erasure."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from crm.links import data_link
from tests.api.http_gym import HttpGym

pytestmark = pytest.mark.feature("14.16")


def link_of(here: HttpGym, contact_id: uuid.UUID, *, ago: dt.timedelta = dt.timedelta()) -> str:
    with here.session() as session:
        link = data_link(here.state.settings, here.id, contact_id, session.now - ago)
    return "/data/" + link.rpartition("/data/")[2]


def test_all_that_is_kept_is_told(here: HttpGym) -> None:
    person = here.add_person(text="hello, I want to get strong")
    held = here.get(f"/contacts/{person.contact_id}/export").json()
    assert held["person"]["name"] == "Ana Silva"
    assert held["messages"][0]["text"] == "hello, I want to get strong"
    assert here.get(f"/contacts/{uuid.uuid4()}/export").status_code == 404


def test_the_link_opens_the_file_and_expires(here: HttpGym) -> None:
    person = here.add_person()
    answer = here.client.get(link_of(here, person.contact_id))
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["person"]["name"] == "Ana Silva"
    old = here.client.get(link_of(here, person.contact_id, ago=dt.timedelta(hours=25)))
    assert (old.status_code, "expired" in old.text) == (410, True)
    assert here.client.get("/data/nonsense").status_code == 403


def test_an_erased_person_is_gone_and_told_so(here: HttpGym) -> None:
    person = here.add_person()
    ahead = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=3)
    here.add_booking(person, ahead)
    link = link_of(here, person.contact_id)
    answer = here.client.delete(f"/api/v1/contacts/{person.contact_id}", headers=here.headers)
    assert answer.status_code == 200
    assert (answer.json()["bookings_cancelled"], answer.json()["messages_blanked"]) == (1, 1)
    assert here.get(f"/contacts/{person.contact_id}").status_code == 404
    assert here.client.get(link).status_code == 403
    again = here.client.delete(f"/api/v1/contacts/{person.contact_id}", headers=here.headers)
    assert again.status_code == 404
    assert [row["status"] for row in here.get("/bookings").json()["items"]] == ["cancelled"]


def test_erasing_needs_a_key_that_may_write(here: HttpGym) -> None:
    person = here.add_person()
    path = f"/api/v1/contacts/{person.contact_id}"
    assert here.client.delete(path).status_code == 401
    assert here.client.delete(path, headers=here.key_with("read")).status_code == 403


def test_another_gyms_person_cannot_be_erased(here: HttpGym, there: HttpGym) -> None:
    person = there.add_person()
    path = f"/api/v1/contacts/{person.contact_id}"
    assert here.client.delete(path, headers=here.headers).status_code == 404
    assert there.get(f"/contacts/{person.contact_id}").json()["name"] == "Ana Silva"
