"""What the gym keeps about one person: told in full, or erased for good.

GDPR articles 15 (access), 17 (erasure) and 20 (portability). Erasing takes away everything that says who somebody
is or what they said. What stays says nothing about them: how many bookings and leads there were, when, of what and
how they ended, and the proof of what they opted out of, with their addresses as keyed hashes.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, text
from sqlmodel import col, select

from crm import (
    activities,
    attachments,
    bookings,
    consents,
    contacts,
    merged,
    notes,
    questions,
    reminders,
    reviews,
)
from crm.db import TenantSession
from crm.errors import Conflict, NotFound
from crm.facts import GymFacts
from crm.models import (
    Activity,
    Booking,
    Consent,
    Contact,
    ContactInbox,
    ContactMerge,
    Conversation,
    Delivery,
    ErasedAddress,
    FollowUp,
    Inbox,
    Lead,
    Message,
    MessageAttachment,
    Reminder,
    StaffCard,
    StaffChat,
    WaitlistEntry,
)
from crm.vault import unseal

UNDER_WAY = ("queued", "sending")
REASONS_KEPT = ("price", "time", "distance", "silent", "other")
"""Reasons of a lost lead that are choices of ours; any other may be somebody's own words about the person."""
ADS_KEPT = frozenset({"source_type", "source_id", "ad_id", "campaign", "source"})
"""What is kept of a referral: which advertisement, not which click."""


class BeingWrittenTo(Conflict):
    """A message to the person is on its way just now; try again in a moment."""

    code = "message_under_way"


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did."""

    contact_id: uuid.UUID
    erased_at: dt.datetime
    bookings_cancelled: int
    messages_blanked: int


def _get(session: TenantSession, contact_id: uuid.UUID, *, lock: bool = False) -> Contact:
    query = select(Contact).where(Contact.id == contact_id, col(Contact.erased_at).is_(None))
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound("there is no such person, or they have been erased", contact_id=contact_id)
    return found


# Access


def export(session: TenantSession, facts: GymFacts, contact_id: uuid.UUID) -> dict[str, Any]:
    """All that is kept about the person, as plain values for a file; raises `NotFound`.

    It holds what they told about their health, since it is theirs. What staff noted is
    theirs to read too; who of the staff wrote it is left out.
    """
    contact = _get(session, contact_id)

    def rows(table: Any, *conditions: Any, order: Any) -> Sequence[Any]:
        return session.exec(select(table).where(*conditions).order_by(order)).all()

    threads = rows(Conversation, Conversation.contact_id == contact_id, order=col(Conversation.created_at))
    lines = rows(
        Message, col(Message.conversation_id).in_([thread.id for thread in threads]), order=col(Message.at)
    )
    leads = rows(Lead, Lead.contact_id == contact_id, order=col(Lead.created_at))
    return {
        "gym": facts.gym.name,
        "made_at": session.now.isoformat(),
        "person": {
            "name": contact.name, "phone": contact.phone, "email": contact.email, "language": contact.language,
            "other_language": contact.other_language,
            "told_about_health": unseal(contact.health_note) if contact.health_note else None,
            "known_since": contact.created_at.isoformat(),
        },
        "addresses": [
            {"channel": inbox.channel, "address": known.address, "profile_name": known.profile_name,
             "last_wrote_at": _iso(known.last_inbound_at)}
            for known, inbox in contacts.inboxes_of(session, contact_id)
        ],
        "consents": [
            {"purpose": row.purpose, "agreed": row.granted, "words": row.words, "channel": row.channel,
             "at": row.at.isoformat()}
            for row in rows(
                Consent, col(Consent.contact_id).in_(merged.ids_of(contact_id)), order=col(Consent.at)
            )
        ],
        "inquiries": [
            {"at": row.created_at.isoformat(), "came_by": row.source, "referral": row.referral, "stage": row.stage,
             "goal": row.goal, "experience": row.experience, "preferred_time": row.preferred_time,
             "score": row.score, "score_reasons": row.score_reasons, "lost_reason": row.lost_reason}
            for row in leads
        ],
        "bookings": [
            {"service": facts.offering_by_id(row.offering_id).name, "starts_at": row.starts_at.isoformat(),
             "status": row.status, "booked_at": _iso(row.booked_at), "cancelled_reason": row.cancelled_reason,
             "for_guest": row.guest_name, "guest_phone": row.guest_phone}
            for row in rows(Booking, Booking.contact_id == contact_id, order=col(Booking.starts_at))
            if row.status not in ("held", "released")
        ],
        "messages": [
            {"at": row.at.isoformat(), "from": "you" if row.direction == "in" else facts.gym.name,
             "text": row.text, "understood_as": row.intents or None}
            for row in lines
        ],
        "files": [
            {"at": row.created_at.isoformat(), "kind": row.kind, "name": row.filename, "type": row.content_type,
             "bytes": row.size, "state": row.state, "transcript": row.transcript}
            for row in rows(
                MessageAttachment, MessageAttachment.contact_id == contact_id,
                order=col(MessageAttachment.created_at),
            )
        ],
        "questions": [
            {"at": asker.asked_at.isoformat(), "words": asker.words, "answer": question.answer}
            for asker, question in questions.of_contact(session, contact_id)
        ],
        "kept_to_learn_from": [
            {"at": row.at.isoformat(), "words": row.text, "taken_for": row.guesses, "means": row.intents}
            for row in reviews.of_contact(session, contact_id)
        ],
        "notes_of_staff": [
            {"at": row.at.isoformat(), "words": row.data.get("words")}
            for row in notes.list_of_contact(session, contact_id, of_trainers=True, limit=1000)
        ],
        "to_dos_of_staff": [
            {"due_at": row.due_at.isoformat(), "words": row.words, "done_at": _iso(row.done_at)}
            for row in rows(
                FollowUp, col(FollowUp.lead_id).in_([lead.id for lead in leads]), order=col(FollowUp.due_at)
            )
        ],
        "timeline": [
            {"at": row.at.isoformat(), "what": row.kind}
            for row in rows(
                Activity, col(Activity.contact_id).in_(merged.ids_of(contact_id)), order=col(Activity.at)
            )
        ],
    }  # fmt: skip


def _iso(instant: dt.datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None


# Erasure


def erase(
    session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, *, now: dt.datetime, actor: str,
    known_as: str | None = None,
) -> Erased:  # fmt: skip
    """Take away all that is personal, for good. Places that still lie ahead are given up first.

    `known_as` is the name that earlier messages to staff hold, where it is no longer on the record.

    Raises `NotFound` where nobody of that id is known (any more), and `BeingWrittenTo`
    while a message to them is being sent: its outcome must not write them down again.
    """
    session.flush()
    contact = _get(session, contact_id, lock=True)
    sending = select(Delivery.id).where(Delivery.contact_id == contact_id, Delivery.state == "sending")
    if session.exec(sending.limit(1)).first() is not None:
        raise BeingWrittenTo
    cancelled = _give_up_places(session, facts, contact_id, now)
    known = session.exec(select(ContactInbox).where(ContactInbox.contact_id == contact_id)).all()
    name, phone = known_as or contact.name, contact.phone
    records = [contact, *_merged_into(session, contact_id)]
    _keep_hashes(session, records, known, now)
    for record in records:
        record.name = record.phone = record.email = record.health_note = record.other_language = None
        record.erased_at = now
    session.flush()
    _leave_reminders_and_queues(session, contact_id)
    blanked = _blank_threads(session, contact_id)
    _blank_deliveries(session, contact_id, name, phone)
    questions.forget_person(session, contact_id)
    reviews.forget_person(session, contact_id)
    _forget_open_questions(session, name)
    _blank_addresses(session, known, now)
    _close_leads(session, facts, contact_id, now)
    session.flush()
    attachments.erase_of(session, contact_id, now=now)
    for merge in session.exec(select(ContactMerge).where(ContactMerge.kept_id == contact_id)).all():
        merge.moved, merge.before = {}, {}
    session.flush()
    for record in records:
        session.execute(text("SELECT erase_traces(:person)"), {"person": record.id})
    activities.record(session, "contact.erased", actor=actor, now=now, contact_id=contact_id)
    session.flush()
    session.read_anew()
    return Erased(contact_id, now, cancelled, blanked)


def _merged_into(session: TenantSession, contact_id: uuid.UUID) -> Sequence[Contact]:
    """Records of the same person that became this one: they still hold a name and a number."""
    return session.exec(select(Contact).where(Contact.merged_into == contact_id).with_for_update()).all()


def _give_up_places(session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, now: dt.datetime) -> int:
    """Held and booked places that lie ahead; the caller has told of those it cancelled before."""
    ahead = session.exec(
        select(Booking).where(
            Booking.contact_id == contact_id,
            col(Booking.status).in_(("held", "booked")),
            Booking.starts_at > now,
        )
    ).all()
    for booking in ahead:
        bookings.cancel(session, facts, booking.id, now=now, by="staff", reason="erased")
    for row in session.exec(select(Booking).where(Booking.contact_id == contact_id)).all():
        row.cancelled_reason = None if row.cancelled_reason is None else "given up"
        row.guest_name = row.guest_phone = None
    return len(ahead)


def _keep_hashes(
    session: TenantSession, records: Sequence[Contact], known: Sequence[ContactInbox], now: dt.datetime
) -> None:
    """By these the opt-outs are found again should the address turn up once more."""
    hashes: set[str] = set()
    for record in records:
        hashes |= set(contacts.traces(None, record.phone, record.email))
    for one in known:
        hashes |= set(contacts.traces(one.sender, None, None))
    for value in sorted(hashes):
        session.add(
            ErasedAddress(gym_id=session.gym_id, contact_id=records[0].id, address_hash=value, at=now)
        )


def _leave_reminders_and_queues(session: TenantSession, contact_id: uuid.UUID) -> None:
    reminders.cancel(session, Reminder.contact_id == contact_id, Reminder.kind != "erasure", reason="erased")
    for reminder in session.exec(select(Reminder).where(Reminder.contact_id == contact_id)).all():
        reminder.data = {}
    for entry in session.exec(
        select(WaitlistEntry).where(
            WaitlistEntry.contact_id == contact_id, col(WaitlistEntry.status).in_(("waiting", "offered"))
        )
    ).all():
        entry.status = "left"


def _blank_threads(session: TenantSession, contact_id: uuid.UUID) -> int:
    """Threads keep when something was said and by whom, not what."""
    threads = session.exec(select(Conversation).where(Conversation.contact_id == contact_id)).all()
    for thread in threads:
        thread.tracker, thread.handoff_reason, thread.status = {}, None, "resolved"
    lines = session.exec(
        select(Message).where(col(Message.conversation_id).in_([thread.id for thread in threads]))
    ).all()
    for line in lines:
        line.text, line.content, line.intents, line.external_id = None, {}, {}, None
        line.deleted_at = line.deleted_at or session.now
    return len(lines)


def _blank_deliveries(
    session: TenantSession, contact_id: uuid.UUID, name: str | None, phone: str | None
) -> None:
    """What was sent to the person, and what told staff of them by name or number."""
    asked = [f"question:{question.id}" for _, question in questions.of_contact(session, contact_id)]
    of_cards = select(StaffCard.id).where(
        col(StaffCard.lead_id).in_(select(Lead.id).where(Lead.contact_id == contact_id))
        | col(StaffCard.subject).in_(asked)
    )
    about = [col(Delivery.contact_id) == contact_id, col(Delivery.card_id).in_(of_cards)]
    sent = cast(col(Delivery.content), Text)
    about += [sent.contains(word, autoescape=True) for word in (name, phone) if word and len(word) > 2]
    for condition in about:
        for delivery in session.exec(select(Delivery).where(condition)).all():
            if delivery.purpose != "staff":
                delivery.address = ""
                if delivery.state == "queued":
                    delivery.state, delivery.reason = "cancelled", "the person was erased"
            if delivery.state not in UNDER_WAY:
                delivery.content, delivery.checks = {}, {}


def _forget_open_questions(session: TenantSession, name: str | None) -> None:
    """A question that is open to staff may offer the person by name."""
    if name is None or len(name) < 3:
        return
    for chat in session.exec(select(StaffChat)).all():
        if name in json.dumps(chat.state, ensure_ascii=False):
            chat.state = {}


def _blank_addresses(session: TenantSession, known: Sequence[ContactInbox], now: dt.datetime) -> None:
    """Nothing points at a person any more; somebody who writes from there again is new."""
    for one in known:
        session.execute(
            text(
                "UPDATE inbound_payloads SET payload = '{}', address = '' "
                "WHERE inbox_id = :inbox AND address = :address AND handled_at IS NOT NULL"
            ),
            {"inbox": one.inbox_id, "address": one.address},
        )
        one.sender, one.address, one.profile_name = f"erased:{one.id}", "", None
        one.unreachable_at, one.unreachable_reason = now, "erased"


def _close_leads(session: TenantSession, facts: GymFacts, contact_id: uuid.UUID, now: dt.datetime) -> None:
    for lead in session.exec(select(Lead).where(Lead.contact_id == contact_id)).all():
        lead.goal = lead.experience = lead.preferred_time = lead.first_words = lead.last_words = None
        lead.score, lead.score_reasons = 0, []
        lead.referral = _ad_of(lead.referral)
        if lead.lost_reason not in REASONS_KEPT:
            lead.lost_reason = None
        if lead.closed_at is None:
            lead.closed_at, lead.stage_changed_at = now, now
            lead.stage = "lost" if "lost" in facts.stages else lead.stage
        for to_do in session.exec(select(FollowUp).where(FollowUp.lead_id == lead.id)).all():
            to_do.words, to_do.done_at = "", to_do.done_at or now


def _ad_of(referral: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in referral.items() if key in ADS_KEPT}


# What is told in chat


@dataclass(frozen=True, slots=True)
class Held:
    """A few words' worth of what is kept, for the person themselves."""

    name: str | None
    reached_by: tuple[str, ...]
    known_since: dt.datetime
    goal: str | None
    has_health_note: bool
    bookings: int
    messages: int
    stopped: tuple[str, ...]


def summary(session: TenantSession, contact_id: uuid.UUID) -> Held:
    """What is kept about somebody, in short; raises `NotFound`."""
    contact = _get(session, contact_id)
    inboxes: Sequence[tuple[ContactInbox, Inbox]] = contacts.inboxes_of(session, contact_id)
    reached = [contact.phone, contact.email, *(inbox.channel for _, inbox in inboxes)]
    lead = session.exec(
        select(Lead).where(Lead.contact_id == contact_id).order_by(col(Lead.created_at).desc())
    ).first()
    booked = session.exec(
        select(Booking.id).where(
            Booking.contact_id == contact_id, col(Booking.status).not_in(("held", "released"))
        )
    ).all()
    said = session.exec(select(Message.id).where(Message.contact_id == contact_id)).all()
    agreed = consents.agreed(session, contact_id)
    return Held(
        contact.name, tuple(one for one in reached if one), contact.created_at, lead.goal if lead else None,
        contact.health_note is not None, len(booked), len(said),
        tuple(purpose for purpose, granted in agreed.items() if not granted),
    )  # fmt: skip
