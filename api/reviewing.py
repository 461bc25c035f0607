"""The review list as a file: Rasa's training format, each message with its id and what it was taken for."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text

from bot import registry
from crm import db, reviews
from crm.errors import CrmError, NotFound
from nlu_models.parse import OUT_OF_SCOPE

ACTOR = "file"
HEAD = """# Messages that were not understood, under what they were taken for. Move each to the intent that it has (several: a+b, in spoken order;
# out_of_scope: none of a gym's business), delete what you are not sure of, leave the ids, and import the file again.
"""


class ReviewFileError(CrmError):
    """The file can not be read as `export` writes it."""

    code = "review_file"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file's messages."""

    labelled: int
    known: int
    gone: int


def gym_of(slug: str) -> uuid.UUID:
    """The gym with that short name; raises `NotFound`."""
    with db.database().system_session() as session:
        for gym_id, name in session.execute(text("SELECT id, slug FROM door_gyms()")).all():
            if name == slug:
                return uuid.UUID(str(gym_id))
    raise NotFound(f"there is no gym {slug!r}")


def export(slug: str, file: Path) -> int:
    """Write what waits for a label; how many messages."""
    with db.database().tenant_session(gym_of(slug)) as session:
        items = reviews.list_unlabelled(session)
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in items:
            taken_for = max(item.guesses, key=lambda name: item.guesses[name], default=OUT_OF_SCOPE)
            groups[taken_for].append(
                {
                    "text": item.text,
                    "metadata": {"id": str(item.id), "kind": item.kind, "guesses": item.guesses},
                }
            )
    content = {
        "version": "3.1",
        "nlu": [{"intent": intent, "examples": examples} for intent, examples in sorted(groups.items())],
    }
    file.write_text(HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000), "utf-8")
    return sum(map(len, groups.values()))


def import_(slug: str, file: Path) -> Imported:
    """Label every message of a file with the intent that it stands under; all of it, or nothing and `ReviewFileError`."""
    labels = _read(file)
    counts = {"labelled": 0, "known": 0, "gone": 0}
    with db.database().tenant_session(gym_of(slug)) as session:
        for item_id, intents in labels:
            try:
                reviews.get(session, item_id)
            except NotFound:
                counts["gone"] += 1
                continue
            is_new = reviews.label(session, item_id, intents, actor=ACTOR, now=session.now)
            counts["labelled" if is_new else "known"] += 1
    return Imported(**counts)


def _read(file: Path) -> list[tuple[uuid.UUID, list[str]]]:
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ReviewFileError(f"{file.name} is not valid YAML: {error}") from None
    groups = content.get("nlu") if isinstance(content, dict) else None
    if not isinstance(groups, list):
        raise ReviewFileError(f"{file.name} has no list under `nlu`; is it a file that `export` wrote?")
    found: list[tuple[uuid.UUID, list[str]]] = []
    for group in groups:
        intents = [part.strip() for part in str(group.get("intent", "")).split("+")]
        if unknown := [name for name in intents if name not in registry.intents()]:
            raise ReviewFileError(
                f"{file.name}: there is no intent {unknown[0]!r}; there are {', '.join(sorted(registry.intents()))}"
            )
        found += [(_id_of(example, file), intents) for example in group.get("examples") or ()]
    return found


def _id_of(example: Any, file: Path) -> uuid.UUID:
    try:
        return uuid.UUID(example["metadata"]["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        said = example.get("text") if isinstance(example, dict) else example
        raise ReviewFileError(
            f"{file.name}: {str(said)[:60]!r} has no id; only messages of the review list can be imported"
        ) from None
