"""Message templates: the words that may open a conversation, as a provider approves them."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One text with numbered variables and quick-reply buttons."""

    name: str
    language: str
    category: str
    body: str
    buttons: tuple[str, ...]

    def for_meta(self) -> dict[str, Any]:
        """The body of Meta's template creation call (message_templates, API v25)."""
        components: list[dict[str, Any]] = [{"type": "BODY", "text": self.body}]
        if self.buttons:
            quick = [{"type": "QUICK_REPLY", "text": title} for title in self.buttons]
            components.append({"type": "BUTTONS", "buttons": quick})
        return {
            "name": self.name, "language": self.language, "category": self.category, "components": components
        }  # fmt: skip

    @property
    def variables(self) -> int:
        """How many variables the text wants."""
        return len(set(re.findall(r"\{\{(\d+)\}\}", self.body)))


@functools.cache
def catalogue(language: str = "en") -> dict[str, MessageTemplate]:
    """All templates of a language by name."""
    path = Path(__file__).parent / f"{language}.yml"
    return {
        raw["name"]: MessageTemplate(
            raw["name"], language, raw["category"], raw["body"], tuple(raw["buttons"])
        )
        for raw in yaml.safe_load(path.read_text(encoding="utf-8"))
    }


def use(name: str, *variables: str, language: str = "en") -> dict[str, Any]:
    """The template with its variables filled in, for a delivery's content; raises where their number is wrong."""
    template = catalogue(language)[name]
    if len(variables) != template.variables:
        raise ValueError(f"{name} wants {template.variables} variables, not {len(variables)}")
    # Meta refuses line breaks and long blanks inside a variable.
    return {
        "name": name,
        "language": language,
        "variables": [" ".join(value.split()) or "-" for value in variables],
    }
