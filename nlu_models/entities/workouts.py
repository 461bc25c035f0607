"""Exercise done: sets, loads, distances and times."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu_models.entities.measures import Taken, kilograms
from nlu_models.entities.message import Message
from nlu_models.parse import Entity


@dataclass(frozen=True, slots=True)
class ExerciseSet:
    """Work done: sets and repetitions with a load, or a distance, or a time; what was not said is None."""

    exercise: str | None = None
    sets: int | None = None
    reps: int | None = None
    load_kg: float | None = None
    distance_m: float | None = None
    seconds: int | None = None


_LIFTS = (
    r"(?:(?:front|back|goblet|split|box|air|bulgarian|overhead|incline|decline|flat|romanian|sumo|barbell|dumbbell|db|kb|kettlebell|cable|seated|bent over|leg|chest|shoulder|military|push|hip|lat|pec|band|close grip|wide grip|single leg|pause)\s)*"
    r"(?:squats?|bench(?:\spress(?:es)?)?|dead\s?lifts?|rdls?|press(?:es)?|ohp|rows?|lunges?|curls?|extensions?|raises?|flys?|flies|pull[\s-]?downs?|pull[\s-]?ups?|pullups?|chin[\s-]?ups?|push[\s-]?ups?|pressups?|press[\s-]?ups?|"
    r"dips?|planks?|thrusts?|burpees|swings?|sit[\s-]?ups?|crunches|snatch(?:es)?|cleans?|clean and jerk|thrusters?|shrugs?|step[\s-]?ups?|wall balls?|jumps?|box jumps?|leg press|calf raises?|mountain climbers?|good mornings?)"
)


_LOAD = r"(?:(?:@|at|with|of|x|×|on)?\s?(?P<load{n}>\d{{1,3}}(?:\.\d+)?)(?!\d)\s?(?P<unit{n}>kgs?|kilos?|lbs?|pounds)?)"


_SETS = r"(?<!\d)(?P<sets{n}>\d{{1,2}})\s?(?:x|×|\*|sets? of|sets? x|rounds? of)\s?(?P<reps{n}>\d{{1,3}})(?:\s?(?P<time{n}>mins?|secs?|s|min|sec)\b)?"


_WORKOUTS = tuple(
    re.compile(pattern)
    for pattern in (
        # "bench 60kg 3x8", "squats 5x5 @ 82.5"
        rf"\b(?P<ex1>{_LIFTS})\b:?\s(?:{_LOAD.format(n=1)}\s?(?:kg)?\s?,?\s?(?:for\s)?)?{_SETS.format(n=1)}(?:\s?(?:reps?\s)?(?:@|at|with|x|×|of)?\s?(?P<load1b>\d{{1,3}}(?:\.\d+)?)\s?(?P<unit1b>kgs?|lbs?)?\b(?!\s?(?:x|×|min)))?",
        # "5x5 squats @ 82.5", "4x8 front squat 55kg", "3 sets of 10 squats"
        rf"\b{_SETS.format(n=2)}\s(?:of\s|on\s|x\s)?(?P<ex2>{_LIFTS})\b(?:\s{_LOAD.format(n=2)}\b)?",
        # "deadlift 140 x 1", "squat 100 for 5"
        rf"\b(?P<ex3>{_LIFTS})\b:?\s{_LOAD.format(n=3)}\s?(?:x|×|for)\s?(?P<reps3>\d{{1,3}})\b(?:\s?reps?)?(?!\s?(?:min|kg|week|month))",
        # "3 rounds of 15 burpees", "20 kb swings 16kg", "10 pull ups"
        rf"\b(?:(?P<sets4>\d{{1,2}})\s(?:rounds?|sets?)\s(?:of\s)?)?(?P<reps4>\d{{1,3}})\s(?P<ex4>{_LIFTS})\b(?:\s{_LOAD.format(n=4)}(?<=[g0-9sb])\b)?",
        # "benched 80kg", "deadlift 140kg"
        rf"\b(?P<ex5>{_LIFTS}|squatted|benched|deadlifted|pressed)\b:?\s(?:(?:@|at|with|pb|pr|of|max)\s)*(?P<load5>\d{{2,3}}(?:\.\d+)?)\s?(?P<unit5>kgs?|kilos?|lbs?|pounds)\b(?:\s?(?:x|×|for)\s?(?P<reps5>\d{{1,3}}))?",
        # "5x5 at 80"
        rf"\b{_SETS.format(n=6)}\s?(?:@|at|with)\s?(?P<load6>\d{{1,3}}(?:\.\d+)?)\s?(?P<unit6>kgs?|lbs?)?",
        # "ran 6k in 34 min", "5k in 27:40", "walked 8 km"
        r"\b(?:(?P<ex7>ran|run|jogged|jog|walked|walk|rowed|row|cycled|cycle|swam|swim|biked|hiked|did)\s(?:a\s|an\s)?)?(?P<dist7>\d{1,4}(?:\.\d+)?)\s?(?P<dunit7>k|km|kms|m|miles?|mi|lengths|laps)\b"
        r"(?:\s(?P<ex7b>run|row|cycle|swim|walk|jog|bike|ski))?(?:\s(?:in|under|@)\s(?P<clock7>\d{1,3}[:.]\d{2}(?::\d{2})?|(?P<min7>\d{1,3})\s?min\w*))?",
        # "20 mins on the bike", "plank 3x1min"
        r"\b(?P<min8>\d{1,3})\s?(?:mins?|minutes)\s(?:on the|of|on|doing|hard|easy|steady)\s?(?:the\s)?(?P<ex8>bike|treadmill|rower|rowing(?: machine)?|cross trainer|elliptical|stairmaster|stepper|assault bike|ski erg|yoga|cardio|"
        r"running|cycling|swimming|skipping|stretching|spin|weights|boxing|run)\b",
    )
)


def find_workouts(message: Message) -> list[Entity]:
    """Sets, loads, distances and times of exercise done."""
    found: list[Entity] = []
    taken = Taken([])
    for at, pattern in enumerate(_WORKOUTS):
        for match in pattern.finditer(message.lower):
            start, end = match.span()
            while end > start and message.lower[end - 1] in " ,":
                end -= 1
            if not taken.free(start, end) or (at == 6 and not _is_run(message, match)):
                continue
            if at in (3, 4, 0, 2) and re.search(
                r"\b(?:can|could|want|manage|wanna|love to|goal|to do|how many|need)\b[^.!?]{0,20}$",
                message.lower[:start],
            ):
                continue
            value = _exercise(match, at)
            taken.add(start, end)
            found.append(Entity("exercise_set", value, message.text[start:end], start, end, 0.9))
    return sorted(found, key=lambda entity: entity.start)


def _is_run(message: Message, match: re.Match[str]) -> bool:
    """A distance alone is no workout: it needs a verb or a time."""
    if match["ex7"] in (None, "did", "run", "walk", "row", "jog", "swim", "cycle") and not match["clock7"]:
        if match["ex7"] == "did" and match["dunit7"] in ("k", "km", "kms", "miles", "mile"):
            return True
        return bool(
            match["ex7b"] and re.search(r"\b(?:did|done|finished|today|this morn\w*|just)\b", message.lower)
        )
    return not re.search(
        r"\b(?:want|goal|training for|sub|under|how many|need to|to)\s(?:\w+\s)?$",
        message.lower[: match.start()],
    )


def _exercise(match: re.Match[str], at: int) -> ExerciseSet:
    groups = match.groupdict()

    def get(*names: str) -> str | None:
        return next((groups[name] for name in names if groups.get(name)), None)

    name = get("ex1", "ex2", "ex3", "ex4", "ex5", "ex7b", "ex7", "ex8")
    sets, reps = (
        get("sets1", "sets2", "sets4", "sets6"),
        get("reps1", "reps2", "reps3", "reps4", "reps5", "reps6"),
    )
    load = get("load1b", "load1", "load2", "load3", "load4", "load5", "load6")
    unit = get("unit1b", "unit1", "unit2", "unit3", "unit4", "unit5", "unit6")
    timed = get("time1", "time2", "time6")
    seconds: int | None = None
    if timed and reps:
        seconds, reps = int(reps) * (60 if timed.startswith("m") else 1), None
    distance: float | None = None
    if groups.get("dist7"):
        factor = {
            "k": 1000,
            "km": 1000,
            "kms": 1000,
            "m": 1,
            "mile": 1609.344,
            "miles": 1609.344,
            "mi": 1609.344,
        }.get(groups["dunit7"], 25)
        distance = round(float(groups["dist7"]) * factor, 1)
    if groups.get("clock7") and not groups.get("min7"):
        parts = [int(part) for part in re.split("[:.]", groups["clock7"])]
        seconds = parts[0] * 3600 + parts[1] * 60 + parts[2] if len(parts) == 3 else parts[0] * 60 + parts[1]
    minutes = get("min7", "min8")
    if minutes:
        seconds = int(minutes) * 60
    if sets is None and at in (2, 4) and reps:
        sets = "1"
    return ExerciseSet(
        name, int(sets) if sets else None, int(reps) if reps else None, kilograms(float(load), unit) if load else None, distance, seconds
    )  # fmt: skip
