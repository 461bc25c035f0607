"""Which booking of a person staff mean: by its service, its day, its start, or because there is only one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot import cards, gym_words, moments
from bot import place_answers as places
from bot.answers import answer, order, record
from bot.names import Person
from bot.staff_turn import StaffSay, StaffTurn
from crm import bookings
from crm.facts import OfferingFact
from crm.models import Booking
from nlu_models.parse import Time, Times


@dataclass(frozen=True, slots=True)
class Said:
    """What the words around a name tell."""

    times: Times
    offering: OfferingFact | None
    rest: str
    """What means neither time nor service."""


def read(turn: StaffTurn, text: str, *, reference: dt.datetime | None = None) -> Said:
    """The times and the service in the words."""
    times = moments.times_in(turn, text, reference=reference)
    wanted = gym_words.offering_in(turn.facts, moments.without_times(text, times))
    return Said(times, wanted.offerings[0] if wanted.offerings else None, wanted.rest)


def fitting(
    turn: StaffTurn, known: Sequence[Booking], offering: OfferingFact | None, time: Time | None
) -> list[Booking]:
    """Those of the bookings that are of the offering and at the time."""
    return [
        booking
        for booking in known
        if (offering is None or booking.offering_id == offering.id or _same_kind(turn, booking, offering))
        and (time is None or is_at(turn, booking, time))
    ]


def _same_kind(turn: StaffTurn, booking: Booking, offering: OfferingFact) -> bool:
    """Training of 30 and of 60 minutes are both "pt" in a name."""
    own = bookings.offering_of(turn.session, turn.facts, booking.offering_id)
    return own.kind == offering.kind and own.kind not in ("class", "trial")


def is_at(turn: StaffTurn, booking: Booking, time: Time) -> bool:
    """Whether the booking starts at that time, on that day, or in that stretch."""
    local = turn.facts.local(booking.starts_at).replace(tzinfo=None)
    if moments.is_clock(time):
        return local == time.start if time.named_date else local.time() == time.start.time()
    if not time.named_clock:
        last = (time.end or time.start + dt.timedelta(days=1)).date()
        return time.start.date() <= local.date() < max(last, time.start.date() + dt.timedelta(days=1))
    return time.start <= local < (time.end or time.start + dt.timedelta(days=1))


def none_such(turn: StaffTurn, person: Person, known: Sequence[Booking]) -> StaffSay:
    """The person has nothing, or nothing like that."""
    if not known:
        return answer("utter_staff_no_booking_of", name=person.name)
    shown = "; ".join(cards.place_words(turn.session, turn.facts, booking) for booking in known[:4])
    return answer("utter_staff_no_booking_then", name=person.name, places=shown)


def which(
    turn: StaffTurn, person: Person, command: str, found: Sequence[Booking], *arguments: str
) -> StaffSay:
    """Ask which of several is meant; each button gives the order for one."""
    from bot import questions

    buttons = [
        order(places.place(turn, booking), command, record("b", booking.id), *arguments)
        for booking in found[:6]
    ]
    return answer("utter_staff_which_booking", questions.ask_which(turn, buttons), name=person.name)
