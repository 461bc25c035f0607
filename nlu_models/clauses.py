"""Where a message may change its subject: the pieces that could each hold a want of their own.

The splitter proposes generously; whether a piece really is a want is decided by its scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from nlu_models import rules

MOST = 4
"""More pieces than this are joined at the end; a greeting is none of them."""

STRONG = r"(?<=[.?!…])[\"')]*\s+|\s*[\n;]+\s*|(?<=\p{L}):\s+(?=\p{L})|\s+[-–—]+\s+|(?<=\p{So})\s+(?=\p{L})"
WEAK = (
    r"\s*,\s*(?:and|but|so|also|then|plus|or)?\s+"
    r"|\s+(?:and\s+also|and\s+then|as\s+well\s+as|and|also|plus|but|then|&|\+|n|cause|because|cos)\s+"
)
BOUNDARY = regex.compile(f"(?P<strong>{STRONG})|(?P<weak>{WEAK})", regex.IGNORECASE)
WORD = regex.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a message: its words and where they stand in the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message made plain: a clause, or (without one) what joins two."""

    text: str
    clause: Clause | None = None


def parts(text: str, made_plain: Callable[[str], str]) -> tuple[Part, ...]:
    """A whole text in plain stretches, in order, its clauses marked; empty ones are left out.

    A text of one clause is one stretch without a mark: the whole says it all.
    """
    clauses = split(text)
    found: list[Part] = []
    at = 0
    for clause in clauses if len(clauses) > 1 else ():
        found += [Part(made_plain(text[at : clause.start])), Part(made_plain(clause.text), clause)]
        at = clause.end
    kept = [part for part in (*found, Part(made_plain(text[at:]))) if part.text]
    if sum(part.clause is not None for part in kept) > 1:
        return tuple(kept)
    return (Part(" ".join(part.text for part in kept)),) if kept else ()


def wording(parts: Sequence[Part]) -> list[str]:
    """The plain words of the whole, then of each clause."""
    return [" ".join(part.text for part in parts), *(part.text for part in parts if part.clause is not None)]


def split(text: str) -> tuple[Clause, ...]:
    """The pieces of a text in order; one when nothing suggests a second.

    A weak boundary (a comma, "and") needs at least two words on both sides, or a short answer known to
    `rules` on one; a strong one (a full stop) a word.
    """
    pieces: list[Clause] = []
    begin = wants = 0
    for match in BOUNDARY.finditer(text):
        before, after = text[begin : match.start()], text[match.end() :]
        least = 1 if match["strong"] is not None or rules.match(before) or rules.match(after) else 2
        if _count(before) < least or _count(after) < least:
            continue
        pieces.append(_clause(text, begin, match.start()))
        begin = match.end()
        wants += rules.match(before) != "greet"
        if wants == MOST - 1:
            break
    pieces.append(_clause(text, begin, len(text)))
    return tuple(pieces)


def _clause(text: str, start: int, end: int) -> Clause:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    piece = piece.strip()
    return Clause(piece, start, start + len(piece))


def _count(text: str) -> int:
    return len(WORD.findall(text))
