"""Moving a booking: the new place is sure before the old one is given up."""

from __future__ import annotations

import uuid

from bot.events import Events, FlowClosed, FlowOpened, Say, SlotSet, StaffTold
from bot.flows.prospects import book_place, own_bookings, parking, places
from bot.flows.prospects import booking_talk as talk
from bot.registry import Flow
from bot.turn import Turn
from crm import activities, bookings
from crm.errors import Conflict
from crm.models import Booking


def begin(turn: Turn) -> Events:
    """Find the booking that is meant, then a new time for it."""
    candidates = own_bookings.upcoming(turn)
    if not candidates:
        yield from book_again(turn)
        return
    found = own_bookings.meant(turn, candidates, by_time=False)
    if len(found) > 1:
        yield FlowOpened("reschedule_booking")
        yield from own_bookings.ask_which(turn, "move", found)
        return
    yield from begin_with(turn, found[0])


def begin_with(turn: Turn, booking: Booking) -> Events:
    """Move this one."""
    if turn.tracker.flow != "reschedule_booking":
        yield FlowOpened("reschedule_booking")
    offering = turn.facts.offering_by_id(booking.offering_id)
    yield SlotSet("target", str(booking.id))
    yield SlotSet("offering", offering.key)
    yield SlotSet("about", str(booking.id))
    yield from talk.take_in(turn)
    if turn.slot("wish"):
        yield from talk.find_place(turn, offering)
        return
    params = places.booking_params(turn, booking)
    found = bookings.near_times(
        turn.session, turn.facts, offering, booking.starts_at, now=turn.now, contact_id=turn.contact.id,
        replaces_id=booking.id, limit=places.OFFERED + 1,
    )  # fmt: skip
    others = sorted(slot.starts_at for slot in found if slot.starts_at != booking.starts_at)[: places.OFFERED]
    offer = places.offer_times(turn, offering, others) if others else None
    yield from talk.open_question(
        "time", Say("utter_ask_new_time", params, offer.buttons if offer else (), asks=True)
    )


def book_again(turn: Turn) -> Events:
    """Nothing to move, but somebody who missed a session clearly wants a new one."""
    earlier = bookings.of_contact(turn.session, turn.contact.id, limit=1)
    if earlier:
        last = earlier[0]
        offering = turn.facts.offering_by_id(last.offering_id)
        yield FlowOpened("book_trial" if offering.kind == "trial" else "book_session")
        yield SlotSet("offering", offering.key)
        yield from talk.take_in(turn)
        yield from talk.find_place(turn, offering)
    elif turn.times.expected is not None:
        # They believe that they have one.
        yield Say("utter_no_booking")
        yield from book_place.begin_trial(turn)
    else:
        yield Say("utter_no_booking_offer", asks=True)
        yield SlotSet("invited", "book_trial")


def go_on(turn: Turn) -> Events:
    """The new time, a yes to it, or the old one after all."""
    if turn.slot("target") is None:
        found = own_bookings.meant(turn, own_bookings.upcoming(turn), by_time=True, about=False)
        if len(found) == 1:
            yield from begin_with(turn, found[0])
        else:
            yield from own_bookings.ask_which(turn, "move", found)
        return
    target = talk.find(turn, uuid.UUID(turn.slot("target")))
    if target is not None and (other := own_bookings.other_named(turn, target, by_time=False)):
        yield from talk.forget_held(turn)
        yield SlotSet("wish", None)
        yield SlotSet("trainer", None)
        yield from begin_with(turn, other)
        return
    named = book_place.named_offering(turn)
    if named is not None and target is not None and named.id != target.offering_id:
        # A booking keeps what it is for when it moves: another class is a booking of its own.
        yield from parking.park(turn)
        yield from book_place.begin_session(turn)
        return
    says_time = turn.times.expected is not None or turn.times.shift is not None
    if not says_time and turn.wants("deny", "stop_flow"):
        yield from keep(turn)
    elif turn.asked == "confirm" and turn.wants("affirm") and not says_time:
        held = talk.held_booking(turn)
        if held is not None:
            yield from confirm(turn, held)
    else:
        yield from book_place.go_on(turn)


def keep(turn: Turn) -> Events:
    """Leave it as it is."""
    target = turn.slot_id("target")
    booking = talk.find(turn, target) if target else None
    yield from talk.forget_held(turn)
    yield FlowClosed("kept")
    if booking is not None:
        yield Say("utter_kept", places.booking_params(turn, booking), talk.booked_buttons(turn, booking))


def confirm(turn: Turn, held: Booking) -> Events:
    """The yes to the new time; the old place is free from here on."""
    before_id = held.replaces_id
    try:
        booking = bookings.confirm(turn.session, turn.facts, held.id, now=turn.now)
    except (bookings.Refused, Conflict):
        yield from book_place.confirm_place(turn, held)
        return
    yield FlowClosed("moved")
    yield SlotSet("about", str(booking.id))
    yield SlotSet("undo", {"verb": "moved", "booking": str(booking.id), "at": turn.now.isoformat()})
    activities.record(
        turn.session, "booking.moved", actor="contact", now=turn.now, contact_id=turn.contact.id,
        lead_id=turn.lead.id, booking_id=booking.id, replaced=str(before_id),
    )  # fmt: skip
    yield Say("utter_moved", places.booking_params(turn, booking), talk.booked_buttons(turn, booking))
    yield StaffTold("moved", {"booking_id": str(booking.id), "before_id": str(before_id)})


FLOW = Flow("reschedule_booking", begin, go_on, book_place.ask_again)
