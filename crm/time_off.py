"""When trainers are away in spite of their weekly hours.

While a stretch of time off stands nobody can be booked with that trainer in it:
`crm.availability` does not offer the time, and the statements of `crm.places` that take
a trainer's time look for it themselves, under the trainer's lock, which is taken here
too. What was booked before stays booked, and classes stay on: who has to be moved or
covered is for people to decide.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from crm import activities, locks, places
from crm.db import TenantSession
from crm.errors import Conflict, Invalid, NotFound
from crm.models import TimeOff, new_id


class AwayAlready(Conflict):
    """The trainer is away for all of that stretch already; `time_off_id` says by which."""

    code = "away_already"


def add(
    session: TenantSession, trainer_id: uuid.UUID, starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime,
    actor: str,
) -> TimeOff:  # fmt: skip
    """Keep the trainer free of new bookings from `starts_at` to before `ends_at`; open holds in it are given up.

    Raises `Invalid` for a stretch that ends before it begins or is over, `AwayAlready`
    where one that stands covers it.
    """
    if ends_at <= starts_at or ends_at <= now:
        raise Invalid("time off ends after it begins, and not in the past", field="ends_at")

    def write() -> TimeOff:
        covered = session.exec(
            _standing().where(
                TimeOff.trainer_id == trainer_id, TimeOff.starts_at <= starts_at, TimeOff.ends_at >= ends_at
            )
        ).first()
        if covered is not None:
            raise AwayAlready("the trainer is away then already", time_off_id=covered.id)
        places.release_of_trainer(session, trainer_id, starts_at, ends_at, now=now)
        row = TimeOff(
            gym_id=session.gym_id, id=new_id(), trainer_id=trainer_id, starts_at=starts_at, ends_at=ends_at,
            created_by=actor, created_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    row = locks.run_locked(session, [locks.trainer_key(session, trainer_id)], write)
    _note(session, row, "time_off.added", actor, now)
    return row


def take_back(session: TenantSession, time_off_id: uuid.UUID, *, now: dt.datetime, actor: str) -> TimeOff:
    """The trainer can be booked again in that stretch. Raises `NotFound`, or `Conflict` where it was taken back."""
    row = get(session, time_off_id)
    if row.taken_back_at is not None:
        raise Conflict("it was taken back before", time_off_id=row.id)
    row.taken_back_at = now
    session.add(row)
    session.flush()
    _note(session, row, "time_off.taken_back", actor, now)
    return row


def get(session: TenantSession, time_off_id: uuid.UUID) -> TimeOff:
    """The stretch as it is now; raises `NotFound`."""
    query = select(TimeOff).where(TimeOff.id == time_off_id).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound("no such time off", time_off_id=time_off_id)
    return row


def list_ahead(
    session: TenantSession, *, now: dt.datetime, trainer_id: uuid.UUID | None = None
) -> Sequence[TimeOff]:
    """What stands and is not over, soonest first; one trainer's or everybody's."""
    query = _standing().where(TimeOff.ends_at > now)
    if trainer_id is not None:
        query = query.where(TimeOff.trainer_id == trainer_id)
    return session.exec(query.order_by(col(TimeOff.starts_at), col(TimeOff.id))).all()


def _standing() -> SelectOfScalar[TimeOff]:
    return select(TimeOff).where(col(TimeOff.taken_back_at).is_(None))


def _note(session: TenantSession, row: TimeOff, kind: str, actor: str, now: dt.datetime) -> None:
    activities.record(
        session, kind, actor=actor, now=now, time_off_id=str(row.id), trainer_id=str(row.trainer_id),
        starts_at=row.starts_at.isoformat(), ends_at=row.ends_at.isoformat(),
    )  # fmt: skip
