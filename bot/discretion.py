"""Keeps out of groups what does not belong there: phone numbers, addresses and words about somebody's health."""

from __future__ import annotations

import regex

_NUMBER = regex.compile(
    r"(?<![\w€$£])(?!\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}(?!\d)|\d{4}-\d\d-\d\d)(?:\(\+?\d|\+?\d)(?:[\s().\-/]{0,2}\d){6,14}(?!\w)"
)
_MAIL = regex.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_BODY = (
    "knees?", "backs?", "spine", "shoulders?", "hips?", "ankles?", "wrists?", "necks?", "elbows?", "heart", "chest",
    "hamstrings?", "ribs?", "discs?", "groin", "achilles", "legs?", "arms?", "foot", "feet", "head",
)  # fmt: skip
_TROUBLE = (
    "injur(?:y|ies|ed)", "pains?", "painful", "hurts?", "hurting", "sore", "problems?", "issues?", "trouble", "operation", "surgery",
    "op", "replacement", "torn", "tore", "broken", "broke", "fractured?", "sprain(?:ed)?", "slipped", "strain(?:ed)?", "bad", "dodgy",
    "attack", "condition", "murmur", "tight", "dislocated", "replaced",
)  # fmt: skip
_ALWAYS = (
    "asthma(?:tic)?", "diabet(?:es|ic)", "epilep(?:sy|tic)", "pregnan(?:t|cy)", "postnatal", "miscarriage", "cancer",
    "chemo(?:therapy)?", "arthriti(?:s|c)", "hernia(?:ted)?", "sciatica", "scoliosis", "osteoporosis", "fibromyalgia",
    "blood pressure", "hypertension", "stroke", "pacemaker", "anxiety", "depress(?:ion|ed)", "eating disorder",
    "anorexia", "bulimia", "bipolar", "adhd", "medication", "antidepressants?", "steroids?", "hiv", "crohn'?s",
    "multiple sclerosis", "dizz(?:y|iness)", "faint(?:ed|ing)?", "concussion", "tendoniti?s", "acl", "meniscus",
    "rehab(?:ilitation)?", "physio(?:therapy|therapist)?", "injur(?:y|ies|ed)", "surgery", "overweight", "obes(?:e|ity)",
)  # fmt: skip
_HEALTH = regex.compile(
    rf"\b(?:(?:{'|'.join(_ALWAYS)})"
    rf"|(?:{'|'.join(_BODY)})\b[^.!?\n]{{0,25}}\b(?:{'|'.join(_TROUBLE)})"
    rf"|(?:{'|'.join(_TROUBLE)})\b[^.!?\n]{{0,25}}\b(?:{'|'.join(_BODY)}))\b",
    regex.IGNORECASE,
)
_CLAUSE = regex.compile(r"[^,.;!?\n]+")
HIDDEN, NUMBER, MAIL = "[health, for the trainer]", "[number]", "[email]"


def mentions_health(text: str) -> bool:
    """Whether the words speak of somebody's body being unwell."""
    return _HEALTH.search(text) is not None


def for_group(text: str | None, *, longest: int = 200) -> str:
    """The words as a group may see them: one line, cut to size, numbers and clauses about health left out."""
    line = " ".join((text or "").split())
    line = _MAIL.sub(MAIL, _NUMBER.sub(NUMBER, line))
    if mentions_health(line):
        line = _without_health(line)
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _without_health(line: str) -> str:
    hidden = _CLAUSE.sub(
        lambda clause: f" {HIDDEN}" if _HEALTH.search(clause.group()) else clause.group(), line
    )
    if _HEALTH.search(hidden.replace(HIDDEN, "")):
        # The words stand on both sides of a comma.
        return HIDDEN
    return " ".join(hidden.split())
