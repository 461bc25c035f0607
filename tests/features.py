"""``python -m tests.features``: which rows of the feature list have tests, and which tests they are.

Collects the suite without running it; with ``--run`` runs it and tells which rows have passing tests only.
Words after ``--`` go to pytest.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
LIST = CHECKOUT / "docs" / "features.md"
ROW = re.compile(r"^\|\s*((?:\d+|M)\.\d+)\s*\|\s*([^|]+?)\s*\|")


class Rows:
    """Notes the rows that tests name, and how those tests end."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = defaultdict(list)
        self.failed: set[str] = set()
        self.passed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Called with every test there is."""
        for item in items:
            for row in {mark.args[0] for mark in item.iter_markers("feature")}:
                self.tests[row].append(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called at the end of each phase of a test."""
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)


def names() -> dict[str, str]:
    """What the rows are called, where the list is there."""
    if not LIST.exists():
        return {}
    found = (ROW.match(line) for line in LIST.read_text(encoding="utf-8").splitlines())
    return {match[1]: match[2] for match in found if match}


def order(row: str) -> tuple[int, int]:
    """Rows in the order of the list, the measures last."""
    group, _, number = row.partition(".")
    return (int(group) if group.isdecimal() else 1000, int(number))


def main() -> int:
    """Print the rows; 1 where a row's test failed or the suite cannot be collected."""
    parser = argparse.ArgumentParser(prog="python -m tests.features", description=__doc__)
    parser.add_argument("--run", action="store_true", help="run the tests and tell how they end")
    parser.add_argument("--names", action="store_true", help="list the tests below each row")
    options, others = parser.parse_known_args()
    rows, titles = Rows(), names()
    mode = ["-q", "--no-header"] if options.run else ["-q", "--collect-only", "--no-header"]
    arguments = [*mode, *(word for word in others if word != "--"), str(CHECKOUT / "tests")]
    # Collecting lists every test by its name; of that only the rows are wanted.
    said = io.StringIO()
    with contextlib.nullcontext() if options.run else contextlib.redirect_stdout(said):
        ended = pytest.main(arguments, plugins=[rows])
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        print(said.getvalue())
        return 1
    for row in sorted(rows.tests, key=order):
        tests = rows.tests[row]
        bad = [test for test in tests if test in rows.failed]
        mark = ("✗" if bad else "✓") if options.run else "·"
        print(
            f"{mark} {row:<6} {titles.get(row, ''):<60} {len(tests)} tests"
            + (f", {len(bad)} failed" if bad else "")
        )
        if options.names:
            for test in tests:
                print(f"         {test}")
    without = [row for row in titles if row not in rows.tests]
    print(f"{len(rows.tests)} rows have tests" + (f", {len(without)} have none" if titles else ""))
    return 1 if rows.failed else 0


if __name__ == "__main__":
    sys.exit(main())
