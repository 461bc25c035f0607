"""What the gym offers and who trains there: services, classes and trainers by name, nickname and near-miss."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from nlu_models.entities.message import Message, Word
from nlu_models.entities.names import COMMON_WORDS
from nlu_models.parse import Entity, Term, Vocabulary

_TRIAL = re.compile(
    r"\b(?:(?:free|first|gratis)\s)?(?:(?:taster|trial|intro|introductory|introduction)(?:\s(?:session|class|visit|lesson|day|workout)s?)?|trials|tasters)\b"
    r"|\b(?:free|gratis)\strail\b|\b(?:a|my|the)\strail(?=\s(?:session|class|workout))"
    r"|\bfree\s(?:session|class|workout|visit|pass|lesson)\b|\bfirst\s(?:visit|session)\b"
)
_PERSONAL = re.compile(
    r"\bp\.?t\.?(?:'?s)?\b(?:\ssessions?)?|\bpersonal\s(?:training|trainer session|coaching)\b(?:\ssessions?)?"
    r"|\b(?:one|1)[\s-]?(?:to|on|2|-|:)[\s-]?(?:ones?|1s?)\b(?:\s(?:sessions?|training|coaching))?|\b121s?\b"
)
_ONLINE = re.compile(
    r"\bonline\s(?:coaching|training|sessions?|coach|pt|program(?:me)?)\b|\b(?:zoom|remote|virtual)\s(?:coaching|training|sessions?)\b"
)
# Kinds of class that people ask for whether or not the gym has them; how they are written matters little.
_KINDS: dict[str, str] = {
    "yoga": r"(?:(?:chair|hot|vinyasa|yin|power|prenatal|pregnancy|hatha|bikram|aerial|morning|evening)\s)?yoga(?:\sflow)?",
    "pilates": r"(?:reformer\s|mat\s)?pil+at(?:es|ies|tes)",
    "spin": r"spin(?:ning)?(?!\sme|\saround)",
    "boxing": r"(?:box(?:ing|fit|ercise)|kick\s?boxing)(?!\sday)",
    "hiit": r"hii+t+(?!s)|hit(?=\s(?:class|session|on\s(?:mon|tue|wed|thu|fri|sat|sun)))|h\.i\.i\.t",
    "zumba": r"zumba",
    "bodypump": r"body\s?pump|bodypump|body\s?(?:combat|balance|attack)",
    "aqua aerobics": r"aqua\s?(?:aerobics|fit)|water\saerobics",
    "aerobics": r"aerobics",
    "circuits": r"circuits?(?:\sclass|\straining)?",
    "bootcamp": r"boot\s?camp",
    "crossfit": r"cross\s?fit\sclass(?:es)?",
    "barre": r"barre(?:\sclass)?",
    "stretching": r"stretch(?:ing)?\sclass",
    "tai chi": r"tai\s?chi",
    "strength": r"(?:strength|foundations|beginners?|lifting|mobility|kettlebells?|abs|core|step|tabata|trx|dance|meditation|swimming)\sclass(?:es)?",
    "strength foundations": r"(?:strength\s)?foundations",
    "judo": r"judo|karate|bjj|jiu\s?jitsu|muay\s?thai|taekwondo",
    "swimming": r"swimming\slessons?",
}  # fmt: skip
_NOT_AFTER_PT = frozenset(("qualified", "a"))


@lru_cache(maxsize=64)
def _kinds_pattern() -> re.Pattern[str]:
    parts = [f"(?P<k{at}>{pattern})" for at, pattern in enumerate(_KINDS.values())]
    return re.compile(r"\b(?:" + "|".join(parts) + r")\b")


def _keys_like(vocabulary: Vocabulary, *words: str) -> list[Term]:
    return [
        term
        for term in vocabulary.services
        if any(word in f"{term.key} {term.name} {' '.join(term.aliases)}".lower() for word in words)
    ]


def _personal_key(message: Message) -> str:
    """The personal training of the length that was said, an hour if none was."""
    terms = _keys_like(message.context.vocabulary, "personal", "one to one", "1-1")
    if not terms:
        return "personal training"
    half_hour = re.search(r"\b(?:30|thirty|half an hour|half hour|half-hour)\b", message.lower)
    for term in terms:
        if ("30" if half_hour else "60") in term.name + term.key:
            return term.key
    return terms[0].key


def _key(message: Message, kind: str, fallback: str, *words: str) -> str:
    terms = _keys_like(message.context.vocabulary, *words)
    return terms[0].key if terms else fallback if kind == "" else kind


def find_services(message: Message) -> list[Entity]:
    """Services and classes; the value is the gym's key, or the words in lower case where the gym has no such thing."""
    lower, vocabulary = message.lower, message.context.vocabulary
    found: list[Entity] = []

    def add(start: int, end: int, value: str, sure: float) -> None:
        if not any(start < other.end and other.start < end for other in found):
            found.append(Entity("service", value, message.text[start:end], start, end, sure))

    for start, end, key, sure in _named_terms(message, vocabulary):
        add(start, end, key, sure)
    for match in _ONLINE.finditer(lower):
        add(*match.span(), _key(message, "online coaching", "", "online"), 0.9)
    for match in _TRIAL.finditer(lower):
        if re.match(r"\s(?:and error|period)", lower[match.end() :]) or (
            match.group().startswith("intro") and match.group() in ("intro", "introduction")
        ):
            continue
        add(*match.span(), _key(message, "trial", "", "trial", "taster", "intro"), 0.9)
    for match in _PERSONAL.finditer(lower):
        if re.search(
            r"\b(?:qualified|certified|i'm a|i am a|im a|work as a|as a)\s(?:\w+\s)?$", lower[: match.start()]
        ):
            continue
        if match.group().startswith(("1", "one")) and re.search(r"\d$|:$", lower[: match.start()]):
            continue
        add(*match.span(), _personal_key(message), 0.9)
    kinds = list(_KINDS)
    for match in _kinds_pattern().finditer(lower):
        if (
            lower[match.end() :]
            .lstrip()
            .startswith(("ring", "bag", "teacher", "instructor job", "gloves for sale"))
            and match.group() == "boxing"
        ):
            continue
        kind = kinds[int((match.lastgroup or "k0")[1:])]
        add(*match.span(), _class_key(vocabulary, kind, match.group()), 0.9)
    return found


def _class_key(vocabulary: Vocabulary, kind: str, said: str) -> str:
    """The gym's class of that kind, the one with the shortest name if there are several."""
    first = kind.split()[0]
    special = said.split()[0] if " " in said else ""
    terms = [term for term in vocabulary.services if first in term.name.lower().split() or first == term.key]
    if (
        special
        and special not in (first, "morning", "evening")
        and kind == "yoga"
        and not any(special in term.name.lower() for term in terms)
    ):
        return said
    if not terms:
        return said if len(said) > 2 else kind
    return min(terms, key=lambda term: len(term.name)).key


def _named_terms(message: Message, vocabulary: Vocabulary) -> list[tuple[int, int, str, float]]:
    """Vocabulary names and aliases in the text, the longest first; single words may have a slip."""
    found = []
    for name, key in _phrases(vocabulary.services):
        if name not in message.lower:
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?:'?s|es)?(?!\w)", message.lower):
            if name == "boxing" and message.lower[match.end() :].startswith((" day", " ring")):
                continue
            found.append((match.start(), match.end(), key, 1.0))
    found.sort(key=lambda item: item[0] - item[1])
    single = _single_words(vocabulary.services)
    for word in message.words:
        slip = _near(word, single)
        if slip and not any(start < word.end and word.start < end for start, end, _, _ in found):
            found.append((word.start, word.end, slip, 0.7))
    return found


@lru_cache(maxsize=256)
def _phrases(terms: tuple[Term, ...]) -> tuple[tuple[str, str], ...]:
    phrases: dict[str, str] = {}
    for term in terms:
        for name in (term.name, *term.aliases, term.key.replace("_", " ")):
            cleaned = re.sub(r"['’]", "", name.lower()).strip()
            if len(cleaned) >= 3 and cleaned not in COMMON_WORDS - {
                "yoga",
                "boxing",
                "hiit",
                "pilates",
                "zumba",
                "spin",
                "trial",
            }:
                phrases.setdefault(cleaned, term.key)
    return tuple(sorted(phrases.items(), key=lambda item: -len(item[0])))


@lru_cache(maxsize=256)
def _single_words(terms: tuple[Term, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, key) for name, key in _phrases(terms) if " " not in name and len(name) >= 4)


def _near(word: Word, names: tuple[tuple[str, str], ...]) -> str | None:
    """The key of the name that a word misses by one slip (two from eight letters on)."""
    text = word.lower
    if (
        len(text) < 4
        or text in COMMON_WORDS
        or text in ("trail", "trails", "trail's", "poxing", "boring")
        or not text.isalpha()
    ):
        return None
    for name, key in names:
        allowed = 2 if len(name) >= 8 else 1
        if (text[0] == name[0] and abs(len(text) - len(name)) <= allowed and len(name) >= 4) and (
            OSA.distance(text, name, score_cutoff=allowed) <= allowed
        ):
            return key
    return None


def find_trainers(message: Message) -> list[Entity]:
    """The gym's trainers by full name, first name, nickname or a near miss."""
    names = _trainer_names(message.context.vocabulary.trainers)
    found: list[Entity] = []
    for name, key in names:
        if name not in message.lower:
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", message.lower):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(Entity("trainer", key, message.text[match.start() : match.end()], *match.span()))
    singles = [(name, key) for name, key in names if " " not in name and len(name) >= 5]
    for word in message.words:
        text = word.lower.removesuffix("'s")
        if (
            len(text) < 4
            or text in COMMON_WORDS
            or any(word.start < other.end and other.start < word.end for other in found)
        ):
            continue
        for name, key in singles:
            if (
                text[0] == name[0]
                and OSA.distance(text, name, score_cutoff=1) <= 1
                and not message.in_times(word.start, word.end)
            ):
                end = word.start + len(text)
                found.append(Entity("trainer", key, message.text[word.start : end], word.start, end, 0.8))
                break
    return [_addressed(message, entity) for entity in found]


@lru_cache(maxsize=256)
def _trainer_names(terms: tuple[Term, ...]) -> tuple[tuple[str, str], ...]:
    """What the trainers are called, the longest first, and whom it means."""
    names = []
    for term in terms:
        first = term.name.split()[0].lower() if term.name.split() else ""
        names += [(name.lower(), term.key) for name in (term.name, first, *term.aliases) if len(name) >= 2]
    return tuple(sorted(names, key=lambda item: -len(item[0])))


def _addressed(message: Message, entity: Entity) -> Entity:
    """ "Hi Marcus" may only address him: less sure."""
    before = message.lower[: entity.start].rstrip(" ,")
    if re.search(r"(?:^|\W)(?:hi|hey|hello|hiya|dear|howya|yo|thanks|cheers|thank you)$", before):
        return Entity(entity.entity, entity.value, entity.text, entity.start, entity.end, 0.5)
    return entity
