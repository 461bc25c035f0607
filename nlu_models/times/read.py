"""Text to :class:`~nlu_models.parse.Times`: mask, scan, assemble, judge, connect, resolve."""

from __future__ import annotations

import datetime as dt

from nlu_models.parse import Context, Time, Times
from nlu_models.times import clauses, connections, halves, nulls
from nlu_models.times.calendar import Date, Weekday
from nlu_models.times.phrases import Phrase, assemble, keep_meant
from nlu_models.times.resolve import Moment, is_gone, moment, resolve, resolve_told
from nlu_models.times.scan import may_tell, scan
from nlu_models.times.tokens import Tape, tokenise

LONGEST = 2000
"""Characters that are read; what comes after is left alone."""


def read(text: str, context: Context) -> Times:
    """All that `text` says about time, by the rules of `docs/nlu/times.md`. Never raises on any text."""
    if (half := halves.read(text, context)) is not None:
        return half
    tape = tokenise(text[:LONGEST])
    if not may_tell(tape):
        return Times()
    nulls.mask(tape)
    pieces = scan(tape, context.vocabulary.day_first)
    if not pieces:
        return Times()
    when = moment(context)
    phrases = keep_meant(tape, assemble(tape, pieces, when.almanac), context.asked)
    if not phrases:
        return Times()
    clauses.judge(tape, phrases)
    phrases = clauses.offered_or_told(phrases)
    connections.connect(tape, phrases)
    try:
        return _times(tape, phrases, when)
    except (OverflowError, ValueError):
        # Dates beyond what a calendar holds ("in 400 years" in 9999) are no appointment.
        return Times()


def _times(tape: Tape, phrases: list[Phrase], when: Moment) -> Times:
    offered: list[tuple[Phrase, Time]] = []
    negated: list[dt.datetime | dt.date] = []
    past: list[Time] = []
    moved: Time | None = None
    for phrase in phrases:
        if phrase.merged:
            continue
        keep = connections.kept_half(offered, phrase)
        same_day = connections.kept_day(offered, phrase)
        if same_day is not None:
            phrase.day = Date(same_day.day, same_day.month, same_day.year)
        time = (
            resolve_told(phrase, when)
            if phrase.told and not phrase.negated
            else resolve(phrase, when, keep=keep)
        )
        if phrase.negated:
            if time is not None and is_gone(time, when):
                past.append(time)
            else:
                negated += _ruled_out(phrase, time, when)
        elif time is None:
            continue
        elif phrase.told or is_gone(time, when):
            past.append(time)
        elif phrase.withdrawn:
            moved = moved or time
        else:
            offered.append((phrase, time))
    live = [phrase for phrase in phrases if not phrase.withdrawn and not phrase.negated]
    times = connections.without_excluded(
        [time for _, time in offered], [phrase for phrase, _ in offered], negated
    )
    shift = next((phrase.shift.by for phrase in live if phrase.shift is not None), None)
    recurring = [phrase.recurrence for phrase, _ in offered if phrase.recurrence is not None]
    recurrence = connections.rule_of([phrase for phrase, _ in offered]) if recurring else None
    return Times(
        expected=times[0] if times else None,
        alternatives=tuple(times[1:]),
        negated=tuple(dict.fromkeys(negated)),
        recurrence=recurrence,
        shift=shift,
        same_time=any(
            phrase.same is not None and not phrase.same.now for phrase in phrases if not phrase.withdrawn
        ),
        spans=tuple(tape.chars(phrase.start, phrase.end) for phrase in phrases),
        past=tuple(past),
        moved=moved,
    )


def _ruled_out(phrase: Phrase, time: Time | None, when: Moment) -> list[dt.datetime | dt.date]:
    """The starts that a negated phrase rules out; a date where a whole day is meant."""
    if time is None or (not phrase.dated and phrase.part is not None):
        return []
    if time.grain not in ("day", "week", "month"):
        return [time.start]
    if phrase.recurrence is not None and len(phrase.recurrence.days) > 1:
        # "not Mondays or Wednesdays": the next one of each.
        days = (Weekday(day).on(when.almanac) for day in phrase.recurrence.days)
        return [*sorted(span.start for span in days if span is not None)]
    return [time.start.date()]
