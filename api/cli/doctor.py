"""``spotter doctor``: what is configured, reachable and missing, and how to mend it."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.running import join
from api.cli.up import answers, local_host
from crm.config import DEVELOPMENT_SECRET, Settings, load_settings
from scheduler.embedded.folder import is_held

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

    from crm.db import Database

PATIENCE = 5  # seconds for a server to answer
WIDTH = 15
MOST_GYMS = 20
"""So many gyms' accounts are looked at unless one is named: each costs its provider several calls."""
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


def doctor(
    gym: Annotated[
        str | None, typer.Option(help="Look at this gym's channels only (its short name).")
    ] = None,
    channels: Annotated[bool, typer.Option(help="Ask the providers about each gym's accounts.")] = True,
) -> None:
    """Say what is configured, reachable and missing, and how to mend it. Exit code 1 when something is wrong."""
    settings = join(load_settings())
    wrong = 0
    for check in CHECKS:
        wrong += _tell(check(settings))
    if channels and settings.database_url is not None:
        for name, findings in check_channels(settings, gym):
            typer.secho(f"\n{name}", bold=True)
            wrong += _tell(findings)
    typer.echo()
    if wrong:
        typer.echo(f"{wrong} thing{'s' if wrong > 1 else ''} to mend.")
        raise typer.Exit(1)
    typer.echo("All is well.")


def _tell(findings: Iterable[Finding]) -> int:
    """Print them as they come; how many are wrong."""
    wrong, last = 0, ""
    for finding in findings:
        wrong += finding.state == "wrong"
        typer.secho(f"{finding.state:<6}", fg=COLOURS[finding.state], bold=True, nl=False)
        typer.echo(f" {finding.what if finding.what != last else '':<{WIDTH}} {finding.detail}")
        last = finding.what
        if finding.mend:
            typer.echo(f"{'':<{WIDTH + 7}} -> {finding.mend}")
    return wrong


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


def check_media(settings: Settings) -> Iterator[Finding]:
    """The store of people's files takes a file, gives it back and lets go of it."""
    from crm.errors import CrmError
    from scheduler.media_store import store_of

    store, key, content = store_of(settings), f"doctor/{uuid.uuid4()}", b"Is the media store well?"
    where = settings.media_bucket_url or settings.data_dir.expanduser().absolute() / "media"
    try:
        store.put(key, content, "text/plain")
        is_same = store.get(key) == content
        store.delete(key)
    except CrmError as error:
        mend = "make the folder writable, or set SPOTTER_DATA_DIR to one that is"
        if settings.media_bucket_url:
            mend = "check SPOTTER_MEDIA_BUCKET_URL (https://host/bucket), _REGION, _KEY and _SECRET: the key needs GetObject, PutObject and DeleteObject"
        reason = ", ".join(str(one) for one in error.data.values()) or type(error).__name__
        yield Finding("wrong", "media", f"{where}: people's files cannot be kept ({reason})", mend)
        return
    if is_same:
        yield Finding("ok", "media", f"people's files are kept in {where}")
    else:
        yield Finding("wrong", "media", f"{where} gives back something else", "use a store of Spotter's own")


def check_speech(settings: Settings) -> Iterator[Finding]:
    """A speech model is nobody's duty; one that is configured has to work."""
    if settings.speech_dir is None:
        yield Finding(
            "note", "voice notes", "not transcribed: people are asked to type, staff can listen",
            "optional: SPOTTER_SPEECH_DIR with a local speech model (docs/media.md)",
        )  # fmt: skip
        return
    from nlu_models import speech

    for problem in (found := speech.problems(settings.speech_dir)):
        detail, _, mend = problem.partition("; ")
        yield Finding("wrong", "voice notes", detail, mend)
    if not found:
        yield Finding("ok", "voice notes", f"transcribed by the model in {settings.speech_dir}")


def check_api(settings: Settings) -> Iterator[Finding]:
    """Whether the API of these settings answers. A note only: it may run on another machine."""
    url = f"http://{local_host(settings)}:{settings.port}/health/ready"
    if answers(url)():
        yield Finding("ok", "API", f"ready at {url}")
    else:
        yield Finding(
            "note", "API", f"nothing is ready at {url}", "start it with: spotter up, or spotter api"
        )


def check_channels(settings: Settings, only: str | None) -> Iterator[tuple[str, Iterator[Finding]]]:
    """Each gym's accounts, asked of their providers; nothing is said where the database does not answer."""
    from sqlalchemy.exc import SQLAlchemyError

    from api.onboarding import list_gyms
    from crm.db import Database

    assert settings.database_url is not None
    database = Database(settings.database_url)
    try:
        yield from _look_at_gyms(settings, database, list_gyms(database), only)
    except SQLAlchemyError:
        return  # what is wrong with the database was said above
    finally:
        database.dispose()


def _look_at_gyms(
    settings: Settings, database: Database, known: list[tuple[uuid.UUID, str]], only: str | None
) -> Iterator[tuple[str, Iterator[Finding]]]:
    wanted = [(gym_id, slug) for gym_id, slug in known if only in (None, slug)]
    if only is not None and not wanted:
        near = ", ".join(slug for _, slug in known[:5]) or "none"
        yield only, iter([Finding("wrong", "gym", f"there is no gym {only!r}", f"the gyms are: {near}")])
    elif not known:
        yield "gyms", iter([Finding("note", "gyms", "none yet", "spotter gym import docs/demo/gym.yaml")])
    for gym_id, slug in wanted[:MOST_GYMS]:
        yield slug, _look_at_gym(settings, database, gym_id)
    if len(wanted) > MOST_GYMS:
        more = f"{len(wanted) - MOST_GYMS} more"
        yield (
            "more gyms",
            iter([Finding("note", "gyms", more, "name one: spotter doctor --gym <short name>")]),
        )


def _look_at_gym(settings: Settings, database: Database, gym_id: uuid.UUID) -> Iterator[Finding]:
    from api import channel_checks
    from crm import gyms
    from crm.errors import ConfigurationError
    from crm.vault import unseal_credentials

    with database.tenant_session(gym_id) as session:
        inboxes = gyms.list_inboxes(session)
    if not inboxes:
        yield Finding(
            "note", "channels", "none is connected", "docs/going-live, or /connect in the staff chat"
        )
    if inboxes and not any(inbox.staff_chat for inbox in inboxes):
        yield Finding(
            "wrong",
            "staff",
            "no staff group, so nobody is told anything",
            "docs/going-live/telegram.md, steps 2 and 3",
        )
    for inbox in inboxes:
        try:
            credentials = unseal_credentials(inbox.credentials)
        except ConfigurationError as error:
            yield Finding("wrong", inbox.channel, "its keys cannot be read", str(error))
            continue
        account = channel_checks.Account(
            inbox.channel, inbox.external_id, credentials,
            channel_checks.webhook_url(settings, inbox.channel, inbox.key), inbox.staff_chat,
        )  # fmt: skip
        for found in channel_checks.check(settings, account).findings:
            yield Finding(found.state, inbox.channel, found.detail, found.mend)


CHECKS: tuple[Check, ...] = (
    check_settings,
    check_data_folder,
    check_database,
    check_broker,
    check_language,
    check_media,
    check_speech,
    check_api,
)
