"""Text to meaning for one gym: the models' `Parse`, with the gym's own words and the open question weighed in."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import re
import threading
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.channels.base import Button
from bot.tracker import Tracker
from crm import trained_models
from crm.db import TenantSession
from crm.facts import GymFacts
from nlu_models import consent
from nlu_models.glosses import GLOSSED_IN, gloss, has_gloss
from nlu_models.parse import OUT_OF_SCOPE, Context, Intent, Parse, Term, Times, Vocabulary

if TYPE_CHECKING:
    from nlu_models.pipeline import Pipeline

log = logging.getLogger(__name__)
ACT, ASK = 0.55, 0.30
"""Three bands: from ACT on it is done, from ASK on the person is asked, below they are not understood.
Set on held-out messages by cost: a wrong booking costs more than a question."""

CLEAR = 0.85
"""From here a clause is taken at its word. Chosen on the development messages and on 300 joined from unseen ones: higher it
misses one of two questions in a breath, lower what it adds is mostly wrong."""
LIKELY = 0.4
"""Enough for a clause that names a time and asks to come then."""
DEFAULT = GLOSSED_IN
"""The language that the models and the grammars are made for; any other needs a gloss."""
AMBIGUOUS = frozenset({"cancel"})
"""Titles that mean something else when typed: the button's "Cancel" is also the regulators' word for no more messages."""
COMING = frozenset({"book_trial", "book_session", "ask_availability"})
MAY_COME = re.compile(
    r"\b(can|could|may) (i|we) (just )?(come|drop|pop|call|swing|stop|head)( in| by| over| down| round)?\b"
)
"""Said with a time, it asks for a place then."""
COMES_THEN = re.compile(
    r"\b(come|coming|drop(ping)?|pop(ping)?|call|swing|stop|train|start)\b.{0,26}? (today|tomorrow|tonight|tmrw|tmr|on|at|this|next|mon|tue|wed|thu|fri|sat|sun)"
)
"""Speaks of coming at a time, whatever else stands beside it."""
SPEAKS = re.compile(
    r"\b(speak|talk|chat)(ing)? (to|with)\b.{0,16}\b(owner|manager|boss|someone|somebody|person|human|team|staff|reception|management)\b"
)
BOOKS_ME = re.compile(r"\b(book|put|pencil|stick|squeeze|slot|fit) (me|us)\b(?! (off|out|through|on hold))")
"""Asks for a place, wherever in a message."""
BARE_TIME = re.compile(r"\d{1,2}([:.]\d{2})?")
VAGUE = frozenset({"inform", "chitchat", OUT_OF_SCOPE, "greet", "help"})
QUESTIONS = ("what", "when", "which", "how", "is ", "are ", "do ", "does ", "whats")
GIVES_UP = re.compile(r"\b(cancel|can'?t (make|come|do)|won'?t (make|be at)|take me (off|out)|drop out)\b")
CALLS_OFF = re.compile(r"(?<!not )(?<!n't )(?<!nt )\b(cancel|scrap) (that|it|this)\b")
WAITS = re.compile(r"\b(hang|hold) on\b|\bwait\b|\b(one|1|just a) (sec|second|min|minute|moment|mo)\b")
DROPS = re.compile(r"\b(forget|never ?mind|nvm|leave it|drop|scrap|cancel|stop|quit|not now)\b")
DATED = frozenset({"book_trial", "book_session", "reschedule_booking", "cancel_booking", "ask_availability"})
"""Wishes that name a time."""
PLAIN_WORDS = (
    (re.compile(r"\b(parking|car park|park (my|the) (car|bike)|bike racks?)\b"), "faq/location"),
    (re.compile(r"\b(opening (hours|times)|closing time)\b"), "faq/opening_hours"),
    (
        re.compile(r"\b(sauna|showers?|lockers?|changing rooms?|squat rack|treadmills?|swimming pool)\b"),
        "faq/facilities",
    ),
    (re.compile(r"\b(time ?table|class schedule)\b"), "faq/classes"),
    (
        re.compile(
            r"\b(subscription|membership|fees?|price|pricing|monthly) (plans?|structures?|packages?|options?|lists?|details|rates?)\b"
        ),
        "faq/price",
    ),
    (re.compile(r"\bminimum age\b"), "faq/suitability"),
    (re.compile(r"\bconcession(s|ary)?\b"), "faq/discounts"),
    (
        re.compile(r"\b(article 1[5-7]|subject access|right to be forgotten|gdpr|my personal data)\b"),
        "privacy_request",
    ),
)
REDUCED = re.compile(
    r"(?:(?:i'?m|im|we'?re|am|but|just|still|only) )*(?:a |an |on )?(?:\w+ )?"
    r"(?:students?|pensioners?|oaps?|seniors?|senior citizen|pension|apprentice)(?: (?:tho|though|here|so|myself|btw|now|only|sadly))?"
)
"""Says nothing but what makes people hope for a reduction."""
TASKS = frozenset({
    "book_trial", "book_session", "reschedule_booking", "cancel_booking", "check_booking", "ask_availability",
    "join_gym", "join_waitlist", "request_human", "opt_out", "billing_issue", "complaint",
})  # fmt: skip

SERVICE_ALIASES: dict[str, tuple[str, ...]] = {
    "trial": ("trial", "free trial", "trial session", "intro", "taster", "first visit"),
    "personal": ("personal training", "pt", "one to one", "1-1", "personal trainer"),
    "online": ("online coaching", "online session", "online training"),
}
"""What people call a kind of service, whatever the gym named it."""


@functools.cache
def pipeline(language: str = DEFAULT) -> Pipeline | None:
    """The language's models, loaded once a process when it is first heard (0.5 s); None for a language that has none."""
    from nlu_models.pipeline import load

    return load(language) if language == DEFAULT or has_gloss(language) else None


def shipped() -> Pipeline:
    """The models of the language that is always there."""
    found = pipeline()
    assert found is not None
    return found


def warm_up() -> None:
    """Understand something, so that nobody waits for what is only opened when it is used first."""
    shipped().parse("warm up, please", Context(sent_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))


def shipped_facts() -> dict[str, Any]:
    """What the classifier that every gym begins with was made from, and how well it does."""
    from nlu_models.artefact import about, find_classifier

    path = find_classifier("en")
    return about(path) if path is not None else {"examples": 0, "held_out": {"accuracy": 0.0}}


OWN_MODELS = 16
"""Gyms' own classifiers that a process keeps (some 10 MB each); the others are read again when they are needed."""
_own: dict[uuid.UUID, Pipeline | None] = {}
_own_lock = threading.Lock()


def fetch_own_model(session: TenantSession, facts: GymFacts) -> None:
    """Have the gym's own classifier at hand, where one is in use: read once a process and version."""
    model = facts.own_model
    if model is None or model.id in _own:
        return
    from nlu_models.pipeline import of_gym

    artefact = trained_models.artefact_of(session, model.id)
    made = of_gym(artefact, model.lang) if artefact is not None else None
    if made is None:
        log.warning(
            "the model %s of gym %s was made by another version; the shipped one is used",
            model.id,
            facts.gym.slug,
        )
    with _own_lock:
        while len(_own) >= OWN_MODELS:
            _own.pop(next(iter(_own)))
        _own[model.id] = made


def _pipeline_of(facts: GymFacts, language: str) -> Pipeline | None:
    model = facts.own_model
    own = _own.get(model.id) if model is not None and model.lang == language else None
    return own or pipeline(language)


@functools.lru_cache(maxsize=512)
def _vocabulary(key: tuple[uuid.UUID, int], facts_holder: _Hold) -> Vocabulary:
    facts = facts_holder.facts
    return Vocabulary(
        version=f"{key[0]}:{key[1]}",
        trainers=tuple(Term(person.key, person.name, (person.first_name,)) for person in facts.trainers),
        services=tuple(
            Term(offering.key, offering.name, SERVICE_ALIASES.get(offering.kind, ()))
            for offering in facts.offerings
        ),
        goals=facts.goals,
        opening_hours={day: list(intervals) for day, intervals in facts.opening_hours.items()},
        timezone=facts.gym.timezone,
        phone_region=facts.gym.phone_region,
        day_first=not facts.gym.locale.endswith("US"),
    )


class _Hold:
    """Carries facts past the cache's key without being part of it."""

    def __init__(self, facts: GymFacts) -> None:
        self.facts = facts

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hold)


def vocabulary(facts: GymFacts) -> Vocabulary:
    """The gym's own words, made once per version of its facts."""
    return _vocabulary((facts.gym.id, facts.version), _Hold(facts))


def understand(
    facts: GymFacts, text: str, *, sent_at: dt.datetime, asked: str | None, reference: dt.datetime | None,
    language: str = "en",
) -> Parse:  # fmt: skip
    """What `text` means at this gym, at that moment, after that question; in a language without a model it means nothing."""
    # A bare number in answer to "shall I book it?" is another time, as it is in answer to "when?".
    asked = "time" if asked == "confirm" and BARE_TIME.fullmatch(text.strip()) else asked
    context = Context(
        sent_at=facts.local(sent_at), vocabulary=vocabulary(facts), asked=asked, reference=reference
    )
    understands = _pipeline_of(facts, language)
    if understands is None:
        parse = Parse(text=text, intents=(Intent(OUT_OF_SCOPE, 1.0),), language=language)
        return replace(parse, intents=consent.weigh(parse))
    parse = understands.parse(text, context)
    parse = replace(parse, intents=consent.weigh(parse))
    intents = by_its_words(parse, with_clear_clauses(parse))
    return parse if intents == parse.intents else replace(parse, intents=intents)


def by_its_words(parse: Parse, intents: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """A message taken for small talk that names what only a gym's question names is that question.

    Precision first: only where nothing else was understood, and only by words that have one meaning here. "Actually no,
    cancel that" is more than a no.
    """
    text = parse.text.lower()
    has_task = any(one.name in TASKS or one.name in VAGUE for one in intents)
    if not has_task and parse.times.expected is not None and BOOKS_ME.search(text):
        # "1) the price 2) is there parking 3) book me Thursday 6pm"
        intents = (*intents, Intent("book_session", ACT))
    if len(intents) == 1 and intents[0].name in ("deny", "correct") and CALLS_OFF.search(text):
        return (Intent("stop_flow", ACT),)
    if len(intents) == 1 and intents[0].name in COMING and intents[0].confidence < ACT:
        is_asked = parse.times.expected is not None and MAY_COME.search(text)
        return (Intent(intents[0].name, ACT),) if is_asked else intents
    if len(intents) > 1 and WAITS.search(text) and not DROPS.search(text):
        # "Hang on, how much is the day pass?" drops nothing.
        intents = tuple(one for one in intents if one.name != "stop_flow") or intents
    likeliest = next(iter(parse.ranking), None)
    if (
        [one.name for one in intents] == [OUT_OF_SCOPE]
        and parse.times.expected is not None
        and likeliest is not None
        and likeliest.name in DATED
        and likeliest.confidence >= ACT
    ):
        # No business of the gym's, it seemed; but a time is named, and the likeliest reading wants one.
        return (Intent(likeliest.name, ACT),)
    if (
        [one.name for one in intents] == [OUT_OF_SCOPE]
        and intents[0].confidence < ACT
        and parse.times.expected is not None
        and COMES_THEN.search(text)
    ):
        return (Intent("book_trial", ACT),)
    if (
        [one.name for one in intents] == [OUT_OF_SCOPE]
        and likeliest is not None
        and likeliest.name == "request_human"
        and SPEAKS.search(text)
    ):
        return (Intent("request_human", ACT),)
    if len(intents) != 1 or (intents[0].name not in VAGUE and intents[0].confidence >= ASK):
        return intents
    if parse.first("service") is not None and GIVES_UP.search(text):
        return (Intent("cancel_booking", ACT),)
    if parse.first("service") is not None and (intents[0].name == OUT_OF_SCOPE or text.startswith(QUESTIONS)):
        return (Intent("faq/classes", ASK),)
    if REDUCED.fullmatch(text.strip(" .!?…😅😂🙈")):
        return (Intent("faq/discounts", ASK),)
    return next(((Intent(name, ASK),) for pattern, name in PLAIN_WORDS if pattern.search(text)), intents)


def with_clear_clauses(parse: Parse) -> tuple[Intent, ...]:
    """The wants of a message with those added that one of its clauses states beyond doubt, in spoken order.

    Three things asked in one breath blur each other when the message is read as a
    whole; taken by itself each is plain. Only questions are added, and a task where the
    message has none: answering too much costs less than not answering.
    """
    if len(parse.clauses) < 2:
        return parse.intents
    known = {intent.name: intent for intent in parse.intents}
    has_task = any(name in TASKS for name in known)
    order: list[Intent] = []
    for text, intent in parse.clauses:
        # "Can I drop by tomorrow at 5" asks for a place beyond doubt, whatever is asked beside it.
        comes = intent.name in COMING and intent.confidence >= LIKELY and parse.times.expected is not None
        is_clear = intent.confidence >= CLEAR or (comes and MAY_COME.search(text.lower()) is not None)
        is_question = intent.name.startswith("faq/") and OUT_OF_SCOPE not in known
        is_task = intent.name in TASKS and not has_task
        if _is_wish(parse, text) and not has_task and not COMING & set(known):
            # "Tomorrow at 10. Does the trainer speak Spanish?" asks and wants to come.
            order.append(Intent("inform", ACT))
        elif intent.name in known:
            order.append(known[intent.name])
        elif is_clear and (is_question or is_task):
            order.append(intent)
            has_task = has_task or is_task
    order += [intent for intent in parse.intents if intent not in order]
    return tuple(dict.fromkeys(order))


def _is_wish(parse: Parse, clause: str) -> bool:
    """Whether a clause is a day and hour, and nothing else."""
    time = parse.first("time")
    expected = parse.times.expected
    if time is None or expected is None or not (expected.named_date and expected.named_clock):
        return False
    left = clause.lower().replace(time.text.lower(), " ").split()
    return time.text.lower() in clause.lower() and len([word for word in left if word.strip(".,!?")]) == 0


def tapped(button_title: str) -> Parse:
    """A tap needs no understanding: its payload says what is meant."""
    return Parse(text=button_title, intents=(Intent("affirm", 1.0),), times=Times())


def chosen_option(tracker: Tracker, text: str, *, numbered: bool, language: str = "en") -> Button | None:
    """The offered choice that a typed answer names: by its number, its title, or the start of it."""
    # Buttons stand under other words than questions too, and where there are none to tap they are numbered.
    shown = (tracker.get("last_said") or {}).get("buttons")
    options: list[dict[str, Any]] = tracker.get("options") or shown or []
    words = " ".join(text.lower().replace(".", " ").replace(")", " ").split())
    if not words or words in AMBIGUOUS:
        return None
    if words.isdigit() and numbered and 1 <= int(words) <= len(options):
        return _button(options[int(words) - 1])
    matching = [option for option in options if option["title"].lower() == words]
    if len(matching) == 1:
        return _button(matching[0])
    if has_gloss(language):
        words = gloss(words, language).text
        if words in AMBIGUOUS:
            return None
    ordinals = {
        "earliest": 0,
        "first": 0,
        "1st": 0,
        "second": 1,
        "2nd": 1,
        "third": 2,
        "3rd": 2,
        "last": -1,
        "latest": -1,
    }
    spoken = words.removeprefix("the ").removesuffix(" one").removesuffix(" please").removesuffix(" one")
    if words.endswith(" one"):  # "later" alone asks for a later time than all of them
        ordinals |= {"earlier": 0, "later": -1}
    if spoken in ordinals and options and ordinals[spoken] < len(options):
        slots = [option for option in options if option.get("choice")]
        if ordinals[spoken] < len(slots):
            return _button(slots[ordinals[spoken]])
    if not matching and words[:1].isdigit() and not numbered:
        # "60" for "60 min, €50"; a bare hour is left to the grammar of times.
        matching = [
            o for o in options if o["id"].startswith("1:pick:") and o["title"].lower().startswith(f"{words} ")
        ]
    return _button(matching[0]) if len(matching) == 1 else None


def _button(option: dict[str, Any]) -> Button:
    return Button(id=option["id"], title=option["title"])
