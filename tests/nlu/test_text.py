"""How typed text is made plain, split, and matched by rules."""

import pytest

from nlu_models import rules
from nlu_models.clauses import split
from nlu_models.text import Speller, key, plain


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("can u call me 2moro pls", "can you call me tomorrow please"),
        ("Heyyyyy", "heyy"),
        ("I’m in", "i'm in"),
        ("👍🏽", "thumbs up sign"),
        ("  so   many\nspaces ", "so many spaces"),
        ("mail ana.silva@example.ie", "mail email@example.com"),
        ("ring +353 85 123 4567", "ring 0851234567"),
        ("", ""),
    ],
)
def test_slang_emoji_and_addresses_are_made_plain(typed: str, expected: str) -> None:
    assert plain(typed) == expected


def test_weights_and_times_keep_their_numbers() -> None:
    assert plain("did 5x5 at 80kg at 18:30") == "did 5x5 at 80kg at 18:30"


def test_the_key_ignores_case_accents_and_punctuation() -> None:
    assert key("¿Sí, CLARO?") == key("si claro")


def test_misspelt_words_become_the_training_word_they_resemble() -> None:
    speller = Speller({"book", "class", "trains"}, {"membership": 9, "trainer": 5, "training": 7})
    assert speller.mend("my membrship and the trainr") == "my membership and the trainer"


def test_known_and_short_words_are_left_alone() -> None:
    speller = Speller({"trains"}, {"training": 7, "gym": 5})
    assert speller.mend("gim trains") == "gim trains"


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("STOP", "opt_out"),
        ("Stop.", "opt_out"),
        ("BAJA", "opt_out"),
        ("Yesss!!", "affirm"),
        ("👍👍", "affirm"),
        ("no thanks", "deny"),
        ("cancel", "stop_flow"),
        ("cancel my class", None),
        ("START", "opt_in"),
        ("menu", "help"),
        ("?", "repeat"),
    ],
)
def test_short_answers_are_rules(typed: str, intent: str | None) -> None:
    assert rules.match(typed) == intent


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("how much is it and can I come tomorrow?", ["how much is it", "can I come tomorrow?"]),
        ("Is it far? I'd walk.", ["Is it far?", "I'd walk."]),
        ("thanks, bye", ["thanks", "bye"]),
        ("yoga and pilates", ["yoga and pilates"]),
        ("where are you", ["where are you"]),
        ("", [""]),
    ],
)
def test_a_message_is_split_where_a_second_want_may_begin(text: str, pieces: list[str]) -> None:
    found = split(text)
    assert [piece.text for piece in found] == pieces
    assert all(text[piece.start : piece.end] == piece.text for piece in found)


def test_a_rambling_message_has_few_pieces() -> None:
    assert len(split("one two, " * 50)) <= 5
