"""What a trainer is shown of a session, in their own chat alone: it may be about health."""

from __future__ import annotations

from sqlmodel import select

from bot.answers import order, record, words
from bot.cards import experience_word
from bot.channels.base import Button
from crm import contacts, leads, notes, vault
from crm.db import TenantSession
from crm.models import Booking, Contact


def is_first_visit(session: TenantSession, booking: Booking) -> bool:
    """Whether the person has never been here before this booking."""
    return (
        session.exec(
            select(Booking.id)
            .where(
                Booking.contact_id == booking.contact_id,
                Booking.status == "attended",
                Booking.id != booking.id,
            )
            .limit(1)
        ).first()
        is None
    )


def hints_for_trainer(session: TenantSession, contact: Contact, booking: Booking) -> list[str]:
    """What the trainer should know beforehand. It may be about health: for their private chat only."""
    hints: list[str] = []
    if is_first_visit(session, booking):
        hints.append(words("utter_staff_hint_first"))
    lead = leads.find_latest(session, contact.id)
    if lead is not None:
        known = [part for part in (lead.goal, experience_word(lead.experience)) if part]
        if known:
            hints.append(", ".join(known))
    if contact.health_note:
        hints.append(words("utter_staff_hint_health", words=vault.unseal(contact.health_note)))
    if booking.guest_phone:
        hints.append(
            words("utter_staff_hint_guest_phone", guest=booking.guest_name or "", phone=booking.guest_phone)
        )
    kept = notes.list_of_contact(session, contact.id, of_trainers=True, limit=2)
    return hints + [words("utter_staff_hint_note", words=note.data.get("words", "")) for note in kept]


def session_buttons(booking: Booking, contact: Contact) -> tuple[Button, ...]:
    """What a trainer taps on a session, as its status allows."""
    name, target = contacts.first_name(contact) or words("utter_staff_nameless"), record("b", booking.id)
    start = order(words("utter_staff_button_start", name=name), "start", target)
    done = order(words("utter_staff_button_done", name=name), "done", target)
    no_show = order(words("utter_staff_button_no_show", name=name), "noshow", target)
    by_status = {"booked": (start, done, no_show), "in_progress": (done, no_show)}
    return by_status.get(booking.status, ())
