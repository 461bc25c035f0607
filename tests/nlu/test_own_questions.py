"""Finding a gym's own question behind other words: measured on questions that took no part in the fitting."""

from __future__ import annotations

import pytest

from nlu_models import retrieval
from nlu_models.artefact import get_classifier
from nlu_models.retrieval import SURE, OwnQuestion, OwnQuestions, Weigher
from tests.nlu.own_questions import fitting

pytestmark = [pytest.mark.feature("5.2")]


def ready(*questions: str) -> OwnQuestions:
    classifier = get_classifier("en")
    return OwnQuestions(
        [OwnQuestion(text, (text,)) for text in questions],
        {text: classifier.vector(text) for text in questions},
        Weigher(classifier.word_weights),
    )


def test_a_wrong_answer_is_rarer_than_one_in_thirty_among_near_misses_written_to_mislead() -> None:
    recall, precision, wrong = fitting.at(SURE)
    assert precision >= 0.97, wrong
    assert recall >= 0.7


def test_the_weights_in_use_are_those_that_the_sentences_give() -> None:
    weights = fitting.fitted(range(len(fitting.written()[1])))
    assert pytest.approx(weights.centre, abs=0.05) == retrieval.CENTRE
    assert pytest.approx(weights.weights / weights.scale, abs=0.3) == retrieval.WEIGHTS
    assert pytest.approx(weights.bias, abs=0.3) == retrieval.BIAS


def test_messages_about_other_things_ask_none_of_them() -> None:
    questions, _ = fitting.written()
    mine, classifier = ready(*questions), get_classifier("en")
    others = (fitting.HERE / "others.txt").read_text("utf-8").split("\n")
    found = {text: mine.asked([(text, classifier.vector(text))]) for text in others if text}
    assert {text for text, asked in found.items() if asked} == set()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("how much is it a month and do ye sell protein shakes?", 2),
        ("Do you sell protein shakes? And where are you?", 1),
        ("hi there, do ye sell protein shakes", 2),
    ],
)
def test_it_is_found_in_the_clause_that_asks_it(text: str, place: int) -> None:
    classified = get_classifier("en").classify(text)
    assert classified.vectors is not None
    spoken = [text, *(clause for clause, _ in classified.clauses)]
    pieces = list(zip(spoken, classified.vectors, strict=True))
    found = ready("Do you sell protein shakes?", "Can I bring my dog?").asked(pieces)
    assert [(one.key, one.place) for one in found] == [("Do you sell protein shakes?", place)]


def test_either_thing_that_a_question_names_will_do() -> None:
    mine, classifier = ready("Do you work with ClassPass or Urban Sports Club?"), get_classifier("en")
    for text in ("are ye on classpass", "can I come with urban sports club"):
        assert mine.asked([(text, classifier.vector(text))]), text


def test_an_empty_list_and_words_without_content_ask_nothing() -> None:
    classifier = get_classifier("en")
    assert ready().asked([("do you have a dog", classifier.vector("do you have a dog"))]) == []
    assert ready("Can I bring my dog?").asked([("can i?", classifier.vector("can i?"))]) == []
