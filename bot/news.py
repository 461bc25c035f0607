"""What the team hears of a person's turn: bookings with all they bring, hand-overs, and words worth passing on.

A quote-reply to a line that names a contact is sent to them, so lines that colleagues
may comment on among themselves name none.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from bot import cards, consequences, discretion, files
from crm import bookings
from crm.db import TenantSession
from crm.errors import NotFound
from crm.facts import GymFacts
from crm.models import Booking, Contact, Lead

ACTOR = "contact"


def told(
    session: TenantSession, facts: GymFacts, contact: Contact, key: str, params: Mapping[str, Any],
    now: dt.datetime,
) -> None:  # fmt: skip
    """Pass on one piece of news."""
    session.flush()
    booking = _booking(session, params.get("booking_id"))
    before = _booking(session, params.get("before_id"))
    match key:
        case "booked" if booking is not None:
            consequences.booked(session, facts, booking, now, actor=ACTOR)
        case "moved" if booking is not None and before is not None:
            consequences.moved(session, facts, before, booking, now, actor=ACTOR)
        case "cancelled" if booking is not None:
            consequences.cancelled(session, facts, booking, now, actor=ACTOR)
        case "restored" if booking is not None:
            consequences.restored(session, facts, booking, now, actor=ACTOR)
        case "late":
            _pass_on(session, facts, contact, "utter_staff_news_late", params, now)
            if booking is not None:
                late = {
                    "name": cards.name_of(contact),
                    "words": discretion.for_group(str(params.get("words", ""))),
                }
                cards.tell_trainer(session, facts, booking.trainer_id, "utter_staff_news_late", late, now)
        case "language":
            text = {
                "name": cards.name_of(contact), "language": params.get("language", ""),
                "words": discretion.for_group(str(params.get("words", ""))),
            }  # fmt: skip
            cards.tell_group(session, facts, "utter_staff_news_language", text, now)
        case "praise" | "job" | "for_two" | "form" | "order":
            _pass_on(session, facts, contact, f"utter_staff_news_{key}", params, now)
        case "erasure":
            cards.tell_group(
                session, facts, "utter_staff_news_erasure", {"name": cards.name_of(contact)}, now
            )
        case "location" if isinstance(params.get("location"), dict):
            place = {"name": cards.name_of(contact), "link": files.map_link(params["location"])}
            cards.tell_group(session, facts, "utter_staff_news_location", place, now)
        case "media":
            text = {"name": cards.name_of(contact), "kind": params.get("kind", "file")}
            cards.tell_group(session, facts, "utter_staff_news_media", text, now)


def handed_over(session: TenantSession, facts: GymFacts, lead: Lead, reason: str, now: dt.datetime) -> None:
    """Staff get the packet: who, where, why, what is known, the last words."""
    session.flush()
    cards.lead_changed(session, facts, lead.id, now, loud=reason)


def _pass_on(
    session: TenantSession,
    facts: GymFacts,
    contact: Contact,
    key: str,
    params: Mapping[str, Any],
    now: dt.datetime,
) -> None:
    words = discretion.for_group(str(params.get("words", "")))
    cards.tell_group(session, facts, key, {"name": cards.name_of(contact), "words": words}, now)


def _booking(session: TenantSession, booking_id: object) -> Booking | None:
    if booking_id is None:
        return None
    try:
        return bookings.get_booking(session, uuid.UUID(str(booking_id)))
    except NotFound:
        return None
