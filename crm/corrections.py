"""What people put right about a lead by hand: each change is checked and stands in the timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import phonenumbers

from crm import activities, leads
from crm.db import TenantSession
from crm.errors import Conflict, Invalid
from crm.facts import GymFacts
from crm.models import Contact, Lead

FREE_FIELDS = ("goal", "experience", "preferred_time")
"""Fields of a lead that take any value of their type."""


class PhoneInvalid(Invalid):
    """This cannot be anybody's phone number."""

    code = "phone_invalid"


class NotLost(Conflict):
    """Only a lost lead has a reason for being lost."""

    code = "not_lost"


def canonical_phone(written: str, region: str) -> str:
    """A number in E.164, read as it is dialled in the gym's `region`; raises `PhoneInvalid`."""
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneInvalid(field="phone") from error
    if not phonenumbers.is_possible_number(number):
        raise PhoneInvalid(field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def correct(
    session: TenantSession, lead: Lead, contact: Contact, changes: Mapping[str, Any], facts: GymFacts, *,
    actor: str, now: dt.datetime,
) -> None:  # fmt: skip
    """Apply `changes` (stage, lost_reason, name, assigned_to and the free fields) to a lead and its person.

    Raises `UnknownStage`, `Invalid` for staff who are not there, and `NotLost`. The
    timeline gets one entry with what was and what is.
    """
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}

    def note(field: str, was: object, becomes: object) -> bool:
        if was == becomes:
            return False
        before[field], after[field] = was, becomes
        return True

    stage = changes.get("stage", lead.stage)
    if stage != lead.stage:
        if stage == leads.LOST and changes.get("lost_reason"):
            leads.lose(session, lead, changes["lost_reason"], facts.stages, actor=actor, now=now)
        else:
            leads.set_stage(session, lead, stage, facts.stages, actor=actor, now=now)
    elif "lost_reason" in changes:
        if lead.stage != leads.LOST and changes["lost_reason"] is not None:
            raise NotLost(stage=lead.stage)
        if note("lost_reason", lead.lost_reason, changes["lost_reason"]):
            lead.lost_reason = changes["lost_reason"]
    if "name" in changes and note("name", contact.name, changes["name"]):
        contact.name = changes["name"]
    for field in FREE_FIELDS:
        if field in changes and note(field, getattr(lead, field), changes[field]):
            setattr(lead, field, changes[field])
    if "assigned_to" in changes:
        _assign(lead, changes["assigned_to"], facts, note)
    if after:
        activities.record(
            session, "lead.changed", actor=actor, now=now, contact_id=contact.id, lead_id=lead.id, before=before,
            after=after,
        )  # fmt: skip


def _assign(lead: Lead, key: str | None, facts: GymFacts, note: Any) -> None:
    person = facts.staff_by_key(key) if key is not None else None
    if key is not None and person is None:
        raise Invalid(
            f"nobody on the staff has the key {key!r}",
            field="assigned_to",
            choices=[one.key for one in facts.staff],
        )
    earlier = facts.staff_by_id(lead.assigned_to)
    if note("assigned_to", earlier.key if earlier else None, key):
        lead.assigned_to = person.id if person else None
