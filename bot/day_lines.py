"""One thing of a day in one piece, as lists and short answers of staff show it."""

from __future__ import annotations

from bot import cards, wording
from bot.answers import after, words
from crm.booking_lists import AgendaLine
from crm.facts import GymFacts


def briefly(facts: GymFacts, line: AgendaLine, *, with_trainer: bool) -> str:
    """A session with its person, "10:00 Ana Silva, Trial", or a class with its count, "18:00 Boxing 4 of 10"."""
    time = wording.clock(facts, facts.local(line.starts_at))
    if line.offering.is_class:
        return words(
            "utter_staff_days_class", time=time, service=line.offering.name, taken=len(line.attendees),
            capacity=line.capacity or line.offering.capacity,
        )  # fmt: skip
    attendee = line.attendees[0]
    return words(
        "utter_staff_days_session", time=time, name=cards.guest_of(attendee.contact, attendee.booking),
        service=cards.service_word(line.offering), trainer=who(facts, line) if with_trainer else "",
    )  # fmt: skip


def who(facts: GymFacts, line: AgendaLine) -> str:
    """ " with Tom", where somebody gives it."""
    trainer = facts.staff_by_id(line.trainer_id)
    return after("utter_staff_day_with", trainer=trainer.first_name) if trainer else ""
