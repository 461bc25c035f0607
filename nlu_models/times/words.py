"""The closed vocabulary of time, and the repair of words that were meant to be in it."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

WEEKDAYS: dict[str, int] = {
    "monday": 0, "mon": 0, "tuesday": 1, "tue": 1, "tues": 1, "tu": 1, "wednesday": 2, "wed": 2, "weds": 2,
    "wednes": 2, "wensday": 2, "wenesday": 2, "thursday": 3, "thu": 3, "thur": 3, "thurs": 3, "thrs": 3,
    "thirsday": 3, "friday": 4, "fri": 4, "fryday": 4, "saturday": 5, "sat": 5, "satday": 5, "sunday": 6,
    "sun": 6,
}  # fmt: skip
PLURAL_WEEKDAYS: dict[str, int] = {
    "mondays": 0, "mons": 0, "tuesdays": 1, "wednesdays": 2, "thursdays": 3, "fridays": 4, "fris": 4,
    "saturdays": 5, "sats": 5, "sundays": 6, "suns": 6,
}  # fmt: skip
MONTHS: dict[str, int] = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "febuary": 2, "febr": 2, "march": 3, "mar": 3, "april": 4,
    "apr": 4, "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9,
    "sept": 9, "sep": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
TODAY = {
    "today": 0,
    "todays": 0,
    "2day": 0,
    "tday": 0,
    "tomorrow": 1,
    "tomorrows": 1,
    "yesterday": -1,
    "yesterdays": -1,
}
TODAY |= dict.fromkeys(
    ("tmrw", "tmr", "tmrow", "tmw", "tmro", "tmoro", "tmorrow", "tomo", "tomoz", "tomorro", "tomoro", "2moro",
     "2morrow", "2mrw", "2moz", "2mro", "2morow", "tomorra", "tommorow", "tomorow", "tommorrow", "morrow", "2mara"),
    1,
)  # fmt: skip
TODAY |= dict.fromkeys(("yday", "yesterdy", "ystrday", "yest"), -1)
TONIGHT = frozenset(
    ("tonight", "tonite", "2nite", "2night", "tnite", "tonights", "2nights", "tonigh", "tonght")
)
PARTS: dict[str, str] = {
    "morning": "morning", "mornings": "morning", "morn": "morning", "mornin": "morning", "mrng": "morning",
    "morns": "morning", "forenoon": "morning", "afternoon": "afternoon", "afternoons": "afternoon",
    "arvo": "afternoon", "arvos": "afternoon", "aft": "afternoon", "avo": "afternoon", "evening": "evening",
    "evenings": "evening", "eve": "evening", "eves": "evening", "evng": "evening", "evenin": "evening",
    "evening's": "evening", "night": "evening", "nights": "evening", "nite": "evening", "nites": "evening",
    "nighttime": "evening", "lunchtime": "lunchtime", "lunchtimes": "lunchtime", "lunch": "lunchtime", "dawn": "early morning",
    "dinnertime": "evening", "teatime": "evening",
}  # fmt: skip
PLURAL_PARTS = frozenset(
    ("mornings", "morns", "afternoons", "arvos", "evenings", "eves", "nights", "nites", "lunchtimes")
)
UNITS: dict[str, str] = {
    "sec": "second", "secs": "second", "seconds": "second",
    "min": "minute", "mins": "minute", "minute": "minute", "minutes": "minute", "minuts": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "hours": "hour", "hour's": "hour",
    "day": "day", "days": "day", "day's": "day", "week": "week", "weeks": "week", "wk": "week", "wks": "week",
    "week's": "week", "fortnight": "fortnight", "fortnights": "fortnight", "fortnight's": "fortnight",
    "month": "month", "months": "month", "mth": "month", "mths": "month", "month's": "month",
    "year": "year", "years": "year", "yr": "year", "yrs": "year",
}  # fmt: skip
CARDINALS: dict[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "ninety": 90,
}  # fmt: skip
ORDINALS: dict[str, int] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip

MOVING = frozenset(
    """move moving moved push pushing change changing switch switching swap swapping swop shift shifting
    reschedule rescheduling bring bringing transfer postpone rebook rearrange bump exchange""".split()  # noqa: SIM905
)
"""Verbs after which "Thursday to Friday" is a move and not a range."""

VISITING = frozenset(
    "swing swinging swung drop dropping come coming pop popping stop stopping call calling pass passing go nip".split()  # noqa: SIM905
)
"""Verbs that take a "by" of their own: "swing by tomorrow" has no bound."""

_MEANT = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mondays", "tuesdays",
    "wednesdays", "thursdays", "fridays", "saturdays", "sundays", "january", "february", "august", "september",
    "october", "november", "december", "tomorrow", "tonight", "morning", "mornings", "afternoon", "evening",
    "evenings", "weekend", "weekends", "yesterday", "lunchtime", "midnight", "fortnight", "weekday", "weekdays",
)  # fmt: skip
_KNOWN = frozenset(
    (*WEEKDAYS, *PLURAL_WEEKDAYS, *MONTHS, *TODAY, *TONIGHT, *PARTS, *UNITS, *CARDINALS, *ORDINALS, *_MEANT)
)
# Ordinary words that lie one or two letters from a word of time.
_OTHER_WORDS = frozenset(
    """fortnightly sundae sundry sunny sundays mourning moaning mooring moving warning yearning evens event events evenly
    even weakened weekend wedding weddings wednesday thirsty friend friends fried fridge tuition monkey
    money monthly modern mundane augment disgust robust gust fright knight tonic tongue todays toning tuning
    burning turning learning earning earnings meaning mornings opening eventing evading weekly weekender fortnite
    octagon decembers member remember number lumber satisfy saturate saturated thunder thursdays month
    months tomatoes tomato tomb sunbed sunbeds sundown sunburn sunrise midweight midnights leaving weekdays
    mending fortnightly""".split()  # noqa: SIM905
)
_INITIALS = frozenset(word[0] for word in _MEANT)


@lru_cache(maxsize=4096)
def repaired(word: str) -> str:
    """The word of time that `word` misspells, or `word` itself.

    The first letter must be right; one slip is forgiven from five letters on, two from eight on
    (a swap of neighbours is one slip).
    """
    if word in _KNOWN or word in _OTHER_WORDS or len(word) < 5 or len(word) > 12 or word[0] not in _INITIALS:
        return word
    best, best_slips = word, 3
    for meant in _MEANT:
        if meant[0] != word[0] or abs(len(meant) - len(word)) > 2:
            continue
        allowed = 2 if min(len(meant), len(word) + 1) >= 8 else 1
        slips = OSA.distance(word, meant, score_cutoff=allowed)
        if slips <= allowed and slips < best_slips:
            best, best_slips = meant, slips
    return best
