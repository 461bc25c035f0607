"""Training sentences: what is read, and what the linter objects to."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nlu_models import data
from nlu_models.cli import app
from nlu_models.data import DataError, Example


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def test_reads_rasa_yaml_without_the_entity_markup(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "book_trial.yml",
        'version: "3.1"\nnlu:\n- intent: book_trial\n  examples: |\n'
        '    - can I come [tomorrow](time)?\n    - trial for [Ana]{"entity": "person_name"} please\n',
    )
    assert [example.text for example in data.read_file(path)] == [
        "can I come tomorrow?",
        "trial for Ana please",
    ]


def test_reads_examples_written_as_a_list(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "greet.yml",
        "nlu:\n- intent: greet\n  examples:\n  - text: |\n      hey\n  - text: hi there\n",
    )
    assert [example.text for example in data.read_file(path)] == ["hey", "hi there"]


def test_several_intents_keep_their_spoken_order(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "multi_intent.yml",
        "nlu:\n- intent: faq/price+book_trial\n  examples: |\n    - cost? and can I come\n",
    )
    assert data.read_file(path)[0].intents == ("faq/price", "book_trial")


def test_a_broken_file_is_named_in_the_error(tmp_path: Path) -> None:
    path = written(tmp_path, "broken.yml", "nlu: [")
    with pytest.raises(DataError, match=r"broken\.yml"):
        data.read_file(path)


def kinds(examples: list[Example], held_out: list[Example] | None = None) -> list[str]:
    return sorted(finding.kind for finding in data.lint(examples, held_out or []))


def test_the_same_message_twice_is_a_duplicate() -> None:
    assert kinds([Example("How much is it?", ("faq/price",)), Example("how much is it", ("faq/price",))]) == [
        "duplicate"
    ]


def test_one_message_under_two_labels_is_a_conflict() -> None:
    assert kinds([Example("tomorrow", ("inform",)), Example("Tomorrow!", ("correct",))]) == ["conflict"]


def test_nearly_the_same_message_is_reported() -> None:
    near = [
        Example("do you have a swimming pool there", ("faq/facilities",)),
        Example("do you have a swimming pool there?!", ("faq/facilities",)),
        Example("do you have a swiming pool there", ("faq/facilities",)),
    ]
    assert "near_duplicate" in kinds(near)


def test_messages_close_to_held_out_ones_are_refused() -> None:
    mine = [
        Example("can my 13 year old use the weights", ("faq/suitability",)),
        Example("where are you", ("faq/location",)),
    ]
    held_out = [Example("can my 13 year olds use the weights?", ("faq/suitability",))]
    assert kinds(mine, held_out) == ["leak"]
    assert [example.text for example in data.clean(mine, held_out)] == ["where are you"]


def test_short_answers_may_repeat_held_out_ones() -> None:
    assert kinds([Example("yes please", ("affirm",))], [Example("yes please", ("affirm",))]) == []


def test_shipped_sentences_cover_the_catalogue_and_agree_with_themselves() -> None:
    examples = data.read_dir(data.data_dir("en"))
    counts: dict[str, int] = {}
    for example in examples:
        for intent in example.intents:
            counts[intent] = counts.get(intent, 0) + 1
    assert len(counts) == 54
    assert min(counts.values()) >= 100
    assert [str(finding) for finding in data.lint(examples) if finding.kind != "near_duplicate"] == []


def test_the_linter_tells_what_to_mend_and_fails(tmp_path: Path) -> None:
    written(
        tmp_path, "greet.yml", "nlu:\n- intent: greet\n  examples: |\n    - hello there\n    - good day\n"
    )
    written(tmp_path, "goodbye.yml", "nlu:\n- intent: goodbye\n  examples: |\n    - Good day!\n")
    done = CliRunner().invoke(app, ["lint", "--folder", str(tmp_path)])
    assert done.exit_code == 1
    assert "conflict: 'good day' (greet.yml: greet) vs goodbye.yml: goodbye" in done.output
    (tmp_path / "goodbye.yml").unlink()
    assert CliRunner().invoke(app, ["lint", "--folder", str(tmp_path)]).exit_code == 0


def test_the_linter_refuses_sentences_close_to_held_out_ones(tmp_path: Path) -> None:
    written(tmp_path, "help.yml", "nlu:\n- intent: help\n  examples: |\n    - what can you do for me here\n")
    held_out = tmp_path / "held_out.jsonl"
    held_out.write_text('{"text": "what can you do for me here?", "intent": "help"}\n')
    done = CliRunner().invoke(app, ["lint", "--folder", str(tmp_path), "--held-out", str(held_out), "--json"])
    assert done.exit_code == 1
    assert [finding["kind"] for finding in json.loads(done.output)] == ["leak"]
