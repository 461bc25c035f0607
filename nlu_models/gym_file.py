"""The words and hours of a gym, read from its file, for measuring without a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from nlu_models.parse import Term, Vocabulary

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary of a gym file like `demo/gym.yaml`; raises OSError or yaml.YAMLError."""
    content: Mapping[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    gym = content.get("gym", {})
    hours = content.get("opening_hours", {})
    services = [*content.get("services", ()), *content.get("classes", ())]
    trainers = [person for person in content.get("staff", ()) if person.get("role") == "trainer"]
    return Vocabulary(
        version=str(path),
        trainers=tuple(_term(trainer) for trainer in trainers),
        services=tuple(_term(service) for service in services),
        goals=tuple(content.get("lead_qualification", {}).get("goals", ())),
        opening_hours={
            place: tuple(_interval(text) for text in hours.get(day, ())) for place, day in enumerate(WEEKDAYS)
        },
        timezone=gym.get("timezone", "UTC"),
        phone_region=gym.get("default_phone_region", "IE"),
    )


def _term(row: Mapping[str, Any]) -> Term:
    return Term(row["key"], row["name"], tuple(row.get("aliases", ())))


def _interval(text: str) -> tuple[dt.time, dt.time]:
    opening, closing = text.split("-")
    return dt.time.fromisoformat(opening), dt.time.fromisoformat(closing)
