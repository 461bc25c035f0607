"""How much disk the installed packages take, tools for development left out."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

from tests.benchmarks.telling import say

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-weights.lock")
WANTED_MB = 700.0
BIGGEST = 5


def main(*, quick: bool = False) -> None:
    """Print one line: what the runtime locks name, as it lies in this environment."""
    sizes = {name: _size(name) for lock in LOCKS for name in _names(ROOT / lock)}
    total = sum(sizes.values())
    biggest = sorted(sizes, key=lambda name: -sizes[name])[:BIGGEST]
    say(
        "install_size", total, "MB", WANTED_MB, total / WANTED_MB, good=total <= WANTED_MB,
        packages=len(sizes), biggest={name: round(sizes[name], 1) for name in biggest},
    )  # fmt: skip


def _names(lock: Path) -> list[str]:
    return re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==", lock.read_text(), re.MULTILINE)


def _size(name: str) -> float:
    """MB on disk; 0 for what other systems need only. Bytecode is made when first used and not counted."""
    try:
        files = importlib.metadata.distribution(name).files or []
    except importlib.metadata.PackageNotFoundError:
        return 0.0
    paths = (Path(str(file.locate())) for file in files if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6
