"""Training sentences: Rasa NLU YAML files, read and checked.

`data/<lang>/<intent>.yml` (a slash of the intent written as an underscore) holds one intent;
`multi_intent_*.yml` hold messages with several, joined by "+" in spoken order.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex
import yaml

from nlu_models import text as texts

MARKUP = regex.compile(r"\[(?P<text>[^\]\[]+)\](?:\([^)]*\)|\{[^}]*\})")
NEAR = 92
"""Two messages this alike (0 to 100, rapidfuzz ratio of their keys) are near-duplicates."""


class DataError(Exception):
    """A training file can not be read as Rasa NLU YAML."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. `intents` are in spoken order; `source` says where it stands, for reports."""

    text: str
    intents: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the linter objects to."""

    kind: str
    """duplicate, near_duplicate, conflict, leak (too close to the held-out set) or empty."""
    text: str
    where: str
    other: str = ""

    def __str__(self) -> str:
        """One line for a report."""
        return f"{self.kind}: {self.text!r} ({self.where})" + (f" vs {self.other}" if self.other else "")


def data_dir(lang: str = "en") -> Path:
    """The folder of a language's training files."""
    return Path(__file__).parent / "data" / lang


def read_dir(directory: Path) -> list[Example]:
    """All examples of a folder's YAML files, in the order of file name and line; raises `DataError`."""
    return [example for path in sorted(directory.glob("*.yml")) for example in read_file(path)]


def read_file(path: Path) -> list[Example]:
    """The examples of one Rasa NLU YAML file; both forms of `examples` (block text, list of `text`)."""
    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise DataError(f"{path.name}: {error}") from error
    found: list[Example] = []
    for group in content.get("nlu") or ():
        if "intent" not in group:
            continue  # synonyms, lookups and regexes are Rasa's, not training sentences
        intents = tuple(part.strip() for part in str(group["intent"]).split("+"))
        found += [
            Example(without_markup(line), intents, f"{path.name}: {group['intent']}")
            for line in _lines(group.get("examples"), path)
        ]
    return found


def read_jsonl(path: Path) -> list[Example]:
    """Examples of a JSON-lines file with `intents` (a list) or `intent` (one name); raises `DataError`."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            intents = tuple(row["intents"]) if "intents" in row else (row["intent"],)
            found.append(Example(row["text"], intents, f"{path.name}:{number}"))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path.name}:{number}: {error!r}") from error
    return found


def without_markup(line: str) -> str:
    """The words without Rasa's entity markup: "[tomorrow](time)" or "[tomorrow]{"entity": "time"}" is "tomorrow"."""
    return MARKUP.sub(lambda match: match["text"], line).strip()


def lint(examples: Sequence[Example], held_out: Iterable[Example] = ()) -> list[Finding]:
    """What is wrong with training data; empty when all is well.

    The same message under two labels is a conflict (the classifier could only guess); repeats add nothing; a
    message nearly equal to a held-out one would make the measurement a lie. Messages of one or two words
    may near-repeat each other and the held-out set: "yes" has no paraphrase.
    """
    findings = []
    first: dict[str, Example] = {}
    for example in examples:
        signature = texts.key(example.text)
        if not signature:
            findings.append(Finding("empty", example.text, example.source))
            continue
        known = first.setdefault(signature, example)
        if known is example:
            continue
        kind = "duplicate" if known.intents == example.intents else "conflict"
        findings.append(Finding(kind, example.text, example.source, known.source))
    held = {texts.key(example.text): example for example in held_out}
    findings += _near(first, first, "near_duplicate")
    findings += _near(first, held, "leak")
    return findings


def clean(examples: Sequence[Example], held_out: Iterable[Example] = ()) -> list[Example]:
    """The examples without what `lint` objects to; of duplicates and near-duplicates the first stays."""
    bad = {
        (finding.text, finding.where)
        for finding in lint(examples, held_out)
        if finding.kind != "near_duplicate"
    }
    kept: dict[str, Example] = {}
    for example in examples:
        signature = texts.key(example.text)
        if signature in kept or ((example.text, example.source) in bad):
            continue
        kept[signature] = example
    return list(kept.values())


def _near(mine: dict[str, Example], others: dict[str, Example], kind: str) -> list[Finding]:
    from rapidfuzz import fuzz, process

    # Only messages that share a rare word can be near-duplicates: comparing all pairs would take minutes.
    index: dict[str, list[str]] = defaultdict(list)
    for signature in others:
        for word in set(signature.split()):
            index[word].append(signature)
    findings = []
    for signature, example in mine.items():
        split = signature.split()
        if kind == "leak" and len(split) < 3:
            continue
        if kind == "near_duplicate" and len(split) < 4:
            continue
        rarest = sorted(set(split), key=lambda word: len(index[word]) or 10**9)[:2]
        candidates = {near for word in rarest for near in index[word] if kind == "leak" or near < signature}
        found = process.extractOne(signature, candidates, scorer=fuzz.ratio, score_cutoff=NEAR)
        if found:
            other = others[found[0]]
            findings.append(Finding(kind, example.text, example.source, f"{other.text!r} ({other.source})"))
    return findings


def _lines(examples: object, path: Path) -> list[str]:
    if isinstance(examples, str):
        return [line.strip()[1:].strip() for line in examples.splitlines() if line.strip().startswith("-")]
    if isinstance(examples, list):
        return [str(item["text"] if isinstance(item, dict) else item).strip() for item in examples]
    raise DataError(f"{path.name}: examples are neither text nor a list")
