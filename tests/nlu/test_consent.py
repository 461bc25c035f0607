"""No more messages, in three languages: every stop is seen, and nothing is taken for one that is none.

The sentences in `consent/` are held against what the bot does with them: a stop that is asked about first counts as
missed here, and a question where nothing was meant does not count as a false stop.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nlu_models import consent
from nlu_models.parse import Intent, Parse

FOLDER = Path(__file__).parent / "consent"
LANGUAGES = ("en", "es", "pt")
RECALL_FLOOR, FALSE_STOPS_CEILING = 0.995, 0.01
STOPS_AT_LEAST, NEAR_MISSES_AT_LEAST = 300, 600


def sentences(language: str) -> tuple[list[tuple[str, str]], list[str]]:
    """(purpose, text) of the stops, and the near misses."""
    data = yaml.safe_load((FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    return [(purpose, text) for purpose, texts in data["stops"].items() for text in texts], data["stays"]


def is_stop(text: str) -> bool:
    wish = consent.read(text)
    return wish is not None and wish.kind == "stop"


def test_the_set_is_large_enough_to_tell() -> None:
    stops, stays = zip(*(sentences(language) for language in LANGUAGES), strict=True)
    assert sum(map(len, stops)) >= STOPS_AT_LEAST
    assert sum(map(len, stays)) >= NEAR_MISSES_AT_LEAST


@pytest.mark.feature("6.19")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wish_for_silence_is_seen_and_nothing_else_is_taken_for_one(language: str) -> None:
    stops, stays = sentences(language)
    missed = [text for _, text in stops if not is_stop(text)]
    false = [text for text in stays if is_stop(text)]
    recall, false_share = 1 - len(missed) / len(stops), len(false) / len(stays)
    print(f"\n{language}: recall {recall:.4f} of {len(stops)}, false stops {false_share:.4f} of {len(stays)}")
    assert recall >= RECALL_FLOOR, missed
    assert false_share < FALSE_STOPS_CEILING, false


@pytest.mark.feature("6.19")
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_to_stop_is_told_apart(language: str) -> None:
    stops, _ = sentences(language)
    wrong = [
        (text, found.purposes)
        for purpose, text in stops
        if (found := consent.read(text)) is not None and found.kind == "stop" and found.purposes != (purpose,)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "purposes"),
    [
        ("stop the reminders and the offers", ("offers", "reminders")),
        ("please stop sending me reminders but keep the offers", ("reminders",)),
        ("no offers, only reminders", ("offers",)),
    ],
)
def test_two_kinds_may_be_named_and_one_kept(text: str, purposes: tuple[str, ...]) -> None:
    found = consent.read(text)
    assert found is not None
    assert found.purposes == purposes


@pytest.mark.parametrize(
    "text",
    [
        "please don't text me after 10pm",
        "don't message me before 9 in the morning, I work nights",
        "stop sending me texts at night",
        "no me manden mensajes por la mañana que trabajo de noche",
        "não me mande mensagem depois das 22h",
        "too many reminders",
        "stop calling me every day",
    ],
)
def test_a_condition_or_a_grumble_is_worth_a_question(text: str) -> None:
    found = consent.read(text)
    assert found is not None
    assert found.kind == "unsure"


@pytest.mark.parametrize(
    "text",
    [
        "START",
        "unstop",
        "turn the reminders back on",
        "you can text me again",
        "didn't mean to unsubscribe, put me back",
        "quiero volver a recibir los mensajes",
        "podem voltar a me mandar mensagem",
    ],
)
def test_wanting_messages_again_is_seen(text: str) -> None:
    found = consent.read(text)
    assert found is not None
    assert found.kind == "start"


@pytest.mark.parametrize("text", ["", " ", "?", "🦄", "\x00", "stop" * 3000, "|||", "ñ", "‮stop by"])
def test_any_text_can_be_read(text: str) -> None:
    found = consent.read(text)
    assert found is None or found.kind in ("stop", "start", "neither", "unsure")


def heard(text: str, *intents: tuple[str, float], ranking: tuple[tuple[str, float], ...] = ()) -> list[str]:
    """What remains of a classifier's reading."""
    parse = Parse(
        text, tuple(Intent(*one) for one in intents), ranking=tuple(Intent(*one) for one in ranking)
    )
    return [one.name for one in consent.weigh(parse)]


def test_a_stop_that_was_read_outweighs_any_guess() -> None:
    assert heard("dejen de escribirme", ("out_of_scope", 0.9)) == ["opt_out"]


def test_a_wish_beside_the_stop_is_kept() -> None:
    both = heard("stop texting me and delete my data", ("privacy_request", 0.9), ("opt_out", 0.8))
    assert both == ["opt_out", "privacy_request"]


def test_a_guess_that_the_words_rule_out_gives_way_to_the_next() -> None:
    guesses = (("opt_out", 0.99), ("praise", 0.4))
    assert heard("please don't stop the reminders", ("opt_out", 0.99), ranking=guesses) == ["praise"]


def test_a_strong_guess_stays_for_the_person_to_decide() -> None:
    assert heard("u keep on at me quit it", ("opt_out", 0.9)) == ["opt_out"]
    assert heard("u keep on at me quit it", ("opt_out", 0.4), ranking=(("complaint", 0.3),)) == ["complaint"]
