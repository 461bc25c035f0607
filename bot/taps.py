"""What a tapped button does, from the present state: never "invalid option"."""

from __future__ import annotations

from collections.abc import Callable

from bot.events import Events, FlowClosed, FlowOpened, Say, SlotSet
from bot.flows.prospects import (
    book_place,
    cancel_booking,
    join_waitlist,
    own_bookings,
    places,
    reschedule_booking,
    wishes,
)
from bot.flows.prospects import booking_talk as talk
from bot.intents import consent, in_flow, people, privacy, small_talk
from bot.payloads import Payload, read
from bot.registry import intents
from bot.turn import Turn


def handle(turn: Turn) -> Events | None:
    """The events of a tapped button; None where the payload is not ours."""
    payload = read(turn.tapped or "")
    verb = VERBS.get(payload.verb) if payload else None
    return verb(turn, payload) if verb is not None and payload is not None else None


def confirm_place(turn: Turn, payload: Payload) -> Events:
    """Confirm under an offer: booked now, or what became of it since."""
    booking = talk.is_own_id(turn, payload.id())
    if booking is None:
        yield Say("utter_no_booking_offer", asks=True)
    elif booking.status in ("booked", "in_progress"):
        yield Say(
            "utter_already_booked", places.booking_params(turn, booking), talk.booked_buttons(turn, booking)
        )
    elif booking.replaces_id is not None:
        yield from reschedule_booking.confirm(turn, booking)
    else:
        yield from book_place.confirm_place(turn, booking)


def choose_time(turn: Turn, payload: Payload) -> Events:
    """A time that was offered: held now if it is still free."""
    offering = turn.facts.offering_by_key(payload.args[0]) if payload.args else None
    starts_at = payload.instant(1)
    if offering is None or starts_at is None:
        yield Say("utter_no_booking_offer", asks=True)
        return
    if turn.tracker.flow not in ("book_trial", "book_session", "reschedule_booking"):
        yield FlowOpened("book_trial" if offering.kind == "trial" else "book_session")
    yield SlotSet("offering", offering.key)
    yield SlotSet("wish", wishes.exactly(turn.facts.local(starts_at).replace(tzinfo=None)).as_slot())
    yield from talk.hold(turn, offering, starts_at)


def other_time(turn: Turn, payload: Payload) -> Events:
    """Not that one."""
    booking = talk.is_own_id(turn, payload.id())
    offering = book_place.current_offering(turn)
    if offering is None and booking is not None:
        offering = turn.facts.offering_by_id(booking.offering_id)
        yield FlowOpened("book_trial" if offering.kind == "trial" else "book_session")
        yield SlotSet("offering", offering.key)
    if offering is not None:
        yield from book_place.other_time(turn, offering)


def pick_offering(turn: Turn, payload: Payload) -> Events:
    """A class or session from the list."""
    offering = turn.facts.offering_by_key(payload.args[0]) if payload.args else None
    flow = "book_trial" if offering is not None and offering.kind == "trial" else "book_session"
    yield from book_place.begin_with(turn, flow, offering)


def with_trainer(turn: Turn, payload: Payload) -> Events:
    """The trainer they would like; after the talk is over, for a trial with that one."""
    person = turn.facts.staff_by_key(payload.args[0]) if payload.args else None
    if person is None:
        yield Say("utter_no_booking_offer", asks=True)
        return
    yield SlotSet("trainer_wish", None)
    offering = book_place.current_offering(turn)
    if turn.tracker.flow is None or offering is None:
        yield SlotSet("talk_trainer", person.key)
        yield from book_place.begin_trial(turn)
        return
    yield SlotSet("trainer", str(person.id))
    yield from talk.find_place(turn, offering)


def move(turn: Turn, payload: Payload) -> Events:
    """Move under a booking."""
    booking = talk.is_own_id(turn, payload.id())
    if booking is None or booking.status != "booked":
        yield from reschedule_booking.begin(turn)
        return
    yield from reschedule_booking.begin_with(turn, booking)


def cancel(turn: Turn, payload: Payload) -> Events:
    """Cancel under a booking: the policy is said, then a yes is asked for."""
    booking = talk.is_own_id(turn, payload.id())
    if booking is None or booking.status != "booked":
        yield from cancel_booking.begin(turn)
        return
    yield from cancel_booking.begin_with(turn, booking)


def really_cancel(turn: Turn, payload: Payload) -> Events:
    """The yes to a cancellation."""
    booking = talk.is_own_id(turn, payload.id())
    if booking is None:
        yield Say("utter_no_booking")
        return
    yield from cancel_booking.cancel(turn, booking)


def keep(turn: Turn, payload: Payload) -> Events:
    """Keep as it is."""
    if turn.tracker.flow == "reschedule_booking":
        yield from reschedule_booking.keep(turn)
        return
    booking = talk.is_own_id(turn, payload.id())
    if turn.tracker.flow is not None:
        yield FlowClosed("kept")
    if booking is not None and booking.status == "booked":
        yield Say("utter_kept", places.booking_params(turn, booking), talk.booked_buttons(turn, booking))
    else:
        yield Say("utter_ok")


def coming(turn: Turn, payload: Payload) -> Events:
    """Confirm under a reminder: they come, and are not asked again."""
    booking = talk.is_own_id(turn, payload.id())
    if booking is None or booking.status != "booked":
        yield Say("utter_no_booking_offer", asks=True)
        return
    yield from own_bookings.coming(turn, booking)


def join_list(turn: Turn, payload: Payload) -> Events:
    """On the waiting list."""
    offering = turn.facts.offering_by_key(payload.args[0]) if payload.args else None
    starts_at = payload.instant(1)
    if offering is None or starts_at is None:
        yield from join_waitlist.begin(turn)
        return
    yield from join_waitlist.join(turn, offering, starts_at)


def take_place(turn: Turn, payload: Payload) -> Events:
    """The place that came free."""
    yield from join_waitlist.accept(turn, payload.id())


def no(turn: Turn, payload: Payload) -> Events:
    """No thanks."""
    yield from in_flow.stop_flow(turn) if turn.tracker.flow else small_talk.deny(turn)


def start(turn: Turn, payload: Payload) -> Events:
    """A booking, from the help's door."""
    yield from book_place.begin_trial(turn)


def team(turn: Turn, payload: Payload) -> Events:
    """A person, from the help's door."""
    yield from people.request_human(turn)


def mean(turn: Turn, payload: Payload) -> Events:
    """A door of a question that is over: what it stands for, by itself."""
    entry = intents().get(payload.args[0]) if payload.args else None
    yield from (entry or intents()["help"]).handle(turn)


def stop(turn: Turn, payload: Payload) -> Events:
    """No more messages."""
    yield from consent.stop(turn)


def erase(turn: Turn, payload: Payload) -> Events:
    """All their data gone: asked first, done at the second tap."""
    yield from privacy.erase(turn) if payload.args == ("ok",) else privacy.ask(turn)


def data(turn: Turn, payload: Payload) -> Events:
    """What is kept about them."""
    yield from privacy.tell(turn)


VERBS: dict[str, Callable[[Turn, Payload], Events]] = {
    "ok": confirm_place,
    "at": choose_time,
    "other": other_time,
    "pick": pick_offering,
    "with": with_trainer,
    "move": move,
    "cancel": cancel,
    "gone": really_cancel,
    "keep": keep,
    "coming": coming,
    "wait": join_list,
    "take": take_place,
    "no": no,
    "start": start,
    "team": team,
    "stop": stop,
    "mean": mean,
    "erase": erase,
    "data": data,
}
