"""The data folder: who holds it, what is in it, and the short folder where its sockets live."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import IO

from scheduler.embedded.errors import DataFolderBusy, DataFolderUnusable

SOCKET_PATH_LIMIT = 100  # bytes; the kernel's is 108 with the closing zero, macOS' 104
LONGEST_SOCKET = "/postgres/.s.PGSQL.5432.lock"
LOG_LIMIT = 20_000_000  # bytes in a log before they are set aside as .log.1


class DataFolder:
    """One installation's files: `postgres/`, `valkey/`, `logs/`, and the lock that keeps a second Spotter out.

    Raises `DataFolderUnusable` when it cannot be made or written, `DataFolderBusy` when it is in use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.logs = self.path / "logs"
        self.sockets = socket_folder(self.path)
        self._lock: IO[str] | None = None

    def hold(self) -> None:
        """Make the folder and keep it for this process until `release` or the process' end. Twice is as once."""
        if self._lock is not None:
            return
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise DataFolderUnusable(
                f"The data folder {self.path} cannot be used: {error.strerror} ({error.filename}). "
                "Give another one with --data or SPOTTER_DATA_DIR, or mend its owner and permissions."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise DataFolderBusy(
                f"Another Spotter (process {holder}) is already running on {self.path}. "
                "Stop that one first, or give this one its own folder with --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        self._make_socket_folder()

    def release(self) -> None:
        """Let others have the folder; what only a running Spotter needs is removed."""
        if self._lock is None:
            return
        shutil.rmtree(self.sockets, ignore_errors=True)
        self._lock.close()
        self._lock = None

    def open_log(self, name: str) -> IO[bytes]:
        """The log file of that name for appending."""
        path = self.logs / f"{name}.log"
        try:
            return path.open("ab")
        except OSError as error:
            raise DataFolderUnusable(f"The log {path} cannot be written: {error.strerror}.") from error

    def trim_logs(self) -> None:
        """Set the content of long logs aside. Their writers append, so the emptied file stays theirs."""
        for path in self.logs.glob("*.log"):
            if path.stat().st_size > LOG_LIMIT:
                shutil.copyfile(path, path.with_suffix(".log.1"))
                os.truncate(path, 0)

    def last_lines(self, name: str, count: int = 12, *, since: int = 0) -> str:
        """The end of a log, from byte `since` at most, to be shown when its writer failed."""
        try:
            with (self.logs / f"{name}.log").open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, size - 16_384, since if since <= size else 0))
                lines = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"  | {line}" for line in lines[-count:])

    def _make_socket_folder(self) -> None:
        """The name can be guessed, so a folder that somebody else made first is refused."""
        # The account that PostgreSQL runs as must be able to pass through when we are root.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            self.sockets.mkdir(mode=mode, exist_ok=True)
            found = self.sockets.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                raise DataFolderUnusable(
                    f"{self.sockets} belongs to somebody else. Remove it, or set TMPDIR to another folder."
                )
            self.sockets.chmod(mode)
        except OSError as error:
            raise DataFolderUnusable(
                f"No sockets can be made in {self.sockets}: {error.strerror}. Set TMPDIR to another folder."
            ) from error


def is_held(path: Path) -> bool:
    """Whether a Spotter is running on that data folder now."""
    try:
        with (path.expanduser().absolute() / "lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def socket_folder(data: Path) -> Path:
    """A short folder for the sockets of `data`, the same each time: a socket's path is limited to 100 bytes."""
    digest = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    name = f"spotter-{os.geteuid()}-{digest}"
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp")):  # noqa: S108  whose folder it is gets checked
        folder = parent / name
        if len(os.fsencode(str(folder) + LONGEST_SOCKET)) <= SOCKET_PATH_LIMIT and _may_pass(parent):
            return folder
    raise DataFolderUnusable(
        "The temporary folder's path is too long for sockets. Set TMPDIR to a shorter one."
    )


def _may_pass(folder: Path) -> bool:
    """Whether the account that PostgreSQL runs as can get there; it is ours unless we are root."""
    if os.geteuid() != 0:
        return os.access(folder, os.W_OK | os.X_OK)
    return all(step.stat().st_mode & stat.S_IXOTH for step in (folder, *folder.parents))
