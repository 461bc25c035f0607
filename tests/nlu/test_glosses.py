"""Another language, word for word in the grammars' words: times, names and places in the text come out right."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nlu_models import artefact, entities, pipeline, times
from nlu_models.glosses import gloss
from nlu_models.gym_file import read_vocabulary
from nlu_models.parse import Context, Entity

pytestmark = pytest.mark.feature("16.12")

WEDNESDAY = dt.datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("Europe/Dublin"))
CONTEXT = Context(
    sent_at=WEDNESDAY, vocabulary=read_vocabulary(Path(__file__).parents[2] / "docs" / "demo" / "gym.yaml")
)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("mañana a las 6 de la tarde", "2026-11-26 18:00"),
        ("manana a las seis d la tarde", "2026-11-26 18:00"),
        ("pasado mañana", "2026-11-27 00:00"),
        ("a las siete y media", "2026-11-25 19:30"),
        ("a mediodía", "2026-11-26 12:00"),
        ("el viernes por la mañana", "2026-11-27 06:00"),
        ("el viernes a la mañana", "2026-11-27 06:00"),
        ("este finde", "2026-11-28 00:00"),
        ("mañana de 5 a 7", "2026-11-26 17:00"),
        ("dentro de dos horas", "2026-11-25 14:00"),
        ("el 3 de diciembre", "2026-12-03 00:00"),
        ("el 3/12 a las 11", "2026-12-03 11:00"),
        ("la semana que viene, el martes a las 19h", "2026-12-01 19:00"),
        ("el jueves que viene", "2026-12-03 00:00"),
        ("el sábado a las 10 y cuarto", "2026-11-28 10:15"),
        ("hoy a las ocho menos cuarto de la tarde", "2026-11-25 19:45"),
        ("el jueves tipo 7", "2026-11-26 19:00"),
        ("el lunes a partir de las 18", "2026-11-30 18:00"),
        ("hoy después del trabajo", "2026-11-25 17:00"),
        ("esta noche a las 9", "2026-11-25 21:00"),
        ("el 15 a las 10", "2026-12-15 10:00"),
        ("no puedo el lunes, el martes sí", "2026-12-01 00:00"),
        ("cualquier día menos el jueves", "2026-11-27 00:00"),
        ("el domingo a las 12 del mediodía", "2026-11-29 12:00"),
    ],
)
def test_a_time_said_in_spanish_is_the_time_that_is_meant(text: str, start: str) -> None:
    expected = times.read(gloss(text, "es").text, CONTEXT).expected
    assert expected is not None
    assert f"{expected.start:%Y-%m-%d %H:%M}" == start


def test_what_is_ruled_out_is_ruled_out() -> None:
    assert times.read(gloss("el lunes no", "es").text, CONTEXT).negated == (dt.date(2026, 11, 30),)


@pytest.mark.parametrize(
    "text",
    [
        "tengo 25 años",
        "peso 80 kilos",
        "¿cuánto cuesta?",
        "soy Domingo",
    ],
)
def test_no_time_is_made_up(text: str) -> None:
    read = times.read(gloss(text, "es").text, CONTEXT)
    assert read.expected is None or read.expected.grain == "part_of_day"


def found(text: str, kind: str, *, asked: str | None = None) -> list[Entity]:
    context = Context(sent_at=WEDNESDAY, vocabulary=CONTEXT.vocabulary, asked=asked)
    read = gloss(text, "es", names=["Yoga Flow", "Boxing", "Priya"]).text
    return [one for one in entities.find(read, context, times.read(read, context)) if one.entity == kind]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("me llamo Julio y quiero ir el lunes", "Julio"),
        ("soy Ana García", "Ana García"),
        ("hola, mi nombre es Paz Romero", "Paz Romero"),
        ("me llamo mercedes", "Mercedes"),
    ],
)
def test_a_name_stays_a_name(text: str, name: str) -> None:
    assert [one.value for one in found(text, "person_name")] == [name]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("quiero bajar de peso", "goal", "lose weight"),
        ("me gustaría ganar músculo", "goal", "build muscle"),
        ("busco quitarme el estrés", "goal", "reduce stress"),
        ("nunca he entrenado", "experience", "none"),
        ("llevo dos años entrenando", "experience", "regular"),
        ("entrené hace años", "experience", "some"),
        ("mi correo es ana.perez@gmail.com", "email", "ana.perez@gmail.com"),
        ("mi número es 085 123 4567", "phone", "+353851234567"),
        ("quiero ir a yoga el jueves", "service", "yoga"),
        ("con Priya por favor", "trainer", "priya"),
        ("mi hijo tiene 13 años", "age", 13),
        ("en inglés por favor", "language", "en"),
    ],
)
def test_what_people_tell_in_spanish_is_kept(text: str, kind: str, value: object) -> None:
    assert value in [one.value for one in found(text, kind)]


def test_health_is_heard() -> None:
    assert found("me duele la rodilla desde ayer", "health")
    assert found("estoy embarazada de 4 meses", "health")


def test_places_in_the_gloss_lead_back_to_what_was_written() -> None:
    said = "hola, quiero ir el jueves que viene con Priya"
    read = gloss(said, "es", names=["Priya"])
    (span,) = times.read(read.text, CONTEXT).spans
    start, end = read.where(*span)
    assert said[start:end] == "el jueves que viene"
    at = read.text.index("Priya")
    start, end = read.where(at, at + 5)
    assert said[start:end] == "Priya"


@pytest.mark.parametrize(
    "text", ["", " ", "???", "😀😀", "a" * 5000, "x\ny\tz", "1:1:1", "¿¡", "ñ", "ß" * 40]
)
def test_any_text_has_a_gloss(text: str) -> None:
    read = gloss(text, "es")
    assert read.said == text[:2000]
    for place in range(0, len(read.text), 7):
        start, end = read.where(place, place + 1)
        assert 0 <= start <= end <= len(text)


def test_the_shipped_classifier_belongs_to_the_shipped_encoder() -> None:
    """When the encoder is tuned anew, every language that shares it is trained again."""
    shipped = artefact.PUBLISHED / "classifier-es.npz"
    facts = artefact.about(shipped)
    assert facts["code_version"] == artefact.CODE_VERSION
    assert facts["encoder"] == artefact.encoder_mark("es")
    assert facts["fingerprint"] == artefact.fingerprint("es")


def test_without_a_classifier_of_its_own_a_language_is_still_understood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(artefact, "encoder_mark", lambda *_: "another encoder")
    borrowed = pipeline.load.__wrapped__("es", Path(__file__).parent)
    assert borrowed.parse("¿cuánto cuesta al mes?", CONTEXT).intent.name == "faq/price"
    assert borrowed.parse("quiero una clase de prueba mañana a las 6", CONTEXT).intent.name == "book_trial"


def test_languages_share_one_encoder() -> None:
    assert pipeline.load("es").classifier.encoder is pipeline.load("en").classifier.encoder
