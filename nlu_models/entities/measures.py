"""Measurements of the body: weight, girths, body fat."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu_models.entities.message import Message
from nlu_models.parse import Entity

STONE, POUND = 6.35029318, 0.45359237


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement of the body: `kind` (weight, body_fat, waist, ...), `number` in `unit` (kg, cm or %)."""

    kind: str
    number: float
    unit: str


_GIRTHS = {
    "waist": "waist", "hips": "hips", "hip": "hips", "chest": "chest", "bust": "chest", "thigh": "thigh", "thighs": "thigh", "arm": "arm", "arms": "arm",
    "bicep": "arm", "biceps": "arm", "neck": "neck", "calf": "calf", "calves": "calf", "belly": "waist", "height": "height",
}  # fmt: skip


_DECIMAL = r"\d{1,3}(?:[.,]\d{1,2})?"


_GIRTH = re.compile(
    rf"\b(?P<kind>{'|'.join(_GIRTHS)})\b(?:\s(?:is|was|now|at|measures|down to|:|=|around|about|me|are)){{0,3}}:?\s?(?P<number>{_DECIMAL})\s?(?P<unit>cms?\b|inch(?:es)?\b|in\b|\"|m\b)?"
)


_GIRTH_AFTER = re.compile(
    rf"\b(?P<number>{_DECIMAL})\s?(?P<unit>cms?|inch(?:es)?|\")\s(?P<kind>{'|'.join(_GIRTHS)})\b"
)


_FAT = re.compile(
    rf"\b(?:body\s?fat|bodyfat|bf|fat)(?:\s(?:is|was|now|at|percentage|of|down to|:)){{0,3}}:?\s?(?P<number>{_DECIMAL})\s?(?:%|percent)|\b(?P<after>{_DECIMAL})\s?(?:%|percent)\s(?:body\s?)?fat"
)


_STONES = re.compile(
    r"\b(?P<stone>\d{1,2})\s?(?:st|stone)\b(?:\s(?:and\s)?(?P<pounds>\d{1,2}(?:\.\d)?)\b(?:\s?(?:lbs?|pounds?))?)?"
)


_WEIGHT = re.compile(
    rf"(?:\b(?:weight|weigh(?:ed|ing|s|t)?(?:[\s-]in)?(?: at| is| was)?|i'?m|im|am|now|scales?)\s?:?\s?)?(?P<number>{_DECIMAL})\s?(?P<unit>kgs?|kilos?|lbs?|pounds)\b"
)


_BARE_WEIGHT = re.compile(
    r"(?<![\w./:€£$@-])(?P<number>\d{2,3}[.,]\d{1,2}|\d{2,3})(?![\w%€:/]|[.,]\d|\s?(?:x|×|min|mins|sec|reps?|sets?|quid|euros?|am|pm|k|km|cm|of|people|years?|days?|weeks?)\b)"
)


_WEIGHING = re.compile(
    r"\b(?:weigh(?:ed|ing|s|-?in)?|scales?|weight|kgs?|kilos?|lbs|stone)\b|\d(?:kgs?|lbs?)\b"
)


_DECIMAL_WEIGHT = re.compile(r"(?<![\w./:€£$@-])(?P<number>(?:[4-9]\d|1\d\d)[.,]\d)(?![\w%€:/]|[.,]?\d)")


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _length_cm(number: float, unit: str | None) -> float:
    if unit and unit.startswith(("in", '"')):
        return round(number * 2.54, 1)
    if unit == "m" or (unit is None and number < 3):
        return round(number * 100, 1)
    return number


def kilograms(number: float, unit: str | None) -> float:
    """A weight in kilograms; without a unit it is taken to be in them."""
    return round(number * POUND, 2) if unit and unit.startswith(("lb", "pound")) else number


class Taken:
    """Ranges of the text that earlier rules have read."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self.ranges = list(ranges)

    def free(self, start: int, end: int) -> bool:
        """Whether nothing has been read there yet."""
        return not any(start < last and first < end for first, last in self.ranges)

    def add(self, start: int, end: int) -> None:
        """Keep that range."""
        self.ranges.append((start, end))


def find_measurements(message: Message, workouts: list[Entity]) -> list[Entity]:
    """Weights, girths and body fat, in kg, cm and per cent."""
    lower = message.lower
    taken = Taken([(entity.start, entity.end) for entity in workouts])
    found: list[Entity] = []

    def add(match: re.Match[str], value: Measurement, sure: float = 0.9, group: str | int = 0) -> None:
        start, end = match.span(group)
        if taken.free(start, end):
            taken.add(start, end)
            found.append(Entity("measurement", value, message.text[start:end], start, end, sure))

    for match in _FAT.finditer(lower):
        add(match, Measurement("body_fat", _number(match["number"] or match["after"]), "%"))
    for pattern in (_GIRTH_AFTER, _GIRTH):
        for match in pattern.finditer(lower):
            number = _length_cm(_number(match["number"]), match["unit"])
            kind = _GIRTHS[match["kind"]]
            if 15 <= number <= 230 and not re.search(
                r"\b(?:day|press|workout|class|session)\b", lower[match.start("kind") : match.end() + 8]
            ):
                add(match, Measurement(kind, number, "cm"))
    for match in _STONES.finditer(lower):
        stone = int(match["stone"])
        if (
            stone >= 5
            and not re.match(r"\s?(?:to lose|down|lost)", lower[match.end() :])
            and not _is_change(lower, match.start())
        ):
            weight = round(stone * STONE + float(match["pounds"] or 0) * POUND, 2)
            add(match, Measurement("weight", weight, "kg"))
    for match in _WEIGHT.finditer(lower):
        weight = kilograms(_number(match["number"]), match["unit"])
        if 30 <= weight <= 300 and not _is_change(lower, match.start("number")):
            add(
                match,
                Measurement("weight", weight, "kg"),
                group=0,
            )
    if found or _WEIGHING.search(lower) or message.context.asked in ("weight", "measurement"):
        for match in _BARE_WEIGHT.finditer(lower):
            number = _number(match["number"])
            around = lower[max(0, match.start() - 24) : match.end() + 24]
            weighed = re.search(r"\b(?:weigh(?:ed|ing|s|-?in)?|scales?|weight)\b", around) or (
                any(other.entity == "measurement" for other in found)
                and re.search(r"\b(?:not|from|was|to)\s$", lower[: match.start()])
            )
            if (
                35 <= number <= 250
                and weighed
                and not message.in_times(*match.span())
                and not _is_change(lower, match.start())
            ):
                add(match, Measurement("weight", number, "kg"), 0.8)
    for match in _DECIMAL_WEIGHT.finditer(lower):
        if (
            not message.in_times(*match.span())
            and not _is_change(lower, match.start())
            and not re.search(r"\b(?:squat|bench|dead|press|@|at)\W*$", lower[: match.start()])
        ):
            add(match, Measurement("weight", _number(match["number"]), "kg"), 0.7)
    return sorted(found, key=lambda entity: entity.start)


def _is_change(lower: str, start: int) -> bool:
    """Whether a weight is an amount to lose, a load, or somebody's goal."""
    return bool(
        re.search(
            r"\b(?:los\w+|drop\w*|lost|shed|gain\w*|put on|down by|another|about to|bench\w*|squat\w*|dead\s?lift\w*|lift\w*|press\w*|dumbbells?|target(?: is| of)?|goal(?: is| of)?|get (?:down )?to|reach|shift|rid of|only|limit)"
            r"\s(?:\w+\s){0,2}?$",
            lower[:start],
        )
    )
