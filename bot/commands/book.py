"""book: a place for somebody, at once; the person is told."""

from __future__ import annotations

import datetime as dt
import uuid

from bot import cards, consequences, gym_words, moments, names, questions, reversals, wording
from bot import place_answers as places
from bot.answers import answer, is_plain, record, words
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings, desk
from crm.facts import OfferingFact
from nlu_models.parse import Time


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Book what the words say, in any order; what is missing is offered."""
    person = names.person_in(turn, text)
    offering, rest = places.offering_coded(turn, person.rest)
    starts_at, rest = places.instant_coded(rest)
    times = moments.times_in(turn, rest)
    rest = moments.without_times(rest, times)
    wanted = (
        gym_words.offering_in(turn.facts, rest) if offering is None else gym_words.Wanted((offering,), rest)
    )
    trainer, rest = gym_words.staff_in(turn.facts, wanted.rest, trainers_only=True)
    wish = times.expected
    if is_plain(turn) and turn.is_group:
        is_bare = wish is None and not wanted.offerings
        if is_bare or len(gym_words.left_over(turn.facts, rest)) > 1:
            return []
    offering = offering or wanted.only or _default(turn, person, wanted)
    if offering is None:
        return [_ask_offering(turn, person, wanted)]
    trainer_id = trainer.id if trainer else None
    if turn.staff.role == "trainer" and not offering.is_class:
        if trainer_id not in (None, turn.staff.id):
            raise places.NotYours(trainer.first_name if trainer else "")
        trainer_id = turn.staff.id
    elif turn.staff.role == "trainer" and offering.trainer_id not in (None, turn.staff.id):
        teacher = turn.facts.staff_by_id(offering.trainer_id)
        raise places.NotYours(teacher.first_name if teacher else "")
    if starts_at is None and wish is not None and moments.is_clock(wish):
        starts_at = turn.facts.instant(wish.start)
    if starts_at is None:
        return [_offer(turn, person, offering, wish, trainer_id)]
    return [_book(turn, person, offering, starts_at, trainer_id)]


def _default(turn: StaffTurn, person: names.Person, wanted: gym_words.Wanted) -> OfferingFact | None:
    """Without a service named: the trial, for who has not had one."""
    trial = turn.facts.trial
    if wanted.offerings or trial is None:
        return None
    had = [row for row in bookings.of_contact(turn.session, person.contact.id) if row.offering_id == trial.id]
    return None if any(row.status == "attended" for row in had) else trial


def _ask_offering(turn: StaffTurn, person: names.Person, wanted: gym_words.Wanted) -> StaffSay:
    target = f"#{person.lead.number}" if person.lead else record("p", person.contact.id)
    offered = wanted.offerings or turn.facts.offerings
    times = moments.times_in(turn, person.rest)
    spoken = " ".join(person.rest[start:end] for start, end in times.spans)
    choices = [
        (offering.name, f"{target} {places.offering_code(turn, offering)} {spoken}") for offering in offered
    ]
    return answer("utter_staff_book_what", questions.ask_again_with(turn, "book", choices), name=person.name)


def _offer(
    turn: StaffTurn,
    person: names.Person,
    offering: OfferingFact,
    wish: Time | None,
    trainer_id: uuid.UUID | None,
) -> StaffSay:
    """A few free times of the day or stretch that was named, else the soonest."""
    day = dt.timedelta(days=1)
    if wish is not None:
        start, end = turn.facts.instant(wish.start), turn.facts.instant(wish.end or wish.start + day)
        window = words("utter_staff_window_day", day=wording.short_day(turn.facts, wish.start))
    else:
        start, end = turn.now, turn.now + places.SOON
        window = words("utter_staff_window_soon")
    slots = places.free_between(turn, person, offering, start, end, trainer_id)
    if not slots and wish is not None:
        slots = places.free_between(turn, person, offering, turn.now, turn.now + places.SOON, trainer_id)
    service = cards.service_word(offering)
    if not slots:
        return answer("utter_staff_book_none_free", service=service, window=window)
    buttons = questions.ask_which(
        turn, [places.book_button(turn, person, offering, slot.starts_at) for slot in slots]
    )
    return answer("utter_staff_book_when", buttons, service=service, name=person.name)


def _book(
    turn: StaffTurn,
    person: names.Person,
    offering: OfferingFact,
    starts_at: dt.datetime,
    trainer_id: uuid.UUID | None,
) -> StaffSay:
    try:
        booking = desk.book(
            turn.session, turn.facts, person.contact.id, offering, starts_at, now=turn.now, actor=turn.actor,
            trainer_id=None if offering.is_class else trainer_id,
        )  # fmt: skip
    except bookings.AlreadyBooked as error:
        return places.already(turn, person.name, error)
    except bookings.Refused as error:
        buttons = [places.book_button(turn, person, offering, slot.starts_at) for slot in error.alternatives]
        return places.refused(turn, offering, error, questions.ask_which(turn, buttons) if buttons else ())
    consequences.booked(
        turn.session, turn.facts, booking, turn.now, actor=turn.actor, in_group=not turn.is_group
    )
    undo = reversals.remember(turn, "book", booking=booking.id)
    return answer(
        "utter_staff_booked_done", (undo,), name=person.name, place=places.place(turn, booking),
        left=places.seats_left(turn, booking), told=places.told_words(turn, booking, "utter_staff_booked", with_buttons=True),
    )  # fmt: skip


COMMAND = Command(
    "book", "Books somebody in.", "book <name> service tue 12:00", EVERYBODY, handle,
    aliases=("book in", "book", "* book", "schedule", "put down", "add booking for"),
)  # fmt: skip
