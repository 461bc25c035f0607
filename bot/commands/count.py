"""/count: one number that was asked for, from the records the report goes by."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from dataclasses import dataclass

import regex

from bot import cards, gym_words, moments, wording
from bot.answers import answer, is_plain, order, titled, words
from bot.channels.base import Button
from bot.roles import DESK, EVERYBODY, LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import bookings, lead_lists
from crm.booking_lists import ON_AGENDA
from crm.facts import OfferingFact, StaffFact
from crm.leads import WON
from crm.reports import Period, PeriodInvalid
from crm.reports import funnel as funnel_report
from crm.reports import leads_by_day as leads_report
from crm.reports import trials as trials_report
from crm.reports.base import share

_KINDS = (
    ("summary", r"(?:summary|overall|everything)"),
    ("rate", r"(?:show|no show|attendance)(?: up)? rate"),
    ("joined", r"(?:conversion|close|closing|sign ?up) rate"),
    ("joined", r"(?:members?|sign[- ]?ups?|joiners|conversions?|won|joined|converted|signed up|sales)"),
    ("came", r"(?:(?:people|they|leads?|trials?|who) (?:came|attended|showed)|attended|came|visits)"),
    ("missed", r"(?:no[- ]?shows?|didn'?t (?:come|show)|did not (?:come|show)|missed)"),
    ("cancelled", r"(?:cancell?ations?|cancell?ed|cancels?)"),
    ("trials", r"(?:trials?|intros?|tasters?)"),
    ("bookings", r"(?:bookings?|sessions?|appointments?|places|classes|pts?)"),
    ("leads", r"(?:leads?|enquir(?:y|ies)|inquir(?:y|ies)|prospects?|new people|people (?:wrote|asked|contacted|messaged|got in touch))"),
)  # fmt: skip
_PATTERNS = tuple((kind, regex.compile(rf"\b{pattern}\b")) for kind, pattern in _KINDS)
_MADE = regex.compile(
    r"\b(?:we|i|you|they|got|get|were|was|been|bot)\b.*\b(?:book|booked|make|made)\b|\bmade\b"
)
"""Trials that were booked then, whichever day they are for."""
_GONE_BY = regex.compile(r"\b(?:did|had|came|were|was|last|missed|happened|got)\b")
_ASKING = frozenset(
    """how many much what what's number count total did do does have had has got get been are were any there are new come
    coming came in make made book booked so far we they people yesterday today tomorrow tonight last past this month months
    week weeks year years show showed turn turned marked cancelled all who didn't joined sign signed between since only
    actually really person persons add added write wrote ask asked through contacted messaged got lately overall""".split()  # noqa: SIM905
)
_DAYS = regex.compile(r"\b(?:last|past) (\d{1,3}) days?\b|\b(\d{1,3}) days?\b")
_UNITS = ("day", "week", "month", "year")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}


@dataclass(frozen=True, slots=True)
class _Span:
    """The days that are counted, and how they are called."""

    period: Period
    title: str
    is_named: bool = True


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """The number first; what it is made of in the same line."""
    said = " ".join(text.lower().replace("’", "'").replace("-", " ").split())
    kind = next((kind for kind, pattern in _PATTERNS if pattern.search(said)), None)
    try:
        span = _span(turn, said, kind)
    except PeriodInvalid:
        return [answer("utter_staff_count_too_long")]
    trainer, _ = gym_words.staff_in(turn.facts, said, trainers_only=True)
    if turn.staff.role == "trainer":
        trainer = turn.staff
    if is_plain(turn) and turn.is_group and _is_other_talk(turn, said):
        return []
    if kind is None:
        return [] if is_plain(turn) and turn.is_group else [answer("utter_staff_count_what")]
    if kind in ("leads", "joined", "summary") and turn.staff.role not in DESK:
        return [answer("utter_staff_count_desk", role=turn.staff.role)]
    match kind:
        case "leads":
            return [_leads(turn, span)]
        case "joined":
            return [_joined(turn, span)]
        case "summary":
            return [_summary(turn, span)]
        case "rate" | "missed" | "came":
            return [_attendance(turn, span, trainer, kind)]
        case "cancelled":
            return [_cancelled(turn, span, trainer)]
        case "trials" if trainer is None:
            return [_trials(turn, span, is_made=bool(_MADE.search(said)))]
        case "trials":
            return [_bookings(turn, span, trainer, turn.facts.trial)]
    wanted = gym_words.offering_in(
        turn.facts, regex.sub(r"\b(?:book\w*|session\w*|class\w*|appointment\w*)\b", " ", said)
    )
    return [_bookings(turn, span, trainer, wanted.only)]


def _is_other_talk(turn: StaffTurn, said: str) -> bool:
    """Whether there is more in the words than what is counted and when."""
    for _, pattern in _PATTERNS:
        said = pattern.sub(" ", said)
    return any(word not in _ASKING for word in gym_words.left_over(turn.facts, said))


# What is counted


def _leads(turn: StaffTurn, span: _Span) -> StaffSay:
    if not span.is_named:
        by_stage = lead_lists.count_by_stage(turn.session)
        stages = ", ".join(
            f"{by_stage[one]} {cards.stage_word(one)}" for one in turn.facts.stages if by_stage.get(one)
        )
        total = sum(by_stage.values())
        return answer(
            "utter_staff_count_leads_all", _buttons(turn, "leads"), total=total, stages=stages or "0"
        )
    by_source = Counter[str]()
    for row in leads_report.leads_by_day(turn.session, turn.facts, span.period):
        by_source[row.source] += row.leads
    sources = ", ".join(f"{count} {source}" for source, count in by_source.most_common())
    key = "utter_staff_count_leads" if sources else "utter_staff_count_leads_none"
    return answer(key, _buttons(turn, "leads"), when=span.title, total=by_source.total(), sources=sources)


def _joined(turn: StaffTurn, span: _Span) -> StaffSay:
    rows = funnel_report.funnel(turn.session, turn.facts, span.period)
    leads = max((row.reached for row in rows), default=0)
    joined = next((row.now_here for row in rows if row.stage == WON), 0)
    return answer("utter_staff_count_joined", _buttons(turn), when=span.title, leads=leads, joined=joined)


def _summary(turn: StaffTurn, span: _Span) -> StaffSay:
    """Leads, trials and who came, a line each."""
    parts = (
        _leads(turn, span), _trials(turn, span, is_made=False), _attendance(turn, span, None, "missed"),
    )  # fmt: skip
    return StaffSay("\n".join(part.text for part in parts), _buttons(turn, span=span))


def _trials(turn: StaffTurn, span: _Span, *, is_made: bool) -> StaffSay:
    counted = trials_report.totals(trials_report.trials(turn.session, turn.facts, span.period))
    parts = [
        words(f"utter_staff_count_part_{name}", count=count)
        for name, count in (
            ("booked", counted.booked), ("attended", counted.attended), ("no_show", counted.no_show),
            ("cancelled", counted.cancelled), ("upcoming", counted.upcoming), ("unmarked", counted.unmarked),
        )
        if count or name in ("booked", "attended", "no_show")
    ]  # fmt: skip
    line = words("utter_staff_count_trials", when=span.title, parts=", ".join(parts))
    if is_made:
        made = trials_report.count_made(turn.session, turn.facts, span.period)
        line = words("utter_staff_count_made", when=span.title, made=made, line=line)
    return StaffSay(line, _buttons(turn, span=span))


def _cancelled(turn: StaffTurn, span: _Span, trainer: StaffFact | None) -> StaffSay:
    """Bookings for those days that were given up; one that was moved is not."""
    start, end = span.period.instants(turn.facts)
    rows = [
        row
        for row in bookings.list_bookings(
            turn.session, status=("cancelled",), start=start, end=end, trainer_id=trainer.id if trainer else None, limit=1000
        )
        if row.moved_to_id is None
    ]  # fmt: skip
    late = sum(row.late_cancel for row in rows)
    of_those = words("utter_staff_count_cancelled_late", count=late) if late else ""
    return answer(
        "utter_staff_count_cancelled", _buttons(turn), when=span.title, total=len(rows), late=of_those
    )


def _attendance(turn: StaffTurn, span: _Span, trainer: StaffFact | None, kind: str) -> StaffSay:
    came, missed = (_count(turn, span, trainer, (status,)) for status in ("attended", "no_show"))
    trial = turn.facts.trial
    trials = _count(turn, span, trainer, ("no_show",), trial) if trial else 0
    of_trials = words("utter_staff_count_missed_trials", count=trials) if trials else ""
    buttons = _buttons(turn)
    if kind == "rate" and came + missed:
        rate = round(100 * (share(came, came + missed) or 0))
        return answer(
            "utter_staff_count_rate", buttons, when=span.title, rate=rate, came=came, all=came + missed
        )
    key = "utter_staff_count_came" if kind == "came" else "utter_staff_count_missed"
    return answer(key, buttons, when=span.title, missed=missed, came=came, trials=of_trials)


def _bookings(
    turn: StaffTurn, span: _Span, trainer: StaffFact | None, offering: OfferingFact | None
) -> StaffSay:
    offered = (offering,) if offering else turn.facts.offerings
    counts = {one: count for one in offered if (count := _count(turn, span, trainer, ON_AGENDA, one))}
    parts = ", ".join(f"{cards.service_word(one)} {count}" for one, count in counts.items())
    what = cards.service_word(offering) if offering else words("utter_staff_count_bookings_word")
    name = (
        words("utter_staff_count_with", name=trainer.first_name)
        if trainer and trainer.id != turn.staff.id
        else ""
    )
    detail = words("utter_staff_count_detail", parts=parts) if parts and not offering else ""
    return answer(
        "utter_staff_count_bookings", _buttons(turn, span=span), what=what, when=span.title, name=name,
        total=sum(counts.values()), detail=detail,
    )  # fmt: skip


def _count(
    turn: StaffTurn, span: _Span, trainer: StaffFact | None, status: tuple[str, ...], offering: OfferingFact | None = None
) -> int:  # fmt: skip
    start, end = span.period.instants(turn.facts)
    return bookings.count_bookings(
        turn.session, status=status, start=start, end=end, trainer_id=trainer.id if trainer else None,
        offering_id=offering.id if offering else None,
    )  # fmt: skip


def _buttons(turn: StaffTurn, kind: str = "", *, span: _Span | None = None) -> tuple[Button, ...]:
    """To the list behind the number, and to all the numbers for those who may see them."""
    found: list[Button] = []
    if kind == "leads":
        found.append(titled("utter_staff_button_count_leads", "leads", "week"))
    if span is not None and span.period.first == span.period.last:
        day = span.period.first
        found.append(
            order(
                wording.short_day(turn.facts, day),
                "agenda",
                day.strftime("%d"),
                day.strftime("%B"),
                str(day.year),
            )
        )
    if turn.staff.role in LEADERS:
        found.append(titled("utter_staff_button_count_stats", "stats"))
    return tuple(found)


# Which days


def _span(turn: StaffTurn, said: str, kind: str | None) -> _Span:
    """The days that are named; else this week, or for what is rare the last thirty days."""
    today = turn.facts.local(turn.now).date()
    if (days := _DAYS.search(said)) is not None:
        count = max(1, int(days.group(1) or days.group(2)))
        return _Span(Period.last_days(count, until=today), words("utter_staff_count_last_days", count=count))
    for unit in _UNITS:
        for shift, which in (
            (-1, "last"),
            (-1, "past"),
            (1, "next"),
            (0, "this"),
            (0, "the"),
            (0, "a"),
            (0, ""),
        ):
            if (
                regex.search(rf"\b{which} {unit}\b" if which else rf"\b{unit}(?:ly)?\b", said)
                and unit != "day"
            ):
                name = {-1: "last", 0: "this", 1: "next"}[shift]
                return _Span(_unit(today, unit, shift), words(f"utter_staff_count_{name}", unit=unit))
    for name, shift in (("yesterday", -1), ("today", 0), ("tomorrow", 1), ("tonight", 0)):
        if name in said:
            day = today + dt.timedelta(days=shift)
            return _Span(Period(day, day), name)
    month = next((word for word in said.split() if word in _MONTHS and word != "may"), None)
    if month is not None and not regex.search(rf"\d+(?:st|nd|rd|th)?(?: of)? {month}|{month} \d", said):
        return _month(today, month)
    expected = moments.times_in(turn, said).expected
    if expected is not None:
        first = expected.start.date()
        last = (expected.end - dt.timedelta(seconds=1)).date() if expected.end else first
        if _GONE_BY.search(said) and first > today and (first - today).days < 7:
            first, last = first - dt.timedelta(days=7), last - dt.timedelta(days=7)
        title = wording.short_day(turn.facts, first)
        if last > first:
            title = f"{title} - {wording.short_day(turn.facts, last)}"
        return _Span(Period(first, last), title)
    if kind in ("missed", "came", "joined", "rate"):
        return _Span(
            Period.last_days(30, until=today), words("utter_staff_count_last_days", count=30), is_named=False
        )
    return _Span(_unit(today, "week", 0), words("utter_staff_count_this", unit="week"), is_named=False)


def _unit(today: dt.date, unit: str, shift: int) -> Period:
    """A whole week from Monday, month or year: this one, or the one before or after."""
    if unit == "week":
        monday = today - dt.timedelta(days=today.weekday() - 7 * shift)
        return Period(monday, monday + dt.timedelta(days=6))
    if unit == "year":
        return Period(dt.date(today.year + shift, 1, 1), dt.date(today.year + shift, 12, 31))
    months = today.year * 12 + today.month - 1 + shift
    return _of_month(months // 12, months % 12 + 1)


def _of_month(year: int, month: int) -> Period:
    return Period(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))


def _month(today: dt.date, name: str) -> _Span:
    """The latest month of that name that has begun."""
    number = _MONTHS[name]
    year = today.year if number <= today.month else today.year - 1
    return _Span(_of_month(year, number), words("utter_staff_count_month", month=name.title()))


COMMAND = Command(
    "count",
    "Counts trials, leads, bookings, cancellations, no-shows or who joined.",
    "/count trials this week",
    EVERYBODY,
    handle,
)
