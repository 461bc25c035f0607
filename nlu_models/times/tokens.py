"""Text to tokens: what was written, what was meant, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu_models.times.words import CARDINALS, ORDINALS, TODAY, TONIGHT, WEEKDAYS, repaired

_TOKEN = re.compile(
    r"\b(?:half(?=(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b)|"
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)(?=ish\b))|"
    r"\b2(?:mor+o+w?|morr?a|mara|mrw|mro|moz|nite|night|day)s?\b|\bb4\b|\d+|[^\W\d_]+(?:['’`´][^\W\d_]+)*|[^\w\s]|_",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’`´]s$|s['’`´]$")
_SPELLINGS = {
    "til": "till", "until": "till", "untill": "till", "'til": "till", "b4": "before", "bfore": "before",
    "befor": "before", "arnd": "around", "aroud": "around", "abt": "about", "nxt": "next", "wk": "week",
    "wknd": "weekend", "wkend": "weekend", "wkends": "weekends", "wknds": "weekends", "oclock": "o'clock",
    "clock": "o'clock", "o'clck": "o'clock", "qtr": "quarter", "quater": "quarter", "quarted": "quarter",
    "hlf": "half", "haf": "half", "n": "and", "&": "and", "cant": "can't", "cannot": "can't", "dont": "don't",
    "doesnt": "doesn't", "wont": "won't", "isnt": "isn't", "aint": "isn't", "couldnt": "couldn't",
    "anytime": "anytime", "evry": "every", "ea": "each", "wkday": "weekday", "wkdays": "weekdays",
    "xmas": "christmas", "nite's": "nite", "noone": "noone", "mid-day": "midday",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign. `word` is lower-case and repaired; `start` and `end` are positions in the text."""

    text: str
    word: str
    start: int
    end: int
    glued: bool
    """No space stands before it."""
    number: int | None = None


@dataclass(slots=True)
class Tape:
    """The tokens of a message, read by position; positions off the ends read as empty."""

    text: str
    tokens: list[Token]
    shown: list[str]
    """The word at each position, empty where something else (a price, a weight, a greeting) was read."""

    def __len__(self) -> int:
        """How many tokens there are."""
        return len(self.tokens)

    def word(self, at: int) -> str:
        """The repaired word, or an empty string off the ends and where something else was read."""
        return self.shown[at] if 0 <= at < len(self.shown) else ""

    def raw(self, at: int) -> str:
        """The repaired word even where something else was read."""
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def number(self, at: int) -> int | None:
        """The value of a token of digits."""
        return self.tokens[at].number if 0 <= at < len(self.shown) and self.shown[at] else None

    def digits(self, at: int) -> str:
        """The digits as written."""
        return self.tokens[at].text if self.number(at) is not None else ""

    def glued(self, at: int) -> bool:
        """Whether the token at `at` follows the one before without a space."""
        return 0 <= at < len(self.tokens) and self.tokens[at].glued

    def words(self, at: int, *expected: str) -> bool:
        """Whether the tokens from `at` on are these words."""
        return self.word(at) == expected[0] and self.shown[at : at + len(expected)] == list(expected)

    def mask(self, at: int) -> None:
        """Hide the token at `at` from the rules."""
        self.shown[at] = ""

    def cardinal(self, at: int) -> tuple[int, int] | None:
        """A whole number in digits or words: its value and the position after it."""
        number = self.number(at)
        if number is not None:
            return (number, at + 1) if len(self.tokens[at].text) <= 4 else None
        value = CARDINALS.get(self.word(at))
        if value is None:
            return None
        if 20 <= value <= 90:
            after = at + 2 if self.word(at + 1) == "-" else at + 1
            unit = CARDINALS.get(self.word(after), 0)
            if 1 <= unit <= 9:
                return value + unit, after + 1
        return value, at + 1

    def ordinal(self, at: int) -> tuple[int, int] | None:
        """ "21st", "third", "twenty third": its value and the position after it."""
        number = self.number(at)
        if number is not None:
            if self.word(at + 1) in ("st", "nd", "rd", "th") and self.glued(at + 1) and number <= 400:
                return number, at + 2
            return None
        word = self.word(at)
        if word in ORDINALS:
            return ORDINALS[word], at + 1
        if CARDINALS.get(word, 0) in (20, 30):
            after = at + 2 if self.word(at + 1) == "-" else at + 1
            unit = ORDINALS.get(self.word(after), 0)
            if 1 <= unit <= 9:
                return CARDINALS[word] + unit, after + 1
        return None

    def chars(self, start: int, end: int) -> tuple[int, int]:
        """The character range of the tokens from `start` up to `end`."""
        return self.tokens[start].start, self.tokens[end - 1].end


@lru_cache(maxsize=4096)
def _meant(text: str) -> str:
    word = text.lower().replace("’", "'").replace("`", "'").replace("´", "'")
    if word.isdigit():
        return word
    if word in _SPELLINGS:
        return _SPELLINGS[word]
    if "'" in word:
        bare = _POSSESSIVE.sub("", word)
        if bare in WEEKDAYS or bare in TODAY or bare in TONIGHT:
            return bare
        if bare != word and repaired(bare) in WEEKDAYS:
            return repaired(bare)
        return word
    return repaired(word)


def tokenise(text: str) -> Tape:
    """Cut `text` into words, runs of digits and single signs, and repair the words of time."""
    tokens = []
    last_end = -1
    for found in _TOKEN.finditer(text):
        written = found.group()
        number = int(written) if written.isascii() and written.isdigit() and len(written) <= 15 else None
        tokens.append(
            Token(written, _meant(written), found.start(), found.end(), found.start() == last_end, number)
        )
        last_end = found.end()
    return Tape(text, tokens, [token.word for token in tokens])
