"""Who of the staff may do what."""

from __future__ import annotations

from crm.gyms import DESK

EVERYBODY = DESK | {"trainer"}
LEADERS = frozenset({"owner", "manager"})
COACHES = LEADERS | {"trainer"}
"""Those who may mark a session: trainers their own, owner and manager any."""
OWNER = frozenset({"owner"})

__all__ = ["COACHES", "DESK", "EVERYBODY", "LEADERS", "OWNER"]
