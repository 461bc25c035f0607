"""Which of a person's bookings is meant: the one named, the one talked about, the only one, or a question."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence

from bot import responses, wording
from bot.channels.base import Button
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import places
from bot.payloads import short_id, write
from bot.turn import Turn
from crm import bookings, reminders
from crm.facts import OfferingFact
from crm.models import Booking, Reminder
from nlu_models.parse import Time

MAX_TITLE = 20
"""Characters of a button, on the strictest platform."""
TALKED_ABOUT_FOR = dt.timedelta(hours=12)
"""For so long after our last word "it" still means the booking that was talked about."""
COMES = re.compile(
    r"\b(i'?m|im|i am|i'?ll be|we'?re|we are) (still |def(initely)? |deffo )?(coming|going|there)\b.{0,8}\b(my|the|that)\b(?! (one|gym|next))",
    re.IGNORECASE,
)
"""Says that they come to what is theirs."""


def upcoming(turn: Turn) -> Sequence[Booking]:
    """The person's bookings that still lie ahead, soonest first."""
    return bookings.upcoming(turn.session, turn.contact.id, now=turn.now)


def meant(turn: Turn, candidates: Sequence[Booking], *, by_time: bool, about: bool = True) -> list[Booking]:
    """Those that fit what the message names; all where it names nothing that tells them apart.

    `about`: where nothing is named, the one last talked about is meant.
    """
    if len(candidates) < 2:
        return list(candidates)
    found = list(candidates)
    service = turn.entity("service")
    if service is not None:
        offering = turn.facts.offering_by_key(str(service.value))
        fitting = [row for row in found if offering is not None and row.offering_id == offering.id]
        found = fitting or found
    named = _named_times(turn, by_time=by_time)
    if named:
        fitting = [row for row in found if any(_fits(turn, row, time) for time in named)]
        found = fitting or found
    ruled_out = {
        value if isinstance(value, dt.datetime) else value.isoformat() for value in turn.times.negated
    }
    if by_time and not named and ruled_out:
        # "I can't make it tomorrow" rules tomorrow out: the booking of that day is meant.
        fitting = [
            row for row in found if _local(turn, row).date().isoformat() in {str(v)[:10] for v in ruled_out}
        ]
        found = fitting or found
    if len(found) > 1:
        last = last_talked_about(turn)
        if about and last is not None and service is None and turn.times.expected is None:
            found = [row for row in found if row.id == last] or found
    return found


def last_talked_about(turn: Turn) -> uuid.UUID | None:
    """The booking that "it" means; nothing once the talk about it is long over."""
    said_at = turn.conversation.last_outbound_at
    is_fresh = said_at is not None and turn.now - said_at < TALKED_ABOUT_FOR
    return turn.slot_id("about") if is_fresh else None


def other_named(turn: Turn, target: Booking, *, by_time: bool) -> Booking | None:
    """Another booking than `target` which the message names: "no, the yoga one", "thursday's" (`by_time`)."""
    others = [row for row in upcoming(turn) if row.id != target.id]
    service = turn.entity("service")
    offering = turn.facts.offering_by_key(str(service.value)) if service is not None else None
    named = [] if offering is None else [row for row in others if row.offering_id == offering.id]
    if offering is not None and offering.id == target.offering_id:
        named = []
    times = _named_times(turn, by_time=by_time)
    if not named and service is None and times and not any(_fits(turn, target, time) for time in times):
        named = [row for row in others if any(_fits(turn, row, time) for time in times)]
    return named[0] if len(named) == 1 else None


def _named_times(turn: Turn, *, by_time: bool) -> list[Time]:
    """The times by which the message may name a booking: where a move starts from, else (`by_time`) any time."""
    if turn.times.moved is not None:
        return [turn.times.moved]
    if not by_time:
        return []
    return [time for time in (turn.times.expected, *turn.times.alternatives) if time is not None]


def _local(turn: Turn, booking: Booking) -> dt.datetime:
    return turn.facts.local(booking.starts_at).replace(tzinfo=None)


def _fits(turn: Turn, booking: Booking, time: Time) -> bool:
    local = _local(turn, booking)
    if time.end is None and time.grain in ("minute", "hour"):
        return time.start == local or (not time.named_date and time.start.time() == local.time())
    end = time.end or time.start + dt.timedelta(days=1)
    return time.start <= local < end


def said_to_come(turn: Turn) -> Booking | None:
    """The booking of which they say, unasked or late, that they come: "yes I'm coming to my trial"."""
    if (
        not turn.wants("book_trial", "book_session")
        or not COMES.search(turn.text)
        or turn.times.expected is not None
    ):
        return None
    service = turn.entity("service")
    meant = [
        row
        for row in upcoming(turn)
        if service is None or turn.facts.offering_by_id(row.offering_id).key == service.value
    ]
    return meant[0] if len(meant) == 1 else None


def coming(turn: Turn, booking: Booking) -> Events:
    """They say that they come: kept with the booking, and no further reminder asks."""
    booking.confirmed_by_guest_at = turn.now
    reminders.cancel(
        turn.session, Reminder.booking_id == booking.id, Reminder.kind == "booking_guest", reason="confirmed"
    )
    yield SlotSet("about", str(booking.id))
    yield Say("utter_see_you", places.booking_params(turn, booking))


def ask_which(turn: Turn, verb: str, candidates: Sequence[Booking]) -> Events:
    """More than one fits."""
    buttons = []
    for row in candidates[:3]:
        offering = turn.facts.offering_by_id(row.offering_id)
        day = wording.short_day(turn.facts, turn.facts.local(row.starts_at), turn.language)
        title = f"{_short_name(turn, offering, MAX_TITLE - len(day) - 1)} {day}"
        buttons.append(Button(write(verb, short_id(row.id)), title))
    yield from talk.open_question("which", Say("utter_which_booking", {}, tuple(buttons), asks=True))


def _short_name(turn: Turn, offering: OfferingFact, room: int) -> str:
    """As many whole words of a name as there is room for."""
    if offering.kind == "trial":
        return responses.render(turn.language, "word_trial")
    kept = ""
    for word in offering.name.split():
        longer = f"{kept} {word}".strip()
        if len(longer) > room:
            break
        kept = longer
    return kept or offering.name[:room]
