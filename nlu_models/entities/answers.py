"""Names without an introduction: the bare answer to a question, a message that is a name, a name under a message."""

from __future__ import annotations

import re

from nlu_models.entities.message import Message
from nlu_models.entities.names import COMMON_WORDS, GIVEN_NAMES
from nlu_models.entities.naming import PARTICLES, is_title_case, name_entity, plain, shouted
from nlu_models.parse import Entity

_CLOSINGS = frozenset(
    """best regards thanks thank cheers care bye sincerely love luck wishes rgds ta x xx soon warmly slán later
    day""".split()  # noqa: SIM905
)


_THANKING = frozenset(("thanks", "thank", "cheers", "ta"))


def bare_answer(message: Message) -> Entity | None:
    """The answer to "what is your name?": a name at the start, alone or before more."""
    words = message.words
    at = 0
    while at < len(words) and words[at].lower in (
        "yes", "yeah", "yep", "sure", "ok", "okay", "hi", "hello", "hey", "of", "course", ",", "!", ".", "oh", "sorry", "it's", "its", "i'm", "im", "grand", "so",
    ):  # fmt: skip
        at += 1
    if at >= len(words):
        return None
    first = words[at]
    if (
        first.lower in COMMON_WORDS
        or not first.text[:1].isalpha()
        or message.in_times(first.start, first.end)
    ):
        return None
    if "?" in message.text and plain(first) not in GIVEN_NAMES:
        return None
    end = at + 1
    while end < len(words) and end - at < 4:
        word = words[end]
        if (
            not word.text[:1].isalpha()
            or word.lower in COMMON_WORDS
            or message.in_times(word.start, word.end)
        ):
            break
        end += 1
    rest = [word for word in words[end:] if word.text[:1].isalpha()]
    follow = words[end].lower if end < len(words) else ""
    known = any(plain(word) in GIVEN_NAMES for word in words[at:end])
    if (
        follow
        and follow[:1].isalpha()
        and follow
        not in (
            "and",
            "here",
            "is",
            "but",
            "i",
            "my",
            "with",
            "i'd",
            "i'm",
            "want",
            "looking",
            "not",
            "thanks",
            "please",
            "but",
            "the",
            "who",
        )
    ) and not known:
        return None
    if not known and follow in ("is", "the", "my", "with", "i", "i'm", "i'd", "want"):
        return None
    if len(rest) > 12 and not known and follow not in (".", ",", "and", "!", "\n"):
        return None
    return name_entity(message, at, end, 0.95 if known or not rest else 0.85)


def nothing_else(message: Message) -> Entity | None:
    """A message that is a full name and nothing else."""
    words = [word for word in message.words if word.text != "."]
    if not 2 <= len(words) <= 4 or not all(
        word.text[:1].isupper() or word.lower in PARTICLES for word in words
    ):
        return None
    if plain(words[0]) not in GIVEN_NAMES or any(
        word.lower in COMMON_WORDS or not word.text[:1].isalpha() for word in words
    ):
        return None
    trainers = {term.name.lower() for term in message.context.vocabulary.trainers}
    if " ".join(word.lower for word in words) in trainers and message.context.asked != "name":
        return None
    if shouted(message) or message.in_times(words[0].start, words[-1].end):
        return None
    return name_entity(message, 0, len(words), 0.8)


def signed_name(message: Message) -> Entity | None:
    """A name under a message: "all the best, Margaret"."""
    words = message.words
    end = len(words)
    while (end and not words[end - 1].text[:1].isalpha()) or (
        end and words[end - 1].lower in ("x", "xx", "xxx")
    ):
        end -= 1
    for length in (3, 2, 1):
        start = end - length
        if start < 2 or not all(
            is_title_case(word) and word.lower not in COMMON_WORDS for word in words[start:end]
        ):
            continue
        before = message.text[words[start - 1].start : words[start].start]
        closing = {word.lower for word in words[max(0, start - 5) : start]}
        if not re.search(r"[,\n–—-]\s*$|\n", before):
            continue
        if ("\n" in before or closing & _CLOSINGS) and not message.in_times(
            words[start].start, words[end - 1].end
        ):
            if closing & {"hi", "hello", "hey"} and not closing & {"regards", "best"}:
                continue
            trainers = {
                term.name.split()[0].lower() for term in message.context.vocabulary.trainers if term.name
            }
            thanked = (
                closing & _THANKING
                and not closing & (_CLOSINGS - _THANKING)
                and start <= 3
                and "\n" not in before
            )
            if thanked or plain(words[start]) in trainers:
                # "Thanks, Tom" thanks Tom.
                return None
            return name_entity(message, start, end, 0.8)
    return None
