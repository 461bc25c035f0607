"""Setting a task aside for another one, and taking it up again."""

from __future__ import annotations

from bot.events import Events, FlowClosed, FlowOpened, Say, Silence, SlotSet
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import places
from bot.turn import Turn


def park(turn: Turn) -> Events:
    """Set the open flow aside to be taken up again."""
    kept = {name: turn.slot(name) for name in ("offering", "wish", "trainer", "target") if turn.slot(name)}
    parked = {"flow": turn.tracker.flow, "slots": kept, "at": turn.now.isoformat()}
    yield from talk.forget_held(turn)
    yield FlowClosed("parked")
    yield SlotSet("parked", parked)


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
