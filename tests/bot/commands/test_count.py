"""/count and "how many ...": one number, by the definitions of the report."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.reports import Period, trials
from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("13.1")


@pytest.fixture
def week(room: StaffRoom) -> StaffRoom:
    """Four trials of this week: one came, one did not, one was cancelled, one is to come; a class besides."""
    for name in ("Ana Silva", "Theo Marsh", "Hana Sato", "Nora Keane"):
        room.lead(name, channel="sms" if name == "Nora Keane" else "whatsapp")
    for words in (
        "book Ana Silva trial mon 10:00 with tom", "book Theo Marsh trial today 11:00 with tom",
        "book Hana Sato trial thu 9:00 with aoife", "book Nora Keane trial wed 9:00 with tom",
        "book Nora Keane yoga tue 19:00",
    ):  # fmt: skip
        if "mon" in words:
            words = words.replace("mon", "today")
        assert "Booked" in room.say("lena", words).text
    room.say("lena", "cancel Hana Sato trial")
    room.say("lena", "yes")
    room.wait(hours=3)
    assert "came" in room.say("conor", "/attended Ana Silva").text
    assert "No-show" in room.say("conor", "/noshow Theo Marsh").text
    room.now = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
    return room


TRIALS = "Trials this week: 4 booked, 1 came, 1 did not, 1 cancelled, 1 to come."


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "words",
    ["how many trials this week", "How many trials do we have this week?", "trials this week", "number of trials this week", "/count trials"],
)  # fmt: skip
def test_trials_of_a_week_are_one_line(week: StaffRoom, words: str, own: bool) -> None:
    assert week.say("niamh", words, own=own).text == TRIALS


def test_the_figures_are_the_reports(week: StaffRoom) -> None:
    period = Period(dt.date(2026, 11, 23), dt.date(2026, 11, 29))
    week.session.now = week.now
    row = trials.totals(trials.trials(week.session, week.facts, period))
    assert (row.booked, row.attended, row.no_show, row.cancelled, row.upcoming) == (4, 1, 1, 1, 1)


def test_when_trials_were_booked_is_another_question(week: StaffRoom) -> None:
    said = week.say("niamh", "how many trials did we book yesterday?").text.splitlines()
    assert said[0] == "Trials booked yesterday, whichever day they are for: 4."
    assert said[1] == "Trials yesterday: 2 booked, 1 came, 1 did not."


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("how many leads yesterday", "New leads yesterday: 4 (3 whatsapp, 1 sms)."),
        ("how many leads today?", "New leads today: none."),
        ("how many new leads did we get this month", "New leads this month: 4 (3 whatsapp, 1 sms)."),
        ("how many no-shows this month", "No-shows this month: 1 (trials: 1), 1 came."),
        ("any no shows last week?", "No-shows last week: 0, 0 came."),
        ("how many people came yesterday?", "Came yesterday: 1, 1 did not (trials: 1)."),
        ("how many cancellations this week?", "Cancelled, of the bookings this week: 1."),
        ("did anyone cancel this week", "Cancelled, of the bookings this week: 1."),
        ("any cancellations today", "Cancelled, of the bookings today: 0."),
        ("bookings today", "Bookings today: 1 (Yoga Flow 1)."),
        ("how many bookings tomorrow?", "Bookings tomorrow: 1 (Trial 1)."),
        ("how many yoga bookings this week", "Yoga Flow this week: 1."),
        ("how many sessions does Tom have this week", "Bookings this week with Tom: 3 (Trial 3)."),
        ("how many bookings did we have on monday", "Bookings Mon 23 Nov: 2 (Trial 2)."),
        ("how many people joined this month", "Joined: 0 of the 4 leads that came this month."),
        ("how many trials in october", "Trials in October: 0 booked, 0 came, 0 did not."),
        ("how many trials in the last 7 days", "Trials in the last 7 days: 2 booked, 1 came, 1 did not."),
    ],
)
def test_exactly_what_was_asked_is_counted(week: StaffRoom, words: str, line: str) -> None:
    assert week.say("niamh", words).text == line


def test_without_a_time_leads_are_counted_by_stage(week: StaffRoom) -> None:
    said = week.say("niamh", "how many leads do we have?").text
    assert said.startswith("Leads: 4 (")
    assert "1 trial attended" in said


def test_all_numbers_are_a_tap_away_for_who_may_see_them(week: StaffRoom) -> None:
    assert "All numbers" not in week.say("lena", "how many trials this week").titles
    assert "All numbers" in week.say("niamh", "how many trials this week").titles
    assert "Leads: 4" in week.tap("niamh", "All numbers").text


def test_the_day_behind_the_number_is_a_tap_away(week: StaffRoom) -> None:
    week.say("niamh", "bookings tomorrow")
    assert "09:00 Nora Keane, Trial" in week.tap("niamh", "Wed 25 Nov").text


def test_trainers_count_their_own_and_no_leads(week: StaffRoom) -> None:
    assert (
        week.say("tom", "how many sessions do i have this week", own=True).text
        == "Bookings this week: 3 (Trial 3)."
    )
    assert (
        week.say("aoife", "how many sessions do i have this week", own=True).text == "Bookings this week: 0."
    )
    assert week.say("tom", "how many trials this week", own=True).text == "Trial this week: 3."
    assert "for owners, managers and sales" in week.say("tom", "how many leads today", own=True).text


@pytest.mark.parametrize("words", ["/count", "/count wibble", "/count 💪", "/count leads 500 days"])
def test_what_cannot_be_counted_says_how_to_ask(week: StaffRoom, words: str) -> None:
    assert "Like this: /count" in week.say("niamh", words).text
