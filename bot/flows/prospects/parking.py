"""Setting a task aside for another one, and taking it up again."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from bot.events import Events, FlowClosed, FlowOpened, Say, Silence, SlotSet
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import places
from bot.turn import Turn

KEPT_FOR = dt.timedelta(hours=24)
"""How long what was dropped can be taken up again by "actually, let's do it"."""
AFTER_ALL = re.compile(
    r"\b(actually|after all|changed my mind|on second thoughts?|ok(ay)?|grand|fine|right|ah|go on|sure|yeah|alright)\b.{0,24}"
    r"\b(let'?s|lets|i'?ll|i will|i do want|go (ahead|on)|we'?ll|i'?d like|i want|book|do|take)\b.{0,20}\b(it|that|the|this)\b|"
    r"\b(go (ahead|on|back) with|let'?s do|lets do|book) (it|that|the \w+)( \w+)? (after all|anyway|then)\b|"
    r"\b(i'?ve|i) changed my mind\b|\bback to (that|the) (trial|booking|class|session)\b",
    re.IGNORECASE,
)


def drop(turn: Turn) -> Events:
    """Leave the open flow; what it was about is kept for who changes their mind."""
    yield from _set_aside(turn, "dropped")


def is_wanted_after_all(turn: Turn) -> bool:
    """Whether they come back to what they dropped a while ago, without naming anything else."""
    dropped = turn.slot("dropped")
    if not dropped or turn.tracker.flow is not None or turn.tapped is not None:
        return False
    if turn.now - dt.datetime.fromisoformat(dropped["at"]) > KEPT_FOR or turn.times.expected is not None:
        return False
    service = turn.entity("service")
    is_same = service is None or service.value == dropped["slots"].get("offering")
    return is_same and AFTER_ALL.search(turn.text) is not None and not turn.wants("deny", "cancel_booking")


def take_up(turn: Turn) -> Events:
    """What was dropped, from where it was left."""
    yield SlotSet("parked", turn.slot("dropped"))
    yield SlotSet("dropped", None)
    yield from resume(turn)


def park(turn: Turn) -> Events:
    """Set the open flow aside to be taken up again."""
    yield from _set_aside(turn, "parked")


def _set_aside(turn: Turn, how: Literal["dropped", "parked"]) -> Events:
    """Close the open flow; what it was about is kept in the slot of that name."""
    slots = {
        name: turn.slot(name)
        for name in ("offering", "wish", "trainer", "trainer_wish", "target")
        if turn.slot(name)
    }
    kept = {"flow": turn.tracker.flow, "slots": slots, "at": turn.now.isoformat()}
    yield from talk.forget_held(turn)
    yield FlowClosed(how)
    yield SlotSet(how, kept)


def resume(turn: Turn) -> Events:
    """Take a parked flow up again, checking that what was on offer still is."""
    parked = turn.slot("parked")
    yield SlotSet("parked", None)
    yield SlotSet("invited", None)
    if not parked:
        yield Silence()
        return
    yield FlowOpened(parked["flow"])
    for name, value in parked["slots"].items():
        yield SlotSet(name, value)
    offering = turn.facts.offering_by_key(str(parked["slots"].get("offering", "")))
    if offering is not None:
        yield from talk.find_place(turn, offering)


def offer_to_resume(turn: Turn) -> Events:
    """Once the other task is done: go on with the first?"""
    parked = turn.slot("parked")
    offering = turn.facts.offering_by_key(str(parked["slots"].get("offering", ""))) if parked else None
    if offering is not None:
        yield SlotSet("invited", "resume")
        yield Say("utter_resume", {"service": places.offering_name(turn, offering)}, asks=True)
