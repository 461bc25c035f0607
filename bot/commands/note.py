"""/note: words about somebody that stay inside."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import select

from bot import cards, discretion, names, reversals
from bot.answers import answer, is_plain, record
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import notes

LAST_SESSION_FOR = dt.timedelta(hours=3)
"""So long after a session a trainer's note without a name is about its person."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Write it down. A trainer's note, and any that touches on health, is shown to trainers in private only."""
    try:
        person = names.person_in(turn, text, free_text=True)
    except (names.NobodyNamed, names.NobodyFits):
        last = _last_session(turn)
        if last is None:
            raise
        person = names.person_in(turn, f"{record('p', last[0])} {text}", free_text=True)
    if is_plain(turn) and turn.is_group and not person.is_first:
        return []
    said = person.words
    if not said:
        return [answer("utter_staff_note_what", name=person.name)]
    for_trainers = turn.staff.role == "trainer" or discretion.mentions_health(said)
    last = _last_session(turn)
    booking_id = last[1] if last is not None and last[0] == person.contact.id else None
    note_id = notes.add(
        turn.session, said, contact_id=person.contact.id, lead_id=person.lead.id if person.lead else None,
        actor=turn.actor, now=turn.now, booking_id=booking_id, for_trainers=for_trainers,
    )  # fmt: skip
    undo = reversals.remember(turn, "note", note=note_id, contact=person.contact.id)
    if person.lead is not None:
        cards.lead_changed(turn.session, turn.facts, person.lead.id, turn.now)
    if not for_trainers:
        return [answer("utter_staff_noted", (undo,), name=person.name, words=said)]
    if turn.is_group or turn.staff.role != "trainer":
        return [answer("utter_staff_noted_private", (undo,), name=person.name)]
    return [answer("utter_staff_noted_private_full", (undo,), name=person.name, words=said)]


def _last_session(turn: StaffTurn) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The person and booking of the session last marked here."""
    from crm.models import Booking

    last = turn.state.get("session")
    if not last or turn.now - dt.datetime.fromisoformat(last["at"]) > LAST_SESSION_FOR:
        return None
    booking = turn.session.exec(select(Booking).where(Booking.id == uuid.UUID(last["booking"]))).first()
    return (booking.contact_id, booking.id) if booking else None


COMMAND = Command(
    "note", "Keeps a note about a person; it is never sent.", "/note <name> words", EVERYBODY, handle,
    aliases=("note for", "note on", "note about", "note", "notes"),
)  # fmt: skip
