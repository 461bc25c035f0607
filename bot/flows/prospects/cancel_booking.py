"""Giving a booking up: the policy is said before, another time is offered once after."""

from __future__ import annotations

from bot import responses
from bot.channels.base import Button
from bot.events import Events, FlowClosed, FlowOpened, Say, SlotSet, StaffTold
from bot.flows.prospects import book_place, own_bookings, places
from bot.flows.prospects import booking_talk as talk
from bot.payloads import short_id, write
from bot.registry import Flow
from bot.turn import Turn
from crm import activities, bookings
from crm.models import Booking


def begin(turn: Turn) -> Events:
    """Find the booking that is meant and ask for a yes."""
    candidates = own_bookings.upcoming(turn)
    if not candidates:
        yield Say("utter_no_booking")
        return
    found = own_bookings.meant(turn, candidates, by_time=True)
    if len(found) > 1:
        yield FlowOpened("cancel_booking")
        yield from own_bookings.ask_which(turn, "cancel", found)
        return
    yield from begin_with(turn, found[0])


def begin_with(turn: Turn, booking: Booking) -> Events:
    """Cancel this one?"""
    if turn.tracker.flow != "cancel_booking":
        yield FlowOpened("cancel_booking")
    yield SlotSet("target", str(booking.id))
    yield SlotSet("about", str(booking.id))
    params = places.booking_params(turn, booking)
    late = booking.starts_at - turn.now < turn.facts.rules.late_cancel_for
    params["hours"] = int(turn.facts.rules.late_cancel_for.total_seconds() // 3600)
    buttons = (
        Button(write("gone", short_id(booking.id)), responses.render(turn.language, "button_yes_cancel")),
        Button(write("keep", short_id(booking.id)), responses.render(turn.language, "button_keep")),
    )
    key = "utter_confirm_cancel_late" if late else "utter_confirm_cancel"
    yield from talk.open_question("confirm", Say(key, params, buttons, asks=True))


def go_on(turn: Turn) -> Events:
    """Yes, no, or another time instead."""
    from bot.flows.prospects import reschedule_booking

    target = turn.slot_id("target")
    booking = talk.find(turn, target) if target else None
    if booking is None:
        found = own_bookings.meant(turn, own_bookings.upcoming(turn), by_time=True, about=False)
        if len(found) == 1:
            yield from begin_with(turn, found[0])
        else:
            yield from own_bookings.ask_which(turn, "cancel", found)
    elif other := own_bookings.other_named(turn, booking, by_time=not turn.wants("reschedule_booking")):
        yield from begin_with(turn, other)
    elif turn.wants("reschedule_booking") or turn.times.shift is not None:
        yield FlowClosed("moving")
        yield from reschedule_booking.begin_with(turn, booking)
    elif turn.wants("affirm", "cancel_booking"):
        yield from cancel(turn, booking)
    elif turn.wants("deny", "stop_flow"):
        yield FlowClosed("kept")
        yield Say("utter_kept", places.booking_params(turn, booking), talk.booked_buttons(turn, booking))
    else:
        yield from begin_with(turn, booking)


def cancel(turn: Turn, booking: Booking) -> Events:
    """The yes: the place is free again."""
    if booking.status != "booked":
        yield FlowClosed("gone")
        yield Say("utter_no_booking")
        return
    cancelled = bookings.cancel(
        turn.session, turn.facts, booking.id, now=turn.now, reason="asked", by="contact"
    )
    yield FlowClosed("cancelled")
    yield SlotSet("undo", {"verb": "cancelled", "booking": str(booking.id), "at": turn.now.isoformat()})
    activities.record(
        turn.session, "booking.cancelled", actor="contact", now=turn.now, contact_id=turn.contact.id,
        lead_id=turn.lead.id, booking_id=booking.id, late=cancelled.late_cancel,
    )  # fmt: skip
    yield Say("utter_cancelled", places.booking_params(turn, booking))
    yield StaffTold("cancelled", {"booking_id": str(booking.id)})
    if not turn.slot("parked"):
        offering = turn.facts.offering_by_id(booking.offering_id)
        yield SlotSet("invited", "book_trial" if offering.kind == "trial" else f"book:{offering.key}")
        yield Say("utter_offer_another", asks=True)


FLOW = Flow("cancel_booking", begin, go_on, book_place.ask_again)
