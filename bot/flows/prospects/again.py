""" "Same as last week?": the session somebody had before, at the same time on the next such day."""

from __future__ import annotations

import datetime as dt
import re

from bot.events import Events, FlowOpened, Say, SlotSet
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import own_bookings, wishes
from bot.turn import Turn
from crm import bookings

AGAIN = re.compile(
    r"\bsame (again|thing|one|slot|session|class|time)?\s?(as|like)? ?(last|the last) (week|time|one)|\b(my|the) usual\b|\bsame again\b|"
    r"\bsame (slot|time|session|class) (again|next week|this week)\b|\bsame as (before|last time|usual)\b"
)
HAD = ("booked", "in_progress", "attended", "no_show")
WEEK = dt.timedelta(days=7)


def begin(turn: Turn) -> Events:
    """Offer the session they last had, a week (or the weeks needed) later; without one, say so."""
    earlier = [
        row for row in bookings.of_contact(turn.session, turn.contact.id, limit=10) if row.status in HAD
    ]
    if not earlier:
        yield SlotSet("invited", "book_trial")
        yield Say("utter_nothing_before", asks=True)
        return
    ahead = {row.id for row in own_bookings.upcoming(turn)}
    last = next((row for row in earlier if row.id not in ahead), earlier[0])
    offering = turn.facts.offering_by_id(last.offering_id)
    wished = turn.facts.local(last.starts_at).replace(tzinfo=None)
    now = turn.local_now.replace(tzinfo=None)
    while wished <= now or (last.id in ahead and turn.facts.instant(wished) == last.starts_at):
        wished += WEEK
    yield FlowOpened("book_trial" if offering.kind == "trial" else "book_session")
    yield SlotSet("offering", offering.key)
    yield SlotSet("wish", wishes.exactly(wished).as_slot())
    if last.trainer_id is not None and offering.kind == "personal":
        yield SlotSet("trainer", str(last.trainer_id))
    yield from talk.find_place(turn, offering)
