"""What the bot says without being asked, when something falls due: decided again at that moment."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import select

from bot import cards, consequences, erasure, message_templates, responses, trainer_view, ways, wording
from bot.channels.base import Button
from bot.events import FlowOpened, SlotSet
from bot.flows.prospects import wishes
from bot.payloads import minute, short_id, write
from bot.tracker import Tracker, bot_event
from crm import bookings, contacts, conversations, quiet_hours, reminders, scheduled_classes, waitlist
from crm.db import TenantSession
from crm.errors import CrmError
from crm.facts import GymFacts
from crm.models import Booking, Contact, ContactInbox, Conversation, Reminder

LATE = dt.timedelta(hours=2)
"""A reminder that could not be sent for so long says nothing any more."""
RECOVERY_TRIES = 2


def fire(session: TenantSession, facts: GymFacts, reminder: Reminder, *, now: dt.datetime) -> None:
    """Do what a due reminder asks for, if it still makes sense, and note what became of it."""
    handler = HANDLERS.get(reminder.kind)
    if handler is None:
        reminders.finish(reminder, "skipped", now=now, reason=f"nothing handles {reminder.kind}")
        return
    reason = handler(session, facts, reminder, now)
    reminders.finish(reminder, "skipped" if reason else "done", now=now, reason=reason)


def _thread(
    session: TenantSession, reminder: Reminder, contact_id: uuid.UUID | None
) -> tuple[Conversation, ContactInbox] | None:
    if reminder.conversation_id is not None:
        conversation = session.exec(
            select(Conversation).where(Conversation.id == reminder.conversation_id)
        ).first()
        if conversation is not None:
            inbox = session.exec(
                select(ContactInbox).where(ContactInbox.id == conversation.contact_inbox_id)
            ).one()
            return conversation, inbox
    return conversations.of_contact(session, contact_id) if contact_id else None


def _booking_words(facts: GymFacts, booking: Booking, contact: Contact) -> dict[str, Any]:
    language = contact.language
    trainer = facts.staff_by_id(booking.trainer_id)
    offering = facts.offering_by_id(booking.offering_id)
    service = responses.noun(language, offering.name)
    service = service[:1].lower() + service[1:] if offering.kind == "trial" else service
    name = contacts.first_name(contact)
    bring = next((faq.answer for faq in facts.faqs if faq.topic == "faq/what_to_bring"), "")
    return {
        "service": service,
        "when": wording.when(facts, booking.starts_at, language),
        "with_trainer": responses.render(language, "utter_with_trainer", trainer=trainer.first_name)
        if trainer
        else "",
        "name": f" {name}" if name else "",
        "address": facts.gym.address or facts.gym.name,
        "bring": f"{bring.split('. ')[0].rstrip('.')}." if bring else "",
    }


def _send(
    session: TenantSession, conversation: Conversation, contact_inbox: ContactInbox, text: str,
    buttons: tuple[Button, ...], *, reminder: Reminder, purpose: str, now: dt.datetime, events: tuple[Any, ...] = (),
    template: dict[str, Any] | None = None, booking_id: uuid.UUID | None = None, checks: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Queue the words and keep them in the tracker, so that the answer is understood."""
    if template is not None:
        conversation, contact_inbox = ways.best(session, (conversation, contact_inbox), template, now=now)
    raw = [{"id": button.id, "title": button.title} for button in buttons]
    said = conversations.say(
        session, conversation, contact_inbox, text=text, buttons=raw, purpose=purpose, author="bot", now=now,
        dedupe_key=reminders.dedupe_key(reminder), booking_id=booking_id, checks=checks, template=template,
    )  # fmt: skip
    if said is None:
        return
    tracker = Tracker(conversation.tracker)
    for event in events:
        tracker.record(event, at=now)
    tracker.record(SlotSet("last_said", {"text": text, "buttons": raw}), at=now)
    tracker.keep(bot_event(text, raw), at=now)
    conversations.record_turn(session, conversation, tracker.fresh, tracker.state(), now=now)


def remind_guest(session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime) -> str | None:
    """A booking is near: Confirm, Move, Cancel; nothing after a Confirm, nothing once it has begun."""
    booking = _standing(session, reminder, now)
    if isinstance(booking, str):
        return booking
    if booking.confirmed_by_guest_at is not None:
        return "the person has confirmed"
    found = _thread(session, reminder, booking.contact_id)
    if found is None:
        return "the person has no conversation"
    if quiet_hours.is_quiet(facts, now):
        return "it is too late in the day"
    contact = session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    language = contact.language
    words = _booking_words(facts, booking, contact)
    words["when"] = responses.render(
        language, "word_day_at",
        day=wording.relative_day(facts, facts.local(booking.starts_at).date(), facts.local(now).date(), language),
        time=wording.clock(facts, facts.local(booking.starts_at)),
    )  # fmt: skip
    is_first = booking.starts_at - now > dt.timedelta(hours=6)
    text = responses.render(
        language, "utter_reminder_day" if is_first else "utter_reminder_soon", **words
    ).strip()
    target = short_id(booking.id)
    buttons = tuple(
        Button(write(verb, target), responses.render(language, key))
        for verb, key in (("coming", "button_confirm"), ("move", "button_move"), ("cancel", "button_cancel"))
    )
    conversation, contact_inbox = found
    checks = {"booking_status": ["booked"]}
    template = message_templates.use(
        "booking_reminder", contacts.first_name(contact) or facts.gym.name, facts.gym.name,
        wording.capitalised(words["service"]), words["when"] + words["with_trainer"], language=language,
    )  # fmt: skip
    _send(
        session, conversation, contact_inbox, text, buttons, reminder=reminder, purpose="reminder", now=now,
        events=(SlotSet("about", str(booking.id)), SlotSet("invited", f"coming:{booking.id}")), booking_id=booking.id, checks=checks, template=template,
    )  # fmt: skip
    return None


def remind_trainer(
    session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime
) -> str | None:
    """The trainer's own reminder, with what to know about the person."""
    booking = _standing(session, reminder, now)
    if isinstance(booking, str):
        return booking
    contact = session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    hints = "".join(f"\n{hint}" for hint in trainer_view.hints_for_trainer(session, contact, booking))
    offering = facts.offering_by_id(booking.offering_id)
    params = {
        "name": cards.guest_of(contact, booking), "service": cards.service_word(offering),
        "when": wording.short_when(facts, booking.starts_at), "hints": hints,
    }  # fmt: skip
    told = cards.tell_trainer(
        session, facts, booking.trainer_id, "utter_staff_news_reminder", params, now,
        trainer_view.session_buttons(booking, contact), dedupe_key=f"reminder:{reminder.id}",
    )  # fmt: skip
    return None if told else "the trainer has no chat with us"


def _standing(session: TenantSession, reminder: Reminder, now: dt.datetime) -> Booking | str:
    """The booking, if it still stands and lies ahead; else why not."""
    booking = session.exec(select(Booking).where(Booking.id == reminder.booking_id)).first()
    if booking is None or booking.status != "booked":
        return f"the booking is {booking.status if booking else 'gone'}"
    if booking.starts_at <= now:
        return "it has begun"
    if now - reminder.due_at > LATE and booking.starts_at - now < dt.timedelta(minutes=20):
        return "too late to be of use"
    return booking


def nudge(session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime) -> str | None:
    """Somebody fell silent in the middle of a booking: one friendly word."""
    found = _thread(session, reminder, reminder.contact_id)
    if found is None:
        return "no conversation"
    conversation, contact_inbox = found
    tracker = Tracker(conversation.tracker)
    if tracker.flow not in ("book_trial", "book_session") or tracker.get("nudged"):
        return "the talk has moved on"
    if conversation.status == "pending":
        return "a person has the conversation"
    contact = session.exec(select(Contact).where(Contact.id == conversation.contact_id)).one()
    offering = facts.offering_by_key(str(tracker.get("offering") or ""))
    wish = wishes.from_slot(tracker.get("wish"))
    name = contacts.first_name(contact)
    called = f" {name}" if name else ""
    events: tuple[Any, ...] = (SlotSet("nudged", True),)
    starts_at = facts.instant(wish.start) if wish is not None and wish.is_exact else None
    trainer = tracker.get("trainer")
    trainer_id = uuid.UUID(str(trainer)) if trainer else None
    if (
        starts_at is not None
        and offering is not None
        and bookings.why_not(
            session, facts, offering, starts_at, now=now, contact_id=contact.id, trainer_id=trainer_id
        )
        is None
        and tracker.get("requested_slot") in ("confirm", "time")
    ):
        text = responses.render(
            contact.language,
            "utter_nudge",
            name=called,
            when=wording.when(facts, starts_at, contact.language),
        )
        options: tuple[Button, ...] = (
            Button(
                write("at", offering.key, minute(starts_at)), responses.render(contact.language, "button_yes")
            ),
        )
        events = (
            *events, SlotSet("requested_slot", "time"),
            SlotSet("options", [{"id": b.id, "title": b.title, "choice": True} for b in options]),
        )  # fmt: skip
    else:
        text, options = responses.render(contact.language, "utter_nudge_time", name=called), ()
    _send(
        session, conversation, contact_inbox, text, options, reminder=reminder, purpose="service", now=now,
        events=events, checks={"bot_in_charge": True},
    )  # fmt: skip
    return None


def recover_no_show(
    session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime
) -> str | None:
    """A missed session: kind, no blame, two new places; a second and last try after two days."""
    booking = session.exec(select(Booking).where(Booking.id == reminder.booking_id)).first()
    if booking is None or booking.status != "no_show":
        return "it was no no-show after all"
    if bookings.upcoming(session, booking.contact_id, now=now):
        return "the person has booked again"
    found = _thread(session, reminder, booking.contact_id)
    if found is None:
        return "no conversation"
    conversation, contact_inbox = found
    if conversation.last_inbound_at is not None and conversation.last_inbound_at > booking.starts_at:
        return "the person has written since"
    contact = session.exec(select(Contact).where(Contact.id == booking.contact_id)).one()
    offering = facts.offering_by_id(booking.offering_id)
    name = contacts.first_name(contact)
    called = f" {name}" if name else ""
    wished = booking.starts_at + dt.timedelta(days=1)
    free = bookings.near_times(session, facts, offering, wished, now=now, limit=2)
    buttons = tuple(
        Button(
            write("at", offering.key, minute(slot.starts_at)),
            wording.short_when(facts, slot.starts_at, contact.language)[:20],
        )
        for slot in free
    )
    if free:
        times = wording.listing(
            [wording.when(facts, slot.starts_at, contact.language) for slot in free],
            contact.language,
            either=True,
        )
        text = responses.render(contact.language, "utter_no_show", name=called, times=times)
    else:
        text = responses.render(contact.language, "utter_no_show_open", name=called)
    events = (
        SlotSet("options", [{"id": b.id, "title": b.title, "choice": True} for b in buttons] or None),
        SlotSet("invited", "book_trial" if offering.kind == "trial" else f"book:{offering.key}"),
    )
    _send(
        session, conversation, contact_inbox, text, buttons, reminder=reminder, purpose="service", now=now,
        events=events, checks={"bot_in_charge": True},
        template=message_templates.use(
            "missed_session", contacts.first_name(contact) or facts.gym.name, facts.gym.name,
            language=contact.language,
        ),
    )  # fmt: skip
    tries = int(reminder.data.get("tries", 1))
    if tries < RECOVERY_TRIES:
        reminders.plan(
            session, "no_show", quiet_hours.end_of_quiet(facts, now + dt.timedelta(days=2)), now=now,
            contact_id=contact.id, booking_id=booking.id, conversation_id=conversation.id, tries=tries + 1,
            dedupe_key=f"no_show:{booking.id}:{tries + 1}",
        )  # fmt: skip
    return None


def offer_waitlist(
    session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime
) -> str | None:
    """Seats have come free: hold each for the next in the queue and plan to tell them."""
    class_id = uuid.UUID(str(reminder.data["scheduled_class_id"]))
    offered = 0
    while (offer := waitlist.offer_next(session, facts, class_id, now=now)) is not None:
        consequences.plan_offer(session, offer, now)
        offered += 1
    return None if offered else "nobody is waiting"


def tell_waitlist(
    session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime
) -> str | None:
    """A place has come free: it is theirs until a clear deadline."""
    entry = waitlist.get_entry(session, uuid.UUID(str(reminder.data["entry_id"])))
    if entry.status != "offered" or entry.offer_expires_at is None or entry.offer_expires_at <= now:
        return f"the offer is {entry.status}"
    found = _thread(session, reminder, entry.contact_id)
    if found is None:
        return "no conversation"
    conversation, contact_inbox = found
    row = scheduled_classes.get(session, entry.scheduled_class_id)
    contact = session.exec(select(Contact).where(Contact.id == entry.contact_id)).one()
    language = contact.language
    offering = facts.offering_by_id(row.offering_id)
    text = responses.render(
        language, "utter_waitlist_place", service=offering.name, when=wording.when(facts, row.starts_at, language),
        until=wording.clock(facts, facts.local(entry.offer_expires_at)),
    )  # fmt: skip
    buttons = (
        Button(write("take", short_id(entry.id)), responses.render(language, "button_take_it")),
        Button(write("no"), responses.render(language, "button_no")),
    )
    events = (
        FlowOpened("join_waitlist"),
        SlotSet("requested_slot", "waitlist_offer"),
        SlotSet("offering", offering.key),
        SlotSet("waitlist_entry", str(entry.id)),
        SlotSet("question", {"key": "utter_faq", "params": {"answer": text}}),
        SlotSet("options", [{"id": b.id, "title": b.title} for b in buttons]),
    )
    until = wording.clock(facts, facts.local(entry.offer_expires_at))
    place = f"{offering.name}, {wording.when(facts, row.starts_at, language)}"
    template = message_templates.use(
        "place_free",
        contacts.first_name(contact) or facts.gym.name,
        facts.gym.name,
        place,
        until,
        language=language,
    )
    _send(
        session, conversation, contact_inbox, text, buttons, reminder=reminder, purpose="service", now=now,
        events=events, template=template,
    )  # fmt: skip
    return None


def expire_waitlist(
    session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime
) -> str | None:
    """The deadline has passed: the place goes to the next."""
    expired = waitlist.expire(session, facts, uuid.UUID(str(reminder.data["entry_id"])), now=now)
    if expired is None:
        return "it was answered"
    if expired.next_offer is not None:
        consequences.plan_offer(session, expired.next_offer, now)
    return None


def follow_up(session: TenantSession, facts: GymFacts, reminder: Reminder, now: dt.datetime) -> str | None:
    """A to-do of staff is due."""
    try:
        told = cards.follow_up_due(session, facts, uuid.UUID(str(reminder.data["follow_up_id"])), now)
    except (CrmError, KeyError):
        return "the to-do is gone"
    return None if told else "it is done already"


HANDLERS = {
    "booking_guest": remind_guest,
    "booking_trainer": remind_trainer,
    "flow_nudge": nudge,
    "no_show": recover_no_show,
    "waitlist_offer": offer_waitlist,
    "waitlist_tell": tell_waitlist,
    "waitlist_expiry": expire_waitlist,
    "follow_up": follow_up,
    erasure.KIND: erasure.carry_out,
}
