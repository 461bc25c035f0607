"""Times with bounds in many words: the side that is open, ranges over days, the edges of months, lengths."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu_models.entities.find import find
from nlu_models.parse import Context, Time
from nlu_models.times import read
from tests.nlu.times.conftest import local
from tests.nlu.times.test_properties import DUBLIN, moments

pytestmark = pytest.mark.feature("5.1")

UNTIL = (
    "by {}", "no later than {}", "not later than {}", "on or before {}", "before or on {}", "on or earlier than {}",
    "as late as {}", "up to {}", "{} at the latest", "{} or earlier", "by {} at the latest",
)  # fmt: skip
FROM = (
    "from {}", "starting from {}", "starting on {}", "on or after {}", "after or on {}", "no earlier than {}",
    "not before {}", "not until {}", "{} or later", "{} onwards", "{} at the earliest", "from {} on",
)  # fmt: skip
BEFORE = ("before {}", "earlier than {}", "prior to {}", "in advance of {}", "sooner than {}")
AFTER = ("after {}", "later than {}")
DAYS = ("friday", "next tuesday", "the 21st", "15 august", "tomorrow")
DAY = dt.timedelta(days=1)


def only(text: str, moment: dt.datetime) -> Time:
    """The one time offered."""
    times = read(text, Context(sent_at=moment, vocabulary=DUBLIN))
    assert times.expected is not None, text
    assert (times.alternatives, times.negated) == ((), ()), text
    return times.expected


@given(moments, st.sampled_from(DAYS), st.sampled_from(UNTIL))
def test_a_last_day_is_still_in(moment: dt.datetime, day: str, words: str) -> None:
    named, found = only(day, moment), only(words.format(day), moment)
    assert (found.open_start, found.end) == (True, named.start + DAY)


@given(moments, st.sampled_from(DAYS), st.sampled_from(BEFORE))
def test_before_a_day_ends_when_it_begins(moment: dt.datetime, day: str, words: str) -> None:
    named, found = only(day, moment), only(words.format(day), moment)
    assert (found.open_start, found.end or found.start + DAY) == (True, named.start)


@given(moments, st.sampled_from(DAYS), st.sampled_from(FROM))
def test_a_first_day_is_in(moment: dt.datetime, day: str, words: str) -> None:
    named, found = only(day, moment), only(words.format(day), moment)
    assert (found.open_end, found.start) == (True, named.start)


@given(moments, st.sampled_from(DAYS), st.sampled_from(AFTER))
def test_after_a_day_begins_on_the_next(moment: dt.datetime, day: str, words: str) -> None:
    named, found = only(day, moment), only(words.format(day), moment)
    assert (found.open_end, found.start) == (True, named.start + DAY)


@pytest.mark.parametrize(
    "said", ["{a} {x} till {b} {y}", "{a} {x} to {b} {y}", "{x} {a} until {y} {b}", "{x} at {a} - {y} at {b}"]
)
@pytest.mark.parametrize("opened", ["", "from "])
def test_a_window_may_reach_from_one_day_into_another(said: str, opened: str, context: Context) -> None:
    times = read(opened + said.format(a="4pm", x="friday", b="10am", y="sunday"), context)
    assert times.alternatives == ()
    assert times.expected == Time(local(2027, 1, 15, 16), "hour", local(2027, 1, 17, 10))


def test_moving_one_time_to_another_is_no_window(context: Context) -> None:
    times = read("can you move me from 4pm Friday to 10am Saturday", context)
    assert times.moved is not None
    assert times.moved.start == local(2027, 1, 15, 16)
    assert times.expected is not None
    assert times.expected.start == local(2027, 1, 16, 10)


@given(st.integers(2, 27), st.sampled_from(("first", "last")))
def test_so_many_days_at_the_edge_of_a_month(count: int, edge: str) -> None:
    sent = dt.datetime(2027, 1, 13, 10, tzinfo=ZoneInfo("Europe/Dublin"))
    found = only(f"the {edge} {count} days of march", sent)
    assert found.end is not None
    assert (found.end - found.start).days == count
    assert local(2027, 3, 1) in (found.start, found.start - (31 - count) * DAY)


@given(moments, st.sampled_from(("tomorrow", "friday", "this sunday", "the 21st")))
def test_the_end_of_a_day_is_its_last_hours(moment: dt.datetime, day: str) -> None:
    named, found = only(day, moment), only(f"the end of {day}", moment)
    assert (found.grain, found.start.date()) == ("part_of_day", named.start.date())
    assert found.start.hour >= 16


@given(moments, st.integers(1, 10), st.sampled_from((("minutes", 1), ("hours", 60))))
def test_within_is_any_time_until_then(moment: dt.datetime, count: int, unit: tuple[str, int]) -> None:
    found = only(f"within {count} {unit[0]}", moment)
    then = only(f"in {count} {unit[0]}", moment)
    assert found.end == then.start


def test_a_moment_without_a_zone_is_the_gyms_wall_time() -> None:
    summer = dt.datetime(2027, 7, 5, 9)  # noqa: DTZ001  as a file of examples writes it
    found = read("in 3 hours", Context(sent_at=summer, vocabulary=DUBLIN)).expected
    assert found is not None
    assert found.start == local(2027, 7, 5, 12)


@pytest.mark.parametrize("hour", [1, 2, 3])
def test_the_small_hours_of_tonight_come_after_midnight(hour: int, context: Context) -> None:
    found = read(f"tonight around {hour}", context).expected
    assert found is not None
    assert found.start == local(2027, 1, 14, hour)


@pytest.mark.parametrize(
    ("said", "length"),
    [
        ("for two and a half hours", "PT2H30M"), ("for an hour and a half", "PT1H30M"), ("for an hour and 15 minutes", "PT1H15M"),
        ("for 1 hour 30 mins", "PT1H30M"), ("for 3 days and 2 hours", "P3DT2H"), ("for 1 year and 6 months", "P1Y6M"),
        ("sore all week", "P1W"),
    ],
)  # fmt: skip
def test_lengths_of_two_units_are_one(said: str, length: str, context: Context) -> None:
    found = find(said, context, read(said, context))
    assert [entity.value for entity in found if entity.entity == "duration"] == [length]


@pytest.mark.parametrize("day", ["Friday", "the 21st", "tomorrow"])
@pytest.mark.parametrize(
    "said", ["{} I'm busy, Monday at 6?", "{} I am away so Monday at 6", "{} im working, monday at 6"]
)
def test_being_busy_rules_out_the_day_that_was_named(said: str, day: str, context: Context) -> None:
    times = read(said.format(day), context)
    ruled_out = read(day, context).expected
    assert times.expected is not None
    assert times.expected.start == local(2027, 1, 18, 18)
    assert ruled_out is not None
    assert times.negated == (ruled_out.start.date(),)


@pytest.mark.parametrize("place", ["it", "the gym", "the place"])
@pytest.mark.parametrize(
    "said", ["is {} busy around 6?", "is {} busy on saturday at 9", "how busy is {} at 6pm"]
)
def test_asking_whether_it_is_busy_rules_nothing_out(said: str, place: str, context: Context) -> None:
    times = read(said.format(place), context)
    assert times.expected is not None
    assert times.negated == ()
