"""Marking a session as started, done or missed: which one is meant, whose it is, what follows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import select

from bot import cards, consequences, gym_words, moments, names, questions, reversals, trainer_view, wording
from bot import place_answers as places
from bot.answers import after, answer, is_plain, order, record, record_in, words
from bot.staff_turn import StaffSay, StaffTurn
from crm import bookings, clock, leads
from crm.errors import Conflict
from crm.models import Booking, Contact

MARKED_WITHIN = dt.timedelta(days=14)
"""So long after a session its mark needs no day."""
OPEN: dict[str, tuple[str, ...]] = {
    "start": ("booked",),
    "done": ("in_progress", "booked"),
    "attended": ("in_progress", "booked", "no_show"),
    "noshow": ("booked", "in_progress", "attended"),
}
"""Which sessions a mark can be meant for, the likelier status first."""


def handle(turn: StaffTurn, text: str, command: str) -> list[StaffSay] | None:
    """Mark the session that the words mean; None where the person has none that day."""
    booking_id = record_in(text, "b")
    if booking_id is not None:
        booking = bookings.get_booking(turn.session, booking_id)
        places.ensure_own(turn, booking)
        return [mark(turn, booking, command)]
    person = names.person_in(turn, text)
    said_day = moments.day_in(turn, person.rest)
    day = said_day or turn.facts.local(turn.now).date()
    if is_plain(turn) and turn.is_group and len(gym_words.left_over(turn.facts, person.rest)) > 0:
        return []
    today = _of_day(turn, person.contact.id, day)
    if not today and said_day is None and command != "start":
        today = _left_unmarked(turn, person.contact.id)
    if not today:
        return None
    own = [row for row in today if turn.staff.role != "trainer" or row.trainer_id == turn.staff.id]
    if not own:
        places.ensure_own(turn, today[0])
    found = _likeliest(turn, own, command)
    if not found:
        return [answer("utter_staff_already", name=person.name, place=places.place(turn, own[-1]))]
    if len(found) > 1:
        buttons = [order(places.place(turn, row), command, record("b", row.id)) for row in found]
        return [answer("utter_staff_which_session", questions.ask_which(turn, buttons), name=person.name)]
    return [mark(turn, found[0], command)]


def for_coaches(turn: StaffTurn) -> StaffSay:
    """Sales mark no sessions."""
    return answer("utter_staff_only_coaches", role=turn.staff.role)


def none_today(turn: StaffTurn, text: str) -> StaffSay:
    """The person has no session then."""
    person = names.person_in(turn, text)
    day = moments.day_in(turn, person.rest)
    shown = wording.short_day(turn.facts, day) if day else words("utter_staff_today_word")
    ahead = bookings.upcoming(turn.session, person.contact.id, now=turn.now)
    listed = "; ".join(places.place(turn, row) for row in ahead[:3])
    coming = after("utter_staff_no_session_coming", places=listed) if ahead else ""
    return answer("utter_staff_no_session", name=person.name, day=shown, coming=coming)


def _of_day(turn: StaffTurn, contact_id: uuid.UUID, day: dt.date) -> Sequence[Booking]:
    start, end = clock.local_day(day, turn.facts.zone)
    return bookings.list_bookings(
        turn.session, contact_id=contact_id, start=start, end=end,
        status=("booked", "in_progress", "attended", "no_show"),
    )  # fmt: skip


def _left_unmarked(turn: StaffTurn, contact_id: uuid.UUID) -> Sequence[Booking]:
    """The last session of these days that nobody has marked: who trains people marks some of them later."""
    over = bookings.list_bookings(
        turn.session, contact_id=contact_id, start=turn.now - MARKED_WITHIN, end=turn.now,
        status=("booked", "in_progress"),
    )  # fmt: skip
    return over[-1:]


def _likeliest(turn: StaffTurn, rows: Sequence[Booking], command: str) -> list[Booking]:
    """The sessions that can be marked so: a running one first, else the one nearest to now."""
    for status in OPEN[command]:
        found = [row for row in rows if row.status == status]
        if not found:
            continue
        begun = [row for row in found if row.starts_at <= turn.now + dt.timedelta(hours=1)]
        return begun if len(begun) == 1 else begun or found[:1]
    return []


def mark(turn: StaffTurn, booking: Booking, command: str) -> StaffSay:
    """Do it, with all that follows, and offer to undo it."""
    contact = turn.session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    name, before = cards.name_of(contact), booking.status
    lead = leads.find_latest(turn.session, contact.id)
    stage = lead.stage if lead else None
    acts = {
        "start": bookings.start,
        "done": bookings.complete,
        "attended": bookings.complete,
        "noshow": bookings.mark_no_show,
    }
    wanted = {"start": "in_progress", "done": "attended", "attended": "attended", "noshow": "no_show"}[
        command
    ]
    if before == wanted:
        return answer("utter_staff_already", name=name, place=places.place(turn, booking))
    try:
        marked = acts[command](turn.session, booking.id, now=turn.now)
    except Conflict as conflict:
        if conflict.data.get("starts_at"):
            return answer("utter_staff_too_early", name=name, when=places.time_words(turn, booking.starts_at))
        raise
    undo = reversals.remember(
        turn, "attendance", booking=booking.id, before=before, after=wanted, stage=stage
    )
    turn.state["session"] = {"booking": str(booking.id), "at": turn.now.isoformat()}
    place = places.place(turn, marked)
    if command == "start":
        consequences.started(turn.session, turn.facts, marked, turn.now, actor=turn.actor)
        next_buttons = trainer_view.session_buttons(marked, contact)[:1]
        return answer("utter_staff_started", (*next_buttons, undo), name=name, place=place)
    if command == "noshow":
        due_at = consequences.missed(turn.session, turn.facts, marked, turn.now, actor=turn.actor)
        if not consequences.can_be_told(turn.session, contact.id):
            return answer("utter_staff_no_show_silent", (undo,), name=name, place=place)
        when = wording.short_when(turn.facts, due_at)
        return answer("utter_staff_no_show", (undo,), name=name, place=place, when=when)
    consequences.attended(turn.session, turn.facts, marked, turn.now, actor=turn.actor)
    key = "utter_staff_done" if command == "done" else "utter_staff_attended"
    return answer(key, (undo,), name=name, place=place)
