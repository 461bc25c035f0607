"""What the classifier understood, put right by what was read of consent."""

from __future__ import annotations

import re

from nlu_models.consent.reading import read
from nlu_models.parse import OUT_OF_SCOPE, Intent, Parse

SURE, WORTH_ASKING = 0.99, 0.55
"""Confidence of a wish that was read; and the classifier's own from which a person is asked whether they meant it."""
BESIDE = frozenset({"privacy_request", "cancel_membership", "cancel_booking", "book_trial", "book_session"})
"""What is said along with an opt-out; all else that a classifier hears in one is an echo of it."""
EMPTY = frozenset({
    "opt_in", "opt_out", "chitchat", "greet", "thank", "inform", "help", "affirm", "stop_flow", OUT_OF_SCOPE,
})  # fmt: skip
"""Guesses that give way to a clear wish for messages."""


def weigh(parse: Parse) -> tuple[Intent, ...]:
    """The intents with opt-outs and opt-ins as the words have them, whatever the classifier made of them.

    A stop that was read is one; one that only the classifier hears stays a guess (its handler asks), or
    gives way to the next best reading where the words rule it out.
    """
    wish = read(parse.said)
    if wish is None:
        return _without_faint(parse)
    match wish.kind:
        case "stop":
            return (Intent("opt_out", SURE), *(one for one in parse.intents if one.name in BESIDE))
        case "unsure":
            return (Intent("opt_out", WORTH_ASKING),)
        case "start":
            return (Intent("opt_in", SURE),) if parse.intent.name in EMPTY else parse.intents
        case _:
            return _without(parse, "opt_out")


SPEAKS_OF_US = re.compile(
    r"\b(messag|msg|mesag|text|txt|contact|call|ring|phon|e-?mail|mail|sms|whats ?app|notif|remind|alert|update|newsletter|promo|offer|advert|"
    r"spam|send|sent|sending|writ|list|number|stop|unsub|subscri|opt|quit|end|revoke|leave (me|us)|bother|annoy|pester|harass|block|mute|silen|"
    r"remov|delet|consent|data|no more|enough|stfu|f(uc)?k off|piss off|go away|get lost|hear from|talk to|speak to|reply|shut up)",
    re.IGNORECASE,
)
"""Without one of these nobody asks for silence: "I don't want people staring at me" is about people."""


def _without_faint(parse: Parse) -> tuple[Intent, ...]:
    heard = next((one for one in parse.intents if one.name == "opt_out"), None)
    is_faint = heard is not None and (heard.confidence < WORTH_ASKING or not SPEAKS_OF_US.search(parse.text))
    return _without(parse, "opt_out") if is_faint else parse.intents


def _without(parse: Parse, name: str) -> tuple[Intent, ...]:
    """Without that intent; where nothing else was heard, the next best guess."""
    if not parse.wants(name):
        return parse.intents
    left = tuple(one for one in parse.intents if one.name != name)
    guesses = tuple(one for one in parse.ranking if one.name not in (name, "opt_in"))
    return left or guesses[:1] or (Intent("chitchat", 0.0),)
