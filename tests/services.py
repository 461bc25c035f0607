"""The PostgreSQL and the broker that the tests of a run share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from crm.db import libpq_url


@dataclass(frozen=True)
class Services:
    """A PostgreSQL and a broker for this run, shared by all of pytest's worker processes."""

    superuser_url: str
    """Of the maintenance database."""
    broker_url: str

    def admin_url_of(self, database: str) -> str:
        """The owner's URL, for migrations."""
        return self._url_of("spotter_owner", database)

    def database_url_of(self, database: str) -> str:
        """The application role's URL."""
        return self._url_of("spotter_app", database)

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Make a database owned by the owner's role, as a copy of `template`."""
        with self._maintenance() as link:
            link.execute(
                sql.SQL("CREATE DATABASE {} OWNER spotter_owner TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )

    def drop_database(self, name: str) -> None:
        """Remove a database, with those who are connected to it thrown out."""
        with self._maintenance() as link:
            link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _maintenance(self) -> psycopg.Connection[Any]:
        return psycopg.connect(libpq_url(self.superuser_url), autocommit=True)

    def _url_of(self, role: str, database: str) -> str:
        return self.superuser_url.replace("postgres@/postgres?", f"{role}@/{database}?")
