"""The two doors to the database.

`tenant_session` enters one gym: everything read or written there is that gym's, by
PostgreSQL's own row policies. `system_session` enters none; it can only call the few
functions that say which gym something belongs to or what is due.

``BEGIN``, the entered gym, its clock and the version of its facts come in one round trip:
connections are in driver autocommit and the transaction is begun by our own statement (a separate
``set_config`` would cost 40 % of a small transaction).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from crm import clock
from crm.models import InboundPayload, Inbox

_GYM_OPTION = "spotter_gym"


class TenantSession(Session):
    """A database session inside one gym. `now` is the gym's clock at the session's beginning."""

    gym_id: uuid.UUID
    now: dt.datetime
    facts_version: int | None = None
    """Of the gym's facts, as they were when the session began; None for a gym that is not there yet."""

    def read_anew(self) -> None:
        """Forget what was read, after statements that changed rows past the session.

        The inbox and the payloads that a worker has in hand stay: it goes by them after the commit too.
        """
        for row in self.identity_map.values():
            if not isinstance(row, Inbox | InboundPayload):
                self.expire(row)


def sqlalchemy_url(url: str) -> str:
    """`url` with the psycopg 3 driver named, whatever form a provider handed out."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """`url` as libpq (and plain psycopg) wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Database:
    """One database as the application role sees it; one per process, safe to use from many threads."""

    def __init__(self, url: str, *, pool_size: int = 5, max_overflow: int | None = None) -> None:
        """Keep up to `pool_size` connections; open `max_overflow` more (four times as many) while all are in use."""
        self.url = sqlalchemy_url(url)
        self.engine: Engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size * 4 if max_overflow is None else max_overflow,
            pool_pre_ping=False,
            connect_args={"autocommit": True, "prepare_threshold": 3},
            json_serializer=_dump_json,
        )
        event.listen(self.engine, "begin", _begin)

    @contextlib.contextmanager
    def tenant_session(self, gym_id: uuid.UUID) -> Iterator[TenantSession]:
        """Enter the gym; commits on leaving, rolls back on an error."""
        with self.engine.connect().execution_options(**{_GYM_OPTION: gym_id}) as connection:
            session = TenantSession(bind=connection, expire_on_commit=False, autoflush=False)
            session.gym_id = gym_id
            try:
                connection.begin()
                offset, session.facts_version = connection.info.pop("entered")
                session.now = clock.now(offset)
                yield session
                session.commit()
                if connection.in_transaction():
                    connection.commit()
            except BaseException:
                session.rollback()
                raise
            finally:
                session.close()

    @contextlib.contextmanager
    def system_session(self) -> Iterator[Session]:
        """Enter no gym: only the SECURITY DEFINER functions of the schema answer here."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def dispose(self, *, close: bool = True) -> None:
        """Forget pooled connections; with `close=False` after a fork, so that the parent's stay alive."""
        self.engine.dispose(close=close)


class UnknownGym(LookupError):
    """The gym to be entered does not exist."""


def _begin(connection: Connection) -> None:
    """Begin the transaction by hand, entering the gym named in the connection's options."""
    raw: Any = connection.connection.driver_connection
    gym_id: uuid.UUID | None = connection.get_execution_options().get(_GYM_OPTION)
    if gym_id is None:
        raw.execute("BEGIN")
        return
    # The id is a UUID object, so its text holds nothing but hexadecimal digits and hyphens.
    cursor = raw.execute(
        f"BEGIN; SELECT set_config('spotter.gym_id', '{uuid.UUID(str(gym_id))}', true);"
        " SELECT clock_offset, facts_version FROM gyms WHERE id = current_setting('spotter.gym_id')::uuid"
    )
    cursor.nextset()
    cursor.nextset()
    row = cursor.fetchone()
    # A gym that is being made right now has no row yet; its clock is the real one.
    connection.info["entered"] = row or (dt.timedelta(), None)


def _dump_json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_json_default)


def _json_default(value: object) -> str:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


_lock = threading.Lock()
_database: Database | None = None


def connect(url: str, *, pool_size: int = 5) -> Database:
    """Make `url` this process's database and return it."""
    global _database
    with _lock:
        if _database is not None:
            _database.dispose()
        _database = Database(url, pool_size=pool_size)
        return _database


def database() -> Database:
    """This process's database: the connected one, else the one of the settings."""
    if _database is not None:
        return _database
    from crm.config import settings
    from crm.errors import ConfigurationError

    url = settings().database_url
    if url is None:
        raise ConfigurationError(
            "SPOTTER_DATABASE_URL is not set, and no embedded database runs here; "
            "start everything with `spotter up`, or set the variable"
        )
    return connect(url)
