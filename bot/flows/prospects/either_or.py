"""Two readings of a message: which one is meant, asked with a door for each, and the answer understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import nlu, responses
from bot.channels.base import Button
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import booking_talk as talk
from bot.payloads import read, write
from bot.turn import Turn
from nlu_models.parse import OUT_OF_SCOPE, Intent, Parse

VERB = "mean"
HOLLOW = frozenset({"affirm", "deny", "chitchat", "greet", "thank", "goodbye", "repeat"})
"""Readings that carry no want: the next likely one is asked about instead."""
OWN_WORDS = frozenset({"name", "guest", "goal"})
DROPS = frozenset({"stop_flow", "go_back", "opt_out", "request_human"})
"""Asking back about these would be deaf."""
LIKELY, POSSIBLE = 0.5, 0.15
"""Shares of a reading: from LIKELY on it is worth asking about though the message seemed to be no business of a
gym's, from POSSIBLE on it may stand behind the second door."""
SURE_QUESTION = 0.45
"""From here on a question is answered without asking back: an answer too many costs less than a wrong booking."""


@dataclass(frozen=True, slots=True)
class Door:
    """One reading: the want behind it, in the middle of the question, and on its button."""

    intent: str
    phrase: str
    title: str


def door(turn: Turn, intent: str) -> Door | None:
    """A want in our own words; None where there is no way to ask for it."""
    key = intent.replace("faq/", "faq_")
    if f"utter_mean_{key}" not in responses.catalogue(responses.DEFAULT_LANGUAGE):
        return None
    return Door(
        intent,
        responses.render(turn.language, f"utter_mean_{key}"),
        responses.render(turn.language, f"button_mean_{key}"),
    )


def readings(turn: Turn, intent: Intent) -> tuple[Door, ...]:
    """The two likeliest wants where none is likely enough to be acted on; nothing where one is, or none is at all.

    What was only just said is not asked about a second time: then a person is the better answer.
    """
    if intent.confidence == nlu.ASK or turn.slot("misses") or turn.conversation.status == "pending":
        # Exactly ASK: told by its words (`bot.nlu.by_its_words`).
        return ()
    if intent.name == OUT_OF_SCOPE:
        first = next(iter(turn.parse.ranking), intent)
        if first.name == OUT_OF_SCOPE or first.confidence < LIKELY:
            return ()
    elif intent.confidence >= (nlu.ACT if intent.name in nlu.TASKS else SURE_QUESTION):
        return ()
    ranked = [one.name for one in turn.parse.ranking if one.confidence >= POSSIBLE]
    if intent.name != OUT_OF_SCOPE:
        ranked.insert(0, intent.name)
    doors = [found for name in dict.fromkeys(ranked) if (found := door(turn, name)) is not None]
    team = door(turn, "request_human")
    if len(doors) == 1 and team is not None and team not in doors:
        doors.append(team)
    is_first = bool(ranked) and bool(doors) and (ranked[0] == doors[0].intent or ranked[0] in HOLLOW)
    return tuple(doors[:2]) if len(doors) > 1 and is_first else ()


def readings_in_flow(turn: Turn) -> tuple[Door, ...]:
    """The two likeliest wants of what neither answers the open question nor is clear by itself.

    An answer in the person's own words (a name, a goal) is no want, however strange it sounds.
    """
    if turn.asked in OWN_WORDS or len(turn.parse.intents) != 1:
        return ()
    intent = turn.parse.intent
    return () if intent.name in HOLLOW or intent.name in DROPS else readings(turn, intent)


def ask(turn: Turn, doors: Sequence[Door]) -> Events:
    """Which of the two; what was said is kept, so that the answer need not say it again."""
    buttons = tuple(Button(write(VERB, one.intent), one.title) for one in doors)
    waiting = {"text": turn.said, "options": turn.slot("options")}
    yield SlotSet("doors", waiting)
    yield SlotSet("options", [{"id": b.id, "title": b.title, "choice": True} for b in buttons])
    yield Say("utter_either_or", {"first": doors[0].phrase, "second": doors[1].phrase}, buttons, asks=True)


def close(turn: Turn) -> Events:
    """The question is over; what was asked before it is open again."""
    waiting = turn.slot("doors") or {}
    yield SlotSet("doors", None)
    yield SlotSet("options", waiting.get("options"))


def meant(turn: Turn) -> Parse | None:
    """What was said before, read as this turn says it was meant; None where no door was chosen."""
    waiting = turn.slot("doors") or {}
    chosen = _chosen(turn, [option["id"] for option in turn.slot("options") or ()])
    if chosen is None:
        return None
    parse = nlu.understand(
        turn.facts,
        str(waiting["text"]),
        sent_at=turn.now,
        asked=turn.asked,
        reference=talk.reference(turn),
        language=turn.language,
    )
    return replace(parse, intents=(Intent(chosen, 1.0),))


def _chosen(turn: Turn, offered: Sequence[str]) -> str | None:
    """The want behind the door that was tapped, numbered or said in other words."""
    payload = read(turn.tapped or "")
    if payload is not None:
        return payload.args[0] if payload.verb == VERB and payload.args else None
    doors = [one.args[0] for one in map(read, offered) if one is not None and one.args]
    said = next((name for name in doors if turn.wants(name)), None)
    # "OK, book me in for that" is no yes to the first of two.
    is_yes = [one.name for one in turn.parse.intents] == ["affirm"] and turn.times.expected is None
    return said or (doors[0] if doors and is_yes else None)
