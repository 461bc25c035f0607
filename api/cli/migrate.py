"""``spotter migrate``: bring the database to the newest schema."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import typer

from api.cli.running import join
from crm.config import Settings, load_settings
from crm.errors import ConfigurationError


def migrate() -> None:
    """Bring the database to the newest schema. Safe to run by several machines at once, and again."""
    settings = join(load_settings())
    url = admin_url(settings)
    from crm import migrations

    migrations.upgrade(url, app_role(settings))
    typer.echo(f"The database is at {migrations.head()}.")


def admin_url(settings: Settings) -> str:
    """The owner's URL; the application's role may not change tables."""
    url = settings.admin_database_url
    if url is None:
        raise ConfigurationError(
            "SPOTTER_ADMIN_DATABASE_URL is not set. It names the same database as SPOTTER_DATABASE_URL, "
            "with the role that owns the tables; the application's own role must not."
        )
    return url


def app_role(settings: Settings) -> str:
    """The role of the application's URL, which the migrations give its rights."""
    from crm.migrations import DEFAULT_APP_ROLE

    role = urlsplit(settings.database_url or "").username
    return unquote(role) if role else DEFAULT_APP_ROLE
