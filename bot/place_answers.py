"""Answers to staff about places in the calendar: why one cannot be had, what is free, whether the person is told."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Sequence

from bot import cards, consequences, payloads, wording
from bot.answers import after, answer, order, record, words
from bot.channels.base import Button
from bot.names import Person
from bot.staff_turn import StaffSay, StaffTurn
from crm import bookings, consents
from crm.availability import Refusal, TimeSlot
from crm.facts import OfferingFact
from crm.models import Booking

OFFERED = 3
"""Free times offered at once."""
SOON = dt.timedelta(days=14)


class NotYours(Exception):
    """A trainer wants to change another trainer's session."""

    def __init__(self, trainer: str) -> None:
        super().__init__(trainer)
        self.trainer = trainer


def ensure_own(turn: StaffTurn, booking: Booking) -> None:
    """Raise `NotYours` where a trainer reaches for a session that is not theirs."""
    if turn.staff.role == "trainer" and booking.trainer_id != turn.staff.id:
        trainer = turn.facts.staff_by_id(booking.trainer_id)
        raise NotYours(trainer.first_name if trainer else words("utter_staff_everybody"))


def place(turn: StaffTurn, booking: Booking) -> str:
    """A booking in an answer: Trial, Thu 4 Mar 17:00 with Marcus."""
    return cards.place_words(turn.session, turn.facts, booking)


def told_words(
    turn: StaffTurn, booking: Booking, key: str, *, with_buttons: bool = False, minutes: int = 0
) -> str:  # fmt: skip
    """Tell the person, and say in the answer how they hear of it."""
    agreed = consents.agreed(turn.session, booking.contact_id)
    if not consents.may_send(agreed, "service"):
        return after("utter_staff_told_opted_out")
    channel = consequences.tell_person(
        turn.session, turn.facts, booking, key, turn.now, with_buttons=with_buttons, minutes=minutes
    )
    return after("utter_staff_told_person", channel=channel) if channel else after("utter_staff_told_nobody")


def time_words(turn: StaffTurn, starts_at: dt.datetime) -> str:
    """An instant in an answer: Thu 4 Mar 17:00."""
    return wording.short_when(turn.facts, starts_at)


def book_button(turn: StaffTurn, person: Person, offering: OfferingFact, starts_at: dt.datetime) -> Button:
    """Book that person then."""
    target = f"#{person.lead.number}" if person.lead else record("p", person.contact.id)
    return order(
        time_words(turn, starts_at),
        "book",
        target,
        offering_code(turn, offering),
        f"^{payloads.minute(starts_at)}",
    )


def offering_code(turn: StaffTurn, offering: OfferingFact) -> str:
    """An offering in an order's arguments: its key, or its place in the list where a button has no room for it."""
    return f"={offering.key}" if len(offering.key) <= 14 else f"=.{turn.facts.offerings.index(offering)}"


def offering_coded(turn: StaffTurn, text: str) -> tuple[OfferingFact | None, str]:
    """The offering that such an argument names, and the text without it."""
    match = re.search(r"(?:^|\s)=(\.?\w+)", text)
    if match is None:
        return None, text
    code, rest = match.group(1), text[: match.start()] + " " + text[match.end() :]
    if code.startswith("."):
        index = int(code[1:]) if code[1:].isdigit() else len(turn.facts.offerings)
        return (turn.facts.offerings[index] if index < len(turn.facts.offerings) else None), rest
    return turn.facts.offering_by_key(code), rest


def instant_coded(text: str) -> tuple[dt.datetime | None, str]:
    """The instant that an argument like ``^2abc`` names, and the text without it."""
    match = re.search(r"(?:^|\s)\^([0-9a-z]{4,8})(?=\s|$)", text)
    if match is None:
        return None, text
    return payloads.Payload("", (match.group(1),)).instant(0), text[: match.start()] + " " + text[
        match.end() :
    ]


def move_button(turn: StaffTurn, booking: Booking, starts_at: dt.datetime) -> Button:
    """Move that booking there."""
    return order(
        time_words(turn, starts_at), "move", record("b", booking.id), f"^{payloads.minute(starts_at)}"
    )


def free_between(
    turn: StaffTurn, person: Person, offering: OfferingFact, start: dt.datetime, end: dt.datetime,
    trainer_id: uuid.UUID | None,
) -> Sequence[TimeSlot]:  # fmt: skip
    """A few free times of a window, spread over it."""
    return bookings.free_times(
        turn.session, turn.facts, offering, start=max(start, turn.now), end=end, now=turn.now, trainer_id=trainer_id,
        contact_id=person.contact.id, limit=OFFERED, at_short_notice=True,
    )  # fmt: skip


def refused(
    turn: StaffTurn, offering: OfferingFact, error: bookings.Refused, buttons: Sequence[Button] = ()
) -> StaffSay:
    """Why a place cannot be had, with what is free instead."""
    text = why(turn, offering, error.refusal) if error.refusal else words("utter_staff_busy")
    return StaffSay(text + after("utter_staff_free_instead") if buttons else text, tuple(buttons))


def already(turn: StaffTurn, name: str, error: bookings.AlreadyBooked) -> StaffSay:
    """The person has something else then, or just that."""
    booking = bookings.get_booking(turn.session, uuid.UUID(str(error.data["booking_id"])))
    return answer("utter_staff_has_already", name=name, place=place(turn, booking))


def why(turn: StaffTurn, offering: OfferingFact, refusal: Refusal) -> str:
    """A refusal in words: what is in the way, with the figures that help."""
    facts, when = turn.facts, time_words(turn, refusal.starts_at)
    service, day = cards.service_word(offering), wording.short_day(facts, refusal.on)
    match refusal.code:
        case "past":
            return words("utter_staff_not_past", when=when)
        case "beyond_horizon":
            latest = wording.short_day(facts, refusal.latest_on) if refusal.latest_on else ""
            return words("utter_staff_not_horizon", latest=latest)
        case "closed_date":
            return words("utter_staff_not_closed", day=day)
        case "closed_hours" if not refusal.hours:
            return words("utter_staff_not_closed", day=day)
        case "closed_hours":
            last = wording.clock(facts, facts.local(refusal.last_start_at)) if refusal.last_start_at else "-"
            return words(
                "utter_staff_not_hours", day=day, hours=wording.hours(facts, refusal.hours), last=last
            )
        case "too_soon":
            earliest = time_words(turn, refusal.earliest_at) if refusal.earliest_at else ""
            return words("utter_staff_not_too_soon", when=when, earliest=earliest)
        case "no_trainer":
            return words("utter_staff_not_no_trainer", when=when, in_words=_trainers_in(turn, refusal))
        case "trainer_away":
            trainer = facts.staff_by_id(refusal.trainer_id)
            hours = wording.hours(facts, refusal.hours)
            return words(
                "utter_staff_not_away", trainer=trainer.first_name if trainer else "", when=when,
                hours=after("utter_staff_away_hours", hours=hours) if hours else "",
            )  # fmt: skip
        case "off_grid":
            return words("utter_staff_not_grid", times=_clocks(turn, refusal.neighbours), when=when)
        case "class_not_then" if refusal.is_cancelled:
            return words("utter_staff_not_class_cancelled", service=service, when=when)
        case "class_not_then":
            near = ", ".join(time_words(turn, at) for at in refusal.neighbours)
            times = after("utter_staff_class_times", times=near) if near else ""
            return words("utter_staff_not_class_then", service=service, when=when, times=times)
        case "full":
            waiting = words("utter_staff_full_waiting", waiting=refusal.waiting) if refusal.waiting else ""
            return words(
                "utter_staff_full", when=when, service=service, taken=offering.capacity, capacity=offering.capacity,
                waiting=waiting,
            )  # fmt: skip
    trainer = facts.staff_by_id(refusal.trainer_id)
    by = words("utter_staff_taken_by", trainer=trainer.first_name) if trainer else ""
    return words("utter_staff_taken_time", when=when, trainer=by)


def _trainers_in(turn: StaffTurn, refusal: Refusal) -> str:
    known = [
        f"{trainer.first_name} {wording.hours(turn.facts, hours)}"
        for trainer_id, hours in refusal.trainers_in
        if (trainer := turn.facts.staff_by_id(trainer_id)) is not None
    ]
    return after("utter_staff_trainers_in", trainers=", ".join(known)) if known else ""


def _clocks(turn: StaffTurn, instants: Iterable[dt.datetime]) -> str:
    return wording.listing([wording.clock(turn.facts, turn.facts.local(at)) for at in instants])


def seats_left(turn: StaffTurn, booking: Booking) -> str:
    """How many places a class has left, for the answer to a booking in it."""
    if booking.scheduled_class_id is None:
        return ""
    offering = bookings.offering_of(turn.session, turn.facts, booking.offering_id)
    refusal = bookings.why_not(
        turn.session, turn.facts, offering, booking.starts_at, now=turn.now, at_short_notice=True
    )
    if refusal is not None and refusal.code == "full":
        return after("utter_staff_places_none")
    slots = bookings.free_times(
        turn.session, turn.facts, offering, start=booking.starts_at, end=booking.starts_at + dt.timedelta(minutes=1),
        now=turn.now, at_short_notice=True,
    )  # fmt: skip
    left = slots[0].seats_left if slots else None
    return (
        ""
        if left is None
        else after("utter_staff_places_left", left=str(left), capacity=str(offering.capacity))
    )


def trainer_then(
    turn: StaffTurn, offering: OfferingFact, starts_at: dt.datetime, *, contact_id: uuid.UUID,
    replaces: Booking | None = None, trainer_id: uuid.UUID | None = None,
) -> str:  # fmt: skip
    """ " with Tom": who would give the session then."""
    if offering.is_class:
        found = offering.trainer_id
    else:
        slots = bookings.free_times(
            turn.session, turn.facts, offering, start=starts_at, end=starts_at + dt.timedelta(minutes=1), now=turn.now,
            trainer_id=trainer_id, contact_id=contact_id, replaces_id=replaces.id if replaces else None,
            at_short_notice=True,
        )  # fmt: skip
        ids = slots[0].trainer_ids if slots else ()
        kept = replaces.trainer_id if replaces else None
        found = kept if kept in ids else ids[0] if ids else None
    trainer = turn.facts.staff_by_id(found)
    return f" {words('word_with', trainer=trainer.first_name)}" if trainer else ""
