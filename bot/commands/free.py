"""/free: which trainers are free then, or when somebody is; for classes, the places that are left."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from bot import cards, gym_words, moments, payloads, wording
from bot import place_answers as places
from bot.answers import after, answer, is_plain, order, words
from bot.channels.base import Button
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings, time_off
from crm.availability import TimeSlot, givers, last_bookable_day
from crm.facts import OfferingFact, StaffFact
from crm.spans import Span, minus, next_on_grid, weekly_spans
from nlu_models.parse import Time

DAY = dt.timedelta(days=1)
MOST_DAYS = 7
UNASKED_DAYS = 2
"""Days that are shown where none was named: the next ones that have anything."""
_EVERYBODYS = regex.compile(
    r"\b(?:who\w*|which|trainers?|coach(?:es)?|any(?:one|body)|every(?:one|body)|all|we)\b"
)
_NOW = regex.compile(r"\bnow\b")
_NEXT = regex.compile(r"\b(?:next|soonest|earliest|first)\b")
_OF_CLASSES = regex.compile(r"\bclass(?:es)?\b")
_ASKING = frozenset(
    """who who's whos which what what's when when's how many is are am does do did have has had got get be been would
    could can any anyone anybody anything some something somebody someone everyone everybody all there here trainer
    trainers coach coaches pt pts free available availability open opening openings slot slots space spaces spot spots gap
    gaps room time times start starts hour hours capacity left spare still places full busy booked next soonest earliest first take do give fit
    see show me new lead person people them it or one we i us week weekend month during between after before since
    till""".split()  # noqa: SIM905
)
"""Words that ask for it: whatever else is said in the group makes it talk."""


@dataclass(frozen=True, slots=True)
class _Asked:
    offering: OfferingFact
    trainer: StaffFact | None
    wish: Time | None
    is_of_classes: bool


class _Part(NamedTuple):
    """A local day, or the part of it that is asked about."""

    day: dt.date
    start: dt.datetime
    end: dt.datetime


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """From the calendar as it is: never a time that could not be booked at this moment."""
    starts_at, rest = places.instant_coded(text)
    coded, rest = places.offering_coded(turn, rest)
    times = moments.times_in(turn, rest)
    rest = moments.without_times(rest, times)
    wanted = gym_words.offering_in(turn.facts, rest)
    someone, rest = gym_words.staff_in(turn.facts, wanted.rest)
    wish = times.expected or (_now(turn) if _NOW.search(rest.lower()) else None)
    others = [word for word in gym_words.left_over(turn.facts, rest) if word not in _ASKING]
    if is_plain(turn) and turn.is_group:
        is_timeless = wish is None and not _NEXT.search(rest.lower())
        if is_timeless or others or _is_no_trainer(someone):
            return []
    elif others and (not is_plain(turn) or wish is None):
        return [answer("utter_staff_free_unknown", said=" ".join(others)[:60])]
    if someone is not None and _is_no_trainer(someone):
        return [answer("utter_staff_free_no_trainer", name=someone.first_name)]
    offering = coded or (wanted.offerings[0] if wanted.offerings else _usual(turn))
    if offering is None:
        return [answer("utter_staff_free_no_services")]
    if (
        someone is None
        and turn.staff.role == "trainer"
        and not turn.is_group
        and not _EVERYBODYS.search(text.lower())
    ):
        someone = turn.staff
    if starts_at is not None:
        wish = Time(turn.facts.local(starts_at).replace(tzinfo=None), "day", named_clock=False)
    if wish is None and (times.past or times.spans):
        return [answer("utter_staff_free_when")]
    is_of_classes = not offering.is_class and bool(_OF_CLASSES.search(text.lower()))
    asked = _Asked(offering, someone, wish, is_of_classes)
    if wish is not None and wish.start.date() > last_bookable_day(turn.facts, turn.now):
        latest = wording.short_day(turn.facts, last_bookable_day(turn.facts, turn.now))
        return [answer("utter_staff_not_horizon", latest=latest)]
    if asked.is_of_classes or offering.is_class:
        return [_classes(turn, asked)]
    return [_at(turn, asked, wish) if wish is not None and moments.is_clock(wish) else _days(turn, asked)]


def _now(turn: StaffTurn) -> Time:
    """The next start on the gym's grid."""
    following = next_on_grid(turn.now, turn.facts.rules.grid_minutes, turn.facts.zone)
    return Time(turn.facts.local(following).replace(tzinfo=None), "minute")


def _is_no_trainer(someone: StaffFact | None) -> bool:
    return someone is not None and someone.role != "trainer"


def _usual(turn: StaffTurn) -> OfferingFact | None:
    """What is meant where no service is named: the trial, else the first that is one to one."""
    return turn.facts.trial or next((one for one in turn.facts.offerings if not one.is_class), None)


def _slots(
    turn: StaffTurn, offering: OfferingFact, start: dt.datetime, end: dt.datetime, trainer: StaffFact | None
) -> list[TimeSlot]:
    return bookings.free_times(
        turn.session, turn.facts, offering, start=start, end=end, now=turn.now,
        trainer_id=trainer.id if trainer else None, at_short_notice=True,
    )  # fmt: skip


def _service(offering: OfferingFact) -> str:
    return words("utter_staff_free_service", service=cards.service_word(offering), minutes=offering.minutes)


# At one time


def _at(turn: StaffTurn, asked: _Asked, wish: Time) -> StaffSay:
    """Who is free then; where nobody is, why and what is near."""
    facts, offering, trainer = turn.facts, asked.offering, asked.trainer
    starts_at = facts.instant(wish.start)
    slots = _slots(turn, offering, starts_at, starts_at + dt.timedelta(minutes=1), trainer)
    day = _next_day_button(turn, asked, wish.start.date())
    when = places.time_words(turn, starts_at)
    if slots:
        names = [
            person.first_name
            for one in slots[0].trainer_ids
            if (person := facts.staff_by_id(one)) is not None
        ]
        key = "utter_staff_free_one" if len(names) == 1 else "utter_staff_free_some"
        return answer(key, day, when=when, service=_service(offering), names=wording.listing(names))
    refusal = bookings.why_not(
        turn.session, facts, offering, starts_at, now=turn.now, trainer_id=trainer.id if trainer else None,
        at_short_notice=True,
    )  # fmt: skip
    near = bookings.near_times(
        turn.session, facts, offering, starts_at, now=turn.now, trainer_id=trainer.id if trainer else None,
        at_short_notice=True,
    )  # fmt: skip
    why = places.why(turn, offering, refusal) if refusal else words("utter_staff_busy")
    shown = [
        words("utter_staff_free_near", when=places.time_words(turn, slot.starts_at), names=_names(turn, slot))
        for slot in near
    ]
    return StaffSay(why + (after("utter_staff_free_nearest", times=", ".join(shown)) if shown else ""), day)


def _names(turn: StaffTurn, slot: TimeSlot) -> str:
    people = [turn.facts.staff_by_id(one) for one in slot.trainer_ids]
    return ", ".join(person.first_name for person in people if person is not None)


# Over a stretch of time


def _days(turn: StaffTurn, asked: _Asked) -> StaffSay:
    """The starts that are free: of one day a line a trainer, of several a line a day."""
    days = list(_stretches(turn, asked))
    if asked.wish is None:
        some = [one for one in days if _slots(turn, asked.offering, one.start, one.end, asked.trainer)]
        days = some[:UNASKED_DAYS]
        if not days:
            return answer("utter_staff_free_none_soon", service=_service(asked.offering))
    if not days:
        return answer("utter_staff_free_when")
    service = _service(asked.offering)
    button = _next_day_button(turn, asked, days[-1].day)
    if len(days) == 1:
        lines = _of_day(turn, asked, days[0])
        title = wording.short_day(turn.facts, days[0].day) + _hours_asked(turn, asked.wish)
        key = "utter_staff_free_day" if lines else "utter_staff_free_day_none"
        why = "" if lines else _why_none(turn, asked, days[0])
        return answer(key, button, day=title, service=service, lines="\n".join(lines), why=why)
    lines, away = [], []
    for part in days:
        shown = "; ".join(_of_day(turn, asked, part, with_out=False)) or _why_none(turn, asked, part)
        if asked.trainer is not None and not _is_in(turn, asked.trainer, part):
            away.append(wording.weekday(turn.facts, part.day.weekday(), short=True))
        else:
            lines.append(
                words("utter_staff_free_line", day=wording.short_day(turn.facts, part.day), times=shown)
            )
    if away:
        lines.append(words("utter_staff_free_out", names=", ".join(away)))
    key = "utter_staff_free_days_of" if asked.trainer else "utter_staff_free_days"
    name = asked.trainer.first_name if asked.trainer else ""
    return answer(key, button, service=service, name=name, lines="\n".join(lines))


def _stretches(turn: StaffTurn, asked: _Asked) -> Iterator[_Part]:
    """The days that are meant, each with the part of it that is."""
    facts, wish = turn.facts, asked.wish
    today = facts.local(turn.now).date()
    first = wish.start if wish is not None else dt.datetime.combine(today, dt.time())
    last = (wish.end or wish.start + DAY) if wish is not None else first + places.SOON
    most = MOST_DAYS if wish is not None else places.SOON.days
    day = max(first.date(), today)
    for _ in range(most):
        begin = max(first, dt.datetime.combine(day, dt.time()))
        end = min(last, dt.datetime.combine(day + DAY, dt.time()))
        if begin >= end or day > last_bookable_day(facts, turn.now):
            break
        yield _Part(day, max(facts.instant(begin), turn.now), facts.instant(end))
        day += DAY


def _of_day(turn: StaffTurn, asked: _Asked, part: _Part, *, with_out: bool = True) -> list[str]:
    """A line for each trainer who has a free start, then who is in and full, and who is not in."""
    lines, full, out = [], [], []
    slots = _slots(turn, asked.offering, part.start, part.end, asked.trainer)
    people = givers(turn.facts, asked.offering, asked.trainer.id if asked.trainer else None)
    for person in people:
        own = [slot.starts_at for slot in slots if person.id in slot.trainer_ids]
        if own:
            times = ", ".join(_ranges(turn, own))
            lines.append(
                times if asked.trainer else words("utter_staff_free_of", name=person.first_name, times=times)
            )
        elif _is_in(turn, person, part):
            full.append(person.first_name)
        else:
            out.append(person.first_name)
    if lines and with_out and not asked.trainer:
        if full:
            lines.append(words("utter_staff_free_full", names=", ".join(full)))
        if out:
            lines.append(words("utter_staff_free_out", names=", ".join(out)))
    return lines


def _is_in(turn: StaffTurn, person: StaffFact, part: _Part) -> bool:
    """Whether their hours reach into that part of the day."""
    hours = weekly_spans(person.hours, turn.facts.zone, part.day, part.day, turn.facts.closed_dates)
    away = time_off.list_ahead(turn.session, now=turn.now, trainer_id=person.id)
    spans = minus(hours, [Span(row.starts_at, row.ends_at) for row in away])
    return any(span.overlaps(Span(part.start, part.end)) for span in spans)


def _ranges(turn: StaffTurn, starts: Sequence[dt.datetime]) -> list[str]:
    """Starts that follow each other on the gym's grid, as from and to."""
    step = dt.timedelta(minutes=turn.facts.rules.grid_minutes)
    shown = []
    runs = itertools.groupby(enumerate(starts), key=lambda pair: pair[1] - pair[0] * step)
    for _, group in runs:
        run = [at for _, at in group]
        first, last = (wording.clock(turn.facts, turn.facts.local(at)) for at in (run[0], run[-1]))
        shown.append(first if first == last else words("utter_staff_free_range", first=first, last=last))
    return shown


def _why_none(turn: StaffTurn, asked: _Asked, part: _Part) -> str:
    facts = turn.facts
    if part.day in facts.closed_dates or not facts.opening_hours.get(part.day.weekday()):
        return words("utter_staff_free_closed")
    people = givers(facts, asked.offering, asked.trainer.id if asked.trainer else None)
    if any(_is_in(turn, person, part) for person in people):
        return words("utter_staff_free_nothing")
    if asked.trainer is not None:
        return words("utter_staff_free_not_in", name=asked.trainer.first_name)
    return words("utter_staff_free_nobody_in")


def _hours_asked(turn: StaffTurn, wish: Time | None) -> str:
    if wish is None or wish.end is None or not wish.named_clock:
        return ""
    return words(
        "utter_staff_free_between", hours=wording.hours(turn.facts, [(wish.start.time(), wish.end.time())])
    )


def _next_day_button(turn: StaffTurn, asked: _Asked, day: dt.date) -> tuple[Button, ...]:
    following = day + DAY
    while following in turn.facts.closed_dates or not turn.facts.opening_hours.get(following.weekday()):
        following += DAY
        if following > last_bookable_day(turn.facts, turn.now):
            return ()
    if following > last_bookable_day(turn.facts, turn.now):
        return ()
    instant = turn.facts.instant(dt.datetime.combine(following, dt.time()))
    whose = asked.trainer.key if asked.trainer else "all"
    arguments = [f"^{payloads.minute(instant)}", places.offering_code(turn, asked.offering)]
    if asked.is_of_classes:
        arguments.append("classes")
    if len(whose) <= 12:
        arguments.append(whose)
    title = wording.short_day(turn.facts, following)
    return (order(words("utter_staff_button_free_next", day=title), "free", *arguments),)


# Classes


def _classes(turn: StaffTurn, asked: _Asked) -> StaffSay:
    """The places left in a class, or in all of that time."""
    offerings = turn.facts.classes if asked.is_of_classes else (asked.offering,)
    days = list(_stretches(turn, asked))
    found: list[tuple[dt.datetime, str]] = []
    for offering in offerings:
        if asked.trainer is not None and offering.trainer_id != asked.trainer.id:
            continue
        for part in days:
            left = {
                slot.starts_at: slot.seats_left for slot in _slots(turn, offering, part.start, part.end, None)
            }
            found += [
                (line.starts_at, _class(turn, line, left.get(line.starts_at)))
                for line in bookings.agenda(turn.session, turn.facts, None, part.day)
                if line.offering.id == offering.id and _is_asked(turn, asked, line.starts_at, part)
            ]
    if not found:
        name = words("utter_staff_free_classes") if asked.is_of_classes else asked.offering.name
        return answer("utter_staff_free_no_class", service=name, times=_usual_times(turn, asked))
    return StaffSay("\n".join(line for _, line in sorted(found)[:14]))


def _class(turn: StaffTurn, line: bookings.AgendaLine, left: int | None) -> str:
    key = "utter_staff_free_class" if left else "utter_staff_free_class_full"
    return words(
        key, when=places.time_words(turn, line.starts_at), service=line.offering.name, left=left,
        capacity=line.capacity or line.offering.capacity,
    )  # fmt: skip


def _is_asked(turn: StaffTurn, asked: _Asked, starts_at: dt.datetime, part: _Part) -> bool:
    if asked.wish is not None and moments.is_clock(asked.wish):
        return starts_at == turn.facts.instant(asked.wish.start)
    return part.start <= starts_at < part.end


def _usual_times(turn: StaffTurn, asked: _Asked) -> str:
    if asked.is_of_classes or not asked.offering.weekly:
        return ""
    times = [
        f"{wording.weekday(turn.facts, day, short=True)} {wording.clock(turn.facts, at)}"
        for day, at in asked.offering.weekly
    ]
    return after("utter_staff_free_class_times", times=", ".join(times))


COMMAND = Command(
    "free", "Shows who is free then, or when somebody is free.", "/free [when] [trainer] [service]", EVERYBODY, handle,
    aliases=("@free", "~availability", "~slots", "~openings"),
)  # fmt: skip
