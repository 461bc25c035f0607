"""Words, letters and scripts weighed: see the package's docstring."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

import regex
import yaml

WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’\-][\p{L}\p{M}]+)*")
LETTER = regex.compile(r"\p{L}")
LONGEST = 400
"""Characters that are looked at: nobody changes the language after so many."""
LEAST_WORDS = 2
LEAST_WORTH = 1.1
"""What two words are worth that hardly another language shares."""
LEAD = 0.9
"""How much more a language must be worth than the one that was spoken until now."""
SHARE = 0.3
"""Of the words, how many must speak for a language."""
LETTER_WORTH = 0.6
"""A word with a letter that few languages have."""
SCRIPT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """A language that is recognised, whether or not it is spoken here."""

    code: str
    """ISO 639-1."""
    words: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    script: regex.Pattern[str] | None = None
    alone: frozenset[str] = frozenset()
    """Messages that tell the language though they are short."""


@cache
def known() -> dict[str, Known]:
    """Every language that has a file, by its code."""
    folder = resources.files("nlu_models") / "languages"
    found = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".yml"):
            continue
        content = yaml.safe_load(file.read_text("utf-8"))
        code = file.name.removesuffix(".yml")
        script = content.get("script")
        found[code] = Known(
            code,
            words=frozenset(folded(word) for word in content.get("words", "").split()),
            letters=frozenset(content.get("letters", "")),
            script=regex.compile(rf"\p{{Script={script}}}") if script else None,
            alone=frozenset(_bare(phrase) for phrase in content.get("alone", ())),
        )  # fmt: skip
    return found


def detect(text: str, *, current: str, without: Iterable[str] = ()) -> str | None:
    """The language of a message where it plainly is another than `current`; None where it tells nothing new.

    `without` are names (of classes, of people) that belong to no language.
    """
    text = text[:LONGEST]
    foreign = _by_script(text)
    if foreign is not None:
        return foreign if foreign != current else None
    bare = _bare(text)
    alone = next((language.code for language in known().values() if bare in language.alone), None)
    if alone is not None:
        return alone if alone != current else None
    names = {folded(word) for name in without for word in WORD.findall(name)}
    written = [word for word in WORD.findall(text.lower().replace("’", "'")) if folded(word) not in names]
    worth, counts = _worth(written)
    if not worth:
        return None
    best = max(worth, key=lambda code: worth[code])
    rival = max(worth.get(current, 0.0), worth.get("en", 0.0) if best != "en" else 0.0)
    is_plain = (
        best != current
        and counts[best] >= LEAST_WORDS
        and worth[best] >= LEAST_WORTH
        and worth[best] - rival >= LEAD
        and counts[best] >= SHARE * len(written)
    )
    return best if is_plain else None


def _worth(written: list[str]) -> tuple[dict[str, float], Counter[str]]:
    """What speaks for each language: a word counts the more the fewer languages have it."""
    worth: dict[str, float] = {}
    counts: Counter[str] = Counter()
    for word in dict.fromkeys(written):
        plain = folded(word)
        owners = _owners().get(plain, ())
        for code in owners:
            worth[code] = worth.get(code, 0.0) + 1 / len(owners)
            counts[code] += 1
        if plain == word:
            continue
        for language in known().values():
            if language.letters and not language.letters.isdisjoint(word) and len(word) > 1:
                worth[language.code] = worth.get(language.code, 0.0) + LETTER_WORTH
                counts[language.code] += language.code not in owners
    return worth, counts


def _by_script(text: str) -> str | None:
    if text.isascii():
        return None
    letters = LETTER.findall(text)
    best, most = None, 0
    for language in known().values():
        if language.script is None:
            continue
        count = len(language.script.findall(text))
        # Two languages share a script: the one whose own letters stand there, else the first.
        marked = 1000 * sum(letter in language.letters for letter in text.lower())
        if count > 1 and count >= SCRIPT_SHARE * len(letters) and count + marked > most:
            best, most = language.code, count + marked
    return best


@cache
def _owners() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language in known().values():
        for word in language.words:
            found[word] = (*found.get(word, ()), language.code)
    return found


def folded(word: str) -> str:
    """Without case and accents: ``¿Cuándo?`` and ``cuando`` are the same word."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _bare(text: str) -> str:
    return " ".join(folded(word) for word in WORD.findall(text.replace("’", "'")))
