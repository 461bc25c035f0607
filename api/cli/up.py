"""``spotter up``: everything on this machine, embedded, one parent for all of it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from api.cli import running
from crm.config import Settings, load_settings
from scheduler.embedded import EmbeddedError, EmbeddedServices, processes
from scheduler.embedded.supervisor import Child, Supervisor

DEMO_GYM = Path(__file__).parents[2] / "docs" / "demo" / "gym.yaml"
# Longer than the soft shutdown of the worker, which ends or gives back what it is working on.
WORKER_PATIENCE = 20.0
READY_PATIENCE = 120.0


def up(
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Play the providers too, with a demo gym.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder. [default: SPOTTER_DATA_DIR]")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65534, help="Port; the simulator's is one more.")
    ] = None,
) -> None:
    """Run everything on this machine: database, broker, API, worker, beat and, if wanted, the simulator."""
    with everything(choose(load_settings(), simulator=simulator, data=data, port=port)) as (
        installation,
        supervisor,
    ):
        installation.print_addresses()
        supervisor.run()


@dataclass(frozen=True)
class Installation:
    """What is going to run, and where."""

    settings: Settings
    data_dir: Path
    host: str

    @property
    def api_url(self) -> str:
        """Where the API is reached from this machine."""
        return f"http://{self.host}:{self.settings.port}"

    @property
    def simulator_url(self) -> str:
        """Where the simulator is reached: the next port."""
        return f"http://{self.host}:{self.settings.port + 1}"

    def print_addresses(self) -> None:
        """Where to look next."""
        typer.echo()
        if self.settings.simulator:
            _address("Phones", f"{self.simulator_url}/", "write to the gym as a prospect, staff or a trainer")
            _address(
                "Report",
                f"{self.api_url}/report/",
                "the owner's report; staff get a signed link by asking for it",
            )
        _address("API", f"{self.api_url}/docs", "what other programs can call")
        _address("Logs", str(self.data_dir / "logs"), "one file a process")
        typer.echo("\nCtrl-C stops everything; what was said and booked is kept.")


def choose(settings: Settings, *, simulator: bool, data: Path | None, port: int | None) -> Installation:
    """The settings with what was given on the command line."""
    changed = settings.model_copy(
        update={"simulator": simulator or settings.simulator, "port": port or settings.port}
    )
    host = local_host(settings)
    return Installation(changed, (data or settings.data_dir).expanduser().absolute(), host)


def local_host(settings: Settings) -> str:
    """How this machine reaches what listens on the configured address."""
    everywhere = settings.host in ("0.0.0.0", "::", "")  # noqa: S104  compared, not bound
    return "127.0.0.1" if everywhere else settings.host


@contextlib.contextmanager
def everything(installation: Installation) -> Iterator[tuple[Installation, Supervisor]]:
    """Start all and wait until it is ready; on leaving, stop all in order."""
    if "MAKELEVEL" in os.environ:  # make that is killed tells nobody
        processes.die_with_parent(signal.SIGTERM)
    settings, began = installation.settings, time.monotonic()
    services = EmbeddedServices(
        installation.data_dir,
        postgres=settings.database_url is None,
        broker=settings.broker_url is None,
        report=_say,
    )
    services.folder.hold()
    with contextlib.ExitStack() as stack:
        stack.callback(services.stop)
        _ensure_free(settings.host, settings.port)
        if settings.simulator:
            _ensure_free(settings.host, settings.port + 1)
        supervisor = stack.enter_context(Supervisor(_say, housekeeping=services.folder.trim_logs))
        services.start(pause=supervisor.pause)
        for server in services.servers:
            supervisor.adopt(server)
        variables = environment(installation, services)
        running.publish(installation.data_dir, variables)
        stack.callback((installation.data_dir / running.ADDRESSES).unlink, missing_ok=True)
        _start_all(installation, supervisor, services, variables)
        _say(f"Ready after {time.monotonic() - began:.1f} s")
        yield installation, supervisor
        _say("Stopping")


def environment(installation: Installation, services: EmbeddedServices) -> dict[str, str]:
    """The variables that make every role part of this installation."""
    settings = installation.settings
    found = {
        "SPOTTER_DATA_DIR": str(installation.data_dir),
        "SPOTTER_HOST": settings.host,
        "SPOTTER_PORT": str(settings.port),
        "SPOTTER_SIMULATOR": "true" if settings.simulator else "false",
        "SPOTTER_SECRET_KEY": running.secret_key(settings, installation.data_dir),
        "SPOTTER_DATABASE_URL": settings.database_url or services.database_url,
        "SPOTTER_BROKER_URL": settings.broker_url or services.broker_url,
    }
    admin = settings.admin_database_url or (None if settings.database_url else services.admin_url)
    if admin:
        found["SPOTTER_ADMIN_DATABASE_URL"] = admin
    if "public_url" not in settings.model_fields_set:
        found["SPOTTER_PUBLIC_URL"] = installation.api_url
    if settings.simulator:
        found |= {
            "SPOTTER_META_BASE_URL": f"{installation.simulator_url}/meta",
            "SPOTTER_INSTAGRAM_BASE_URL": f"{installation.simulator_url}/instagram",
            "SPOTTER_TWILIO_BASE_URL": f"{installation.simulator_url}/twilio",
            "SPOTTER_TELEGRAM_BASE_URL": f"{installation.simulator_url}/telegram/bot",
            "SPOTTER_TELEGRAM_FILE_BASE_URL": f"{installation.simulator_url}/telegram/file/bot",
        }
    return found


def _start_all(
    installation: Installation, supervisor: Supervisor, services: EmbeddedServices, variables: dict[str, str]
) -> None:
    """Stopped the other way round: the doors close first, the worker finishes, then the world outside goes."""
    settings = installation.settings
    environment = {**os.environ, **variables, "PYTHONUNBUFFERED": "1"}
    spotter = [sys.executable, "-m", "api.cli"]

    def child(name: str, *command: str, patience: float = 10) -> Child:
        return Child(name, command, services.folder, environment, patience)

    if settings.simulator:
        where = ("--host", settings.host, "--port", str(settings.port + 1), "--api", installation.api_url)
        state = str(installation.data_dir / "simulator.db")
        supervisor.start(child("simulator", sys.executable, "-m", "simulator", *where, "--state", state))
    # They load while the database is made ready, which keeps one core busy only; what needs its tables waits for them.
    supervisor.start(child("worker", *spotter, "worker", patience=WORKER_PATIENCE))
    supervisor.start(child("api", *spotter, "api"))
    supervisor.run_once(child("migrate", *spotter, "migrate"))
    if settings.simulator:  # while the roles are still loading: the import is as slow as they are
        supervisor.wait_until(
            answers(installation.simulator_url), patience=READY_PATIENCE, what="the simulator"
        )
        supervisor.run_once(child("gym-import", *spotter, "gym", "import", "--if-none", str(DEMO_GYM)))
    supervisor.wait_until(
        answers(f"{installation.api_url}/health/ready"), patience=READY_PATIENCE, what="the API to be ready"
    )
    # The last, so that the others load sooner: a wake-up that was missed waits for it, and at first there is none.
    supervisor.start(child("beat", *spotter, "beat"))


def answers(url: str) -> Callable[[], bool]:
    """A question that is true once `url` answers with success."""
    # Straight there: a proxy of the environment does not know this machine's own address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def asked() -> bool:
        try:
            with opener.open(url, timeout=2) as answer:
                return bool(200 <= answer.status < 300)
        except (OSError, urllib.error.URLError, ValueError):
            return False

    return asked


def _ensure_free(host: str, port: int) -> None:
    """Raise `EmbeddedError` when the port is taken, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as uvicorn does: closing connections may linger
        try:
            attempt.bind((host, port))
        except PermissionError as error:
            raise EmbeddedError(
                f"Port {port} is reserved for root. Choose one above 1023 with --port."
            ) from error
        except OSError as error:
            raise EmbeddedError(
                f"Port {port} on {host} is taken ({error.strerror}). Stop the program that uses it, "
                f"or choose another port, for instance: spotter up --port {port + 10 if port < 65000 else 8010}"
            ) from error


def _say(line: str) -> None:
    typer.echo(line)


def _address(name: str, where: str, what: str) -> None:
    typer.echo(f"  {name:<8}" + typer.style(f"{where:<36}", fg=typer.colors.CYAN, bold=True) + f"  {what}")
