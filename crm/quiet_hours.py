"""The hours in which nothing is sent unasked, in the gym's wall time."""

from __future__ import annotations

import datetime as dt

from crm.facts import GymFacts


def is_quiet(facts: GymFacts, instant: dt.datetime) -> bool:
    """Whether nothing should be sent unasked then."""
    at, begins, ends = facts.local(instant).time(), facts.rules.quiet_from, facts.rules.quiet_until
    return at >= begins or at < ends if begins > ends else begins <= at < ends


def end_of_quiet(facts: GymFacts, instant: dt.datetime) -> dt.datetime:
    """`instant`, or the end of the quiet hours it falls into."""
    if not is_quiet(facts, instant):
        return instant
    local = facts.local(instant)
    day = local.date() if local.time() < facts.rules.quiet_until else local.date() + dt.timedelta(days=1)
    return facts.instant(dt.datetime.combine(day, facts.rules.quiet_until))
