"""A part of the interruption families (`python -m tests.families` plays them all)."""

from __future__ import annotations

import pytest

from crm.db import Database
from tests.families.__main__ import FLOOR, describe, rate, table
from tests.families.cases import choose, play
from tests.families.interruptions import FAMILIES
from tests.families.steps import STEPS

SLICE = 3
"""Every third case, so that each step and each family is among them."""


@pytest.mark.feature("5.1")
@pytest.mark.feature("5.11")
def test_the_goal_is_reached_after_an_interruption_at_any_step(database: Database) -> None:
    cases = choose(seed=7, each=1)[::SLICE]
    assert {case.step.name for case in cases} == {step.name for step in STEPS}
    assert {case.interruption.family for case in cases} == set(FAMILIES)
    outcomes = list(play(database, cases))
    wrong = "\n\n".join(describe(outcome) for outcome in outcomes if outcome.wrong)
    assert rate(outcomes) >= FLOOR, f"{table(outcomes)}\n\n{wrong}"
