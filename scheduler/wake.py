"""Wake-ups: a message to the workers that something may be due. Losing every one of them loses nothing."""

from __future__ import annotations

import logging
from typing import Literal

Queue = Literal["inbound", "outbound", "reminders", "media"]
TASKS: dict[Queue, str] = {
    "inbound": "scheduler.drain_inbound",
    "outbound": "scheduler.drain_outbound",
    "reminders": "scheduler.fire_reminders",
    "media": "scheduler.fetch_media",
}
log = logging.getLogger(__name__)


def wake(queue: Queue) -> None:
    """Tell a worker to look at the queue now; with the broker away the sweeper finds it within a second or two."""
    from scheduler.app import celery

    try:
        celery.send_task(TASKS[queue], retry=False, expires=30)
    except Exception as error:  # the broker's client raises whatever its transport does
        log.warning("could not wake the workers for %s: %s", queue, type(error).__name__)
