"""Bookings and the times that are free."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.deps import ActorDep, FactsDep, ListOf, SessionDep, SliceDep, WriteSessionDep
from api.errors import documented
from bot import consequences
from crm import bookings, desk, directory
from crm import facts as gym_facts
from crm.db import TenantSession
from crm.directory import BookingRow
from crm.errors import Invalid
from crm.facts import GymFacts, OfferingFact

router = APIRouter(prefix="/api/v1", responses=documented())

Status = Literal["held", "booked", "in_progress", "attended", "no_show", "cancelled"]
LONGEST_LOOK = dt.timedelta(days=31)
BookedAt = Annotated[
    dt.datetime,
    Field(description="With an offset, or without one as the gym's wall time", examples=["2026-11-21T11:00"]),
]


class BookingOut(BaseModel):
    """A place kept for somebody."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193449a-4a00-7000-8000-000000000030",
                    "contact_id": "0193449a-4a00-7000-8000-000000000007",
                    "name": "Ana Silva",
                    "service": "trial",
                    "kind": "trial",
                    "trainer": "aoife",
                    "starts_at": "2026-11-21T11:00:00Z",
                    "starts_at_local": "2026-11-21T11:00:00",
                    "ends_at": "2026-11-21T11:45:00Z",
                    "status": "booked",
                    "confirmed_by_guest_at": None,
                    "replaces_id": None,
                    "moved_to_id": None,
                    "cancelled_reason": None,
                    "late_cancel": False,
                    "created_by": "bot",
                    "created_at": "2026-11-20T10:01:00Z",
                }
            ]
        }
    )

    id: uuid.UUID
    contact_id: uuid.UUID
    name: str | None
    service: str = Field(description="Key of the offering")
    kind: str = Field(description="trial, personal, online or class")
    trainer: str | None = Field(description="Key of the trainer")
    starts_at: dt.datetime
    starts_at_local: dt.datetime = Field(description="The gym's wall time, without offset")
    ends_at: dt.datetime
    status: str = Field(description="held, booked, in_progress, attended, no_show or cancelled")
    confirmed_by_guest_at: dt.datetime | None
    replaces_id: uuid.UUID | None = Field(description="The booking that was moved here")
    moved_to_id: uuid.UUID | None = Field(description="The booking that this one was moved to")
    cancelled_reason: str | None
    late_cancel: bool
    created_by: str
    created_at: dt.datetime

    @classmethod
    def of(cls, row: BookingRow, facts: GymFacts) -> BookingOut:
        """A booking as the API tells it."""
        said = {"name", "service", "kind", "trainer", "starts_at_local"}
        return cls(
            **row.booking.model_dump(include=set(cls.model_fields) - said),
            name=row.contact.name,
            service=row.offering.key,
            kind=row.offering.kind,
            trainer=row.trainer,
            starts_at_local=facts.local(row.booking.starts_at).replace(tzinfo=None),
        )


class NewBooking(BaseModel):
    """Which place, for whom."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "contact_id": "0193449a-4a00-7000-8000-000000000007",
                    "service": "trial",
                    "starts_at": "2026-11-21T11:00",
                    "trainer": "aoife",
                }
            ]
        },
    )

    contact_id: uuid.UUID
    service: str = Field(description="Key of the offering", examples=["trial"])
    starts_at: BookedAt
    trainer: str | None = Field(None, description="Key of the trainer; without one, whoever is free")


class Move(BaseModel):
    """Where to."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"starts_at": "2026-11-21T12:00"}]}
    )

    starts_at: BookedAt
    trainer: str | None = Field(None, description="Key of the trainer; without one, the same if free")


class Cancellation(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "ill"}]})

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None


class TimeSlotOut(BaseModel):
    """A free start."""

    service: str = Field(examples=["trial"])
    starts_at: dt.datetime = Field(examples=["2026-11-21T11:00:00Z"])
    starts_at_local: dt.datetime = Field(examples=["2026-11-21T11:00:00"])
    ends_at: dt.datetime = Field(examples=["2026-11-21T11:45:00Z"])
    trainers: list[str] = Field(description="Keys of who is free", examples=[["aoife", "tom"]])
    seats_left: int | None = Field(description="Of a class", examples=[None])


@router.get("/bookings", tags=["bookings"], summary="List bookings")
def list_bookings(
    session: SessionDep,
    facts: FactsDep,
    part: SliceDep,
    contact_id: Annotated[uuid.UUID | None, Query(description="Only this person's")] = None,
    service: Annotated[str | None, Query(max_length=80, description="Only of this offering (key)")] = None,
    trainer: Annotated[str | None, Query(max_length=80, description="Only with this trainer (key)")] = None,
    status: Annotated[Status | None, Query(description="Only with this status")] = None,
    starts_from: Annotated[
        AwareDatetime | None, Query(description="Beginning at this instant or later")
    ] = None,
    starts_until: Annotated[AwareDatetime | None, Query(description="Beginning before this instant")] = None,
) -> ListOf[BookingOut]:
    """Bookings by their start."""
    page = directory.bookings(
        session, contact_id=contact_id, service=service, trainer=trainer, status=status, starts_from=starts_from,
        starts_until=starts_until, limit=part.limit, offset=part.offset,
    )  # fmt: skip
    return ListOf[BookingOut].of([BookingOut.of(row, facts) for row in page.rows], page.total, part)


@router.post(
    "/bookings", tags=["bookings"], status_code=201, summary="Book", responses=documented(404, 409, 503)
)
def create_booking(session: WriteSessionDep, actor: ActorDep, new: NewBooking) -> BookingOut:
    """Book a place for a person, as staff do: the minimum notice does not bind."""
    facts = gym_facts.load(session)
    person = directory.person(session, new.contact_id)
    booking = desk.book(
        session, facts, person.contact.id, _offering(facts, new.service), _instant(facts, new.starts_at),
        now=session.now, actor=actor, trainer_id=_trainer(facts, new.trainer),
    )  # fmt: skip
    consequences.booked(session, facts, booking, session.now, actor=actor)
    consequences.tell_person(session, facts, booking, "utter_staff_booked", session.now, with_buttons=True)
    return _told(session, facts, booking.id)


@router.get("/bookings/{booking_id}", tags=["bookings"], summary="Get a booking", responses=documented(404))
def get_booking(session: SessionDep, facts: FactsDep, booking_id: uuid.UUID) -> BookingOut:
    """One booking."""
    return _told(session, facts, booking_id)


@router.post(
    "/bookings/{booking_id}/move",
    tags=["bookings"],
    summary="Move a booking",
    responses=documented(404, 409, 503),
)
def move_booking(session: WriteSessionDep, actor: ActorDep, booking_id: uuid.UUID, to: Move) -> BookingOut:
    """To another time; answers with the new booking, the old one is cancelled in the same step."""
    facts = gym_facts.load(session)
    old = directory.booking(session, booking_id).booking
    new = desk.move(
        session, facts, booking_id, _instant(facts, to.starts_at), now=session.now, actor=actor,
        trainer_id=_trainer(facts, to.trainer),
    )  # fmt: skip
    consequences.moved(session, facts, old, new, session.now, actor=actor)
    consequences.tell_person(session, facts, new, "utter_staff_moved", session.now, with_buttons=True)
    return _told(session, facts, new.id)


@router.post(
    "/bookings/{booking_id}/cancel",
    tags=["bookings"],
    summary="Cancel a booking",
    responses=documented(404, 409, 503),
)
def cancel_booking(
    session: WriteSessionDep, actor: ActorDep, booking_id: uuid.UUID, why: Cancellation | None = None
) -> BookingOut:
    """Give the place up."""
    facts = gym_facts.load(session)
    directory.booking(session, booking_id)
    booking = desk.cancel(
        session, facts, booking_id, now=session.now, actor=actor, reason=why.reason if why else None
    )
    consequences.cancelled(session, facts, booking, session.now, actor=actor)
    consequences.tell_person(session, facts, booking, "utter_staff_cancelled", session.now)
    return _told(session, facts, booking.id)


@router.get("/availability", tags=["bookings"], summary="Free times of an offering")
def list_free_times(
    session: SessionDep,
    facts: FactsDep,
    service: Annotated[str, Query(max_length=80, description="Key of the offering")],
    start: Annotated[
        dt.datetime | None, Query(alias="from", description="Local without offset; now unless given")
    ] = None,
    until: Annotated[
        dt.datetime | None, Query(description="Local without offset; a week later unless given")
    ] = None,
    trainer: Annotated[str | None, Query(max_length=80, description="Only with this trainer (key)")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many, spread over the days")] = 50,
) -> list[TimeSlotOut]:
    """Starts that can be booked at this moment; what is shown here, booking accepts."""
    offering = _offering(facts, service)
    first = _instant(facts, start) if start else session.now
    last = _instant(facts, until) if until else first + dt.timedelta(days=7)
    if not dt.timedelta() <= last - first <= LONGEST_LOOK:
        raise Invalid("until must follow from within 31 days", field="until")
    slots = bookings.free_times(
        session, facts, offering, start=first, end=last, now=session.now, trainer_id=_trainer(facts, trainer),
        limit=limit,
    )  # fmt: skip
    found = []
    for slot in slots:
        people = [person.key for one in slot.trainer_ids if (person := facts.staff_by_id(one))]
        found.append(
            TimeSlotOut(
                service=offering.key, starts_at=slot.starts_at, ends_at=slot.ends_at, trainers=people,
                starts_at_local=facts.local(slot.starts_at).replace(tzinfo=None), seats_left=slot.seats_left,
            )
        )  # fmt: skip
    return found


def _told(session: TenantSession, facts: GymFacts, booking_id: uuid.UUID) -> BookingOut:
    session.flush()
    session.expire_all()  # calendar writes are statements of their own
    return BookingOut.of(directory.booking(session, booking_id), facts)


def _offering(facts: GymFacts, key: str) -> OfferingFact:
    found = facts.offering_by_key(key)
    if found is None:
        raise Invalid(
            f"there is no service {key!r}", field="service", choices=[one.key for one in facts.offerings]
        )
    return found


def _trainer(facts: GymFacts, key: str | None) -> uuid.UUID | None:
    if key is None:
        return None
    found = next((one for one in facts.trainers if one.key == key), None)
    if found is None:
        raise Invalid(
            f"there is no trainer {key!r}", field="trainer", choices=[one.key for one in facts.trainers]
        )
    return found.id


def _instant(facts: GymFacts, at: dt.datetime) -> dt.datetime:
    """An instant as given, or of the gym's wall time where it has no offset."""
    try:
        return facts.instant(at) if at.tzinfo is None else at.astimezone(dt.UTC)
    except OverflowError:
        raise Invalid("that time is too far away", field="starts_at") from None
