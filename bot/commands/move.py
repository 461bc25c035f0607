"""move: another time for somebody's booking, after a yes; the person is told."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from sqlmodel import select

from bot import (
    cards,
    consequences,
    gym_words,
    moments,
    named_bookings,
    names,
    payloads,
    questions,
    reversals,
    wording,
)
from bot import place_answers as places
from bot.answers import answer, is_plain, record, record_in, titled, words
from bot.channels.base import Button
from bot.commands import stage
from bot.roles import DESK, EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings, desk
from crm.facts import StaffFact
from crm.models import Booking, Contact
from nlu_models.parse import Times

SURE = "ok"
"""Last argument of the order that the yes gives."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Say what would change and ask; "move Ana to qualified" is for the pipeline."""
    booking_id = record_in(text, "b")
    if booking_id is not None:
        return [_of_booking(turn, bookings.get_booking(turn.session, booking_id), text.split(" ", 1)[1:])]
    person = names.person_in(turn, text)
    # With its verb: "from thu 17:00 to fri 16:00" alone would be a stretch from one day into the other.
    order = f"move {person.rest}"
    said = replace(named_bookings.read(turn, person.rest), times=moments.times_in(turn, order))
    if said.times.expected is None and said.times.shift is None:
        to_stage = gym_words.stage_in(turn.facts, person.words)
        if to_stage is not None and person.lead is not None and turn.staff.role in DESK:
            return [stage.put(turn, person, to_stage)]
    trainer, rest = gym_words.staff_in(turn.facts, said.rest, trainers_only=True)
    if is_plain(turn) and turn.is_group:
        has_time = said.times.expected is not None or said.times.shift is not None or said.times.same_time
        if not has_time or len(gym_words.left_over(turn.facts, rest)) > 1:
            return []
    known = bookings.upcoming(turn.session, person.contact.id, now=turn.now)
    if not known:
        return [answer("utter_staff_no_booking_of", name=person.name)]
    offers = [time for time in (said.times.expected, *said.times.alternatives) if time is not None]
    old_time = said.times.moved
    if old_time is None and len(offers) > 1 and named_bookings.fitting(turn, known, said.offering, offers[0]):
        old_time = offers.pop(0)
    found = named_bookings.fitting(turn, known, said.offering, old_time) or list(known)
    target = (
        f"^{payloads.minute(turn.facts.instant(offers[-1].start))}"
        if offers and moments.is_clock(offers[-1])
        else ""
    )
    if len(found) > 1:
        return [named_bookings.which(turn, person, "move", found, *([target] if target else []))]
    booking = found[0]
    places.ensure_own(turn, booking)
    starts_at = _target(turn, booking, order)
    if starts_at is None:
        return [_offer(turn, person.name, booking, said.times)]
    return [_ask(turn, person.name, booking, starts_at, trainer)]


def _target(turn: StaffTurn, booking: Booking, text: str) -> dt.datetime | None:
    """The new start: what was named, counted from the old one where only a part of it was."""
    old = turn.facts.local(booking.starts_at).replace(tzinfo=None)
    times = moments.times_in(turn, text, reference=old)
    if times.shift is not None:
        return turn.facts.instant(old + times.shift)
    offers = [time for time in (times.expected, *times.alternatives) if time is not None]
    if not offers:
        return None
    time = offers[-1]
    if times.same_time and not time.named_clock:
        return turn.facts.instant(dt.datetime.combine(time.start.date(), old.time()))
    return turn.facts.instant(time.start) if moments.is_clock(time) else None


def _of_booking(turn: StaffTurn, booking: Booking, rest: list[str]) -> StaffSay:
    """A button's order: the booking, the new time, and perhaps that it is sure."""
    places.ensure_own(turn, booking)
    contact = turn.session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    text = rest[0] if rest else ""
    starts_at, text = places.instant_coded(f" {text}")
    name = cards.name_of(contact)
    if starts_at is None:
        return _offer(turn, name, booking, moments.times_in(turn, text))
    trainer = next((turn.facts.staff_by_key(word[1:]) for word in text.split() if word.startswith("+")), None)
    if text.split()[-1:] == [SURE]:
        return _move(turn, name, booking, starts_at, trainer.id if trainer else None)
    return _ask(turn, name, booking, starts_at, trainer)


def _offer(turn: StaffTurn, name: str, booking: Booking, times: Times) -> StaffSay:
    """Free times of the day that was named, or around the present one."""
    offering = bookings.offering_of(turn.session, turn.facts, booking.offering_id)
    time = times.expected
    if time is not None:
        start = turn.facts.instant(time.start)
        end = turn.facts.instant(time.end or time.start + dt.timedelta(days=1))
    else:
        start, end = turn.now, turn.now + places.SOON
    slots = bookings.free_times(
        turn.session, turn.facts, offering, start=max(start, turn.now), end=end, now=turn.now,
        contact_id=booking.contact_id, replaces_id=booking.id, limit=places.OFFERED, at_short_notice=True,
    )  # fmt: skip
    if not slots:
        day = words("utter_staff_window_day", day=wording.short_day(turn.facts, time.start)) if time else ""
        window = day or words("utter_staff_window_soon")
        return answer("utter_staff_book_none_free", service=cards.service_word(offering), window=window)
    buttons = questions.ask_which(turn, [places.move_button(turn, booking, slot.starts_at) for slot in slots])
    return answer("utter_staff_move_when", buttons, name=name, place=places.place(turn, booking))


def _ask(
    turn: StaffTurn, name: str, booking: Booking, starts_at: dt.datetime, trainer: StaffFact | None
) -> StaffSay:
    """What would change, with yes and no; a time that cannot be had is refused at once."""
    offering = bookings.offering_of(turn.session, turn.facts, booking.offering_id)
    trainer_id = trainer.id if trainer and not offering.is_class else None
    refusal = bookings.why_not(
        turn.session, turn.facts, offering, starts_at, now=turn.now, trainer_id=trainer_id,
        contact_id=booking.contact_id, replaces_id=booking.id, at_short_notice=True,
    )  # fmt: skip
    if refusal is not None:
        near = bookings.near_times(
            turn.session, turn.facts, offering, starts_at, now=turn.now, trainer_id=trainer_id,
            contact_id=booking.contact_id, replaces_id=booking.id, at_short_notice=True,
        )  # fmt: skip
        buttons = [places.move_button(turn, booking, slot.starts_at) for slot in near]
        error = bookings.NotPossible(refusal=refusal, alternatives=near)
        return places.refused(turn, offering, error, questions.ask_which(turn, buttons) if buttons else ())
    arguments = [record("b", booking.id), f"^{payloads.minute(starts_at)}"]
    if trainer_id is not None and trainer is not None and len(trainer.key) <= 10:
        arguments.append(f"+{trainer.key}")
    yes = titled("utter_staff_button_yes_move", "move", *arguments, SURE)
    no = Button(payloads.write("no"), words("utter_staff_button_no"))
    then = places.trainer_then(
        turn, offering, starts_at, contact_id=booking.contact_id, replaces=booking, trainer_id=trainer_id
    )
    return answer(
        "utter_staff_move_ask", questions.ask_yes_no(turn, yes, no), name=name, service=cards.service_word(offering),
        before=cards.when_words(turn.facts, booking), after=f"{places.time_words(turn, starts_at)}{then}",
    )  # fmt: skip


def _move(
    turn: StaffTurn, name: str, booking: Booking, starts_at: dt.datetime, trainer_id: uuid.UUID | None
) -> StaffSay:
    before = cards.when_words(turn.facts, booking)
    try:
        new = desk.move(
            turn.session,
            turn.facts,
            booking.id,
            starts_at,
            now=turn.now,
            actor=turn.actor,
            trainer_id=trainer_id,
        )
    except bookings.AlreadyBooked as error:
        return places.already(turn, name, error)
    except bookings.Refused as error:
        offering = bookings.offering_of(turn.session, turn.facts, booking.offering_id)
        buttons = [places.move_button(turn, booking, slot.starts_at) for slot in error.alternatives]
        return places.refused(turn, offering, error, questions.ask_which(turn, buttons) if buttons else ())
    old = bookings.get_booking(turn.session, booking.id)
    consequences.moved(
        turn.session, turn.facts, old, new, turn.now, actor=turn.actor, in_group=not turn.is_group
    )
    undo = reversals.remember(turn, "move", booking=new.id)
    offering = bookings.offering_of(turn.session, turn.facts, new.offering_id)
    return answer(
        "utter_staff_moved_done", (undo,), name=name, service=cards.service_word(offering),
        after=cards.when_words(turn.facts, new), before=before,
        told=places.told_words(turn, new, "utter_staff_moved", with_buttons=True),
    )  # fmt: skip


COMMAND = Command(
    "move", "Moves a booking, after a yes.", "move <name> to fri 16:00", EVERYBODY, handle,
    aliases=("move", "reschedule", "rebook", "change", "shift"),
)  # fmt: skip
