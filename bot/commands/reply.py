"""/reply: write to a customer. Nothing else said in the group does."""

from __future__ import annotations

import datetime as dt

from sqlmodel import select

from bot import cards, names, reversals, reviewing
from bot.answers import AnswerHere, after, answer, is_plain, words
from bot.channels import CHANNELS
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import consents, contacts, conversations, leads
from crm.models import ContactInbox, Conversation, Staff


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Send the words after the undo time; the thread is then theirs. Says to whom and on which channel."""
    person = names.person_in(turn, text, free_text=True)
    if is_plain(turn):
        return [answer("utter_staff_reply_slash", name=person.name)] if person.is_first else []
    found = _thread(turn, person)
    if found is None:
        return [answer("utter_staff_reply_no_thread", name=person.name)]
    conversation, contact_inbox = found
    channel = cards.channel_of(turn.session, conversation) or ""
    said = _said(person)
    if not said:
        if turn.incoming.kind == "choice":
            return [
                AnswerHere(
                    words("utter_staff_reply_here", name=person.name, channel=channel), (), person.contact.id
                )
            ]
        return [answer("utter_staff_reply_what", name=person.name)]
    is_stopped = consents.agreed(turn.session, person.contact.id).get("everything") is False
    if is_stopped and not consents.has_written_since_stop(turn.session, person.contact.id):
        return [answer("utter_staff_reply_opted_out", name=person.name)]
    return [_send(turn, person, conversation, contact_inbox, channel, said)]


def _send(
    turn: StaffTurn, person: names.Person, conversation: Conversation, contact_inbox: ContactInbox, channel: str,
    said: str,
) -> StaffSay:  # fmt: skip
    me = turn.session.exec(select(Staff).where(Staff.id == turn.staff.id)).one()
    before = {
        "conversation": conversation.id, "owner": conversation.owner_id, "status": conversation.status,
        "reason": conversation.handoff_reason, "holder": person.lead.assigned_to if person.lead else None,
        "stage": person.lead.stage if person.lead else None,
        "is_first": person.lead is not None and person.lead.first_human_reply_at is None,
    }  # fmt: skip
    reviewing.taken_over(turn.session, person.contact, conversation, turn.now)
    message = conversations.reply_as_staff(turn.session, conversation, contact_inbox, me, said, now=turn.now)
    turn.session.flush()
    if person.lead is not None:
        lead = person.lead
        lead.first_human_reply_at = lead.first_human_reply_at or turn.now
        lead.assigned_to = lead.assigned_to or turn.staff.id
        leads.advance(turn.session, lead, "contacted", turn.facts.stages, actor=turn.actor, now=turn.now)
        cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    undo = (
        (reversals.remember(turn, "reply", message=message.id, contact=person.contact.id, **before),)
        if message
        else ()
    )
    text = words("utter_staff_reply_sends", name=person.name, channel=channel, words=said)
    window = CHANNELS[channel].limits.reply_window if channel in CHANNELS else None
    if window is not None and _is_closed(contact_inbox, window, turn.now):
        hours = int(window.total_seconds() // 3600)
        text += "\n" + after("utter_staff_reply_window", channel=channel, hours=hours).strip()
    return StaffSay(text, undo)


def _is_closed(contact_inbox: ContactInbox, window: dt.timedelta, now: dt.datetime) -> bool:
    return contact_inbox.last_inbound_at is None or now - contact_inbox.last_inbound_at > window


def _said(person: names.Person) -> str:
    """The words as they were written: line breaks and all, only what parted them from the name is gone."""
    return person.rest.strip().lstrip(":,;-–—").strip()


def _thread(turn: StaffTurn, person: names.Person) -> tuple[Conversation, ContactInbox] | None:
    found = conversations.of_contact(turn.session, person.contact.id)
    if found is not None:
        return found
    known = contacts.inboxes_of(turn.session, person.contact.id)
    return (conversations.ensure(turn.session, known[0][0], now=turn.now), known[0][0]) if known else None


COMMAND = Command(
    "reply",
    "Writes to a customer, after 10 seconds to undo it.",
    "/reply <name>: words",
    DESK,
    handle,
    aliases=("reply to", "reply"),
)
