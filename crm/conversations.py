"""Threads: receive, reply, hand over, give back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select

from crm import activities, deliveries
from crm.db import TenantSession
from crm.models import ContactInbox, Conversation, Delivery, Message, Staff, TrackerEvents

NOT_UNDERSTOOD = "not_understood"
"""The reason of a hand-over that the bot itself caused."""
ANSWERED_ELSEWHERE = "answered_elsewhere"
"""The reason of a hand-over that a person took by writing in the platform's own app."""
ELSEWHERE = "staff:phone"
"""Author of such words: the platform does not tell who it was."""
UNDO_FOR = dt.timedelta(seconds=10)
"""How long words of staff wait before they leave, so that a slip can be called back."""
SILENT_FOR = dt.timedelta(hours=12)
"""After so long without a word from staff a new message of the person is the bot's again."""


def ensure(session: TenantSession, contact_inbox: ContactInbox, *, now: dt.datetime) -> Conversation:
    """The thread with that contact on that inbox, made on first contact."""
    found = session.exec(
        select(Conversation).where(Conversation.contact_inbox_id == contact_inbox.id)
    ).first()
    return found or begin(session, contact_inbox, now=now)


def begin(session: TenantSession, contact_inbox: ContactInbox, *, now: dt.datetime) -> Conversation:
    """The thread with a contact on an inbox on which there is none yet."""
    made = Conversation(
        gym_id=session.gym_id, contact_id=contact_inbox.contact_id, contact_inbox_id=contact_inbox.id,
        inbox_id=contact_inbox.inbox_id, created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def receive(
    session: TenantSession, conversation: Conversation, contact_inbox: ContactInbox, *, text: str | None,
    external_id: str, content: Mapping[str, Any], sent_at: dt.datetime, author: str = "contact",
) -> Message:  # fmt: skip
    """Write down what came in; it opens the reply window from the person's own timestamp."""
    message = Message(
        gym_id=session.gym_id, conversation_id=conversation.id, contact_id=conversation.contact_id, direction="in",
        author=author, text=text, content=dict(content), external_id=external_id, at=sent_at,
    )  # fmt: skip
    session.add(message)
    if contact_inbox.last_inbound_at is None or sent_at > contact_inbox.last_inbound_at:
        contact_inbox.last_inbound_at = sent_at
        conversation.last_inbound_at = sent_at
    if contact_inbox.unreachable_at is not None:
        contact_inbox.unreachable_at = contact_inbox.unreachable_reason = None
    if conversation.status in ("resolved", "snoozed"):
        conversation.status = "open"
    return message


def say(
    session: TenantSession, conversation: Conversation, contact_inbox: ContactInbox, *, text: str,
    buttons: Sequence[Mapping[str, str]] = (), purpose: str, author: str, now: dt.datetime,
    due_at: dt.datetime | None = None, dedupe_key: str | None = None, booking_id: uuid.UUID | None = None,
    checks: Mapping[str, Any] | None = None, template: Mapping[str, Any] | None = None,
) -> Message | None:  # fmt: skip
    """Queue a message to the person and write it into the thread; None where it was queued before.

    `template` is the approved text that says the same where the reply window is closed.
    """
    content: dict[str, Any] = {"text": text}
    if buttons:
        content["buttons"] = list(buttons)
    if template is not None:
        content["template"] = dict(template)
    message = Message(
        gym_id=session.gym_id, conversation_id=conversation.id, contact_id=conversation.contact_id, direction="out",
        author=author, text=text, content={"buttons": list(buttons)} if buttons else {}, at=due_at or now,
    )  # fmt: skip
    delivery_id = deliveries.queue(
        session, inbox_id=conversation.inbox_id, address=contact_inbox.address, purpose=purpose,
        content=content, now=now, due_at=due_at, contact_id=conversation.contact_id, conversation_id=conversation.id, message_id=message.id,
        booking_id=booking_id, checks=checks, dedupe_key=dedupe_key,
    )  # fmt: skip
    if delivery_id is None:
        return None
    session.add(message)
    conversation.last_outbound_at = due_at or now
    return message


def hand_over(
    session: TenantSession, conversation: Conversation, reason: str, *, now: dt.datetime, actor: str = "bot"
) -> None:
    """A person is wanted: the bot falls silent until staff are done or stay away for long."""
    conversation.status = "pending"
    conversation.handoff_reason = reason
    conversation.handed_off_at = now
    activities.record(
        session,
        "conversation.handed_over",
        actor=actor,
        now=now,
        contact_id=conversation.contact_id,
        reason=reason,
    )


def take(
    session: TenantSession,
    conversation: Conversation,
    staff: Staff,
    *,
    now: dt.datetime,
    reason: str = "replied",
) -> None:
    """A member of staff takes the thread; any human reply on any route does."""
    if conversation.owner_id != staff.id:
        conversation.owner_id = staff.id
        activities.record(
            session,
            "conversation.taken",
            actor=f"staff:{staff.key}",
            now=now,
            contact_id=conversation.contact_id,
        )
    conversation.status = "pending"
    conversation.handed_off_at = now
    if conversation.handoff_reason is None:
        conversation.handoff_reason = reason


def give_back(session: TenantSession, conversation: Conversation, *, now: dt.datetime, actor: str) -> None:
    """The bot answers again."""
    conversation.owner_id = None
    conversation.status = "open"
    conversation.handoff_reason = None
    conversation.handed_off_at = None
    activities.record(
        session, "conversation.given_back", actor=actor, now=now, contact_id=conversation.contact_id
    )


def is_held(conversation: Conversation) -> bool:
    """Whether somebody of the gym is in charge, known by name or not."""
    return conversation.owner_id is not None or conversation.handoff_reason == ANSWERED_ELSEWHERE


def is_with_staff(conversation: Conversation, *, now: dt.datetime) -> bool:
    """Whether a person has the thread, so that the bot keeps silent."""
    if conversation.status != "pending" or not is_held(conversation):
        return False
    last_human = max(filter(None, (conversation.handed_off_at, conversation.last_outbound_at)), default=None)
    return last_human is None or now - last_human < SILENT_FOR


def reply_as_staff(
    session: TenantSession, conversation: Conversation, contact_inbox: ContactInbox, staff: Staff, words: str, *,
    now: dt.datetime,
) -> Message | None:  # fmt: skip
    """Queue words of a person; they leave after the undo time, and the thread is theirs."""
    message = say(
        session, conversation, contact_inbox, text=words, purpose="human", author=f"staff:{staff.key}", now=now,
        due_at=now + UNDO_FOR,
    )  # fmt: skip
    take(session, conversation, staff, now=now)
    return message


def answered_elsewhere(
    session: TenantSession, conversation: Conversation, *, text: str | None, external_id: str, at: dt.datetime,
    now: dt.datetime,
) -> None:  # fmt: skip
    """Somebody of the gym wrote to the person in the platform's own app: the thread is theirs, whoever it was."""
    session.add(
        Message(
            gym_id=session.gym_id, conversation_id=conversation.id, contact_id=conversation.contact_id, direction="out",
            author=ELSEWHERE, text=text, external_id=external_id, at=at,
        )
    )  # fmt: skip
    conversation.last_outbound_at = max(filter(None, (conversation.last_outbound_at, at)))
    if conversation.owner_id is None:
        conversation.status, conversation.handoff_reason = "pending", ANSWERED_ELSEWHERE
    conversation.handed_off_at = now


def call_back(session: TenantSession, message: Message) -> bool:
    """Undo a staff reply that has not left; whether it was in time."""
    cancelled = deliveries.cancel_queued(session, "called back by staff", Delivery.message_id == message.id)
    if cancelled:
        session.delete(message)
    return bool(cancelled)


_WITH_ADDRESS = select(Conversation, ContactInbox).join(
    ContactInbox,
    (col(ContactInbox.gym_id) == Conversation.gym_id)
    & (col(ContactInbox.id) == Conversation.contact_inbox_id),
)


def of_contact(session: TenantSession, contact_id: uuid.UUID) -> tuple[Conversation, ContactInbox] | None:
    """The thread on which the person was last heard, with their address there."""
    return session.exec(
        _WITH_ADDRESS.where(Conversation.contact_id == contact_id).order_by(
            col(ContactInbox.last_inbound_at).desc().nulls_last()
        )
    ).first()


def with_address(session: TenantSession, conversation_id: uuid.UUID) -> tuple[Conversation, ContactInbox]:
    """A thread with the address that it leads to."""
    return session.exec(_WITH_ADDRESS.where(Conversation.id == conversation_id)).one()


def last_messages(session: TenantSession, conversation_id: uuid.UUID, *, limit: int = 5) -> list[Message]:
    """The end of the thread, oldest first."""
    rows = session.exec(
        select(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(limit)
    ).all()
    return list(reversed(rows))


def last_inbound(session: TenantSession, conversation_id: uuid.UUID) -> Message | None:
    """What the person wrote last."""
    session.flush()
    return session.exec(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.direction == "in")
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(1)
    ).first()


def record_turn(
    session: TenantSession, conversation: Conversation, events: Sequence[Mapping[str, Any]],
    state: Mapping[str, Any], *, now: dt.datetime,
) -> None:  # fmt: skip
    """Append one turn's dialogue events and keep their fold beside the thread."""
    conversation.turns += 1
    conversation.tracker = dict(state)
    session.add(
        TrackerEvents(
            gym_id=session.gym_id, conversation_id=conversation.id, turn=conversation.turns, at=now,
            events=[dict(event) for event in events],
        )
    )  # fmt: skip


def list_events(session: TenantSession, conversation_id: uuid.UUID) -> list[dict[str, Any]]:
    """All dialogue events of a thread, in order: what its state is a replay of."""
    rows = session.exec(
        select(TrackerEvents.events)
        .where(TrackerEvents.conversation_id == conversation_id)
        .order_by(col(TrackerEvents.turn))
    ).all()
    return [event for events in rows for event in events]
