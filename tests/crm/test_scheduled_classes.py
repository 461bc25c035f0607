"""Classes from the timetable, dated."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from crm import bookings, scheduled_classes
from crm.errors import Conflict
from crm.facts import GymFacts
from tests.crm.calendar_desk import Desk


def with_weekly(
    facts: GymFacts, key: str, weekly: tuple[tuple[int, dt.time], ...], **changes: Any
) -> GymFacts:
    """The facts after the owner changed one class."""
    offerings = tuple(
        dataclasses.replace(one, weekly=weekly, **changes) if one.key == key else one
        for one in facts.offerings
    )
    return dataclasses.replace(facts, offerings=offerings)


def test_every_class_within_the_horizon_is_made_once(desk: Desk) -> None:
    first = desk.materialise()
    # 91 days from Monday, 23 November: thirteen weeks of twelve classes, less those on closed dates.
    assert first.made == desk.count("scheduled_classes") == desk.count("trainer_times")
    assert 140 < first.made <= 13 * 12
    assert desk.materialise().made == 0
    desk.now += dt.timedelta(days=1)
    assert desk.materialise().made == 2, "Monday, 22 February came into reach"


def test_a_class_time_that_the_timetable_drops_is_kept_for_those_who_booked_it(desk: Desk) -> None:
    desk.materialise()
    booked = desk.book(desk.contact(), "yoga", "2026-11-26 19:00")
    yoga = desk.offering("yoga")
    desk.facts = with_weekly(desk.facts, "yoga", tuple(slot for slot in yoga.weekly if slot[0] != 3))
    changed = desk.materialise()
    assert changed.stranded == (booked.scheduled_class_id,)
    assert changed.dropped == 12
    assert "19:00" not in desk.free("yoga", "2026-12-03 00:00", "2026-12-04 00:00")
    priya = desk.trainer("priya")
    assert "19:00" in desk.free("trial", "2026-12-03 00:00", "2026-12-04 00:00", trainer_id=priya)
    assert desk.materialise().dropped == 0


def test_a_class_follows_a_change_of_trainer_and_size(desk: Desk) -> None:
    desk.materialise()
    for person in desk.contacts(3):
        desk.book(person, "boxing", "2026-11-26 18:00")
    boxing = desk.offering("boxing")
    desk.facts = with_weekly(
        desk.facts, "boxing", boxing.weekly, trainer_id=desk.trainer("priya"), capacity=2
    )
    desk.materialise()
    with desk.session() as session:
        full = scheduled_classes.find(session, boxing.id, desk.at("2026-11-26 18:00"))
        other = scheduled_classes.find(session, boxing.id, desk.at("2026-12-03 18:00"))
    assert full is not None
    assert other is not None
    assert (desk.key(full.trainer_id), full.capacity, other.capacity) == ("priya", 3, 2)
    assert "18:00" in desk.free(
        "trial", "2026-12-03 17:00", "2026-12-03 20:00", trainer_id=desk.trainer("marcus")
    )


def test_a_class_whose_trainer_is_booked_otherwise_is_reported(desk: Desk) -> None:
    marcus = desk.trainer("marcus")
    desk.book(desk.contact(), "trial", "2026-11-26 16:00", trainer_id=marcus)
    boxing = desk.offering("boxing")
    desk.facts = with_weekly(desk.facts, "boxing", (*boxing.weekly, (3, dt.time(16))))
    (untaught,) = desk.materialise().untaught
    with desk.session() as session:
        assert scheduled_classes.get(session, untaught).starts_at == desk.at("2026-11-26 16:00")


def test_a_class_that_is_called_off_stays_off_and_frees_its_trainer(desk: Desk) -> None:
    desk.materialise()
    boxing = desk.offering("boxing")
    booked = desk.book(desk.contact(), "boxing", "2026-11-26 18:00")
    with desk.session() as session:
        assert booked.scheduled_class_id is not None
        (told,) = scheduled_classes.cancel(
            session, booked.scheduled_class_id, now=desk.now, reason="trainer ill"
        )
        assert (told.id, told.status, told.late_cancel) == (booked.id, "cancelled", False)
        with pytest.raises(Conflict):
            scheduled_classes.cancel(session, booked.scheduled_class_id, now=desk.now, reason="trainer ill")
    assert desk.materialise().made == 0
    assert desk.free("boxing", "2026-11-26 00:00", "2026-11-27 00:00") == []
    assert "18:00" in desk.free(
        "trial", "2026-11-26 17:00", "2026-11-26 20:00", trainer_id=desk.trainer("marcus")
    )
    with desk.session() as session:
        assert (
            scheduled_classes.list_between(
                session,
                start=desk.at("2026-11-26 00:00"),
                end=desk.at("2026-11-27 00:00"),
                offering_id=boxing.id,
            )
            == []
        )
        lines = bookings.agenda(session, desk.facts, desk.trainer("marcus"), dt.date(2026, 11, 26))
    assert lines == []
