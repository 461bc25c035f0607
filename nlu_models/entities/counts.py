"""Durations, ages, head counts and plain numbers."""

from __future__ import annotations

import re

from nlu_models.entities.measures import Taken
from nlu_models.entities.message import Message
from nlu_models.parse import Entity

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "couple": 2,
    "a couple of": 2, "couple of": 2, "both": 2,
}  # fmt: skip


_UNITS = {
    "second": "S", "sec": "S", "minute": "M", "min": "M", "hour": "H", "hr": "H", "day": "D", "week": "W", "wk": "W", "fortnight": "F", "month": "O",
    "mth": "O", "year": "Y", "yr": "Y",
}  # fmt: skip


_DURATION = re.compile(
    r"\b(?P<count>(?:\d{1,3}|one|an?|two|three|four|five|six|seven|eight|nine|ten) and (?:a )?half|\d{1,4}(?:\.\d+)?|half an?|half|a few|few|some|several|(?:a )?couple of|all|whole|full|(?:the )?(?:whole|full)|another|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|sixty|ninety)"
    r"[\s-]?(?:(?:more|full|whole|good|solid|long|short|extra|bloody|calendar|working)\s)?(?P<unit>seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|fortnights?|months?|mths?|years?|yrs?)\b(?:\sand (?:a )?half)?"
)


_BEHIND = re.compile(
    r"\b(?:running|about|be|run|roughly|around|like)?\s?(?P<count>\d{1,2})\s(?:late|behind|away)\b"
)


def find_durations(message: Message) -> list[Entity]:
    """Lengths of time, as ISO 8601 durations."""
    found: list[Entity] = []
    for match in _DURATION.finditer(message.lower):
        start, end = match.span()
        text = match.group()
        follow, before = message.lower[end : end + 14], message.lower[max(0, start - 14) : start]
        if re.match(r"[\s-]?(?:old|of age|notice board)\b", follow) or (
            text.startswith(("a day", "a week", "a month", "a year", "an hour", "one day"))
            and re.search(
                r"(?:times?|once|twice|x|\d|sessions?|days?|quid|euros?|each|hours?|km|price|much|rate|cost)\s$",
                before,
            )
        ):
            continue
        if (
            re.search(r"\b(?:every|per|each)\s$", before)
            or re.match(r"\s(?:times|a week|per week|a month)\b", follow)
            or (re.match(r"\sa\s?$", " " + text) is not None)
        ):
            continue
        if message.in_times(start, end) or _is_no_length(text, before, follow):
            continue
        value = _iso_duration(match["count"], match["unit"], text.endswith("half"))
        found.append(Entity("duration", value, message.text[start:end], start, end, 0.9))
    found = _added_up(message, found)
    for match in _BEHIND.finditer(message.lower):
        start, end = match.span("count")
        if not any(start < other.end and other.start < end for other in found):
            found.append(
                Entity("duration", f"PT{int(match['count'])}M", message.text[start:end], start, end, 0.8)
            )
    return sorted(found, key=lambda entity: entity.start)


def _added_up(message: Message, found: list[Entity]) -> list[Entity]:
    """ "an hour and 15 minutes", "3 days and 2 hours": one length, where each unit is smaller than the one before."""
    kept: list[Entity] = []
    for entity in found:
        if kept and message.lower[kept[-1].end : entity.start].strip(" ,") in ("", "and", "&"):
            longer, shorter = _amounts(str(kept[-1].value)), _amounts(str(entity.value))
            if max(map(_CODES.index, longer)) < min(map(_CODES.index, shorter)):
                kept[-1] = Entity(
                    "duration",
                    _iso(longer | shorter),
                    message.text[kept[-1].start : entity.end],
                    kept[-1].start,
                    entity.end,
                    0.9,
                )
                continue
        kept.append(entity)
    return kept


_CODES = ("Y", "O", "W", "D", "H", "M", "S")


def _amounts(duration: str) -> dict[str, str]:
    """The amount of each unit in an ISO 8601 duration; "O" is the months."""
    days, _, clock = duration.removeprefix("P").partition("T")
    amounts = {"O" if code == "M" else code: number for number, code in re.findall(r"([\d.]+)(\w)", days)}
    return amounts | {code: number for number, code in re.findall(r"([\d.]+)(\w)", clock)}


def _iso(amounts: dict[str, str]) -> str:
    days = "".join(f"{amounts[code]}{'M' if code == 'O' else code}" for code in "YOWD" if code in amounts)
    clock = "".join(f"{amounts[code]}{code}" for code in "HMS" if code in amounts)
    return f"P{days}T{clock}" if clock else f"P{days}"


def _is_no_length(text: str, before: str, follow: str) -> bool:
    """ "24hr", "22 weeks pregnant", "a day pass", "get a sec", "all day", "another day"."""
    if re.match(r"\s?(?:pregnant|pass\b|half\b|marathon|gone\b|along\b|rate|pack)", follow) or re.search(
        r"\b(?:sub|under|get|got|off)[\s-]$", before
    ):
        return True
    if text.replace(" ", "") in (
        "24hr",
        "24hrs",
        "24hour",
        "24hours",
        "ahalfday",
        "halfday",
        "anotherday",
        "adayoff",
        "oneday",
        "someday",
    ):
        return True
    whole = re.match(r"(?:the )?(?:all|whole|full)\b", text)
    return bool(whole) and text.endswith(("day", "days")) and not (before.endswith("for ") or before == "")


def _iso_duration(count: str, unit: str, half: bool) -> str:
    said = {
        "few": 3.0,
        "a few": 3.0,
        "some": 3.0,
        "several": 3.0,
        "half": 0.5,
        "half a": 0.5,
        "half an": 0.5,
    }.get(count)
    if said is None and (count.endswith(("all", "whole", "full")) or count == "another"):
        said = 1.0
    if said is None and (whole := re.match(r"(\w+) and (?:a )?half$", count)):
        said = float(NUMBERS.get(whole[1], 0) or whole[1]) + 0.5
    number = said or (2.0 if "couple" in count else float(NUMBERS.get(count, 0) or count))
    number += 0.5 if half else 0
    letter = next(code for name, code in _UNITS.items() if unit.startswith(name))
    if letter == "F":
        number, letter = number * 2, "W"
    if letter == "H" and number != int(number):
        hours, minutes = int(number), round((number % 1) * 60)
        return f"PT{hours}H{minutes}M" if hours else f"PT{minutes}M"
    text = f"{number:g}"
    if letter in "SMH":
        return f"PT{text}{letter}"
    return f"P{text}{'M' if letter == 'O' else letter}"


_AGE = re.compile(
    r"\b(?:i'?m|i am|am|aged?|age is|age:|he'?s|she'?s|he is|she is|is|turning|turned|they'?re|who'?s)\s(?:only |just |now |nearly |almost |a )?(?P<age>\d{1,2})\b"
    r"(?!\s?(?:['’\"]|ft\b|foot|min|hour|hr|sec|h\b|:|\.\d|%|am\b|pm\b|o'?clock|kg|kilo|st\b|stone|lb|cm|late|behind|weeks?|days?|months?|wks?|of|x|euro|quid|km|k\b|m\b|times|(?:st|nd|rd|th)\b|or \d|people|in the (?:morning|evening)))"
    r"|\b(?P<age2>\d{1,2})[\s-]?(?:years?|yrs?|yr|yo|y/o)[\s-]?(?:olds?|of age)?\b|\b(?P<age3>\d{1,2})\s?(?:yo|y/o)\b|\bage (?P<age4>\d{1,2})\b"
)


_AGE_WORDS = re.compile(
    r"\b(?:i'?m|i am|he'?s|she'?s|is)\s(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty)(?:[\s-](?P<ones>one|two|three|four|five|six|seven|eight|nine))?\b(?!\s(?:min|past|to|minutes|euro|quid))"
)


_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80}


def find_ages(message: Message) -> list[Entity]:
    """Ages in years: the writer's, or of somebody the writer asks for."""
    found: list[Entity] = []
    for match in _AGE.finditer(message.lower):
        group = next(name for name in ("age", "age2", "age3", "age4") if match[name])
        age = int(match[group])
        start, end = match.span(group)
        if group == "age2":
            tail = message.lower[match.end(group) : match.end()]
            if "old" not in tail and "age" not in tail and "yo" not in tail and "y/o" not in tail:
                continue
            end = match.end()
        if (
            not 3 <= age <= 99
            or message.in_times(start, end)
            or (
                group == "age"
                and match.group().startswith("is ")
                and not re.search(
                    r"\b(?:son|daughter|mother|father|mam|mum|mom|dad|he|she|lad|wife|husband|who|brother|sister)\b[^.]{0,16}$",
                    message.lower[: match.start()],
                )
            )
        ):
            continue
        found.append(Entity("age", age, message.text[start:end], start, end, 0.9))
    for match in _AGE_WORDS.finditer(message.lower):
        age = _TENS[match["tens"]] + NUMBERS.get(match["ones"] or "", 0)
        start = match.start("tens")
        if not message.in_times(start, match.end()):
            found.append(Entity("age", age, message.text[start : match.end()], start, match.end(), 0.8))
    return found


_COUNT = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"


_PARTY = re.compile(
    rf"\b(?P<of>{_COUNT}) of (?:us|ye|you)\b|\b(?:for|with) (?P<for>{_COUNT}) (?:people|persons|ppl|of us|adults)\b|\b(?P<spots>{_COUNT}|a couple of) (?:spots?|places|spaces|people|persons|ppl)\b|"
    rf"\bparty of (?P<party>{_COUNT})\b|\bgroup of (?P<group>{_COUNT})\b|\b(?:me|myself|i) (?:and|plus|\+|n|&) (?P<plus>{_COUNT}) (?:\w+ )?(?:friends?|mates?|others?|students?|colleagues?|kids|people|lads|girls)\b|"
    r"\b(?P<both>both of us|the two of us|(?:me|i|myself) (?:and|n|&|plus) (?:my|a|the|me) (?:\w+ )?(?:friend|mate|wife|husband|partner|girlfriend|boyfriend|sister|brother|son|daughter|mother|mam|mum|dad|father|gf|bf|missus|colleague|cousin)|"
    r"my (?:\w+) and (?:i|me|myself)\b)"
)


def find_parties(message: Message) -> list[Entity]:
    """How many are to come, where it is said; the writer included."""
    found = []
    for match in _PARTY.finditer(message.lower):
        group = match.lastgroup or "both"
        if group == "both":
            if re.match(
                r"my (?:name|goal|number|email|back|knee|shoulder|phone|arms|legs|weight)", match.group()
            ):
                continue
            count = 2
        else:
            said = match[group]
            count = int(said) if said.isdigit() else NUMBERS.get(said, 2)
            count += group == "plus"
        if not message.in_times(match.start(), match.end()):
            found.append(
                Entity("party_size", count, message.text[match.start() : match.end()], *match.span(), 0.8)
            )
    return found


_PLAIN = re.compile(
    rf"(?<![\w.,:/€£$@+#-])(?:\d{{1,4}})(?![\w%€£:/@]|[.,]\d)|\b(?:{'|'.join(word for word in NUMBERS if word not in ('a', 'an', 'one', 'both') and ' ' not in word)})\b"
)


def find_numbers(message: Message, others: list[Entity]) -> list[Entity]:
    """Plain counts: numbers that nothing else has read."""
    taken = Taken([(entity.start, entity.end) for entity in others] + list(message.times.spans))
    found = []
    for match in _PLAIN.finditer(message.lower):
        if taken.free(*match.span()):
            text = match.group()
            found.append(
                Entity(
                    "number",
                    int(text) if text.isdigit() else NUMBERS[text],
                    message.text[match.start() : match.end()],
                    *match.span(),
                    0.6,
                )
            )
    return found
