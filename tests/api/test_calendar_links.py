"""A booking's calendar file, opened by the link that its confirmation carries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from icalendar import Calendar

from crm import bookings
from crm import facts as gym_facts
from crm.config import Settings
from crm.links import calendar_link
from crm.models import Gym
from tests.api.http_gym import HttpGym
from tests.factories import a_contact

pytestmark = pytest.mark.feature("8.23")

TOMORROW_AT_TEN = dt.timedelta(days=1)


@pytest.fixture
def booking_id(here: HttpGym) -> uuid.UUID:
    """A trial on the next day that has room for one at ten or later."""
    with here.session() as session:
        facts = gym_facts.load(session)
        trial = facts.trial
        assert trial is not None
        free = bookings.free_times(
            session, facts, trial, start=session.now + TOMORROW_AT_TEN, end=session.now + 4 * TOMORROW_AT_TEN,
            now=session.now,
        )  # fmt: skip
        contact = a_contact(session)
        made = bookings.book(
            session, facts, contact.id, trial, free[0].starts_at, now=session.now, created_by="staff"
        )
        return made.id


@pytest.fixture
def link(here: HttpGym, settings: Settings, booking_id: uuid.UUID) -> str:
    """Path of that booking's link."""
    with here.session() as session:
        ends_at = bookings.get_booking(session, booking_id).ends_at
        return calendar_link(settings, here.id, booking_id, ends_at).removeprefix("https://gym.example")


def test_the_link_gives_the_event(here: HttpGym, link: str) -> None:
    answer = here.client.get(link)
    assert answer.headers["content-type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.text).walk("VEVENT")
    assert event["STATUS"] == "CONFIRMED"
    assert "14 Quayside Row" in str(event["LOCATION"])


def test_the_link_fits_a_chat(link: str) -> None:
    assert len(link) < 90


def test_after_a_cancellation_the_same_link_says_so(here: HttpGym, link: str, booking_id: uuid.UUID) -> None:
    with here.session() as session:
        facts = gym_facts.load(session)
        bookings.cancel(session, facts, booking_id, now=session.now, by="contact")
    calendar = Calendar.from_ical(here.client.get(link).text)
    assert calendar["METHOD"] == "CANCEL"


def test_after_a_move_the_same_link_gives_the_new_time(
    here: HttpGym, link: str, booking_id: uuid.UUID
) -> None:
    with here.session() as session:
        facts = gym_facts.load(session)
        old = bookings.get_booking(session, booking_id)
        offering = facts.offering_by_id(old.offering_id)
        later = bookings.free_times(
            session, facts, offering, start=old.starts_at + dt.timedelta(days=1),
            end=old.starts_at + dt.timedelta(days=5), now=session.now, contact_id=old.contact_id, replaces_id=old.id,
        )[0].starts_at  # fmt: skip
        held = bookings.hold(
            session,
            facts,
            old.contact_id,
            offering,
            later,
            now=session.now,
            created_by="bot",
            replaces_id=old.id,
        )
        bookings.confirm(session, facts, held.id, now=session.now)
    (event,) = Calendar.from_ical(here.client.get(link).text).walk("VEVENT")
    assert event.decoded("DTSTART") == later


def test_the_link_ends_a_day_after_the_session(here: HttpGym, link: str) -> None:
    with here.session() as session:
        row = session.get(Gym, here.id)
        assert row is not None
        row.clock_offset += dt.timedelta(days=30)
    expired = here.client.get(link)
    assert expired.status_code == 410
    assert "expired" in expired.text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-4],
        lambda token: "x",
        lambda token: token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        lambda token: token + "AAAA",
        lambda token: "é" + token,
    ],
)
def test_a_link_that_was_cut_or_changed_opens_nothing(
    here: HttpGym, link: str, spoil: Callable[[str], str]
) -> None:
    token = link.removeprefix("/calendar/").removesuffix(".ics")
    answer = here.client.get(f"/calendar/{spoil(token)}.ics")
    assert answer.status_code == 404
    assert "BEGIN:VCALENDAR" not in answer.text
