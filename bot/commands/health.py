"""/health channels: does each channel work, since when not, and what to do about it."""

from __future__ import annotations

import datetime as dt

from bot import cards, refusals, wording
from bot.answers import answer, words
from bot.channels import CHANNELS
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import channel_health
from crm.channel_health import Health
from crm.facts import GymFacts


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:  # noqa: ARG001
    """A line for each account, stopped ones first."""
    found = channel_health.list_health(turn.session)
    if not found:
        return [answer("utter_staff_health_none")]
    return [answer("utter_staff_health", lines="\n".join(_line(turn.facts, one) for one in found))]


def _line(facts: GymFacts, health: Health) -> str:
    channel = cards.channel_name(health.channel)
    if health.stopped_at is None:
        head = words("utter_staff_health_works", channel=channel)
    else:
        head = words(
            "utter_staff_health_stopped", channel=channel, since=wording.short_when(facts, health.stopped_at),
            reason=(health.reason or "").rstrip("."), code=health.code or "-",
            mend=refusals.mend_words(CHANNELS[health.channel].repair(health.code)),
        )  # fmt: skip
    counts = (
        ("utter_staff_health_waiting", health.waiting),
        ("utter_staff_health_failed", health.failed),
        ("utter_staff_health_stuck", health.stuck),
    )
    heard = words(
        "utter_staff_health_last",
        last_in=_when(facts, health.last_in_at),
        last_out=_when(facts, health.last_out_at),
    )
    return " · ".join([head, heard, *(words(key, count=count) for key, count in counts if count)])


def _when(facts: GymFacts, at: dt.datetime | None) -> str:
    return wording.short_when(facts, at) if at is not None else words("utter_staff_health_never")


COMMAND = Command(
    "health",
    "Shows whether each channel works and how to mend one that does not.",
    "/health channels",
    LEADERS,
    handle,
    aliases=("~channels", "=channel health", "=are the channels working"),
)
