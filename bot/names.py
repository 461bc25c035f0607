"""Whom the words of staff mean: people by number or name.

Parts come in any order and with typos. A person is never guessed: where two fit
equally well, or a name is followed by another one that does not fit, staff are asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import regex
from rapidfuzz import fuzz, process
from sqlmodel import col, select

from bot.answers import record_in
from bot.gym_words import WORD, bare, fold, is_our_word, likeness
from bot.staff_turn import StaffTurn
from crm import cards, leads
from crm.models import Contact, Lead

_NUMBER = regex.compile(
    r"\s*(?:#\s*(\d{1,7})|(\d{1,7})(?=\s|:|,|$)(?!\s*(?:am\b|pm\b|:\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))",
    regex.IGNORECASE,
)


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

    def __init__(
        self, said: str, people: Sequence[tuple[Contact, Lead | None]], before: str, after: str
    ) -> None:
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
    words = [(match.group(), match.start(), match.end()) for match in WORD.finditer(text)]
    known = _known(turn)
    matches = _matches(turn, known, [bare(word) for word, _, _ in words], free_text=free_text)
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
        raise SeveralFit(
            f"{said} {other}", _people(turn, [best.contact_id]), before, after.replace(other, "", 1)
        )
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
        select(Contact.id, Contact.name).where(
            col(Contact.name).is_not(None),
            col(Contact.erased_at).is_(None),
            col(Contact.merged_into).is_(None),
        )
    ).all()
    return [_Known(contact_id, _parts(name or "")) for contact_id, name in rows]


def _parts(name: str) -> list[str]:
    return [part for word in name.split() if (part := bare(word))]


def _matches(turn: StaffTurn, known: list[_Known], said: list[str], *, free_text: bool) -> list[_Match]:
    """People whose name stands in the words, the surest first."""
    vocabulary = sorted({part for person in known for part in person.parts})
    alike: dict[int, dict[str, int]] = {}
    for index, word in enumerate(said):
        if not word or not word[0].isalpha():
            continue
        near = process.extract(word, vocabulary, scorer=fuzz.ratio, score_cutoff=60, limit=200)
        fitting = {part: score for part, _, _ in near if (score := likeness(word, part))}
        fitting |= {
            part: 80
            for part in vocabulary
            if len(word) >= 3 and part.startswith(word) and part not in fitting
        }
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


def _match(
    turn: StaffTurn, person: _Known, said: list[str], alike: dict[int, dict[str, int]]
) -> _Match | None:
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
            part = max(
                (part for part in left if part in fitting), key=lambda part: fitting[part], default=None
            )
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


def _other_name(
    turn: StaffTurn, words: list[tuple[str, int, int]], match: _Match, after: str, *, free_text: bool
) -> str | None:
    """The word after a partial name where it looks like a surname that does not fit."""
    if after[:1] in (":", ",", "-") or match.last + 1 >= len(words):
        return None
    word = words[match.last + 1][0]
    if not word[0].isalpha() or is_our_word(turn.facts, bare(word)):
        return None
    if free_text and not word[0].isupper():
        return None
    return word


def _said_name(turn: StaffTurn, words: list[tuple[str, int, int]]) -> str | None:
    """The words that look like a name nobody has."""
    run: list[str] = []
    for word, _, _ in words:
        if word[0].isalpha() and not is_our_word(turn.facts, bare(word)):
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
    rows = {
        row.id: row for row in turn.session.exec(select(Contact).where(col(Contact.id).in_(unique))).all()
    }
    return [(rows[one], leads.find_latest(turn.session, one)) for one in unique if one in rows]
