"""Where things are: a running ``spotter up`` leaves its addresses in the data folder for other commands.

Every command of the same data folder then reaches the same database with the same secret, without anything being
configured.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from crm.config import DEVELOPMENT_SECRET, Settings, load_settings
from scheduler.embedded.folder import is_held

ADDRESSES = "running.env"
SECRET = "secret_key"


def publish(data_dir: Path, variables: Mapping[str, str]) -> None:
    """Write the variables for `join`; readable by the owner only."""
    path = data_dir / ADDRESSES
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in sorted(variables.items())))


def join(settings: Settings) -> Settings:
    """The settings completed by those of the ``spotter up`` that runs on the same data folder, if one does.

    Also put into the environment, for what reads its settings later. What is set explicitly stays.
    """
    path = settings.data_dir.expanduser() / ADDRESSES
    if settings.database_url or not is_held(settings.data_dir) or not path.exists():
        return settings
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)
    return load_settings()


def secret_key(settings: Settings, data_dir: Path) -> str:
    """The configured key, or one made for this data folder and kept there: what it sealed must stay readable."""
    if settings.secret_key != DEVELOPMENT_SECRET:
        return settings.secret_key
    path = data_dir / SECRET
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()
