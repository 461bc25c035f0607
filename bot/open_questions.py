"""What no record answers: put to staff once, and their answer passed on to everybody who asked."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlmodel import col, select

from bot import cards, own_questions, question_cards, responses, ways
from bot.channels import CHANNELS
from bot.turn import Turn
from crm import consents, conversations, deliveries, questions
from crm.db import TenantSession
from crm.facts import GymFacts, StaffFact
from crm.models import Contact, Conversation, Message, Question, QuestionAsker
from nlu_models.encoder import Vectors

REASON = "question"
"""The reason of a hand-over for the sake of one answer: the rest of the talk stays the bot's."""


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody whom an answer goes to."""

    name: str
    channel: str
    message_id: uuid.UUID
    asker_id: uuid.UUID
    is_window_closed: bool


def ask(turn: Turn) -> None:
    """Put what nothing answers of the message to staff; one card for all who ask the same."""
    questions.lock(turn.session)
    for text, vector in own_questions.unanswered(turn.facts, turn.parse, turn.handling, turn.unknown):
        _ask(turn, own_questions.kept_words(text, turn.contact), vector)


def _ask(turn: Turn, words: str, vector: Vectors | None) -> None:
    waiting = questions.list_in(turn.session, "open", limit=200)
    question = own_questions.same(waiting, words, vector)
    question = question or questions.ask(turn.session, words, now=turn.now)
    joined = questions.join(
        turn.session, question, contact_id=turn.contact.id, conversation_id=turn.conversation.id, words=words,
        now=turn.now,
    )  # fmt: skip
    if joined:
        question_cards.show(turn.session, turn.facts, question, turn.now)


def tell(
    session: TenantSession, question: Question, staff: StaffFact, now: dt.datetime
) -> tuple[list[Told], list[str]]:
    """Queue the answer for everybody who waits for it; who gets it, and the names of those who want no messages.

    It leaves after the undo time. Their threads are the bot's again, unless a colleague has them or
    another question of theirs is open.
    """
    told: list[Told] = []
    refused: list[str] = []
    reached: set[uuid.UUID] = set()
    for asker, contact in questions.askers_of(session, question.id):
        if asker.told_at is not None or contact.id in reached:
            continue
        stopped = consents.agreed(session, contact.id).get("everything") is False
        if stopped and not consents.has_written_since_stop(session, contact.id):
            refused.append(question_cards.name_of(contact))
            continue
        sent = _send(session, asker, contact, question, staff, now)
        if sent is not None:
            reached.add(contact.id)
            told.append(sent)
    session.flush()
    return told, refused


def _send(
    session: TenantSession, asker: QuestionAsker, contact: Contact, question: Question, staff: StaffFact,
    now: dt.datetime,
) -> Told | None:  # fmt: skip
    asked_on, asked_from = conversations.with_address(session, asker.conversation_id)
    conversation, where = ways.best(session, (asked_on, asked_from), None, now=now)
    text = responses.render(
        contact.language, "utter_question_answered", question=asker.words, answer=question.answer
    )
    message = conversations.say(
        session, conversation, where, text=text, purpose="human", author=f"staff:{staff.key}", now=now,
        due_at=now + conversations.UNDO_FOR,
    )  # fmt: skip
    if message is None:
        return None
    session.flush()
    asker.told_at = now
    session.flush()
    if is_only_waiting(asked_on) and not questions.waiting_for(session, asked_on.id):
        conversations.give_back(session, asked_on, now=now, actor=f"staff:{staff.key}")
    channel = cards.channel_of(session, conversation) or "?"
    window = CHANNELS[channel].limits.reply_window if channel in CHANNELS else None
    is_closed = window is not None and not deliveries.is_window_open(where, now=now, window=window)
    return Told(question_cards.name_of(contact), channel, message.id, asker.id, is_closed)


def is_only_waiting(conversation: Conversation) -> bool:
    """Whether a thread waits for an answer, and no colleague has it for another reason."""
    return (
        conversation.status == "pending"
        and conversation.handoff_reason == REASON
        and conversation.owner_id is None
    )


def take_back(
    session: TenantSession, facts: GymFacts, question: Question, message_ids: list[uuid.UUID],
    asker_ids: list[uuid.UUID], now: dt.datetime,
) -> bool:  # fmt: skip
    """Undo an answer of which nothing has left: the question is open again. False, and nothing is changed, where it is too late."""
    messages = session.exec(select(Message).where(col(Message.id).in_(message_ids))).all()
    if not deliveries.are_queued(session, message_ids):
        return False
    askers = session.exec(select(QuestionAsker).where(col(QuestionAsker.id).in_(asker_ids))).all()
    questions.open_again(session, question, askers)
    for message in messages:
        conversations.call_back(session, message)
    for asker in askers:
        thread = session.exec(select(Conversation).where(Conversation.id == asker.conversation_id)).one()
        if thread.status != "pending":
            conversations.hand_over(session, thread, REASON, now=now, actor="staff")
    question_cards.show(session, facts, question, now)
    return True
