"""Keeping what providers bring: one statement and one commit for all requests that wait at the moment.

A commit costs a disk flush whether it holds one message or fifty, so while one is
under way the next requests gather; each is answered after the commit that holds it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from crm.db import libpq_url
from crm.errors import CrmError
from crm.locks import CONTENTION

log = logging.getLogger(__name__)

MOST_ROWS = 500
"""Messages in one statement."""
CONNECT_TIMEOUT = 3.0
"""Seconds to wait for a connection before the provider is asked to call again."""
STATEMENT_TIMEOUT_MS = 5_000
ATTEMPTS = 3
_STATEMENT = (
    "SELECT record_payloads(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[]::jsonb[], %s::boolean[],"
    " %s::timestamptz[])"
)
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Unavailable(CrmError):
    """What was brought could not be kept now; the provider shall bring it again."""

    code = "unavailable"


class Unstorable(CrmError):
    """What was brought cannot be written down by the database, now or later."""

    code = "invalid"


@dataclass(frozen=True, slots=True)
class Row:
    """One provider message, ready to be kept."""

    gym_id: uuid.UUID
    inbox_id: uuid.UUID
    external_id: str
    address: str
    payload: str
    """JSON."""
    waits: bool
    provider_at: dt.datetime | None


def row(
    gym_id: uuid.UUID, inbox_id: uuid.UUID, *, external_id: str, address: str, payload: Mapping[str, Any],
    waits: bool, provider_at: dt.datetime | None,
) -> Row:  # fmt: skip
    """A row of what a channel split off; channels leave out what the database cannot hold."""
    try:
        said = _dump(payload)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unstorable(reason=type(error).__name__) from error
    return Row(gym_id, inbox_id, external_id, address, said, waits, provider_at)


def _array(elements: Iterable[str]) -> str:
    """PostgreSQL's own spelling of an array: the driver's would take longer than the statement itself."""
    return f"{{{','.join(elements)}}}"


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Intake:
    """Gathers rows of concurrent requests and keeps them together."""

    def __init__(self, database_url: str) -> None:
        self._pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            libpq_url(database_url),
            min_size=1,
            max_size=2,
            open=False,
            timeout=CONNECT_TIMEOUT,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 1,
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
                "connect_timeout": 3,
            },
            name="intake",
        )
        self._is_open = False
        self._waiting: list[tuple[Sequence[Row], asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def keep(self, rows: Sequence[Row]) -> None:
        """Return once all rows are kept for good; raises `Unavailable` or `Unstorable`."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._waiting.append((rows, kept))
        if self._flusher is None:
            self._flusher = loop.create_task(self._flush())
        await kept

    async def close(self) -> None:
        """Finish what is under way and let the connections go."""
        if self._flusher is not None:
            await asyncio.wait([self._flusher], timeout=CONNECT_TIMEOUT)
        if self._is_open:
            await self._pool.close()

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch: list[tuple[Sequence[Row], asyncio.Future[None]]] = []
                size = 0
                while self._waiting and (not batch or size + len(self._waiting[0][0]) <= MOST_ROWS):
                    batch.append(self._waiting.pop(0))
                    size += len(batch[-1][0])
                await self._keep_together(batch)
        finally:
            self._flusher = None

    async def _keep_together(self, batch: list[tuple[Sequence[Row], asyncio.Future[None]]]) -> None:
        failure: Exception | None = None
        try:
            await self._write([one for rows, _ in batch for one in rows])
        except Unstorable as error:
            if len(batch) > 1:
                # One of them spoils the statement; the others must not suffer for it.
                for alone in batch:
                    await self._keep_together([alone])
                return
            failure = error
        except Exception as error:
            failure = error if isinstance(error, Unavailable) else Unavailable(reason=type(error).__name__)
            log.warning("messages could not be kept: %s", type(error).__name__)
        for _, kept in batch:
            if kept.done():
                continue
            if failure is None:
                kept.set_result(None)
            else:
                kept.set_exception(failure)

    async def _write(self, rows: Sequence[Row]) -> None:
        """One statement, repeated where a connection was found dead or writers met: keeping twice keeps once."""
        if not self._is_open:
            await self._pool.open()
            self._is_open = True
        values = (
            _array(str(one.gym_id) for one in rows),
            _array(str(one.inbox_id) for one in rows),
            _array(_quoted(one.external_id) for one in rows),
            _array(_quoted(one.address) for one in rows),
            _array(_quoted(one.payload) for one in rows),
            _array("t" if one.waits else "f" for one in rows),
            _array(one.provider_at.isoformat() if one.provider_at else "NULL" for one in rows),
        )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._pool.connection() as connection:
                    await connection.execute(_STATEMENT, values)
                return
            except psycopg.DataError as error:
                raise Unstorable(reason=type(error).__name__) from error
            except psycopg.Error as error:
                is_worth_repeating = isinstance(error, psycopg.OperationalError) and not isinstance(
                    error, PoolTimeout | psycopg.errors.QueryCanceled
                )
                if attempt == ATTEMPTS or not (is_worth_repeating or error.sqlstate in CONTENTION):
                    raise Unavailable(reason=type(error).__name__) from error
                await asyncio.sleep(0.02 * attempt)
