"""What can be understood can be answered, and every word said is in the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot import message_templates, registry, responses
from nlu_models import languages

CHECKOUT = Path(__file__).parents[1]
TRAINING = CHECKOUT / "nlu_models" / "data" / "en"
SPEAKERS = ("bot", "scheduler", "api", "crm")
KEY = re.compile(r"(utter|word|button)_[a-z0-9_]*[a-z0-9]")
FAMILY = re.compile(r"(utter|word|button)_[a-z0-9_]*")
PROVIDERS_WORDS = {"button_reply", "button_text", "button_data_invalid"}
"""Begin like keys of ours and are the platforms' own."""
LONGEST_BUTTON = 20
"""Characters; WhatsApp's and Instagram's limit."""
RENDERS = {"render": 2, "words": 1, "answer": 1, "after": 1}
"""Functions that take parameters by name, and how many positional arguments end with the key."""
FOR_PEOPLE = (".yml", ".form.yml", ".consent.yml")
"""Endings of the files that hold what people are told."""
GIVEN_TO_ALL: frozenset[str] = frozenset()
"""Parameters that every response gets without being handed them."""

pytestmark = pytest.mark.feature("5.1")


def trees() -> Iterator[tuple[str, ast.Module]]:
    for part in SPEAKERS:
        for path in sorted((CHECKOUT / part).rglob("*.py")):
            yield path.relative_to(CHECKOUT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def keys_named() -> dict[str, str]:
    """Every key that stands in the code, and where."""
    return {
        node.value: f"{name}:{node.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value)
    }


def families() -> set[str]:
    """Beginnings to which the code adds a word, as in ``f"utter_per_{period}"``."""
    found = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginning = str(node.values[0].value)
                if FAMILY.fullmatch(beginning):
                    found.add(beginning)
    return found


def training_intents(folder: Path = TRAINING) -> set[str]:
    """Every intent that the classifier is taught, alone or with others."""
    found: set[str] = set()
    for path in folder.glob("*.yml"):
        for part in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"] or ():
            found |= set(part["intent"].split("+"))
    return found


def test_every_intent_that_is_taught_has_an_answer() -> None:
    assert training_intents() - set(registry.intents()) == set()


def test_every_intent_that_has_an_answer_is_taught() -> None:
    assert set(registry.intents()) - training_intents() == set()


def test_every_key_that_the_code_says_has_words() -> None:
    texts = responses.catalogue("en")
    missing = {
        key: where
        for key, where in keys_named().items()
        if key not in texts
        and key not in PROVIDERS_WORDS
        and not any(text.startswith(f"{key}_") for text in texts)
    }
    assert missing == {}


def test_every_text_is_said_somewhere() -> None:
    named, beginnings = keys_named(), families()
    silent = [
        key for key in responses.catalogue("en")
        if key not in named and not any(key.startswith(beginning) for beginning in beginnings)
    ]  # fmt: skip
    assert silent == []


def test_every_language_has_the_same_texts_with_the_same_gaps() -> None:
    default = responses.catalogue(responses.DEFAULT_LANGUAGE)
    for language in responses.languages():
        own = responses.catalogue(language)
        assert set(own) <= set(default), language
        for key, text in own.items():
            assert responses.placeholders(text) <= responses.placeholders(default[key]), f"{language}: {key}"


@pytest.mark.feature("16.12")
def test_every_language_has_all_that_people_are_told() -> None:
    """Staff's words stay in the default language: they are in files of their own."""
    for language in responses.languages()[1:]:
        for path in FOR_PEOPLE:
            default, own = texts_of(f"en{path}"), texts_of(f"{language}{path}")
            assert set(own) == set(default), f"{language}{path}"
            for key, text in own.items():
                # A language may leave a gap out, and none that the code fills is another one.
                assert responses.placeholders(text) == responses.placeholders(default[key]), (
                    f"{language}: {key}"
                )


@pytest.mark.feature("16.12")
def test_languages_that_are_not_spoken_have_the_few_words_that_say_so() -> None:
    folder = responses.FOLDER / responses.UNSPOKEN
    default = responses.catalogue("en")
    wanted = {
        "utter_introduce", "utter_introduce_nameless", "utter_language_unspoken", "utter_handoff",
        "utter_handoff_waiting", "button_team",
    }  # fmt: skip
    for path in folder.glob("*.yml"):
        own = responses.catalogue(path.stem)
        assert path.stem in languages.known(), "it is never recognised"
        assert set(own) == wanted, path.stem
        assert len(own["button_team"]) <= LONGEST_BUTTON, path.stem
        for key, text in own.items():
            assert responses.placeholders(text) <= responses.placeholders(default[key]), f"{path.stem}: {key}"


@pytest.mark.feature("16.12")
def test_every_language_has_the_same_message_templates() -> None:
    default = message_templates.catalogue()
    for language in responses.languages():
        own = message_templates.catalogue(language)
        assert {name: (one.category, one.variables, len(one.buttons)) for name, one in own.items()} == {
            name: (one.category, one.variables, len(one.buttons)) for name, one in default.items()
        }
        assert all(len(button) <= LONGEST_BUTTON for one in own.values() for button in one.buttons)


@pytest.mark.feature("16.12")
def test_every_language_is_taught_every_intent() -> None:
    for language in responses.languages():
        assert training_intents(TRAINING.parent / language) == set(registry.intents()), language


def texts_of(name: str) -> dict[str, str]:
    """Key to text of one file of responses."""
    content = yaml.safe_load((responses.FOLDER / name).read_text(encoding="utf-8"))["responses"]
    return {key: variants[0]["text"] for key, variants in content.items()}


def test_what_a_text_wants_is_given_to_it() -> None:
    """Wherever parameters are written out beside the key."""
    texts = responses.catalogue("en")
    looked_at, lacking = 0, []
    for name, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            key, given = _said(node)
            if key is None or given is None or key not in texts:
                continue
            looked_at += 1
            if wanted := responses.placeholders(texts[key]) - given - GIVEN_TO_ALL:
                lacking.append(f"{name}:{node.lineno}: {key} wants {sorted(wanted)}")
    assert lacking == []
    assert looked_at > 100


def _said(call: ast.Call) -> tuple[str | None, set[str] | None]:
    """The key that a call says and its parameters; None where either is made up at run time."""
    function = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if function in ("Say", "StaffTold"):
        key = _constant(call.args[0]) if call.args else None
        written = call.args[1] if len(call.args) > 1 else _keyword(call, "params")
        return key, set() if written is None else _keys_of(written)
    if function in RENDERS and len(call.args) >= RENDERS[function]:
        if any(word.arg is None for word in call.keywords):
            return None, None
        key = _constant(call.args[RENDERS[function] - 1])
        return key, {word.arg for word in call.keywords if word.arg}
    return None, None


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def _keys_of(node: ast.expr) -> set[str] | None:
    if not isinstance(node, ast.Dict) or any(key is None for key in node.keys):
        return None
    return {str(_constant(key)) for key in node.keys if key is not None}


@pytest.mark.parametrize("language", responses.languages())
def test_buttons_fit_every_platform(language: str) -> None:
    texts = responses.catalogue("en") | responses.catalogue(language)
    titles = {key for key in texts if key.startswith("button_") or "_button_" in key}
    for _, tree in trees():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "titled"
            ):
                key = _constant(node.args[0]) if node.args else None
                titles |= {key} if key else set()
    assert len(titles) > 10
    long = {key: texts[key] for key in titles if len(re.sub(r"\{\w+\}", "", texts[key])) > LONGEST_BUTTON}
    assert long == {}
