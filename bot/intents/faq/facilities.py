"""What the gym has, and honestly what it has not."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from bot import own_questions, responses, wording
from bot.events import Events, Say
from bot.intents.own_answers import unknown
from bot.registry import Intent
from bot.turn import Turn

UNCOUNTED = frozenset(
    {"childcare", "parking", "tanning", "wifi", "equipment", "coffee", "water", "access", "food", "music"}
)
EMPTY_WORDS = frozenset(
    {"have", "what", "does", "with", "this", "that", "there", "when", "your", "where", "which"}
)
DETAILS = re.compile(
    r"\b(max(imum)?|heaviest|how (heavy|many|much weight|big|old|new)|brands?|(which|what) (make|kind|type|brand|racks?)|allowed|mixed|unisex|separate|eleiko|rogue|technogym|hammer strength|life fitness)\b"
)
LIST = re.compile(r"\b(?:have|got|is there|are there|any)\b (?P<list>[^?.!\n]+)")
MOST_WORDS = 3
STEM = re.compile(r"(ies|es|s|ing)$")
SAME = {
    "pool": ("swim", "swimming", "pool"), "childcare": ("creche", "crèche", "kids", "babysit", "childcare"),
    "free weights": ("dumbbell", "barbell", "squat rack", "bench", "weights", "rack", "kettlebell", "deadlift"),
    "machines": ("machine", "leg press", "cable"), "cardio area": ("treadmill", "rower", "rowing", "cardio", "bike", "cross trainer", "elliptical"),
    "showers": ("shower",), "lockers": ("locker", "changing room", "coat", "bag", "valuables", "belongings", "hang my", "leave my stuff"), "sauna": ("sauna", "steam"),
    "boxing ring": ("boxing ring", "ring", "punch bag", "heavy bag"), "yoga studio": ("yoga studio", "yoga mat"),
    "towels": ("towel",), "tanning": ("tanning", "sunbed"),
}  # fmt: skip
"""Other words for what gyms call their facilities."""


def answer(turn: Turn) -> Events:
    """The things asked about that we have, and those we have not; everything where none was named."""
    text = turn.text.lower()
    if DETAILS.search(text):
        # That there are weights is known; how heavy and whose is not.
        yield from unknown(turn)
        return
    have = [thing for thing in turn.facts.facilities if is_named(thing, text)]
    lack = [thing for thing in turn.facts.not_available if is_named(thing, text)]
    language = turn.language
    if have:
        yield Say(
            "utter_facilities_yes",
            {"things": wording.listing([one_of(turn, thing) for thing in have], language)},
        )
    if lack:
        key = "utter_facilities_but_no" if have else "utter_facilities_no"
        things = [responses.noun(language, thing) if have else one_of(turn, thing) for thing in lack]
        yield Say(key, {"things": wording.listing(things, language, either=True)})
    if have or lack:
        # "Is there a sauna, and do you sell shakes?": the one is known, the other is not.
        turn.unknown += [clause for clause in _about_things(turn) if not _is_known(turn, clause)]
        turn.unknown += [item for item in _items(text) if not turn.unknown and not _is_known(turn, item)]
        if turn.unknown:
            yield from unknown(turn)
        return
    best = best_faq(turn, "faq/facilities")
    if best is not None:
        yield Say("utter_faq", {"answer": best})
    elif is_general(text):
        yield Say(
            "utter_facilities_all",
            {
                "things": wording.listing(
                    [responses.noun(language, thing) for thing in turn.facts.facilities], language
                )
            },
        )
    else:
        yield from unknown(turn)


def _about_things(turn: Turn) -> list[str]:
    """The clauses that ask what there is, and that no answer of the gym's own covers."""
    answered = {one.place for one in turn.own_answers}
    return [
        text
        for place, (text, intent) in enumerate(turn.parse.clauses, 1)
        if intent.name == "faq/facilities" and place not in answered and own_questions.is_question(text)
    ]


def _items(text: str) -> list[str]:
    """The single things of "do you have a, b and c"; nothing where they are not listed like that."""
    found = LIST.search(text)
    items = re.split(r"\s*(?:,|\band\b|\bor\b|&)\s*", found["list"]) if found is not None else []
    items = [
        re.sub(r"^(?:an?|any|the|some) ", "", item.strip(" ?.!")) for item in items if item.strip(" ?.!")
    ]
    return items if len(items) > 1 and all(len(item.split()) <= MOST_WORDS for item in items) else []


def _is_known(turn: Turn, clause: str) -> bool:
    things = (*turn.facts.facilities, *turn.facts.not_available)
    return is_general(clause.lower()) or any(is_named(thing, clause.lower()) for thing in things)


def one_of(turn: Turn, thing: str) -> str:
    """A thing in the middle of a sentence; in English with its article: "a sauna", "showers", "childcare"."""
    if turn.language != responses.DEFAULT_LANGUAGE:
        return responses.noun(turn.language, thing)
    last = re.split(r"\s(?:for|with|in|of|on|at|\()", thing)[0].split()[-1].lower()
    if last.endswith("s") or last in UNCOUNTED or not last.isalpha():
        return thing
    return f"{'an' if thing[:1].lower() in 'aeiou' else 'a'} {thing}"


def is_general(text: str) -> bool:
    """Asked for everything, not for one thing."""
    return bool(
        re.search(
            r"\b(facilit|equipment|what (do|have) (you|ye|u)|whats? (there|in)|kit\b|gear|amenit)", text
        )
    )


def is_named(thing: str, text: str) -> bool:
    """Whether the text speaks of that thing, in whatever form of the word."""
    core = re.sub(r"\(.*?\)", "", thing).lower().strip()
    words = set(re.findall(r"[a-zà-ÿ]+", text))
    stems = {STEM.sub("", word) for word in words}
    names = [core, *next((alias for key, alias in SAME.items() if key in core or core in key), ())]
    for name in names:
        if " " in name and name in text:
            return True
        parts = [
            part
            for part in re.findall(r"[a-zà-ÿ]+", name)
            if len(part) > 2 and part not in ("for", "rent", "area")
        ]
        if parts and " " not in name and STEM.sub("", parts[0]) in stems:
            return True
        if len(parts) > 1 and all(STEM.sub("", part) in stems for part in parts):
            return True
    return bool(
        len(core) > 4
        and " " not in core
        and process.extractOne(core, words, scorer=fuzz.ratio, score_cutoff=86)
    )


def content(text: str) -> set[str]:
    """The words that tell what a question is about."""
    return {STEM.sub("", word) for word in re.findall(r"[a-zà-ÿ]{4,}", text.lower())} - EMPTY_WORDS


def best_faq(turn: Turn, topic: str, *, floor: float = 70) -> str | None:
    """The gym's own answer on that topic whose question is nearest to what was asked, if one is near."""
    words = content(turn.text)
    entries = [
        faq for faq in turn.facts.faqs if faq.topic == topic and (not floor or words & content(faq.question))
    ]
    scored = [(fuzz.token_set_ratio(turn.text.lower(), faq.question.lower()), faq.answer) for faq in entries]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= floor else None


INTENT = Intent("faq/facilities", answer, side=True)
