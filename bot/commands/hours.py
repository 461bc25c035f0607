"""/hours: when the gym is open on a day, or when a trainer is in."""

from __future__ import annotations

import datetime as dt

import regex

from bot import absences, gym_words, moments, wording
from bot.answers import answer, is_plain, words
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import time_off
from crm.facts import StaffFact, WeeklyHours

_POSSESSIVE = regex.compile(r"['’]s\b")
_ASKING = frozenset(
    """open opening close closing closed shut hours times time shift shifts days in work working here start finish trainers
    coaches until till christmas day""".split()  # noqa: SIM905
)


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Of the day that is named, else of the week."""
    text = _POSSESSIVE.sub("", text.lower())
    trainer, rest = gym_words.staff_in(turn.facts, text)
    wish = moments.times_in(turn, rest).expected
    is_longer = wish is not None and wish.end is not None and wish.end - wish.start > dt.timedelta(days=1)
    day = None if is_longer else moments.day_in(turn, rest)
    if is_plain(turn) and turn.is_group and not set(gym_words.left_over(turn.facts, rest)) <= _ASKING:
        return []
    if trainer is not None:
        return [_of_trainer(turn, trainer, day)]
    if {"trainers", "coaches"} & set(text.split()):
        return [StaffSay("\n".join(_line(turn, person) for person in turn.facts.trainers))]
    if day is None:
        return [answer("utter_staff_hours", lines=_week(turn, turn.facts.opening_hours))]
    shown = wording.short_day(turn.facts, day)
    hours = turn.facts.opening_hours.get(day.weekday(), ())
    if day in turn.facts.closed_dates or not hours:
        return [answer("utter_staff_not_closed", day=shown)]
    return [answer("utter_staff_hours_day", day=shown, hours=wording.hours(turn.facts, hours))]


def _of_trainer(turn: StaffTurn, trainer: StaffFact, day: dt.date | None) -> StaffSay:
    if not trainer.hours:
        return answer("utter_staff_hours_unknown", name=trainer.first_name)
    away = [
        absences.when(turn, row.starts_at, row.ends_at)
        for row in time_off.list_ahead(turn.session, now=turn.now, trainer_id=trainer.id)
        if day is None
        or turn.facts.local(row.starts_at).date() <= day <= turn.facts.local(row.ends_at - dt.timedelta(seconds=1)).date()
    ]  # fmt: skip
    off = "\n" + words("utter_staff_day_away", name=trainer.first_name, when=", ".join(away)) if away else ""
    if day is None:
        return answer(
            "utter_staff_hours_of", name=trainer.first_name, lines=_week(turn, trainer.hours), away=off
        )
    shown, hours = wording.short_day(turn.facts, day), trainer.hours.get(day.weekday(), ())
    if not hours or day in turn.facts.closed_dates:
        return answer("utter_staff_hours_not_in", name=trainer.first_name, day=shown)
    spoken = wording.hours(turn.facts, hours)
    return answer("utter_staff_hours_in", name=trainer.first_name, day=shown, hours=spoken, away=off)


def _week(turn: StaffTurn, week: WeeklyHours) -> str:
    return "\n".join(
        f"{wording.weekday(turn.facts, day, short=True)} {wording.hours(turn.facts, week[day])}"
        for day in range(7)
        if week.get(day)
    )


def _line(turn: StaffTurn, trainer: StaffFact) -> str:
    days = ", ".join(
        wording.weekday(turn.facts, day, short=True) for day in range(7) if trainer.hours.get(day)
    )
    what = ", ".join(trainer.specialities)
    return words(
        "utter_staff_hours_trainer", name=trainer.name, days=days or "-", what=f" ({what})" if what else ""
    )


COMMAND = Command(
    "hours", "Shows when the gym is open, or when a trainer is in.", "/hours [trainer] [friday]", EVERYBODY, handle,
    aliases=("@opening hours", "@hours"),
)  # fmt: skip
