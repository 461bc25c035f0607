"""What the words of staff mean at this gym: services, colleagues, stages, and words that mean anything at all."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import regex
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.nlu import SERVICE_ALIASES
from crm.facts import GymFacts, OfferingFact, StaffFact

WORD = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}'’.\-]*|#?\d+|\S")
"""A name, a number with its sign, or any other mark."""
_PARTS = "session|class|appointment|booking|place|spot|slot"
FILLERS = frozenset(
    """a an the to for on at as with in of by from her his their our my me it is was has into and please
    pls plz just now then so also that this them him around about until session sessions class classes
    appointment booking place spot slot lead person name number today tomorrow tonight monday tuesday
    wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january
    february march april may june july august september october november december jan feb mar apr jun
    jul aug sep sept oct nov dec next week morning afternoon evening noon lunchtime am pm o'clock half
    quarter past day days hour hours minute minutes instead again back over up down hi hello hey thanks
    thank we you your yes no not i i'm we're there's they're he she they""".split()  # noqa: SIM905
)
"""Words that can follow a name without being part of it."""


def fold(text: str) -> str:
    """Lower case, without accents: how names are compared."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(character for character in plain if not unicodedata.combining(character)).casefold()


def likeness(said: str, word: str) -> int:
    """How surely `said` means `word`, 0 to 100: the same, a slip of the finger, or its beginning."""
    if said == word:
        return 100
    if len(said) < 3 or (said[:1] != word[:1] and said[1:2] != word[:1]):
        return 0
    allowed = 0 if len(word) <= 3 else 1 if len(word) <= 6 else 2
    distance = OSA.distance(said, word, score_cutoff=allowed)
    if distance <= allowed:
        return 100 - 12 * distance
    return 80 if word.startswith(said) else 0


def bare(word: str) -> str:
    """A word as names are compared: folded, without an ending of possession or marks around it."""
    folded = fold(word).strip(".-'")
    return folded.removesuffix("'s")


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
    words = [(match.group(), match.start(), match.end()) for match in WORD.finditer(text)]
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
                elif all(
                    one == other or (likeness(one, other) >= 76 and len(other) > 3) for one, other in pairs
                ):
                    sure = 90.0
                else:
                    continue
                whole = term == fold(offering.name) or term == fold(offering.key)
                scored.append(
                    (sure + 20 * size + (10 if whole else 0), -position, start, start + size, offering)
                )
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
    return names | {
        word for word in fold(offering.name).split() if len(word) > 3 and word not in _PARTS.split("|")
    }


def staff_in(facts: GymFacts, text: str, *, trainers_only: bool = False) -> tuple[StaffFact | None, str]:
    """The colleague that `text` names, and the text without the name and a "with" before it."""
    people = facts.trainers if trainers_only else facts.staff
    best: tuple[int, int, int, StaffFact] | None = None
    for match in regex.finditer(
        r"(?:\b(?:with|to)\s+)?@?(\p{L}[\p{L}'’\-]+)(?:\s+(\p{L}[\p{L}'’\-]+))?", text, overlapped=True
    ):
        first, last = fold(match.group(1)), fold(match.group(2) or "")
        for person in people:
            names = fold(person.name).split()
            sure = max(likeness(first, names[0]), likeness(first, fold(person.key)))
            if sure < 88 or (sure < 100 and len(names[0]) < 4):
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
    joined = " ".join(
        word for word in said if word not in ("to", "as", "stage", "is", "now", "the", "in", ":")
    )
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
    return [
        word
        for match in WORD.finditer(text)
        if (word := bare(match.group())) and word[0].isalpha() and not is_our_word(facts, word)
    ]
