"""A `Parse` as plain JSON, for `spotter nlu parse --json` and logs."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from nlu_models.parse import Parse


def written(parse: Parse) -> dict[str, Any]:
    """Plain lists, strings and numbers; instants in ISO 8601; absent values left out."""
    content = _plain(parse)
    assert isinstance(content, dict)
    return content


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Vectors are nothing to read; they are marked as not to be shown.
        shown = [field.name for field in dataclasses.fields(value) if field.repr]
        fields = ((name, getattr(value, name)) for name in shown)
        return {name: _plain(inner) for name, inner in fields if inner is not None and inner != ()}
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
