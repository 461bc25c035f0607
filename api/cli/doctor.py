"""``spotter doctor``: what is configured, reachable and missing, and how to mend it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import typer

from api.cli.running import join
from api.cli.up import answers, local_host
from crm.config import DEVELOPMENT_SECRET, Settings, load_settings
from scheduler.embedded.folder import is_held

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

PATIENCE = 5  # seconds for a server to answer
LITTLE_SPACE = 1_000_000_000  # bytes
COLOURS = {"ok": typer.colors.GREEN, "note": typer.colors.YELLOW, "wrong": typer.colors.RED}


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's. Only `wrong` makes the exit code 1; `mend` says what to do."""

    state: Literal["ok", "note", "wrong"]
    what: str
    detail: str
    mend: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def doctor() -> None:
    """Say what is configured, reachable and missing, and how to mend it. Exit code 1 when something is wrong."""
    settings = join(load_settings())
    wrong = 0
    for check in CHECKS:
        for finding in check(settings):
            wrong += finding.state == "wrong"
            typer.secho(f"{finding.state:<6}", fg=COLOURS[finding.state], bold=True, nl=False)
            typer.echo(f" {finding.what:<14} {finding.detail}")
            if finding.mend:
                typer.echo(f"{'':<21} -> {finding.mend}")
    typer.echo()
    if wrong:
        typer.echo(f"{wrong} thing{'s' if wrong > 1 else ''} to mend.")
        raise typer.Exit(1)
    typer.echo("All is well.")


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Refusals of unsafe production settings came before; what is merely careless is a note."""
    yield Finding("ok", "settings", settings.env)
    embedded = is_held(settings.data_dir)
    if settings.secret_key == DEVELOPMENT_SECRET and not embedded:
        yield Finding(
            "note",
            "secret key",
            "the development default; fine on your own machine only",
            "set SPOTTER_SECRET_KEY to 32 random characters or more",
        )


def check_data_folder(settings: Settings) -> Iterator[Finding]:
    """It must be writable and not nearly full."""
    folder = settings.data_dir.expanduser().absolute()
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(place, os.W_OK):
        yield Finding(
            "wrong", "data folder", f"{folder} cannot be written", "set SPOTTER_DATA_DIR to one that can"
        )
        return
    free = shutil.disk_usage(place).free
    if free < LITTLE_SPACE:
        yield Finding("wrong", "data folder", f"{folder} has {free / 1e9:.1f} GB left", "make room")
    else:
        state = "a Spotter is running on it" if is_held(folder) else "no Spotter is running on it"
        yield Finding("ok", "data folder", f"{folder}; {state}")


def check_database(settings: Settings) -> Iterator[Finding]:
    """Reachable, of the right version, with a role that row-level policies bind, and at the newest schema."""
    if settings.database_url is None:
        yield Finding(
            "wrong",
            "database",
            "embedded, and not running",
            "start it with: spotter up (or set SPOTTER_DATABASE_URL)",
        )
        return
    import psycopg

    from crm.db import libpq_url

    try:
        with psycopg.connect(
            libpq_url(settings.database_url), connect_timeout=PATIENCE, autocommit=True
        ) as link:
            yield from _look_at_database(link)
        with psycopg.connect(
            libpq_url(settings.admin_database_url or settings.database_url),
            connect_timeout=PATIENCE,
            autocommit=True,
        ) as link:
            yield _look_at_schema(link)
    except psycopg.Error as error:
        yield Finding(
            "wrong",
            "database",
            " ".join(str(error).split()),
            "check host, port, role and password in SPOTTER_DATABASE_URL, and that the server runs",
        )


def _look_at_database(link: Connection[TupleRow]) -> Iterator[Finding]:
    version = link.info.server_version // 10000
    yield Finding("ok", "database", f"PostgreSQL {version}, database {link.info.dbname}")
    if version < 18:
        yield Finding(
            "wrong", "database", f"PostgreSQL {version} lacks uuidv7()", "upgrade the server to 18 or newer"
        )
    role = link.execute(
        "SELECT rolsuper OR rolbypassrls, EXISTS (SELECT FROM pg_tables WHERE tableowner = current_user"
        " AND schemaname = 'public') FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if role and role[0]:
        yield Finding(
            "wrong",
            "database role",
            f"{link.info.user} goes round row-level policies, so gyms could see each other",
            f"as a superuser: ALTER ROLE {link.info.user} NOSUPERUSER NOBYPASSRLS; or use another role",
        )
    elif role and role[1]:
        yield Finding(
            "wrong",
            "database role",
            f"{link.info.user} owns the tables and could drop their policies",
            "let the role of SPOTTER_ADMIN_DATABASE_URL own them, and use a plain role in SPOTTER_DATABASE_URL",
        )
    else:
        yield Finding("ok", "database role", f"{link.info.user}, bound by row-level policies")


def _look_at_schema(link: Connection[TupleRow]) -> Finding:
    import psycopg

    from crm.migrations import head

    wanted = head()
    try:
        row = link.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return Finding(
            "note",
            "schema",
            "only its owner may read its version",
            "set SPOTTER_ADMIN_DATABASE_URL to see it",
        )
    except psycopg.errors.UndefinedTable:
        row = None
    if row is None:
        return Finding("wrong", "schema", "the database is empty", "run: spotter migrate")
    if row[0] != wanted:
        return Finding("wrong", "schema", f"at {row[0]}, the code needs {wanted}", "run: spotter migrate")
    return Finding("ok", "schema", f"at {wanted}, the newest")


def check_broker(settings: Settings) -> Iterator[Finding]:
    """Reachable. It only wakes workers, but without it everything waits for the next sweep."""
    if settings.broker_url is None:
        yield Finding(
            "wrong",
            "broker",
            "embedded, and not running",
            "start it with: spotter up (or set SPOTTER_BROKER_URL)",
        )
        return
    from kombu.connection import Connection as Broker
    from kombu.exceptions import OperationalError

    try:
        with Broker(settings.broker_url, connect_timeout=PATIENCE) as broker:  # type: ignore[no-untyped-call]
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
            yield Finding("ok", "broker", broker.as_uri())
    except (
        OperationalError,
        OSError,
        LookupError,
        ValueError,
        ImportError,
    ) as error:  # unreachable; no such transport
        yield Finding("wrong", "broker", f"{error}", "check SPOTTER_BROKER_URL, and that the server runs")


def check_language(settings: Settings) -> Iterator[Finding]:
    """The trained models must be there; without them nothing is understood."""
    from nlu_models.artefact import find_classifier

    found = find_classifier("en", settings.nlu_dir)
    if found is not None:
        yield Finding(
            "ok", "language", f"English is understood ({found.name}, {found.stat().st_size / 1e6:.0f} MB)"
        )
    else:
        yield Finding("wrong", "language", "no trained model of this code version", "run: spotter nlu train")


def check_api(settings: Settings) -> Iterator[Finding]:
    """Whether the API of these settings answers. A note only: it may run on another machine."""
    url = f"http://{local_host(settings)}:{settings.port}/health/ready"
    if answers(url)():
        yield Finding("ok", "API", f"ready at {url}")
    else:
        yield Finding(
            "note", "API", f"nothing is ready at {url}", "start it with: spotter up, or spotter api"
        )


CHECKS: tuple[Check, ...] = (
    check_settings,
    check_data_folder,
    check_database,
    check_broker,
    check_language,
    check_api,
)
