"""Message templates: the words that may open a conversation, as a provider approves them.

One file a language. A person whose language has none gets the default one's: it is
better read in another language than not at all.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One text with numbered variables and quick-reply buttons."""

    name: str
    language: str
    category: str
    body: str
    examples: tuple[str, ...]
    """What the variables may be, for the provider's reviewers."""
    buttons: tuple[str, ...]

    @property
    def variables(self) -> int:
        """How many variables the text wants."""
        return len(set(re.findall(r"\{\{(\d+)\}\}", self.body)))


@functools.cache
def catalogue(language: str = DEFAULT_LANGUAGE) -> dict[str, MessageTemplate]:
    """All templates of a language by name; empty where the language has none."""
    path = FOLDER / f"{language}.yml"
    if not path.exists():
        return {}
    return {
        raw["name"]: MessageTemplate(
            raw["name"], language, raw["category"], raw["body"], tuple(raw["examples"]), tuple(raw["buttons"])
        )
        for raw in yaml.safe_load(path.read_text(encoding="utf-8"))
    }


def everything() -> list[MessageTemplate]:
    """All templates of all languages."""
    languages = sorted(path.stem for path in FOLDER.glob("*.yml"))
    return [template for language in languages for template in catalogue(language).values()]


def use(name: str, *variables: str, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """The template with its variables filled in, for a delivery's content; raises where their number is wrong."""
    template = catalogue(language).get(name) or catalogue()[name]
    if len(variables) != template.variables:
        raise ValueError(f"{name} wants {template.variables} variables, not {len(variables)}")
    # Meta refuses line breaks and long blanks inside a variable.
    return {
        "name": name,
        "language": template.language,
        "variables": [" ".join(value.split()) or "-" for value in variables],
    }
