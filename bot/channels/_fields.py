"""Typed reading of untrusted JSON: a field of the wrong type counts as missing, and nothing here raises."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from bot.channels.base import MalformedPayload

_EMPTY: Mapping[str, Any] = {}
_MAX_DEPTH = 64


def load(body: bytes) -> Any:
    """The JSON value of a body, made safe to keep; raise `MalformedPayload` where it is not JSON."""
    try:
        return _storable(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise MalformedPayload(f"not JSON: {type(error).__name__}") from error


def _storable(value: Any, depth: int = 0) -> Any:
    """The same value without what PostgreSQL cannot keep: NUL, halves of surrogate pairs, NaN and infinity."""
    if depth > _MAX_DEPTH:
        raise MalformedPayload("nested too deeply")
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable_text(key): _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def storable_text(value: str) -> str:
    """The same text with a replacement character for NUL and lone surrogates."""
    if value.isascii():
        return value.replace("\x00", "\ufffd")
    return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def mapping(value: Any, *path: str) -> Mapping[str, Any]:
    """The object at the path; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else _EMPTY


def items(value: Any, key: str) -> Iterator[Mapping[str, Any]]:
    """The objects of the list under `key`, other elements left out."""
    found = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, Mapping))


def text(value: Any, *path: str) -> str | None:
    """The string at the path, also where it is empty."""
    found = mapping(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) else None


def word(value: Any, *path: str) -> str:
    """An id, name or code at the path as text; '' where there is none. Providers send ids as text or number."""
    found = mapping(value, *path[:-1]).get(path[-1])
    if isinstance(found, str):
        return found.strip()
    return str(found) if _is_integer(found) else ""


def number(value: Any, *path: str) -> int | None:
    """The integer at the path, also where it was sent as digits."""
    found = mapping(value, *path[:-1]).get(path[-1])
    if _is_integer(found):
        return int(found)
    if isinstance(found, str) and found.strip().isascii() and found.strip().lstrip("-").isdecimal():
        return int(found) if len(found) < 20 else None
    return None


def decimal(value: Any, *path: str) -> float | None:
    """The number at the path, also where it was sent as text."""
    found = mapping(value, *path[:-1]).get(path[-1])
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        result = float(found)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def instant(value: Any, *path: str) -> dt.datetime | None:
    """The time at the path: seconds or milliseconds since 1970, as number or digits; aware, UTC."""
    found = number(value, *path)
    if found is None or found <= 0:
        return None
    # Seconds stay below this until the year 5138; milliseconds passed it in 1973.
    seconds = found / 1000 if found > 100_000_000_000 else float(found)
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def decoded(value: str | None) -> Mapping[str, Any]:
    """A JSON object that was sent inside a string; `{"raw": ...}` where it is something else."""
    try:
        found = _storable(json.loads(value or ""))
    except (ValueError, RecursionError, MalformedPayload):
        found = None
    return found if isinstance(found, dict) else {"raw": value or ""}


def flat(value: Mapping[str, Any]) -> dict[str, str]:
    """The text, number and id fields of an object as text."""
    return {
        key: str(item) for key, item in value.items() if (isinstance(item, str) and item) or _is_integer(item)
    }


def fingerprint(*parts: Any) -> str:
    """A key for an item that carries no id: equal for a redelivery, different for other content."""
    content = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _is_integer(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
