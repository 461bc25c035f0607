"""/late: a trainer is late. The words for the person who comes next are shown; a tap sends them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import regex
from sqlmodel import select

from bot import cards, consequences, day_lines, doors, gym_words, payloads, questions
from bot import place_answers as places
from bot.answers import after, answer, is_plain, order, record, record_in, words
from bot.channels.base import Button
from bot.roles import EVERYBODY, LEADERS
from bot.staff_statements import OTHER
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import booking_lists, bookings
from crm.booking_lists import AgendaLine
from crm.facts import StaffFact
from crm.models import Booking, Contact

AHEAD = dt.timedelta(hours=3)
BEGUN = dt.timedelta(minutes=30)
"""A session that should have begun so long ago may still be waiting."""
MOST = 180
OFFERED = (10, 20, 30)
_SPELLED = {
    "five": 5, "ten": 10, "fifteen": 15, "a quarter of an hour": 15, "twenty": 20, "thirty": 30, "half an hour": 30,
    "an hour": 60,
}  # fmt: skip
_NUMBER = regex.compile(r"(?:\d{1,3} ?(?:-|to|or) ?)?\b(\d{1,3})\b ?(h)?")


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Whom it concerns, and what they would be told; after the tap, tell them."""
    if (booking_id := record_in(text, "b")) is not None:
        return [_tell(turn, bookings.get_booking(turn.session, booking_id), int(text.split()[-1]))]
    named, rest = gym_words.staff_in(turn.facts, text)
    trainer = named or turn.staff
    is_talk = is_plain(turn) and turn.is_group
    if OTHER in rest:
        about = None if is_talk else doors.about_somebody(turn, rest, "utter_staff_about_late")
        return [] if is_talk else [about or answer("utter_staff_late_whose")]
    if trainer.role != "trainer":
        return [] if is_talk else [answer("utter_staff_late_whose")]
    if turn.staff.role not in LEADERS and turn.staff.id != trainer.id:
        return [] if is_talk else [answer("utter_staff_late_not_yours", name=trainer.first_name)]
    lines = _next(turn, trainer)
    session = next((line for line in lines if not line.offering.is_class), None)
    if session is None:
        return [] if is_talk else [_nobody(turn, trainer, lines)]
    minutes = _minutes(rest.lower())
    if minutes is None:
        choices = [
            (words("utter_staff_button_minutes", minutes=number), f"{trainer.key} {number}")
            for number in OFFERED
        ]
        return [answer("utter_staff_late_minutes", questions.ask_again_with(turn, "late", choices))]
    return [_ask(turn, session.attendees[0].booking, min(minutes, MOST))]


def _minutes(text: str) -> int | None:
    if (found := _NUMBER.search(text)) is not None:
        return max(1, int(found.group(1)) * (60 if found.group(2) else 1))
    return next((minutes for spelled, minutes in _SPELLED.items() if spelled in text), None)


def _next(turn: StaffTurn, trainer: StaffFact) -> list[AgendaLine]:
    """What of theirs begins soon, or should have begun just now."""
    day = turn.facts.local(turn.now).date()
    return [
        line
        for line in booking_lists.agenda(turn.session, turn.facts, trainer.id, day)
        if turn.now - BEGUN <= line.starts_at <= turn.now + AHEAD
        and any(one.booking.status == "booked" for one in line.attendees)
    ]


def _nobody(turn: StaffTurn, trainer: StaffFact, lines: list[AgendaLine]) -> StaffSay:
    classes = ""
    if lines:
        shown = day_lines.briefly(turn.facts, lines[0], with_trainer=False)
        classes = after("utter_staff_late_class", line=shown)
    return answer("utter_staff_late_nobody", name=trainer.first_name, classes=classes)


def _ask(turn: StaffTurn, booking: Booking, minutes: int) -> StaffSay:
    contact = turn.session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    name = cards.guest_of(contact, booking)
    service = cards.service_word(bookings.offering_of(turn.session, turn.facts, booking.offering_id))
    when = places.time_words(turn, booking.starts_at)
    if not consequences.can_be_told(turn.session, contact.id):
        return answer("utter_staff_late_unreachable", name=name, when=when, service=service)
    yes = order(
        words("utter_staff_button_tell", name=cards.name_of(contact).split()[0])[:40], "late", record("b", booking.id),
        str(minutes),
    )  # fmt: skip
    no = Button(payloads.write("no"), words("utter_staff_button_no"))
    said = consequences.words_to_person(
        turn.session, turn.facts, booking, "utter_trainer_late", minutes=minutes
    )
    return answer(
        "utter_staff_late_ask",
        questions.ask_yes_no(turn, yes, no),
        name=name,
        when=when,
        service=service,
        words=said,
    )


def _tell(turn: StaffTurn, booking: Booking, minutes: int) -> StaffSay:
    """Send it, and let the group know."""
    places.ensure_own(turn, booking)
    if booking.status != "booked" or booking.starts_at < turn.now - BEGUN:
        return answer("utter_staff_gone")
    contact = turn.session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    trainer = turn.facts.staff_by_id(booking.trainer_id)
    params: dict[str, Any] = {
        "trainer": trainer.first_name if trainer else words("utter_staff_everybody"), "minutes": minutes,
        "name": cards.guest_of(contact, booking), "when": places.time_words(turn, booking.starts_at),
    }  # fmt: skip
    told = places.told_words(turn, booking, "utter_trainer_late", minutes=minutes)
    if not turn.is_group:
        cards.tell_group(
            turn.session, turn.facts, "utter_staff_late_told", {**params, "told": told}, turn.now
        )
    return answer("utter_staff_late_told", told=told, **params)


COMMAND = Command(
    "late",
    "Tells who comes next that their trainer is late, after a yes.",
    "/late [trainer] minutes",
    EVERYBODY,
    handle,
)
