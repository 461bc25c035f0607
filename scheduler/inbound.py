"""Drain what came in: one address at a time, its oldest payload first, one commit an address."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
import uuid

from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from bot import engine
from crm import db, inbound
from crm.config import settings
from crm.models import Inbox

log = logging.getLogger(__name__)

BATCH = 32
RETRIES = 3
TRANSIENT = ("40001", "40P01", "55P03")
"""SQLSTATE of a serialisation failure, a deadlock and a lock timeout: the same work may succeed next time."""


def drain() -> int:
    """Handle every address whose burst is over; how many there were."""
    config, database = settings(), db.database()
    wait = dt.timedelta(seconds=config.burst_wait_seconds)
    cap = dt.timedelta(seconds=config.burst_cap_seconds)
    handled = 0
    skipped: set[inbound.DueAddress] = set()
    while True:
        with database.system_session() as session:
            due = inbound.list_due(session, wait=wait, cap=cap, most=BATCH)
        fresh = [address for address in due if address not in skipped]
        if not fresh:
            return handled
        for address in fresh:
            if handle(address):
                handled += 1
            else:
                skipped.add(address)


def handle(address: inbound.DueAddress) -> bool:
    """Everything pending from one address, in one transaction; False where another worker is at it."""
    database = db.database()
    for attempt in range(1, RETRIES + 1):
        ids: list[int] = []
        try:
            with database.tenant_session(address.gym_id) as session:
                if not inbound.try_lock(session, address.inbox_id, address.address):
                    return False
                payloads = inbound.list_pending(session, address.inbox_id, address.address)
                ids = [payload.id for payload in payloads if payload.id is not None]
                if not payloads:
                    return False
                inbox = session.exec(select(Inbox).where(Inbox.id == address.inbox_id)).one()
                engine.handle(session, inbox, payloads, now=session.now)
                inbound.mark_handled(payloads, now=session.now)
        except DBAPIError as error:
            if attempt < RETRIES and getattr(error.orig, "sqlstate", None) in TRANSIENT:
                continue
            _note_failure(address.gym_id, ids, error)
            return False
        except Exception as error:  # whatever a message causes must not stop the others
            _note_failure(address.gym_id, ids, error)
            return False
        else:
            return True
    return False


def _note_failure(gym_id: uuid.UUID, ids: list[int], error: Exception) -> None:
    """Keep what went wrong beside the payloads; after some attempts they are set aside and staff are told."""
    log.error("could not handle payloads %s", ids, exc_info=error)
    if not ids or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return
    summary = "".join(traceback.format_exception_only(error))
    with db.database().tenant_session(gym_id) as session:
        if inbound.count_failure(session, ids, summary, now=session.now):
            from bot import cards
            from crm import facts

            cards.tell_group(
                session, facts.load(session), "utter_staff_news_stuck", {"count": len(ids)}, session.now,
                dedupe_key=f"stuck:{ids[0]}",
            )  # fmt: skip
