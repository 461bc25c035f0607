"""A gym's page for whoever has its address: who they are, and one thing to do: open the chat."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy import text

from api.deps import DatabaseDep
from api.pages import page
from bot import deep_links, wording
from crm import facts as gym_facts
from crm import gyms
from crm.facts import GymFacts

router = APIRouter(prefix="/g", include_in_schema=False)

HELLO = "Hi! I found you on your page."
MOST_CLASSES = 8
LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class GymView:
    """What the page shows; all of it is the gym's own record."""

    name: str
    is_trial_free: bool
    trial_minutes: int | None
    open_words: str
    is_open: bool
    week: tuple[tuple[str, str], ...]
    address: str | None
    directions: str | None
    classes: tuple[str, ...]
    plan: str | None
    phone: str | None
    main: deep_links.DeepLink | None
    others: tuple[deep_links.DeepLink, ...]
    example_day: str


@router.get("/{slug}")
def show_gym(slug: str, database: DatabaseDep) -> HTMLResponse:
    """The page of that gym, made for a phone; nothing on it is loaded from elsewhere."""
    with database.system_session() as system:
        gym_id = system.execute(
            text("SELECT id FROM door_gyms() WHERE slug = :slug"), {"slug": slug}
        ).scalar()
    if gym_id is None:
        return page(
            "notice.html", status=404, title="No gym here", words="Check the address, or ask the gym for it."
        )
    with database.tenant_session(gym_id) as session:
        facts = gym_facts.load(session)
        links = deep_links.links(gyms.list_inboxes(session), words=HELLO, code=None)
        view = _view(facts, links, session.now)
    return page("gym.html", style="gym.css", is_public=True, gym=view)


def _view(facts: GymFacts, links: list[deep_links.DeepLink], now: dt.datetime) -> GymView:
    local = facts.local(now)
    trial = facts.trial
    is_open, words = _open_words(facts, local)
    cheapest = min(
        (plan for plan in facts.plans if plan.kind == "membership" and plan.per == "month"),
        key=lambda plan: plan.price,
        default=None,
    )
    return GymView(
        name=facts.gym.name,
        is_trial_free=trial is not None and not trial.price,
        trial_minutes=trial.minutes if trial is not None else None,
        open_words=words,
        is_open=is_open,
        week=_week(facts),
        address=facts.gym.address,
        directions=facts.gym.directions,
        classes=tuple(one.name for one in facts.offerings if one.is_class)[:MOST_CLASSES],
        plan=f"From {wording.money(facts, cheapest.price, LANGUAGE)} a month"
        if cheapest is not None
        else None,
        phone=facts.gym.phone,
        main=links[0] if links else None,
        others=tuple(links[1:]),
        example_day=_example_day(facts, local),
    )


def _example_day(facts: GymFacts, local: dt.datetime) -> str:
    """A weekday on which they are open at ten, the next but one where it is such a day."""
    ten = dt.time(10)
    weekdays = [(local.weekday() + ahead) % 7 for ahead in range(2, 9)]
    fitting = (
        day for day in weekdays if any(start <= ten < end for start, end in facts.opening_hours.get(day, ()))
    )
    return wording.weekday(facts, next(fitting, weekdays[0]), LANGUAGE)


def _week(facts: GymFacts) -> tuple[tuple[str, str], ...]:
    """Opening hours with equal days in a row together: Mon to Thu 06:00-22:00."""
    found: list[tuple[list[int], str]] = []
    for number in range(7):
        spans = facts.opening_hours.get(number, ())
        hours = ", ".join(
            f"{wording.clock(facts, start)}-{wording.clock(facts, end)}" for start, end in spans
        )
        hours = hours or "closed"
        if found and found[-1][1] == hours:
            found[-1][0].append(number)
        else:
            found.append(([number], hours))
    return tuple((_days(facts, days), hours) for days, hours in found)


def _days(facts: GymFacts, days: list[int]) -> str:
    first, last = (wording.weekday(facts, day, LANGUAGE, short=True) for day in (days[0], days[-1]))
    return first if len(days) == 1 else f"{first} to {last}"


def _open_words(facts: GymFacts, local: dt.datetime) -> tuple[bool, str]:
    """Whether they are open just now, in words: until when, or from when again."""
    for ahead in range(8):
        day = local.date() + dt.timedelta(days=ahead)
        if day in facts.closed_dates:
            continue
        for start, end in facts.opening_hours.get(day.weekday(), ()):
            if ahead == 0 and start <= local.time() < end:
                return True, f"Open now, until {wording.clock(facts, end)}"
            if ahead > 0 or local.time() < start:
                name = {0: "today", 1: "tomorrow"}.get(ahead) or wording.weekday(
                    facts, day.weekday(), LANGUAGE
                )
                return False, f"Opens {name} at {wording.clock(facts, start)}"
    return False, "Closed for now"
