"""What the reader takes from the moment: the order of dates, the hours, the time under discussion."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

from nlu_models.parse import Context, Vocabulary
from nlu_models.times import read
from tests.nlu.times.conftest import WEDNESDAY, local


def test_month_comes_first_where_the_gym_writes_it_so(context: Context) -> None:
    american = replace(context, vocabulary=replace(context.vocabulary, day_first=False))
    assert read("3/12 at 6", context).expected.start == local(2027, 12, 3, 18)  # type: ignore[union-attr]
    assert read("3/12 at 6", american).expected.start == local(2027, 3, 12, 18)  # type: ignore[union-attr]


def test_a_day_too_big_for_a_month_is_the_day_anyway(context: Context) -> None:
    american = replace(context, vocabulary=replace(context.vocabulary, day_first=False))
    assert read("25/12", american).expected.start == local(2027, 12, 25)  # type: ignore[union-attr]


def test_opening_hours_decide_between_morning_and_evening(context: Context) -> None:
    late = replace(context.vocabulary, opening_hours={4: [(dt.time(6), dt.time(22))]})
    assert read("friday at 9", context).expected.start.hour == 9  # type: ignore[union-attr]
    assert read("friday at 9", replace(context, vocabulary=late)).expected.start.hour == 9  # type: ignore[union-attr]
    evenings = replace(context.vocabulary, opening_hours={4: [(dt.time(17), dt.time(22))]})
    assert read("friday at 9", replace(context, vocabulary=evenings)).expected.start.hour == 21  # type: ignore[union-attr]


def test_a_clock_time_alone_takes_the_day_under_discussion(context: Context) -> None:
    friday = replace(context, reference=local(2027, 1, 15, 10), asked="confirm")
    times = read("make it 11", friday)
    assert times.expected is not None
    assert (times.expected.start, times.expected.named_date) == (local(2027, 1, 15, 11), False)


def test_the_reading_that_was_not_taken_is_kept_where_it_is_open_too(context: Context) -> None:
    def other(text: str, within: Context = context) -> dt.datetime | None:
        times = read(text, within)
        assert times.expected is not None
        return times.expected.other

    assert other("friday at 7") == local(2027, 1, 15, 7)
    assert other("friday at 8") == local(2027, 1, 15, 20)
    assert other("friday at 7pm") is None
    assert other("friday evening at 7") is None
    assert other("sunday at 1") is None
    assert other("today at 7", replace(context, sent_at=context.sent_at.replace(hour=12))) is None
    assert other("next friday at 10am") == local(2027, 1, 15, 10)
    assert other("next friday") == local(2027, 1, 15)
    assert other("friday next week") is None
    assert other("next monday") is None


def test_a_half_of_the_day_alone_is_of_the_hour_under_discussion(context: Context) -> None:
    evening = replace(context, reference=local(2027, 1, 15, 19), asked="confirm")
    for said, hour in (("am", 7), ("no i meant am", 7), ("PM please", 19), ("a.m., not p.m.", 7)):
        times = read(said, evening)
        assert times.expected is not None, said
        assert times.expected.start == local(2027, 1, 15, hour), said
    for said in ("i am", "yes i am", "am i booked?", "I am not sure"):
        assert read(said, evening).expected is None, said
    assert read("am", replace(evening, asked="name")).expected is None
    assert read("am", replace(evening, reference=None)).expected is None


def test_a_day_alone_leaves_the_clock_time_open(context: Context) -> None:
    times = read("no, Friday", context)
    assert times.expected is not None
    assert not times.expected.named_clock


def test_the_half_of_the_day_under_discussion_is_kept(context: Context) -> None:
    morning = replace(context, reference=local(2027, 1, 15, 7), asked="confirm")
    evening = replace(context, reference=local(2027, 1, 18, 19), asked="confirm")
    assert read("make it 6", morning).expected.start.hour == 6  # type: ignore[union-attr]
    assert read("make it 8", evening).expected.start.hour == 20  # type: ignore[union-attr]


def test_a_bare_number_counts_only_where_a_time_was_asked_for(context: Context) -> None:
    assert read("11", context).expected is None
    assert read("11", replace(context, asked="time")).expected is not None


def test_tonight_after_midnight_is_the_evening_to_come(context: Context) -> None:
    night = replace(context, sent_at=dt.datetime.fromisoformat("2027-01-14T00:40:00+00:00"))
    assert read("tonight at 7", night).expected.start == local(2027, 1, 14, 19)  # type: ignore[union-attr]


def test_a_time_that_the_clocks_skip_is_put_after_the_gap() -> None:
    gym = Vocabulary(timezone="Europe/Dublin")
    saturday = Context(sent_at=dt.datetime.fromisoformat("2027-03-27T12:00:00+00:00"), vocabulary=gym)
    assert read("tomorrow at 1.30am", saturday).expected.start == local(2027, 3, 28, 2, 30)  # type: ignore[union-attr]


def test_open_windows_say_which_bound_was_inferred(context: Context) -> None:
    after, before = read("friday after 5", context).expected, read("friday before noon", context).expected
    assert after is not None
    assert before is not None
    assert (after.open_end, after.end) == (True, local(2027, 1, 15, 21))
    assert (before.open_start, before.start) == (True, local(2027, 1, 15, 6))


def test_what_is_gone_is_told_but_not_offered(context: Context) -> None:
    times = read("my knee hurts since Monday", context)
    assert times.expected is None
    assert times.past[0].start == local(2027, 1, 11)


def test_a_message_takes_less_than_a_few_milliseconds(context: Context) -> None:
    texts = ["could I come for a trial on thursday at half six, or friday after 5 if that suits better?"] * 50
    took = []
    for text in texts:
        begun = time.perf_counter()
        read(text, context)
        took.append(time.perf_counter() - begun)
    assert sorted(took)[25] < 0.01


def test_the_component_sets_times_on_the_document(context: Context) -> None:
    import spacy

    import nlu_models.times.component as component

    nlp = spacy.blank("en")
    nlp.add_pipe("spotter_times")
    doc = nlp.make_doc("friday at 6")
    doc.user_data[component.CONTEXT] = context
    assert nlp(doc)._.times == read("friday at 6", context)
    assert nlp("friday at 6")._.times.expected is None


def test_the_moment_of_sending_is_a_wednesday() -> None:
    assert WEDNESDAY.strftime("%A") == "Wednesday"


def test_the_day_and_the_week_after_follow_the_time_under_discussion(context: Context) -> None:
    discussed = replace(context, reference=local(2027, 2, 5, 18))
    day, week = read("the day after", discussed).expected, read("the week after", discussed).expected
    assert day is not None
    assert week is not None
    assert day.start == local(2027, 2, 6)
    assert (week.start, week.end) == (local(2027, 2, 8), local(2027, 2, 15))
