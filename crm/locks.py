"""Advisory locks of the calendar, all in one place.

Whoever writes into the calendar first takes the locks of what the write touches: in
one round trip, in the order of their keys so that two writers can never wait for each
other in a ring, and with a limit to the waiting. A plain insert into an exclusion
constraint is correct as well, but under contention it was measured to stall for tens of
seconds on deadlocks; with locks a round of 50 takes 60 ms.

The locks live in a savepoint. A refused write is rolled back to it, which gives the
locks back at once and leaves no trace in the caller's transaction; otherwise they last
until the caller's commit.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import psycopg
from sqlalchemy.exc import DBAPIError

from crm.db import TenantSession
from crm.errors import CrmError

T = TypeVar("T")

LOCK_TIMEOUT_MS = 5_000
"""How long one attempt waits for its locks; a booking holds them for some milliseconds."""
ATTEMPTS = 3
CONTENTION = {"40P01", "55P03"}
"""deadlock_detected and lock_not_available: the same work may succeed when tried again."""


class Busy(CrmError):
    """Too many writers wanted the same place for too long; nothing was done."""

    code = "busy"


def contact_key(session: TenantSession, contact_id: uuid.UUID) -> int:
    """The key of everything one person has in the calendar."""
    return _key(session.gym_id, "contact", contact_id)


def trainer_key(session: TenantSession, trainer_id: uuid.UUID) -> int:
    """The key of a trainer's time."""
    return _key(session.gym_id, "trainer", trainer_id)


def class_key(session: TenantSession, offering_id: uuid.UUID, starts_at: dt.datetime) -> int:
    """The key of one dated class and its waitlist, whether or not its row is there yet."""
    return _key(session.gym_id, "class", offering_id, int(starts_at.timestamp()))


def _key(*parts: object) -> int:
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def run_locked(session: TenantSession, keys: Iterable[int], action: Callable[[], T]) -> T:
    """Run `action` while holding the locks of `keys`, which then last until the transaction ends.

    Any error of `action` is undone and passed on, without its locks. A deadlock or a
    lock that cannot be had is undone and tried again; raises `Busy` when that does not help.
    """
    session.flush()
    wanted = sorted(set(keys))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _take(session, wanted)
            return action()
        except BaseException as error:
            _undo(session)
            if not is_contention(error):
                raise
            if attempt == ATTEMPTS:
                raise Busy(attempts=attempt) from error
    raise AssertionError("unreachable")


def run_again(transaction: Callable[[], T], *, attempts: int = ATTEMPTS) -> T:
    """Run a whole transaction, again from its beginning where contention ended it.

    For doors: `transaction` opens its session, does its work and commits. Several
    calendar writes in one transaction take their locks one after another, so two such
    transactions can still meet in a ring; PostgreSQL then ends one of them.
    """
    for attempt in range(1, attempts + 1):
        try:
            return transaction()
        except (DBAPIError, psycopg.Error, Busy) as error:
            if attempt == attempts or not (isinstance(error, Busy) or is_contention(error)):
                raise
            time.sleep(0.02 * attempt)
    raise AssertionError("unreachable")


def is_contention(error: BaseException) -> bool:
    """Whether the database gave up because of other writers, not because of this one's data."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(original, psycopg.Error) and original.sqlstate in CONTENTION


def _take(session: TenantSession, keys: list[int]) -> None:
    # One string of several statements needs one round trip; the keys are integers of our own making.
    listed = ",".join(map(str, keys))
    connection = _driver(session)
    if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        raise RuntimeError("calendar locks live in a transaction, and none has been begun")
    connection.execute(
        f"SAVEPOINT calendar; SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS};"
        f" SELECT count(pg_advisory_xact_lock(key)) FROM unnest('{{{listed}}}'::bigint[]) AS key",
        prepare=False,
    )


def _undo(session: TenantSession) -> None:
    connection = _driver(session)
    if connection.closed or connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        return
    # Below psycopg, which would forget every prepared statement of the connection at the sight of ROLLBACK.
    result = connection.pgconn.exec_(b"ROLLBACK TO SAVEPOINT calendar")
    if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.OperationalError(result.get_error_message())


def _driver(session: TenantSession) -> Any:
    return session.connection().connection.driver_connection
