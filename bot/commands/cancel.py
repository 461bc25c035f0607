"""cancel: give up somebody's place, after a yes; the person is told, and the next in the queue."""

from __future__ import annotations

from sqlmodel import select

from bot import cards, consequences, gym_words, named_bookings, names, payloads, questions, reversals
from bot import place_answers as places
from bot.answers import answer, is_plain, record, record_in, titled, words
from bot.channels.base import Button
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings, desk, waitlist
from crm.errors import Conflict
from crm.models import Booking, Contact

SURE = "ok"
"""Last argument of the order that the yes gives."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Say what would go and ask."""
    booking_id = record_in(text, "b")
    if booking_id is not None:
        booking = bookings.get_booking(turn.session, booking_id)
        contact = turn.session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
        places.ensure_own(turn, booking)
        if text.split()[-1] == SURE:
            return [_cancel(turn, cards.name_of(contact), booking)]
        return [_ask(turn, cards.name_of(contact), booking)]
    person = names.person_in(turn, text)
    said = named_bookings.read(turn, person.rest)
    known = bookings.upcoming(turn.session, person.contact.id, now=turn.now)
    if is_plain(turn) and turn.is_group:
        left = len(gym_words.left_over(turn.facts, said.rest))
        if left > 1 or (left and said.offering is None and said.times.expected is None):
            return []
    found = named_bookings.fitting(turn, known, said.offering, said.times.expected)
    if not found:
        return [named_bookings.none_such(turn, person, known)]
    if len(found) > 1:
        return [named_bookings.which(turn, person, "cancel", found)]
    places.ensure_own(turn, found[0])
    return [_ask(turn, person.name, found[0])]


def _ask(turn: StaffTurn, name: str, booking: Booking) -> StaffSay:
    if booking.status != "booked":
        raise Conflict("not booked", status=booking.status)
    waiting = waitlist.queue(turn.session, booking.scheduled_class_id) if booking.scheduled_class_id else []
    yes = titled("utter_staff_button_yes_cancel", "cancel", record("b", booking.id), SURE)
    no = Button(payloads.write("no"), words("utter_staff_button_no"))
    buttons = questions.ask_yes_no(turn, yes, no)
    place = places.place(turn, booking)
    if waiting:
        return answer("utter_staff_cancel_ask_waiting", buttons, name=name, place=place, waiting=len(waiting))
    return answer("utter_staff_cancel_ask", buttons, name=name, place=place)


def _cancel(turn: StaffTurn, name: str, booking: Booking) -> StaffSay:
    gone = desk.cancel(
        turn.session, turn.facts, booking.id, now=turn.now, actor=turn.actor, reason="by staff"
    )
    consequences.cancelled(
        turn.session, turn.facts, gone, turn.now, actor=turn.actor, in_group=not turn.is_group
    )
    undo = reversals.remember(turn, "cancel", booking=gone.id)
    told = places.told_words(turn, gone, "utter_staff_cancelled")
    return answer("utter_staff_cancelled_done", (undo,), name=name, place=places.place(turn, gone), told=told)


COMMAND = Command(
    "cancel", "Cancels a booking, after a yes.", "cancel <name> service tue 12:00", EVERYBODY, handle,
    aliases=("cancel", "* cancel", "call off", "unbook"),
)  # fmt: skip
