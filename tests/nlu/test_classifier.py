"""The classifier: learnt from a few sentences, kept without pickle, the same every time."""

from pathlib import Path

import numpy as np
import pytest

from nlu_models.classifier import Classifier, unwrapped
from nlu_models.data import Example
from nlu_models.encoder import MEANING, WIDTH, Encoder
from nlu_models.evaluate import evaluate, overlap_f1
from nlu_models.learn import learn

SENTENCES = {
    "faq/price": [
        "how much is it",
        "what does a month cost",
        "price list please",
        "monthly fee?",
        "what do you charge",
    ],
    "book_trial": [
        "can I try it out",
        "I'd like a free trial",
        "come in for a tour",
        "trial tomorrow please",
        "first visit",
    ],
    "faq/location": [
        "where are you",
        "is there parking",
        "what street are you on",
        "how do I get there",
        "nearest stop?",
    ],
    "complaint": [
        "the showers are filthy",
        "awful music again",
        "nobody cleans here",
        "rude staff",
        "it stinks",
    ],
    "out_of_scope": [
        "who won the match",
        "cheap loans here",
        "wrong number?",
        "pizza for two",
        "capital of France",
    ],
}
PAIRS = [
    ("how much is it and can I try it out", ("faq/price", "book_trial")),
    ("what does it cost? where are you", ("faq/price", "faq/location")),
    ("I want a trial, is there parking", ("book_trial", "faq/location")),
    ("the lockers stink. where is the other branch", ("complaint", "faq/location")),
]


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder.load(threads=2)


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    single = [Example(text, (intent,)) for intent, texts in SENTENCES.items() for text in texts]
    return single + [Example(text, intents) for text, intents in PAIRS]


@pytest.fixture(scope="session")
def classifier(encoder: Encoder, examples: list[Example]) -> Classifier:
    return learn(examples, encoder, folds=2, least=1).classifier


def test_alike_meanings_lie_close_together(encoder: Encoder) -> None:
    one, same, other = encoder.encode(["how much is it?", "what does it cost?", "my knee hurts"])[
        :, -MEANING:
    ]
    assert one @ same > one @ other + 0.3
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-4)


def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder) -> None:
    alone = encoder.encode(["where are you"])
    among = encoder.encode(["hi", "where are you", "a much longer message that would be padded " * 4])
    assert np.array_equal(alone[0], among[1])
    assert encoder.encode([]).shape == (0, WIDTH)


def test_one_run_reads_a_message_and_its_clauses(encoder: Encoder) -> None:
    price, trial = "how much is it", "can i try it out tomorrow"
    whole, first, second = encoder.read([price, ", and", trial], [True, False, True])
    assert np.allclose(whole, encoder.encode([f"{price}, and {trial}"])[0], atol=1e-6)
    alone = encoder.encode([price, trial])[:, -MEANING:]
    assert first[-MEANING:] @ alone[0] > second[-MEANING:] @ alone[0] + 0.2
    assert second[-MEANING:] @ alone[1] > first[-MEANING:] @ alone[1] + 0.2


def test_a_clause_beyond_what_is_read_has_no_vector(encoder: Encoder) -> None:
    assert len(encoder.read(["word " * 200, "the end"], [True, True])) == 2


def test_learns_intents_from_few_sentences(classifier: Classifier) -> None:
    assert classifier.classify("what would a month cost me").intents[0].name == "faq/price"
    assert classifier.classify("which street is it").intents[0].name == "faq/location"


def test_the_ranking_is_of_probabilities(classifier: Classifier) -> None:
    ranking = classifier.classify("is there somewhere to park").ranking
    assert [intent.confidence for intent in ranking] == sorted((i.confidence for i in ranking), reverse=True)
    assert 0.99 < sum(intent.confidence for intent in ranking) <= 1.001


def test_a_prior_tips_an_unclear_message(classifier: Classifier) -> None:
    found = classifier.classify("hm the street", {"complaint": 1e6})
    assert found.ranking[0].name == "complaint"


def test_is_kept_without_anything_that_runs_when_read(
    classifier: Classifier, encoder: Encoder, tmp_path: Path
) -> None:
    path = tmp_path / "classifier.npz"
    classifier.save(path, {"fingerprint": "x"})
    again = Classifier.load(path, encoder)
    for text in ("how much is it and where are you", "yo", "🦄", "trial"):
        assert [i.name for i in again.classify(text).intents] == [
            i.name for i in classifier.classify(text).intents
        ]
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_the_order_of_the_sentences_changes_nothing(
    encoder: Encoder, examples: list[Example], classifier: Classifier
) -> None:
    again = learn(examples[::-1], encoder, folds=2, least=1).classifier
    assert np.array_equal(again.head.linear.bias, classifier.head.linear.bias)
    assert again.thresholds == classifier.thresholds


def test_greetings_that_only_open_something_do_not_count() -> None:
    assert unwrapped(["greet", "faq/price"]) == ["faq/price"]
    assert unwrapped(["book_trial", "thank"]) == ["book_trial"]
    assert unwrapped(["thank", "goodbye"]) == ["thank", "goodbye"]
    assert unwrapped(["greet"]) == ["greet"]


def test_figures_count_first_intents_and_sets() -> None:
    answers = {"a": ["x"], "b": ["x", "y"], "c": ["y"], "d": ["out_of_scope"]}
    figures = evaluate(
        lambda text: answers[text],
        [
            Example("a", ("x",)),
            Example("b", ("x",)),
            Example("c", ("x", "y")),
            Example("d", ("out_of_scope",)),
        ],
    )
    assert figures.accuracy == 1.0
    assert figures.micro_f1 == pytest.approx(2 * 4 / (2 * 4 + 1 + 1))
    assert figures.oos_recall == figures.oos_precision == 1.0


def test_mentions_count_where_they_overlap() -> None:
    rows = [
        ("come tomorrow at 6", [("time", "tomorrow at 6")]),
        ("I'm Ana", [("person_name", "Ana")]),
        ("with Tom", [("trainer", "Tom")]),
    ]
    found = {
        "come tomorrow at 6": [("time", "tomorrow"), ("number", "6")],
        "I'm Ana": [("trainer", "Ana")],
        "with Tom": [("trainer", "Tom")],
    }
    # Nobody has labelled numbers: what is found of them is neither right nor wrong.
    assert overlap_f1(lambda text: found[text], rows) == {
        "all": pytest.approx(2 * 2 / (2 * 2 + 1 + 1)),
        "person_name": 0.0,
        "time": 1.0,
        "trainer": pytest.approx(2 / 3),
    }
