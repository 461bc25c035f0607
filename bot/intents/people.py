"""Matters for a person: asked for one, unhappy, money gone wrong, hurt, or a member's affairs."""

from __future__ import annotations

from bot.events import Events, HandedOff, Say, StaffTold
from bot.registry import Intent
from bot.turn import Turn
from bot.when_read import read_by


def when(turn: Turn) -> dict[str, str]:
    """By when somebody will read it."""
    return {"when": read_by(turn.facts, turn.now, turn.language)}


def request_human(turn: Turn) -> Events:
    """The first time, without an argument."""
    yield HandedOff("asked")
    yield Say("utter_handoff", when(turn))


def complaint(turn: Turn) -> Events:
    """Sorry, and a person."""
    yield HandedOff("complaint")
    yield Say("utter_handoff_sorry", when(turn))


def billing_issue(turn: Turn) -> Events:
    """Money is for people."""
    yield HandedOff("billing")
    yield Say("utter_handoff_sorry", when(turn))


def report_injury(turn: Turn) -> Events:
    """Care first; staff are told."""
    yield HandedOff("injury")
    yield Say("utter_injury", when(turn))


def member_matter(turn: Turn) -> Events:
    """Something a member may want that chats cannot do yet: the team does it."""
    yield HandedOff("member")
    yield Say("utter_member_matter", when(turn))


def job_inquiry(turn: Turn) -> Events:
    """A short ending of its own; no trial is pushed."""
    yield StaffTold("job", {"words": turn.text})
    yield Say("utter_job", {"email": turn.facts.gym.email or turn.facts.gym.phone or turn.facts.gym.name})


def refer_friend(turn: Turn) -> Events:
    """Friends are welcome (unless they were just told that they are too young)."""
    if "too_young" in turn.answered:
        return
    yield Say("utter_refer")


MEMBER_MATTERS = (
    "freeze_membership", "cancel_membership", "log_workout", "log_measurement", "log_meal", "check_in",
    "ask_program", "ask_progress",
)  # fmt: skip

INTENT = (
    Intent("request_human", request_human),
    Intent("complaint", complaint),
    Intent("billing_issue", billing_issue),
    Intent("report_injury", report_injury),
    Intent("job_inquiry", job_inquiry),
    Intent("refer_friend", refer_friend, side=True),
    *(Intent(name, member_matter) for name in MEMBER_MATTERS),
)
