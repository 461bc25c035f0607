"""From phrases to times: the day meant, the half of the clock, the opening hours."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from nlu_models.parse import Context, Grain, Time
from nlu_models.times.almanac import DAY, Almanac, Span
from nlu_models.times.calendar import AnyDay, Bounded, Date, Day, RestOfDay, Told, Weekday, monday_of
from nlu_models.times.phrases import Phrase
from nlu_models.times.pieces import Clock, Half, Recurrence
from nlu_models.times.windows import PARTS, Bounds

_MIDNIGHT = dt.time(0)
_NEAR = dt.timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Moment:
    """What times are resolved against: the gym's wall clock at sending, its hours, the time under discussion."""

    now: dt.datetime
    context: Context
    zone: ZoneInfo

    @property
    def almanac(self) -> Almanac:
        """What named days are counted from."""
        reference = self.context.reference
        return Almanac(
            self.now.date(), self.context.vocabulary.phone_region, reference.date() if reference else None
        )

    def hours(self, day: dt.date) -> tuple[tuple[dt.time, dt.time], ...]:
        """Opening intervals on the weekday of `day`."""
        return tuple(self.context.vocabulary.opening_hours.get(day.weekday(), ()))

    def is_open(self, at: dt.datetime) -> bool:
        """Whether the gym is open then; a gym without hours is always open."""
        if not self.context.vocabulary.opening_hours:
            return True
        return any(
            start <= at.time() < (end if end > start else dt.time.max) for start, end in self.hours(at.date())
        )

    def opening(self, day: dt.date, before: dt.datetime) -> dt.datetime:
        """When the gym opens that day, or an early hour where it does not open before `before`."""
        starts = [start for start, _ in self.hours(day)]
        for start in (min(starts) if starts else dt.time(6), dt.time(6), _MIDNIGHT):
            found = dt.datetime.combine(day, start)
            if found < before:
                return found
        return before - dt.timedelta(hours=1)

    def closing(self, day: dt.date, after: dt.datetime) -> dt.datetime:
        """When the gym closes that day, or a late hour where it closes before `after`."""
        ends = [end for _, end in self.hours(day)]
        for end in (max(ends) if ends else dt.time(22), dt.time(22)):
            found = dt.datetime.combine(day, end)
            if found > after:
                return found
        return dt.datetime.combine(day + DAY, _MIDNIGHT)

    def elapsed(self, span: dt.timedelta) -> dt.datetime:
        """The wall time when `span` has passed since sending, also over a clock change."""
        then = self.now.replace(tzinfo=self.zone, fold=self.context.sent_at.fold).astimezone(dt.UTC) + span
        return then.astimezone(self.zone).replace(tzinfo=None, microsecond=0)

    def existing(self, at: dt.datetime) -> dt.datetime:
        """`at`, or the wall time an hour on where the clocks skip it."""
        return at.replace(tzinfo=self.zone).astimezone(dt.UTC).astimezone(self.zone).replace(tzinfo=None)


def moment(context: Context) -> Moment:
    """The moment of sending in the gym's zone; an unknown zone is UTC."""
    try:
        zone = ZoneInfo(context.vocabulary.timezone)
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    sent = context.sent_at if context.sent_at.tzinfo else context.sent_at.replace(tzinfo=zone)
    return Moment(sent.astimezone(zone).replace(tzinfo=None), context, zone)


def at_clock(
    clock: Clock,
    day: dt.date,
    when: Moment,
    bounds: Bounds | None,
    *,
    keep: Half | None = None,
    hint: Half | None = None,
) -> dt.datetime:
    """The reading of a clock time on a day, by the rules of am and pm."""
    if bounds is not None and not clock.fixed and clock.half is None:
        clock = _within_part(clock, bounds)
    readings = [dt.datetime.combine(day, reading) for reading in clock.readings()]
    if len(readings) == 1:
        return readings[0]
    if clock.both:
        return next((reading for reading in readings if reading > when.now), readings[-1])
    fitting = [reading for reading in readings if reading > when.now and when.is_open(reading)]
    if len(fitting) == 1 and hint is None:
        return fitting[0]
    candidates = fitting or [reading for reading in readings if reading > when.now] or readings
    if len(candidates) == 1:
        return candidates[0]
    half = keep or hint
    if half is not None:
        return candidates[0] if half == "am" else candidates[-1]
    return candidates[-1] if 1 <= clock.hour <= 7 else candidates[0]


def _other_half(clock: Clock, start: dt.datetime, when: Moment) -> dt.datetime | None:
    """The reading of a clock time that was not taken, where it is open and to come as well."""
    readings = [dt.datetime.combine(start.date(), reading) for reading in clock.readings()]
    if clock.both or start not in readings:
        return None
    fitting = [reading for reading in readings if reading > when.now and when.is_open(reading)]
    return next((reading for reading in fitting if reading != start), None) if start in fitting else None


def _within_part(clock: Clock, bounds: Bounds) -> Clock:
    if bounds.half is not None:
        return Clock(clock.hour, clock.minute, clock.second, bounds.half, exact=clock.exact)
    morning, *rest = clock.readings()
    fits = [reading for reading in (morning, *rest) if 11 <= reading.hour < 15]
    return Clock(fits[0].hour, clock.minute, clock.second, fixed=True, exact=clock.exact) if fits else clock


def _reference_half(clock: Clock, when: Moment) -> Half | None:
    """The half of the day that the time under discussion suggests for an open clock time."""
    reference = when.context.reference
    if reference is None or clock.fixed or clock.half is not None:
        return None
    readings = [dt.datetime.combine(reference.date(), reading) for reading in clock.readings()]
    if len(readings) < 2:
        return None
    if when.context.asked == "time":
        for bounds in (PARTS["morning"], PARTS["afternoon"], PARTS["evening"]):
            if reference.time() == bounds.start:
                inside = [reading for reading in readings if bounds.start <= reading.time() < bounds.end]
                if len(inside) == 1:
                    return "am" if inside[0] is readings[0] else "pm"
    near = [reading for reading in readings if abs(reading - reference) <= _NEAR and when.is_open(reading)]
    if len(near) == 1:
        return "am" if near[0] is readings[0] else "pm"
    return None


def _half_of(clock: Clock) -> Half | None:
    if clock.fixed:
        return "pm" if clock.hour >= 12 else "am"
    return clock.half


def _grain(*clocks: Clock | None) -> Grain:
    return "minute" if any(clock is not None and clock.exact for clock in clocks) else "hour"


def resolve(phrase: Phrase, when: Moment, *, keep: Half | None = None) -> Time | None:
    """The time that a phrase means, be it past or to come; None where it names none by itself."""
    if phrase.elapsed is not None:
        then = when.elapsed(phrase.elapsed.span)
        if phrase.elapsed.within:
            first, last = sorted((when.now, then))
            return Time(first, "hour", last) if last > first else None
        return Time(then, "minute")
    if phrase.shift is not None:
        return _shifted(phrase, when)
    if phrase.recurrence is not None:
        return _first_occurrence(phrase, phrase.recurrence, when, keep)
    if phrase.day is not None:
        if phrase.same is not None and not phrase.timed:
            return _at_same_time(phrase, phrase.day, when)
        span = phrase.day.on(when.almanac)
        found = _on(phrase, span, when, keep, named=phrase.named_date) if span is not None else None
        return _with_coming_day(found, phrase.day, when) if found is not None else None
    if phrase.same is not None and not phrase.timed:
        return Time(when.context.reference, "minute", named_date=False) if when.context.reference else None
    if phrase.timed:
        return _without_day(phrase, when, keep)
    return None


def _with_coming_day(found: Time, day: Day, when: Moment) -> Time:
    """ "Next Friday" may mean the coming Friday, where that is another one."""
    if not (isinstance(day, Weekday) and day.is_doubtful) or found.other is not None:
        return found
    coming = found.start - 7 * DAY
    return dataclasses.replace(found, other=coming) if coming.date() > when.now.date() else found


def _at_same_time(phrase: Phrase, day: Day, when: Moment) -> Time | None:
    """ "same time tomorrow", "this time next week": the wall time of the reference, or of the moment of sending."""
    source = when.now if phrase.same is not None and phrase.same.now else when.context.reference
    span = day.on(when.almanac)
    if span is None:
        return None
    if source is None:
        return _on(phrase, span, when, None, named=True)
    start = span.start
    if span.grain == "week":
        start = monday_of(start) + source.weekday() * DAY
    at = dt.datetime.combine(start, source.time().replace(microsecond=0))
    return Time(when.existing(at), "minute")


def _shifted(phrase: Phrase, when: Moment) -> Time | None:
    reference = when.context.reference
    if reference is None or phrase.shift is None:
        return None
    try:
        return Time(reference + phrase.shift.by, "minute", named_date=False)
    except OverflowError:
        return None


def _without_day(phrase: Phrase, when: Moment, keep: Half | None) -> Time | None:
    today = when.now.date()
    reference = when.context.reference
    if reference is not None and reference >= when.now.replace(hour=0, minute=0, second=0, microsecond=0):
        clock = phrase.clock or (phrase.window and (phrase.window.start or phrase.window.end)) or None
        if keep is None and clock is not None:
            keep = _reference_half(clock, when)
        found = _on(phrase, Span(reference.date(), reference.date() + DAY), when, keep, named=False)
        if found is not None and (found.end or found.start) > when.now:
            return found
    found = _on(phrase, Span(today, today + DAY), when, keep, named=False)
    if found is not None and _still_today(phrase, found, when):
        return found
    return _on(phrase, Span(today + DAY, today + 2 * DAY), when, keep, named=False)


def _still_today(phrase: Phrase, found: Time, when: Moment) -> bool:
    if phrase.part is not None and phrase.part.plural:
        return False
    if found.open_start and found.end is not None:
        return found.end > when.now and when.is_open(found.end - dt.timedelta(minutes=1))
    return found.start > when.now and (when.is_open(found.start) or found.grain == "part_of_day")


def _on(phrase: Phrase, span: Span, when: Moment, keep: Half | None, *, named: bool) -> Time | None:
    """The phrase on given days."""
    day = span.start
    single = (span.end - span.start).days == 1
    bounds = PARTS[phrase.part.name] if phrase.part is not None else None
    # "any day next week after 5": the first of these days stands for them.
    if (not single and phrase.timed) and (day <= when.now.date() < span.end and day < span.end - DAY):
        day = when.now.date() + DAY if isinstance(phrase.day, AnyDay) else max(day, when.now.date())
    if phrase.clock is not None:
        start = at_clock(phrase.clock, day, when, bounds, keep=keep, hint=phrase.half_hint)
        if bounds is PARTS["evening"] and phrase.clock.half is None and not phrase.clock.fixed:
            start = _in_the_night(phrase.clock, day, start, when)
        is_told = bounds is not None or keep is not None or phrase.half_hint is not None
        other = None if is_told else _other_half(phrase.clock, start, when)
        return Time(when.existing(start), _grain(phrase.clock), named_date=named, other=other)
    if phrase.window is not None:
        return _windowed(phrase, day, when, bounds, keep, named)
    if bounds is not None:
        return _part_of(phrase, day, when, bounds, named)
    if isinstance(phrase.day, RestOfDay):
        end_of_day = (
            when.closing(day, when.now) if when.hours(day) else dt.datetime.combine(day + DAY, _MIDNIGHT)
        )
        return Time(when.now, "part_of_day", end_of_day, named_date=named)
    end = None if single else dt.datetime.combine(span.end, _MIDNIGHT)
    side = phrase.day.side if isinstance(phrase.day, Bounded) else ""
    return Time(
        dt.datetime.combine(day, _MIDNIGHT),
        span.grain,
        end,
        open_start=side in ("before", "by"),
        open_end=side in ("from", "after"),
        named_date=named,
        named_clock=False,
    )


def _in_the_night(clock: Clock, day: dt.date, evening: dt.datetime, when: Moment) -> dt.datetime:
    """ "tonight at 12", "tonight around 3": the night has hours after midnight, and an afternoon is none of it."""
    if clock.hour == 12 and not clock.exact:
        return dt.datetime.combine(day + DAY, _MIDNIGHT)
    if clock.hour not in (1, 2, 3):
        return evening
    early = dt.datetime.combine(day, clock.readings()[0])
    return early if early > when.now and when.now.time() < dt.time(4) else early + DAY


def _part_of(phrase: Phrase, day: dt.date, when: Moment, bounds: Bounds, named: bool) -> Time:
    start, end = dt.datetime.combine(day, bounds.start), dt.datetime.combine(day, bounds.end)
    if phrase.part is not None and phrase.part.name == "first thing":
        start = when.opening(day, dt.datetime.combine(day, dt.time(12)))
        end = start + dt.timedelta(hours=2)
    if end <= when.now and bounds.end >= dt.time(22) and day == when.now.date():
        end = dt.datetime.combine(day + DAY, _MIDNIGHT)
    return Time(start, "part_of_day", end, named_date=named)


def _windowed(
    phrase: Phrase, day: dt.date, when: Moment, bounds: Bounds | None, keep: Half | None, named: bool
) -> Time | None:
    window = phrase.window
    if window is None:
        return None
    hint = phrase.half_hint
    if window.start is not None and window.end is not None:
        if window.until is not None:
            return _into_day(phrase, window.start, window.end, window.until, day, when)
        start, end = _both_bounds(window.start, window.end, day, when, bounds, keep, hint)
        return Time(start, _grain(window.start, window.end), end, named_date=named)
    if window.start is not None:
        start = at_clock(window.start, day, when, bounds, keep=keep, hint=hint)
        return Time(start, "hour", when.closing(day, start), open_end=True, named_date=named)
    if window.end is None:
        return None
    end = at_clock(window.end, day, when, bounds, keep=keep, hint=hint)
    if end.time() == _MIDNIGHT:
        end += DAY
    start = when.opening(day, end)
    if (
        len(window.end.readings()) == 2
        and bounds is None
        and when.hours(day) != ()
        and start.time() < min(s for s, _ in when.hours(day))
    ):
        later = dt.datetime.combine(day, window.end.readings()[1])
        start, end = when.opening(day, later), later
    return Time(start, "hour", end, open_start=True, named_date=named)


def _into_day(
    phrase: Phrase, first: Clock, last: Clock, until: Day, day: dt.date, when: Moment
) -> Time | None:
    """A window that ends on another day than it starts."""
    span = until.on(when.almanac)
    if span is None:
        return None
    start = at_clock(first, day, when, None)
    end_day = span.start
    while end_day < day and isinstance(until, Weekday):
        end_day += 7 * DAY
    end = at_clock(last, end_day, when, None)
    return Time(start, _grain(first, last), end, named_date=phrase.named_date) if end > start else None


def _both_bounds(
    first: Clock,
    last: Clock,
    day: dt.date,
    when: Moment,
    bounds: Bounds | None,
    keep: Half | None,
    hint: Half | None,
) -> tuple[dt.datetime, dt.datetime]:
    """From and to: an am or pm on one of them holds for the other as far as the order allows."""
    if len(first.readings()) == 2 and len(last.readings()) == 1 and (bounds is None or last.half is not None):
        end = dt.datetime.combine(day, last.readings()[0])
        before = [dt.datetime.combine(day, reading) for reading in first.readings()]
        fitting = [reading for reading in before if reading < end]
        start = fitting[-1] if fitting else before[0]
        return start, end if end > start else end + DAY
    start = at_clock(first, day, when, bounds, keep=keep, hint=hint)
    ends = [dt.datetime.combine(day, reading) for reading in last.readings()]
    later = [end for end in ends if end > start]
    return start, later[0] if later else ends[0] + DAY


def _first_occurrence(phrase: Phrase, recurrence: Recurrence, when: Moment, keep: Half | None) -> Time | None:
    """The first occurrence after the moment of sending."""
    today = when.now.date()
    days = recurrence.days
    if not days and phrase.day is not None:
        span = phrase.day.on(when.almanac)
        return _on(phrase, span, when, keep, named=True) if span is not None else None
    for ahead in range(0 if phrase.timed else 1, 40):
        day = today + ahead * DAY
        if days and day.weekday() not in days:
            continue
        if recurrence.nth is not None and (day.day - 1) // 7 + 1 != recurrence.nth:
            continue
        found = _on(phrase, Span(day, day + DAY), when, keep, named=bool(days))
        if found is not None and found.start > when.now:
            return found
    return None


def is_gone(time: Time, when: Moment) -> bool:
    """Whether that time had passed when the message was sent."""
    if time.grain in ("day", "week", "month"):
        last = time.end or time.start + DAY
        return last.date() <= when.now.date()
    return (time.end or time.start) < when.now


def resolve_told(phrase: Phrase, when: Moment) -> Time | None:
    """The time that a told phrase speaks of: the latest such day gone by, where the words leave it open."""
    day = phrase.day
    if isinstance(day, Told) or not (phrase.gone or (phrase.window is not None and day is None)):
        return resolve(phrase, when)
    if isinstance(day, Weekday) and day.which == "bare":
        return resolve(dataclasses.replace(phrase, day=Weekday(day.day, "last")), when)
    if isinstance(day, Date) and day.year is None and day.months is None:
        gone = day.latest(when.almanac)
        return _on(phrase, gone, when, None, named=True) if gone is not None else None
    if day is None and phrase.timed and phrase.elapsed is None:
        today = when.now.date()
        return _on(phrase, Span(today, today + DAY), when, None, named=False)
    return resolve(phrase, when)
