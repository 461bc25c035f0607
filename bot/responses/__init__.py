"""Every word the bot says, keyed ``utter_…``, one file a language (and one for staff).

The files are in Rasa's domain format. A text may hold ``{name}`` placeholders; lists
and dates arrive as ready words from `bot.wording`.
"""

from __future__ import annotations

import functools
import string
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
DEFAULT_LANGUAGE = "en"
UNSPOKEN = "unspoken"
"""Folder of the few words there are in languages that are recognised and not spoken."""


class MissingResponse(KeyError):
    """No language has a text for this key."""


@functools.cache
def languages() -> tuple[str, ...]:
    """Languages that have words, the default one first."""
    found = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.yml")})
    return (DEFAULT_LANGUAGE, *(language for language in found if language != DEFAULT_LANGUAGE))


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language by key."""
    texts: dict[str, str] = {}
    files = [*sorted(FOLDER.glob(f"{language}.*yml")), *FOLDER.glob(f"{UNSPOKEN}/{language}.yml")]
    for path in files:
        for key, variants in yaml.safe_load(path.read_text(encoding="utf-8"))["responses"].items():
            if key in texts:
                raise ValueError(f"{key} is given twice, the second time in {path.name}")
            texts[key] = variants[0]["text"].strip("\n")
    return texts


@functools.cache
def nouns(language: str) -> dict[str, str]:
    """What things that many gyms have are called in that language, by what they are called in the default one."""
    path = FOLDER / "nouns" / f"{language}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def noun(language: str, words: str) -> str:
    """A gym's own words for a thing, in that language where it is a thing that many gyms have; else as they are."""
    return nouns(language).get(words.strip().lower(), words)


def render(language: str, key: str, /, **params: Any) -> str:
    """The words of `key` with its parameters filled in; falls back to the default language."""
    text = catalogue(language).get(key) or catalogue(DEFAULT_LANGUAGE).get(key)
    if text is None:
        raise MissingResponse(key)
    return text.format_map(params)


def placeholders(text: str) -> set[str]:
    """The names of the parameters a text wants."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
