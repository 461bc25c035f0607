"""What understanding a message yields: intents, entities and times, as plain values.

Everything here is a value object; nothing loads a model. `bot.nlu` gives these
values their meaning for one gym.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Grain = Literal["minute", "hour", "part_of_day", "day", "week", "month"]
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Time:
    """One appointment time as the writer meant it, in the gym's wall time.

    `start` and `end` are naive local datetimes (midnight for the grains day, week
    and month); `end` is exclusive and absent for a single instant. See the rules in
    `docs/nlu/times.md`.
    """

    start: dt.datetime
    grain: Grain
    end: dt.datetime | None = None
    open_start: bool = False
    """Only the end was said ("before noon"): `start` is that day's opening time."""
    open_end: bool = False
    """Only the start was said ("after 5"): `end` is that day's closing time."""
    named_date: bool = True
    """The writer named the day; false where it was inferred from a clock time alone."""
    named_clock: bool = True
    """The writer named a clock time or part of the day; false for a bare date."""
    other: dt.datetime | None = field(default=None, compare=False)
    """Another start that the same words may mean as well, and even a receptionist would ask: seven in the morning for
    "7" where the gym is open at both, this week's Friday for "next Friday"."""


@dataclass(frozen=True, slots=True)
class Times:
    """All that a message says about time."""

    expected: Time | None = None
    """The first time offered or asked for; None where the message names none."""
    alternatives: tuple[Time, ...] = ()
    negated: tuple[dt.datetime | dt.date, ...] = ()
    """Starts that are ruled out; a date means that whole day."""
    recurrence: str | None = None
    """RRULE without prefix and DTSTART, e.g. ``FREQ=WEEKLY;BYDAY=TU``."""
    shift: dt.timedelta | None = None
    """A move relative to something known: "an hour later" is +1 h, "half an hour earlier" -30 min."""
    same_time: bool = False
    """"same time": the clock time of what is known is to be kept."""
    spans: tuple[tuple[int, int], ...] = ()
    """Character ranges of the text that were read as time (negated and past ones included)."""
    past: tuple[Time, ...] = ()
    """Times told of without being offered: gone by ("since Monday"), or of something else ("surgery on the 9th")."""
    moved: Time | None = None
    """The time that a move starts from or a correction takes back: Thursday in "move Thursday to Friday"."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A typed piece of a message. `value` is normalised (see `docs/nlu/entities.md`)."""

    entity: str
    value: object
    text: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing the writer wants, with a calibrated probability between 0 and 1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a gloss and the stretch of the message that it stands for; ends are exclusive."""

    start: int
    end: int
    said_from: int
    said_to: int


@dataclass(frozen=True, slots=True)
class Gloss:
    """A message word for word in the words that the grammars are written in; see `nlu_models.glosses`."""

    text: str
    said: str
    """As it was written."""
    chunks: tuple[Chunk, ...] = ()

    def where(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of what was written that a stretch of the gloss stands for."""
        touched = [chunk for chunk in self.chunks if chunk.start < end and start < chunk.end]
        if not touched:
            return (0, 0)
        first, last = touched[0], touched[-1]
        # A stretch that was copied has the same length on both sides, so places inside it are known exactly.
        is_copy = first.end - first.start == first.said_to - first.said_from
        begin = first.said_from + (max(0, start - first.start) if is_copy else 0)
        is_copy = last.end - last.start == last.said_to - last.said_from
        return begin, last.said_to - (max(0, last.end - end) if is_copy else 0)


@dataclass(frozen=True, slots=True)
class Parse:
    """A message understood."""

    text: str
    """The message as it is read: word for word in English where it was written in another language (see `gloss`).
    Entities, times and clauses have their places in it."""
    intents: tuple[Intent, ...]
    """What is wanted, in spoken order; never empty (`out_of_scope` where nothing fits)."""
    entities: tuple[Entity, ...] = ()
    times: Times = Times()
    ranking: tuple[Intent, ...] = ()
    """The best single-intent guesses for the whole text, best first."""
    language: str = "en"
    clauses: tuple[tuple[str, Intent], ...] = ()
    """Where the text was split: each clause with its own best intent."""
    vectors: Any = field(default=None, compare=False, repr=False)
    """What the encoder made of the whole text, then of each clause; None where no model was asked."""
    gloss: Gloss | None = None
    """How the message became `text`, where that was not written."""

    @property
    def said(self) -> str:
        """The message as it was written."""
        return self.gloss.said if self.gloss is not None else self.text

    def where(self, entity: Entity) -> tuple[int, int]:
        """Where an entity stands in what was written."""
        if self.gloss is None:
            return entity.start, entity.end
        return self.gloss.where(entity.start, entity.end)

    @property
    def intent(self) -> Intent:
        """The first thing wanted."""
        return self.intents[0]

    def wants(self, *names: str) -> bool:
        """Whether any of `names` is among the intents."""
        return any(intent.name in names for intent in self.intents)

    def first(self, entity: str) -> Entity | None:
        """The first entity of that kind, if any."""
        return next((found for found in self.entities if found.entity == entity), None)

    def all(self, entity: str) -> tuple[Entity, ...]:
        """Every entity of that kind, in order of appearance."""
        return tuple(found for found in self.entities if found.entity == entity)


@dataclass(frozen=True, slots=True)
class Term:
    """Something of the gym's that people name in their own words: a trainer, a class, a service, a goal."""

    key: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The gym's own words and hours, passed in with each message; hashable by `version` for caches."""

    version: str = ""
    trainers: tuple[Term, ...] = ()
    services: tuple[Term, ...] = ()
    """Services and classes alike."""
    goals: tuple[str, ...] = ()
    opening_hours: Mapping[int, Sequence[tuple[dt.time, dt.time]]] = field(default_factory=dict)
    """Weekday (Monday is 0) to opening intervals in wall time, closing exclusive."""
    timezone: str = "UTC"
    phone_region: str = "IE"
    """ISO 3166-1 alpha-2 region for numbers written without a country code."""
    day_first: bool = True
    """3/12 is the third of December."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the moment adds to the text."""

    sent_at: dt.datetime
    """When the message was sent; aware."""
    vocabulary: Vocabulary = Vocabulary()
    asked: str | None = None
    """The slot the open question asks for (name, time, goal, ...), or ``confirm`` for a yes/no."""
    reference: dt.datetime | None = None
    """Naive local start of the time under discussion; "same time", "an hour later" and a bare "11" refer to it."""
