"""Names: the writer's own first of all, and other people the writer names.

Confidence tells them apart: from `OWN` up it is the writer's own name, 0.5 and below somebody else's.
"""

from __future__ import annotations

from nlu_models.entities.answers import bare_answer, nothing_else, signed_name
from nlu_models.entities.message import Message, Word
from nlu_models.entities.names import COMMON_WORDS, GIVEN_NAMES
from nlu_models.entities.naming import OWN, TITLES, extent, is_title_case, name_entity, plain
from nlu_models.parse import Entity

_RELATIONS = frozenset(
    """mate friend friends sister brother wife husband cousin son daughter colleague neighbour neighbor partner
    girlfriend boyfriend gf bf bestie buddy flatmate housemate roommate mam mum mom mother dad father da
    nephew niece uncle aunt fiance fiancé fiancée hubby missus lad pal coworker boss aunty granny""".split()  # noqa: SIM905
)


# What may stand before the writer's own name, longest first.
_INTRODUCTIONS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("my", "name", "is"), 0.95), (("my", "names"), 0.95), (("my", "name's"), 0.95), (("my", "full", "name", "is"), 0.95),
    (("my", "first", "name", "is"), 0.95), (("the", "name", "is"), 0.95), (("the", "name's"), 0.95), (("name", "is"), 0.9),
    (("name's",), 0.9), (("names",), 0.8), (("name", ":"), 0.95), (("name", "-"), 0.9), (("call", "me"), 0.9), (("i", "am", "called"), 0.95),
    (("i'm", "called"), 0.95), (("im", "called"), 0.95), (("known", "as"), 0.8), (("go", "by"), 0.85), (("it's", "me"), 0.75), (("its", "me"), 0.75),
    (("me", "llamo"), 0.95), (("soy",), 0.8), (("mi", "nombre", "es"), 0.95), (("me", "chamo"), 0.95), (("mi", "chiamo"), 0.95),
    (("je", "suis"), 0.8), (("jestem",), 0.8), (("ich", "heiße"), 0.95), (("ich", "bin"), 0.8), (("ich", "heisse"), 0.95), (("je", "m'appelle"), 0.95), (("is", "mise"), 0.8),
    (("surname", "is"), 0.9), (("last", "name", "is"), 0.9), (("first", "name", "is"), 0.95), (("surname's",), 0.9), (("under", "the", "name"), 0.9),
    (("down", "as"), 0.75), (("down", "under"), 0.8), (("this", "is"), 0.85), (("this", "is", "just"), 0.0), (("i'm",), 0.85), (("im",), 0.85),
    (("i", "am"), 0.85), (("it's",), 0.8), (("its",), 0.8), (("it", "is"), 0.8), (("myself",), 0.9), (("am",), 0.0), (("meant",), 0.7), (("i'm", "actually"), 0.75),
    (("spelled",), 0.0), (("name", "was"), 0.0), (("tis",), 0.8), (("under",), 0.0),
)  # fmt: skip


_NAMING = frozenset(
    """name named called name's names llamo m'appelle surname myself as under by :""".split()  # noqa: SIM905
)


_AFTER_NAME = frozenset(("here", "speaking", "btw", "again"))
_FOLLOWING = _AFTER_NAME | {"from", "calling", "is"}
"""What can follow a name that stands before its introduction."""
_POINTING = frozenset(["tell", "ask", "is", "to", "this"])
"""What can stand before another's name."""


_THIRD = frozenset(
    """his her their trainer's friend's mate's wife's husband's son's daughter's""".split()  # noqa: SIM905
)


_INTROS = {
    first: sorted(
        (intro for intro in _INTRODUCTIONS if intro[0][0] == first), key=lambda intro: -len(intro[0])
    )
    for first in {words[0] for words, _ in _INTRODUCTIONS}
}
"""By their first word."""


def find_names(message: Message) -> list[Entity]:
    """The writer's own name and the names of others, in order of appearance."""
    words = message.words
    found: dict[int, Entity] = {}
    if message.context.asked == "name":
        bare = bare_answer(message)
        if bare is not None:
            found[bare.start] = bare
    whole = nothing_else(message)
    if whole is not None:
        found.setdefault(whole.start, whole)
    may_follow = any(word.lower in _FOLLOWING for word in words)
    for at in range(len(words)):
        entity = introduced(message, at) or other_person(message, at)
        if entity is None and may_follow:
            entity = before_here(message, at)
        if entity is not None and not any(
            entity.start < other.end and other.start < entity.end for other in found.values()
        ):
            found[entity.start] = entity
    signed = signed_name(message)
    if signed is not None and not any(
        signed.start < other.end and other.start < signed.end for other in found.values()
    ):
        found[signed.start] = signed
    return sorted(found.values(), key=lambda entity: (entity.confidence < OWN, entity.start))


def _matches(words: tuple[Word, ...], at: int, expected: tuple[str, ...]) -> bool:
    return len(words) >= at + len(expected) and all(
        words[at + step].lower == word for step, word in enumerate(expected)
    )


def introduced(message: Message, at: int) -> Entity | None:
    """ "I'm Ana", "name's Ana", "this is Bernie", "it's Shauna with a u", "myself Rajesh"."""
    words = message.words
    intros = _INTROS.get(words[at].lower)
    if intros is None:
        return None
    if at and words[at - 1].lower in _THIRD:
        return _third_named(message, at)
    for intro, sure in intros:
        if not _matches(words, at, intro):
            continue
        if sure == 0.0:
            return None
        start = at + len(intro)
        if start < len(words) and words[start].text in (":", "-", ","):
            start += 1
        if (
            start < len(words)
            and words[start].lower in ("just", "actually", "only", "the", "called", "mr", "in")
            and intro[-1] not in ("is", "as")
            and (words[start].lower in ("just", "the", "only", "in"))
        ):
            return None
        naming = (
            intro[-1]
            in (
                "name's",
                "names",
                "llamo",
                "m'appelle",
                "myself",
                ":",
                "called",
                "heisse",
                "heiße",
                "chamo",
                "chiamo",
                "es",
            )
            or "name" in intro
            or "surname" in intro
        )
        if intro[0] in ("call",) and not _callable(message, start):
            return None
        if (words[at].lower in ("this", "it's", "its", "it", "tis", "meant") or intro == ("down", "as")) and (
            not _is_self_evident(message, at, start)
        ):
            return None
        end = extent(words, start, message, trusting=naming and _safe_lower(words, start))
        if end == start or _is_role(message, start):
            return None
        follow = words[end].lower if end < len(words) else ""
        if (words[end - 1].lower.endswith("'s") and follow[:1].isalpha()) or follow[:1].isdigit():
            return None
        if follow in ("not",) or follow == "":
            return name_entity(message, start, end, sure)
        if (
            follow in ("is", "was", "has", "said", "'s", "told", "and")
            and intro[0] in ("it's", "its", "this")
            and follow != "and"
        ):
            return None
        if (
            intro in (("i'm",), ("im",), ("i", "am"))
            and not naming
            and words[start].lower not in GIVEN_NAMES
            and follow in ("of", "at", "to", "about", "with", "than", "or")
        ):
            return None
        return name_entity(message, start, end, sure)
    return None


def _callable(message: Message, start: int) -> bool:
    words = message.words
    return start < len(words) and words[start].lower not in (
        "back",
        "when",
        "on",
        "at",
        "please",
        "asap",
        "later",
        "tomorrow",
        "a",
        "if",
        "after",
        "before",
        "in",
    )


def _safe_lower(words: tuple[Word, ...], start: int) -> bool:
    return start < len(words) and words[start].lower not in COMMON_WORDS


def _is_self_evident(message: Message, at: int, start: int) -> bool:
    """After "it's" and "this is" a name must look like one: in the list of names, or capital and near its clause's end."""
    words = message.words
    if (
        at
        and words[at - 1].lower
        in (
            "is",
            "if",
            "think",
            "that",
            "says",
            "said",
            "what",
            "where",
            "when",
            "because",
            "but",
            "hope",
            "though",
            "not",
        )
        and words[at - 1].lower != "think"
    ):
        return False
    if at and words[at].lower == "this" and words[at - 1].lower == "is":
        return False
    if start >= len(words):
        return False
    word = words[start]
    if word.lower in TITLES or plain(word) in GIVEN_NAMES:
        return extent(words, start, message, trusting=False) >= len(words) or words[
            extent(words, start, message, trusting=False)
        ].lower not in ("is", "was", "who", "i", "that")
    if not is_title_case(word):
        return message.context.asked == "name" and plain(word) not in COMMON_WORDS
    end = extent(words, start, message, trusting=False)
    return end >= len(words) or words[end].lower in (
        "here",
        "not",
        "with",
        ",",
        ".",
        "from",
        "and",
        "again",
        "!",
        "btw",
        "by",
        "-",
        "the",
        "?",
    )


def _is_role(message: Message, start: int) -> bool:
    """ "I'm Irish", "I'm Level 4", a trainer wish or a day is no name."""
    first = message.words[start].lower
    return first in COMMON_WORDS and first not in GIVEN_NAMES and first not in TITLES


def _third_named(message: Message, at: int) -> Entity | None:
    """ "his name is Arjun"."""
    words = message.words
    for intro in (("name", "is"), ("name's",), ("names",)):
        if _matches(words, at, intro):
            start = at + len(intro)
            end = extent(words, start, message, trusting=_safe_lower(words, start))
            return name_entity(message, start, end, 0.4) if end > start else None
    return None


def before_here(message: Message, at: int) -> Entity | None:
    """ "Grainne here", "Ana Silva btw", "Arjun is his name", "Ana is my name"."""
    words = message.words
    if (
        at and words[at - 1].text[:1].isalpha() and message.text[words[at - 1].end : words[at].start] == " "
    ) and (
        words[at - 1].lower
        not in (
            "hi",
            "hey",
            "hello",
            "hiya",
            "and",
            "so",
            "ok",
            "yes",
            "yeah",
            "sorry",
            "howya",
            "ah",
            "well",
            "it's",
            "its",
            "morning",
            "evening",
            "afternoon",
        )
    ):
        return None
    end = extent(words, at, message, trusting=False)
    if end == at or end >= len(words):
        return None
    follow = words[end].lower
    if follow in _AFTER_NAME:
        if follow in ("btw", "again") and plain(words[at]) not in GIVEN_NAMES and end - at < 2:
            return None
        if (
            follow == "here"
            and end + 1 < len(words)
            and words[end + 1].lower in ("today", "now", "tomorrow", "?", "on", "at", "yet")
        ):
            return None
        return name_entity(message, at, end, 0.9)
    if (follow in ("from", "calling") and at == 0) or (
        at == 1 and words[0].lower in ("hi", "hey", "hello") and follow == "from"
    ):
        return name_entity(message, at, end, 0.75) if plain(words[at]) in GIVEN_NAMES and at == 0 else None
    if _matches(words, end, ("is", "my", "name")):
        return name_entity(message, at, end, 0.95)
    if (
        follow == "is"
        and end + 2 < len(words)
        and words[end + 1].lower in ("his", "her", "their")
        and words[end + 2].lower == "name"
    ):
        return name_entity(message, at, end, 0.4)
    return None


def other_person(message: Message, at: int) -> Entity | None:
    """Other people: "my mate Dave", "Mrs Okafor", "is Conor there", "tell Pat"."""
    words = message.words
    word = words[at].lower
    if word not in _POINTING and word not in _RELATIONS and word not in TITLES:
        return None
    start = at + 1
    if word in TITLES and start < len(words) and words[at].text[:1].isupper():
        start += words[start].text == "."
        if start < len(words) and is_title_case(words[start]) and words[start].lower not in COMMON_WORDS:
            return name_entity(message, at, extent(words, start, message, trusting=False), 0.4)
        return None
    if start >= len(words) or message.text[words[at].end : words[start].start] not in (" ", ", "):
        return None
    name = words[start]
    if (
        word in _RELATIONS
        and at
        and words[at - 1].lower in ("my", "a", "our", "your", "her", "his", "me", "best", "good")
    ):
        if name.lower in ("called", "named", "is", "'s") and start + 1 < len(words) and name.lower != "is":
            start += 1
        if start < len(words) and (is_title_case(words[start]) or plain(words[start]) in GIVEN_NAMES):
            end = extent(words, start, message, trusting=False)
            return name_entity(message, start, end, 0.4) if end > start else None
        return None
    if word in _POINTING:
        if plain(name) not in GIVEN_NAMES or not is_title_case(name):
            return None
        if word == "is" and not (
            start + 1 < len(words)
            and words[start + 1].lower
            in ("there", "around", "in", "about", "working", "on", "free", "here", "back")
        ):
            return None
        if word == "to" and (
            not at
            or words[at - 1].lower
            not in ("speak", "talk", "chat", "spoke", "chatting", "speaking", "talking", "message")
        ):
            return None
        if word == "this" and not (at and words[at - 1].lower == "is"):
            return None
        end = extent(words, start, message, trusting=False)
        return name_entity(message, start, end, 0.3) if end > start else None
    return None
