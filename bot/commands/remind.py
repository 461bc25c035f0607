"""remind me: a to-do about a lead, at a time."""

from __future__ import annotations

import datetime as dt

import regex

from bot import cards, gym_words, moments, names, questions, reversals, wording
from bot import place_answers as places
from bot.answers import answer, is_plain, words
from bot.channels.base import Button
from bot.payloads import minute
from bot.roles import DESK, EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import follow_ups
from crm.facts import StaffFact
from crm.models import Lead

MORNING = dt.time(9)
"""When a day without a clock time is meant."""
_JOINTS = regex.compile(
    r"^(?:(?:to|about|that|of|at|on|,|:|-|and|please|pls)\s+)+|\s+(?:to|about|at|on|,)$", regex.IGNORECASE
)


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Plan it; parts in any order, and the times that are likely are offered where none is given."""
    text = regex.sub(r"^\s*(?:me|us)\b", "", text, flags=regex.IGNORECASE)
    colleague, text = _colleague(turn, text)
    try:
        person = names.person_in(turn, text, free_text=True)
    except names.NobodyFits as nobody:
        if nobody.nearest or turn.is_group or len(text.split()) < 3:
            raise
        return [answer("utter_staff_remind_person")]
    due_at, rest = places.instant_coded(person.rest)
    times = moments.times_in(turn, rest)
    said = _JOINTS.sub("", names.tidy(moments.without_times(rest, times))).strip(" .:")
    said = _JOINTS.sub("", said)
    if is_plain(turn) and turn.is_group and times.expected is None:
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    if due_at is None and times.expected is not None:
        due_at = _instant(turn, times.expected.start, has_clock=times.expected.named_clock)
    if due_at is None:
        return [_ask(turn, person, person.lead, said, "utter_staff_remind_when")]
    if due_at <= turn.now:
        return [_ask(turn, person, person.lead, said, "utter_staff_remind_past")]
    follow_up = follow_ups.add(
        turn.session,
        person.lead,
        staff_id=colleague.id,
        due_at=due_at,
        words=said,
        actor=turn.actor,
        now=turn.now,
    )
    undo = reversals.remember(turn, "follow_up", follow_up=follow_up.id)
    cards.lead_changed(turn.session, turn.facts, person.lead.id, turn.now)
    when = wording.short_when(turn.facts, due_at)
    shown = f", {said}" if said else ""
    if colleague.id != turn.staff.id:
        return [
            answer(
                "utter_staff_remind_set_for",
                (undo,),
                staff=colleague.first_name,
                when=when,
                name=person.name,
                words=shown,
            )
        ]
    return [answer("utter_staff_remind_set", (undo,), when=when, name=person.name, words=shown)]


def _colleague(turn: StaffTurn, text: str) -> tuple[StaffFact, str]:
    """Whom to remind: who says it, unless a colleague is named first, as in "remind lena to call Ana"."""
    found = regex.match(r"\s*@?(\p{L}[\p{L}\-]+)\s+(?:to|about|that|of)\b", text)
    colleague = (
        gym_words.staff_in(turn.facts, found.group(1))[0] if found and turn.staff.role in DESK else None
    )
    if found is None or colleague is None:
        return turn.staff, text
    return colleague, text[found.end() :]


def _instant(turn: StaffTurn, start: dt.datetime, *, has_clock: bool) -> dt.datetime:
    if not has_clock:
        start = dt.datetime.combine(start.date(), MORNING)
    return turn.facts.instant(start)


def likely_times(turn: StaffTurn) -> list[tuple[str, dt.datetime]]:
    """When people mostly want to be reminded: in two hours, tomorrow morning, on Monday."""
    local = turn.facts.local(turn.now).replace(tzinfo=None)
    tomorrow = dt.datetime.combine(local.date() + dt.timedelta(days=1), MORNING)
    monday = dt.datetime.combine(local.date() + dt.timedelta(days=7 - local.weekday()), MORNING)
    clock = wording.clock(turn.facts, MORNING)
    found = [
        (words("utter_staff_in_two_hours"), turn.now + dt.timedelta(hours=2)),
        (words("utter_staff_tomorrow_morning", time=clock), turn.facts.instant(tomorrow)),
    ]
    if monday != tomorrow:
        found.append((words("utter_staff_next_monday", time=clock), turn.facts.instant(monday)))
    return found


def _ask(turn: StaffTurn, person: names.Person, lead: Lead, said: str, key: str) -> StaffSay:
    choices = [(title, f"#{lead.number} ^{minute(at)} {said}") for title, at in likely_times(turn)]
    buttons: tuple[Button, ...] = questions.ask_again_with(turn, "remind", choices)
    return answer(key, buttons, name=person.name)


COMMAND = Command(
    "remind", "Reminds you of somebody.", "remind me <name> tomorrow 10:00 words", EVERYBODY, handle,
    aliases=("remind me about", "remind me to", "remind me of", "remind me", "remind"),
)  # fmt: skip
