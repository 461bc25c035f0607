"""Taking back the last thing done: a booking, a move, a cancellation."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from bot.events import Events, Say, SlotSet, StaffTold
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import places
from bot.turn import Turn
from crm import activities, bookings
from crm.errors import CrmError

UNDO_FOR = dt.timedelta(minutes=30)
UNDO_WORDS = re.compile(
    r"\b(undo|take (that|it) back|wrong (one|day|time|button|date)|by mistake|by accident|didn'?t mean (to|that)|revert|(have|get|put) (it|me|that|my (place|slot|spot)) back)\b",
    re.IGNORECASE,
)


TAKE_BACK = re.compile(r"\btake (it|that) back\b", re.IGNORECASE)
BACK = re.compile(
    r"\b(have|get|put|want|take|keep) (it|me|that|my (place|slot|spot))( \w+)? back\b", re.IGNORECASE
)
"""Wants a place back, which never means giving one up."""


def is_asked(turn: Turn) -> bool:
    """Whether the person wants the last thing taken back, and there is one that still can be."""
    return turn.slot("undo") is not None and bool(UNDO_WORDS.search(turn.text)) and turn.tracker.flow is None


def undo(turn: Turn) -> Events:
    """Reverse it, with the old place restored if it is free."""
    last = turn.slot("undo")
    if not last or turn.now - dt.datetime.fromisoformat(last["at"]) > UNDO_FOR:
        yield Say("utter_nothing_to_undo")
        return
    booking_id = uuid.UUID(last["booking"])
    standing = talk.find(turn, booking_id)
    is_kept = last["verb"] == "booked" and standing is not None and standing.status == "booked"
    if is_kept and standing is not None and BACK.search(turn.text) and not TAKE_BACK.search(turn.text):
        # They believe it gone: it stands.
        yield Say("utter_kept", places.booking_params(turn, standing), talk.booked_buttons(turn, standing))
        return
    try:
        if last["verb"] == "moved":
            booking = bookings.undo_move(turn.session, turn.facts, booking_id, now=turn.now)
            key, told = "utter_undone_move", "restored"
        elif last["verb"] == "cancelled":
            booking = bookings.undo_cancel(turn.session, turn.facts, booking_id, now=turn.now)
            key, told = "utter_undone_cancel", "restored"
        else:
            booking = bookings.cancel(
                turn.session, turn.facts, booking_id, now=turn.now, by="contact", reason="undone"
            )
            key, told = "utter_undone_booking", "cancelled"
    except CrmError:
        yield SlotSet("undo", None)
        yield Say("utter_undo_too_late")
        return
    yield SlotSet("undo", None)
    yield SlotSet("about", str(booking.id))
    activities.record(
        turn.session, "booking.undone", actor="contact", now=turn.now, contact_id=turn.contact.id,
        lead_id=turn.lead.id, booking_id=booking.id, undone=last["verb"],
    )  # fmt: skip
    buttons = () if told == "cancelled" else talk.booked_buttons(turn, booking)
    yield Say(key, places.booking_params(turn, booking), buttons)
    yield StaffTold(told, {"booking_id": str(booking.id)})
