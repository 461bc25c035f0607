"""Which times are free, and why a wished one is not."""

from __future__ import annotations

import datetime as dt
import itertools
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import alternatives, availability
from crm.availability import NOTHING_TAKEN, BusyTime, Occurrence, Refusal, Taken, TimeSlot
from crm.spans import Span
from tests.crm.calendar_desk import Timetable, facts_of

MONDAY = "2026-11-23 09:00"


def slots(
    gym: Timetable,
    key: str,
    start: str,
    end: str,
    *,
    now: str = MONDAY,
    taken: Taken = NOTHING_TAKEN,
    **options: Any,
) -> list[TimeSlot]:
    if isinstance(options.get("trainer"), str):
        options["trainer_id"] = gym.trainer(options.pop("trainer"))
    return availability.time_slots(
        gym.facts, gym.offering(key), taken, start=gym.at(start), end=gym.at(end), now=gym.at(now), **options
    )


def refusal(
    gym: Timetable,
    key: str,
    when: str,
    *,
    now: str = MONDAY,
    taken: Taken = NOTHING_TAKEN,
    trainer: str | None = None,
    **options: Any,
) -> Refusal:
    found = availability.why_not(
        gym.facts, gym.offering(key), taken, gym.at(when), now=gym.at(now),
        trainer_id=gym.trainer(trainer) if trainer else None, **options,
    )  # fmt: skip
    assert found is not None
    return found


def busy(gym: Timetable, trainer: str, start: str, end: str) -> Taken:
    return Taken({gym.trainer(trainer): [BusyTime(gym.at(start), gym.at(end))]})


def small_gym(zone: str, hours: str, *, weekly: str = "[]", grid: int = 15, minutes: int = 60) -> Timetable:
    """One trainer who is always in, and a class."""
    days = "".join(
        f"\n              {day}: {hours}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    return Timetable(
        facts_of(
            textwrap.dedent(f"""
            gym: {{slug: g, name: G, timezone: {zone}}}
            opening_hours:{days}
            staff:
              - key: tom
                name: Tom
                role: trainer
                hours: {{{", ".join(f"{day}: {hours}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}}}
            services: [{{key: pt, name: PT, kind: personal, minutes: {minutes}, price: 1}}]
            classes: [{{key: yoga, name: Yoga, minutes: 60, capacity: 5, weekly: {weekly}}}]
            booking_rules: {{grid_minutes: {grid}, minimum_notice_minutes: 0, horizon_days: 400}}
            """)
        )
    )


@pytest.mark.feature("8.1")
def test_offers_the_quarter_hours_at_which_a_trainer_is_in_for_all_of_it(harbour: Timetable) -> None:
    # Thursday: Aoife from 7 to 15, teaching at 12; Priya from 12 and Marcus from 14.
    found = slots(harbour, "trial", "2026-11-26 00:00", "2026-11-27 00:00")
    times = harbour.times(found)
    assert times[0] == "07:00"
    assert "07:15" in times
    assert times[-1] == "20:15", "a trial of 45 minutes fits until Marcus leaves at 21:00"
    by_time = dict(zip(times, found, strict=True))
    assert [harbour.key(one) for one in by_time["11:15"].trainer_ids] == ["aoife"]
    assert [harbour.key(one) for one in by_time["12:00"].trainer_ids] == ["priya"], "Aoife teaches"
    assert {harbour.key(one) for one in by_time["14:00"].trainer_ids} == {"aoife", "priya", "marcus"}
    assert [harbour.key(one) for one in by_time["19:15"].trainer_ids] == ["marcus"], "Priya teaches yoga"


def test_offers_nothing_in_which_the_only_trainer_teaches(harbour: Timetable) -> None:
    times = harbour.times(slots(harbour, "trial", "2026-11-27 06:00", "2026-11-27 09:00"))
    assert times[0] == "07:45", "Aoife teaches Morning HIIT from 7:00 to 7:45"


def test_keeps_the_minimum_notice_unless_staff_ask(harbour: Timetable) -> None:
    today = ("2026-11-23 00:00", "2026-11-24 00:00")
    assert harbour.times(slots(harbour, "trial", *today, now="2026-11-23 09:05"))[0] == "10:15"
    assert (
        harbour.times(slots(harbour, "trial", *today, now="2026-11-23 09:05", at_short_notice=True))[0]
        == "09:15"
    )
    too_soon = refusal(harbour, "trial", "2026-11-23 10:00", now="2026-11-23 09:05")
    assert (too_soon.code, too_soon.earliest_at) == ("too_soon", harbour.at("2026-11-23 10:05"))


def test_reaches_to_the_last_day_of_the_horizon_and_no_further(harbour: Timetable) -> None:
    found = slots(harbour, "trial", "2027-02-18 00:00", "2027-03-30 00:00")
    assert harbour.local(found[-1].starts_at) == "2027-02-21 13:15", "the ninetieth day is a Sunday"
    far = refusal(harbour, "trial", "2027-02-22 10:00")
    assert (far.code, far.latest_on) == ("beyond_horizon", dt.date(2027, 2, 21))


def test_has_nothing_on_closed_dates(harbour: Timetable) -> None:
    assert slots(harbour, "trial", "2026-12-25 00:00", "2026-12-27 00:00") == []
    assert slots(harbour, "hiit_am", "2026-12-25 00:00", "2026-12-26 00:00") == [], (
        "no class on Christmas Friday"
    )
    assert refusal(harbour, "trial", "2027-01-01 10:00").code == "closed_date"


def test_tells_the_opening_hours_and_the_last_start_when_it_is_closed_then(harbour: Timetable) -> None:
    found = refusal(harbour, "trial", "2026-11-29 17:00")
    assert found.code == "closed_hours"
    assert found.hours == ((dt.time(9), dt.time(16)),)
    assert found.last_start_at == harbour.at("2026-11-29 15:15")
    assert refusal(harbour, "trial", "2026-11-29 15:30").code == "closed_hours", "it would end after closing"


def test_tells_who_is_in_that_day_when_no_trainer_is_in_then(harbour: Timetable) -> None:
    found = refusal(harbour, "trial", "2026-11-27 18:00")
    assert found.code == "no_trainer"
    assert {harbour.key(trainer): hours[0][1] for trainer, hours in found.trainers_in} == {
        "aoife": dt.time(13), "tom": dt.time(17),
    }  # fmt: skip


def test_tells_the_days_of_a_trainer_who_is_away_then(harbour: Timetable) -> None:
    found = refusal(harbour, "trial", "2026-11-26 10:00", trainer="tom")
    assert found.code == "trainer_away"
    assert sorted(found.trainer_week) == [0, 2, 4]
    assert found.hours == ()
    later = refusal(harbour, "trial", "2026-11-25 16:30", trainer="tom")
    assert (later.code, later.hours) == ("trainer_away", ((dt.time(9), dt.time(17)),)), (
        "he would stay past 17:00"
    )


def test_names_the_neighbours_of_a_time_off_the_grid(harbour: Timetable) -> None:
    found = refusal(harbour, "trial", "2026-11-26 10:07")
    assert found.code == "off_grid"
    assert harbour.times(list(found.neighbours)) == ["10:00", "10:15"]


def test_says_taken_only_when_every_trainer_present_is_busy(harbour: Timetable) -> None:
    taken = busy(harbour, "aoife", "2026-11-26 10:00", "2026-11-26 11:00")
    assert refusal(harbour, "trial", "2026-11-26 10:30", taken=taken).code == "taken"
    assert refusal(harbour, "trial", "2026-11-26 12:00", trainer="aoife").code == "taken", "she teaches"
    when = harbour.at("2026-11-26 11:00")
    trial = harbour.offering("trial")
    assert availability.why_not(harbour.facts, trial, taken, when, now=harbour.at(MONDAY)) is None, (
        "right after it"
    )


def test_says_past_for_what_has_begun(harbour: Timetable) -> None:
    assert refusal(harbour, "trial", "2026-11-23 08:45").code == "past"
    assert refusal(harbour, "trial", "2026-11-23 08:45", at_short_notice=True).code == "past"


def test_prefers_the_trainer_with_the_emptiest_day(harbour: Timetable) -> None:
    when = "2026-11-25 15:00"
    (before,) = slots(harbour, "trial", when, "2026-11-25 15:15")
    first, *others = [harbour.key(one) for one in before.trainer_ids]
    assert first is not None
    taken = busy(harbour, first, "2026-11-25 16:00", "2026-11-25 16:45")
    (after,) = slots(harbour, "trial", when, "2026-11-25 15:15", taken=taken)
    assert [harbour.key(one) for one in after.trainer_ids] == [*others, first]
    assert slots(harbour, "trial", when, "2026-11-25 15:15") == [before], (
        "the same question has the same answer"
    )


def test_leaves_out_what_overlaps_the_persons_own_bookings(harbour: Timetable) -> None:
    own = Taken(own=[Span(harbour.at("2026-11-26 10:00"), harbour.at("2026-11-26 10:45"))])
    times = harbour.times(slots(harbour, "trial", "2026-11-26 09:00", "2026-11-26 11:30", taken=own))
    assert times == ["09:00", "09:15", "10:45", "11:00", "11:15"]


def test_lists_a_class_at_its_weekly_times(harbour: Timetable) -> None:
    found = slots(harbour, "yoga", "2026-11-23 00:00", "2026-11-30 00:00")
    assert [harbour.local(slot.starts_at) for slot in found] == [
        "2026-11-24 19:00", "2026-11-26 19:00", "2026-11-28 10:00",
    ]  # fmt: skip
    assert [slot.seats_left for slot in found] == [15, 15, 15]
    no_class = refusal(harbour, "yoga", "2026-11-25 19:00")
    assert no_class.code == "class_not_then"
    assert [harbour.local(at) for at in no_class.neighbours] == ["2026-11-24 19:00", "2026-11-26 19:00"]


@pytest.mark.parametrize(("seats", "expected"), [(15, "full"), (14, None)])
def test_a_class_is_full_when_every_seat_is_taken(
    harbour: Timetable, seats: int, expected: str | None
) -> None:
    yoga, when = harbour.offering("yoga"), harbour.at("2026-11-24 19:00")
    row = Occurrence(yoga.id, when, when + yoga.lasts, 15, yoga.trainer_id, None, seats, 3)
    taken = Taken(occurrences={(yoga.id, when): row})
    found = availability.why_not(harbour.facts, yoga, taken, when, now=harbour.at(MONDAY))
    assert (found.code if found else None) == expected
    listed = availability.time_slots(
        harbour.facts, yoga, taken, start=when, end=when + yoga.lasts, now=harbour.at(MONDAY)
    )
    assert bool(listed) is (expected is None)


def test_a_cancelled_class_is_not_offered_and_frees_its_trainer(harbour: Timetable) -> None:
    yoga, when = harbour.offering("yoga"), harbour.at("2026-11-24 19:00")
    row = Occurrence(yoga.id, when, when + yoga.lasts, 15, yoga.trainer_id, None, 0, 0, True)
    taken = Taken(occurrences={(yoga.id, when): row})
    found = refusal(harbour, "yoga", "2026-11-24 19:00", taken=taken)
    assert (found.code, found.is_cancelled) == ("class_not_then", True)
    (slot,) = slots(harbour, "trial", "2026-11-24 19:00", "2026-11-24 19:15", taken=taken)
    assert "priya" in {harbour.key(one) for one in slot.trainer_ids}


# The clocks: in Dublin they go forward on 28 March 2027 and back on 31 October 2027 (25 October 2026).


@pytest.mark.parametrize(
    ("day", "starts"), [("2027-03-28", 23), ("2027-10-31", 25), ("2026-10-25", 25), ("2026-10-24", 24)]
)
def test_a_gym_that_never_closes_has_a_start_for_every_hour_there_is(day: str, starts: int) -> None:
    gym = small_gym("Europe/Dublin", '["00:00-24:00"]', grid=60)
    after = (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()
    found = slots(gym, "pt", f"{day} 00:00", f"{after} 00:00", now="2026-09-30 00:00")
    assert len(found) == starts
    assert len({slot.starts_at for slot in found}) == starts
    assert all(
        right.starts_at - left.starts_at == dt.timedelta(hours=1) for left, right in itertools.pairwise(found)
    )
    assert "01:00" not in gym.times(found) or starts != 23, "01:00 does not exist in spring"


def test_a_session_may_run_over_midnight_where_the_gym_does(harbour: Timetable) -> None:
    gym = small_gym("Europe/Dublin", '["00:00-24:00"]')
    assert "23:30" in gym.times(
        slots(gym, "pt", "2027-03-27 22:00", "2027-03-28 00:00", now="2027-03-01 00:00")
    )


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_opening_hours_keep_their_wall_time_when_the_clocks_change(day: str) -> None:
    gym = small_gym("Europe/Dublin", '["09:00-16:00"]', weekly='["sun 10:00"]')
    after = (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()
    times = gym.times(slots(gym, "pt", f"{day} 00:00", f"{after} 00:00", now="2027-03-01 00:00"))
    assert (times[0], times[-1], len(times)) == ("09:00", "15:00", 25)
    (yoga,) = slots(gym, "yoga", f"{day} 00:00", f"{after} 00:00", now="2027-03-01 00:00")
    assert gym.local(yoga.starts_at) == f"{day} 10:00"


def test_a_zone_that_shifts_by_half_an_hour_stays_on_its_grid() -> None:
    gym = small_gym("Australia/Lord_Howe", '["00:00-24:00"]', grid=60)
    found = slots(gym, "pt", "2027-04-04 00:00", "2027-04-05 00:00", now="2027-03-01 00:00")
    assert {gym.facts.local(slot.starts_at).minute for slot in found} == {0}
    assert len(found) == 24


WINDOW = st.tuples(st.integers(0, 20), st.integers(0, 95))


@settings(max_examples=60, deadline=None)
@given(
    busy_times=st.lists(
        st.tuples(st.sampled_from(["aoife", "marcus", "priya", "tom"]), WINDOW, st.integers(1, 12)),
        max_size=12,
    ),
    key=st.sampled_from(["trial", "pt30", "pt60"]),
    trainer=st.sampled_from([None, "aoife", "priya", "tom"]),
    first=st.integers(-1, 18),
    is_staff=st.booleans(),
)
def test_a_start_is_listed_exactly_when_nothing_speaks_against_it(
    harbour: Timetable, busy_times: Any, key: str, trainer: str | None, first: int, is_staff: bool
) -> None:
    now = harbour.at("2026-12-11 09:10")
    midnight = harbour.at("2026-12-11 00:00")
    quarter = dt.timedelta(minutes=15)
    rows: dict[Any, list[BusyTime]] = {}
    for name, (day, step), length in busy_times:
        start = midnight + dt.timedelta(days=day) + step * quarter
        rows.setdefault(harbour.trainer(name), []).append(BusyTime(start, start + length * quarter))
    taken = Taken(rows)
    offering = harbour.offering(key)
    trainer_id = harbour.trainer(trainer) if trainer else None
    start = midnight + dt.timedelta(days=first)
    end = start + dt.timedelta(days=2)
    listed = availability.time_slots(
        harbour.facts,
        offering,
        taken,
        start=start,
        end=end,
        now=now,
        trainer_id=trainer_id,
        at_short_notice=is_staff,
    )
    for at in (start + n * dt.timedelta(minutes=5) for n in range(2 * 24 * 12)):
        reason = availability.why_not(
            harbour.facts, offering, taken, at, now=now, trainer_id=trainer_id, at_short_notice=is_staff
        )
        slot = next((slot for slot in listed if slot.starts_at == at), None)
        assert (slot is not None) == (reason is None), (harbour.local(at), reason)
        if slot is not None:
            assert slot.trainer_ids == availability.free_trainers(
                harbour.facts, offering, taken, at, trainer_id
            )


# Which alternatives to name.


def named(gym: Timetable, found: list[TimeSlot]) -> list[str]:
    return [gym.facts.local(slot.starts_at).strftime("%a %H:%M") for slot in found]


def test_alternatives_lie_on_the_same_day_and_apart(harbour: Timetable) -> None:
    free = slots(harbour, "trial", "2026-11-25 00:00", "2026-11-29 00:00")
    free = [
        slot
        for slot in free
        if not (harbour.at("2026-11-26 09:30") < slot.starts_at < harbour.at("2026-11-26 10:45"))
    ]
    near = alternatives.nearest(free, harbour.at("2026-11-26 10:00"), 3, zone=harbour.facts.zone)
    assert named(harbour, near) == ["Thu 09:00", "Thu 09:30", "Thu 10:45"]


def test_alternatives_on_other_days_keep_the_time_of_day(harbour: Timetable) -> None:
    free = slots(harbour, "trial", "2026-11-25 00:00", "2026-11-29 00:00")
    free = [slot for slot in free if harbour.facts.local(slot.starts_at).day != 26]
    near = alternatives.nearest(free, harbour.at("2026-11-26 10:00"), 3, zone=harbour.facts.zone)
    assert named(harbour, near) == ["Wed 10:00", "Fri 10:00", "Sat 10:00"]


def test_a_window_is_spread_over_in_round_hours(harbour: Timetable) -> None:
    evening = slots(harbour, "trial", "2026-11-26 17:00", "2026-11-26 21:00")
    assert named(harbour, alternatives.spread(evening, 3, zone=harbour.facts.zone)) == [
        "Thu 17:00", "Thu 19:00", "Thu 20:00",
    ]  # fmt: skip
    assert alternatives.spread(evening[:2], 3, zone=harbour.facts.zone) == evening[:2]
    assert alternatives.spread(evening, 1, zone=harbour.facts.zone) == evening[:1]
