"""What a change of a booking brings with it, whoever made it.

Reminders, the lead's stage, score and card, a line in the staff group, a word to the
trainer, the next in the queue. The person themselves is told by whoever talks to them;
where staff made the change, `tell_person` does it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import select

from bot import cards, message_templates, payloads, responses, trainer_view, ways, wording
from bot.answers import after
from bot.channels.base import Button
from crm import (
    activities,
    bookings,
    consents,
    contacts,
    conversations,
    leads,
    quiet_hours,
    reminders,
    waitlist,
)
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Booking, Contact, Conversation, Lead, Reminder

NO_SHOW_AFTER = dt.timedelta(minutes=30)
"""How long after a no-show was marked the person is written to."""


def booked(
    session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime, *, actor: str, in_group: bool = True
) -> None:  # fmt: skip
    """A place was booked. `in_group` is false where the group has read it already."""
    _, lead = _whose(session, booking)
    _remind(session, facts, booking, now)
    offering = bookings.offering_of(session, facts, booking.offering_id)
    if lead is not None and offering.kind == "trial":
        leads.advance(session, lead, "trial_booked", facts.stages, actor=actor, now=now)
    _announce(session, facts, booking, "booked", now, actor=actor, in_group=in_group, with_hints=True)


def moved(
    session: TenantSession, facts: GymFacts, old: Booking, new: Booking, now: dt.datetime, *, actor: str,
    in_group: bool = True,
) -> None:  # fmt: skip
    """A place was given up for another one."""
    contact, lead = _whose(session, new)
    _forget_reminders(session, old, "the booking was moved")
    _remind(session, facts, new, now)
    params = _params(session, facts, new, contact) | {"before": cards.when_words(facts, old)}
    if in_group:
        cards.tell_group(session, facts, "utter_staff_line_moved", params, now)
    same_trainer = old.trainer_id == new.trainer_id
    if same_trainer:
        _tell_trainer(session, facts, new, "utter_staff_trainer_moved", params, now, actor=actor)
    else:
        gone = _params(session, facts, old, contact)
        _tell_trainer(session, facts, old, "utter_staff_trainer_moved_away", gone, now, actor=actor)
        _tell_trainer(
            session, facts, new, "utter_staff_trainer_booked", params, now, actor=actor, with_hints=True
        )
    offer_freed_place(session, old, now)
    _refresh(session, facts, lead, now)


def cancelled(
    session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime, *, actor: str, in_group: bool = True
) -> None:  # fmt: skip
    """A place was given up."""
    _forget_reminders(session, booking, "the booking was cancelled")
    _announce(session, facts, booking, "cancelled", now, actor=actor, in_group=in_group)
    offer_freed_place(session, booking, now)


def restored(
    session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime, *, actor: str, in_group: bool = True
) -> None:  # fmt: skip
    """A cancelled or moved booking stands again."""
    _remind(session, facts, booking, now)
    _announce(session, facts, booking, "restored", now, actor=actor, in_group=in_group)


def started(
    session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime, *, actor: str
) -> None:
    """The person is here."""
    contact, lead = _whose(session, booking)
    activities.record(
        session, "booking.started", actor=actor, now=now, contact_id=contact.id, lead_id=lead.id if lead else None,
        booking_id=booking.id,
    )  # fmt: skip
    _forget_reminders(session, booking, "the session has started")
    _refresh(session, facts, lead, now)


def attended(
    session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime, *, actor: str
) -> None:
    """The person was here: a trial takes the lead a stage on."""
    contact, lead = _whose(session, booking)
    activities.record(
        session, "booking.attended", actor=actor, now=now, contact_id=contact.id, lead_id=lead.id if lead else None,
        booking_id=booking.id,
    )  # fmt: skip
    _forget_reminders(session, booking, "the person came")
    reminders.cancel(
        session,
        Reminder.booking_id == booking.id,
        Reminder.kind == "no_show",
        reason="the person came after all",
    )
    offering = bookings.offering_of(session, facts, booking.offering_id)
    if lead is not None and offering.kind == "trial":
        leads.advance(session, lead, "trial_attended", facts.stages, actor=actor, now=now)
    _refresh(session, facts, lead, now)


def missed(
    session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime, *, actor: str
) -> dt.datetime:
    """The person did not come: they are written to in a while, when this returns, outside the quiet hours."""
    contact, lead = _whose(session, booking)
    activities.record(
        session, "booking.missed", actor=actor, now=now, contact_id=contact.id, lead_id=lead.id if lead else None,
        booking_id=booking.id,
    )  # fmt: skip
    _forget_reminders(session, booking, "the person did not come")
    due_at = quiet_hours.end_of_quiet(facts, now + NO_SHOW_AFTER)
    reminders.plan(
        session, "no_show", due_at, now=now, contact_id=contact.id, booking_id=booking.id,
        lead_id=lead.id if lead else None, conversation_id=_thread_id(session, contact.id),
        dedupe_key=f"no_show:{booking.id}:{payloads.minute(now)}",
    )  # fmt: skip
    _refresh(session, facts, lead, now)
    return due_at


def reopened(
    session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime, *, actor: str
) -> None:
    """A mark of attendance was taken back."""
    contact, lead = _whose(session, booking)
    reminders.cancel(
        session,
        Reminder.booking_id == booking.id,
        Reminder.kind == "no_show",
        reason="the no-show was taken back",
    )
    activities.record(
        session, "booking.reopened", actor=actor, now=now, contact_id=contact.id, lead_id=lead.id if lead else None,
        booking_id=booking.id,
    )  # fmt: skip
    _refresh(session, facts, lead, now)


def offer_freed_place(session: TenantSession, booking: Booking, now: dt.datetime) -> None:
    """Note that a seat of a class is free: who waits for it is offered it at once."""
    if booking.scheduled_class_id is not None and booking.starts_at > now:
        reminders.plan(
            session, "waitlist_offer", now, now=now, booking_id=booking.id,
            scheduled_class_id=str(booking.scheduled_class_id),
        )  # fmt: skip


def plan_offer(session: TenantSession, offer: waitlist.Offer, now: dt.datetime) -> None:
    """Tell the person when they may be told, and end the offer when its time is over."""
    for kind, due_at in (("waitlist_tell", offer.tell_at), ("waitlist_expiry", offer.expires_at)):
        reminders.plan(
            session, kind, due_at, now=now, contact_id=offer.entry.contact_id,
            conversation_id=offer.entry.conversation_id, booking_id=offer.booking.id, entry_id=str(offer.entry.id),
            dedupe_key=f"{kind}:{offer.booking.id}",
        )  # fmt: skip


def tell_person(
    session: TenantSession, facts: GymFacts, booking: Booking, key: str, now: dt.datetime, *,
    with_buttons: bool = False, minutes: int = 0,
) -> str | None:  # fmt: skip
    """Tell the person what staff did to their booking; the channel it goes by, or None where they have none."""
    contact, _ = _whose(session, booking)
    found = _thread(session, contact.id, now)
    if found is None:
        return None
    conversation, contact_inbox = found
    language = contact.language
    text = words_to_person(session, facts, booking, key, minutes=minutes)
    buttons = []
    if with_buttons:
        target = payloads.short_id(booking.id)
        buttons = [
            {"id": payloads.write(verb, target), "title": responses.render(language, f"button_{verb}")}
            for verb in ("move", "cancel")
        ]
    template = message_templates.use(
        "booking_changed",
        contacts.first_name(contact) or facts.gym.name,
        facts.gym.name,
        text,
        language=language,
    )
    conversation, contact_inbox = ways.best(session, found, template, now=now)
    conversations.say(
        session, conversation, contact_inbox, text=text, buttons=buttons, purpose="service", author="bot", now=now,
        booking_id=booking.id, template=template,
    )  # fmt: skip
    return cards.channel_of(session, conversation)


def words_to_person(
    session: TenantSession, facts: GymFacts, booking: Booking, key: str, *, minutes: int = 0
) -> str:  # fmt: skip
    """What `tell_person` says, in the person's language."""
    contact, _ = _whose(session, booking)
    language = contact.language
    trainer = facts.staff_by_id(booking.trainer_id)
    offering = bookings.offering_of(session, facts, booking.offering_id)
    by = (
        responses.render(language, "utter_with_trainer", trainer=trainer.first_name).strip()
        if trainer
        else ""
    )
    return responses.render(
        language, key, gym=facts.gym.name, service=responses.noun(language, offering.name), when=wording.when(facts, booking.starts_at, language),
        with_trainer=f" {by}" if by else "", minutes=minutes,
    )  # fmt: skip


def _thread(session: TenantSession, contact_id: uuid.UUID, now: dt.datetime) -> Any:
    """The person's thread where they were last heard, else one on the address that staff gave."""
    found = conversations.of_contact(session, contact_id)
    if found is not None:
        return found
    known = contacts.inboxes_of(session, contact_id)
    if not known:
        return None
    contact_inbox, _ = known[0]
    return conversations.ensure(session, contact_inbox, now=now), contact_inbox


def _thread_id(session: TenantSession, contact_id: uuid.UUID) -> uuid.UUID | None:
    found = conversations.of_contact(session, contact_id)
    return found[0].id if found else None


def _whose(session: TenantSession, booking: Booking) -> tuple[Contact, Lead | None]:
    contact = session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    return contact, leads.find_latest(session, contact.id)


def _params(session: TenantSession, facts: GymFacts, booking: Booking, contact: Contact) -> dict[str, Any]:
    offering = bookings.offering_of(session, facts, booking.offering_id)
    return {
        "service": cards.service_word(offering), "name": cards.guest_of(contact, booking),
        "when": cards.when_words(facts, booking), "at": wording.short_when(facts, booking.starts_at),
    }  # fmt: skip


def _announce(
    session: TenantSession, facts: GymFacts, booking: Booking, what: str, now: dt.datetime, *, actor: str,
    in_group: bool, with_hints: bool = False,
) -> None:  # fmt: skip
    """The group's line, the trainer's word, and the lead as it stands now."""
    contact, lead = _whose(session, booking)
    params = _params(session, facts, booking, contact)
    params["late"] = after("utter_staff_late") if booking.late_cancel else ""
    if in_group:
        cards.tell_group(session, facts, f"utter_staff_line_{what}", params, now)
    _tell_trainer(
        session,
        facts,
        booking,
        f"utter_staff_trainer_{what}",
        params,
        now,
        actor=actor,
        with_hints=with_hints,
    )
    _refresh(session, facts, lead, now)


def _remind(session: TenantSession, facts: GymFacts, booking: Booking, now: dt.datetime) -> None:
    thread_id = _thread_id(session, booking.contact_id)
    reminders.for_booking(session, facts, booking, now=now, conversation_id=thread_id)


def _tell_trainer(
    session: TenantSession, facts: GymFacts, booking: Booking, key: str, params: dict[str, Any], now: dt.datetime, *,
    actor: str, with_hints: bool = False, buttons: Sequence[Button] = (),
) -> None:  # fmt: skip
    trainer = facts.staff_by_id(booking.trainer_id)
    if trainer is None or actor == f"staff:{trainer.key}":
        return
    hints = ""
    if with_hints:
        contact, _ = _whose(session, booking)
        found = trainer_view.hints_for_trainer(session, contact, booking)
        hints = "".join(f"\n{hint}" for hint in found)
    cards.tell_trainer(session, facts, trainer.id, key, params | {"hints": hints}, now, buttons)


def _forget_reminders(session: TenantSession, booking: Booking, reason: str) -> None:
    reminders.cancel(
        session, Reminder.booking_id == booking.id, Reminder.kind != "waitlist_offer", reason=reason
    )


def _refresh(session: TenantSession, facts: GymFacts, lead: Lead | None, now: dt.datetime) -> None:
    """The score and the card as they are now."""
    if lead is None:
        return
    session.flush()
    update_score(session, lead, now)
    cards.lead_changed(session, facts, lead.id, now)


def update_score(session: TenantSession, lead: Lead, now: dt.datetime) -> None:
    """Score the lead by their next booking and by what they asked for so far."""
    standing = bookings.upcoming(session, lead.contact_id, now=now)
    thread = conversations.of_contact(session, lead.contact_id)
    leads.update_score(
        lead,
        now=now,
        comes_at=standing[0].starts_at if standing else None,
        asked=_asked(thread[0] if thread else None),
    )


def _asked(conversation: Conversation | None) -> list[str]:
    """The intents seen so far, which the tracker keeps."""
    seen = conversation.tracker.get("slots", {}).get("seen") if conversation else None
    return [str(intent) for intent in seen] if isinstance(seen, list) else []


def can_be_told(session: TenantSession, contact_id: uuid.UUID) -> bool:
    """Whether the person can and may be written to unasked."""
    agreed = consents.agreed(session, contact_id)
    return consents.may_send(agreed, "service") and bool(contacts.inboxes_of(session, contact_id))
