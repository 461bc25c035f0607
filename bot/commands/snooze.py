"""snooze: come back to a lead or a to-do later."""

from __future__ import annotations

import regex
from sqlmodel import select

from bot import cards, names, questions, wording
from bot import place_answers as places
from bot.answers import answer, is_plain, order, record, record_in
from bot.commands import remind
from bot.payloads import minute
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import follow_ups
from crm.models import Contact, Lead

_UNTIL = regex.compile(r"\b(?:un)?till?\b", regex.IGNORECASE)
"""What is put off until a day comes back on it."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Ask until when; a new to-do about a lead, a later time for one that is there."""
    follow_up_id = record_in(text, "f")
    if follow_up_id is not None:
        follow_up = follow_ups.get(turn.session, follow_up_id)
        lead = turn.session.exec(select(Lead).where(Lead.id == follow_up.lead_id)).one()
        contact = turn.session.exec(select(Contact).where(Contact.id == lead.contact_id)).one()
        due_at, _ = places.instant_coded(text)
        name = cards.name_of(contact)
        if due_at is None:
            buttons = [
                order(title, "snooze", record("f", follow_up.id), f"^{minute(at)}")
                for title, at in remind.likely_times(turn)
            ]
            return [answer("utter_staff_snooze_until", questions.ask_which(turn, buttons), name=name)]
        follow_ups.put_off(turn.session, follow_up, due_at, contact_id=contact.id, now=turn.now)
        cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
        said = f", {follow_up.words}" if follow_up.words else ""
        when = wording.short_when(turn.facts, due_at)
        return [answer("utter_staff_remind_set", when=when, name=name, words=said)]
    person = names.person_in(turn, text, free_text=True)
    if is_plain(turn) and turn.is_group and not person.is_first:
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    if names.tidy(person.rest):
        return remind.handle(turn, _UNTIL.sub(" ", text))
    buttons = [
        order(title, "remind", f"#{person.lead.number}", f"^{minute(at)}")
        for title, at in remind.likely_times(turn)
    ]
    return [answer("utter_staff_snooze_until", questions.ask_which(turn, buttons), name=person.name)]


COMMAND = Command(
    "snooze",
    "Comes back to somebody later.",
    "/snooze <name> [until]",
    EVERYBODY,
    handle,
    aliases=("snooze",),
)
