"""Rules for what comes again and again: "mondays and wednesdays", "every other Tuesday", "weekdays"."""

from __future__ import annotations

from nlu_models.times.pieces import Recurrence
from nlu_models.times.tokens import Tape
from nlu_models.times.words import PARTS, PLURAL_WEEKDAYS, WEEKDAYS

RecurrenceMatch = tuple[Recurrence, int]
_WEEK = (0, 1, 2, 3, 4)
_JOINED = ("and", ",", "/", "&", "or", "+")


def find_recurrence(tape: Tape, at: int) -> RecurrenceMatch | None:
    """The recurrence that starts at `at`."""
    word = tape.word(at)
    if word in PLURAL_WEEKDAYS:
        days, end = _weekdays(tape, at)
        interval = 1
        if tape.words(end, "every", "other", "week") or tape.words(end, "every", "second", "week"):
            interval, end = 2, end + 3
        return Recurrence("WEEKLY", days, interval), end
    if word in ("weekday", "weekdays") or tape.words(at, "week", "days"):
        if word == "weekday" and tape.word(at + 1) not in PARTS:
            return None
        return Recurrence("WEEKLY", _WEEK), at + (2 if word == "week" else 1)
    if word == "weekends" or (
        word == "weekend" and tape.word(at + 1) in ("mornings", "evenings", "afternoons")
    ):
        return Recurrence("WEEKLY", (5, 6)), at + 1
    if word in ("weekly", "fortnightly", "daily", "biweekly"):
        if tape.word(at - 1) in ("do", "walking", "twice", "once", "pay", "the", "a") and word in (
            "daily",
            "weekly",
        ):
            return None
        if word == "daily":
            return Recurrence("DAILY"), at + 1
        return Recurrence("WEEKLY", (), 1 if word == "weekly" else 2), at + 1
    if word == "monthly" and tape.word(at + 1) == "on":
        return Recurrence("MONTHLY"), at + 1
    if word not in ("every", "each", "evry"):
        return _first_of_plural(tape, at)
    step = at + 1
    interval = 1
    if tape.word(step) == "single":
        step += 1
    if tape.word(step) in ("other", "second", "alternate") or tape.words(step, "2", "nd"):
        interval, step = 2, step + (2 if tape.number(step) else 1)
    elif (count := tape.cardinal(step)) and tape.word(count[1]) in ("weeks", "days", "week"):
        if not 1 <= count[0] <= 52 or tape.word(count[1]) == "days":
            return None
        end = count[1] + 1
        return Recurrence("WEEKLY", *_on_days(tape, end), interval=count[0]), _on_days_end(tape, end)
    elif (nth := tape.ordinal(step)) and tape.word(nth[1]) == "week":
        interval, step = nth
    noun = tape.word(step)
    if noun == "month" and interval == 1:
        return Recurrence("MONTHLY"), step + 1
    if noun == "week":
        return Recurrence("WEEKLY", *_on_days(tape, step + 1), interval=interval), _on_days_end(
            tape, step + 1
        )
    if noun == "fortnight":
        return Recurrence("WEEKLY", *_on_days(tape, step + 1), interval=2), _on_days_end(tape, step + 1)
    if noun in ("day", "morning", "evening", "afternoon", "lunchtime", "night", "eve"):
        if noun == "day" and tape.word(step + 1) in ("but", "except", "bar", "apart", "excluding"):
            return None
        if noun in PARTS and interval == 1:
            return Recurrence("DAILY"), step
        return Recurrence("DAILY", interval=interval), step + 1
    if noun in ("weekday", "weekdays"):
        return Recurrence("WEEKLY", _WEEK), step + 1
    if noun in ("weekend", "weekends"):
        return Recurrence("WEEKLY", (5, 6), interval), step + 1
    if noun in WEEKDAYS or noun in PLURAL_WEEKDAYS:
        days, end = _weekdays(tape, step)
        return Recurrence("WEEKLY", days, interval), end
    ordinal = tape.ordinal(step)
    if ordinal and 1 <= ordinal[0] <= 5 and tape.word(ordinal[1]) in WEEKDAYS:
        day = WEEKDAYS[tape.word(ordinal[1])]
        end = ordinal[1] + 1
        if (
            tape.word(end) == "of"
            and tape.word(end + 1) in ("the", "each", "every")
            and tape.word(end + 2) == "month"
        ):
            end += 3
        return Recurrence("MONTHLY", (day,), nth=ordinal[0]), end
    return None


def _first_of_plural(tape: Tape, at: int) -> RecurrenceMatch | None:
    """Days where only a later one is plural: "mon, weds and fridays"; "first monday of every month"."""
    ordinal = tape.ordinal(at + (tape.word(at) == "the"))
    if ordinal and 1 <= ordinal[0] <= 5 and tape.word(ordinal[1]) in WEEKDAYS:
        end = ordinal[1] + 1
        if (
            tape.word(end) in ("of", "in")
            and tape.word(end + 1) in ("every", "each")
            and tape.word(end + 2) == "month"
        ):
            return Recurrence("MONTHLY", (WEEKDAYS[tape.word(ordinal[1])],), nth=ordinal[0]), end + 3
    if tape.word(at) in WEEKDAYS:
        days, end = _weekdays(tape, at)
        if len(days) > 1 and any(tape.word(place) in PLURAL_WEEKDAYS for place in range(at, end)):
            return Recurrence("WEEKLY", days), end
        if len(days) >= 1 and tape.words(end, "every", "week"):
            return Recurrence("WEEKLY", days), end + 2
        if len(days) > 1 and tape.word(end) in ("weekly",):
            return Recurrence("WEEKLY", days), end + 1
    return None


def _weekdays(tape: Tape, at: int) -> tuple[tuple[int, ...], int]:
    """A list of weekdays, and the position after it."""
    days: list[int] = []
    end = at
    plural = False
    while True:
        word = tape.word(at)
        # "mondays, tuesday at 6?" begins anew.
        if plural and word in WEEKDAYS and tape.word(at - 1) == ",":
            break
        plural = plural or word in PLURAL_WEEKDAYS
        day = PLURAL_WEEKDAYS.get(word, WEEKDAYS.get(word, -1))
        if day < 0:
            break
        days.append(day)
        end = at = at + 1
        if (
            tape.word(at) in ("to", "-", "through")
            and (last := WEEKDAYS.get(tape.word(at + 1), PLURAL_WEEKDAYS.get(tape.word(at + 1), -1))) > day
        ):
            days.extend(range(day + 1, last + 1))
            end = at = at + 2
        while tape.word(at) in _JOINED:
            at += 1
    return tuple(dict.fromkeys(sorted(days))), end


def _on_days(tape: Tape, at: int) -> tuple[tuple[int, ...]]:
    """The weekdays said after "every week" ("on Tuesdays", ", fridays")."""
    step = at + (tape.word(at) in ("on", ","))
    days, _ = _weekdays(tape, step)
    return (days,)


def _on_days_end(tape: Tape, at: int) -> int:
    step = at + (tape.word(at) in ("on", ","))
    days, end = _weekdays(tape, step)
    return end if days else at
