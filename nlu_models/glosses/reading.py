"""Finds a table's phrases in a message, the longest first, and writes what stands for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import regex
import yaml

from nlu_models.languages.detection import folded
from nlu_models.parse import Chunk, Gloss
from nlu_models.text import EMAIL, LINK, STRETCHED, slang

TOKEN = regex.compile(r"\d+(?:[:.]\d\d)?(?!\d)|\d+|[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|[^\w\s]|_")
NUMBER = "#"
EXACT = "="
"""Before a word of a phrase: it counts only as it is written, with its accents."""
NAME_WORDS = 3
GLOSSED_IN = "en"
"""The language of the grammars, and so of every gloss."""
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is looked for, word by word, and what is written instead."""

    words: tuple[str, ...]
    """A word without accents; ``{slot}`` for any word of a slot, ``#`` for a number, ``=sí`` for one accent and all."""
    instead: str


@dataclass(frozen=True, slots=True)
class Table:
    """A language's phrases by their first word, the longest first; slots; and what a name comes after."""

    phrases: Mapping[str, tuple[Phrase, ...]]
    slots: Mapping[str, Mapping[str, str]]
    slots_of: Mapping[str, tuple[str, ...]]
    """The slots that a word can fill."""
    before_names: frozenset[tuple[str, ...]]
    before_capitals: frozenset[tuple[str, ...]]
    """What a name comes after where it has a capital: "soy Paz", but not "soy nueva"."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    plain: str
    start: int
    end: int
    kept: bool = False
    """Part of a name or an address: not looked up."""


class GlossError(ValueError):
    """A table can't be read as one; the message says where."""


def has_gloss(lang: str) -> bool:
    """Whether messages in that language are read through a table."""
    return resources.files("nlu_models").joinpath("glosses", f"{lang}.yml").is_file()


@cache
def table(lang: str) -> Table:
    """The language's table; raises `GlossError` where a phrase names a slot that isn't there."""
    file = resources.files("nlu_models") / "glosses" / f"{lang}.yml"
    # Every scalar is text: "no" and "si" are words here, no truth values. The C reader takes a tenth of the time.
    content = yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506
    slots = {
        name: {folded(word): instead for word, instead in words.items()}
        for name, words in content["slots"].items()
    }
    found: dict[str, list[Phrase]] = {}
    for written, instead in content["phrases"].items():
        words = tuple(
            token if token.startswith(EXACT) else folded(token)
            for token in regex.findall(r"\{\w+\}|=\S+|#|[\p{L}\p{M}]+|\d+|[^\w\s]", written)
        )
        if unknown := {word[1:-1] for word in words if word.startswith("{")} - slots.keys():
            raise GlossError(f"glosses/{lang}.yml: {written!r} names no slot of the table: {sorted(unknown)}")
        found.setdefault(words[0].removeprefix(EXACT), []).append(Phrase(words, instead))
    slots_of: dict[str, tuple[str, ...]] = {}
    for name, fillers in slots.items():
        for word in fillers:
            slots_of[word] = (*slots_of.get(word, ()), name)
    by_first = {
        folded(first): tuple(sorted(phrases, key=lambda phrase: (-len(phrase.words), _openness(phrase))))
        for first, phrases in _merged(found).items()
    }
    names, capitals = (
        frozenset(tuple(folded(cue).split()) for cue in content[kind])
        for kind in ("before_names", "before_capitals")
    )
    return Table(by_first, slots, slots_of, names, capitals)


def gloss(text: str, lang: str, *, names: Iterable[str] = ()) -> Gloss:
    """The message word for word in English; `names` (of classes, of trainers) stay as they are written."""
    text = text[:LONGEST]
    known = table(lang)
    tokens = _tokens(text, lang, known, tuple(names))
    out: list[str] = []
    chunks: list[Chunk] = []
    length = at = done = 0

    def write(words: str, start: int, end: int) -> None:
        nonlocal length
        out.append(words)
        chunks.append(Chunk(length, length + len(words), start, end))
        length += len(words)

    while at < len(tokens):
        found = _match(tokens, at, known)
        if found is None:
            at += 1
            continue
        words, count = found
        start, end = tokens[at].start, tokens[at + count - 1].end
        if start > done:
            write(text[done:start], done, start)
        if words and length and not out[-1][-1:].isspace() and out[-1][-1:].isalnum():
            out.append(" ")
            length += 1
        write(words, start, end)
        done, at = end, at + count
        if words and text[done : done + 1].isalnum():
            out.append(" ")
            length += 1
    if done < len(text):
        write(text[done:], done, len(text))
    return Gloss("".join(out), text, tuple(chunks))


def _match(tokens: list[_Token], at: int, known: Table) -> tuple[str, int] | None:
    token = tokens[at]
    if token.kept:
        return None
    firsts = [token.plain, *(f"{{{slot}}}" for slot in known.slots_of.get(token.plain, ()))]
    if token.plain[0].isdigit():
        firsts.append(NUMBER)
    best: tuple[int, int, str] | None = None
    for first in firsts:
        for phrase in known.phrases.get(first, ()):
            if best is not None and len(phrase.words) < best[0]:
                break
            filled = _filled(tokens, at, phrase, known)
            if filled is None:
                continue
            rank = (len(phrase.words), -_openness(phrase))
            if best is None or rank > best[:2]:
                best = (*rank, filled)
            break
    return (best[2], best[0]) if best is not None else None


def _filled(tokens: list[_Token], at: int, phrase: Phrase, known: Table) -> str | None:
    """What stands for the phrase if it stands at that place, with its slots filled in as said."""
    if at + len(phrase.words) > len(tokens):
        return None
    instead = phrase.instead
    for step, word in enumerate(phrase.words):
        token = tokens[at + step]
        if token.kept:
            return None
        if word.startswith("{"):
            filler = known.slots[word[1:-1]].get(token.plain)
            if filler is None:
                return None
            instead = instead.replace(word, filler, 1)
        elif word == NUMBER:
            if not token.plain[0].isdigit():
                return None
            instead = instead.replace(NUMBER, token.text, 1)
        elif word.startswith(EXACT) and len(word) > 1:
            if token.text.lower() != word[1:]:
                return None
        elif token.plain != word:
            return None
    return instead


def _tokens(text: str, lang: str, known: Table, names: tuple[str, ...]) -> list[_Token]:
    kept = [match.span() for pattern in (EMAIL, LINK) for match in pattern.finditer(text)]
    lowered = text.lower()
    for name in names:
        if len(name) > 2 and len(lowered) == len(text):
            place = lowered.find(name.lower())
            if place >= 0:
                kept.append((place, place + len(name)))
    short = slang(lang)
    tokens = []
    for match in TOKEN.finditer(text):
        plain = STRETCHED.sub(lambda found: str(found[1]), folded(match[0]))
        plain = folded(short.get(plain, plain))
        is_kept = any(start < match.end() and match.start() < end for start, end in kept)
        # A short form can stand for two words ("xq": por que); both are looked up in its place.
        tokens += [_Token(match[0], part, *match.span(), kept=is_kept) for part in plain.split() or [plain]]
    return list(_with_names_kept(tokens, known))


def _with_names_kept(tokens: list[_Token], known: Table) -> Iterator[_Token]:
    """What follows "me llamo" is a name, though it be Julio or Mercedes: the first word, then those with capitals."""
    longest = max((len(cue) for cue in known.before_names | known.before_capitals), default=0)
    left = 0
    for at, token in enumerate(tokens):
        before = tuple(one.plain for one in tokens[max(0, at - longest) : at])
        cues = [before[-size:] for size in range(1, len(before) + 1)]
        opens = any(cue in known.before_names for cue in cues) or (
            token.text[:1].isupper()
            and not token.text.isupper()
            and any(cue in known.before_capitals for cue in cues)
        )
        is_word = token.plain[:1].isalpha()
        if opens and is_word:
            left = NAME_WORDS
        elif not (left and is_word and token.text[:1].isupper()):
            left = 0
        keeps = left > 0
        left -= keeps
        yield _Token(token.text, token.plain, token.start, token.end, kept=True) if keeps else token


def _openness(phrase: Phrase) -> int:
    """How many of its words are open; of two phrases of a length the plainer one is meant."""
    return sum(word.startswith("{") or word == NUMBER for word in phrase.words)


def _merged(found: Mapping[str, list[Phrase]]) -> dict[str, list[Phrase]]:
    """By the first word without accents: an exact word stands beside the others."""
    merged: dict[str, list[Phrase]] = {}
    for first, phrases in found.items():
        merged.setdefault(folded(first), []).extend(phrases)
    return merged
