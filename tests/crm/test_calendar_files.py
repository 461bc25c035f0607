"""The file that puts a booking into a person's own calendar."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from icalendar import Calendar

from crm import bookings, calendar_files
from crm.models import Booking
from tests.crm.calendar_desk import Desk


def event_of(desk: Desk, booking: Booking, **options: Any) -> tuple[Any, Any, str]:
    with desk.session() as session:
        family = bookings.family(session, booking)
    offering = desk.facts.offering_by_id(booking.offering_id)
    raw = calendar_files.booking_file(desk.facts, booking, offering, family=family, now=desk.now, **options)
    calendar = Calendar.from_ical(raw)
    (event,) = calendar.walk("VEVENT")
    return calendar, event, raw.decode()


@pytest.mark.feature("8.23")
def test_a_confirmation_is_an_event_in_the_gyms_wall_time(desk: Desk) -> None:
    booked = desk.book(desk.contact(), "trial", "2027-02-11 10:00", trainer_id=desk.trainer("aoife"))
    calendar, event, raw = event_of(desk, booked)
    assert calendar["METHOD"] == "PUBLISH"
    assert "DTSTART;TZID=Europe/Dublin:20270211T100000" in raw
    assert "BEGIN:VTIMEZONE" in raw
    assert (event["DTEND"].dt - event["DTSTART"].dt) == dt.timedelta(minutes=45)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert "14 Quayside Row" in event["LOCATION"]
    assert "Aoife Byrne" in event["DESCRIPTION"]
    assert event["ORGANIZER"] == "mailto:hello@harbour.example"
    assert all(len(line) <= 75 for line in raw.encode().split(b"\r\n")), "RFC 5545 folds lines at 75 octets"


def test_the_time_zone_in_the_file_knows_both_clock_changes(desk: Desk) -> None:
    desk.now = desk.at("2027-03-20 09:00")
    booked = desk.book(desk.contact(), "trial", "2027-03-29 10:00", trainer_id=desk.trainer("aoife"))
    calendar, event, _ = event_of(desk, booked)
    (zone,) = calendar.walk("VTIMEZONE")
    assert event["DTSTART"].dt.isoformat()[:16] == "2027-03-29T10:00"
    built = zone.to_tz()
    assert dt.datetime(2027, 3, 29, 10, tzinfo=built).utcoffset() == dt.timedelta(hours=1)
    assert dt.datetime(2027, 11, 2, 10, tzinfo=built).utcoffset() == dt.timedelta()


def test_a_move_replaces_the_event_and_taking_it_back_does_again(desk: Desk) -> None:
    ana = desk.contact()
    old = desk.book(ana, "trial", "2026-11-26 10:00")
    _, first, _ = event_of(desk, old)
    desk.now += dt.timedelta(minutes=2)
    new = desk.confirm(desk.hold(ana, "trial", "2026-11-27 10:00", replaces_id=old.id))
    _, second, _ = event_of(desk, new)
    desk.now += dt.timedelta(minutes=2)
    with desk.session() as session:
        back = bookings.undo_move(session, desk.facts, new.id, now=desk.now)
    _, third, _ = event_of(desk, back)
    assert first["UID"] == second["UID"] == third["UID"]
    assert first["SEQUENCE"] < second["SEQUENCE"] < third["SEQUENCE"]
    assert desk.local(third["DTSTART"].dt) == "2026-11-26 10:00"


def test_a_cancellation_takes_the_event_away(desk: Desk) -> None:
    booked = desk.book(desk.contact(), "trial", "2026-11-26 10:00")
    _, before, _ = event_of(desk, booked)
    desk.now += dt.timedelta(minutes=1)
    calendar, event, _ = event_of(desk, desk.cancel(booked))
    assert (calendar["METHOD"], event["STATUS"], event["UID"]) == ("CANCEL", "CANCELLED", before["UID"])
    assert event["SEQUENCE"] > before["SEQUENCE"]


def test_a_mail_asks_its_reader(desk: Desk) -> None:
    booked = desk.book(desk.contact(), "online60", "2026-11-26 10:00")
    calendar, event, _ = event_of(
        desk, booked, attendee_email="ana@example.com", link="https://meet.example/x"
    )
    assert calendar["METHOD"] == "REQUEST"
    assert event["ATTENDEE"] == "mailto:ana@example.com"
    assert event["URL"] == "https://meet.example/x"
    assert "LOCATION" not in event, "nobody has to go anywhere for it"


@pytest.mark.feature("8.23")
def test_a_feed_holds_every_booking(desk: Desk) -> None:
    ana = desk.contact()
    made = [desk.book(ana, "trial", "2026-11-26 10:00"), desk.book(ana, "yoga", "2026-11-28 10:00")]
    with desk.session() as session:
        entries = [
            (one, desk.facts.offering_by_id(one.offering_id), bookings.family(session, one)) for one in made
        ]
    calendar = Calendar.from_ical(calendar_files.feed(desk.facts, entries, now=desk.now))
    assert [str(event["SUMMARY"]).split(",")[0] for event in calendar.walk("VEVENT")] == [
        "Free trial session",
        "Yoga Flow",
    ]
    assert calendar["X-WR-CALNAME"] == desk.facts.gym.name
