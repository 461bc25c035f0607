"""Reports: the questions of `crm.reports`, as JSON or CSV."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from api.deps import FactsDep, SessionDep
from api.errors import documented
from api.tables import csv_response
from crm.errors import NotFound
from crm.facts import GymFacts
from crm.reports import REPORTS, Period, Report

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], responses=documented())

DEFAULT_DAYS = 30
From = Annotated[
    dt.date | None, Query(alias="from", description="First local day; 30 days back unless given")
]
Until = Annotated[dt.date | None, Query(description="Last local day, included; today unless given")]


class ColumnOut(BaseModel):
    """One column of a report."""

    name: str = Field(examples=["leads"])
    title: str = Field(examples=["New leads"])
    kind: str = Field(
        description="date, text, count, share (0 to 1) or duration (seconds)", examples=["count"]
    )


class ReportOut(BaseModel):
    """A question that can be asked."""

    name: str = Field(examples=["leads_by_day"])
    title: str = Field(examples=["New leads by day"])
    question: str = Field(examples=["How many people asked, when, and through which channel?"])
    columns: list[ColumnOut]

    @classmethod
    def of(cls, report: Report) -> ReportOut:
        """A report without its rows."""
        columns = [ColumnOut(name=one.name, title=one.title, kind=one.kind) for one in report.columns]
        return cls(name=report.name, title=report.title, question=report.question, columns=columns)


class ReportRows(ReportOut):
    """A question with its answer."""

    since: dt.date = Field(alias="from")
    until: dt.date
    rows: list[dict[str, Any]] = Field(
        description="By column name", examples=[[{"day": "2026-11-20", "source": "whatsapp", "leads": 3}]]
    )


@router.get("", summary="List reports")
def list_reports(_: SessionDep) -> list[ReportOut]:
    """What can be asked."""
    return [ReportOut.of(report) for report in REPORTS.values()]


@router.get(
    "/{name}",
    summary="Get a report",
    response_model=ReportRows,
    responses={
        **documented(404),
        200: {"content": {"text/csv": {}}, "description": "JSON, or CSV if asked for"},
    },
)
def get_report(
    session: SessionDep,
    facts: FactsDep,
    name: str,
    since: From = None,
    until: Until = None,
    form: Annotated[
        Literal["json", "csv", "excel"],
        Query(alias="format", description="excel is CSV with a byte order mark"),
    ] = "json",
) -> ReportRows | Response:
    """The answer for a range of the gym's local days."""
    report = REPORTS.get(name)
    if report is None:
        raise NotFound("no such report", name=name, reports=sorted(REPORTS))
    period = choose(since, until, facts, session.now)
    rows = report.rows(session, facts, period)
    if form != "json":
        return _as_csv(report, rows, facts.local(session.now), for_excel=form == "excel")
    told = ReportOut.of(report).model_dump()
    told |= {"from": period.first, "until": period.last, "rows": [report.as_dict(row) for row in rows]}
    return ReportRows.model_validate(told)


def choose(since: dt.date | None, until: dt.date | None, facts: GymFacts, now: dt.datetime) -> Period:
    """The days asked for; those that are not said follow from the others and from today."""
    last = until or max(since or dt.date.min, facts.local(now).date())
    try:
        return Period(since or last - dt.timedelta(days=DEFAULT_DAYS - 1), last)
    except OverflowError:
        return Period(last, last)


def _as_csv(report: Report, rows: Any, local: dt.datetime, *, for_excel: bool) -> StreamingResponse:
    header = [column.title for column in report.columns]
    return csv_response(
        report.name, header, [report.values(row) for row in rows], now=local, for_excel=for_excel
    )
