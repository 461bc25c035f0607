""" "Anything earlier?": other free times on one side of those on offer."""

from __future__ import annotations

import datetime as dt
import re

from bot import wording
from bot.events import Events, Say
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import places
from bot.payloads import read
from bot.turn import Turn
from crm import bookings
from crm.availability import TimeSlot
from crm.facts import OfferingFact

EARLIER = re.compile(r"\b(earlier|sooner|before (that|then|those)|(too|bit|little) late)\b", re.IGNORECASE)
LATER = re.compile(
    r"\b(later|after (that|then|those)|(too|bit|little|fierce|very) early)\b(?!.*\b(on|than)\b)",
    re.IGNORECASE,
)
MYSELF = re.compile(r"\b(i'?m|i am|i'?ll be|we'?re|running)\b.{0,12}\blate\b", re.IGNORECASE)
"""Says who is late, and of no time that it is."""
DAYS_BEFORE = 3
"""So many days before those on offer are looked at for something earlier."""


def is_asked(turn: Turn) -> bool:
    """Whether other times are asked for, before or after those on offer, and no time of their own is named."""
    is_open = (
        not MYSELF.search(turn.text)
        and turn.times.expected is None
        and turn.times.shift is None
        and not turn.times.negated
    )
    either = bool(EARLIER.search(turn.text)) != bool(LATER.search(turn.text))
    return is_open and turn.asked in ("time", "confirm") and either and bool(_on_offer(turn))


def offer(turn: Turn, offering: OfferingFact) -> Events:
    """Free times next to those on offer, on the side asked for; where there are none, that is said."""
    on_offer = _on_offer(turn)
    is_earlier = EARLIER.search(turn.text) is not None
    edge = min(on_offer) if is_earlier else max(on_offer)
    found = _beside(turn, offering, edge, earlier=is_earlier)
    if not found:
        when = wording.capitalised(wording.when(turn.facts, edge, turn.language))
        yield Say("utter_nothing_earlier" if is_earlier else "utter_nothing_later", {"when": when})
        from bot.flows.prospects import book_place

        yield from book_place.repeat_question(turn)
        return
    yield from talk.forget_held(turn)
    starts = [slot.starts_at for slot in places.spread(found)]
    yield from talk.open_question("time", places.offer_times(turn, offering, starts))


def _on_offer(turn: Turn) -> list[dt.datetime]:
    held = talk.held_booking(turn)
    if turn.asked == "confirm":
        return [held.starts_at] if held is not None else []
    payloads = [read(option["id"]) for option in turn.slot("options") or () if option.get("choice")]
    return [start for one in payloads if one is not None and (start := one.instant(1)) is not None]


def _beside(turn: Turn, offering: OfferingFact, edge: dt.datetime, *, earlier: bool) -> list[TimeSlot]:
    """The same day's first; earlier ones of the days before where that day has none."""
    facts = turn.facts
    midnight = facts.instant(dt.datetime.combine(facts.local(edge).date(), dt.time()))
    stretches = [(midnight, edge), (midnight - dt.timedelta(days=DAYS_BEFORE), midnight)]
    if not earlier:
        stretches = [(edge, midnight + dt.timedelta(days=1))]
    for start, end in stretches:
        found = bookings.free_times(
            turn.session, facts, offering, start=max(start, turn.now), end=end, now=turn.now,
            trainer_id=turn.slot_id("trainer"), contact_id=turn.contact.id, replaces_id=talk.replaced(turn),
        )  # fmt: skip
        free = [
            slot for slot in found if slot.starts_at != edge and slot.starts_at != talk.replaced_start(turn)
        ]
        if free:
            return free
    return []
