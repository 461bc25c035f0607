"""Whether there is anything left to do: what a simulated world waits for before it looks at the outcome."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text

from crm.db import TenantSession

# A delivery that was tried and put off is under way, even if its next attempt is not due yet.
_BUSY = text(
    """
    SELECT EXISTS (
        SELECT FROM inbound_payloads p JOIN inboxes i ON i.gym_id = p.gym_id AND i.id = p.inbox_id
        WHERE p.gym_id = :gym AND i.channel = :channel AND p.address = ANY(CAST(:addresses AS text[]))
          AND p.handled_at IS NULL AND p.failed_at IS NULL)
      OR EXISTS (
        SELECT FROM deliveries d JOIN inboxes i ON i.gym_id = d.gym_id AND i.id = d.inbox_id
        WHERE d.gym_id = :gym AND i.channel = :channel AND d.address = ANY(CAST(:addresses AS text[]))
          AND (d.state = 'sending' OR d.state = 'queued' AND (d.due_at <= :now OR d.reason IS NOT NULL)))
      OR EXISTS (
        SELECT FROM reminders r WHERE r.gym_id = :gym AND r.status = 'pending' AND r.due_at <= :now)
    """
)


def is_settled(session: TenantSession, channel: str, addresses: Collection[str]) -> bool:
    """Nothing from these addresses waits, nothing to them is due or under way, and no reminder of the gym is due."""
    values = {
        "gym": session.gym_id,
        "channel": channel,
        "addresses": sorted(addresses),
        "now": session.now,
    }
    return not session.execute(_BUSY, values).scalar_one()
