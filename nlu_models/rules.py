"""Short answers that need no model: "yes", "STOP", a thumb. Exact after normalising; nothing fuzzy.

The words of each language are data in `rules/<lang>.yml`; every language's opt-out words work always, because
somebody who wants no more messages must not have to find the right language.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import yaml

from nlu_models.text import STRETCHED, key

LONGEST = 40
"""Longer texts are never rules; saves normalising them."""


@lru_cache(maxsize=8)
def table(lang: str) -> dict[str, str]:
    """Normalised phrase to intent."""
    file = resources.files("nlu_models") / "rules" / f"{lang}.yml"
    found: dict[str, str] = {}
    for intent, phrases in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
        for phrase in phrases:
            signature = _signature(str(phrase))
            if found.setdefault(signature, intent) != intent:
                raise ValueError(f"rules/{lang}.yml: {phrase!r} is both {found[signature]} and {intent}")
    return found


def match(text: str, lang: str = "en") -> str | None:
    """The intent of a whole message that is one of the known short answers, else None."""
    if len(text) > LONGEST:
        return None
    return table(lang).get(_signature(text))


def _signature(text: str) -> str:
    signature = key(text)
    # "yesss", "nooo" and "👍👍" mean what they mean once.
    signature = STRETCHED.sub(lambda found: str(found[1]), signature)
    if not signature.isascii():
        signature = "".join(c for place, c in enumerate(signature) if place == 0 or signature[place - 1] != c)
    return signature
