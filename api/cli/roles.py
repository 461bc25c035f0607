"""The single roles, as started by ``spotter up``, docker-compose or a fleet of machines."""

from __future__ import annotations

import os
import signal
from typing import Annotated

import typer

from api.cli.running import join
from crm.config import Settings, load_settings
from crm.errors import ConfigurationError
from scheduler.embedded import processes

POOLS = ("prefork", "threads", "solo")


def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: SPOTTER_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [default: SPOTTER_PORT]")] = None,
) -> None:
    """Serve webhooks, REST and report pages."""
    settings = connected()
    import uvicorn

    uvicorn.run(
        "api.app:create_own_app",
        factory=True,
        host=host or settings.host,
        port=port or settings.port,
        http="httptools",
        log_level=settings.log_level.lower(),
        access_log=False,  # a line a request costs a third of the throughput; /metrics counts them
        server_header=False,
        timeout_graceful_shutdown=8,
    )


def worker(
    concurrency: Annotated[
        int | None, typer.Option(help="Processes. [default: SPOTTER_WORKER_CONCURRENCY]")
    ] = None,
    pool: Annotated[str, typer.Option(help=f"One of {', '.join(POOLS)}.")] = "prefork",
    queues: Annotated[str | None, typer.Option(help="Only these queues, separated by commas.")] = None,
) -> None:
    """Handle messages, deliveries and whatever is due."""
    settings = connected()
    if pool not in POOLS:
        raise typer.BadParameter(f"must be one of {', '.join(POOLS)}", param_hint="--pool")
    from celery.signals import worker_init, worker_process_init

    worker_process_init.connect(_die_with_worker)
    if pool == "threads":  # the other pools tell when their processes begin; this one has none of its own
        worker_init.connect(_start_here)
    _celery(
        "worker",
        f"--pool={pool}",
        f"--concurrency={concurrency or settings.worker_concurrency}",
        f"--loglevel={settings.log_level}",
        # Workers have nothing to tell each other: the queues are in the database.
        "--without-gossip",
        "--without-mingle",
        *([f"--queues={queues}"] if queues else []),
    )


def beat() -> None:
    """Wake what is due. Run exactly one."""
    settings = connected()
    folder = settings.data_dir.expanduser()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    from scheduler.app import celery

    celery.conf.include = ()  # beat only names the tasks: what they import is 80 MB
    _celery(
        "beat", f"--loglevel={settings.log_level}", f"--schedule={folder / 'beat-schedule'}", "--pidfile="
    )


def connected() -> Settings:
    """The settings with database and broker, from the environment or from a running ``spotter up``."""
    settings = join(load_settings())
    missing = [
        name
        for name, value in (
            ("SPOTTER_DATABASE_URL", settings.database_url),
            ("SPOTTER_BROKER_URL", settings.broker_url),
        )
        if value is None
    ]
    if missing:
        raise ConfigurationError(
            f"{' and '.join(missing)} must be set for a single role. "
            "To run everything on this machine without servers of your own, use: spotter up"
        )
    return settings


def _celery(*arguments: str) -> None:
    os.environ.setdefault(
        "C_FORCE_ROOT", "1"
    )  # tasks travel as JSON: root adds no danger that Celery would warn of
    from celery.bin.celery import celery

    celery(["-A", "scheduler.app:celery", "--quiet", *arguments], prog_name="spotter")


def _start_here(**_: object) -> None:
    from scheduler import process

    process.start()


def _die_with_worker(**_: object) -> None:
    """A killed worker's pool would otherwise finish its work beside the new one's."""
    processes.die_with_parent(signal.SIGKILL)
