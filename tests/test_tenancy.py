"""No gym ever sees or changes another gym's rows: every table is walked, none is listed here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from crm.db import Database, libpq_url
from tests.factories import (
    a_booking,
    a_conversation,
    a_delivery,
    a_lead,
    a_message,
    a_scheduled_class,
)
from tests.services import Services

APPLICATION = "spotter_app"
OWNER = "spotter_owner"
TENANT = "gyms"
"""The table of the gyms themselves; its id is the gym's."""
pytestmark = [pytest.mark.feature("14.19")]

Link = psycopg.Connection[Any]


@pytest.fixture
def as_owner(services: Services, database: Database, database_name: str) -> Iterator[Link]:
    """A connection of the role that owns the tables."""
    with psycopg.connect(libpq_url(services.admin_url_of(database_name)), autocommit=True) as link:
        yield link


@pytest.fixture
def as_application(services: Services, database: Database, database_name: str) -> Iterator[Link]:
    """A connection of the role that the application runs as."""
    with psycopg.connect(libpq_url(services.database_url_of(database_name)), autocommit=True) as link:
        yield link


def tables(link: Link) -> list[str]:
    """Every table there is, except the record of migrations."""
    rows = link.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND c.relname <> 'alembic_version' ORDER BY 1"
    ).fetchall()
    assert len(rows) > 20
    return [row[0] for row in rows]


def key_of(table: str) -> str:
    return "id" if table == TENANT else "gym_id"


def enter(link: Link, gym_id: uuid.UUID) -> None:
    link.execute("SELECT set_config('spotter.gym_id', %s, true)", [str(gym_id)])


def a_row(link: Link, table: str, gym_id: uuid.UUID) -> dict[str, Any]:
    """A row of that gym that fills every column which must be filled; ids point nowhere."""
    columns = link.execute(
        """SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
           WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
             AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = ''""",
        [table],
    ).fetchall()
    moment = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    made: dict[str, Any] = {
        "uuid": uuid.uuid4(), "text": uuid.uuid4().hex, "int4": 30, "int8": 30, "float8": 1.0, "bool": True,
        "timestamptz": moment, "jsonb": Jsonb({}), "bytea": b"", "date": moment.date(), "interval": dt.timedelta(),
    }  # fmt: skip
    row = {name: made[kind] for name, kind in columns}
    if "ends_at" in row:
        row["ends_at"] = moment + dt.timedelta(hours=1)
    return {**row, key_of(table): gym_id}


@pytest.fixture
def full_gym(database: Database, gym: Any) -> Any:
    """A gym with something in the tables where it matters most."""
    with database.tenant_session(gym.id) as session:
        a_lead(session)
        a_message(session, conversation=a_conversation(session))
        a_delivery(session)
        a_booking(session)
        a_scheduled_class(session)
    return gym


def test_every_table_is_led_by_its_gym(as_owner: Link) -> None:
    for table in tables(as_owner):
        key = as_owner.execute(
            """SELECT array_agg(a.attname ORDER BY n) FROM pg_index i,
                 unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
               JOIN pg_attribute a ON a.attnum = k.attnum
               WHERE i.indrelid = %s::regclass AND i.indisprimary AND a.attrelid = i.indrelid""",
            [table],
        ).fetchone()
        assert key is not None, f"{table} has no primary key"
        assert key[0] is not None, f"{table} has no primary key"
        assert key[0][0] == key_of(table), f"the primary key of {table} is {key[0]}"


def test_every_table_forces_a_policy_on_the_application_and_on_its_owner(as_owner: Link) -> None:
    for table in tables(as_owner):
        enabled, forced = as_owner.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table]
        ).fetchall()[0]
        assert enabled, f"row security of {table} is off"
        assert forced, f"row security of {table} is not forced"
        policies = as_owner.execute(
            "SELECT roles::text[], qual, with_check, cmd FROM pg_policies WHERE tablename = %s", [table]
        ).fetchall()
        ours = [policy for policy in policies if APPLICATION in policy[0] or "public" in policy[0]]
        assert len(ours) == 1, f"{table} has {len(ours)} policies for the application"
        roles, seen, written, verb = ours[0]
        assert roles == [APPLICATION]
        assert verb == "ALL"
        for condition in (seen, written):
            assert f"({key_of(table)} = " in condition, f"{table}: {condition}"
            assert "spotter.gym_id" in condition, f"{table}: {condition}"


def test_the_application_cannot_step_around_policies(as_application: Link) -> None:
    rows = as_application.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
        " WHERE rolname = current_user"
    ).fetchall()
    assert rows == [(False, False, False, False, False)]
    assert as_application.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner ="
        " (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    ).fetchall() == [(0,)]
    memberships = as_application.execute(
        "SELECT count(*) FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    ).fetchall()
    assert memberships == [(0,)]
    for order in (f"SET ROLE {OWNER}", "ALTER TABLE leads DISABLE ROW LEVEL SECURITY", "TRUNCATE leads"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_application.execute(order)


def test_nothing_is_seen_or_written_without_entering_a_gym(
    as_owner: Link, as_application: Link, full_gym: Any
) -> None:
    for table in tables(as_owner):
        assert (
            as_application.execute(
                sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(table))
            ).fetchall()
            == []
        ), table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _insert(as_application, table, a_row(as_owner, table, full_gym.id))
    with as_application.transaction():
        as_application.execute("SELECT set_config('spotter.gym_id', '', true)")
        assert as_application.execute("SELECT * FROM leads").fetchall() == []


def test_a_gym_that_was_entered_is_left_with_the_transaction(as_application: Link, full_gym: Any) -> None:
    with as_application.transaction():
        enter(as_application, full_gym.id)
        assert as_application.execute("SELECT count(*) FROM leads").fetchall() == [(1,)]
    assert as_application.execute("SELECT count(*) FROM leads").fetchall() == [(0,)]


def test_another_gyms_rows_are_not_to_be_seen(
    as_owner: Link, as_application: Link, full_gym: Any, other_gym: Any
) -> None:
    for table in tables(as_owner):
        with as_application.transaction():
            enter(as_application, other_gym.id)
            seen = as_application.execute(
                sql.SQL("SELECT count(*) FROM {} WHERE {} <> %s").format(
                    sql.Identifier(table), sql.Identifier(key_of(table))
                ),
                [other_gym.id],
            ).fetchall()
        assert seen == [(0,)], table


def test_another_gyms_rows_are_not_to_be_written(
    as_owner: Link, as_application: Link, full_gym: Any, other_gym: Any
) -> None:
    for table in tables(as_owner):
        name, key = sql.Identifier(table), sql.Identifier(key_of(table))
        with as_application.transaction(force_rollback=True):
            enter(as_application, other_gym.id)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                _insert(as_application, table, a_row(as_owner, table, full_gym.id))
        for verb in ("UPDATE", "DELETE"):
            if not _may(as_application, verb, table):
                continue
            order = (
                "UPDATE {0} SET {1} = {1} WHERE {1} = %s"
                if verb == "UPDATE"
                else "DELETE FROM {0} WHERE {1} = %s"
            )
            with as_application.transaction(force_rollback=True):
                enter(as_application, other_gym.id)
                assert (
                    as_application.execute(sql.SQL(order).format(name, key), [full_gym.id]).rowcount == 0
                ), table


def test_a_row_cannot_be_given_away_to_another_gym(
    as_application: Link, full_gym: Any, other_gym: Any
) -> None:
    for table in ("contacts", "leads", "bookings"):
        giving = sql.SQL("UPDATE {} SET gym_id = %s").format(sql.Identifier(table))
        with as_application.transaction(force_rollback=True):
            enter(as_application, full_gym.id)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                as_application.execute(giving, [other_gym.id])


def test_a_row_cannot_point_into_another_gym(database: Database, full_gym: Any, other_gym: Any) -> None:
    """Foreign keys carry the gym, so a stranger's id is no person here."""
    from sqlalchemy.exc import IntegrityError

    from crm.models import Contact

    with database.tenant_session(full_gym.id) as session:
        stranger = a_lead(session).contact_id
    with pytest.raises(IntegrityError), database.tenant_session(other_gym.id) as session:
        a_lead(session, contact=Contact(gym_id=other_gym.id, id=stranger, created_at=session.now))


def test_history_can_only_be_added_to(as_application: Link) -> None:
    for table in ("activities", "consents", "tracker_events"):
        assert _may(as_application, "INSERT", table)
        assert not _may(as_application, "UPDATE", table), table
        assert not _may(as_application, "DELETE", table), table


def test_functions_that_look_across_gyms_are_closed_to_others(as_owner: Link) -> None:
    rows = as_owner.execute(
        """SELECT p.oid::regprocedure::text, p.proconfig, has_function_privilege('public', p.oid, 'EXECUTE'),
                  has_function_privilege(%s, p.oid, 'EXECUTE')
           FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace""",
        [APPLICATION],
    ).fetchall()
    assert len(rows) >= 8
    for name, settings, anybody, application in rows:
        assert any(setting.startswith("search_path=") for setting in settings or ()), (
            f"{name} has no search_path"
        )
        assert not anybody, f"{name} may be called by anybody"
        assert application, f"{name} may not be called by the application"


def _insert(link: Link, table: str, row: dict[str, Any]) -> None:
    link.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        ),
        list(row.values()),
    )


def _may(link: Link, verb: str, table: str) -> bool:
    found = link.execute("SELECT has_table_privilege(current_user, %s, %s)", [table, verb]).fetchone()
    return bool(found and found[0])
