"""What phones write into a text message by themselves: reactions that SMS has no other form for, and automatic answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERBS = {
    "liked": "👍", "loved": "❤️", "disliked": "👎", "laughed at": "😂", "emphasized": "‼️", "emphasised": "‼️",
    "questioned": "❓",
}  # fmt: skip
_SPACES = re.compile("[\\s\u200a\u200b\u200c\u2060\ufeff]+")
"""Android puts thin and invisible spaces around the parts."""
_QUOTED = '(?:an image|["“](?P<quote>.*)[”"])'
_EMOJI = "[^\\w\\s\"“”'’.,:;!?()-]{1,16}"
_ADDED = re.compile(
    f"(?:(?P<verb>{'|'.join(_VERBS)})|(?:reacted )?(?P<emoji>{_EMOJI}) to) {_QUOTED}", re.IGNORECASE
)
_REMOVED = re.compile(
    f"removed (?:an? (?:like|heart|dislike|laugh|exclamation(?: mark)?|question mark)|{_EMOJI}) from {_QUOTED}",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"\W*(?:i['’]?m driving with (?:do not disturb|focus)\b|i['’]?m not receiving notifications\b"
    r"|i am (?:currently )?driving and (?:can['’]?t|cannot)\b|\W?auto(?:matic|mated)?[- ]?(?:reply|response)\b"
    r"|this is an auto(?:matic|mated) (?:reply|response|message)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tapback:
    """A reaction, as an iPhone or an Android phone spells it out for somebody without the same system."""

    emoji: str
    """'' where it is taken back."""
    quote: str
    """The words it stands under, on one line; '' for a picture."""


def tapback(text: str) -> Tapback | None:
    """The reaction that a text spells out ("Liked “See you at 10”", "👍 to “...”"); None for people's own words."""
    line = _SPACES.sub(" ", text).strip()
    if found := _ADDED.fullmatch(line):
        verb = found["verb"]
        return Tapback(_VERBS[verb.lower()] if verb else found["emoji"], (found["quote"] or "").strip())
    if found := _REMOVED.fullmatch(line):
        return Tapback("", (found["quote"] or "").strip())
    return None


def is_automatic(text: str) -> bool:
    """Whether the phone answered and not its owner; answering that would go on for ever."""
    return _AUTOMATIC.match(text) is not None
