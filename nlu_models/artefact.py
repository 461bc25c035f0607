"""Trained classifiers on disk: where they are, what they were made from, which one is used.

`published/` holds what is shipped with the code: the encoder fine-tuned on our sentences, its tokenizer and the classifier.
`spotter nlu train` writes to the artefact folder (`build.artefact_dir`); what stands there comes first.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from threadpoolctl import threadpool_limits

from nlu_models.build import artefact_dir, ensure_encoder
from nlu_models.classifier import Classifier
from nlu_models.data import data_dir
from nlu_models.encoder import Encoder
from nlu_models.glosses import GLOSSED_IN, has_gloss

PUBLISHED = Path(__file__).parent / "published"
CODE_VERSION = 5
"""Raise it when features, learning or judgement change what is stored."""

log = logging.getLogger(__name__)


def encoder_files(lang: str, directory: Path | None = None) -> tuple[Path, Path]:
    """Graph and tokenizer for a language: the published fine-tuned one, else the general one, built if need be.

    A language that is read through a gloss shares the encoder of the language that its gloss is in.
    """
    lang = GLOSSED_IN if has_gloss(lang) else lang
    tuned, tokenizer = PUBLISHED / f"encoder-{lang}.onnx", PUBLISHED / "tokenizer.json"
    if tuned.is_file() and tokenizer.is_file():
        return tuned, tokenizer
    return ensure_encoder(directory)


def fingerprint(lang: str) -> str:
    """Names the training data, the code version and the encoder: equal fingerprints, equal classifier."""
    digest = hashlib.sha256(f"code {CODE_VERSION} ".encode())
    package = Path(__file__).parent
    files = [
        *sorted(data_dir(lang).glob("*.yml")),
        package / "slang" / f"{lang}.yml",
        package / "glosses" / f"{lang}.yml",
        PUBLISHED / f"encoder-{GLOSSED_IN if has_gloss(lang) else lang}.onnx",
    ]
    for path in files:
        if path.is_file():
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def classifier_files(lang: str, directory: Path | None = None) -> list[Path]:
    """Where a classifier may be, the one to prefer first."""
    name = f"classifier-{lang}.npz"
    return [(directory or artefact_dir()) / name, PUBLISHED / name]


def find_classifier(lang: str, directory: Path | None = None) -> Path | None:
    """The classifier's file of a language, if there is one of this code version.

    One that learnt on another language's encoder counts only beside that very encoder: when it is tuned anew, nobody may
    think of the others.
    """
    for path in classifier_files(lang, directory):
        facts = about(path) if path.is_file() else {}
        if facts.get("code_version") != CODE_VERSION:
            continue
        if not has_gloss(lang) or facts.get("encoder") == encoder_mark(lang, directory):
            return path
    return None


def encoder_mark(lang: str, directory: Path | None = None) -> str:
    """Names the encoder's file by what is in it."""
    return _mark(encoder_files(lang, directory)[0])


@lru_cache(maxsize=4)
def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def about(path: Path) -> dict[str, Any]:
    """What a classifier was made from and how well it did when it was made."""
    with path.open("rb") as file:
        return read_about(file)


def read_about(file: BinaryIO) -> dict[str, Any]:
    """The same of a classifier in an open file."""
    with np.load(file, allow_pickle=False) as stored:
        content: dict[str, Any] = json.loads(bytes(stored["json"]))
    found: dict[str, Any] = content["about"]
    return found


class NotTrained(LookupError):
    """There is no classifier made by this code; training takes minutes, so nobody does it by the way."""


def get_classifier(lang: str, directory: Path | None = None, *, threads: int = 1) -> Classifier:
    """The classifier of a language; raises `NotTrained` where there is none of this code version.

    `threads` is how many cores a message may use, in the whole process.
    """
    path = find_classifier(lang, directory)
    if path is None:
        raise NotTrained(
            f"there is no trained understanding of {lang!r} for this code; make it with: spotter nlu train"
        )
    # NumPy splits even the small products of the head between all cores; waiting for one that is busy takes
    # longer than the product (5 ms instead of 0.1 with two workers on two cores), and its threads spin meanwhile.
    threadpool_limits(threads, user_api="blas")
    return Classifier.load(path, _encoder(*encoder_files(lang, directory), threads))


@lru_cache(maxsize=4)
def _encoder(graph: Path, tokenizer: Path, threads: int) -> Encoder:
    """One in the process for all languages that share it: it is most of what understanding weighs."""
    return Encoder(graph, tokenizer, threads=threads)


def publish(classifier: Classifier, target: Path, facts: dict[str, Any]) -> Path:
    """Write a classifier so that readers see the old file or the new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=target.parent, suffix=".npz")
    os.close(handle)
    try:
        classifier.save(Path(scratch), facts)
        os.chmod(scratch, 0o644)
        os.replace(scratch, target)
    finally:
        Path(scratch).unlink(missing_ok=True)
    return target
