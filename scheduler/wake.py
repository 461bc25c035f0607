"""Wake-ups: a message to the workers that something may be due. Losing every one of them loses nothing."""

from __future__ import annotations

import logging
from typing import Literal

Queue = Literal["inbound", "outbound", "reminders"]
log = logging.getLogger(__name__)


def wake(queue: Queue) -> None:
    """Tell a worker to look at the queue now; with the broker away the sweeper finds it within a second or two."""
    from scheduler import tasks

    try:
        {"inbound": tasks.drain_inbound, "outbound": tasks.drain_outbound, "reminders": tasks.fire_reminders}[
            queue
        ].apply_async(retry=False, expires=30)
    except Exception as error:  # the broker's client raises whatever its transport does
        log.warning("could not wake the workers for %s: %s", queue, type(error).__name__)
