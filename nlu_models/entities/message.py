"""A message as words with their places, shared by the rules for each entity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from nlu_models.parse import Context, Times

_WORD = re.compile(r"[^\W\d_]+(?:['’`´-][^\W\d_]+)*|\d+(?:[.,:]\d+)*|[^\w\s]")
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or sign; `lower` has straight apostrophes and no case."""

    text: str
    lower: str
    start: int
    end: int


@dataclass(frozen=True)
class Message:
    """A text with its context, its times and its words."""

    text: str
    context: Context
    times: Times

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The text as words, numbers and signs."""
        return tuple(
            Word(found.group(), found.group().lower().replace("’", "'"), found.start(), found.end())
            for found in _WORD.finditer(self.text)
        )

    @cached_property
    def lower(self) -> str:
        """The text in lower case with straight apostrophes, of the same length."""
        lowered = self.text.lower().replace("’", "'").replace("`", "'")
        return lowered if len(lowered) == len(self.text) else self.text.replace("’", "'")

    def in_times(self, start: int, end: int) -> bool:
        """Whether that range overlaps what was read as time."""
        return any(start < last and first < end for first, last in self.times.spans)
