"""Every list is cut the same way."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.http_gym import HttpGym

LISTS = ("/leads", "/contacts", "/conversations", "/bookings")
PEOPLE = 23


@pytest.fixture
def full(here: HttpGym) -> HttpGym:
    """A gym with some of everything."""
    for number in range(PEOPLE):
        person = here.add_person(f"Person {number:02}", phone=f"35385{number:07}")
        here.add_booking(person, dt.datetime(2031, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number))
    return here


@pytest.mark.feature("2.18")
@pytest.mark.feature("M.5")
@pytest.mark.parametrize("path", LISTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 100), offset=st.integers(0, 40))
def test_pages_tell_where_they_stand(full: HttpGym, path: str, limit: int, offset: int) -> None:
    page = full.get(path, limit=limit, offset=offset).json()
    assert page["total"] == PEOPLE
    assert (page["limit"], page["offset"]) == (limit, offset)
    assert len(page["items"]) == max(0, min(limit, PEOPLE - offset))
    assert page["has_next"] == (offset + limit < PEOPLE)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 7, 10, 100])
def test_going_through_the_pages_meets_everything_once(full: HttpGym, path: str, limit: int) -> None:
    seen: list[str] = []
    offset, has_next = 0, True
    while has_next:
        page = full.get(path, limit=limit, offset=offset).json()
        seen += [item["id"] for item in page["items"]]
        offset, has_next = offset + limit, page["has_next"]
    assert len(seen) == len(set(seen)) == PEOPLE


@pytest.mark.feature("2.18")
@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query", [{"limit": 101}, {"limit": 0}, {"offset": -1}, {"limit": "x"}, {"offset": 10**30}]
)
def test_a_page_of_more_than_100_or_before_the_first_is_refused(
    here: HttpGym, path: str, query: dict[str, str]
) -> None:
    answer = here.get(path, **query)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"
