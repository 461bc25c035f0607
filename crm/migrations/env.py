"""Alembic's entry: runs revisions as the owning role, one transaction, with a short lock timeout."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

# Two processes that start at once take turns: the second finds nothing left to do.
MIGRATION_LOCK = 5074031


def run() -> None:
    """Connect and run what is missing."""
    url = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        context.configure(connection=connection, transactional_ddl=True, transaction_per_migration=False)
        context.run_migrations()


run()
