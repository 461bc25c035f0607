"""Which language a message is in: told by its words, never by one alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu_models import data
from nlu_models.languages import detect

pytestmark = pytest.mark.feature("16.12")

SPANISH = Path(__file__).parent / "languages" / "es.jsonl"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "es"),
        ("quiero reservar una clase", "es"),
        ("cuanto cuesta al mes?", "es"),
        ("ola buenas, k tal, kiero apuntarme", "es"),
        ("Olá, quanto custa por mês?", "pt"),
        ("Bonjour, je voudrais essayer la salle demain", "fr"),
        ("Hallo, was kostet ein Monat?", "de"),
        ("Buongiorno, vorrei prenotare una lezione di prova", "it"),
        ("dzień dobry, ile kosztuje karnet", "pl"),
        ("Dia dhuit, cé mhéad atá ar an mballraíocht?", "ga"),
        ("Bună ziua, cât costă abonamentul?", "ro"),
        ("Hallo, wat kost een abonnement?", "nl"),
        ("Добрий день, скільки коштує абонемент?", "uk"),
        ("Здравствуйте, сколько стоит абонемент? Вы работаете в субботу?", "ru"),
        ("مرحبا كم السعر", "ar"),
        ("मुझे ट्रायल चाहिए", "hi"),
        ("你好，多少钱", "zh"),
    ],
)
def test_a_clear_message_tells_its_language(text: str, language: str) -> None:
    assert detect(text, current="en") == language


@pytest.mark.parametrize(
    "text", ["", "ok", "vale", "si", "yoga", "18:30", "Ana García", "👍", "no", "gracias", "10 am", "Priya?"]
)
def test_short_and_neutral_messages_tell_nothing(text: str) -> None:
    assert detect(text, current="en") is None
    assert detect(text, current="es") is None


def test_the_gyms_own_names_belong_to_no_language() -> None:
    assert detect("Fuerza Total", current="en") == detect("Fuerza Total", current="es") is None
    assert detect("la clase de Fuerza Total", current="en", without=["Fuerza Total"]) == "es"
    assert detect("book Total Para Todos", current="en", without=["Total Para Todos"]) is None


def test_english_is_not_taken_for_another_language() -> None:
    """On all the English sentences that the models learn from, but those that ask for another language."""
    sentences = [one for one in data.read_dir(data.data_dir("en")) if "change_language" not in one.intents]
    wrong = [one.text for one in sentences if detect(one.text, current="en") is not None]
    assert len(sentences) > 10_000
    assert len(wrong) <= len(sentences) * 0.001, wrong


def test_nearly_every_spanish_message_of_some_length_is_heard() -> None:
    """On messages that no list of words was made from."""
    sentences = [one.text for one in data.read_jsonl(SPANISH) if len(one.text.split()) >= 4]
    missed = [text for text in sentences if detect(text, current="en") != "es"]
    assert len(sentences) > 150
    assert len(missed) <= len(sentences) * 0.05, missed
