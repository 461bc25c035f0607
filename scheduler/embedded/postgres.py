"""PostgreSQL 18 as a foreground child: made once, found again each time, safe after any kind of death.

Sources: PostgreSQL's documentation of `postmaster.pid` (line 1 the process, line 8 its state) and of the signals
(SIGINT: fast shutdown, SIGQUIT: immediate, replayed from the log at the next start).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scheduler.embedded import binaries, processes
from scheduler.embedded.binaries import ENVIRONMENT
from scheduler.embedded.errors import DataFolderUnusable, EmbeddedError
from scheduler.embedded.folder import DataFolder
from scheduler.embedded.server import Server

MAJOR = "18"
SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's name: there is no TCP
PID_LINE, STATE_LINE = 0, 7

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_startup_progress_interval": "2s",
}
# For tests that throw the cluster away: nothing survives a power cut, everything else is the same.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """The database server of a data folder. Listens on a private socket only."""

    name = "postgres"
    title = "PostgreSQL"
    death_signal = signal.SIGINT
    stop_steps = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        super().__init__(folder)
        self.cluster = folder.path / "postgres"
        self.socket_folder = folder.sockets / "postgres"
        self._settings = {**SETTINGS, "unix_socket_directories": str(self.socket_folder)}
        if not durable:
            self._settings |= NOT_DURABLE
        self._pid_file = self.cluster / "postmaster.pid"
        self._account = binaries.account_for(self.cluster)
        self._programs = binaries.folder_for(self._account)

    def url(self, role: str, database: str) -> str:
        """The SQLAlchemy URL of `role` on `database`."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket_folder}&port={PORT}"

    def make(self) -> None:
        """Create the cluster where there is none. A creation that was interrupted leaves nothing behind."""
        if (self.cluster / "PG_VERSION").exists():
            if self._account.uid not in (None, self.cluster.stat().st_uid):
                self._account.own(self.cluster)  # a copy that root made of somebody's data
            version = (self.cluster / "PG_VERSION").read_text().strip()
            if version != MAJOR:
                raise DataFolderUnusable(
                    f"{self.cluster} was made by PostgreSQL {version}; this Spotter brings {MAJOR}. "
                    "Dump it with the old version and restore it, or give another folder with --data."
                )
            return
        if self.cluster.exists() and any(self.cluster.iterdir()):
            raise DataFolderUnusable(
                f"{self.cluster} is not empty and holds no database. Give another folder."
            )
        half = self.cluster.with_name("postgres.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self._account.own(half)
        # The caller's locale may not exist; this one is built in and folds case beyond ASCII.
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--lc-messages=C")
        syncing = ("--no-sync",) if "fsync" in self._settings else ()
        with self._reachable(half) as (place, descriptors), self.folder.open_log("initdb") as log:
            making = processes.start(
                [self._programs / "initdb", "-D", place, "-U", SUPERUSER, "--auth=trust", *locale, *syncing],
                log,
                signal.SIGKILL,
                cwd="/",
                env=ENVIRONMENT,
                pass_fds=descriptors,
                **self._account.popen,
            )
            if making.wait() != 0:
                raise EmbeddedError("The database could not be created:\n" + self.folder.last_lines("initdb"))
        if self.cluster.exists():
            self.cluster.rmdir()
        half.rename(self.cluster)

    def clear_leftovers(self) -> None:
        """End a server that outlived its Spotter; remove the pid file of one that is gone.

        After a reboot the number in the file may be any process', and PostgreSQL itself would refuse for that, as it
        does for a zombie. It still refuses by itself while shared memory of the old server is in use.
        """
        pid = self._recorded_pid()
        if pid is not None:
            gone = processes.end(
                pid,
                lambda: processes.is_server_of(pid, "postgres", self.cluster),
                ((None, 3.0), (signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0)),
            )
            if not gone:
                raise EmbeddedError(
                    f"An older PostgreSQL (process {pid}) on {self.cluster} does not end. End it first."
                )
        self._pid_file.unlink(missing_ok=True)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server on its private socket."""
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        self._account.own(self.socket_folder)
        options = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
        with self._reachable(self.cluster) as (place, descriptors), self.folder.open_log(self.name) as log:
            return processes.start(
                [self._programs / "postgres", "-D", place, *options],
                log,
                self.death_signal,
                cwd="/",
                env=ENVIRONMENT,
                pass_fds=descriptors,
                **self._account.popen,
            )

    def is_ready(self) -> bool:
        """Whether the pid file says "ready", and says it of our child."""
        lines = self._pid_lines()
        return (
            len(lines) > STATE_LINE
            and lines[PID_LINE] == str(self.pid)
            and lines[STATE_LINE].strip() == "ready"
        )

    def progress(self) -> str:
        """How far it is with what a crash left in its log."""
        last = self.folder.last_lines(self.name, 1)
        return (
            f": replaying its log ({last.rpartition('elapsed time: ')[2]})"
            if "redo in progress" in last
            else ""
        )

    def _pid_lines(self) -> list[str]:
        try:
            return self._pid_file.read_text().splitlines()
        except OSError:
            return []

    def _recorded_pid(self) -> int | None:
        """The process named in the pid file; None when there is none or it was only half written."""
        lines = self._pid_lines()
        try:
            return int(lines[PID_LINE])
        except (IndexError, ValueError):
            return None

    @contextlib.contextmanager
    def _reachable(self, path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """A name under which the server's account can open `path`, and the descriptors it needs for that.

        Root's folders are closed to that account. Instead of opening them to the world, the child gets the one folder
        as an open descriptor: access through `/proc/self/fd` does not pass the parents.
        """
        if not self._account.popen or not Path("/proc/self/fd").is_dir():
            yield str(path), ()
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)
