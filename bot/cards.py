"""What staff are shown: a card for each lead, lines about bookings, hand-overs, words to one trainer.

The group is quiet by default. A lead has one card, posted once and edited after that;
a message of its own is for a hot lead, a person who is wanted, and what failed. Phone
numbers and words about health stay out of the group: those go to the trainer alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import select

from bot import discretion, payloads, question_cards, wording
from bot.answers import LANGUAGE, after, record, titled, words
from bot.channels.base import Button
from bot.staff_turn import StaffSay
from bot.when_read import read_by
from crm import bookings, cards, contacts, conversations, deliveries, follow_ups, leads, notes
from crm.db import TenantSession
from crm.facts import GymFacts, OfferingFact, StaffGroup
from crm.lead_lists import HOT_FROM
from crm.models import Booking, Contact, Conversation, Inbox, Lead, Message, StaffCard

HOT = "hot"
"""`loud` of `lead_changed` for a lead worth a word at once; any other is why a person is wanted."""
LAST_LINES = 5
REASONS = frozenset(
    """asked not_understood billing complaint emergency injury price replied privacy member wants_to_join
    question language""".split()  # noqa: SIM905
)
"""Reasons of a hand-over that have words of their own."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """All that is known of a lead for showing it."""

    lead: Lead
    contact: Contact
    booking: Booking | None
    conversation: Conversation | None


def _subject(session: TenantSession, lead: Lead, *, now: dt.datetime) -> _Subject:
    contact = session.exec(select(Contact).where(Contact.id == lead.contact_id)).one()
    standing = bookings.upcoming(session, contact.id, now=now)
    thread = conversations.of_contact(session, contact.id)
    return _Subject(lead, contact, standing[0] if standing else None, thread[0] if thread else None)


def name_of(contact: Contact) -> str:
    """What to call somebody in front of staff."""
    return contact.name or words("utter_staff_nameless")


def guest_of(contact: Contact, booking: Booking) -> str:
    """Who comes: the person, or the one they booked for, with who booked."""
    if not booking.guest_name:
        return name_of(contact)
    return words("utter_staff_guest", guest=booking.guest_name, name=name_of(contact))


def stage_word(stage: str) -> str:
    """A stage as people write it: trial booked."""
    return stage.replace("_", " ")


def service_word(offering: OfferingFact) -> str:
    """An offering on a card: the trial is just "Trial"."""
    return words("utter_staff_trial") if offering.kind == "trial" else offering.name


def place_words(session: TenantSession, facts: GymFacts, booking: Booking) -> str:
    """A booking on a card: Trial, Wed 25 Nov 18:30 with Priya."""
    offering = bookings.offering_of(session, facts, booking.offering_id)
    return f"{service_word(offering)}, {when_words(facts, booking)}"


def when_words(facts: GymFacts, booking: Booking) -> str:
    """When and with whom: Wed 25 Nov 18:30 with Priya."""
    trainer = facts.staff_by_id(booking.trainer_id)
    place = wording.short_when(facts, booking.starts_at)
    return f"{place} {words('word_with', trainer=trainer.first_name)}" if trainer else place


def experience_word(experience: str | None) -> str | None:
    """never trained, some experience, trains already."""
    return (
        words(f"utter_staff_experience_{experience}") if experience in ("none", "some", "regular") else None
    )


def language_note(facts: GymFacts, contact: Contact) -> str | None:
    """What somebody writes in, where it is another language than the gym's; None where it is the gym's own."""
    if contact.other_language is not None:
        return words(
            "utter_staff_card_language_unspoken",
            language=wording.language_name(contact.other_language, LANGUAGE),
        )
    if contact.language == facts.gym.locale.replace("_", "-").partition("-")[0]:
        return None
    return words("utter_staff_card_language", language=wording.language_name(contact.language, LANGUAGE))


def headline(lead: Lead, contact: Contact) -> str:
    """The first line of a card: who, from where, how far, how promising."""
    return words(
        "utter_staff_card_head", number=lead.number, name=name_of(contact), source=lead.source,
        stage=stage_word(lead.stage), score=lead.score,
    )  # fmt: skip


def card_text(
    session: TenantSession, facts: GymFacts, lead: Lead, now: dt.datetime, *, in_full: bool = False
) -> str:
    """The card of a lead. `in_full` adds notes and where the time suits, for who asks for it."""
    about = _subject(session, lead, now=now)
    lines = [headline(lead, about.contact)]
    if lead.score_reasons:
        lines.append(words("utter_staff_card_why", reasons=", ".join(lead.score_reasons)))
    experience = experience_word(lead.experience)
    if lead.goal:
        known = f"{lead.goal} · {experience}" if experience else lead.goal
        lines.append(words("utter_staff_card_goal", goal=known))
    elif experience:
        lines.append(words("utter_staff_card_experience", experience=experience))
    if (language := language_note(facts, about.contact)) is not None:
        lines.append(language)
    if in_full and lead.preferred_time:
        lines.append(words("utter_staff_card_suits", times=discretion.for_group(lead.preferred_time)))
    if about.contact.health_note:
        lines.append(words("utter_staff_card_health"))
    if about.booking is not None:
        lines.append(words("utter_staff_card_booked", place=place_words(session, facts, about.booking)))
    if lead.last_words:
        lines.append(words("utter_staff_card_said", words=discretion.for_group(lead.last_words, longest=160)))
    kept = notes.list_of_contact(session, about.contact.id, limit=5)
    for note in (note for note in kept if note.actor == "contact"):
        said = discretion.for_group(note.data.get("words"), longest=160)
        lines.append(words("utter_staff_card_noted", words=said))
    if in_full:
        for note in (note for note in kept if note.actor != "contact"):
            author = facts.staff_by_key(note.actor.removeprefix("staff:"))
            said = discretion.for_group(note.data.get("words"), longest=200)
            lines.append(
                words("utter_staff_card_note", author=author.first_name if author else note.actor, words=said)
            )
        if _has_trainer_note(session, about.contact.id):
            lines.append(words("utter_staff_card_trainer_note"))
    lines.append(words("utter_staff_card_next", step=_next_step(session, facts, about)))
    holder = facts.staff_by_id(lead.assigned_to)
    if holder is not None:
        lines.append(words("utter_staff_card_with", name=holder.first_name))
    return "\n".join(lines)


def _has_trainer_note(session: TenantSession, contact_id: uuid.UUID) -> bool:
    return any(
        note.data.get("for_trainers") for note in notes.list_of_contact(session, contact_id, of_trainers=True)
    )


def _next_step(session: TenantSession, facts: GymFacts, about: _Subject) -> str:
    lead, conversation = about.lead, about.conversation
    if lead.stage == leads.LOST:
        return words("utter_staff_next_lost", reason=lead.lost_reason or words("utter_staff_no_reason"))
    if lead.stage == leads.WON:
        return words("utter_staff_next_won")
    if conversation is not None and conversation.status == "pending":
        owner = facts.staff_by_id(conversation.owner_id)
        if owner is not None:
            return words("utter_staff_next_answering", name=owner.first_name)
        return words("utter_staff_next_wanted", reason=reason_words(conversation.handoff_reason))
    due = follow_ups.list_open(session, lead_id=lead.id, limit=1)
    if due:
        follow_up = due[0][0]
        return words(
            "utter_staff_next_follow_up",
            when=wording.short_when(facts, follow_up.due_at),
            words=follow_up.words,
        ).rstrip(" :")
    if about.booking is not None:
        return words("utter_staff_next_greet", when=wording.short_when(facts, about.booking.starts_at))
    if lead.stage == "trial_attended":
        return words("utter_staff_next_after_trial")
    return words("utter_staff_next_offer")


def reason_words(reason: str | None) -> str:
    """Why a person is wanted, in words."""
    if reason in REASONS:
        return words(f"utter_staff_reason_{reason}")
    return (reason or words("utter_staff_reason_asked")).replace("_", " ")


def card_buttons(lead: Lead) -> tuple[Button, ...]:
    """What can be done with a lead at a tap."""
    number = f"#{lead.number}"
    if lead.closed_at is not None:
        return (titled("utter_staff_button_reply", "reply", number),)
    claim = () if lead.assigned_to else (titled("utter_staff_button_claim", "claim", number),)
    return (
        *claim,
        titled("utter_staff_button_reply", "reply", number),
        titled("utter_staff_button_book", "book", number),
        titled("utter_staff_button_won", "won", number),
        titled("utter_staff_button_lost", "lost", number),
        titled("utter_staff_button_snooze", "snooze", number),
    )


def _content(text: str, buttons: Sequence[Button]) -> dict[str, Any]:
    shown = [{"id": button.id, "title": button.title} for button in buttons]
    return {"text": text, **({"buttons": shown} if shown else {})}


def lead_changed(
    session: TenantSession, facts: GymFacts, lead_id: uuid.UUID, now: dt.datetime, *, loud: str | None = None
) -> None:
    """Bring the lead's card in the staff group up to date: posted the first time, edited after that.

    `loud` also writes a message of its own: `HOT` once a lead, else as a hand-over for
    that reason, with all that a person needs to take over. A lead that has become hot
    without a booking is told of by itself.
    """
    group = facts.staff_group
    if group is None:
        return
    session.flush()
    lead = session.get(Lead, (session.gym_id, lead_id))
    assert lead is not None, "the caller has it"
    cards.show(session, group, f"lead:{lead.id}", lead_id=lead.id, now=now)
    if loud is not None and loud != HOT:
        _tell_wanted(session, group, facts, lead, loud, now)
    elif loud == HOT or (lead.score >= HOT_FROM and lead.closed_at is None and lead.assigned_to is None):
        _tell_hot(session, group, lead, now, is_sure=loud == HOT)


def draw(session: TenantSession, facts: GymFacts, card: StaffCard, now: dt.datetime) -> dict[str, Any]:
    """What a card shows at this moment: text and buttons."""
    if question_cards.is_one(card):
        return question_cards.draw(session, facts, card)
    lead = session.exec(select(Lead).where(Lead.id == card.lead_id)).one()
    return _content(card_text(session, facts, lead, now), card_buttons(lead))


def _tell_hot(
    session: TenantSession, group: StaffGroup, lead: Lead, now: dt.datetime, *, is_sure: bool
) -> None:
    about = _subject(session, lead, now=now)
    is_handled = about.booking is not None or (
        about.conversation is not None and about.conversation.status == "pending"
    )
    if is_handled and not is_sure:
        return
    text = words(
        "utter_staff_hot", name=name_of(about.contact), number=lead.number, source=lead.source,
        reasons=", ".join(lead.score_reasons) or words("utter_staff_no_reason"),
        words=discretion.for_group(lead.last_words, longest=160),
    )  # fmt: skip
    claim = () if lead.assigned_to else (titled("utter_staff_button_claim", "claim", f"#{lead.number}"),)
    _queue(
        session, group, group.chat, StaffSay(text, claim), now, contact_id=lead.contact_id,
        dedupe_key=f"hot:{lead.id}",
    )  # fmt: skip


def _tell_wanted(
    session: TenantSession, group: StaffGroup, facts: GymFacts, lead: Lead, reason: str, now: dt.datetime
) -> None:
    """The packet of a hand-over: who, channel, why, goal, what is known, the last lines, what was promised."""
    about = _subject(session, lead, now=now)
    channel = channel_of(session, about.conversation) or lead.source
    lines = [
        words("utter_staff_wanted", name=name_of(about.contact), number=lead.number, channel=channel),
        words("utter_staff_wanted_why", reason=reason_words(reason)),
    ]
    known = [part for part in (lead.goal, experience_word(lead.experience), lead.preferred_time) if part]
    if known:
        lines.append(words("utter_staff_card_goal", goal=" · ".join(known)))
    if about.booking is not None:
        lines.append(words("utter_staff_card_booked", place=place_words(session, facts, about.booking)))
    thread = _last_lines(session, about.conversation)
    if thread:
        lines.append(words("utter_staff_wanted_lines"))
        # What the person said matters; of the bot's words the beginning is enough.
        lines += [
            f"  {line_of(facts, message, about.contact, longest=200 if message.direction == 'in' else 90)}"
            for message in thread
        ]
    elif lead.last_words:
        lines.append(words("utter_staff_card_said", words=discretion.for_group(lead.last_words)))
    promise = read_by(facts, now, LANGUAGE)
    lines.append(words("utter_staff_wanted_promised", when=promise))
    lines.append(words("utter_staff_wanted_how", name=name_of(about.contact)))
    number = f"#{lead.number}"
    buttons = (
        titled("utter_staff_button_claim", "claim", number),
        titled("utter_staff_button_reply", "reply", number),
        titled("utter_staff_button_give_back", "giveback", number),
    )
    say = StaffSay("\n".join(lines), buttons)
    _queue(session, group, group.chat, say, now, contact_id=lead.contact_id)


def _last_lines(session: TenantSession, conversation: Conversation | None) -> list[Message]:
    return conversations.last_messages(session, conversation.id, limit=LAST_LINES) if conversation else []


def line_of(facts: GymFacts, message: Message, contact: Contact, *, longest: int = 200) -> str:
    """One line of a thread as staff may see it: who said it, and the words."""
    if message.author == "contact":
        author = contacts.first_name(contact) or words("utter_staff_nameless")
    elif message.author.startswith("staff:"):
        person = facts.staff_by_key(message.author.removeprefix("staff:"))
        author = person.first_name if person else message.author.removeprefix("staff:")
    else:
        author = words("utter_staff_bot")
    said = discretion.for_group(message.text, longest=longest) or words("utter_staff_no_text")
    sources = message.content.get("sources")
    source = after("utter_staff_from_list", sources="; ".join(sources)) if sources else ""
    return f"{author}: {said}{source}"


def channel_of(session: TenantSession, conversation: Conversation | None) -> str | None:
    """The channel that a thread is on."""
    if conversation is None:
        return None
    return session.exec(select(Inbox.channel).where(Inbox.id == conversation.inbox_id)).first()


def channel_name(channel: str) -> str:
    """A channel as people call it."""
    return words(f"utter_staff_channel_{channel.replace('-', '_')}")


def relay(session: TenantSession, facts: GymFacts, lead_id: uuid.UUID, text: str, now: dt.datetime) -> None:
    """Show staff what somebody wrote whose thread a person has; a quote-reply to it answers them."""
    group = facts.staff_group
    if group is None:
        return
    lead = session.exec(select(Lead).where(Lead.id == lead_id)).one()
    contact = session.exec(select(Contact).where(Contact.id == lead.contact_id)).one()
    thread = conversations.of_contact(session, contact.id)
    channel = channel_of(session, thread[0] if thread else None) or lead.source
    say = StaffSay(
        words(
            "utter_staff_relayed",
            name=name_of(contact),
            channel=channel,
            words=discretion.for_group(text, longest=600),
        )
    )
    _queue(session, group, group.chat, say, now, contact_id=contact.id)


def tell_group(
    session: TenantSession, facts: GymFacts, key: str, params: Mapping[str, Any], now: dt.datetime,
    buttons: Sequence[Button] = (), *, contact_id: uuid.UUID | None = None, dedupe_key: str | None = None,
) -> None:  # fmt: skip
    """Write a message of its own into the staff group.

    With `contact_id` a quote-reply to it is sent to that person: only for messages that
    ask for an answer to them, for colleagues also reply to each other's news.
    """
    group = facts.staff_group
    if group is not None:
        say = StaffSay(words(key, **params), tuple(buttons))
        _queue(session, group, group.chat, say, now, contact_id=contact_id, dedupe_key=dedupe_key)


def tell_trainer(
    session: TenantSession, facts: GymFacts, trainer_id: uuid.UUID | None, key: str, params: Mapping[str, Any],
    now: dt.datetime, buttons: Sequence[Button] = (), *, dedupe_key: str | None = None,
) -> bool:  # fmt: skip
    """Write to a member of staff in their own chat; whether they can be reached there."""
    person = facts.staff_by_id(trainer_id)
    group = facts.staff_group
    if person is None or person.chat_address is None or group is None:
        return False
    say = StaffSay(words(key, **params), tuple(buttons))
    _queue(session, group, person.chat_address, say, now, dedupe_key=dedupe_key)
    return True


def _queue(
    session: TenantSession, group: StaffGroup, chat: str, say: StaffSay, now: dt.datetime, *,
    contact_id: uuid.UUID | None = None, dedupe_key: str | None = None,
) -> None:  # fmt: skip
    session.flush()
    deliveries.queue(
        session, inbox_id=group.inbox_id, address=chat, purpose="staff", content=_content(say.text, say.buttons), now=now,
        contact_id=contact_id, dedupe_key=dedupe_key,
    )  # fmt: skip


def follow_up_due(session: TenantSession, facts: GymFacts, follow_up_id: uuid.UUID, now: dt.datetime) -> bool:
    """Remind a member of staff of a to-do, with what it is about; whether it was still open.

    It goes to their own chat where they have one, else into the group with their name.
    """
    group = facts.staff_group
    follow_up = follow_ups.get(session, follow_up_id)
    if group is None or follow_up.done_at is not None:
        return False
    lead = session.exec(select(Lead).where(Lead.id == follow_up.lead_id)).one()
    person = facts.staff_by_id(follow_up.staff_id)
    target = record("f", follow_up.id)
    text = words(
        "utter_staff_follow_up_due", staff=person.first_name if person else words("utter_staff_everybody"),
        words=follow_up.words or words("utter_staff_follow_up_plain"), card=card_text(session, facts, lead, now),
    )  # fmt: skip
    buttons = (
        titled("utter_staff_button_follow_up_done", "done", target),
        titled("utter_staff_button_later", "snooze", target),
        titled("utter_staff_button_drop", "drop", target),
    )
    chat = person.chat_address if person and person.chat_address else group.chat
    _queue(
        session, group, chat, StaffSay(text, buttons), now, contact_id=lead.contact_id,
        dedupe_key=f"follow_up_due:{follow_up.id}:{payloads.minute(follow_up.due_at)}",
    )  # fmt: skip
    return True
