"""What the assistant tells of a message: its own reading first, ours for what it lacks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from bot import nlu, payloads, taps
from bot.flows.prospects import booking_talk
from bot.registry import intents
from bot.turn import Turn
from crm.facts import GymFacts
from nlu_models.parse import Context, Entity, Grain, Intent, Parse, Time, Times

TAP = "spotter_tap"
"""Intent of a tapped button of ours; its entity `payload` says what the tap does."""
MAX_TEXT = 4000


def our_intents(message: Mapping[str, Any]) -> tuple[Intent, ...]:
    """What the assistant understood, in our names: `faq_price` and the retrieval intent `faq/price` are one, `a+b` are two."""
    told = message.get("intent") or {}
    name, confidence = str(told.get("name") or ""), float(told.get("confidence") or 0.0)
    if name == "faq":
        selected = (message.get("response_selector") or {}).get("faq") or {}
        name = str((selected.get("response") or {}).get("intent_response_key") or "")
    found = [our_intent(part) for part in name.split("+")]
    return tuple(Intent(one, min(max(confidence, 0.0), 1.0)) for one in found if one is not None)


def our_intent(name: str) -> str | None:
    """Our name of an intent; None where it is none of ours."""
    return next((ours for ours in intents() if name in (ours, rasa_name(ours))), None)


def rasa_name(intent: str) -> str:
    """An intent's name as it may stand in an assistant's domain, where a slash has a meaning of its own."""
    return intent.replace("/", "_")


def tap_of(message: Mapping[str, Any]) -> str | None:
    """The payload of a tapped button of ours: as the entity of `spotter_tap`, or as the text, with a slash or without."""
    told = [str(one.get("value")) for one in message.get("entities") or () if one.get("entity") == "payload"]
    for candidate in (*told, str(message.get("text") or "").strip().removeprefix("/")):
        payload = payloads.read(candidate)
        if payload is not None and payload.verb in taps.VERBS:  # "1:30" is a time of day
            return candidate
    return None


def words_of(message: Mapping[str, Any]) -> str:
    """What the person typed; nothing where the text is an intent in Rasa's slash notation."""
    text = str(message.get("text") or "")[:MAX_TEXT]
    return "" if text.startswith("/") else text


_READ_AGAIN = ("person_name", "service", "trainer", "goal", "experience", "phone", "email")
_COUNTS = ("age", "party_size", "number")
ENTITIES = (*_READ_AGAIN, *_COUNTS, "time", "duration", "language", "health")
"""Kinds of entity that handlers go by."""
_GRAINS: Mapping[str, Grain] = {
    "second": "minute", "minute": "minute", "hour": "hour", "day": "day", "week": "week", "month": "month",
}  # fmt: skip


def understand(turn: Turn, message: Mapping[str, Any], *, wanted: str | None = None) -> Parse:
    """The message as our handlers take it: the assistant's reading first, ours for what it lacks.

    `wanted` is the intent whose action was called; it comes first whatever else was said.
    """
    text = words_of(message)
    if turn.tapped is not None:
        titles = {option["id"]: option["title"] for option in turn.slot("options") or ()}
        return nlu.tapped(str(titles.get(turn.tapped, "")))
    reference = booking_talk.reference(turn)
    told = our_intents(message)
    if wanted is not None:
        told = (Intent(wanted, 1.0), *(intent for intent in told if intent.name != wanted))
    if told:
        ours = Parse(text=text, intents=told)
    else:
        ours = nlu.understand(
            turn.facts, text, sent_at=turn.now, asked=turn.asked, reference=reference, language=turn.language
        )
    return _completed(turn, ours, message, reference)


def _completed(turn: Turn, parse: Parse, message: Mapping[str, Any], reference: dt.datetime | None) -> Parse:
    from nlu_models import entities, times

    local_now = turn.facts.local(turn.now)
    words = nlu.vocabulary(turn.facts)
    context = Context(sent_at=local_now, vocabulary=words, asked=turn.asked, reference=reference)
    read = times.read(parse.text, context)
    given = [one for one in message.get("entities") or () if isinstance(one, Mapping)]
    said = next((time for one in given if (time := _time(turn.facts, one)) is not None), None)
    found: list[Entity] = []
    for one in given:
        kind, value = one.get("entity"), one.get("value")
        if kind not in ENTITIES or kind == "time" or value in (None, ""):
            continue
        ours = _value(turn.facts, str(kind), value)
        if ours is None and kind in _READ_AGAIN:
            asked = Context(
                sent_at=local_now, vocabulary=words, asked="name" if kind == "person_name" else None
            )
            again = entities.find(str(value), asked, Times())
            ours = next((each.value for each in again if each.entity == kind), None)
        if ours is not None:
            start, end = _place(one)
            found.append(Entity(str(kind), ours, parse.text[start:end] or str(value), start, end))
    kinds = {entity.entity for entity in found}
    found += [one for one in entities.find(parse.text, context, read) if one.entity not in kinds]
    return Parse(
        text=parse.text, intents=parse.intents, entities=tuple(found), times=Times(expected=said) if said else read,
        ranking=parse.ranking, language=parse.language, clauses=parse.clauses,
    )  # fmt: skip


def _place(entity: Mapping[str, Any]) -> tuple[int, int]:
    start, end = entity.get("start"), entity.get("end")
    return (start, end) if isinstance(start, int) and isinstance(end, int) else (0, 0)


def _value(facts: GymFacts, kind: str, value: Any) -> Any:
    """The assistant's value where it is what our own finder would give; None where it is just words."""
    words = str(value).strip()
    match kind:
        case "service":
            return words if facts.offering_by_key(words) is not None else None
        case "trainer":
            return words if facts.staff_by_key(words) is not None else None
        case "experience":
            return words if words in ("none", "some", "regular") else None
        case "goal":
            return words if words in facts.goals else None
        case "phone" | "email" | "person_name":
            return None
        case "age" | "party_size" | "number":
            return int(words) if re.fullmatch(r"[0-9]{1,6}", words) else None
    return words[:500]


def _time(facts: GymFacts, entity: Mapping[str, Any]) -> Time | None:
    """A time as Rasa's Duckling extractor gives it: an ISO instant with a grain, or from one to another."""
    if entity.get("entity") != "time":
        return None
    value = entity.get("value")
    start, end = (value.get("from"), value.get("to")) if isinstance(value, Mapping) else (value, None)
    first, last = wall_time(facts, start), wall_time(facts, end)
    if first is None:
        return None
    told = (entity.get("additional_info") or {}).get("grain")
    grain = _GRAINS.get(str(told)) or ("minute" if first.time() != dt.time() else "day")
    has_clock = grain in ("minute", "hour")
    return Time(start=first, grain=grain, end=last if last and last > first else None, named_clock=has_clock)


def wall_time(facts: GymFacts, value: Any) -> dt.datetime | None:
    """An ISO instant or wall time as the gym's wall time, naive; None for anything else."""
    try:
        instant = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if instant is None or instant.tzinfo is None:
        return instant
    return facts.local(instant).replace(tzinfo=None)
