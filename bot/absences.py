"""A trainer's time off in words: when it is, what is booked then, and who is told of it."""

from __future__ import annotations

import datetime as dt

from bot import cards, day_lines, wording
from bot.answers import order, record, words
from bot.channels.base import Button
from bot.staff_turn import StaffTurn
from crm import booking_lists, contacts
from crm.booking_lists import AgendaLine
from crm.facts import StaffFact
from crm.models import TimeOff

DAY = dt.timedelta(days=1)
MOST_LINES, MOST_PEOPLE = 14, 5


def when(turn: StaffTurn, starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """The stretch: whole days by their names, else with its times."""
    facts = turn.facts
    start, end = facts.local(starts_at), facts.local(ends_at)
    first, last = wording.short_day(facts, start), wording.short_day(facts, end - dt.timedelta(seconds=1))
    if start.time() == end.time() == dt.time():
        return first if first == last else words("utter_staff_away_days", first=first, last=last)
    if first == last:
        ends = dt.time(23, 59) if end.time() == dt.time() else end.time()
        return f"{first} {wording.clock(facts, start)}-{wording.clock(facts, ends)}"
    return words(
        "utter_staff_away_days",
        first=wording.short_when(facts, starts_at),
        last=wording.short_when(facts, ends_at),
    )


def booked(
    turn: StaffTurn, trainer: StaffFact, starts_at: dt.datetime, ends_at: dt.datetime
) -> list[AgendaLine]:
    """What the trainer has then: sessions that are to come, and classes whether or not anybody is in them yet."""
    found: list[AgendaLine] = []
    day = turn.facts.local(starts_at).date()
    while turn.facts.instant(dt.datetime.combine(day, dt.time())) < ends_at:
        found += [
            line
            for line in booking_lists.agenda(turn.session, turn.facts, trainer.id, day)
            if line.starts_at < ends_at and line.ends_at > max(starts_at, turn.now)
            and (line.offering.is_class or line.attendees[0].booking.status in ("booked", "in_progress"))
        ]  # fmt: skip
        day += DAY
    return found


def listed(turn: StaffTurn, lines: list[AgendaLine], *, with_days: bool) -> str:
    """A line each, with its day where the stretch has several."""
    shown = []
    for line in lines[:MOST_LINES]:
        day = f"{wording.short_day(turn.facts, turn.facts.local(line.starts_at))} " if with_days else ""
        shown.append(f"{day}{day_lines.briefly(turn.facts, line, with_trainer=False)}")
    if len(lines) > MOST_LINES:
        shown.append(words("utter_staff_days_more", count=len(lines) - MOST_LINES))
    return "\n".join(shown)


def buttons(lines: list[AgendaLine]) -> list[Button]:
    """Move and cancel for the people who are booked one to one."""
    found: list[Button] = []
    sessions = [line.attendees[0] for line in lines if not line.offering.is_class]
    for attendee in sessions[:MOST_PEOPLE]:
        if attendee.booking.status == "booked":
            name = contacts.first_name(attendee.contact) or cards.name_of(attendee.contact)
            target = record("b", attendee.booking.id)
            found.append(order(words("utter_staff_button_move_one", name=name)[:40], "move", target))
            found.append(order(words("utter_staff_button_cancel_one", name=name)[:40], "cancel", target))
    return found


def tell_of_return(turn: StaffTurn, row: TimeOff) -> str:
    """Whose time off it was and when, after it was taken back; the group, or the trainer, is told."""
    trainer = turn.facts.staff_by_id(row.trainer_id)
    name = trainer.first_name if trainer else words("utter_staff_everybody")
    params = {"name": name, "when": when(turn, row.starts_at, row.ends_at), "by": turn.staff.first_name}
    if not turn.is_group:
        cards.tell_group(turn.session, turn.facts, "utter_staff_line_back", params, turn.now)
    if turn.staff.id != row.trainer_id:
        cards.tell_trainer(
            turn.session, turn.facts, row.trainer_id, "utter_staff_trainer_back", params, turn.now
        )
    return words("utter_staff_away_back", **params)
