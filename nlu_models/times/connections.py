"""How the phrases of one message complete and replace each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

from nlu_models.parse import Time
from nlu_models.times.almanac import DAY
from nlu_models.times.calendar import AnyDay, Date, Day, InSpan, Week, Weekday
from nlu_models.times.phrases import Phrase
from nlu_models.times.pieces import Half, Recurrence
from nlu_models.times.tokens import Tape
from nlu_models.times.windows import PARTS


def connect(tape: Tape, phrases: list[Phrase]) -> None:
    """Withdraw what was corrected, then hand missing days and clock times from phrase to phrase."""
    _correct(tape, phrases)
    live = [phrase for phrase in phrases if not phrase.withdrawn and not phrase.merged]
    _share_days(live)
    _share_weeks(live)
    _share_clocks(live)
    _recur(live)
    _complete(live)
    _narrow_exclusions(phrases)
    _hint_halves(live)


def _correct(tape: Tape, phrases: list[Phrase]) -> None:
    for at, phrase in enumerate(phrases):
        if at == 0 or phrase.negated or phrase.told or phrase.shift:
            continue
        last = next((earlier for earlier in reversed(phrases[:at]) if not earlier.told), None)
        if last is None:
            continue
        if phrase.link == "move":
            _inherit(phrase, last, clock=False)
            last.withdrawn = True
        elif phrase.link == "correction":
            _inherit(phrase, last, clock=True)
            refused = any(tape.raw(place) in ("no", "not", "nope") for place in range(last.end, phrase.start))
            for earlier in phrases[:at]:
                if not earlier.told and not earlier.negated:
                    earlier.withdrawn = True
            if last.withdrawn and refused:
                last.negated = True
        elif phrase.same is not None and not phrase.timed and not phrase.dated and last.dated:
            # "wednesday ... same time": the clock time said before still holds.
            source = next((earlier for earlier in reversed(phrases[:at]) if earlier.timed), None)
            if source is not None and not last.timed:
                last.clock, last.window, last.part = source.clock, source.window, source.part
                phrase.merged = True
            elif source is not None:
                phrase.merged = True


def _inherit(phrase: Phrase, last: Phrase, *, clock: bool) -> None:
    """Take over from a replaced phrase what the new one leaves open."""
    if phrase.elapsed is not None:
        return
    if not phrase.dated and last.dated:
        phrase.day, phrase.named_date = last.day, last.named_date
        if last.recurrence is not None and phrase.recurrence is None:
            phrase.recurrence = last.recurrence
        if phrase.clock is not None and phrase.part is None and last.part is not None and not clock:
            phrase.part = last.part
    elif not phrase.timed and (clock or phrase.same is not None):
        phrase.clock, phrase.window, phrase.part = last.clock, last.window, last.part
    if (
        phrase.clock is not None
        and phrase.part is None
        and last.part is not None
        and not last.clock
        and not last.window
    ):
        phrase.part = last.part


def _lists(phrases: list[Phrase]) -> list[list[Phrase]]:
    groups: list[list[Phrase]] = []
    for phrase in phrases:
        if groups and phrase.link == "list":
            groups[-1].append(phrase)
        else:
            groups.append([phrase])
    return groups


def _share_days(phrases: list[Phrase]) -> None:
    """ "Friday at 1 or 2", "7am or 7pm on Monday": the day said once holds for the list."""
    for group in _lists(phrases):
        for at, phrase in enumerate(group):
            if phrase.dated or phrase.elapsed or phrase.shift or phrase.same:
                continue
            source = next((other for other in reversed(group[:at]) if other.dated), None)
            source = source or next((other for other in group[at + 1 :] if other.dated and other.timed), None)
            if source is not None:
                phrase.day, phrase.recurrence, phrase.named_date = (
                    source.day,
                    source.recurrence,
                    source.named_date,
                )
                if phrase.clock is not None and phrase.part is None:
                    phrase.part = source.part


def _share_weeks(phrases: list[Phrase]) -> None:
    """ "next week, Wed or Thurs", "next Tuesday or Wednesday": the week said once holds for the weekdays after it."""
    for group in _lists(phrases):
        for earlier, phrase in pairwise(group):
            if not isinstance(phrase.day, Weekday) or phrase.day.which != "bare":
                continue
            if isinstance(earlier.day, InSpan):
                phrase.day = InSpan(phrase.day.day, earlier.day.week)
                continue
            later_on = isinstance(earlier.day, Weekday) and earlier.day.day < phrase.day.day
            if (
                later_on
                and isinstance(earlier.day, Weekday)
                and earlier.day.which in ("next", "after_next_week")
            ):
                phrase.day = Weekday(phrase.day.day, earlier.day.which)


def _share_clocks(phrases: list[Phrase]) -> None:
    """ "Wed or Thu at 7": a clock time after the last day holds for the days before it."""
    for group in _lists(phrases):
        if len(group) < 2:
            continue
        timed = [phrase for phrase in group if phrase.timed]
        if len(timed) == 1 and timed[0] is group[-1] and timed[0].dated and not timed[0].negated:
            for phrase in group[:-1]:
                if phrase.dated and not phrase.elapsed and not phrase.negated:
                    phrase.clock, phrase.window, phrase.part = timed[0].clock, timed[0].window, timed[0].part


def _recur(phrases: list[Phrase]) -> None:
    """ "monday mornings" come again and again; "mon, wed and fri mornings" are one recurrence."""
    for group in _lists(phrases):
        for phrase in group:
            day = phrase.day
            if (
                phrase.part is not None
                and phrase.part.plural
                and isinstance(day, Weekday)
                and day.which == "bare"
            ):
                phrase.recurrence = phrase.recurrence or Recurrence("WEEKLY", (day.day,))
        if len(group) > 1 and all(
            phrase.recurrence and phrase.recurrence.days and not phrase.negated for phrase in group
        ):
            first = group[0]
            same = all(
                (phrase.clock, phrase.window, phrase.part) == (first.clock, first.window, first.part)
                for phrase in group
            )
            if same and first.recurrence is not None:
                days = {day for phrase in group if phrase.recurrence for day in phrase.recurrence.days}
                first.recurrence = replace(first.recurrence, days=tuple(sorted(days)))
                for phrase in group[1:]:
                    phrase.merged = True


def _complete(phrases: list[Phrase]) -> None:
    """A clock time without a day goes with the day said apart from it, if that has none."""
    for at, phrase in enumerate(phrases):
        if phrase.dated or not phrase.timed or phrase.elapsed or phrase.told or phrase.negated:
            continue
        earlier = [
            other for other in phrases[:at] if not other.told and not other.negated and other.day is not None
        ]
        if not earlier:
            later = [
                other
                for other in phrases[at + 1 :]
                if not other.told and other.dated and not other.timed and not other.negated
            ]
            if len(later) == 1 and len([other for other in phrases if other.dated]) == 1:
                other = later[0]
                other.clock, other.window, other.part = phrase.clock, phrase.window, phrase.part
                phrase.merged = True
            continue
        last = earlier[-1]
        if isinstance(last.day, AnyDay | Week) and not last.timed:
            last.window, last.clock, last.part = phrase.window, phrase.clock, phrase.part
            phrase.merged = True
            continue
        phrase.day, phrase.named_date = last.day, last.named_date
        if phrase.part is None and last.part is not None and phrase.clock is not None:
            phrase.part = last.part
        if not (last.clock or last.window):
            last.merged = True


def _narrow_exclusions(phrases: list[Phrase]) -> None:
    """ "any day next week but Tuesday": the Tuesday is that of next week."""
    for at, phrase in enumerate(phrases):
        if not phrase.negated or not isinstance(phrase.day, Weekday) or phrase.day.which != "bare":
            continue
        for other in phrases[:at]:
            if (
                other.recurrence is not None
                and phrase.day.day in other.recurrence.days
                and len(other.recurrence.days) > 1
            ):
                kept = tuple(day for day in other.recurrence.days if day != phrase.day.day)
                other.recurrence = replace(other.recurrence, days=kept)
        within: Day | None = next(
            (other.day for other in reversed(phrases[:at]) if isinstance(other.day, AnyDay | Week)), None
        )
        if isinstance(within, AnyDay):
            within = within.within
        if isinstance(within, Week) and within.weeks in (1, 2):
            phrase.day = Weekday(phrase.day.day, "next" if within.weeks == 1 else "after_next_week")


def _hint_halves(phrases: list[Phrase]) -> None:
    """ "mornings are best, Tuesday at 7?": a half of the day said apart."""
    halves: set[Half | None] = {
        PARTS[phrase.part.name].half for phrase in phrases if phrase.part is not None and not phrase.negated
    }
    if halves == {"am"}:
        for phrase in phrases:
            if phrase.part is None:
                phrase.half_hint = "am"


def kept_day(offered: list[tuple[Phrase, Time]], phrase: Phrase) -> dt.date | None:
    """ "10 or 11": a list of clock times without a day stays on one day."""
    if phrase.link != "list" or phrase.dated or phrase.clock is None or not offered:
        return None
    first, time = offered[-1]
    return time.start.date() if not first.dated and first.clock is not None else None


def kept_half(offered: list[tuple[Phrase, Time]], phrase: Phrase) -> Half | None:
    """A list of times keeps the half of the day of its first item."""
    if phrase.link != "list" or phrase.clock is None or not offered or offered[0][0].clock is None:
        return None
    return "am" if offered[0][1].start.hour < 12 else "pm"


def without_excluded(
    times: list[Time], phrases: list[Phrase], negated: list[dt.datetime | dt.date]
) -> list[Time]:
    """Move "any evening" on from the days that are ruled out, and drop "any day" that rules out nothing."""
    kept: list[Time] = []
    ruled_out = {day for day in negated if not isinstance(day, dt.datetime)}
    for time, phrase in zip(times, phrases, strict=True):
        if not isinstance(phrase.day, AnyDay) or phrase.day.within is not None:
            kept.append(time)
            continue
        if not phrase.timed and not ruled_out and len(phrase.day.weekdays) == 7:
            continue
        start, end = time.start, time.end
        while (
            start.date() in ruled_out
            or start.weekday() not in phrase.day.weekdays
            or (start.weekday() in {day.weekday() for day in ruled_out})
        ):
            start += DAY
            end = end + DAY if end is not None else None
            if (start - time.start).days > 14:
                break
        kept.append(Time(start, time.grain, end, time.open_start, time.open_end, False, time.named_clock))
    return kept


def rule_of(phrases: list[Phrase]) -> str | None:
    """The RRULE of all recurring phrases that share a rule."""
    rules: list[Recurrence] = []
    for phrase in phrases:
        found = phrase.recurrence
        if found is None:
            continue
        if not found.days and found.frequency == "WEEKLY" and isinstance(phrase.day, Weekday):
            found = Recurrence("WEEKLY", (phrase.day.day,), found.interval)
        if found.frequency == "MONTHLY" and not found.days and isinstance(phrase.day, Date):
            found = Recurrence("MONTHLY", interval=found.interval, day_of_month=phrase.day.day)
        rules.append(found)
    if not rules:
        return None
    first = rules[0]
    days = tuple(sorted({day for rule in rules for day in rule.days}))
    return Recurrence(first.frequency, days, first.interval, first.nth, first.day_of_month).rule()
