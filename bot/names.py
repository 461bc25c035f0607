"""Whom and what the words of staff mean: people by number or name, services, colleagues, stages.

Parts come in any order and with typos. A person is never guessed: where two fit
equally well, or a name is followed by another one that does not fit, staff are asked.
"""

from __future__ import annotations

import itertools
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from sqlmodel import col, select

from bot.answers import record_in
from bot.nlu import SERVICE_ALIASES
from bot.staff_turn import StaffTurn
from crm import cards, leads
from crm.facts import GymFacts, OfferingFact, StaffFact
from crm.models import Contact, Lead

_WORD = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}'’.\-]*|#?\d+|\S")
_NUMBER = regex.compile(
    r"\s*(?:#\s*(\d{1,7})|(\d{1,7})(?=\s|:|,|$)(?!\s*(?:am\b|pm\b|:\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))",
    regex.IGNORECASE,
)
_PARTS = "session|class|appointment|booking|place|spot|slot"
FILLERS = frozenset(
    """a an the to for on at as with in of by from her his their our my me it is was has into and please pls plz
    just now then so also that this them him around about until session sessions class classes appointment booking
    place spot slot lead person name number today tomorrow tonight monday tuesday wednesday thursday friday saturday
    sunday mon tue tues wed thu thur thurs fri sat sun january february march april may june july august september
    october november december jan feb mar apr jun jul aug sep sept oct nov dec next week morning afternoon evening
    noon lunchtime am pm o'clock half quarter past day days hour hours minute minutes instead again back over up down
    hi hello hey thanks thank we you your yes no not i i'm we're there's they're he she they""".split()
)
"""Words that can follow a name without being part of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom staff mean."""

    contact: Contact
    lead: Lead | None
    rest: str
    """The words without the name; blanks keep the other words in their place."""
    is_first: bool
    """The name stood at the beginning."""

    @property
    def name(self) -> str:
        """What to call them in an answer."""
        return self.contact.name or "(no name yet)"

    @property
    def words(self) -> str:
        """The words without the name, tidied: what a note or a message says."""
        return tidy(self.rest)


class SeveralFit(Exception):
    """More than one person may be meant, or only perhaps this one. `before` and `after` stood around the name."""

    def __init__(self, said: str, people: Sequence[tuple[Contact, Lead | None]], before: str, after: str) -> None:
        super().__init__(said)
        self.said, self.people, self.before, self.after = said, tuple(people), before, after


class NobodyFits(Exception):
    """Nobody of that name is known; `nearest` are the likeliest."""

    def __init__(self, said: str, nearest: Sequence[tuple[Contact, Lead | None]] = ()) -> None:
        super().__init__(said)
        self.said, self.nearest = said, tuple(nearest)


class NobodyNamed(Exception):
    """The order wants a person and the words name none."""


def tidy(text: str) -> str:
    """Without the blanks and the punctuation that a removed name leaves behind."""
    return " ".join(text.split()).strip(" :,;-–—").strip()


def fold(text: str) -> str:
    """Lower case, without accents: how names are compared."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(character for character in plain if not unicodedata.combining(character)).casefold()


def likeness(said: str, word: str) -> int:
    """How surely `said` means `word`, 0 to 100: the same, a slip of the finger, or its beginning."""
    if said == word:
        return 100
    if len(said) < 3 or said[:1] != word[:1] and said[1:2] != word[:1]:
        return 0
    allowed = 0 if len(word) <= 3 else 1 if len(word) <= 6 else 2
    distance = OSA.distance(said, word, score_cutoff=allowed)
    if distance <= allowed:
        return 100 - 12 * distance
    return 80 if word.startswith(said) else 0


@dataclass(slots=True)
class _Known:
    contact_id: uuid.UUID
    parts: list[str]


@dataclass(frozen=True, slots=True)
class _Match:
    contact_id: uuid.UUID
    first: int
    last: int
    score: float
    is_whole: bool


def person_in(turn: StaffTurn, text: str, *, free_text: bool = False) -> Person:
    """The one person that `text` names; `free_text` where any words may follow the name.

    Raises `SeveralFit`, `NobodyFits`, or `NobodyNamed`. A reply to a card names that
    card's person where the words name none.
    """
    if (contact_id := record_in(text, "p")) is not None:
        return _person(turn, contact_id, text.split(" ", 1)[1] if " " in text else "", is_first=True)
    if (numbered := _by_number(turn, text)) is not None:
        return numbered
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]
    known = _known(turn)
    matches = _matches(turn, known, [_bare(word) for word, _, _ in words], free_text=free_text)
    if not matches:
        quoted = quoted_contact(turn)
        if quoted is not None:
            return _person(turn, quoted, text, is_first=True)
        said = _said_name(turn, words)
        if said is None:
            raise NobodyNamed
        raise NobodyFits(said, _nearest(turn, known, said))
    best = matches[0]
    before, after = text[: words[best.first][1]], text[words[best.last][2] :]
    after = after.removeprefix("'s").removeprefix("’s")
    said = text[words[best.first][1] : words[best.last][2]]
    equal = [match for match in matches if match.score >= best.score - 3 and match.first == best.first]
    if len({match.contact_id for match in equal}) > 1:
        raise SeveralFit(said, _people(turn, [match.contact_id for match in equal[:6]]), before, after)
    if not best.is_whole and (other := _other_name(turn, words, best, after, free_text=free_text)):
        raise SeveralFit(f"{said} {other}", _people(turn, [best.contact_id]), before, after.replace(other, "", 1))
    blank = " " * (len(text) - len(before) - len(after))
    return _person(turn, best.contact_id, before + blank + after, is_first=not before.strip(" ,:"))


def quoted_contact(turn: StaffTurn) -> uuid.UUID | None:
    """The person whom the message that is being replied to is about."""
    reply_to = turn.incoming.reply_to
    if not reply_to or turn.incoming.kind == "choice":
        return None
    lead_id = cards.find_lead_of_message(turn.session, turn.chat, reply_to)
    if lead_id is not None:
        return turn.session.exec(select(Lead.contact_id).where(Lead.id == lead_id)).first()
    return cards.find_contact_of_message(turn.session, turn.chat, reply_to)


def _by_number(turn: StaffTurn, text: str) -> Person | None:
    match = _NUMBER.match(text)
    if match is None:
        return None
    lead = leads.find_by_number(turn.session, int(match.group(1) or match.group(2)))
    if lead is None:
        if match.group(1) is None and text[match.end() :].strip():
            return None
        raise NobodyFits(match.group().strip())
    return _person(turn, lead.contact_id, text[match.end() :], is_first=True, lead=lead)


def _person(
    turn: StaffTurn, contact_id: uuid.UUID, rest: str, *, is_first: bool, lead: Lead | None = None
) -> Person:
    contact = turn.session.exec(select(Contact).where(Contact.id == contact_id)).first()
    if contact is None:
        raise NobodyNamed
    return Person(contact, lead or leads.find_latest(turn.session, contact_id), rest, is_first)


def _known(turn: StaffTurn) -> list[_Known]:
    rows = turn.session.exec(
        select(Contact.id, Contact.name).where(col(Contact.name).is_not(None), col(Contact.erased_at).is_(None))
    ).all()
    return [_Known(contact_id, _parts(name or "")) for contact_id, name in rows]


def _parts(name: str) -> list[str]:
    return [bare for word in name.split() if (bare := _bare(word))]


def _bare(word: str) -> str:
    folded = fold(word).strip(".-'")
    return folded.removesuffix("'s")


def _matches(
    turn: StaffTurn, known: list[_Known], said: list[str], *, free_text: bool
) -> list[_Match]:
    """People whose name stands in the words, the surest first."""
    vocabulary = sorted({part for person in known for part in person.parts})
    alike: dict[int, dict[str, int]] = {}
    for index, word in enumerate(said):
        if not word or not word[0].isalpha():
            continue
        near = process.extract(word, vocabulary, scorer=fuzz.ratio, score_cutoff=60, limit=200)
        fitting = {part: score for part, _, _ in near if (score := likeness(word, part))}
        fitting |= {part: 80 for part in vocabulary if len(word) >= 3 and part.startswith(word) and part not in fitting}
        if fitting:
            alike[index] = fitting
    if not alike:
        return []
    by_part: dict[str, list[_Known]] = {}
    for person in known:
        for part in person.parts:
            by_part.setdefault(part, []).append(person)
    candidates = {
        id(person): person for near in alike.values() for part in near for person in by_part[part]
    }.values()
    found = [match for person in candidates if (match := _match(turn, person, said, alike)) is not None]
    if free_text:
        # Who is meant is said first; a name further on belongs to what is said.
        first = min((match.first for match in found), default=0)
        found = [match for match in found if match.first == first]
    return sorted(found, key=lambda match: (-match.score, match.first))


def _match(turn: StaffTurn, person: _Known, said: list[str], alike: dict[int, dict[str, int]]) -> _Match | None:
    """The longest run of words that names this person."""
    best: _Match | None = None
    for start in alike:
        left = list(person.parts)
        scores: list[float] = []
        index = start
        while index < len(said) and left:
            if not said[index] and scores:
                break
            if said[index] in (",", "-") and scores:
                index += 1
                continue
            fitting = alike.get(index, {})
            part = max((part for part in left if part in fitting), key=lambda part: fitting[part], default=None)
            if part is None:
                break
            left.remove(part)
            scores.append(fitting[part])
            index += 1
        if not scores:
            continue
        last = index - 1
        while said[last] in (",", "-"):
            last -= 1
        score = 100 * len(scores) + sum(scores) / len(scores) - 100
        if len(scores) == 1 and len(person.parts) > 1 and is_our_word(turn.facts, said[start]):
            # "thu" is a day before it is Thu Nguyen.
            score -= 60
        if min(scores) == 80 and len(scores) == 1 and len(said[start]) < 3:
            continue
        if best is None or score > best.score:
            best = _Match(person.contact_id, start, last, score, is_whole=not left)
    return best if best is not None and best.score >= 60 else None


def is_our_word(facts: GymFacts, word: str) -> bool:
    """Whether a word means something to the gym or the calendar, so that it need not be a name."""
    if word in FILLERS or not word[:1].isalpha():
        return True
    return word in _terms(facts) or any(likeness(word, term) >= 76 for term in _terms(facts) if len(term) > 3)


def _terms(facts: GymFacts) -> frozenset[str]:
    texts: Iterable[str] = itertools.chain(
        (offering.name for offering in facts.offerings),
        (offering.key for offering in facts.offerings),
        (alias for aliases in SERVICE_ALIASES.values() for alias in aliases),
        (person.name for person in facts.staff),
        (stage.replace("_", " ") for stage in facts.stages),
    )
    return frozenset(fold(word) for text in texts for word in text.replace("_", " ").split())


def _other_name(
    turn: StaffTurn, words: list[tuple[str, int, int]], match: _Match, after: str, *, free_text: bool
) -> str | None:
    """The word after a partial name where it looks like a surname that does not fit."""
    if after[:1] in (":", ",", "-") or match.last + 1 >= len(words):
        return None
    word = words[match.last + 1][0]
    if not word[0].isalpha() or is_our_word(turn.facts, _bare(word)):
        return None
    if free_text and not word[0].isupper():
        return None
    return word


def _said_name(turn: StaffTurn, words: list[tuple[str, int, int]]) -> str | None:
    """The words that look like a name nobody has."""
    run: list[str] = []
    for word, _, _ in words:
        if word[0].isalpha() and not is_our_word(turn.facts, _bare(word)):
            run.append(word)
            if len(run) == 3:
                break
        elif run:
            break
    return " ".join(run) or None


def _nearest(turn: StaffTurn, known: list[_Known], said: str) -> list[tuple[Contact, Lead | None]]:
    names = {index: " ".join(person.parts) for index, person in enumerate(known)}
    near = process.extract(fold(said), names, scorer=fuzz.WRatio, score_cutoff=62, limit=3)
    return _people(turn, [known[index].contact_id for _, _, index in near])


def _people(turn: StaffTurn, contact_ids: Sequence[uuid.UUID]) -> list[tuple[Contact, Lead | None]]:
    unique = list(dict.fromkeys(contact_ids))
    rows = {row.id: row for row in turn.session.exec(select(Contact).where(col(Contact.id).in_(unique))).all()}
    return [(rows[one], leads.find_latest(turn.session, one)) for one in unique if one in rows]


# What the gym has


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which service was named: one, or several that fit equally well, or none; `rest` is what else was said."""

    offerings: tuple[OfferingFact, ...]
    rest: str

    @property
    def only(self) -> OfferingFact | None:
        """The one that is meant, where there is no doubt."""
        return self.offerings[0] if len(self.offerings) == 1 else None


def offering_in(facts: GymFacts, text: str) -> Wanted:
    """The service or class that `text` names, by its key, its name, a part of it or what people call it."""
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]
    said = [fold(word) for word, _, _ in words]
    scored: list[tuple[float, int, int, int, OfferingFact]] = []
    for position, offering in enumerate(facts.offerings):
        for term in _names_of(offering):
            size = len(term.split())
            for start in range(len(said) - size + 1):
                phrase = " ".join(said[start : start + size])
                pairs = zip(said[start : start + size], term.split(), strict=True)
                if phrase == term:
                    sure = 100.0
                elif all(one == other or likeness(one, other) >= 76 and len(other) > 3 for one, other in pairs):
                    sure = 90.0
                else:
                    continue
                whole = term == fold(offering.name) or term == fold(offering.key)
                scored.append((sure + 20 * size + (10 if whole else 0), -position, start, start + size, offering))
    if not scored:
        return Wanted((), text)
    best = max(score for score, *_ in scored)
    top = [item for item in scored if item[0] == best]
    offerings = tuple(dict.fromkeys(item[4] for item in sorted(top, key=lambda item: -item[1])))
    start, end = words[top[0][2]][1], words[top[0][3] - 1][2]
    return Wanted(offerings, text[:start] + " " * (end - start) + text[end:])


def _names_of(offering: OfferingFact) -> set[str]:
    names = {fold(offering.name), fold(offering.key), fold(offering.key.replace("_", " "))}
    names |= {fold(alias) for alias in SERVICE_ALIASES.get(offering.kind, ())}
    names |= {f"{fold(alias)} {offering.minutes}" for alias in SERVICE_ALIASES.get(offering.kind, ())}
    # One distinctive word of the name is enough: "foundations".
    return names | {word for word in fold(offering.name).split() if len(word) > 3 and word not in _PARTS.split("|")}


def staff_in(facts: GymFacts, text: str, *, trainers_only: bool = False) -> tuple[StaffFact | None, str]:
    """The colleague that `text` names, and the text without the name and a "with" before it."""
    people = facts.trainers if trainers_only else facts.staff
    best: tuple[int, int, int, StaffFact] | None = None
    for match in regex.finditer(r"(?:\b(?:with|to)\s+)?@?(\p{L}[\p{L}'’\-]+)(?:\s+(\p{L}[\p{L}'’\-]+))?", text, overlapped=True):
        first, last = fold(match.group(1)), fold(match.group(2) or "")
        for person in people:
            names = fold(person.name).split()
            sure = max(likeness(first, names[0]), likeness(first, fold(person.key)))
            if sure < 88 or sure < 100 and len(names[0]) < 4:
                continue
            is_full = len(names) > 1 and likeness(last, names[-1]) >= 76
            end = match.end() if is_full else match.end(1)
            score = sure + (50 if is_full else 0)
            if best is None or score > best[0]:
                best = (score, match.start(), end, person)
    if best is None:
        return None, text
    _, start, end, person = best
    return person, text[:start] + " " * (end - start) + text[end:]


def stage_in(facts: GymFacts, text: str) -> str | None:
    """The pipeline stage that `text` names."""
    said = fold(text).replace("_", " ").replace("-", " ").split()
    joined = " ".join(word for word in said if word not in ("to", "as", "stage", "is", "now", "the", "in", ":"))
    if not joined:
        return None
    names = {stage: stage.replace("_", " ") for stage in facts.stages}
    aliases = {"trial booked": "trial_booked", "booked": "trial_booked", "won": "converted", "member": "converted",
               "attended": "trial_attended", "followup": "follow_up"}  # fmt: skip
    if aliases.get(joined) in names:
        return aliases[joined]
    found = process.extractOne(joined, names, scorer=fuzz.ratio, score_cutoff=80)
    return str(found[2]) if found else None


def left_over(facts: GymFacts, text: str) -> list[str]:
    """The words of `text` that mean nothing to the gym: many of them, and it was talk, not an order."""
    return [word for match in _WORD.finditer(text) if (word := _bare(match.group())) and word[0].isalpha() and not is_our_word(facts, word)]
