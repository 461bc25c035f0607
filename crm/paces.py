"""How soon somebody may be written to: token buckets that all workers share, kept as rows.

A bucket is one instant, `full_at`: when it will have refilled. A message may go while
that lies no further ahead than the burst lasts, and moves it by the time of one
message. Claiming and counting are one statement, so no two workers take the same
token, and a restart forgets none.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from crm import clock
from crm.db import TenantSession

Rates = Mapping[str, Mapping[str, Any]]
"""By channel: `account`, `person` and `group`, each [seconds between two messages, how many at once] or None, and
`groups`, a LIKE pattern of groups' addresses or None."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Deliveries that may leave now, as (gym id, delivery id), and how many were put off."""

    ready: list[tuple[uuid.UUID, uuid.UUID]]
    put_off: int


def claim(session: Session, *, most: int, lease: dt.timedelta, rates: Rates) -> Claimed:
    """Take due deliveries over all gyms, at most one an address, and a token for each.

    Where there is none, the delivery is given the instant at which there will be one,
    and what was queued to that address after it stays behind it.
    """
    rows = session.execute(
        text("SELECT gym_id, id, goes FROM claim_at_pace(:most, :lease, CAST(:rates AS jsonb))"),
        {"most": most, "lease": lease, "rates": json.dumps(rates)},
    ).all()
    ready = [(row[0], row[1]) for row in rows if row[2]]
    return Claimed(ready, len(rows) - len(ready))


def take_more(
    session: TenantSession, inbox_id: uuid.UUID, address: str, *, account: dt.timedelta, person: dt.timedelta
) -> None:
    """Count a message that turned out to be several: the buckets refill that much later. Nothing is refused."""
    session.execute(
        text(
            "UPDATE paces SET full_at = greatest(full_at, :now)"
            " + CASE WHEN address = '' THEN CAST(:account AS interval) ELSE CAST(:person AS interval) END"
            " WHERE gym_id = :gym AND inbox_id = :inbox AND address IN ('', :address)"
        ),
        {
            "gym": session.gym_id, "inbox": inbox_id, "address": address, "now": clock.now(), "account": account,
            "person": person,
        },
    )  # fmt: skip


def pause(session: TenantSession, inbox_id: uuid.UUID, seconds: float, *, burst: dt.timedelta) -> None:
    """Let nothing of this account leave for so long; `burst` is how far ahead `full_at` may lie otherwise."""
    session.execute(
        text(
            "INSERT INTO paces AS p VALUES (:gym, :inbox, '', :until)"
            " ON CONFLICT (gym_id, inbox_id, address) DO UPDATE SET full_at = greatest(p.full_at, excluded.full_at)"
        ),
        {
            "gym": session.gym_id, "inbox": inbox_id,
            "until": clock.now() + dt.timedelta(seconds=seconds) + burst,
        },
    )  # fmt: skip


def end_pause(session: TenantSession, inbox_id: uuid.UUID) -> None:
    """Let the account go on at once; what was put off meanwhile is due again."""
    session.execute(
        text("DELETE FROM paces WHERE gym_id = :gym AND inbox_id = :inbox AND address = ''"),
        {"gym": session.gym_id, "inbox": inbox_id},
    )
    session.execute(
        text(
            "UPDATE deliveries SET due_at = least(due_at, :now) WHERE gym_id = :gym AND inbox_id = :inbox"
            " AND state = 'queued' AND reason IS NOT NULL AND attempts = 0"
        ),
        {"gym": session.gym_id, "inbox": inbox_id, "now": session.now},
    )


def forget_full(session: TenantSession) -> None:
    """Drop the buckets that have long been full: they say nothing that their absence would not."""
    session.execute(
        text("DELETE FROM paces WHERE gym_id = :gym AND full_at < :before AND address <> ''"),
        {"gym": session.gym_id, "before": clock.now() - dt.timedelta(minutes=5)},
    )
