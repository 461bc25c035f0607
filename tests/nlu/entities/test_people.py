"""Names: a wrong one on a card is worse than none."""

from __future__ import annotations

import pytest

from tests.nlu.entities.conftest import Finder


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm Ana", "Ana"),
        ("im ana", "Ana"),
        ("its Grainne here", "Grainne"),
        ("Ana Silva btw", "Ana Silva"),
        ("name's dave", "Dave"),
        ("my name is sean o'brien", "Sean O'Brien"),
        ("My name is 李伟", "李伟"),
        ("hola soy Maria", "Maria"),
        ("Myself Rajesh, complete beginner", "Rajesh"),
        ("this is Bernie, can I come tomorrow", "Bernie"),
        ("Hi there, Oksana here. Trial on Tuesday please", "Oksana"),
        ("Seamus Ó Briain here", "Seamus Ó Briain"),
        ("its Aine not Anne", "Aine"),
        ("sorry, it's Shauna with a u", "Shauna"),
        ("call me Ani", "Ani"),
        ("Siobhán Ní Bhriain", "Siobhán Ní Bhriain"),
        ("Thanks for everything, all the best, Margaret", "Margaret"),
        ("I'm Tom, can I come for a trial", "Tom"),
    ],
)
@pytest.mark.feature("5.1")
def test_finds_the_name_that_somebody_volunteers(finder: Finder, text: str, name: str) -> None:
    (found,) = finder(text, "person_name")
    assert found.value == name
    assert found.confidence >= 0.7


@pytest.mark.parametrize(
    "text",
    [
        "i'm just looking", "im looking to lose weight", "I'm Irish", "I'm free tomorrow", "im keen", "I'm in Dublin", "I am a nurse",
        "I'm Level 4", "I'm Ruth's client", "its sore", "it's my knee", "its me again", "call me tomorrow", "can you call me Thursday",
        "Hi Ruth, can I book you for tuesday?", "trial with Tom please", "this is a great place", "it's Monday I want", "it's great",
        "I'm interested in a trial with Tom", "Thursday", "April works", "sat is fine", "Boxing Day", "I'm so tired", "im Down for that",
        "Im ON my way", "HI I WANT TO JOIN", "I'm Vegan", "I'm Not sure", "name of the class?",
    ],
)  # fmt: skip
def test_takes_no_other_word_for_a_name(finder: Finder, text: str) -> None:
    assert finder(text, "person_name") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Declan. want to get fitter, never trained", "Declan"),
        ("declan and I want to get fitter", "Declan"),
        ("fergal", "Fergal"),
        ("MARY", "Mary"),
        ("mary o'brien", "Mary O'Brien"),
        ("Xyqhu Llorente", "Xyqhu Llorente"),
        ("yes its Kevin", "Kevin"),
        ("john smith, 0851234567", "John Smith"),
        ("tom", "Tom"),
    ],
)
def test_takes_a_bare_word_for_a_name_when_asked_for_it(finder: Finder, text: str, name: str) -> None:
    assert finder(text, "person_name", asked="name")[0].value == name


@pytest.mark.parametrize(
    "text",
    [
        "is there parking",
        "why do you need my name?",
        "no",
        "rather not say",
        "monday",
        "what time do you close?",
        "skip",
        "stop",
    ],
)
def test_takes_no_question_for_a_name_when_asked_for_it(finder: Finder, text: str) -> None:
    assert finder(text, "person_name", asked="name") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my mate Dave wants in", "Dave"),
        ("my neighbour Mrs Okafor will be in touch", "Mrs Okafor"),
        ("my brother would come too, Arjun is his name", "Arjun"),
        ("Is Conor there?", "Conor"),
    ],
)
def test_knows_that_others_are_not_the_writer(finder: Finder, text: str, name: str) -> None:
    (found,) = finder(text, "person_name")
    assert found.value == name
    assert found.confidence <= 0.5
