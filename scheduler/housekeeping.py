"""What has to be done now and then: expired holds let go, claims of dead senders looked into."""

from __future__ import annotations

import logging
import random
import time

from sqlalchemy import text

from bot import consequences
from crm import bookings, db, facts, paces, reviews, scheduled_classes, waitlist

log = logging.getLogger(__name__)

GOES_ON_FOR = 30.0
"""Seconds. Where there are more gyms than can be looked at in that time, others have their turn in the next minute."""


def run() -> None:
    """Once a minute, every gym in its own short transaction, in no particular order."""
    database = db.database()
    with database.system_session() as session:
        gyms = [row[0] for row in session.execute(text("SELECT id FROM door_gyms()")).all()]
    until = time.monotonic() + GOES_ON_FOR
    random.shuffle(gyms)
    for gym_id in gyms:
        if time.monotonic() > until:
            log.warning("housekeeping did not get round all %d gyms; the others come later", len(gyms))
            return
        try:
            with database.tenant_session(gym_id) as session:
                bookings.release_expired(session, now=session.now)
                paces.forget_full(session)
                reviews.forget_old(session, now=session.now)
                for expired in waitlist.expire_due(session, facts.load(session), now=session.now):
                    if expired.next_offer is not None:
                        consequences.plan_offer(session, expired.next_offer, session.now)
        except Exception:
            log.exception("housekeeping failed for gym %s", gym_id)


def plan_classes() -> None:
    """A few times a day: the timetable as dated classes, as far ahead as may be booked."""
    database = db.database()
    with database.system_session() as session:
        gyms = [row[0] for row in session.execute(text("SELECT id FROM door_gyms()")).all()]
    for gym_id in gyms:
        try:
            with database.tenant_session(gym_id) as session:
                scheduled_classes.materialise(session, facts.load(session), now=session.now)
        except Exception:
            log.exception("the timetable of gym %s could not be laid out", gym_id)
