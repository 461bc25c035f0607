"""The tasks: each opens the queue it is named after and works until nothing is due."""

from __future__ import annotations

import time

from scheduler import housekeeping as chores
from scheduler import inbound, media, outbound, signs, templates, training
from scheduler import reminders as due
from scheduler.app import celery
from scheduler.wake import wake

AT_A_TIME = 8
"""Addresses that are handled before their answers are sent."""
GOES_ON_FOR = 15.0
"""Seconds. A message that is ended by the task's time limit has then really taken long, and counts as failed."""


def _answer() -> None:
    """Nobody's answer waits until all the others are thought of. Goes on next time before the task's time is up."""
    until = time.monotonic() + GOES_ON_FOR
    while time.monotonic() < until and inbound.drain(most=AT_A_TIME):
        outbound.drain()
    if media.is_due():
        # In a task of its own: a slow download must not hold anybody's answer up.
        wake("media")


@celery.task(name="scheduler.drain_inbound")
def drain_inbound() -> None:
    """Handle messages whose burst is over, and send what that queued."""
    signs.show_typing()
    _answer()


@celery.task(name="scheduler.drain_outbound")
def drain_outbound() -> None:
    """Send what is due."""
    outbound.drain()


@celery.task(name="scheduler.fetch_media")
def fetch_media() -> None:
    """Fetch people's files, and send what staff and people are told of them."""
    if media.drain():
        outbound.drain()


@celery.task(name="scheduler.fire_reminders")
def fire_reminders() -> None:
    """Fire what is due, then send it."""
    if due.fire_due():
        outbound.drain()


@celery.task(name="scheduler.sweep")
def sweep() -> None:
    """Find what no wake-up announced: messages, deliveries, reminders, claims of dead senders."""
    _answer()
    due.fire_due()
    outbound.drain()
    outbound.look_into_stale()


@celery.task(name="scheduler.housekeeping")
def housekeeping() -> None:
    """The minute's chores."""
    chores.run()


@celery.task(name="scheduler.review_templates", time_limit=900, soft_time_limit=840)
def review_templates() -> None:
    """What the providers say of the message templates."""
    templates.review_all()


@celery.task(
    name="scheduler.train_models", acks_late=False, time_limit=3 * 3600, soft_time_limit=3 * 3600 - 60
)
def train_models() -> None:
    """Gyms' own classifiers, where it is night and their team has labelled something."""
    training.train_due()


@celery.task(name="scheduler.plan_classes", time_limit=900, soft_time_limit=840)
def plan_classes() -> None:
    """The timetable as dated classes."""
    chores.plan_classes()


__all__ = [
    "drain_inbound",
    "drain_outbound",
    "fetch_media",
    "fire_reminders",
    "housekeeping",
    "plan_classes",
    "review_templates",
    "sweep",
    "wake",
]
