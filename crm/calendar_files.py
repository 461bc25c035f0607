"""Calendar files (RFC 5545) that a person's phone understands: one booking, its cancellation, a feed of all.

A booking keeps its event through every move: the UID is that of the first booking in
the row, and SEQUENCE only grows, so that a calendar replaces what it has. Times are in
the gym's zone, which travels along.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from crm.facts import GymFacts, OfferingFact
from crm.models import Booking

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
MIME_TYPE = "text/calendar; charset=utf-8"


def booking_file(
    facts: GymFacts, booking: Booking, offering: OfferingFact, *, family: Sequence[Booking], now: dt.datetime,
    attendee_email: str | None = None, link: str | None = None,
) -> bytes:  # fmt: skip
    """The file to send with a confirmation, a move or a cancellation; the booking's status says which.

    `family` is `crm.bookings.family(session, booking)`. In a chat the file is PUBLISH,
    which phones add without asking back; with an `attendee_email` it is a REQUEST to
    that person. What was cancelled is CANCEL either way.
    """
    cancelled = booking.status in ("cancelled", "released")
    method: Method = "CANCEL" if cancelled else "REQUEST" if attendee_email else "PUBLISH"
    calendar = _calendar(method)
    event = _event(facts, booking, offering, family, now, link)
    if attendee_email:
        event.add("attendee", vCalAddress(f"mailto:{attendee_email}"))
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def feed(
    facts: GymFacts,
    entries: Sequence[tuple[Booking, OfferingFact, Sequence[Booking]]],
    *,
    now: dt.datetime,
    name: str | None = None,
) -> bytes:
    """Many bookings as one published calendar: each with its offering and its family."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name or facts.gym.name)
    calendar.add("x-wr-timezone", facts.gym.timezone)
    calendar.add("refresh-interval;value=duration", "PT1H")
    for booking, offering, relatives in entries:
        calendar.add_component(_event(facts, booking, offering, relatives, now, None))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def sequence(facts: GymFacts, booking: Booking, family: Sequence[Booking]) -> int:
    """How far the event was revised: 0 for a booking as first made, growing with every change after.

    Counted in seconds since the first booking, because an undone change leaves no row
    that could be counted.
    """
    known = [*family, booking]
    first = min(known, key=lambda one: one.created_at)
    changed_at = max(
        at for one in known for at in (one.booked_at, one.ended_at, one.created_at) if at is not None
    )
    is_untouched = (
        all(one.id == booking.id for one in known)
        and booking.ended_at is None
        and changed_at - first.created_at <= facts.rules.hold_for
    )
    return 0 if is_untouched else int((changed_at - first.created_at).total_seconds()) + 1


def uid(facts: GymFacts, booking: Booking, family: Sequence[Booking]) -> str:
    """The event's identity for good: the first booking it was moved from."""
    first = min([*family, booking], key=lambda one: (one.created_at, one.id))
    return f"{first.id}@{facts.gym.slug}.spotter"


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Spotter//Gym CRM//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(
    facts: GymFacts, booking: Booking, offering: OfferingFact, family: Sequence[Booking], now: dt.datetime,
    link: str | None,
) -> Event:  # fmt: skip
    trainer = facts.staff_by_id(booking.trainer_id)
    cancelled = booking.status in ("cancelled", "released")
    event = Event()
    event.add("uid", uid(facts, booking, family))
    event.add("sequence", sequence(facts, booking, family))
    event.add("dtstamp", now)
    event.add("dtstart", facts.local(booking.starts_at))
    event.add("dtend", facts.local(booking.ends_at))
    event.add("summary", f"{offering.name}, {facts.gym.name}")
    event.add(
        "status", "CANCELLED" if cancelled else "TENTATIVE" if booking.status == "held" else "CONFIRMED"
    )
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if facts.gym.address and offering.kind != "online":
        event.add("location", f"{facts.gym.name}, {facts.gym.address}")
    about = [trainer and trainer.name, facts.gym.directions, facts.gym.phone]
    if description := "\n".join(line for line in about if line):
        event.add("description", description)
    organizer = vCalAddress(f"mailto:{facts.gym.email}" if facts.gym.email else f"urn:uuid:{facts.gym.id}")
    organizer.params["CN"] = vText(facts.gym.name)
    event.add("organizer", organizer)
    if link:
        event.add("url", vUri(link))
    return event
