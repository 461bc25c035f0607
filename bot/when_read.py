"""When a person of the team will read what was handed over: soon, or from the next opening."""

from __future__ import annotations

import datetime as dt

from bot import responses, wording
from crm.facts import GymFacts


def read_by(facts: GymFacts, now: dt.datetime, language: str) -> str:
    """Words that end "someone will answer here …", from opening hours, split shifts and holidays."""
    local = facts.local(now).replace(tzinfo=None)
    for ahead in range(31):
        day = local.date() + dt.timedelta(days=ahead)
        if day in facts.closed_dates:
            continue
        for start, end in facts.opening_hours.get(day.weekday(), ()):
            if dt.datetime.combine(day, start) <= local < dt.datetime.combine(day, end):
                return responses.render(language, "utter_soon")
            if dt.datetime.combine(day, start) > local:
                named = wording.relative_day(facts, day, local.date(), language)
                return responses.render(language, "utter_from", day=named, time=wording.clock(facts, start))
    return responses.render(language, "utter_soon")
