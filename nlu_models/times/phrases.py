"""From pieces to phrases: what belongs to one time, and how phrases hang together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from nlu_models.times.almanac import Almanac
from nlu_models.times.calendar import (
    AnyDay,
    Bounded,
    Date,
    Day,
    InSpan,
    Offset,
    Told,
    Week,
    Weekday,
    Weekend,
    WeekOf,
)
from nlu_models.times.dates import AFTER_DATE
from nlu_models.times.discussed import WeekAfter
from nlu_models.times.pieces import Found, Half, Part, Recurrence, Window
from nlu_models.times.tokens import Tape
from nlu_models.times.windows import PARTS
from nlu_models.times.words import MOVING

Link = Literal["list", "correction", "move", "apart"]

_GLUE = frozenset(
    """at on in the of for around about @ , - – ( ) ~ : ; say maybe like roughly approx ideally preferably is
    's any time anytime from by then please pls possibly perhaps probably around-ish ish sometime would be
    starting start exactly this actually my class session slot yoga hiit boxing pt trial somewhere and/or
    time: only even just well * kinda around , ... – — also still so , a""".split()  # noqa: SIM905
)
_LISTED = frozenset(
    """or and / & , either even else maybe also possibly then + ; failing that alternatively both""".split()  # noqa: SIM905
)
_CORRECTING = (
    ("no", "wait"), ("wait", "no"), ("wait",), ("actually",), ("i", "mean"), ("i", "meant"), ("meant",), ("make", "that"),
    ("make", "it"), ("scratch", "that"), ("rather",), ("oops",), ("instead",), ("correction",), ("sorry",), ("no", ","),
    ("hang", "on"), ("*",), ("nope",), ("better", "make"), ("change", "that"), ("or", "rather"), ("hold", "on"),
    ("let's", "say"), ("apologies",), ("no", "no"), ("ah", "no"), ("no", "make"), ("my", "bad"), ("sry",), ("ooops",),
)  # fmt: skip
_MARKERS = frozenset("at @ around about say like circa ~ approx roughly make meant it'd".split())  # noqa: SIM905
_SOFT_MARKERS = frozenset("for by to than till the before after from between or be be: arrive".split())  # noqa: SIM905
_FOLLOWERS = frozenset(
    """works work would is 's suits suit please pls plz good grand fine ok okay perfect great best better
    instead then sharp onwards will could can should maybe if or and , . ? ! ) so thanks thx cheers tomorrow
    today tonight on in at possible poss sounds it i with for from till that's thats latest ideally just but
    - ; : … 👍 🙏 suited do does free available ish though tho class session slot one not this that any too
    either lol x because cos as to looks lookin seems might may was were i'm im i'd i'll ill we you're your
    you ur hopefully now me when wait no sorry actually again mate bud boss sir min""".split()  # noqa: SIM905
) | frozenset(("",))


@dataclass(slots=True)
class Phrase(Found):
    """One time as said: a piece and those that joined it. `link` tells how it hangs on the phrase before."""

    gone: bool = False
    """Told in the past tense: days are read backwards."""
    negated: bool = False
    withdrawn: bool = False
    """Taken back by a later phrase, or moved away from."""
    merged: bool = False
    """Its words went into another phrase."""
    link: Link = "apart"
    named_date: bool = False
    half_hint: Half | None = None

    @property
    def timed(self) -> bool:
        """Whether it says when on a day."""
        return bool(self.clock or self.window or self.part or self.elapsed)

    @property
    def dated(self) -> bool:
        """Whether it says on which day."""
        return self.day is not None or self.recurrence is not None


def _start_phrase(piece: Found) -> Phrase:
    phrase = Phrase(piece.start, piece.start, weak=True)
    _absorb(phrase, piece)
    return phrase


def _absorb(phrase: Phrase, piece: Found) -> None:
    phrase.end = piece.end
    if piece.day is not None:
        phrase.day = _joined_days(phrase.day, piece.day)
        phrase.named_date = True
    phrase.clock = phrase.clock or piece.clock
    phrase.window = phrase.window or piece.window
    if piece.part is not None:
        phrase.part = piece.part
    phrase.elapsed = phrase.elapsed or piece.elapsed
    phrase.shift = phrase.shift or piece.shift
    phrase.same = phrase.same or piece.same
    if piece.recurrence is not None:
        phrase.recurrence = _joined_recurrences(phrase.recurrence, piece.recurrence)
        phrase.named_date = True
    phrase.weak = phrase.weak and piece.weak
    phrase.told = phrase.told or piece.told


def _joined_days(first: Day | None, second: Day) -> Day:
    if isinstance(first, AnyDay):
        if isinstance(second, Weekday):
            return second
        return AnyDay(first.weekdays, second)
    if isinstance(second, AnyDay) and isinstance(first, Week):
        return AnyDay(second.weekdays, first)
    if isinstance(second, Weekday) and isinstance(first, Week | WeekOf | WeekAfter | Weekend):
        return InSpan(second.day, first)
    if isinstance(first, Weekday) and isinstance(second, Week | WeekOf | WeekAfter | Weekend):
        return InSpan(first.day, second)
    return second


def _joined_recurrences(first: Recurrence | None, second: Recurrence) -> Recurrence:
    if first is None:
        return second
    days = tuple(sorted({*first.days, *second.days}))
    frequency = first.frequency if first.days or not second.days else second.frequency
    return Recurrence(frequency, days, max(first.interval, second.interval), first.nth or second.nth)


def _fits(phrase: Phrase, piece: Found, almanac: Almanac) -> bool:
    """Whether the piece can belong to the same time as the phrase."""
    if piece.shift or phrase.shift or piece.elapsed or phrase.elapsed:
        return False
    if piece.day is not None and phrase.recurrence is not None and phrase.recurrence.days:
        return False
    if phrase.told != piece.told and phrase.told and piece.day is not None:
        return False
    if piece.day is not None and phrase.day is not None:
        if (
            isinstance(phrase.day, AnyDay)
            or (isinstance(piece.day, AnyDay) and isinstance(phrase.day, Week))
            or (
                isinstance(piece.day, Weekday)
                and piece.day.which == "bare"
                and (isinstance(phrase.day, Week | WeekOf | WeekAfter) or _in_weekend(piece.day, phrase.day))
            )
            or (
                isinstance(phrase.day, Weekday)
                and phrase.day.which == "bare"
                and (isinstance(piece.day, WeekOf | WeekAfter) or _in_weekend(phrase.day, piece.day))
            )
        ):
            pass
        elif (
            isinstance(phrase.day, Told)
            or isinstance(piece.day, Told)
            or phrase.day.on(almanac) != piece.day.on(almanac)
        ):
            return False
    if (piece.clock or piece.window) and (phrase.clock or phrase.window):
        return False
    if (
        piece.part
        and phrase.part
        and not (phrase.part.name == "first thing" or piece.part.name == phrase.part.name)
    ) and not (PARTS[piece.part.name].half == PARTS[phrase.part.name].half and not phrase.clock):
        return False
    if piece.recurrence and phrase.recurrence:
        return not (piece.recurrence.days and phrase.recurrence.days)
    return True


def _in_weekend(day: Weekday, weekend: Day) -> bool:
    """ "next weekend, Saturday morning"."""
    return isinstance(weekend, Weekend) and day.day >= 5


def _closes(phrase: Phrase, piece: Found, words: list[str]) -> bool:
    """ "after 5 but before 7": the second window ends the first, and is used up."""
    first, second = phrase.window, piece.window
    if first is None or first.end or second is None or second.start or words not in (["but"], ["and"], [","]):
        return False
    phrase.window, phrase.end = replace(first, end=second.end), piece.end
    return True


def _gap(tape: Tape, start: int, end: int) -> list[str]:
    return [tape.raw(at) for at in range(start, end)]


def _link(words: list[str]) -> Link:
    """How a phrase hangs on the one before, by the words between."""
    for marker in _CORRECTING:
        for at in range(len(words)):
            if tuple(words[at : at + len(marker)]) == marker:
                if (marker == ("actually",) and "or" in words) or words[at + 1 : at + 2] in (
                    ["of"],
                    ["than"],
                ):
                    continue  # "6 instead of 7", "Friday rather than Thursday": the first stands
                return "correction"
    if words and all(word in _LISTED or word in _GLUE for word in words):
        return "list" if any(word in _LISTED for word in words) else "apart"
    return "apart"


def assemble(tape: Tape, pieces: list[Found], almanac: Almanac) -> list[Phrase]:
    """Group neighbouring pieces into phrases and link these."""
    phrases: list[Phrase] = []
    for piece in pieces:
        if phrases:
            last = phrases[-1]
            words = _gap(tape, last.end, piece.start)
            close = len(words) <= 5 and all(word in _GLUE and word != "*" for word in words)
            close = close and not _is_move(tape, last.start, words)
            from_for = last.weak and last.clock and not last.dated and piece.day and words == ["for"]
            if (
                close
                and not from_for
                and _fits(last, piece, almanac)
                and not ("actually" in words and last.clock)
            ):
                _absorb(last, piece)
                continue
            if _closes(last, piece, words):
                continue
        phrase = _start_phrase(piece)
        if phrases:
            phrase.link = _linked(tape, phrases[-1], phrase)
        phrases.append(phrase)
    for phrase in phrases:
        _prefix(tape, phrase)
        _bound_by_work(tape, phrase)
    return phrases


def _bound_by_work(tape: Tape, phrase: Phrase) -> None:
    """ "I finish at 5, any time after that", "I start work at 9, can I get in before that?"."""
    if phrase.clock is None or tape.raw(phrase.start - 1) not in ("at", "around", "about"):
        return
    before, after = (
        _gap(tape, max(0, phrase.start - 5), phrase.start),
        _gap(tape, phrase.end, phrase.end + 12),
    )
    if (
        any(word in ("finish", "finishing", "finished", "off", "done") for word in before)
        and "after" in after
    ):
        phrase.window, phrase.clock = Window(phrase.clock, None), None
    elif any(word in ("start", "starting", "begin") for word in before) and "before" in after:
        phrase.window, phrase.clock = Window(None, phrase.clock), None


def _prefix(tape: Tape, phrase: Phrase) -> None:
    """What a word before the day does to the rest: "early tomorrow morning", "before Tuesday at 12"."""
    if isinstance(phrase.day, Bounded) and phrase.clock is not None and phrase.day.side != "since":
        # "before Tuesday at 12": the bound is the clock time on that day.
        early = phrase.day.side in ("before", "by")
        phrase.window = Window(None, phrase.clock) if early else Window(phrase.clock, None)
        phrase.day, phrase.clock = phrase.day.day, None
        return
    before = tape.raw(phrase.start - 1)
    if before in ("on", "in"):
        before = tape.raw(phrase.start - 2)
    if before not in ("early", "late", "mid") or phrase.clock or phrase.window:
        return
    if phrase.part is not None and f"{before} {phrase.part.name}" in PARTS:
        phrase.part = Part(f"{before} {phrase.part.name}", phrase.part.plural)
    elif before == "early" and phrase.part is None and isinstance(phrase.day, Offset | Weekday | Date):
        phrase.part = Part("early morning")


def _linked(tape: Tape, last: Phrase, phrase: Phrase) -> Link:
    words = _gap(tape, last.end, phrase.start)
    if _is_move(tape, last.start, words):
        return "move"
    if not words and last.dated and phrase.dated:
        return "list"
    return _link(words)


def _is_move(tape: Tape, start: int, words: list[str]) -> bool:
    """ "move Thursday to Friday", "swap my 7am for a lunchtime one", "from Monday to Tuesday"."""
    if len(words) > 8 or any(word in (".", "?", "!", "or") for word in words):
        return False
    if not any(word in ("to", "for", "into", "till", "with", "onto", "back") for word in words):
        return False
    before = _gap(tape, max(0, start - 9), start)
    return any(word in MOVING for word in before)


def keep_meant(tape: Tape, phrases: list[Phrase], asked: str | None) -> list[Phrase]:
    """Drop the bare numbers beside which nothing says that they are times."""
    kept: list[Phrase] = []
    for at, phrase in enumerate(phrases):
        if not phrase.weak or _is_meant(tape, phrases, at, kept, asked):
            phrase.weak = False
            kept.append(phrase)
        elif at + 1 < len(phrases) and phrases[at + 1].link != "apart":
            phrases[at + 1].link = _linked(tape, kept[-1], phrases[at + 1]) if kept else "apart"
    return kept


def _is_meant(tape: Tape, phrases: list[Phrase], at: int, kept: list[Phrase], asked: str | None) -> bool:
    phrase = phrases[at]
    before, after = tape.raw(phrase.start - 1), tape.raw(phrase.end)
    packed = len(tape.digits(phrase.start)) >= 3
    exact = bool(phrase.clock and phrase.clock.exact) and not packed
    follows = after in _FOLLOWERS or not after[:1].isalnum()
    if after and after[:1].isalpha() and tape.glued(phrase.end):
        return False
    if (
        packed
        and len(tape) > phrase.end - phrase.start
        and before not in ("at", "@", "around", "about", "from")
        and not (asked == "time" and phrase.start == 0)
    ):
        return False
    if before in ("at", "@") and (follows or exact or after not in ("least", "most")):
        return True
    if (
        phrase.link in ("list", "correction", "move")
        and kept
        and kept[-1].timed
        and follows
        and kept[-1].end <= phrase.start
    ):
        return not (phrase.link == "list" and len(_gap(tape, kept[-1].end, phrase.start)) > 3)
    if phrase.link in ("correction", "move") and kept and follows:
        return True
    following = phrases[at + 1] if at + 1 < len(phrases) else None
    if (
        following
        and following.link == "list"
        and following.timed
        and not following.weak
        and follows
        and before != "to"
    ):
        return True
    if before in _MARKERS and follows:
        return True
    if before == "of" and tape.raw(phrase.start - 2) == "instead":
        before = "instead"
    if (
        before in ("not", "instead", "than")
        and kept
        and kept[-1].timed
        and follows
        and phrase.start - kept[-1].end <= 3
    ):
        return True
    if before == "it" and tape.raw(phrase.start - 2) in ("make", "making") and follows:
        return True
    if before == "that" and tape.raw(phrase.start - 2) == "make":
        return True
    if after == "not" and following is not None and following.weak and phrase.start <= 2:
        return True
    if after in ("works", "suits", "onwards", "instead") or (after in ("would", "is") and phrase.start <= 1):
        return True
    if after in ("would", "will", "might", "could") and tape.raw(phrase.end + 1) in (
        "be",
        "suit",
        "work",
        "do",
    ):
        return True
    if packed and len(tape) == phrase.end - phrase.start and len(tape.digits(0)) == 4:
        return True
    if before in _SOFT_MARKERS and follows and (exact or _soft(tape, phrase, before, after)):
        return True
    if exact and before in ("", "the", "my", "for", "is", "or", ","):
        return True
    if (
        exact
        and not any(tape.raw(place)[:1].isalnum() for place in range(phrase.end, len(tape)))
        and phrase.window is None
    ):
        return before in ("", "then", "maybe", "say", "ok", "please")
    if asked == "time" and follows:
        return phrase.start <= 3 or len(tape) - (phrase.end - phrase.start) <= 5
    return bool(phrase.window and exact)


def _soft(tape: Tape, phrase: Phrase, before: str, after: str) -> bool:
    """Markers that need more: "for 7", "the 6", "back to 8", "by 6"."""
    earlier = tape.raw(phrase.start - 2)
    if before == "the":
        return earlier in (
            "for",
            "in",
            "on",
            "at",
            "into",
            "from",
            "to",
            "make",
            "is",
            "about",
        ) and after not in ("of", "and", "to")
    if before == "to":
        words = _gap(tape, max(0, phrase.start - 9), phrase.start)
        return any(word in MOVING for word in words)
    if before == "for":
        return any(
            tape.raw(place)
            in (
                "book",
                "booked",
                "in",
                "down",
                "me",
                "it",
                "collection",
                "table",
                "ready",
                "set",
                "free",
                "aim",
                "there",
                "wait",
                "us",
                "available",
                "place",
                "spot",
                "space",
            )
            for place in range(max(0, phrase.start - 6), phrase.start - 1)
        )
    if before in ("by", "till", "than"):
        return earlier in (
            "there",
            "done",
            "me",
            "in",
            "open",
            "before",
            "out",
            "later",
            "earlier",
            "finished",
            "free",
            "like",
            "more",
            "work",
        )
    if before == "be":
        return after in AFTER_DATE
    return before in ("before", "after", "arrive")
