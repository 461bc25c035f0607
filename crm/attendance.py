"""Whether people came: sessions started, done, missed, and wrong taps taken back."""

from __future__ import annotations

import datetime as dt
import uuid

from crm import places
from crm.db import TenantSession
from crm.errors import Conflict, NotFound
from crm.models import Booking

READY_FOR = dt.timedelta(hours=1)
"""How long before its start a session can be started or closed."""

NEXT_STATUS: dict[str, frozenset[str]] = {
    "held": frozenset({"booked", "released"}),
    "booked": frozenset({"in_progress", "attended", "no_show", "cancelled"}),
    "in_progress": frozenset({"attended", "no_show", "booked"}),
    "attended": frozenset({"no_show", "booked"}),
    "no_show": frozenset({"in_progress", "attended", "booked"}),
    "cancelled": frozenset({"booked"}),
    "released": frozenset({"booked"}),
}
"""Which status may follow which. Steps back are corrections of a wrong tap, or an undo."""
_MARKED = frozenset({"in_progress", "attended", "no_show"})


def start(session: TenantSession, booking_id: uuid.UUID, *, now: dt.datetime) -> Booking:
    """The session begins. Raises `Conflict` more than an hour ahead, or from a status that has no beginning."""
    return _set_status(session, booking_id, "in_progress", now=now, not_before=-READY_FOR)


def complete(session: TenantSession, booking_id: uuid.UUID, *, now: dt.datetime) -> Booking:
    """The person was there and it is done; corrects a no-show. Raises `Conflict` like `start`."""
    return _set_status(session, booking_id, "attended", now=now, not_before=-READY_FOR)


def mark_no_show(session: TenantSession, booking_id: uuid.UUID, *, now: dt.datetime) -> Booking:
    """The person did not come; corrects an attendance. Raises `Conflict` before the start."""
    return _set_status(session, booking_id, "no_show", now=now, not_before=dt.timedelta())


def reopen(session: TenantSession, booking_id: uuid.UUID, *, now: dt.datetime) -> Booking:
    """Take `start`, `complete` or `mark_no_show` back; the place was kept all along."""
    return _set_status(session, booking_id, "booked", now=now, not_before=None, expected=_MARKED)


def _set_status(
    session: TenantSession, booking_id: uuid.UUID, status: str, *, now: dt.datetime,
    not_before: dt.timedelta | None, expected: frozenset[str] | None = None,
) -> Booking:  # fmt: skip
    booking = session.get(Booking, (session.gym_id, booking_id), populate_existing=True, with_for_update=True)
    if booking is None:
        raise NotFound("no such booking", booking_id=booking_id)
    if booking.status == status:
        return booking
    if status not in NEXT_STATUS[booking.status] or (expected is not None and booking.status not in expected):
        raise Conflict(
            f"{booking.status} cannot become {status}", status=booking.status, booking_id=booking.id
        )
    if not_before is not None and now < booking.starts_at + not_before:
        raise Conflict(
            "it has not begun", status=booking.status, booking_id=booking.id, starts_at=booking.starts_at
        )
    booking.status = status
    booking.ended_at = now if status in ("attended", "no_show") else None
    session.flush()
    places.changed(session)
    return booking
