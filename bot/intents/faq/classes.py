"""Which classes there are and when."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from bot import responses, wording
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import places, wishes
from bot.intents.own_answers import unknown
from bot.registry import Intent
from bot.turn import Turn
from crm.facts import OfferingFact

CLASS_WORDS = re.compile(
    r"\b(pilates|zumba|spin(ning)?|crossfit|barre|karate|judo|aqua|bootcamp|dance|tai chi|kickboxing|mma|aerobics|circuits?|body ?pump|salsa|ballet|meditation|over.?\d0'?s|toddlers?|step class|trampoline|cycling)\b"
)

OF_THAT = re.compile(
    r"^\W*(and |but |so |ok |oh )*(is|does|do|will|would|are) (it|that|this|they|there)\b(?!.{0,30}\b(included?|class(es)?|other|else|timetable|on)\b)"
)
"""Asks more of the class that was talked about than when it is."""
TODAY = re.compile(r"\b(today|tonight|now|this (morning|afternoon|evening|arvo))\b", re.IGNORECASE)


def answer(turn: Turn) -> Events:
    """The class that was named, the classes of the day that was named, else all of them."""
    facts, language = turn.facts, turn.language
    keys = {str(entity.value) for entity in turn.parse.all("service")}
    named = [offering for offering in facts.classes if offering.key in keys]
    wish = wishes.combine(None, turn.times, known=None)
    if named:
        for offering in named:
            trainer = places.with_trainer(turn, offering.trainer_id)
            yield Say(
                "utter_classes_one",
                {
                    "name": offering.name,
                    "times": places.weekly_times(turn, offering),
                    "minutes": offering.minutes,
                    "with_trainer": trainer,
                },
            )
        if len(named) == 1:
            yield SlotSet("talk_offering", named[0].key)
            if wish is not None and wish.day and turn.tracker.flow is None:
                yield SlotSet("talk_time", wish.as_slot())
            if turn.tracker.flow is None and not turn.slot("undo"):
                yield SlotSet("invited", f"book:{named[0].key}")
                yield Say("utter_invite_class", {"service": named[0].name}, asks=True)
    elif turn.slot("talk_offering") and OF_THAT.search(turn.text.lower()) and wish is None:
        yield from unknown(turn)
    elif CLASS_WORDS.search(turn.text.lower()):
        yield Say("utter_classes_no_such")
        yield Say("utter_classes_all", {"classes": all_classes(turn)})
    elif (
        wish is not None
        and wish.clock
        and not wish.day
        and wish.end is not None
        and not TODAY.search(turn.text)
    ):
        yield at_time_of_day(turn, wish)
    elif wish is not None and wish.end is not None and wish.end - wish.start <= dt.timedelta(days=2):
        yield from on_day(turn, wish)
        yield SlotSet("talk_time", wish.as_slot())
    else:
        yield Say("utter_classes_all", {"classes": all_classes(turn)})
        visit = next((plan for plan in facts.plans if plan.per == "visit"), None)
        if visit is not None and facts.rules.classes_open_to == "everyone":
            yield Say("utter_classes_open", {"price": wording.money(facts, visit.price, language)})


def at_time_of_day(turn: Turn, wish: wishes.Wish) -> Say:
    """The classes in the mornings, or in the evenings, of the whole week."""
    assert wish.end is not None
    first, last = wish.start.time(), wish.end.time()
    fitting = [one for one in turn.facts.classes if any(first <= at < last for _, at in one.weekly)]
    if not fitting:
        return Say("utter_classes_all", {"classes": all_classes(turn)})
    then = [
        replace(one, weekly=tuple(held for held in one.weekly if first <= held[1] < last)) for one in fitting
    ]
    return Say("utter_classes_then", {"classes": "; ".join(_line(turn, one) for one in then)})


def on_day(turn: Turn, wish: wishes.Wish) -> Events:
    """The classes within a day or part of it."""
    facts, language = turn.facts, turn.language
    lines: list[tuple[dt.datetime, OfferingFact]] = []
    assert wish.end is not None
    day = wish.start.date()
    while dt.datetime.combine(day, dt.time()) < wish.end:
        if day not in facts.closed_dates:
            for offering in facts.classes:
                for weekday, at in offering.weekly:
                    start = dt.datetime.combine(day, at)
                    if weekday == day.weekday() and wish.start <= start < wish.end:
                        lines.append((start, offering))
        day += dt.timedelta(days=1)
    name = wording.relative_day(facts, wish.start.date(), turn.local_now.date(), language)
    if not lines:
        yield Say("utter_classes_day_none", {"day": name})
        yield Say("utter_classes_all", {"classes": all_classes(turn)})
        return
    words = [
        responses.render(
            language, "utter_class_line_at", name=offering.name, time=wording.clock(facts, start),
            with_trainer=places.with_trainer(turn, offering.trainer_id),
        )
        for start, offering in sorted(lines, key=lambda line: line[0])
    ]  # fmt: skip
    yield Say(
        "utter_classes_day", {"day": wording.capitalised(name), "classes": wording.listing(words, language)}
    )


def all_classes(turn: Turn) -> str:
    """All classes with their times."""
    return "; ".join(_line(turn, offering) for offering in turn.facts.classes)


def _line(turn: Turn, offering: OfferingFact) -> str:
    return responses.render(
        turn.language, "utter_class_line", name=offering.name, times=places.weekly_times(turn, offering)
    )


INTENT = Intent("faq/classes", answer, side=True)
