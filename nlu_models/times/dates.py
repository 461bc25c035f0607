"""Rules for dates: "3 March", "12/3", "the 21st", "Fri 12th", and the weekdays and months in them."""

from __future__ import annotations

from dataclasses import dataclass

from nlu_models.times.calendar import Date, Day, InSpan, Month, NthWeekday
from nlu_models.times.months import WeekOfMonth
from nlu_models.times.tokens import Tape
from nlu_models.times.words import MONTHS, PARTS, WEEKDAYS

DayMatch = tuple[Day, int]


_BEFORE_MONTH = frozenset(
    """in this next last since until till of by for from early mid late during before after previous through to
    and or start end beginning middle end out away off closed""".split()  # noqa: SIM905
)


# What may follow a bare "the 3rd" for it to be a date and not "the 3rd class".
AFTER_DATE = frozenset(
    """at on in of or and if is was are would will works work suits suit good grand fine ok okay best better
    then please pls plz thanks thx cheers instead maybe too also for from to till before after around about
    with by but not so between when can could do does as i we he she you ye they it that this any anytime either
    preferably possible poss perfect great morning mornings evening evenings afternoon night lunchtime noon
    midday first early late half quarter btw lol because cos unless though through into onwards onward sharp
    im i'm i'll ill ideally only sounds looks should may might til coming be being ideal cool sound fit fits has have had may just still free
    available there here""".split()  # noqa: SIM905
)


_SAT_SUBJECTS = frozenset("i he she we they who just never ive i've been was have had and then".split())  # noqa: SIM905


_SAT_OBJECTS = frozenset("down on in there beside through watching here back outside upright".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class NamedWeekday:
    """A weekday found, with the position after it."""

    day: int
    end: int


def year_after(tape: Tape, at: int) -> tuple[int, int] | None:
    """A year of four digits, after a comma or "of" if need be."""
    if tape.word(at) in (",", "of", "in"):
        at += 1
    if tape.word(at) == "the":
        at += 1
    digits = tape.digits(at)
    if (
        len(digits) == 4
        and 1900 <= int(digits) <= 2199
        and not (tape.word(at + 1) == ":" and tape.glued(at + 1))
    ):
        return int(digits), at + 1
    return None


def named_weekday(tape: Tape, at: int) -> NamedWeekday | None:
    """A weekday in the singular; "sat" and "sun" only where they are no other word."""
    word = tape.word(at)
    if word not in WEEKDAYS:
        return None
    before, after = tape.raw(at - 1), tape.raw(at + 1)
    if word == "sat" and tape.tokens[at].text != "Sat":
        follows_time = tape.number(at + 2) is not None or tape.word(at + 2) in ("half", "quarter", "the")
        if before in _SAT_SUBJECTS or (after in _SAT_OBJECTS and not follows_time):
            return None
    if word == "sat" and before in ("i", "he", "she", "we", "they"):
        return None
    if word == "sun" and (
        (before in ("the", "of", "in", "hot") and after not in PARTS)
        or after in ("cream", "is", "bed", "beds", "tan")
    ):
        return None
    if word in ("mon", "wed") and before in ("newly", "get", "getting", "be", "my", "c'est"):
        return None
    end = at + 1
    if (
        tape.word(end) == "."
        and word
        in (
            "mon",
            "tue",
            "tues",
            "wed",
            "thu",
            "thur",
            "thurs",
            "fri",
            "sat",
            "sun",
        )
        and (tape.ordinal(end + 1) or tape.number(end + 1) is not None or tape.word(end + 1) in MONTHS)
    ):
        end += 1
    return NamedWeekday(WEEKDAYS[word], end)


def named_month(tape: Tape, at: int) -> tuple[int, int] | None:
    """A month by name, and the position after it."""
    word = tape.word(at)
    if word not in MONTHS:
        return None
    end = at + 1
    if tape.word(end) == "." and len(word) <= 4 and (tape.number(end + 1) is not None):
        end += 1
    return MONTHS[word], end


def day_number(tape: Tape, at: int) -> tuple[int, int] | None:
    """A day of the month as an ordinal or a number."""
    found = tape.ordinal(at) or tape.cardinal(at)
    if found and 1 <= found[0] <= 31 and len(tape.digits(at)) <= 2:
        return found
    return None


def day_and_month(tape: Tape, at: int) -> DayMatch | None:
    """ "3 March", "the 3rd of March", "March 3rd", "Oct/2", "Dec31, 2026"."""
    month = named_month(tape, at)
    if month:
        after = month[1]
        if tape.word(after) in (",", "/", "-", "."):
            after += 1
        if tape.word(after) == "the":
            after += 1
        day = day_number(tape, after)
        if (
            day
            and not is_clock_ahead(tape, day[1])
            and not (tape.words(after - 1, ",") and not tape.ordinal(after))
        ):
            year = year_after(tape, day[1]) or signed_year(tape, day[1])
            return Date(day[0], month[0], year[0] if year else None), year[1] if year else day[1]
        return None
    start = at
    if tape.word(at) == "the":
        at += 1
    day = day_number(tape, at)
    if day is None:
        return None
    after = day[1]
    if tape.word(after) == "day" and tape.word(after + 1) == "of":
        after += 1
    if tape.word(after) in ("of", "/", "-", ".", ","):
        after += 1
    if tape.word(after) in ("this", "next"):
        return None
    month = named_month(tape, after)
    if month is None or (
        tape.word(after) in ("may", "march", "mar") and tape.word(start - 1) in ("i", "you", "we")
    ):
        return None
    year = year_after(tape, month[1]) or signed_year(tape, month[1])
    return Date(day[0], month[0], year[0] if year else None), year[1] if year else month[1]


def signed_year(tape: Tape, at: int) -> tuple[int, int] | None:
    """A year after a dash or slash: "05-Aug-2026"."""
    if tape.word(at) in ("-", "/", ".") and len(tape.digits(at + 1)) == 4:
        return int(tape.digits(at + 1)), at + 2
    return None


def is_clock_ahead(tape: Tape, end: int) -> bool:
    """Whether the number before `end` begins a clock time ("May 9:30", "march 8pm")."""
    if (
        tape.word(end) in (":", ".")
        and tape.glued(end)
        and len(tape.digits(end + 1)) == 2
        and tape.glued(end + 1)
    ):
        return True
    return tape.word(end) in ("am", "pm", "o'clock")


def numeric_date(tape: Tape, at: int, day_first: bool) -> DayMatch | None:
    """ "3/12", "31/10/26", "6.1.", "2026-09-23", "20261016", "on 4-22"."""
    digits = tape.digits(at)
    if not digits:
        return None
    if len(digits) == 8 and digits[:2] in ("19", "20") and digits[4:6] <= "12" and digits[6:] <= "31":
        return Date(int(digits[6:]), int(digits[4:6]), int(digits[:4])), at + 1
    sign = tape.word(at + 1)
    spaced = sign == "-" and not tape.glued(at + 1)
    if sign not in ("/", "-", ".", ",") or (spaced and len(digits) != 4 and len(tape.digits(at + 2)) != 4):
        return None
    first, second = int(digits), tape.number(at + 2)
    if len(digits) == 4 and 1900 <= first <= 2199:
        return _from_year(tape, at, first)
    if second is None:
        month = MONTHS.get(tape.word(at + 2))
        if month and len(tape.digits(at + 4)) == 4 and 1 <= first <= 31:
            return Date(first, month, int(tape.digits(at + 4))), at + 5
        return None
    if (
        len(tape.digits(at + 2)) == 4 and 1900 <= second <= 2199 and 1 <= first <= 12 and sign in ("/", "-")
    ) and (not (MONTHS.get(tape.word(at + 4)) and tape.word(at + 3) == sign)):
        return Month(first, second), at + 3
    if len(digits) > 2 or not tape.glued(at + 2) or len(tape.digits(at + 2)) > 4:
        return None
    if len(tape.digits(at + 2)) == 4:
        if 1900 <= second <= 2199 and MONTHS.get(tape.word(at + 4)) and tape.word(at + 3) == sign:
            return Date(first, MONTHS[tape.word(at + 4)], second), at + 5
        if 1900 <= second <= 2199 and 1 <= first <= 12 and sign != ",":
            return Month(first, second), at + 3
        return None
    end = at + 3
    year: int | None = None
    third = tape.digits(end + 1)
    if (
        tape.word(end) in ("/", "-", ".", ",")
        and tape.glued(end)
        and tape.glued(end + 1)
        and len(third) in (2, 4)
    ) and (tape.word(end) == sign or (sign == "/" and tape.word(end) == ",")):
        year = int(third) if len(third) == 4 else 2000 + int(third)
        if len(third) == 2 and year > 2069:
            year -= 100
        end += 2
    if year is None:
        marked = tape.word(at - 1) == "on" or (tape.word(at - 2) == "on" and tape.word(at - 1) == "the")
        if sign == ",":
            return None
        if (
            sign == "."
            and tape.word(end) == "."
            and tape.glued(end)
            and len(tape.digits(at + 2)) <= 2
            and second <= 12
        ):
            end += 1 if tape.number(end + 1) is None or not tape.glued(end + 1) else 0
        elif sign in ("-", ".") and not marked:
            return None
    day, month = (first, second) if day_first else (second, first)
    if month > 12:
        day, month = month, day
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if tape.word(end) in ("price", "off", "hour", "kg", "cup"):
        return None
    return Date(day, month, year), end


def _from_year(tape: Tape, at: int, year: int) -> DayMatch | None:
    """Year first: "2026-09-23", "2019/aug/01", "2026.3"."""
    second = tape.number(at + 2)
    named = MONTHS.get(tape.word(at + 2))
    if second is None and named is None:
        return None
    separated = tape.word(at + 3) in ("-", "/", ".")
    third = tape.number(at + 4) if separated else None
    if third is None and separated and second is not None and MONTHS.get(tape.word(at + 4)):
        return Date(second, MONTHS[tape.word(at + 4)], year), at + 5
    month = named or second
    assert month is not None
    if third is not None and 1 <= month <= 12 and 1 <= third <= 31 and len(tape.digits(at + 4)) <= 2:
        return Date(third, month, year), at + 5
    if 1 <= month <= 12 and len(tape.digits(at + 2)) <= 2:
        return Month(month, year), at + 3
    return None


def of_month_after(tape: Tape, at: int) -> tuple[Month, int] | None:
    """ "of July", "in this month", "of next month", "next month"."""
    if tape.word(at) in ("of", "in"):
        at += 1
    elif not tape.words(at, "next", "month"):
        return None
    if tape.word(at) == "the" and tape.word(at + 1) == "month":
        return Month(), at + 2
    if tape.word(at) in ("this", "next", "last", "previous") and tape.word(at + 1) == "month":
        months = {"this": 0, "next": 1}.get(tape.word(at), -1)
        return Month(months=months, this=months == 0), at + 2
    named = named_month(tape, at)
    if named:
        year = year_after(tape, named[1])
        return Month(named[0], year[0] if year else None), year[1] if year else named[1]
    return None


def ordinal_date(tape: Tape, at: int) -> DayMatch | None:
    """ "the 3rd", "21st", "the twenty third", "20th of next month", "the first Friday of July", "the 27"."""
    start = at
    article = tape.word(at) in ("the", "da")
    if article:
        at += 1
    nth_last = tape.word(at) == "last"
    found = (-1, at + 1) if nth_last else tape.ordinal(at)
    if found:
        value, end = found
        weekday = named_weekday(tape, end)
        if weekday and (nth_last or value <= 5):
            of_month = of_month_after(tape, weekday.end)
            if of_month:
                return NthWeekday(value, weekday.day, of_month[0]), of_month[1]
            if (
                not nth_last
                and tape.word(at) not in ("last",)
                and at > 0
                and tape.raw(start - 1) not in ("every", "each")
            ):
                return NthWeekday(value, weekday.day, Month()), weekday.end
            return None
        if tape.word(end) == "week" and (nth_last or value <= 5):
            of_week = of_month_after(tape, end + 1) or _of_year(tape, end + 1, last=nth_last)
            if of_week:
                week = WeekOfMonth(value, of_week[0])
                on = named_weekday(tape, of_week[1] + 1) if tape.word(of_week[1]) in ("on", ".") else None
                if tape.word(of_week[1]) == "." and tape.word(of_week[1] + 1) == "on":
                    on = named_weekday(tape, of_week[1] + 2)
                if on:
                    return InSpan(on.day, week), on.end
                return week, of_week[1]
            return None
        if nth_last:
            return None
        after = end + 1 if tape.word(end) == "day" and tape.word(end + 1) == "of" else end
        of_named = of_month_after(tape, after)
        if of_named and 1 <= value <= 31 and tape.words(after, "of", "the", "month"):
            return Date(value), of_named[1]
        if of_named and 1 <= value <= 31 and of_named[0].month is None:
            return Date(value, months=of_named[0].months), of_named[1]
        if not 1 <= value <= 31:
            return None
        spelled = tape.number(at) is None
        if spelled and not (article or tape.word(start - 1) in ("on", "for")):
            return None
        follow = tape.raw(end)
        is_word = follow[:1].isalpha()
        if (
            value <= 3
            and spelled
            and is_word
            and follow not in ("at", "in", "or", "of", "please", "if", "would", "works")
        ):
            return None
        if is_word and follow not in AFTER_DATE and follow not in WEEKDAYS and follow not in MONTHS:
            return None
        if tape.raw(start - 1) in ("my", "our", "his", "her", "your", "every", "each"):
            return None
        if spelled and value <= 3 and tape.raw(start - 1) in ("", "is", "was", "be", "been", "in"):
            return None
        return Date(value), end
    spoken = tape.cardinal(at)
    if (
        spoken
        and article
        and (tape.raw(start - 1) in ("on", "for", "by", "till", "from", "before") or spoken[0] > 24)
    ):
        value, end = spoken
        if 13 <= value <= 31 and not is_clock_ahead(tape, end) and may_end(tape, end):
            return Date(value), end
    if spoken and not article and tape.raw(at - 1) == "on" and tape.number(at) is not None:
        value, end = spoken
        if 13 <= value <= 31 and not is_clock_ahead(tape, end) and may_end(tape, end):
            return Date(value), end
    return None


def _of_year(tape: Tape, at: int, *, last: bool) -> tuple[Month, int] | None:
    """ "(last week) of 2026": the December of that year, for the others its January."""
    year = year_after(tape, at) if tape.word(at) == "of" else None
    return (Month(12 if last else 1, year[0]), year[1]) if year else None


def may_end(tape: Tape, end: int) -> bool:
    """Whether a date may end before `end`: no noun, unit or letter follows."""
    follow = tape.raw(end)
    if tape.glued(end) and follow.isalpha():
        return False
    return not follow[:1].isalpha() or follow in AFTER_DATE or follow in WEEKDAYS


def weekday_date(tape: Tape, at: int, day_first: bool) -> DayMatch | None:
    """A weekday with its date: "Fri 12th", "mon the 20th of sept", "Tuesday 3/12", "Wednesday, 3 March"."""
    named = named_weekday(tape, at)
    if named is None:
        return None
    after = named.end
    if tape.word(after) in (",", "-", "("):
        after += 1
    if tape.word(after) == "on":
        after += 1
    dated = day_and_month(tape, after) or numeric_date(tape, after, day_first)
    if dated and isinstance(dated[0], Date):
        return dated
    has_article = tape.word(after) == "the"
    found = tape.ordinal(after + has_article) or (tape.cardinal(after + 1) if has_article else None)
    if found and 1 <= found[0] <= 31 and (found[0] > 12 or tape.ordinal(after + has_article)):
        value, end = found
        if tape.number(after + has_article) is None and not has_article:
            return None
        of_named = of_month_after(tape, end)
        if of_named and of_named[0].month is None:
            return Date(value, months=of_named[0].months), of_named[1]
        return Date(value, weekday=named.day), end
    return None
