"""Finds the command in what staff wrote: a slash command, or the same in plain words and with slips.

Most of what people say in their group is talk among themselves. Plain words are an
order only where they have an order's form, which each command's aliases give:

``book``       it begins so, and what it is about follows
``* attended`` it ends so, after a name
``=undo``      it is all that was said
``~leads``     a list's noun among words that narrow it ("show me todays leads")
``@today``     it is all that was said, and in a private chat or to the bot by name

A question is no order in the group: it is for a colleague, except for what the records alone can answer
(`staff_questions`).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import regex
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot import registry, staff_questions, staff_statements
from bot.staff_turn import Command

_SLASH = regex.compile(r"\s*/([a-zA-Z][\w-]*)(?:@\w+)?[ \t]*:?(.*)", regex.DOTALL)
_WORD = regex.compile(r"[\p{L}\p{N}'’]+")
_LEAD_IN = regex.compile(
    r"(?:(?:ok(?:ay)?|hey|hi|so|now|right|please|pls|plz|spotter|bot|@\w+)[\s,:!]+"
    r"|(?:(?:good )?(?:morning|afternoon|evening)|hello|thanks|cheers|great)(?: all| team| everyone| bot| spotter)?\s*[,.!]+\s*)+",
    regex.IGNORECASE,
)
_ASKING = regex.compile(
    r"(?:can|could|would|will)\s+(?:you|u|ya)\s+(?:please\s+)?|i(?:'d| would)? (?:like|want) (?:you )?to\s+|(?:let'?s|lets)\s+",
    regex.IGNORECASE,
)
_SHOWING = regex.compile(
    r"(?:(?:show|give|get|list|send|bring)(?:\s+(?:me|us))?(?:\s+up)?|let me see|open|see|view|display)\s+(?:(?:the|all the|all|a list of|my|our)\s+)?",
    regex.IGNORECASE,
)
_MODIFIERS = frozenset(
    """today todays today's tomorrow tomorrows tomorrow's yesterday hot warm new all open my mine our the
    for from on of this week month next last monday tuesday wednesday thursday friday saturday sunday
    mon tue wed thu fri sat sun whatsapp instagram telegram sms insta ig contacted qualified converted
    lost trial booked attended follow up please pls unanswered stage source and fresh latest current me
    us""".split()  # noqa: SIM905
)
_NO_SLIP = frozenset(
    """lads lots loads bead lead leaded not nor look took cook books lots most love loved moves mover taken
    takes starts stat state stages shows stars stays stars wonder lots losty loss host cost post list
    last lose loser helps held fine fins mind bind blind kind cancels cancelled moved assigned booked
    started took noted notes agendas""".split()  # noqa: SIM905
)
"""Words that are near a command's and mean something else."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command and the words after it."""

    command: Command
    words: str
    is_slash: bool = False


@dataclass(frozen=True, slots=True)
class UnknownSlash:
    """A slash command that there is none of; `nearest` is the likeliest meant."""

    said: str
    nearest: Command | None


@functools.cache
def _by_word() -> dict[str, Command]:
    """Commands by every single word that may follow a slash."""
    found: dict[str, Command] = {command.name: command for command in registry.commands().values()}
    for command in registry.commands().values():
        for word in command.aliases:
            plain = word.lstrip("*=~@ ").replace(" ", "").replace("-", "").replace("_", "")
            found.setdefault(plain, command)
    return found


@functools.cache
def _forms() -> tuple[tuple[str, tuple[str, ...], Command], ...]:
    """Every alias as (mark, words, command), the longest first."""
    forms = []
    for command in registry.commands().values():
        for alias in command.aliases:
            mark = alias[0] if alias[0] in "*=~@" else ""
            forms.append((mark, tuple(alias.removeprefix(mark).split()), command))
    return tuple(sorted(forms, key=lambda form: -len(form[1])))


def read(text: str, *, is_group: bool) -> Order | UnknownSlash | None:
    """The order in `text`, or None where it is talk. In a group the form is taken strictly."""
    slash = _SLASH.fullmatch(text)
    if slash is not None:
        return _slash(slash.group(1).lower(), slash.group(2).strip())
    return _plain(text, is_group=is_group)


def _slash(word: str, rest: str) -> Order | UnknownSlash:
    known = _by_word()
    word = word.replace("-", "").replace("_", "")
    if word in known:
        return Order(known[word], rest, is_slash=True)
    near = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=55)
    return UnknownSlash(word, known[near[0]] if near else None)


def command_named(name: str) -> Command | None:
    """The command of that name."""
    found: Command | None = registry.commands().get(name)
    return found


def _plain(text: str, *, is_group: bool) -> Order | None:
    text = " ".join(text.split("\n")) if text.count("\n") < 2 else text
    if (asked := staff_questions.read(without_lead_in(text), is_group=is_group)) and (
        command := command_named(asked.command)
    ):
        return Order(command, asked.words)
    if (stated := staff_statements.read(text)) and (command := command_named(stated.command)):
        return Order(command, stated.words)
    if is_group and text.rstrip().endswith("?"):
        return None
    said = without_lead_in(text)
    if (
        (given := staff_statements.order_in(said))
        and not is_group
        and (command := command_named(given.command))
    ):
        return Order(command, given.words)
    if not is_group and (asking := _ASKING.match(said)):
        said = said[asking.end() :]
    bare = said.rstrip(" .!?")
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(bare)]
    if not words:
        return None
    said_words = [_plainly(word) for word, _, _ in words]
    for mark, form, command in _forms():
        found = _fits(mark, form, bare, words, said_words, is_group=is_group)
        if found is not None:
            return Order(command, found)
    return _list(bare)


def without_lead_in(text: str) -> str:
    """The words without the greeting or the name before them."""
    said = text.strip()
    return said[lead_in.end() :] if (lead_in := _LEAD_IN.match(said)) else said


def _fits(
    mark: str,
    form: tuple[str, ...],
    text: str,
    words: list[tuple[str, int, int]],
    said: list[str],
    *,
    is_group: bool,
) -> str | None:
    """What is left of the text where it has the alias's form."""
    size = len(form)
    if (mark in ("", "*") and len(said) < size) or mark == "~":
        return None
    if mark in ("=", "@"):
        if (mark == "@" and is_group) or len(said) != size:
            return None
        return "" if _same(said, form) else None
    if mark == "*":
        if len(said) == size or not _same(said[-size:], form):
            return None
        return text[: words[-size][1]].rstrip(" ,:-–—")
    if not _same(said[:size], form):
        return None
    return text[words[size - 1][2] :].lstrip(" ,:-–—").strip()


def _list(text: str) -> Order | None:
    """A list's noun among words that narrow it."""
    is_asked = _SHOWING.match(text)
    said = [
        (match.group(), _plainly(match.group()))
        for match in _WORD.finditer(text[is_asked.end() :] if is_asked else text)
    ]
    if not 0 < len(said) <= 6:
        return None
    for mark, form, command in _forms():
        if mark != "~":
            continue
        nouns = [index for index, (_, word) in enumerate(said) if is_slip_of(word, form[0])]
        if len(nouns) != 1:
            continue
        others = [word for index, (_, word) in enumerate(said) if index != nouns[0]]
        if all(word in _MODIFIERS or (is_asked and _is_modifier(word)) for word in others):
            return Order(command, " ".join(word.removesuffix("'s") for word in others))
    return None


def _is_modifier(word: str) -> bool:
    return any(is_slip_of(word, modifier) for modifier in _MODIFIERS if len(modifier) > 4)


def _plainly(word: str) -> str:
    return word.lower().replace("’", "'")


def _same(said: list[str], form: tuple[str, ...]) -> bool:
    return all(is_slip_of(word, wanted) for word, wanted in zip(said, form, strict=True))


def is_slip_of(said: str, wanted: str) -> bool:
    """Whether `said` is the command word `wanted`, perhaps mistyped; short words allow only swapped letters."""
    if said == wanted:
        return True
    if said in _NO_SLIP or len(wanted) < 4 or said[:1] != wanted[:1] or abs(len(said) - len(wanted)) > 2:
        return False
    if len(wanted) == 4:
        return sorted(said) == sorted(wanted) or (len(said) > 4 and _once_each(said) == _once_each(wanted))
    allowed = 1 if len(wanted) <= 6 else 2
    return bool(OSA.distance(said, wanted, score_cutoff=allowed) <= allowed)


def _once_each(word: str) -> str:
    """The word with letters typed twice taken once."""
    return "".join(letter for letter, _ in itertools.groupby(word))


_FIRST_YES = frozenset(
    """yes y yep yeah yea ya yup sure ok okay do go confirm confirmed correct grand perfect
    👍 ✅ 👌""".split()  # noqa: SIM905
)
_YES = _FIRST_YES | frozenset(
    """okey it ahead please pls exactly right definitely absolutely for
    that's thats""".split()  # noqa: SIM905
)
_FIRST_NO = frozenset(
    """no n nope nah don't dont never nevermind leave keep wait actually scrap forget
    👎 ❌""".split()  # noqa: SIM905
)
_NO = _FIRST_NO | {"not", "stop", "mind", "cancel", "that", "it"}


def is_yes(text: str) -> bool:
    """Whether the whole message says yes."""
    return _is_all(text, _YES, _FIRST_YES)


def is_no(text: str) -> bool:
    """Whether the whole message says no."""
    return _is_all(text, _NO, _FIRST_NO)


def _is_all(text: str, allowed: frozenset[str], first: frozenset[str]) -> bool:
    words = list(_tokens(text))
    return 0 < len(words) <= 5 and words[0] in first and all(word in allowed for word in words)


def _tokens(text: str) -> Iterator[str]:
    for word in text.lower().replace("’", "'").split():
        bare = word.strip(".,!?;:")
        if bare:
            yield bare.rstrip("🏻🏼🏽🏾🏿") or bare
