"""Holidays by name, in the countries where the gyms are."""

from __future__ import annotations

import datetime as dt

_DAY = dt.timedelta(days=1)
_FIXED: dict[str, tuple[int, int]] = {
    "christmas": (12, 25), "christmas eve": (12, 24), "boxing day": (12, 26), "stephens day": (12, 26),
    "new year": (1, 1), "new year eve": (12, 31), "patricks day": (3, 17), "valentines": (2, 14),
    "halloween": (10, 31), "independence day": (7, 4), "australia day": (1, 26), "anzac day": (4, 25),
    "republic day": (1, 26), "gandhi jayanti": (10, 2), "womens day": (3, 8), "may day": (5, 1),
    "juneteenth": (6, 19), "veterans day": (11, 11), "bonfire night": (11, 5),
}  # fmt: skip
_DIWALI = {2026: (11, 8), 2027: (10, 29), 2028: (10, 17), 2029: (11, 5), 2030: (10, 26), 2031: (11, 14)}


def easter(year: int) -> dt.date:
    """Easter Sunday, by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return dt.date(year, f // 31, f % 31 + 1)


def _nth(year: int, month: int, weekday: int, nth: int) -> dt.date:
    if nth > 0:
        first = dt.date(year, month, 1)
        return first + ((weekday - first.weekday()) % 7 + 7 * (nth - 1)) * _DAY
    last = dt.date(year + month // 12, month % 12 + 1, 1) - _DAY
    return last - ((last.weekday() - weekday) % 7) * _DAY


def _mondays(year: int, region: str) -> list[dt.date]:
    """The bank holidays that fall on a Monday in a normal year."""
    if region == "US":
        named = [(1, 3), (2, 3), (5, -1), (9, 1), (10, 2)]
        return [_nth(year, month, 0, nth) for month, nth in named]
    if region == "GB":
        named = [(5, 1), (5, -1), (8, -1)]
    elif region == "AU":
        named = [(6, 2)]
    else:
        named = [(2, 1), (5, 1), (6, 1), (8, 1), (10, -1)]
    return sorted([easter(year) + _DAY, *(_nth(year, month, 0, nth) for month, nth in named)])


def bank_holiday_monday(today: dt.date, region: str) -> dt.date:
    """The next bank holiday Monday after `today`."""
    return next(day for year in (today.year, today.year + 1) for day in _mondays(year, region) if day > today)


def _dates(name: str, year: int, region: str) -> list[dt.date]:
    if name == "independence day" and region == "IN":
        return [dt.date(year, 8, 15)]
    if name in _FIXED:
        return [dt.date(year, *_FIXED[name])]
    match name:
        case "easter":
            return [easter(year)]
        case "easter monday":
            return [easter(year) + _DAY]
        case "good friday":
            return [easter(year) - 2 * _DAY]
        case "thanksgiving":
            return [_nth(year, 11, 3, 4)]
        case "labor day":
            return [_nth(year, 9, 0, 1)]
        case "memorial day":
            return [_nth(year, 5, 0, -1)]
        case "mothers day":
            return [easter(year) - 21 * _DAY] if region in ("IE", "GB") else [_nth(year, 5, 6, 2)]
        case "fathers day":
            return [_nth(year, 6, 6, 3)] if region != "AU" else [_nth(year, 9, 6, 1)]
        case "diwali":
            return [dt.date(year, *_DIWALI[year])] if year in _DIWALI else [_nth(year, 11, 6, 1)]
        case _:
            return _mondays(year, region)


def next_on(name: str, today: dt.date, region: str) -> dt.date:
    """The next such holiday after `today`; an unknown name is a bank holiday Monday."""
    return next(
        day for year in (today.year, today.year + 1) for day in _dates(name, year, region) if day > today
    )
