"""``python -m tests.families``: every step of every talk interrupted in every way; how often the goal is reached all the same.

Starts its own services. ``--each 99`` plays every wording; ``--failures`` prints the talks that went wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from crm import db, migrations
from scheduler.embedded import EmbeddedServices
from tests.families.cases import Outcome, choose, play
from tests.families.interruptions import FAMILIES
from tests.families.steps import STEPS
from tests.services import Services

FLOOR = 0.98
DATABASE = "spotter_families"


def main() -> int:
    """Print the table by step; 1 where fewer than `FLOOR` of the goals were reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.families", description=__doc__)
    parser.add_argument("--each", type=int, default=8, help="cases of every family at every step (default 8)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", default="", help="only steps whose name contains this")
    parser.add_argument("--failures", action="store_true", help="print the talks that went wrong")
    options = parser.parse_args()
    cases = [one for one in choose(seed=options.seed, each=options.each) if options.step in one.step.name]
    with tempfile.TemporaryDirectory(prefix="spotter-families-") as folder, EmbeddedServices(
        Path(folder) / "data", durable=False
    ) as embedded:  # fmt: skip
        services = Services(embedded.superuser_url, embedded.broker_url)
        services.create_database(DATABASE)
        migrations.upgrade(services.admin_url_of(DATABASE))
        database = db.connect(services.database_url_of(DATABASE))
        outcomes = list(play(database, cases))
        database.dispose()
    print(table(outcomes))
    if options.failures:
        for outcome in outcomes:
            if outcome.wrong:
                print(f"\n{describe(outcome)}")
    return 0 if rate(outcomes) >= FLOOR else 1


def rate(outcomes: list[Outcome]) -> float:
    """The share that went right."""
    return sum(outcome.wrong is None for outcome in outcomes) / max(1, len(outcomes))


def describe(outcome: Outcome) -> str:
    """A case with its talk, for reading."""
    case = outcome.case
    head = f"{case.step.name} · {case.interruption.family} · {case.channel}: {outcome.wrong or 'right'}"
    return "\n".join([head, *(f"    {line}" for line in outcome.talk)])


def table(outcomes: list[Outcome]) -> str:
    """Right of all, by step and family."""
    right: Counter[tuple[str, str]] = Counter()
    played: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        key = (outcome.case.step.name, outcome.case.interruption.family)
        played[key] += 1
        right[key] += outcome.wrong is None
    lines = [f"{'step':<34}" + "".join(f"{family:>16}" for family in FAMILIES)]
    for step in STEPS:
        cells = [(right[step.name, family], played[step.name, family]) for family in FAMILIES]
        if any(count for _, count in cells):
            shown = (f"{good}/{count}" if count else "-" for good, count in cells)
            lines.append(f"{step.name:<34}" + "".join(f"{cell:>16}" for cell in shown))
    good = sum(right.values())
    lines.append(
        f"goal reached in {good} of {len(outcomes)} cases: {100 * rate(outcomes):.1f} % (floor {100 * FLOOR:.0f} %)"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
