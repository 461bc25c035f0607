"""What was not understood, or is no business of a gym's: two doors the first time, a person the second."""

from __future__ import annotations

from bot.events import Events, HandedOff, Say, SlotSet
from bot.flows.prospects import parking
from bot.intents import in_flow, people
from bot.intents.small_talk import doors
from bot.registry import flows
from bot.turn import Turn
from bot.when_read import read_by
from crm.conversations import NOT_UNDERSTOOD

BEFORE_A_PERSON = 2


def outside(turn: Turn) -> Events:
    """Not a gym's business: said once; a second time in a row a person looks."""
    if turn.slot("told") and not turn.slot("undo"):
        yield in_flow.noted(turn)
        return
    if turn.conversation.status == "pending":
        yield from people.waits(turn)
        return
    misses = int(turn.slot("misses") or 0)
    if misses + 1 >= BEFORE_A_PERSON:
        yield from missed(turn)
        return
    yield SlotSet("misses", misses + 1)
    yield Say("utter_out_of_scope")


def missed(turn: Turn) -> Events:
    """Not understood: two doors the first time, a person the second, never a third time."""
    if turn.conversation.status == "pending" and turn.tracker.flow is None:
        yield from people.waits(turn)
        return
    misses = int(turn.slot("misses") or 0) + 1
    if misses >= BEFORE_A_PERSON:
        yield from give_up(turn)
        return
    yield SlotSet("misses", misses)
    if turn.tracker.flow is not None:
        yield Say("utter_not_understood_flow")
        yield from flows()[str(turn.tracker.flow)].ask_again(turn)
        return
    yield Say("utter_not_understood", {}, doors(turn), asks=True)


def give_up(turn: Turn) -> Events:
    """A person takes over, who sees what was said; what was being done is set aside."""
    yield SlotSet("misses", None)
    yield SlotSet("asked_before", None)
    if turn.tracker.flow is not None:
        yield from parking.park(turn)
    yield HandedOff(NOT_UNDERSTOOD)
    yield Say("utter_handoff_not_understood", {"when": read_by(turn.facts, turn.now, turn.language)})
