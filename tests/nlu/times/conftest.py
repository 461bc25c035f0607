"""A gym in Dublin, and the moment at which most messages are sent."""

from __future__ import annotations

import datetime as dt

import pytest

from nlu_models.parse import Context, Vocabulary

WEDNESDAY = dt.datetime.fromisoformat("2027-01-13T10:20:00+00:00")


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """A moment of the gym's wall clock."""
    return dt.datetime(year, month, day, hour, minute)  # noqa: DTZ001  wall times carry no zone


def hours(*days: str) -> dict[int, list[tuple[dt.time, dt.time]]]:
    """Opening hours from Monday on, written "06:00-22:00"."""
    opening = {}
    for weekday, interval in enumerate(days):
        start, end = interval.split("-")
        opening[weekday] = [(dt.time.fromisoformat(start), dt.time.fromisoformat(end))]
    return opening


@pytest.fixture(scope="session")
def gym() -> Vocabulary:
    return Vocabulary(
        opening_hours=hours(*["06:00-22:00"] * 4, "06:00-21:00", "08:00-18:00", "09:00-16:00"),
        timezone="Europe/Dublin",
    )


@pytest.fixture
def context(gym: Vocabulary) -> Context:
    return Context(sent_at=WEDNESDAY, vocabulary=gym)
