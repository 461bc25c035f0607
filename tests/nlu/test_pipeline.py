"""The whole understanding, as the bot uses it."""

import datetime as dt
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from nlu_models.cli import app
from nlu_models.parse import Context
from nlu_models.pipeline import Pipeline, load

NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    return load("en")


def names(pipeline: Pipeline, text: str, asked: str | None = None) -> list[str]:
    return [intent.name for intent in pipeline.parse(text, Context(sent_at=NOW, asked=asked)).intents]


@pytest.mark.feature("5.1")
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hi, can I try it out tomorrow at 6?", "book_trial"),
        ("book me into yoga on thursday", "book_session"),
        ("how much is it per month", "faq/price"),
        ("are you open on sundays", "faq/opening_hours"),
        ("please cancel my class tonight", "cancel_booking"),
        ("I'd like to cancel my membership", "cancel_membership"),
        ("can someone call me", "request_human"),
        ("please stop texting me", "opt_out"),
        ("delete everything you have on me", "privacy_request"),
        ("my knee hurts since monday's session", "report_injury"),
        ("we can rank your website on google", "out_of_scope"),
    ],
)
def test_plain_wishes_are_understood(pipeline: Pipeline, text: str, intent: str) -> None:
    assert names(pipeline, text) == [intent]


def test_two_wants_are_two_intents_in_spoken_order(pipeline: Pipeline) -> None:
    assert names(pipeline, "how much is it and can I come tomorrow for a trial?") == [
        "faq/price",
        "book_trial",
    ]


@pytest.mark.feature("1.5")
@pytest.mark.parametrize(
    "said",
    [
        "hello, what does the gold plan cost, do you have a steam room, and can I come on Sunday at 11 to try it?",
        "morning, could I try a class Monday at 9?",
        "yes please",
    ],
)
def test_who_is_writing_changes_nothing_about_what_is_wanted(pipeline: Pipeline, said: str) -> None:
    alone = pipeline.parse(said, Context(sent_at=NOW))
    introduced = pipeline.parse(f"Maeve Tierney here. {said}", Context(sent_at=NOW))
    assert [one.name for one in introduced.intents] == [one.name for one in alone.intents]
    assert introduced.times.expected == alone.times.expected
    assert [one.value for one in introduced.entities if one.entity == "person_name"] == ["Maeve Tierney"]


def test_a_greeting_that_opens_a_want_does_not_count(pipeline: Pipeline) -> None:
    assert names(pipeline, "Hello there! How much is a month?") == ["faq/price"]


@pytest.mark.parametrize(
    ("text", "asked", "intent"),
    [
        ("Siobhán Kelly", "name", "inform"),
        ("0851234567", "phone", "inform"),
        ("11", "time", "inform"),
        ("tomorrow at 6", "time", "inform"),
        ("yes", "confirm", "affirm"),
        ("no", "name", "deny"),
        ("how much is it", "name", "faq/price"),
        ("stop", "name", "opt_out"),
    ],
)
def test_the_open_question_weighs_in(pipeline: Pipeline, text: str, asked: str, intent: str) -> None:
    assert names(pipeline, text, asked)[0] == intent


@pytest.mark.parametrize("text", ["", " ", ".", "\n\n", "🦄", "\x00", "a" * 5000, "?!?!", "‮abc", "[x](y)"])
def test_any_text_gets_an_answer(pipeline: Pipeline, text: str) -> None:
    found = pipeline.parse(text, Context(sent_at=NOW))
    assert found.text == text
    assert found.intents
    assert all(0 <= intent.confidence <= 1 for intent in found.intents)


def test_many_are_parsed_as_one_by_one(pipeline: Pipeline) -> None:
    texts = ["where are you", "book me in for spin", "thanks"]
    context = Context(sent_at=NOW)
    assert pipeline.parse_many(texts, context) == [pipeline.parse(text, context) for text in texts]


def test_heavy_libraries_stay_out_of_the_process() -> None:
    script = (
        "import datetime as dt, sys; from nlu_models.pipeline import load; from nlu_models.parse import Context\n"
        "load('en').parse('can I come tomorrow at 6 and how much is it', Context(sent_at=dt.datetime.now(dt.UTC)))\n"
        "print([m for m in ('torch', 'transformers', 'sklearn', 'scipy', 'spacy', 'onnx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_shows_what_is_understood(pipeline: Pipeline) -> None:
    done = CliRunner().invoke(
        app, ["parse", "how much is it?", "--at", "2026-11-20T10:00:00+00:00", "--json"]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["intents"][0]["name"] == "faq/price"


def test_a_message_takes_one_core() -> None:
    script = (
        "from threadpoolctl import threadpool_info; from nlu_models.pipeline import load; load('en')\n"
        "print({pool['num_threads'] for pool in threadpool_info()})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{1}"
