"""What a button carries: a versioned verb and its arguments, at most 64 bytes (Telegram's limit).

State lives in the payload, not in the label, so that a tap on an old button can still
be understood from the present state.
"""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from dataclasses import dataclass

VERSION = "1"
MAX_BYTES = 64


@dataclass(frozen=True, slots=True)
class Payload:
    """A tapped button, read."""

    verb: str
    args: tuple[str, ...] = ()

    def id(self, index: int = 0) -> uuid.UUID | None:
        """An argument that names a record."""
        try:
            return uuid.UUID(bytes=base64.urlsafe_b64decode(self.args[index] + "=="))
        except (IndexError, ValueError):
            return None

    def instant(self, index: int) -> dt.datetime | None:
        """An argument that names an instant."""
        try:
            return dt.datetime.fromtimestamp(int(self.args[index], 36) * 60, dt.UTC)
        except (IndexError, ValueError):
            return None


def short_id(value: uuid.UUID) -> str:
    """A record's id in 22 characters."""
    return base64.urlsafe_b64encode(value.bytes).decode().rstrip("=")


def minute(instant: dt.datetime) -> str:
    """An instant to the minute in base 36."""
    number, digits = int(instant.timestamp()) // 60, ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"


def write(verb: str, *args: str) -> str:
    """A button's payload."""
    payload = ":".join((VERSION, verb, *args))
    if len(payload.encode()) > MAX_BYTES:
        raise ValueError(f"a button's payload is too long for Telegram: {payload!r}")
    return payload


def read(payload: str) -> Payload | None:
    """A payload of ours; None for anything else (an old version, another app's button)."""
    version, _, rest = payload.partition(":")
    if version != VERSION or not rest:
        return None
    verb, *args = rest.split(":")
    return Payload(verb, tuple(args))
