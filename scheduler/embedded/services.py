"""`EmbeddedServices`: a database and a broker for as long as the ``with`` block lasts."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from scheduler.embedded.errors import ServerFailed
from scheduler.embedded.folder import DataFolder
from scheduler.embedded.postgres import SUPERUSER, Postgres
from scheduler.embedded.server import Pause, Report, Server
from scheduler.embedded.valkey import Valkey

OWNER = "spotter_owner"
APPLICATION = "spotter_app"
DATABASE = "spotter"
# Created by the superuser in the template, because `vector` is not a trusted extension; for the owner's migrations
# CREATE EXTENSION IF NOT EXISTS is then no more than a check.
EXTENSIONS = ("btree_gist", "citext", "pg_trgm", "unaccent", "vector")


def _silent(_: str) -> None:
    pass


class EmbeddedServices:
    """PostgreSQL 18 and Valkey of one data folder, started on entering and stopped on leaving.

    The application's role can neither bypass row-level policies nor create databases; the owner's role runs the
    migrations. Enter it from the main thread: the servers die with the thread that started them. Raises a subclass of
    `EmbeddedError`, with a message for the person who runs it, when something is in the way.

    `durable=False` trades safety against power cuts for speed (tests); `postgres=False` or `broker=False` leaves one
    out where an outside server is used; `report` is told in a line what takes long.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        postgres: bool = True,
        broker: bool = True,
        report: Report = _silent,
    ) -> None:
        self.folder = DataFolder(data_dir)
        self._durable = durable
        self._wanted = (postgres, broker)
        self._report = report
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None

    def __enter__(self) -> Self:
        """Start both."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop both."""
        self.stop()

    def start(self, *, pause: Pause = time.sleep) -> None:
        """Hold the folder, start both servers side by side and make roles and database where they are missing.

        `pause` sleeps between looks and may raise `StopRequested`.
        """
        self.folder.hold()
        try:
            want_postgres, want_broker = self._wanted
            if want_broker:
                self._valkey = Valkey(self.folder)
                self._valkey.start()
            if want_postgres:
                self._postgres = Postgres(self.folder, durable=self._durable)
                if not self._postgres.cluster.exists():
                    self._report("Creating the database")
                self._postgres.make()
                self._postgres.start()
            if self._valkey:
                self._wait_for_valkey(self._valkey, pause)
            if self._postgres:
                self._postgres.wait_until_ready(self._report, pause)
                self._make_roles_and_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the broker, then the database; release the folder."""
        for server in reversed(self.servers):
            server.stop()
        self.folder.release()

    @property
    def servers(self) -> list[Server]:
        """The running servers in the order in which they start."""
        return [server for server in (self._postgres, self._valkey) if server is not None]

    @property
    def admin_url(self) -> str:
        """The owner's URL of the installation's database, for migrations."""
        return self.admin_url_of(DATABASE)

    @property
    def database_url(self) -> str:
        """The application role's URL of the installation's database."""
        return self.database_url_of(DATABASE)

    @property
    def superuser_url(self) -> str:
        """The superuser's URL of the maintenance database."""
        return self._running_postgres().url(SUPERUSER, "postgres")

    @property
    def broker_url(self) -> str:
        """The broker's URL as kombu reads it."""
        if self._valkey is None:
            raise RuntimeError("the embedded broker is not running")
        return self._valkey.url

    def admin_url_of(self, database: str) -> str:
        """The owner's URL of another database."""
        return self._running_postgres().url(OWNER, database)

    def database_url_of(self, database: str) -> str:
        """The application role's URL of another database."""
        return self._running_postgres().url(APPLICATION, database)

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Make a database owned by the owner's role, as a copy of `template` (to which nobody may be connected)."""
        from psycopg import sql

        self._as_superuser(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY {}").format(
                sql.Identifier(name),
                sql.Identifier(OWNER),
                sql.Identifier(template),
                # Copying files beats copying through the log once the template has more than a few tables.
                sql.Identifier("file_copy" if template != "template1" else "wal_log"),
            )
        )

    def drop_database(self, name: str) -> None:
        """Remove a database, with those who are connected to it thrown out."""
        from psycopg import sql

        self._as_superuser(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _running_postgres(self) -> Postgres:
        if self._postgres is None:
            raise RuntimeError("the embedded database is not running")
        return self._postgres

    def _wait_for_valkey(self, valkey: Valkey, pause: Pause) -> None:
        try:
            valkey.wait_until_ready(self._report, pause)
        except ServerFailed:
            self._report("The broker's file is damaged; starting it empty (no work is lost by that)")
            valkey.forget()
            valkey.start()
            valkey.wait_until_ready(self._report, pause)

    def _as_superuser(self, *statements: object, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements outside a transaction; the rows of the last one."""
        import psycopg  # slow to import, and not needed by those who only want the broker

        rows: list[tuple[object, ...]] = []
        socket_folder = str(self._running_postgres().socket_folder)
        port = self.superuser_url.rpartition("port=")[2]
        with psycopg.connect(
            host=socket_folder, port=port, user=SUPERUSER, dbname=database, autocommit=True
        ) as link:
            for statement in statements:
                cursor = link.execute(statement)  # type: ignore[call-overload]
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def _make_roles_and_database(self) -> None:
        """Repeated at each start, so that an interrupted first start is made good by the second."""
        roles = {row[0] for row in self._as_superuser("SELECT rolname FROM pg_roles")}
        # Altered each time: a role that was widened by hand would silently see other gyms' rows.
        self._as_superuser(
            *(
                f"{'ALTER' if role in roles else 'CREATE'} ROLE {role} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS {more}"
                for role, more in ((OWNER, "CREATEDB"), (APPLICATION, "NOCREATEDB"))
            )
        )
        extensions = [f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS]
        self._as_superuser(*extensions, database="template1")
        if not self._as_superuser(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            self.create_database(DATABASE)
