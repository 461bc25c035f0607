"""Row policies, written the same way for every table, beside the table that needs them."""

from __future__ import annotations

from alembic import context, op

CURRENT_GYM = "nullif(current_setting('spotter.gym_id', true), '')::uuid"
"""The entered gym; after a transaction the setting is '', not NULL, hence the nullif."""


def app_role() -> str:
    """The role the application runs as, quoted."""
    name: str = context.config.attributes.get("app_role", "spotter_app")
    return '"' + name.replace('"', '""') + '"'


def create_app_role() -> None:
    """Make the application's role where a database administrator has not made it yet."""
    name: str = context.config.attributes.get("app_role", "spotter_app")
    literal = name.replace("'", "''")
    op.execute(
        f"""
        DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{literal}') THEN
            CREATE ROLE {app_role()} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
          END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
        """
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {app_role()}")


def protect(table: str, *, key: str = "gym_id", verbs: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Force a row policy on `table`: the application sees the entered gym only, the owner everything.

    The owner's policy is what lets the few SECURITY DEFINER functions look across gyms.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_gym ON {table} TO {app_role()} "
        f"USING ({key} = {CURRENT_GYM}) WITH CHECK ({key} = {CURRENT_GYM})"
    )
    op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {verbs} ON {table} TO {app_role()}")


def grant_function(signature: str) -> None:
    """Let the application, and nobody else, call a SECURITY DEFINER function."""
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {app_role()}")
