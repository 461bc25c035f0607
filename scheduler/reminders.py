"""Fire what is due: one short transaction a reminder."""

from __future__ import annotations

import logging

from bot import unasked
from crm import db, facts, reminders

log = logging.getLogger(__name__)
BATCH = 100


def fire_due() -> int:
    """Everything that is due over all gyms; how many there were."""
    fired = 0
    while True:
        with db.database().system_session() as session:
            due = reminders.list_due(session, most=BATCH)
        done = sum(_fire(*pair) for pair in due)
        fired += done
        if not done:
            return fired


def _fire(gym_id: object, reminder_id: object) -> bool:
    """One reminder; False where another worker has it or it failed (then the sweeper tries again)."""
    try:
        with db.database().tenant_session(gym_id) as session:  # type: ignore[arg-type]
            reminder = reminders.take(session, reminder_id)  # type: ignore[arg-type]
            if reminder is None:
                return False
            unasked.fire(session, facts.load(session), reminder, now=session.now)
    except Exception:
        log.exception("could not fire reminder %s", reminder_id)
        return False
    else:
        return True
