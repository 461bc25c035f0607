"""/stats: the numbers of the day in one message."""

from __future__ import annotations

import datetime as dt

from bot import cards
from bot.answers import after, answer, order, words
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings, clock, lead_lists


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:  # noqa: ARG001
    """Leads by stage, new ones, today's calendar, and how many came of those who were booked."""
    facts, session = turn.facts, turn.session
    today = facts.local(turn.now).date()
    start, end = clock.local_day(today, facts.zone)
    week = clock.local_day(today - dt.timedelta(days=6), facts.zone)[0]
    month = clock.local_day(today - dt.timedelta(days=29), facts.zone)[0]
    by_stage = lead_lists.count_by_stage(session)
    stages = ", ".join(
        f"{by_stage[stage]} {cards.stage_word(stage)}" for stage in facts.stages if by_stage.get(stage)
    )
    kinds = {"trial": 0, "class": 0, "other": 0}
    for line in bookings.agenda(session, facts, None, today):
        kind = line.offering.kind if line.offering.kind in kinds else "other"
        kinds[kind] += len(line.attendees)
    came = bookings.count_bookings(session, status=("attended",), start=month, end=turn.now)
    missed = bookings.count_bookings(session, status=("no_show",), start=month, end=turn.now)
    rate = after("utter_staff_stats_rate", rate=round(100 * came / (came + missed))) if came + missed else ""
    buttons = (
        order(words("utter_staff_leads_today"), "leads", "today"),
        order(words("utter_staff_leads_hot"), "leads", "hot"),
    )
    return [
        answer(
            "utter_staff_stats", buttons, total=sum(by_stage.values()), stages=stages or "0",
            today=lead_lists.count_created(session, start, end), week=lead_lists.count_created(session, week, end),
            trials=kinds["trial"], sessions=kinds["other"], places=kinds["class"], attended=came, no_shows=missed,
            rate=rate,
        )
    ]  # fmt: skip


COMMAND = Command(
    "stats",
    "Shows the numbers of the day.",
    "/stats",
    LEADERS,
    handle,
    aliases=("~stats", "~numbers", "~statistics"),
)
