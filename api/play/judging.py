"""Whether what came is what was wanted. Pure: lines and records in, what is unmet out, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.play.script import Ending, Wanted

HOLDS_A_PLACE = frozenset({"held", "booked", "in_progress"})
_SAME = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u202f": " "}
)
SHORT = 160


def unmet_by_answer(
    wanted: Wanted, texts: Sequence[str], titles: Sequence[str], *, buttons: bool
) -> list[str]:
    """What `wanted` misses in the answer's texts and button titles; `buttons` says whether the channel has any.

    Substrings are looked for in all texts together, case ignored; a forbidden one may
    not stand on a button either.
    """
    said = plain("\n".join(texts))
    shown = plain("\n".join((*texts, *titles)))
    unmet = []
    if missing := [word for word in wanted.all if plain(word) not in said]:
        unmet.append(f"wanted {_listed(missing)} in the answer")
    if wanted.any and not any(plain(word) in said for word in wanted.any):
        unmet.append(f"wanted one of {_listed(wanted.any)} in the answer")
    if found := [word for word in wanted.none if plain(word) in shown]:
        if is_silence(wanted):
            unmet.append("wanted no answer at all")
        else:
            unmet.append(f"did not want {_listed(found)} in the answer")
    if buttons:
        begins = [plain(title) for title in titles]
        lacking = [one for one in wanted.buttons if not any(title.startswith(plain(one)) for title in begins)]
        if lacking:
            there = _listed(titles) if titles else "none"
            unmet.append(f"wanted the buttons {_listed(lacking)}; there were {there}")
    return unmet


def is_silence(wanted: Wanted) -> bool:
    """Whether the script's way of writing silence is meant: none of the vowels."""
    return set("aeiou") <= {word.casefold() for word in wanted.none}


def unmet_by_lead(wanted: Mapping[str, str | None], found: Mapping[str, Any] | None) -> list[str]:
    """Where the person's lead differs in the keys that are wanted."""
    if found is None:
        return ["wanted a lead of this person; there is none"]
    return [
        f"wanted the lead's {key} to be {value!r}; it is {found.get(key)!r}"
        for key, value in wanted.items()
        if found.get(key) != value
    ]


def unmet_by_bookings(wanted: Iterable[Mapping[str, str]], found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Rows that are wanted and not there, and rows that hold a place and are not wanted.

    `found` has service, starts_at (gym-local, to the minute) and status.
    """
    left = list(found)
    there = "; ".join(_booking(row) for row in left) or "none"
    unmet = []
    # The most particular first, so that a vague row does not take what only another can mean.
    for row in sorted(wanted, key=len, reverse=True):
        same = next((one for one in left if all(one.get(key) == value for key, value in row.items())), None)
        if same is None:
            unmet.append(f"wanted the booking {_booking(row)}; there are: {there}")
        else:
            left.remove(same)
    unmet += [f"did not want the place {_booking(row)}" for row in left if row["status"] in HOLDS_A_PLACE]
    return unmet


def unmet_by_chat(whose: str, wanted: Iterable[str], texts: Iterable[str]) -> list[str]:
    """What the gym's bot never said in a staff chat."""
    said = plain("\n".join(texts))
    missing = [word for word in wanted if plain(word) not in said]
    return [f"wanted {_listed(missing)} in {whose}"] if missing else []


def unmet_by_counts(ending: Ending, *, sent: int, not_understood: bool) -> list[str]:
    """Whether the gym wrote too often, or handed over for want of understanding."""
    unmet = []
    if ending.sent_at_most is not None and sent > ending.sent_at_most:
        unmet.append(f"wanted at most {ending.sent_at_most} messages to the person; there were {sent}")
    if ending.nlu_handoff is not None and ending.nlu_handoff != not_understood:
        unmet.append(
            "did not want a person called because the bot had not understood"
            if not_understood
            else "wanted the bot to call a person because it had not understood"
        )
    return unmet


def plain(words: str) -> str:
    """For comparing: case, curly quotes and unbreakable spaces do not count."""
    return words.translate(_SAME).casefold()


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _booking(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[key]) for key in ("service", "starts_at", "status") if row.get(key))
