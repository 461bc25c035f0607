"""A booking for the person's own calendar, by the signed link in its confirmation."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from api.deps import DatabaseDep, SettingsDep
from crm import bookings
from crm import facts as gym_facts
from crm.errors import NotFound
from crm.links import LinkExpired, LinkInvalid, read_calendar_token

router = APIRouter(prefix="/calendar", include_in_schema=False)

EXPIRED = "This link has expired: the session is over."
BROKEN = (
    "This link does not work; it may have been cut off when it was copied. Ask in the chat for a new one."
)


@router.get("/{token}.ics")
def add_to_calendar(token: str, database: DatabaseDep, settings: SettingsDep) -> Response:
    """The event as it is now: after a move the new time, after a cancellation the word that it is off."""
    from crm import calendar_files  # iCalendar takes as long to import as all routes together

    try:
        access = read_calendar_token(settings, token)
        with database.tenant_session(access.gym_id) as session:
            access.ensure_fresh(session.now)
            facts = gym_facts.load(session)
            family = bookings.family(session, bookings.get_booking(session, access.booking_id))
            booking = next((one for one in reversed(family) if one.status != "cancelled"), family[-1])
            raw = calendar_files.booking_file(
                facts, booking, facts.offering_by_id(booking.offering_id), family=family, now=session.now
            )
    except LinkExpired:
        return PlainTextResponse(EXPIRED, 410)
    except (LinkInvalid, NotFound):
        return PlainTextResponse(BROKEN, 404)
    headers = {"Content-Disposition": 'inline; filename="session.ics"', "Cache-Control": "no-store"}
    return Response(raw, media_type=calendar_files.MIME_TYPE, headers=headers)
