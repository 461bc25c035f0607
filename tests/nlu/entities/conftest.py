"""A gym with its own trainers, classes and goals, and a way to look for entities in a message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from nlu_models.entities import find
from nlu_models.parse import Context, Entity, Term, Vocabulary
from nlu_models.times import read

Finder = Callable[..., list[Entity]]
GYM = Vocabulary(
    trainers=(
        Term("ruth", "Ruth Adeyemi", ("Ruthie",)),
        Term("declan", "Declan Fox"),
        Term("tom", "Tom Walsh"),
    ),
    services=(
        Term("trial", "Free trial session"),
        Term("pt30", "Personal training 30'"),
        Term("pt60", "Personal training 60'"),
        Term("online60", "Online coaching 60'"),
        Term("hiit", "HIIT"),
        Term("hiit_am", "Morning HIIT"),
        Term("yoga", "Yoga Flow"),
        Term("boxing", "Boxing"),
        Term("foundations", "Strength Foundations"),
    ),
    goals=(
        "lose weight",
        "build muscle",
        "get fitter",
        "recover from injury",
        "train for an event",
        "reduce stress",
    ),
    timezone="Europe/Dublin",
)
SENT = dt.datetime(2027, 1, 13, 10, 20, tzinfo=dt.UTC)


@pytest.fixture
def finder() -> Finder:
    def search(text: str, entity: str = "", asked: str | None = None) -> list[Entity]:
        context = Context(sent_at=SENT, vocabulary=GYM, asked=asked)
        entities = find(text, context, read(text, context))
        return [found for found in entities if not entity or found.entity == entity]

    return search
