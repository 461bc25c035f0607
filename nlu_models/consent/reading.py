"""Reads a message for a wish about messages: stop, start again, surely neither, or a question worth asking."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

import regex
import yaml

from nlu_models import rules

Kind = Literal["stop", "start", "neither", "unsure"]
Purpose = Literal["everything", "reminders", "offers"]

LANGUAGES = ("en", "es", "pt")
LONGEST = 1200
"""Characters; who writes more than that is not asking for silence in the rest."""

_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘`´", ""))
_BREAK = regex.compile(r"[.,;:!?¿¡…\n\r()\[\]\"“”«»–—/]+|(?<=\s)-(?=\s)")
_NOISE = regex.compile(r"[^\w\s|]+")
_STRETCHED = regex.compile(r"([a-z])\1{2,}")
_SPACES = regex.compile(r"\s+")
_SHOUTED = regex.compile(
    r"\s*STOP\b(?=\s+(?:[Ii]|[Tt]his|[Ww]e|[Nn]ot|[Dd]on'?t|[Yy]ou|[Ww]ho|[Ww]rong|[Aa]nd|I'?m)\b)"
)
_COURTESY = regex.compile(
    r"\b(?:please|pls|plz|plse|pleas|kindly|just|thank you|thanks|thank u|thx|thnx|cheers|lads|guys|folks|man|mate|bro|"
    r"sir|madam|dear|ffs|omg|ok|okay|hi|hello|hey|hiya|oi|yo|por favor|porfavor|porfa|gracias|muchas gracias|che|ya|"
    r"hola|buenas|pfv|pf|obrigad[oa]|ola|oi|ai|ja|right now|immediately|asap|at once)\b"
)
_STOP = regex.compile(r"\b(?:stop|alto|pare[mn]?|basta|baja)\b")
_SIGNS = (("🛑", "stop"), ("🚫", "no"), ("🔕", "mute"))
_EMPHASIS = regex.compile(r"\b(?:i said|i say|i repeat|everything|all|now|and|but|the|reply|no|to|2)\b")
_SPELT: dict[str, str] = {
    "u": "you", "ur": "your", "dnt": "dont", "dont": "dont", "wnt": "want", "snd": "send", "sendin": "sending",
    "txtn": "texting", "txtin": "texting", "txting": "texting", "recieving": "receiving", "recieve": "receive",
    "mesages": "messages", "mesage": "message", "messeges": "messages", "massages": "massages", "stoped": "stopped",
    "sotp": "stop", "stopp": "stop", "stap": "stop", "stpo": "stop", "stp": "stop", "unsuscribe": "unsubscribe", "unsubcribe": "unsubscribe",
    "unsubscibe": "unsubscribe", "unsubsribe": "unsubscribe", "unsubscrive": "unsubscribe", "w": "with",
    "anymor": "anymore", "vcs": "voces", "pra": "para", "kiero": "quiero", "q": "que", "xfa": "", "ke": "que",
}  # fmt: skip
ONLY = regex.compile(
    r"\b(?:only (?:want|need|like|text|message|send|contact)|solo|unicamente|solamente|somente|apenas)\b"
)
BOOKINGS = regex.compile(r"\b(?:bookings?|classes|class|sessions?|appointments?|reservas?|citas?|aulas?)\b")
_AND = regex.compile(r"(?: (?:and|or|nor|y|o|u|ni|e|ou|nem) (?:\w+ ){0,2}\w+)*")
_GUARDS = {
    "start": r"(?<=\| )",
    "end": r"(?= \|)",
    # "don't stop texting", "why did you stop texting", "no paren de mandarme"
    "n": r"(?<!\b(?:dont|do not|never|not|cant|cannot|wont|didnt|no|nao|n|nunca)(?: (?:ever|want to|want you to|you|to|me|se|nos|lo))? )"
    r"(?<!\b(?:why|did|do|does|when|have|has|are|is) (?:you|ye|u|they|yous|it)(?: guys| all| lot| ever| going to)? )",
    # "I got no more messages", "are there no more reminders"
    "q": r"(?<!\b(?:got|get|getting|receiving|received|have|had|there|theres|why|still|if|por que|porque|si|se|hay|ha|tem) )",
    # "you never text me", "why don't you message me"
    "b": r"(?<!\b(?:i|we|they|why|you|u|ye|she|he|it|people|staff|trainers|also|if) )",
    "u": r"(?<!\b(?:dont|do not|never|not|didnt|without|accidentally|mistakenly|undo|undo the|undo my|un|reverse)(?: want to| to| wish to| mean to| meant to)? )",
    "p": r"(?<!\b(?:por que|porque|pq|si|se|que pasa|aunque|ellos|ella|el|ele|ela) )",
    "c": r"(?<!\bsi (?:me )?)",
    "yes": r"(?<!\b(?:nao|n|no|nunca) )",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message asks about messages themselves."""

    kind: Kind
    """stop and start are to be done; unsure is worth a question; neither looks like one of them and is not."""
    purposes: tuple[Purpose, ...] = ()
    """What it is about: everything, or reminders, offers, or both of these."""


@dataclass(frozen=True, slots=True)
class _Language:
    whole: frozenset[str]
    stop: tuple[regex.Pattern[str], ...]
    weak: regex.Pattern[str]
    """Said of classes too: a stop only where nothing of `booking` is spoken of."""
    booking: regex.Pattern[str]
    unsure: regex.Pattern[str]
    keep: regex.Pattern[str]
    limited: regex.Pattern[str]
    joke: regex.Pattern[str]
    annoyed: regex.Pattern[str]
    start: regex.Pattern[str]
    back: regex.Pattern[str]
    offer: regex.Pattern[str]
    reminder: regex.Pattern[str]
    message: regex.Pattern[str]


def read(text: str) -> Wish | None:
    """The wish about messages in `text`; None where it is about something else altogether."""
    if not text.strip() or len(text) > LONGEST:
        return None
    plain = _plain(text)
    clauses = [clause.strip() for clause in plain.strip("| ").split("|")]
    if _is_whole(" ".join(clause for clause in clauses if clause)):
        return Wish("stop", ("everything",))
    if _SHOUTED.match(text) and not any(language.joke.search(plain) for language in _languages()):
        return Wish("stop", ("everything",))
    ruled = rules.match(text)
    if ruled in ("opt_out", "opt_in"):
        return Wish("stop" if ruled == "opt_out" else "start", ("everything",))
    found: Wish | None = None
    for language in _languages():
        wish = _read_in(language, plain, clauses)
        if wish is not None and (found is None or _RANK[wish.kind] > _RANK[found.kind]):
            found = wish
    return found


_RANK: dict[Kind, int] = {"neither": 0, "unsure": 1, "start": 2, "stop": 3}


def _is_whole(words: str) -> bool:
    essence = _SPACES.sub(" ", _EMPHASIS.sub(" ", words)).strip()
    parts = set(essence.split())
    return any(
        words in language.whole or essence in language.whole or (parts and parts <= language.whole)
        for language in _languages()
    )


def _read_in(language: _Language, plain: str, clauses: list[str]) -> Wish | None:
    stops = [match for pattern in language.stop if (match := pattern.search(plain))]
    if not stops and (match := language.weak.search(plain)) and not language.booking.search(plain):
        stops = [match]
    if not stops:
        bare = any(_is_whole(clause) for clause in clauses if _STOP.search(clause))
        if bare and language.annoyed.search(plain) and not language.joke.search(plain):
            return Wish("stop", ("everything",))
        if language.unsure.search(plain) and not language.keep.search(plain):
            return Wish("unsure", ("everything",))
        if language.start.search(plain):
            return Wish("start", _purposes(plain))
        return Wish("neither") if language.keep.search(plain) else None
    if language.keep.search(plain) and not _stands_apart(language, plain):
        return Wish("neither")
    if language.start.search(plain) and not language.back.search(plain):
        return Wish("start", _purposes(plain))
    first = min(match.start() for match in stops)
    rest = plain[first:].split("|", 1)[0]
    if language.limited.search(rest):
        return Wish("unsure", ("everything",))
    return Wish("stop", _purposes(plain, stops))


def _stands_apart(language: _Language, plain: str) -> bool:
    """Whether a stop remains once everything that only looks like one is cut out."""
    left = language.keep.sub(" | ", plain)
    return any(pattern.search(left) for pattern in language.stop)


def _purposes(plain: str, stops: list[regex.Match[str]] | None = None) -> tuple[Purpose, ...]:
    """What is meant: the kinds named, without those that are to stay; everything where none is named.

    Read with all languages' words at once, since their verbs are alike ("para de mandar").
    """
    languages = _languages()

    def names(kind: str, words: str) -> bool:
        return any(getattr(language, kind).search(words) for language in languages)

    kept = " ".join(match[0] for language in languages for match in language.back.finditer(plain))
    left = plain
    for language in languages:
        left = language.back.sub(" ", left)
    # "the reminders and the offers": what a wish ends with goes on over an "and".
    told = " ".join(match[0] + _and_more(plain, match.end()) for match in stops or ())
    named: set[Purpose] = set()
    if names("reminder", told) and not names("reminder", kept):
        named.add("reminders")
    if names("offer", told) and not names("offer", kept):
        named.add("offers")
    if not named and not names("message", told):
        named |= {"reminders"} if names("reminder", left) else set()
        named |= {"offers"} if names("offer", left) else set()
    if not named and stops and names("reminder", kept) != names("offer", kept):
        named.add("offers" if names("reminder", kept) else "reminders")
    if not named and stops and (BOOKINGS.search(kept) or ONLY.search(told)):
        named.add("offers")
    return tuple(sorted(named)) or ("everything",)


def _and_more(plain: str, start: int) -> str:
    more = _AND.match(plain, start)
    return more[0] if more else ""


def _plain(text: str) -> str:
    """Lower case, no accents, courtesies or marks; one space between words, a bar at each break and at both ends."""
    shouted = _SHOUTED.match(text)
    if shouted:
        text = f"{shouted[0]}. {text[shouted.end() :]}"
    text = unicodedata.normalize("NFKD", text.casefold()).translate(_APOSTROPHES)
    text = "".join(character for character in text if not unicodedata.combining(character))
    for emoji, word in _SIGNS:
        text = text.replace(emoji, f" {word} ")
    text = _BREAK.sub(" | ", text)
    text = _NOISE.sub(" ", text).replace("_", " ")
    text = _STRETCHED.sub(r"\1", text)
    text = " ".join(_SPELT.get(word, word) for word in text.split())
    text = _SPACES.sub(" ", _COURTESY.sub(" ", text))
    parts = [part.strip() for part in text.split("|")]
    return f"| {' | '.join(part for part in parts if part)} |"


@lru_cache(maxsize=1)
def _languages() -> tuple[_Language, ...]:
    return tuple(_load(language) for language in LANGUAGES)


def _load(name: str) -> _Language:
    file = resources.files("nlu_models") / "consent" / f"{name}.yml"
    data = yaml.safe_load(file.read_text("utf-8"))
    words: dict[str, str] = {**_GUARDS, **data["words"]}

    def one(pattern: str) -> str:
        while (filled := regex.sub(r"<([a-z]+)>", lambda found: words[found[1]], pattern)) != pattern:
            pattern = filled
        return pattern

    def many(key: str) -> regex.Pattern[str]:
        return regex.compile(rf"(?<!\w)(?:{'|'.join(one(pattern) for pattern in data[key])})(?!\w)")

    def words_of(key: str) -> regex.Pattern[str]:
        return regex.compile(rf"(?<!\w){one(f'<{key}>')}(?!\w)")

    return _Language(
        whole=frozenset(data["whole"]),
        stop=tuple(regex.compile(rf"(?<!\w)(?:{one(pattern)})(?!\w)") for pattern in data["stop"]),
        weak=many("weak"), booking=many("booking"), unsure=many("unsure"),
        keep=many("keep"), limited=many("limited"), joke=many("joke"), annoyed=many("annoyed"),
        start=many("start"), back=many("back"), offer=words_of("offer"), reminder=words_of("reminder"),
        message=words_of("message"),
    )  # fmt: skip
