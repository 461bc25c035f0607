"""What holds for any text at any moment."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu_models.parse import Context, Time, Vocabulary
from nlu_models.times import read
from tests.nlu.times.conftest import hours, local

DUBLIN = Vocabulary(
    opening_hours=hours(*["06:00-22:00"] * 4, "06:00-21:00", "08:00-18:00", "09:00-16:00"),
    timezone="Europe/Dublin",
)
WORDS = [
    "monday",
    "tues",
    "wed",
    "thurs",
    "friday",
    "saturday",
    "sun",
    "next",
    "this",
    "last",
    "week",
    "weekend",
    "month",
    "fortnight",
    "tomorrow",
    "today",
    "tonight",
    "yesterday",
    "at",
    "on",
    "in",
    "by",
    "before",
    "after",
    "from",
    "to",
    "till",
    "until",
    "between",
    "and",
    "or",
    "not",
    "no",
    "any",
    "day",
    "every",
    "except",
    "but",
    "morning",
    "evening",
    "afternoon",
    "lunchtime",
    "night",
    "half",
    "quarter",
    "past",
    "5",
    "6",
    "7",
    "10",
    "11",
    "12",
    "18",
    "30",
    "45",
    "06:30",
    "18:45",
    "19.15",
    "7pm",
    "8am",
    "5-7",
    "3/12",
    "31/10",
    "the",
    "21st",
    "third",
    "second",
    "march",
    "may",
    "2027",
    "hour",
    "hours",
    "mins",
    "later",
    "earlier",
    "same",
    "time",
    "wait",
    "actually",
    "sorry",
    "make",
    "it",
    ",",
    ".",
    "?",
    "!",
    ":",
    "/",
    "-",
    "2",
    "a",
    "an",
    "few",
    "mondays",
    "weekdays",
    "first",
    "thing",
    "noon",
    "midnight",
    "christmas",
    "bank",
    "holiday",
    "now",
    "since",
    "ago",
    "weeks",
    "days",
    "of",
]
moments = st.datetimes(local(2026, 1, 1), local(2029, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=ZoneInfo("Europe/Dublin"))
)
phrases = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
texts = st.one_of(st.text(max_size=200), phrases)
references = st.none() | st.datetimes(local(2026, 1, 1), local(2029, 12, 31))
contexts = st.builds(
    Context,
    sent_at=moments,
    vocabulary=st.sampled_from((DUBLIN, Vocabulary(), Vocabulary(day_first=False, phone_region="US"))),
    asked=st.sampled_from((None, "time", "confirm", "name")),
    reference=references,
)


def offered(text: str, context: Context) -> list[Time]:
    times = read(text, context)
    return [time for time in (times.expected, *times.alternatives) if time is not None]


@given(texts, contexts)
def test_never_raises(text: str, context: Context) -> None:
    read(text, context)


@given(phrases, contexts)
def test_offers_no_time_that_is_over(text: str, context: Context) -> None:
    zone = ZoneInfo(context.vocabulary.timezone)
    now = context.sent_at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    for time in offered(text, context):
        if time.grain in ("day", "week", "month"):
            assert (time.end or time.start + dt.timedelta(days=1)).date() > now.date()
        else:
            assert (time.end or time.start) >= now - dt.timedelta(minutes=1)


@given(phrases, contexts)
def test_ends_after_it_starts(text: str, context: Context) -> None:
    for time in offered(text, context):
        assert time.end is None or time.start < time.end


@given(phrases, contexts)
def test_reads_the_same_twice_and_in_any_case(text: str, context: Context) -> None:
    times = read(text, context)
    assert read(text, context) == times
    if "sat" not in text and "may" not in text and "march" not in text:
        assert read(text.upper(), context).expected == times.expected


@given(texts, contexts)
def test_spans_lie_in_the_text_in_order(text: str, context: Context) -> None:
    end = 0
    for first, last in read(text, context).spans:
        assert end <= first < last <= len(text)
        end = last


@given(
    moments, st.sampled_from(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
)
def test_a_bare_weekday_is_the_next_one_strictly_after_today(moment: dt.datetime, weekday: str) -> None:
    (time,) = offered(weekday, Context(sent_at=moment, vocabulary=DUBLIN))
    assert 1 <= (time.start.date() - moment.date()).days <= 7
    assert time.start.strftime("%A").lower() == weekday


@given(moments, st.integers(1, 12))
def test_next_weekday_lies_in_the_next_calendar_week(moment: dt.datetime, hour: int) -> None:
    (time,) = offered(f"next tuesday at {hour}pm", Context(sent_at=moment, vocabulary=DUBLIN))
    monday = moment.date() - dt.timedelta(days=moment.weekday())
    assert time.start.date() == monday + dt.timedelta(days=8)


@given(moments, st.integers(1, 23))
def test_hours_from_now_are_counted_by_the_stopwatch(moment: dt.datetime, count: int) -> None:
    (time,) = offered(f"in {count} hours", Context(sent_at=moment, vocabulary=DUBLIN))
    then = moment.astimezone(dt.UTC) + dt.timedelta(hours=count)
    assert time.start == then.astimezone(ZoneInfo("Europe/Dublin")).replace(tzinfo=None, microsecond=0)


@given(moments)
def test_tomorrow_keeps_the_wall_time_over_a_change_of_the_clocks(moment: dt.datetime) -> None:
    (time,) = offered("tomorrow at 10am", Context(sent_at=moment, vocabulary=DUBLIN))
    assert time.start == dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time(10))


@pytest.mark.parametrize("text", ["", " ", "🙂", "\n\n", "0" * 5000, "at " * 3000, "٣ مساء", "१० बजे", "１０"])
def test_reads_odd_texts(text: str) -> None:
    assert read(text, Context(sent_at=dt.datetime(2027, 1, 13, tzinfo=dt.UTC))).spans is not None
