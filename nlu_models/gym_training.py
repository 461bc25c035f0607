"""A gym's own classifier: our sentences and the messages its team has labelled, used only if it does better.

A quarter of the gym's messages, chosen by hash so that it never moves, is never learnt from: on these the new
classifier must do at least as well as the present one, and on the kept-back part of ours no worse than chance moves it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from nlu_models.artefact import CODE_VERSION, about, encoder_files, find_classifier, read_about
from nlu_models.classifier import Classifier
from nlu_models.data import Example, clean, data_dir, read_dir
from nlu_models.encoder import Encoder
from nlu_models.evaluate import evaluate
from nlu_models.learn import learn
from nlu_models.text import key
from nlu_models.train import SLACK

LEAST = 20
"""Labels from which training is worth it: fewer leave too little to measure on."""
LEAST_KEPT = 4
"""Messages that must be there to measure on."""
KEPT_ONE_IN = 4


class TooFew(Exception):
    """There are not enough labelled messages to learn from and to measure on."""


@dataclass(frozen=True, slots=True)
class Side:
    """Share of right answers on one set, by the present classifier and by the new one."""

    n: int
    before: float
    after: float

    def as_json(self) -> dict[str, float | int]:
        """Plain numbers to be kept."""
        return {"n": self.n, "before": round(self.before, 4), "after": round(self.after, 4)}


@dataclass(frozen=True, slots=True)
class GymTrained:
    """A training's result; `artefact` is what to publish, if `refusal` is None."""

    artefact: bytes
    examples: int
    labelled: int
    gym: Side
    ours: Side
    refusal: str | None

    def figures(self) -> dict[str, Any]:
        """Both comparisons, to be kept."""
        return {"gym": self.gym.as_json(), "ours": self.ours.as_json()}


def is_kept_back(text: str) -> bool:
    """Whether a gym's message is for measuring only."""
    return int(hashlib.sha256(f"gym {key(text)}".encode()).hexdigest(), 16) % KEPT_ONE_IN == 0


def ensure_enough(labelled: Sequence[Example], least: int = LEAST) -> None:
    """Raise `TooFew`, saying what lacks, where training would be guesswork."""
    kept = sum(is_kept_back(example.text) for example in labelled)
    if len(labelled) < least:
        raise TooFew(f"{len(labelled)} labelled messages, and {least} are needed")
    if kept < LEAST_KEPT:
        raise TooFew(
            f"only {kept} of {len(labelled)} labelled messages are for measuring, and {LEAST_KEPT} are needed"
        )


def train(
    labelled: Sequence[Example], present: bytes | None, *, lang: str = "en", data: Path | None = None,
    least: int = LEAST,
) -> GymTrained:  # fmt: skip
    """Learn from our sentences and a gym's labelled messages, and compare with what is in use.

    `present` is the gym's classifier in use, None where it is the shipped one; `data` a folder of sentences in place
    of the language's. Raises `TooFew`. Takes minutes on one core.
    """
    labelled = [example for example in labelled if key(example.text)]
    ensure_enough(labelled, least)
    theirs = {key(example.text): example for example in labelled}
    # What the gym's team says of a message outweighs what we said of the same words.
    ours = [example for example in clean(read_dir(data or data_dir(lang))) if key(example.text) not in theirs]
    kept = [example for example in theirs.values() if is_kept_back(example.text)]
    taught = [example for example in theirs.values() if not is_kept_back(example.text)]
    encoder = Encoder(*encoder_files(lang), threads=1)
    before, before_ours = _present(present, lang, encoder, data, ours)
    with threadpool_limits(1, user_api="blas"):
        learnt = learn([*ours, *taught], encoder, lang=lang)
    known = {example.text for example in ours}
    predicted = {example.text: intents for example, intents in learnt.held_out if example.text in known}
    held = [example for example, _ in learnt.held_out if example.text in known]
    after_ours = evaluate(predicted.__getitem__, held).accuracy
    gym = Side(len(kept), _share(before, kept), _share(learnt.classifier, kept))
    side = Side(len(held), before_ours, after_ours)
    facts = {
        "code_version": CODE_VERSION, "examples": len(ours) + len(taught), "encoder": encoder_mark(lang),
        "held_out": {"accuracy": after_ours, "n": len(held)},
    }  # fmt: skip
    content = io.BytesIO()
    learnt.classifier.write(content, facts)
    return GymTrained(
        content.getvalue(), len(ours) + len(taught), len(theirs), gym, side, _refusal(gym, side)
    )


def _refusal(gym: Side, ours: Side) -> str | None:
    if gym.after < gym.before:
        return (
            f"on your own {gym.n} test messages it gets {round(gym.after * gym.n)} right,"
            f" and {round(gym.before * gym.n)} are right now"
        )
    if ours.after < ours.before - SLACK:
        return f"on our {ours.n} test messages it gets {ours.after:.1%} right, and {ours.before:.1%} are right now"
    return None


def _present(
    present: bytes | None, lang: str, encoder: Encoder, data: Path | None, ours: Sequence[Example]
) -> tuple[Classifier, float]:
    """The classifier in use, and its share of right answers on our kept-back messages when it was made."""
    own = readable(present, lang) if present is not None else None
    if own is not None:
        return Classifier.load(io.BytesIO(own), encoder), float(
            read_about(io.BytesIO(own))["held_out"]["accuracy"]
        )
    path = find_classifier(lang)
    if data is None and path is not None:
        return Classifier.load(path, encoder), float(about(path)["held_out"]["accuracy"])
    # With other sentences than the shipped classifier's, what is in use is made of these sentences alone.
    with threadpool_limits(1, user_api="blas"):
        learnt = learn(ours, encoder, lang=lang)
    predicted = {example.text: intents for example, intents in learnt.held_out}
    return learnt.classifier, evaluate(predicted.__getitem__, [one for one, _ in learnt.held_out]).accuracy


def _share(classifier: Classifier, examples: Sequence[Example]) -> float:
    """Share of messages of which every intent is found, and no other."""
    right = sum(
        {intent.name for intent in classifier.classify(example.text).intents} == set(example.intents)
        for example in examples
    )
    return right / len(examples)


def readable(artefact: bytes, lang: str) -> bytes | None:
    """The artefact, if this code and this encoder can use it; a gym's model does not outlive either."""
    facts = read_about(io.BytesIO(artefact))
    fits = facts.get("code_version") == CODE_VERSION and facts.get("encoder") == encoder_mark(lang)
    return artefact if fits else None


def encoder_mark(lang: str) -> str:
    """Names the encoder's weights."""
    with encoder_files(lang)[0].open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
