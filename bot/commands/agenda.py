"""/today and agenda: what is on, first visits first; for trainers their own day."""

from __future__ import annotations

import datetime as dt
import re

from bot import absences, cards, day_lines, gym_words, moments, trainer_view, wording
from bot.answers import after, answer, words
from bot.channels.base import Button
from bot.roles import EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings, clock, contacts, follow_ups, notes, time_off
from crm.bookings import AgendaLine, Attendee
from crm.facts import StaffFact

MOST_BUTTONS = 12
NAMES_IN_CLASS = 12
MOST_IN_A_LINE = 8
_WEEK = re.compile(r"\bweek('?s)?\b")
_WEEKEND = re.compile(r"\bweekend('?s)?\b")
_OF_A_WEEK = re.compile(r"\d|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b")
"""A day of a week is meant, not all of it."""


def today(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Today: trials, sessions and classes, and what is to do."""
    return [_day(turn, turn.facts.local(turn.now).date(), text)]


def agenda(turn: StaffTurn, text: str) -> list[StaffSay]:
    """The day or the week that is named, else today."""
    if (span := _span_in(turn, text.lower())) is not None:
        return [_days(turn, *span, text)]
    day = moments.day_in(turn, _spelled_out(text))
    if day is None and text.strip() and gym_words.left_over(turn.facts, text):
        trainer, _ = gym_words.staff_in(turn.facts, text, trainers_only=True)
        if trainer is None:
            return [answer("utter_staff_day_which")]
    return [_day(turn, day or turn.facts.local(turn.now).date(), text)]


def _spelled_out(text: str) -> str:
    return (
        text.lower()
        .replace("todays", "today")
        .replace("tomorrows", "tomorrow")
        .replace("yesterdays", "yesterday")
    )


def _span_in(turn: StaffTurn, text: str) -> tuple[dt.date, dt.date] | None:
    """First and last day of the week or weekend that is named. A week ends on Sunday; "week" alone is the next seven days."""
    today = turn.facts.local(turn.now).date()
    monday = today - dt.timedelta(days=today.weekday())
    later = dt.timedelta(weeks=1 if "next" in text else 0)
    if _WEEKEND.search(text):
        saturday = monday + later + dt.timedelta(days=5)
        return max(saturday, today), saturday + dt.timedelta(days=1)
    if not _WEEK.search(text) or _OF_A_WEEK.search(text):
        return None
    if later:
        return monday + later, monday + later + dt.timedelta(days=6)
    return today, monday + dt.timedelta(days=6) if "this" in text else today + dt.timedelta(days=6)


def _days(turn: StaffTurn, first: dt.date, last: dt.date, text: str) -> StaffSay:
    """What is booked on each of some days, in a line each."""
    trainer = _whose(turn, text)
    shown = []
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        lines = [
            line
            for line in bookings.agenda(turn.session, turn.facts, trainer.id if trainer else None, day)
            if line.attendees
        ]
        if lines:
            items = [
                day_lines.briefly(turn.facts, line, with_trainer=trainer is None)
                for line in lines[:MOST_IN_A_LINE]
            ]
            if len(lines) > MOST_IN_A_LINE:
                items.append(words("utter_staff_days_more", count=len(lines) - MOST_IN_A_LINE))
            shown.append(
                words("utter_staff_days_day", day=wording.short_day(turn.facts, day), lines=", ".join(items))
            )
    title = words(
        "utter_staff_days_title", first=wording.short_day(turn.facts, first),
        last=wording.short_day(turn.facts, last),
    )  # fmt: skip
    if not shown:
        return answer("utter_staff_day_empty", day=title)
    return answer("utter_staff_days", days=title, lines="\n".join(shown))


def _whose(turn: StaffTurn, text: str) -> StaffFact | None:
    """The trainer whose calendar is shown: one's own, or the one that is named; None for everybody's."""
    if turn.staff.role == "trainer":
        return turn.staff
    trainer, _ = gym_words.staff_in(turn.facts, text, trainers_only=True)
    return trainer


def _day(turn: StaffTurn, day: dt.date, text: str) -> StaffSay:
    trainer = _whose(turn, text)
    own_view = turn.staff.role == "trainer"
    lines = bookings.agenda(turn.session, turn.facts, trainer.id if trainer else None, day)
    shown: list[str] = []
    first: list[str] = []
    buttons: list[Button] = []
    is_today = day == turn.facts.local(turn.now).date()
    for line in lines:
        if line.offering.is_class:
            if line.attendees or trainer is not None:
                shown.append(_class(turn, line, with_trainer=trainer is None))
            marks = line.attendees
        else:
            shown.append(_session(turn, line, line.attendees[0], with_trainer=trainer is None))
            marks = line.attendees
        for attendee in marks:
            if own_view and not turn.is_group and (hint := _hint(turn, line, attendee)):
                first.append(hint)
            is_own = own_view and line.trainer_id == turn.staff.id
            if is_today and (is_own or not own_view) and not line.offering.is_class:
                buttons += trainer_view.session_buttons(attendee.booking, attendee.contact)
    title = wording.day(turn.facts, day)
    to_do = _to_do(turn, day) if is_today or day > turn.facts.local(turn.now).date() else []
    away = _away(turn, trainer, day)
    if not (shown or to_do or away):
        return answer("utter_staff_day_empty", day=title)
    parts = ["\n".join(away)] if away else []
    if first:
        parts.append(words("utter_staff_day_first", lines="\n".join(first)))
    parts += ["\n".join(shown)] if shown else [words("utter_staff_day_empty", day=title)]
    if to_do:
        parts.append(words("utter_staff_day_follow_ups", lines="\n".join(to_do)))
    return answer("utter_staff_day", _fitting(buttons), day=title, lines="\n\n".join(parts))


def _away(turn: StaffTurn, trainer: StaffFact | None, day: dt.date) -> list[str]:
    """Who is off that day, and when."""
    start, end = clock.local_day(day, turn.facts.zone)
    rows = time_off.list_ahead(turn.session, now=start, trainer_id=trainer.id if trainer else None)
    return [
        words(
            "utter_staff_day_away",
            name=person.first_name,
            when=absences.when(turn, row.starts_at, row.ends_at),
        )
        for row in rows
        if row.starts_at < end and (person := turn.facts.staff_by_id(row.trainer_id)) is not None
    ]


def _fitting(buttons: list[Button]) -> list[Button]:
    """As many as fit a phone, whole lines of them."""
    return buttons[:MOST_BUTTONS]


def _session(turn: StaffTurn, line: AgendaLine, attendee: Attendee, *, with_trainer: bool) -> str:
    return words(
        "utter_staff_day_session", time=wording.clock(turn.facts, turn.facts.local(line.starts_at)),
        name=cards.guest_of(attendee.contact, attendee.booking), service=cards.service_word(line.offering),
        trainer=day_lines.who(turn.facts, line) if with_trainer else "", mark=_mark(turn, attendee),
    )  # fmt: skip


def _class(turn: StaffTurn, line: AgendaLine, *, with_trainer: bool) -> str:
    people = [contacts.first_name(one.contact) or cards.name_of(one.contact) for one in line.attendees]
    listed = ", ".join(people[:NAMES_IN_CLASS]) + (" …" if len(people) > NAMES_IN_CLASS else "")
    return words(
        "utter_staff_day_class", time=wording.clock(turn.facts, turn.facts.local(line.starts_at)),
        service=line.offering.name, trainer=day_lines.who(turn.facts, line) if with_trainer else "", taken=len(people),
        capacity=line.capacity or line.offering.capacity, names=f" ({listed})" if people else "",
    )  # fmt: skip


def _mark(turn: StaffTurn, attendee: Attendee) -> str:
    status = attendee.booking.status
    if status in ("in_progress", "attended", "no_show"):
        return after(f"utter_staff_mark_{status}")
    is_first = trainer_view.is_first_visit(turn.session, attendee.booking)
    has_note = bool(attendee.contact.health_note)
    if is_first and has_note:
        return after("utter_staff_mark_first_note")
    return after("utter_staff_mark_first") if is_first else after("utter_staff_mark_note") if has_note else ""


def _hint(turn: StaffTurn, line: AgendaLine, attendee: Attendee) -> str:
    """Who is to be looked out for and why; about health too, so for the trainer's own chat only."""
    if attendee.booking.status != "booked":
        return ""
    time = wording.clock(turn.facts, turn.facts.local(line.starts_at))
    name = cards.name_of(attendee.contact)
    has_words = attendee.contact.health_note or notes.list_of_contact(
        turn.session, attendee.contact.id, of_trainers=True, limit=1
    )
    if not has_words and not trainer_view.is_first_visit(turn.session, attendee.booking):
        return ""
    hints = trainer_view.hints_for_trainer(turn.session, attendee.contact, attendee.booking)
    return f"{time} {name}: {'; '.join(hints)}" if hints else ""


def _to_do(turn: StaffTurn, day: dt.date) -> list[str]:
    start, end = clock.local_day(day, turn.facts.zone)
    is_whole_desk = turn.is_group and turn.staff.role != "trainer"
    rows = follow_ups.list_open(turn.session, staff_id=None if is_whole_desk else turn.staff.id, until=end)
    lines = []
    for follow_up, _, contact in rows:
        if follow_up.due_at < start and day != turn.facts.local(turn.now).date():
            continue
        who = turn.facts.staff_by_id(follow_up.staff_id)
        lines.append(
            words(
                "utter_staff_day_follow_up", time=wording.short_when(turn.facts, follow_up.due_at),
                staff=f"{who.first_name}, " if who and is_whole_desk else "", name=cards.name_of(contact),
                words=follow_up.words or words("utter_staff_follow_up_plain"),
            )
        )  # fmt: skip
    return lines


COMMAND = (
    Command("today", "Shows today.", "/today", EVERYBODY, today,
            aliases=("@today", "@my day")),
    Command("agenda", "Shows a day or a week.", "/agenda [tomorrow|friday|next week|..]", EVERYBODY, agenda,
            aliases=("~agenda", "~schedule", "~diary", "~timetable")),
)  # fmt: skip
