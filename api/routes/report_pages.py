"""The read-only web report, opened by the signed link that staff get in chat. There is no other route than GET."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import DatabaseDep, SettingsDep
from api.pages import page
from api.report_view import stopped_channels, view
from crm import facts as gym_facts
from crm.errors import NotFound
from crm.facts import GymFacts
from crm.links import LinkExpired, LinkInvalid, read_report_token
from crm.reports import Period, PeriodInvalid

router = APIRouter(prefix="/report", include_in_schema=False)

RANGES = (7, 30, 90)
USUAL = 30
BAD_DAYS = "These days cannot be shown: the first must not be after the last, and at most a year fits. Here are the last 30."


@router.get("/")
@router.get("")
def show_how() -> HTMLResponse:
    """Without a link there is nothing to see but how to get one."""
    return _closed(
        403, "This report needs a link", "It is for the staff only, so it opens with a link of your own."
    )


@router.get("/{token}")
def show_report(request: Request, token: str, database: DatabaseDep, settings: SettingsDep) -> HTMLResponse:
    """The report of the gym that the link is for."""
    try:
        access = read_report_token(settings, token)
        with database.tenant_session(access.gym_id) as session:
            access.ensure_fresh(session.now)
            facts = gym_facts.load(session)
            if facts.staff_by_key(access.staff_key) is None:
                raise LinkInvalid
            period, days, notice = _chosen(request, facts, session.now)
            stopped = stopped_channels(session, facts)
            shown = view(session, facts, period, days=days, expires_at=access.expires_at, notice=notice)
    except LinkExpired:
        return _closed(
            410, "This link has expired", "Links to the report work for 24 hours, and this one is older."
        )
    except (LinkInvalid, NotFound):
        return _closed(
            403,
            "This link does not work",
            "It may have been cut off when it was copied, or belong to somebody who has left.",
        )
    return page("report.html", view=shown, stopped=stopped)


def _chosen(request: Request, facts: GymFacts, now: dt.datetime) -> tuple[Period, int | None, str]:
    """The days asked for, which of the usual ranges they are, and what to say where they make no sense."""
    today = facts.local(now).date()
    asked = request.query_params
    usual = Period.last_days(USUAL, until=today)
    if "from" in asked or "until" in asked:
        try:
            first = dt.date.fromisoformat(asked.get("from", ""))
            last = dt.date.fromisoformat(asked.get("until", ""))
            if first.year < 1900 or last.year > 2900:
                raise PeriodInvalid
            return Period(first, last), None, ""
        except (ValueError, PeriodInvalid):
            return usual, USUAL, BAD_DAYS
    days = asked.get("days", "")
    if days.isascii() and days.isdecimal() and len(days) < 4 and int(days) in RANGES:
        return Period.last_days(int(days), until=today), int(days), ""
    return usual, USUAL, ""


def _closed(status: int, title: str, words: str) -> HTMLResponse:
    return page("closed.html", status=status, title=title, words=words)
