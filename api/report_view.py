"""What the report page shows: the reports of `crm.reports` as figures, charts and tables, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from api import charts
from api.charts import Bar, Series, duration
from bot import cards, channels, refusals, wording
from bot.answers import words
from crm import channel_health
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.leads import LOST, WON
from crm.reports import REPORTS, Period, Report
from crm.reports.funnel import FunnelStage, funnel
from crm.reports.leads_by_day import LeadsOnDay, leads_by_day
from crm.reports.response_times import ResponseTime, response_times
from crm.reports.trials import TrialAt, TrialsOnDay, TrialTotals, count_made, totals, trials, trials_on

CHANNELS = {
    "whatsapp": "WhatsApp",
    "instagram": "Instagram",
    "telegram": "Telegram",
    "sms": "SMS",
    "whatsapp-twilio": "WhatsApp (Twilio)",
}
"""How people call the channels, in the order of their colours."""
MOST_BARS = 45
"""From more days than this on, weeks are shown."""
STATUSES = {
    "held": ("being booked", ""), "booked": ("to come", ""), "in_progress": ("now", ""),
    "attended": ("came", "done"), "no_show": ("did not come", "missed"), "cancelled": ("cancelled", ""),
}  # fmt: skip
FATES = (
    ("attended", Series("Came", "good")),
    ("no_show", Series("Did not come", "bad")),
    ("upcoming", Series("To come", "wait")),
    ("unmarked", Series("Over, not marked", "ask")),
    ("cancelled", Series("Cancelled", "none")),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with what it means."""

    name: str
    figure: str
    note: str


@dataclass(frozen=True, slots=True)
class Table:
    """A report as rows of words."""

    caption: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with all that stands around it; `chart` is None where there is nothing to show."""

    chart: Markup | None = None
    legend: Markup | str = ""
    table: Table | None = None
    words: str = ""
    per: str = "day"


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One stage with its bar."""

    name: str
    count: int
    share: str
    bar: Markup


@dataclass(frozen=True, slots=True)
class Funnel:
    """The pipeline."""

    rows: Sequence[FunnelRow]
    table: Table


@dataclass(frozen=True, slots=True)
class TodaysTrial:
    """One line of today's list."""

    at: str
    name: str
    about: str
    status: str
    mark: str


@dataclass(frozen=True, slots=True)
class View:
    """All that the template needs, in words."""

    gym: str
    days: int | None
    """7, 30 or 90, or None for days of one's own."""
    first: str
    last: str
    today: str
    period_words: str
    today_words: str
    tiles: Sequence[Tile]
    trials_today: Sequence[TodaysTrial]
    leads: Chart
    funnel: Funnel
    trials: Chart
    answers: Chart
    made_words: str
    expires_words: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """The answers of the reports, for the period and for the one before it."""

    leads: Sequence[LeadsOnDay]
    leads_before: int
    stages: Sequence[FunnelStage]
    trials: Sequence[TrialsOnDay]
    trials_made: int
    trials_made_before: int
    answers: Sequence[ResponseTime]
    today: Sequence[TrialAt] = field(default_factory=tuple)


def view(
    session: TenantSession, facts: GymFacts, period: Period, *, days: int | None, expires_at: dt.datetime, notice: str
) -> View:  # fmt: skip
    """Ask all reports and put their answers into words."""
    local = facts.local(session.now)
    before = Period.last_days(len(period.days), until=period.first - dt.timedelta(days=1))
    found = _Found(
        leads=leads_by_day(session, facts, period),
        leads_before=sum(row.leads for row in leads_by_day(session, facts, before)),
        stages=funnel(session, facts, period),
        trials=trials(session, facts, period),
        trials_made=count_made(session, facts, period),
        trials_made_before=count_made(session, facts, before),
        answers=response_times(session, facts, period),
        today=trials_on(session, facts, local.date()),
    )
    count = len(period.days)
    return View(
        gym=facts.gym.name,
        days=days,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        today=local.date().isoformat(),
        period_words=f"{_range(period)} ({count} {'day' if count == 1 else 'days'})",
        today_words=_long_day(local.date()),
        tiles=_tiles(found, count),
        trials_today=[_todays_trial(trial) for trial in found.today],
        leads=_leads(found.leads, period),
        funnel=_funnel(found.stages, period),
        trials=_trials(found.trials, period),
        answers=_answers(found.answers, period),
        made_words=f"Made at {local:%H:%M} on {_long_day(local.date())}, {facts.gym.timezone.replace('_', ' ')} time.",
        expires_words=f"{facts.local(expires_at):%H:%M} on {_day(facts.local(expires_at).date())}",
        notice=notice,
    )


def stopped_channels(session: TenantSession, facts: GymFacts) -> list[str]:
    """What works no longer, since when, and how to mend it: the staff group cannot be told if it is that."""
    return [
        words(
            "utter_staff_health_stopped", channel=cards.channel_name(one.channel),
            since=wording.short_when(facts, one.stopped_at), reason=(one.reason or "").rstrip("."), code=one.code or "-",
            mend=refusals.mend_words(channels.CHANNELS[one.channel].repair(one.code)),
        )
        for one in channel_health.list_health(session)
        if one.stopped_at is not None
    ]  # fmt: skip


def _tiles(found: _Found, days: int) -> list[Tile]:
    new = sum(row.leads for row in found.leads)
    sums = totals(found.trials)
    joined = next((row for row in found.stages if row.stage == WON), None)
    known = sums.attended + sums.no_show
    bot, person = found.answers
    return [
        Tile("New leads", f"{new:,}", _against(new, found.leads_before, days)),
        Tile(
            "Trials booked",
            f"{found.trials_made:,}",
            _against(found.trials_made, found.trials_made_before, days),
        ),
        Tile(
            "Came to their trial",
            _percent(sums.show_rate),
            f"{sums.attended} of {known} who are marked" if known else _trial_note(sums),
        ),
        Tile(
            "Joined",
            f"{joined.reached if joined else 0:,}",
            f"{_percent(joined.share_of_all)} of these leads so far"
            if joined and new
            else "no leads to join yet",
        ),
        _answer_tile("Bot’s first answer", bot, new),
        _answer_tile("People’s first answer", person, new),
    ]


def _answer_tile(name: str, row: ResponseTime, new: int) -> Tile:
    note = (
        f"median of {row.leads} answered"
        if row.leads
        else "nobody answered yet"
        if new
        else "nobody to answer yet"
    )
    return Tile(name, duration(row.median), note)


def _against(now: int, before: int, days: int) -> str:
    if not before:
        return f"none in the {days} days before" if now else ""
    if now == before:
        return f"as many as in the {days} days before"
    more = "more" if now > before else "fewer"
    return f"{abs(now - before):,} {more} than in the {days} days before"


def _trial_note(sums: TrialTotals) -> str:
    """Why nobody is known to have come."""
    if sums.unmarked:
        return "nobody is marked yet"
    return "no trial was due yet" if sums.upcoming else "no trials in these days"


def _leads(rows: Sequence[LeadsOnDay], period: Period) -> Chart:
    buckets = _buckets(period)
    per = "week" if len(period.days) > MOST_BARS else "day"
    if not rows:
        return Chart(per=per)
    present = {row.source for row in rows}
    sources = [name for name in CHANNELS if name in present] + sorted(present - set(CHANNELS))
    series = [
        Series(CHANNELS.get(name, name.replace("_", " ").capitalize()), f"c{min(position, 6)}")
        for position, name in enumerate(sources, start=1)
    ]
    counts: dict[tuple[int, str], int] = {}
    place = {day: position for position, days in enumerate(buckets) for day in days}
    for row in rows:
        key = place[row.day], row.source
        counts[key] = counts.get(key, 0) + row.leads
    bars = [
        Bar(_day(days[0]), _bucket(days), [counts.get((position, name), 0) for name in sources])
        for position, days in enumerate(buckets)
    ]
    table = Table(
        "New leads",
        f"New leads by {per}, {_range(period)}",
        ["Week" if per == "week" else "Day", *(one.name for one in series), "All"],
        [
            [bar.full_label, *(str(value) for value in bar.values), str(bar.total)]
            for bar in bars
        ] + [["All", *(str(sum(bar.values[n] for bar in bars)) for n in range(len(series))), str(sum(b.total for b in bars))]],
    )  # fmt: skip
    chart = charts.stacked_bars(bars, series, title=f"New leads by {per} and channel", unit="leads")
    return Chart(chart, charts.legend(series), table, per=per)


def _funnel(rows: Sequence[FunnelStage], period: Period) -> Funnel:
    anyone = any(row.reached for row in rows)
    # Stages that nobody has been in only repeat the number after them.
    shown = [
        FunnelRow(
            _stage(row.stage),
            row.reached,
            _percent(row.share_of_all),
            charts.bar(row.share_of_all or 0, "none" if row.stage == LOST else "c1"),
        )
        for position, row in enumerate(rows)
        if row.been or row.stage == WON or position == 0
    ]
    report = REPORTS["funnel"]
    table = Table(
        "Pipeline",
        f"Leads of {_range(period)} and how far they came",
        [column.title for column in report.columns],
        [[_stage(row.stage), *_cells(report, row)[1:]] for row in rows],
    )
    return Funnel(shown if anyone else (), table)


def _trials(rows: Sequence[TrialsOnDay], period: Period) -> Chart:
    if not rows:
        return Chart(words="What became of the trials, on the day they were for")
    sums = totals(rows)
    rate = sums.show_rate
    words = f"{sums.booked} booked for these days. "
    words += (
        f"{_percent(rate)} of those who are marked came."
        if rate is not None
        else "Who came is not marked yet."
    )
    buckets = _buckets(period)
    per = "week" if len(period.days) > MOST_BARS else "day"
    fates = [(name, series) for name, series in FATES if getattr(sums, name)]
    place = {day: position for position, days in enumerate(buckets) for day in days}
    values = [[0] * len(fates) for _ in buckets]
    for row in rows:
        for n, (name, _) in enumerate(fates):
            values[place[row.day]][n] += getattr(row, name)
    bars = [Bar(_day(days[0]), _bucket(days), values[position]) for position, days in enumerate(buckets)]
    series = [one for _, one in fates]
    report = REPORTS["trials"]
    table = Table(
        "Trials",
        f"Trials by day, {_range(period)}",
        [column.title for column in report.columns],
        [_cells(report, row) for row in rows],
    )
    chart = charts.stacked_bars(bars, series, title=f"Trials by {per}", unit="trials")
    return Chart(chart, charts.legend(series), table, words, per)


def _answers(rows: Sequence[ResponseTime], period: Period) -> Chart:
    names = {"bot": "Bot", "person": "People"}
    colours = {"bot": "c1", "person": "c2"}
    spans = [
        charts.Span(names[row.answered_by], colours[row.answered_by], row.median, row.p90)
        for row in rows
        if row.median is not None and row.p90 is not None
    ]
    if not spans:
        return Chart()
    series = [
        Series(
            f"{names[row.answered_by]}: median {duration(row.median)}, nine of ten within {duration(row.p90)}"
            f" ({row.leads:,} answered)",
            colours[row.answered_by],
        )
        for row in rows
        if row.leads
    ]
    report = REPORTS["response_times"]
    table = Table(
        "First answers",
        f"Leads of {_range(period)}",
        [column.title for column in report.columns],
        [[names[row.answered_by], *_cells(report, row)[1:]] for row in rows],
    )
    return Chart(charts.durations(spans, title="Time to the first answer"), charts.legend(series), table)


def _todays_trial(trial: TrialAt) -> TodaysTrial:
    status, mark = STATUSES.get(trial.status, (trial.status, ""))
    if trial.status in ("booked", "in_progress") and trial.is_over:
        status = "over, not marked"
    elif trial.status == "booked" and trial.confirmed:
        status = "confirmed"
    about = [f"with {trial.trainer}"] if trial.trainer else []
    about += [trial.goal] if trial.goal else []
    return TodaysTrial(
        f"{trial.starts_at:%H:%M}", trial.name or "No name yet", ", ".join(about), status, mark
    )


def _buckets(period: Period) -> list[list[dt.date]]:
    """The period's days one by one, or where they are many, by calendar week."""
    if len(period.days) <= MOST_BARS:
        return [[day] for day in period.days]
    weeks: list[list[dt.date]] = []
    for day in period.days:
        if not weeks or day.weekday() == 0:
            weeks.append([])
        weeks[-1].append(day)
    return weeks


def _bucket(days: Sequence[dt.date]) -> str:
    return _week_day(days[0]) if len(days) == 1 else f"{_day(days[0])} to {_day(days[-1])}"


def _cells(report: Report, row: Any) -> list[str]:
    words: dict[str, Callable[[Any], str]] = {"share": _percent, "duration": duration, "date": _week_day}
    return [
        words.get(column.kind, str)(value)
        for column, value in zip(report.columns, report.values(row), strict=True)
    ]


def _stage(name: str) -> str:
    return {WON: "Joined"}.get(name, name.replace("_", " ").capitalize())


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b}"


def _week_day(day: dt.date) -> str:
    return f"{day:%a} {_day(day)}"


def _long_day(day: dt.date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def _range(period: Period) -> str:
    if period.first == period.last:
        return f"{_day(period.first)} {period.first.year}"
    year = f" {period.first.year}" if period.first.year != period.last.year else ""
    return f"{_day(period.first)}{year} to {_day(period.last)} {period.last.year}"
