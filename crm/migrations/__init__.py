"""The schema's history. `upgrade` brings a database to the newest revision."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

DEFAULT_APP_ROLE = "spotter_app"


def _config(admin_url: str, app_role: str) -> object:
    from alembic.config import Config  # slow import (0.3 s), needed by migrations only

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = admin_url
    config.attributes["app_role"] = app_role
    return config


def upgrade(admin_url: str, app_role: str = DEFAULT_APP_ROLE, revision: str = "head") -> None:
    """Bring the database to `revision`, as its owner; `app_role` gets the application's rights."""
    from alembic import command

    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(_config(admin_url, app_role), revision)  # type: ignore[arg-type]


def downgrade(admin_url: str, revision: str, app_role: str = DEFAULT_APP_ROLE) -> None:
    """Take the database back to `revision` (``base`` empties it)."""
    from alembic import command

    command.downgrade(_config(admin_url, app_role), revision)  # type: ignore[arg-type]


def head() -> str:
    """The newest revision the code knows."""
    found = _history().get_current_head()
    assert found is not None
    return found


def is_behind(url: str) -> bool:
    """Whether the database (as libpq names it) still lacks a revision that this code needs.

    One that this code does not know is newer: there the program that brought it is being rolled out, and ours goes on.
    """
    import psycopg

    with psycopg.connect(url, autocommit=True) as link:
        try:
            row = link.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return True
        except psycopg.errors.InsufficientPrivilege:
            return False  # only its owner may look: there is something, and waiting would not show more
    history = _history()
    return row is None or row[0] in {one.revision for one in history.walk_revisions()} - {
        history.get_current_head()
    }


def _history() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(Path(__file__).parent))
