"""What all tables share: identifiers and the tenant's key."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


def new_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits.

    Made here and not by the database, so that rows of one turn can refer to each
    other before any is written.
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


class GymTable(SQLModel):
    """A row that belongs to one gym; `gym_id` leads every key so that tables can be sharded by gym."""

    gym_id: uuid.UUID = Field(primary_key=True)
    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)


def json_field(**options: Any) -> Any:
    """A JSONB column; assign a new value to change it (in-place changes are not tracked)."""
    return Field(sa_type=JSONB, **options)


def text_list(**options: Any) -> Any:
    """A ``text[]`` column."""
    return Field(sa_type=ARRAY(Text), **options)
