"""Training: sentences to a classifier that is published only if it is at least as good as the present one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from nlu_models.artefact import (
    CODE_VERSION,
    about,
    classifier_files,
    encoder_files,
    encoder_mark,
    fingerprint,
    publish,
)
from nlu_models.data import Example, clean, data_dir, read_dir
from nlu_models.encoder import Encoder
from nlu_models.evaluate import Figures, evaluate
from nlu_models.glosses import gloss, has_gloss
from nlu_models.learn import learn
from nlu_models.text import key

FLOOR = 0.80
"""Held-out accuracy below which nothing is published."""
SLACK = 0.005
"""How much worse than the present artefact (held-out accuracy) a new one may be: chance moves it this much."""


class BelowFloor(Exception):
    """The new classifier does worse on held-out messages than is allowed; the present one stays."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A training's result."""

    path: Path
    held_out: Figures
    examples: int
    fingerprint: str


def sentences(lang: str) -> list[Example]:
    """A language's examples as the classifier reads them: glossed, where the language has a table for that."""
    examples = clean(read_dir(data_dir(lang)))
    if not has_gloss(lang):
        return examples
    # Two messages can have one gloss; the first stays.
    read = {
        key(text): replace(one, text=text)
        for one in reversed(examples)
        if (text := gloss(one.text, lang).text)
    }
    return list(read.values())


def train(lang: str = "en", directory: Path | None = None, *, force: bool = False) -> Trained:
    """Train on `data/<lang>`, report on the kept-back eighth, publish to the artefact folder.

    The report is of classifiers that have seen seven eighths; the published one has seen all. Raises `BelowFloor` where the
    report is under the floor or clearly under the present artefact's, unless `force` is given.
    """
    examples = sentences(lang)
    # On one thread: sums in another order make another classifier, and it must not depend on the number of cores.
    encoder = Encoder(*encoder_files(lang, directory), threads=1)
    with threadpool_limits(1, user_api="blas"):
        learnt = learn(examples, encoder, lang=lang)
    predicted = {example.text: intents for example, intents in learnt.held_out}
    held_out = evaluate(predicted.__getitem__, [example for example, _ in learnt.held_out])
    target = classifier_files(lang, directory)[0]
    floor = FLOOR
    present = next((path for path in classifier_files(lang, directory) if path.is_file()), None)
    if present and about(present).get("code_version") == CODE_VERSION:
        floor = max(floor, float(about(present)["held_out"]["accuracy"]) - SLACK)
    if held_out.accuracy < floor and not force:
        raise BelowFloor(
            f"held-out accuracy {held_out.accuracy:.3f} is below {floor:.3f}: {target.name} stays as it is"
        )
    mark = fingerprint(lang)
    facts = {
        "code_version": CODE_VERSION,
        "fingerprint": mark,
        "encoder": encoder_mark(lang, directory),
        "examples": len(examples),
        "held_out": {"accuracy": held_out.accuracy, "micro_f1": held_out.micro_f1, "n": held_out.n},
    }
    return Trained(publish(learnt.classifier, target, facts), held_out, len(examples), mark)
