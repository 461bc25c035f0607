"""What a name looks like, how far it reaches, and how it is written on a card."""

from __future__ import annotations

import re

from nlu_models.entities.message import Message, Word
from nlu_models.entities.names import COMMON_WORDS, GIVEN_NAMES
from nlu_models.parse import Entity

OWN = 0.7


"""From this confidence on a name is the writer's own."""


PARTICLES = frozenset(
    """ní ni nic ó o mac mc de da dos del van von der den la le di el al bin ibn st ui uí""".split()  # noqa: SIM905
)


TITLES = frozenset(["mr", "mrs", "ms", "miss", "dr", "mister", "missus", "prof", "sr", "fr"])


_HONORIFICS = frozenset(["sir", "ji", "bhai", "madam"])


def is_title_case(word: Word) -> bool:
    """Whether it begins with a capital without being all capitals."""
    return word.text[:1].isupper() and not (len(word.text) > 1 and word.text.isupper())


def plain(word: Word) -> str:
    """The word in lower case without a possessive."""
    return re.sub(r"'s$", "", word.lower)


def is_name(word: Word, message: Message, *, trusting: bool) -> bool:
    """Whether a word can be (part of) a name; `trusting` where nothing but a name is expected."""
    text = plain(word)
    if not text[:1].isalpha() or len(text) > 25 or (len(text) < 2 and not word.text.isupper()):
        return False
    if text in GIVEN_NAMES:
        return True
    if text in COMMON_WORDS or message.in_times(word.start, word.end):
        return False
    if text.endswith(("ing", "'ll", "'ve", "'re", "n't")) and not trusting:
        return False
    if trusting:
        return True
    return is_title_case(word) and (not shouted(message) or text in GIVEN_NAMES)


def shouted(message: Message) -> bool:
    """Whether the message is written in capitals, so that these tell nothing."""
    letters = [char for char in message.text if char.isalpha()]
    return len(letters) > 12 and sum(char.isupper() for char in letters) > 0.7 * len(letters)


def extent(words: tuple[Word, ...], at: int, message: Message, *, trusting: bool, limit: int = 4) -> int:
    """The position after the name that starts at `at`; `at` itself where none does."""
    if at < len(words) and words[at].lower in TITLES and at + 1 < len(words):
        step = at + 1 + (words[at + 1].text == ".")
        end = extent(words, step, message, trusting=trusting)
        return end if end > step else at
    if at >= len(words) or not is_name(words[at], message, trusting=trusting):
        return at
    end = at + 1
    capital = words[at].text[:1].isupper()
    while end < len(words) and end - at < limit:
        word = words[end]
        if message.text[words[end - 1].end : word.start] not in (" ", "  "):
            break
        if (
            word.lower in PARTICLES
            and end + 1 < len(words)
            and _surname_like(words[end + 1], message, capital)
        ):
            end += 1
            continue
        if not _surname_like(word, message, capital):
            break
        end += 1
    return end


def _surname_like(word: Word, message: Message, capital: bool) -> bool:
    text = plain(word)
    if (
        not text[:1].isalpha()
        or text in COMMON_WORDS
        or message.in_times(word.start, word.end)
        or text in _HONORIFICS
    ):
        return False
    if capital:
        return word.text[:1].isupper() and (len(text) > 1)
    return text in GIVEN_NAMES or (text.startswith(("o'", "mc", "mac")) and len(text) > 4)


def name_entity(message: Message, start: int, end: int, sure: float) -> Entity:
    """The name made of the words from `start` up to `end`."""
    words = message.words
    first, last = words[start].start, words[end - 1].end
    text = message.text[first:last]
    if text.endswith(("'s", "’s")) and sure < OWN:
        text, last = text[:-2], last - 2
    return Entity("person_name", tidied(text), text, first, last, sure)


def tidied(name: str) -> str:
    """A name as it goes on a card: single spaces, capitals where the writer left them out."""
    parts = re.sub(r"[’`]", "'", name).split()
    whole_lower = name == name.lower()
    shouted = name == name.upper() and len(name) > 3
    tidy = []
    for at, part in enumerate(parts):
        low = part.lower()
        if (
            at
            and low in ("de", "da", "dos", "del", "van", "von", "der", "den", "la", "di", "bin", "ibn")
            and whole_lower
        ):
            tidy.append(low)
        elif whole_lower or shouted or (part == low and low not in PARTICLES):
            tidy.append(_capital(low))
        else:
            tidy.append(part)
    return " ".join(tidy)


def _capital(part: str) -> str:
    part = "-".join(piece[:1].upper() + piece[1:] for piece in part.split("-"))
    if part.startswith("O'") and len(part) > 2:
        return "O'" + part[2:3].upper() + part[3:]
    if part.startswith("Mc") and len(part) > 3:
        return "Mc" + part[2:3].upper() + part[3:]
    return part
