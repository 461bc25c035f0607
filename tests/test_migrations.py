"""The schema's history can be walked both ways, and ends where the models say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, pool
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

import crm.models
from crm import db, migrations
from tests.services import Services

pytestmark = pytest.mark.feature("2.6")
LOOSE = {"add_index", "remove_index", "add_fk", "remove_fk", "add_constraint", "remove_constraint"}
"""Indexes and constraints are the migrations' own; the models do not repeat them."""


@pytest.fixture
def fresh(services: Services) -> Iterator[str]:
    """The owner's URL of an empty database."""
    name = f"migrated_{uuid.uuid4().hex[:12]}"
    services.create_database(name)
    yield services.admin_url_of(name)
    services.drop_database(name)


def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=pool.NullPool)


def _shape(url: str) -> dict[str, list[tuple[str, str, bool]]]:
    """Columns with type and nullability of each table."""
    found = inspect(_engine(url))
    return {
        table: [
            (column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)
        ]
        for table in found.get_table_names()
    }


def test_up_and_down_and_up_again_gives_the_same(fresh: str) -> None:
    migrations.upgrade(fresh)
    first = _shape(fresh)
    assert len(first) > 20
    migrations.downgrade(fresh, "base")
    assert set(_shape(fresh)) <= {"alembic_version"}
    migrations.upgrade(fresh)
    assert _shape(fresh) == first


def test_a_database_is_behind_until_it_is_migrated_and_not_when_it_is_ahead(
    fresh: str, services: Services
) -> None:
    ours = db.libpq_url(services.database_url_of(make_url(fresh).database or ""))
    assert migrations.is_behind(ours)
    migrations.upgrade(fresh)
    assert not migrations.is_behind(ours)
    with psycopg.connect(db.libpq_url(fresh), autocommit=True) as owner:
        owner.execute("UPDATE alembic_version SET version_num = 'of_a_later_release'")
        assert not migrations.is_behind(ours)
        owner.execute("DELETE FROM alembic_version")
        assert migrations.is_behind(ours)
        owner.execute("REVOKE SELECT ON alembic_version FROM spotter_app")
        assert not migrations.is_behind(ours), "who may not look does not wait for ever"


def test_migrating_twice_does_nothing_the_second_time(fresh: str) -> None:
    migrations.upgrade(fresh)
    first = _shape(fresh)
    migrations.upgrade(fresh)
    assert _shape(fresh) == first


def test_models_and_database_agree(fresh: str) -> None:
    migrations.upgrade(fresh)
    assert crm.models.Lead.__table__ is not None  # type: ignore[attr-defined]  # SQLModel adds it
    with _engine(fresh).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": False, "compare_server_default": False}
        )
        found = list(_flat(compare_metadata(context, SQLModel.metadata)))
    assert [
        difference for difference in found if difference[0] not in LOOSE and not _is_ours(difference)
    ] == []


def _flat(differences: Any) -> Iterator[tuple[Any, ...]]:
    for difference in differences:
        if isinstance(difference, list):
            yield from _flat(difference)
        else:
            yield difference


def _is_ours(difference: tuple[Any, ...]) -> bool:
    """Generated columns and the ones with which only statements of our own deal are not in the models."""
    if difference[0] != "remove_column":
        return False
    column = difference[3]
    return column.computed is not None or (difference[2], column.name) in STATEMENTS_ONLY


STATEMENTS_ONLY: set[tuple[str, str]] = set()
