"""All entities of a message. What each is and how its value is written: `docs/nlu/entities.md`."""

from __future__ import annotations

from nlu_models.entities.addresses import find_emails, find_phones
from nlu_models.entities.counts import find_ages, find_durations, find_numbers, find_parties
from nlu_models.entities.facts import find_health, find_languages
from nlu_models.entities.goals import find_experience, find_goals
from nlu_models.entities.measures import find_measurements
from nlu_models.entities.message import LONGEST, Message
from nlu_models.entities.naming import OWN
from nlu_models.entities.offerings import find_services, find_trainers
from nlu_models.entities.people import find_names
from nlu_models.entities.workouts import find_workouts
from nlu_models.parse import Context, Entity, Times


def find(text: str, context: Context, times: Times) -> tuple[Entity, ...]:
    """The entities of `text`, in order of appearance; `times` is what `nlu_models.times.read` read. Never raises."""
    message = Message(text[:LONGEST], context, times)
    exact = _apart(find_emails(message) + find_phones(message))
    workouts = _clear(find_workouts(message), exact)
    measurements = _clear(find_measurements(message, workouts), exact)
    timed = _clear(_times(message), exact + workouts + measurements)
    names = _clear(find_names(message), exact + timed)
    own = [name for name in names if name.confidence >= OWN]
    trainers = _clear(find_trainers(message), exact + own)
    services = _clear(find_services(message), exact + trainers)
    names = _clear(names, trainers)
    rest = _clear(
        [*find_durations(message), *find_ages(message), *find_parties(message)],
        exact + workouts + measurements,
    )
    notes = find_goals(message) + find_experience(message) + find_health(message) + find_languages(message)
    found = [*exact, *workouts, *measurements, *timed, *names, *trainers, *services, *rest, *notes]
    found += find_numbers(message, found)
    return tuple(sorted(found, key=lambda entity: (entity.start, -entity.end, entity.entity)))


def _times(message: Message) -> list[Entity]:
    """One entity for each stretch read as time; its value is all that the message says about time."""
    return [
        Entity("time", message.times, message.text[start:end], start, end)
        for start, end in message.times.spans
        if start < end <= len(message.text)
    ]


def _clear(found: list[Entity], taken: list[Entity]) -> list[Entity]:
    """What does not overlap with the entities in `taken`."""
    return [
        entity
        for entity in found
        if not any(entity.start < other.end and other.start < entity.end for other in taken)
    ]


def _apart(found: list[Entity]) -> list[Entity]:
    """The first of each group that overlaps."""
    kept: list[Entity] = []
    for entity in found:
        kept += _clear([entity], kept)
    return kept
