"""Dates, clock times, money and lists in words, by the gym's locale and the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from bot import responses
from crm.facts import GymFacts

TWELVE_HOUR_TERRITORIES = frozenset({"US", "CA", "AU", "NZ", "IN", "PH"})


def locale_of(facts: GymFacts, language: str) -> Locale:
    """The reader's language in the gym's country."""
    gym_language, _, territory = facts.gym.locale.replace("_", "-").partition("-")
    try:
        return Locale(language, territory or None)
    except UnknownLocaleError:
        return Locale(gym_language if language == gym_language else language)


def clock(facts: GymFacts, at: dt.time | dt.datetime) -> str:
    """A wall time: 18:30, or 6:30 pm where people say so."""
    time = at.time() if isinstance(at, dt.datetime) else at
    territory = facts.gym.locale.replace("_", "-").partition("-")[2]
    if territory in TWELVE_HOUR_TERRITORIES:
        hour = time.hour % 12 or 12
        return f"{hour}:{time.minute:02d} {'am' if time.hour < 12 else 'pm'}"
    if (time.hour, time.minute) == (23, 59):
        return "24:00"
    return f"{time.hour:02d}:{time.minute:02d}"


def day(facts: GymFacts, date: dt.date | dt.datetime, language: str = "en") -> str:
    """A date in full: Thursday 3 December."""
    locale = locale_of(facts, language)
    is_american = locale.language == "en" and locale.territory == "US"
    pattern = "EEEE, MMMM d" if is_american else responses.render(language, "word_day_pattern")
    return str(format_date(date, pattern, locale=locale))


def short_day(facts: GymFacts, date: dt.date | dt.datetime, language: str = "en") -> str:
    """A date for a button or a card: Thu 3 Dec."""
    locale = locale_of(facts, language)
    pattern = "EEE, MMM d" if locale.territory == "US" else "EEE d MMM"
    return str(format_date(date, pattern, locale=Locale(locale.language))).replace(".", "")


def weekday(facts: GymFacts, number: int, language: str = "en", *, short: bool = False) -> str:
    """A weekday's name; Monday is 0."""
    monday = dt.date(2024, 1, 1)
    return str(
        format_date(
            monday + dt.timedelta(days=number), "EEE" if short else "EEEE", locale=locale_of(facts, language)
        )
    )


def when(facts: GymFacts, instant: dt.datetime, language: str = "en") -> str:
    """An instant in the gym's wall time: Thursday 3 December at 18:30."""
    local = facts.local(instant)
    return responses.render(
        language, "word_day_at", day=day(facts, local, language), time=clock(facts, local)
    )


def short_when(facts: GymFacts, instant: dt.datetime, language: str = "en") -> str:
    """An instant for a button or a card: Thu 3 Dec 18:30."""
    local = facts.local(instant)
    return f"{short_day(facts, local, language)} {clock(facts, local)}"


def relative_day(facts: GymFacts, date: dt.date, today: dt.date, language: str = "en") -> str:
    """today, tomorrow, or the date in full."""
    if date == today:
        return responses.render(language, "word_today")
    if date == today + dt.timedelta(days=1):
        return responses.render(language, "word_tomorrow")
    return day(facts, date, language)


def money(facts: GymFacts, amount: float | Decimal, language: str = "en") -> str:
    """An amount in the gym's currency, without cents where there are none."""
    text = str(format_currency(amount, facts.gym.currency, locale=locale_of(facts, language)))
    whole = amount == int(amount)
    return text.replace(".00", "").replace(",00", "") if whole else text


def hours(facts: GymFacts, intervals: Sequence[tuple[dt.time, dt.time]]) -> str:
    """Opening hours of a day: 06:00-22:00, or two spans with a comma."""
    return ", ".join(f"{clock(facts, start)}-{clock(facts, end)}" for start, end in intervals)


def language_name(code: str, reader: str | None = None) -> str:
    """What a language is called in the reader's language, or by its own speakers."""
    try:
        name = Locale(reader or code).languages.get(code)
    except UnknownLocaleError:
        name = None
    return str(name or code)


def listing(words: Sequence[str], language: str = "en", *, either: bool = False) -> str:
    """a, b and c (or: a, b or c)."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    joint = responses.render(language, "word_or" if either else "word_and")
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def capitalised(text: str) -> str:
    """With a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]
