"""Queueing for a full class, and taking the place that comes free."""

from __future__ import annotations

import datetime as dt
import uuid

from bot import consequences, wording
from bot.events import Events, FlowClosed, FlowOpened, Say, SlotSet
from bot.flows.prospects import book_place, wishes
from bot.flows.prospects import booking_talk as talk
from bot.registry import Flow
from bot.turn import Turn
from crm import bookings, waitlist
from crm.errors import CrmError
from crm.facts import OfferingFact
from crm.models import WaitlistEntry


def begin(turn: Turn) -> Events:
    """Put the person on the list of the class they name; a class with room is offered instead."""
    offering = book_place.named_offering(turn) or book_place.current_offering(turn)
    if offering is None or not offering.is_class:
        yield from book_place.begin_session(turn)
        return
    yield FlowOpened("join_waitlist")
    yield SlotSet("offering", offering.key)
    yield from talk.take_in(turn)
    yield from talk.find_place(turn, offering)


def join(turn: Turn, offering: OfferingFact, starts_at: dt.datetime | None = None) -> Events:
    """On the list, with the place in the queue said."""
    wish = wishes.from_slot(turn.slot("wish"))
    if starts_at is None:
        if wish is None:
            yield from talk.ask_time(turn, offering)
            return
        starts_at = turn.facts.instant(wish.start)
    try:
        joined = waitlist.join(
            turn.session, turn.facts, turn.contact.id, offering, starts_at, now=turn.now,
            conversation_id=turn.conversation.id,
        )  # fmt: skip
    except (waitlist.PlaceFree, bookings.NotPossible, bookings.AlreadyBooked):
        # A seat has come free meanwhile, or there is nothing to wait for: the booking talk says which.
        yield from talk.hold(turn, offering, starts_at)
        return
    yield FlowClosed("waiting")
    params = {
        "service": offering.name,
        "when": wording.when(turn.facts, starts_at, turn.language),
        "position": joined.position,
        "minutes": int(turn.facts.rules.waitlist_offer_for.total_seconds() // 60),
    }
    yield Say("utter_waitlist_joined", params)


def open_offer(turn: Turn) -> WaitlistEntry | None:
    """The seat that is offered to the person just now."""
    entries = waitlist.list_of_contact(turn.session, turn.contact.id)
    return next((entry for entry in entries if entry.status == "offered"), None)


def accept(turn: Turn, entry_id: uuid.UUID | None = None) -> Events:
    """The place that came free is taken, if it still is free."""
    entry = open_offer(turn)
    wanted = entry.id if entry is not None else entry_id or turn.slot_id("waitlist_entry")
    if wanted is None:
        yield FlowClosed("missed")
        yield Say("utter_waitlist_missed")
        return
    try:
        booking = waitlist.accept(turn.session, turn.facts, wanted, now=turn.now)
    except CrmError:
        yield FlowClosed("missed")
        yield Say("utter_waitlist_missed")
        return
    yield from book_place.booked(turn, booking)


def decline(turn: Turn) -> Events:
    """No thanks: the place goes to the next in the queue."""
    entry = open_offer(turn)
    yield FlowClosed("declined")
    yield Say("utter_anything_else")
    if entry is not None:
        freed = waitlist.leave(turn.session, turn.facts, entry.id, now=turn.now)
        if freed is not None:
            consequences.plan_offer(turn.session, freed, turn.now)


def go_on(turn: Turn) -> Events:
    """Yes or no to the place that came free; anything about times is a booking like any other."""
    if turn.asked == "waitlist_offer":
        if turn.wants("deny", "cancel_booking", "stop_flow"):
            yield from decline(turn)
        else:
            yield from accept(turn)
        return
    yield from book_place.go_on(turn)


FLOW = Flow("join_waitlist", begin, go_on, book_place.ask_again)
