"""The reports' numbers against days counted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from crm import activities
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Booking, Contact, Lead
from crm.reports import REPORTS, Period, PeriodInvalid
from crm.reports.funnel import funnel
from crm.reports.leads_by_day import leads_by_day
from crm.reports.response_times import response_times
from crm.reports.trials import count_made, totals, trials, trials_on

WEEK = Period(dt.date(2026, 10, 19), dt.date(2026, 10, 25))
"""Monday to Sunday; in the night to Sunday the clocks go back in Dublin."""


@pytest.fixture
def facts(gym: Any) -> GymFacts:
    """What the gym states about itself."""
    found: GymFacts = gym.facts
    return found


@pytest.fixture
def at(facts: GymFacts) -> Callable[[int, str], dt.datetime]:
    """An instant of October's gym time."""

    def instant(day: int, clock: str) -> dt.datetime:
        return facts.instant(dt.datetime.combine(dt.date(2026, 10, day), dt.time.fromisoformat(clock)))

    return instant


@pytest.fixture
def add_lead(session: TenantSession) -> Callable[..., Lead]:
    """A lead that was created then and went through these stages."""
    numbers = iter(range(1, 1000))

    def add(created_at: dt.datetime, *stages: str, source: str = "whatsapp", **more: Any) -> Lead:
        contact = Contact(gym_id=session.gym_id, name="Ana", created_at=created_at)
        session.add(contact)
        session.flush()
        lead = Lead(
            gym_id=session.gym_id, number=next(numbers), contact_id=contact.id, stage=(("new", *stages))[-1],
            source=source, created_at=created_at, stage_changed_at=created_at, **more,
        )  # fmt: skip
        session.add(lead)
        session.flush()
        for before, after in zip(("new", *stages), stages, strict=False):
            activities.record(
                session, "lead.stage_changed", actor="bot", now=created_at, contact_id=contact.id, lead_id=lead.id,
                before=before, after=after,
            )  # fmt: skip
        session.flush()
        return lead

    return add


@pytest.mark.feature("13.1")
@pytest.mark.feature("13.4")
def test_leads_count_on_the_gyms_day_and_by_source(
    session: TenantSession,
    facts: GymFacts,
    at: Callable[[int, str], dt.datetime],
    add_lead: Callable[..., Lead],
) -> None:
    add_lead(at(18, "23:59"))  # the day before
    add_lead(at(19, "00:00"))
    add_lead(at(19, "00:30"), source="instagram")  # 23:30 of the day before in UTC
    add_lead(at(19, "23:59"), source="instagram")
    add_lead(at(25, "23:59"))  # the day has 25 hours
    add_lead(at(26, "00:00"))  # the day after
    assert [(row.day.day, row.source, row.leads) for row in leads_by_day(session, facts, WEEK)] == [
        (19, "instagram", 2),
        (19, "whatsapp", 1),
        (25, "whatsapp", 1),
    ]


def test_a_lead_that_turned_out_to_be_somebody_known_counts_nowhere(
    session: TenantSession,
    facts: GymFacts,
    at: Callable[[int, str], dt.datetime],
    add_lead: Callable[..., Lead],
) -> None:
    add_lead(at(19, "09:00"), "contacted", first_bot_reply_at=at(19, "09:01"))
    add_lead(
        at(19, "10:00"),
        "lost",
        source="instagram",
        lost_reason="duplicate",
        first_bot_reply_at=at(19, "11:00"),
    )
    assert [(row.source, row.leads) for row in leads_by_day(session, facts, WEEK)] == [("whatsapp", 1)]
    assert {row.stage: row.reached for row in funnel(session, facts, WEEK)}["lost"] == 0
    assert (response_times(session, facts, WEEK)[0].leads, response_times(session, facts, WEEK)[0].p90) == (
        1,
        60.0,
    )


@pytest.mark.feature("3.12")
@pytest.mark.feature("13.3")
def test_the_funnel_follows_the_leads_of_the_period_wherever_they_went(
    session: TenantSession,
    facts: GymFacts,
    at: Callable[[int, str], dt.datetime],
    add_lead: Callable[..., Lead],
) -> None:
    add_lead(at(19, "09:00"))
    add_lead(at(20, "09:00"), "contacted")
    add_lead(at(20, "10:00"), "contacted", "trial_booked", "lost")  # skipped a stage, then lost
    add_lead(at(21, "09:00"), "contacted", "qualified", "trial_booked", "trial_attended", "converted")
    add_lead(at(12, "09:00"), "contacted", "converted")  # another week's lead
    rows = {row.stage: row for row in funnel(session, facts, WEEK)}
    assert [(stage, rows[stage].reached) for stage in facts.stages] == [
        ("new", 4), ("contacted", 3), ("qualified", 2), ("trial_booked", 2), ("trial_attended", 1), ("follow_up", 1),
        ("converted", 1), ("lost", 1),
    ]  # fmt: skip
    assert (rows["qualified"].been, rows["follow_up"].been) == (1, 0)
    assert [rows[stage].now_here for stage in ("new", "contacted", "trial_booked", "converted", "lost")] == [
        1,
        1,
        0,
        1,
        1,
    ]
    assert rows["contacted"].share_of_all == 0.75
    assert rows["trial_booked"].share_of_previous == 1.0
    assert rows["new"].share_of_previous is None


def test_a_funnel_of_nobody_divides_by_nothing(session: TenantSession, facts: GymFacts) -> None:
    rows = funnel(session, facts, WEEK)
    assert [row.stage for row in rows] == list(facts.stages)
    assert {(row.reached, row.share_of_all) for row in rows} == {(0, None)}


@pytest.mark.feature("13.15")
def test_trials_count_on_their_day_by_what_became_of_them(
    session: TenantSession,
    facts: GymFacts,
    at: Callable[[int, str], dt.datetime],
    add_lead: Callable[..., Lead],
) -> None:
    session.now = at(21, "12:00")
    trial, other = facts.trial, facts.offering_by_key("pt60")
    assert trial is not None
    assert other is not None
    person = add_lead(at(19, "09:00"), goal="get fitter").contact_id

    def add(starts_at: dt.datetime, status: str, offering: Any = trial, **more: Any) -> Booking:
        booking = Booking(
            gym_id=session.gym_id, contact_id=person, offering_id=offering.id, starts_at=starts_at,
            ends_at=starts_at + offering.lasts, status=status, created_by="bot", created_at=starts_at, **more,
        )  # fmt: skip
        session.add(booking)
        session.flush()
        return booking

    for status in ("attended", "attended", "attended", "no_show", "cancelled"):
        add(at(20, "10:00"), status)
    add(at(20, "18:00"), "booked")  # over, not marked
    last = add(at(21, "18:00"), "booked", confirmed_by_guest_at=at(21, "09:00"))
    add(at(20, "11:00"), "cancelled", moved_to_id=last.id)  # counts where it was moved to
    add(at(20, "12:00"), "released")
    add(at(20, "12:00"), "held", hold_expires_at=at(20, "12:00"))
    add(at(20, "10:00"), "attended", other)
    add(at(27, "10:00"), "booked")

    first, second = trials(session, facts, WEEK)
    assert (first.day.day, first.booked, first.attended, first.no_show, first.cancelled) == (20, 6, 3, 1, 1)
    assert (first.unmarked, first.upcoming) == (1, 0)
    assert (second.day.day, second.booked, second.upcoming) == (21, 1, 1)
    assert totals([first, second]).show_rate == 0.75
    assert totals([second]).show_rate is None
    # By the day on which they were booked: one of the week's is for the next; a moved one was booked once.
    add(at(29, "10:00"), "booked").created_at = at(22, "08:00")
    session.flush()
    assert count_made(session, facts, WEEK) == 8
    (today,) = trials_on(session, facts, dt.date(2026, 10, 21))
    assert (f"{today.starts_at:%H:%M}", today.name, today.goal, today.confirmed) == (
        "18:00",
        "Ana",
        "get fitter",
        True,
    )
    assert not today.is_over
    assert {trial.is_over for trial in trials_on(session, facts, dt.date(2026, 10, 20))} == {True}


@pytest.mark.feature("3.11")
def test_first_answers_of_bot_and_people_are_never_mixed(
    session: TenantSession,
    facts: GymFacts,
    at: Callable[[int, str], dt.datetime],
    add_lead: Callable[..., Lead],
) -> None:
    start = at(20, "09:00")
    for seconds in (2, 4, 6, 8, 10):
        add_lead(start, first_bot_reply_at=start + dt.timedelta(seconds=seconds))
    add_lead(start, first_human_reply_at=start + dt.timedelta(hours=1))
    add_lead(start, first_human_reply_at=start + dt.timedelta(hours=3))
    add_lead(start)
    bot, person = response_times(session, facts, WEEK)
    assert (bot.answered_by, bot.leads, bot.median) == ("bot", 5, 6.0)
    assert bot.p90 == pytest.approx(9.2)
    assert (person.answered_by, person.leads, person.median) == ("person", 2, 7200.0)


def test_where_nobody_was_answered_there_is_no_time(session: TenantSession, facts: GymFacts) -> None:
    assert [(row.leads, row.median, row.p90) for row in response_times(session, facts, WEEK)] == [
        (0, None, None)
    ] * 2


def test_every_report_has_a_row_for_each_of_its_columns(
    session: TenantSession,
    facts: GymFacts,
    at: Callable[[int, str], dt.datetime],
    add_lead: Callable[..., Lead],
) -> None:
    add_lead(at(20, "09:00"))
    for name, report in REPORTS.items():
        assert report.name == name
        for row in report.rows(session, facts, WEEK):
            assert list(report.as_dict(row)) == [column.name for column in report.columns]


@pytest.mark.parametrize(("first", "last"), [("2026-01-02", "2026-01-01"), ("2025-01-01", "2026-01-02")])
def test_days_that_are_no_range_are_refused(first: str, last: str) -> None:
    with pytest.raises(PeriodInvalid):
        Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
