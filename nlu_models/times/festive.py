"""The rule for holidays by name."""

from __future__ import annotations

from nlu_models.times.calendar import Holiday
from nlu_models.times.dates import DayMatch
from nlu_models.times.tokens import Tape

_HOLIDAYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("christmas", "eve"), "christmas eve"), (("christmas", "day"), "christmas"), (("christmas",), "christmas"),
    (("boxing", "day"), "boxing day"), (("new", "year's", "eve"), "new year eve"), (("new", "years", "eve"), "new year eve"),
    (("new", "year", "eve"), "new year eve"), (("new", "year's", "day"), "new year"), (("new", "years", "day"), "new year"),
    (("new", "year's"), "new year"), (("new", "years"), "new year"), (("nye",), "new year eve"), (("nyd",), "new year"),
    (("stephen's", "day"), "stephens day"), (("stephens", "day"), "stephens day"), (("patrick's", "day"), "patricks day"),
    (("patricks", "day"), "patricks day"), (("paddy's", "day"), "patricks day"), (("paddys", "day"), "patricks day"),
    (("good", "friday"), "good friday"), (("easter", "sunday"), "easter"), (("easter", "monday"), "easter monday"),
    (("easter",), "easter"), (("halloween",), "halloween"), (("valentine's", "day"), "valentines"), (("valentines", "day"), "valentines"),
    (("valentine's",), "valentines"), (("valentines",), "valentines"), (("bank", "holiday", "monday"), "bank holiday"),
    (("bank", "hol", "monday"), "bank holiday"), (("bank", "hol"), "bank holiday"), (("bank", "holiday"), "bank holiday"),
    (("thanksgiving", "day"), "thanksgiving"), (("thanksgiving",), "thanksgiving"), (("independence", "day"), "independence day"),
    (("australia", "day"), "australia day"), (("anzac", "day"), "anzac day"), (("republic", "day"), "republic day"),
    (("labor", "day"), "labor day"), (("labour", "day"), "labor day"), (("memorial", "day"), "memorial day"), (("diwali",), "diwali"),
    (("mother's", "day"), "mothers day"), (("mothers", "day"), "mothers day"), (("father's", "day"), "fathers day"),
    (("fathers", "day"), "fathers day"), (("juneteenth",), "juneteenth"), (("may", "day"), "may day"),
)  # fmt: skip


HOLIDAY_STARTS = frozenset(words[0] for words, _ in _HOLIDAYS)


def holiday(tape: Tape, at: int) -> DayMatch | None:
    """A holiday by name."""
    if tape.word(at) in ("st", "saint"):
        at += 1 + (tape.word(at + 1) == ".")
    if tape.word(at) not in HOLIDAY_STARTS and not (tape.raw(at) == "good" and tape.raw(at + 1) == "friday"):
        return None
    if tape.raw(at) == "good":
        return (Holiday("good friday"), at + 2) if tape.raw(at + 1) == "friday" else None
    for words, name in _HOLIDAYS:
        if tape.words(at, *words):
            if (
                tape.word(at + len(words)) in ("weekend", "hours", "party", "break", "dinner", "pudding")
                and name != "thanksgiving"
            ):
                return None
            if name == "bank holiday" and tape.word(at + len(words)) == "s":
                return None
            return Holiday(name), at + len(words)
    return None
