"""How long a session shall be, where its kind comes in several lengths."""

from __future__ import annotations

import re

from bot.turn import Turn
from crm.facts import OfferingFact


def has_lengths(turn: Turn, offering: OfferingFact) -> bool:
    """Whether this kind of session comes in several lengths, none of which was named."""
    return (
        not offering.is_class
        and turn.entity("duration") is None
        and sum(other.kind == offering.kind for other in turn.facts.offerings) > 1
    )


def by_length(turn: Turn) -> OfferingFact | None:
    """The session of the kind that was asked about in the length that the message names."""
    entity, kind = turn.entity("duration"), turn.slot("kind")
    minutes = minutes_of(str(entity.value)) if entity is not None else None
    fitting = (one for one in turn.facts.offerings if one.kind == kind and one.minutes == minutes)
    return next(fitting, None) if minutes is not None else None


def of_length(turn: Turn, offering: OfferingFact) -> OfferingFact:
    """The same kind of session in the length that was named, if there is one."""
    entity = turn.entity("duration")
    minutes = minutes_of(str(entity.value)) if entity is not None else None
    fitting = (
        other for other in turn.facts.offerings if other.kind == offering.kind and other.minutes == minutes
    )
    return next(fitting, offering) if not offering.is_class else offering


def minutes_of(duration: str) -> int | None:
    """Whole minutes of an ISO 8601 duration in hours and minutes."""
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", duration)
    return int(match[1] or 0) * 60 + int(match[2] or 0) if match else None
