"""Exports: whole lists as CSV, for spreadsheets and for moving out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import FactsDep, SessionDep
from api.errors import documented
from api.tables import csv_response
from crm import directory
from crm.db import TenantSession
from crm.facts import GymFacts

router = APIRouter(
    prefix="/api/v1/exports",
    tags=["exports"],
    responses={**documented(), 200: {"content": {"text/csv": {}}, "description": "CSV"}},
)

Excel = Annotated[bool, Query(description="With the byte order mark by which Excel knows UTF-8")]
PAGE = directory.LARGEST_PAGE


@router.get("/leads.csv", summary="All leads", response_class=StreamingResponse)
def export_leads(session: SessionDep, facts: FactsDep, excel: Excel = False) -> StreamingResponse:
    """Every lead, the oldest first; times are the gym's wall time."""
    header = (
        "Number", "Name", "Phone", "Stage", "Source", "Goal", "Experience", "Preferred time", "Score",
        "Assigned to", "Lost because", "First words", "Created", "Closed",
    )  # fmt: skip
    # Read before the answer begins: the transaction ends with this function.
    rows = list(_leads(session, facts))
    return csv_response("leads", header, rows, now=facts.local(session.now), for_excel=excel)


@router.get("/bookings.csv", summary="All bookings", response_class=StreamingResponse)
def export_bookings(session: SessionDep, facts: FactsDep, excel: Excel = False) -> StreamingResponse:
    """Every booking by its start; times are the gym's wall time."""
    header = (
        "Starts",
        "Ends",
        "Service",
        "Name",
        "Phone",
        "Trainer",
        "Status",
        "Cancelled because",
        "Booked by",
    )
    rows = list(_bookings(session, facts))
    return csv_response("bookings", header, rows, now=facts.local(session.now), for_excel=excel)


def _leads(session: TenantSession, facts: GymFacts) -> Iterator[tuple[Any, ...]]:
    offset = 0
    while rows := directory.leads(session, order="oldest", limit=PAGE, offset=offset).rows:
        for row in rows:
            lead = row.lead
            yield (
                lead.number, row.contact.name, row.contact.phone, lead.stage, lead.source, lead.goal,
                lead.experience, lead.preferred_time, lead.score, row.assigned_to, lead.lost_reason,
                lead.first_words, _wall(facts, lead.created_at), _wall(facts, lead.closed_at),
            )  # fmt: skip
        session.expunge_all()
        offset += PAGE


def _bookings(session: TenantSession, facts: GymFacts) -> Iterator[tuple[Any, ...]]:
    offset = 0
    while rows := directory.bookings(session, limit=PAGE, offset=offset).rows:
        for row in rows:
            booking = row.booking
            yield (
                _wall(facts, booking.starts_at), _wall(facts, booking.ends_at), row.offering.name,
                row.contact.name, row.contact.phone, row.trainer, booking.status, booking.cancelled_reason,
                booking.created_by,
            )  # fmt: skip
        session.expunge_all()
        offset += PAGE


def _wall(facts: GymFacts, instant: Any) -> str:
    return f"{facts.local(instant):%Y-%m-%d %H:%M}" if instant is not None else ""
