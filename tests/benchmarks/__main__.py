"""``python -m tests.benchmarks [NAME...]``: the benchmarks; each prints one JSON object a line.

They need no services of their own, but a quiet machine: ``load`` in each line tells how
quiet it was. A `limit` that another program sets is measured in the same run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.benchmarks import adapters, booking, deliveries, size, system, turns, understanding, webhooks

BENCHES: dict[str, Callable[[bool, bool], None]] = {
    "install_size": lambda quick, _: size.main(quick=quick),
    "understanding": lambda quick, _: understanding.main(quick=quick),
    "system": lambda quick, full: system.main(quick=quick, full=full),
    "turns": lambda quick, _: turns.main(quick=quick),
    "booking": lambda quick, _: booking.main(quick=quick),
    "webhooks": lambda quick, _: webhooks.main(quick=quick),
    "adapters": lambda quick, _: adapters.main(quick=quick),
    "deliveries": lambda quick, _: deliveries.main(quick=quick),
}
"""``system``: start, first reply and memory, which share one installation."""


def main() -> None:
    """Run those that are named, else all."""
    wanted = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    wanted.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHES)}")
    wanted.add_argument("--quick", action="store_true", help="short runs: to see that it works")
    wanted.add_argument("--full", action="store_true", help="also memory after 10,000 turns")
    given = wanted.parse_args()
    if unknown := set(given.names) - set(BENCHES):
        wanted.error(f"there is no {', '.join(sorted(unknown))}")
    for name, bench in BENCHES.items():
        if not given.names or name in given.names:
            bench(given.quick, given.full)


if __name__ == "__main__":
    main()
