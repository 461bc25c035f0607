"""Messages of a writer whose other sentences nobody has learnt from: how well the shipped classifier does on them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from nlu_models.data import data_dir, lint, read_dir, read_jsonl
from nlu_models.evaluate import evaluate
from nlu_models.parse import Context
from nlu_models.pipeline import load

STRANGERS = Path(__file__).parent / "strangers.jsonl"
MOMENT = Context(sent_at=dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC))


@pytest.mark.feature("5.1")
def test_what_strangers_write_is_understood() -> None:
    pipeline = load("en")
    figures = evaluate(
        lambda text: [intent.name for intent in pipeline.parse(text, MOMENT).intents], read_jsonl(STRANGERS)
    )
    assert figures.n == 276
    assert figures.accuracy >= 0.93, figures.confusions
    assert figures.micro_f1 >= 0.92
    assert figures.oos_recall >= 0.90
    assert figures.oos_false <= 0.05


def test_nothing_like_their_messages_is_learnt() -> None:
    findings = lint(read_dir(data_dir("en")), read_jsonl(STRANGERS))
    assert [finding for finding in findings if finding.kind == "leak"] == []
