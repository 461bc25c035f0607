"""The card of a question that staff are asked: who wants to know, the words, and what became of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from bot import wording
from bot.answers import titled, words
from crm import cards, questions
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Contact, Conversation, Inbox, Question, StaffCard

SUBJECT = "question:"
CLOSED = {"dismissed": "utter_staff_question_dismissed", "forgotten": "utter_staff_question_forgotten"}


def show(session: TenantSession, facts: GymFacts, question: Question, now: dt.datetime) -> None:
    """Bring the question's card in the staff group up to date: posted once, edited after that."""
    if facts.staff_group is not None:
        cards.show(session, facts.staff_group, f"{SUBJECT}{question.id}", now=now)


def is_one(card: StaffCard) -> bool:
    """Whether a card is a question's."""
    return card.subject.startswith(SUBJECT)


def question_of(session: TenantSession, chat: str, external_id: str) -> Question | None:
    """The question whose card has that provider id in that chat."""
    subject = cards.find_subject_of_message(session, chat, external_id)
    if subject is None or not subject.startswith(SUBJECT):
        return None
    return questions.get(session, uuid.UUID(subject.removeprefix(SUBJECT)))


def draw(session: TenantSession, facts: GymFacts, card: StaffCard) -> dict[str, Any]:
    """What the card shows at this moment: text and buttons."""
    question = questions.get(session, uuid.UUID(card.subject.removeprefix(SUBJECT)))
    text, buttons = text_of(session, facts, question), buttons_of(question)
    return {
        "text": text,
        **({"buttons": [{"id": b.id, "title": b.title} for b in buttons]} if buttons else {}),
    }


def text_of(session: TenantSession, facts: GymFacts, question: Question) -> str:
    """The card's words."""
    lines = [
        words("utter_staff_question_head", number=question.number, people=people_of(session, question)),
        words("utter_staff_card_said", words=question.text),
        *(words("utter_staff_question_also", words=said) for said in question.wordings),
    ]
    if question.state == "open":
        lines.append(words("utter_staff_question_how", number=question.number))
    elif question.state in CLOSED:
        lines.append(words(CLOSED[question.state]))
    else:
        lines.append(words("utter_staff_question_answer", staff=who(facts, question), answer=question.answer))
        if question.state == "learned":
            lines.append(words("utter_staff_question_remembered"))
    return "\n".join(lines)


def buttons_of(question: Question) -> Sequence[Any]:
    """What can be done with it at a tap."""
    number = str(question.number)
    if question.state == "open":
        return (titled("utter_staff_button_dismiss", "questions", "dismiss", number),)
    if question.state == "answered":
        return (titled("utter_staff_button_remember", "remember", number),)
    return (titled("utter_staff_button_forget", "forget", number),) if question.state == "learned" else ()


def people_of(session: TenantSession, question: Question) -> str:
    """Who asked, each with their channel: Ana Silva (whatsapp) and Ben (sms)."""
    names: dict[uuid.UUID, str] = {}
    for asker, contact in questions.askers_of(session, question.id):
        channel = session.exec(
            select(Inbox.channel)
            .join(
                Conversation,
                (col(Conversation.gym_id) == Inbox.gym_id) & (col(Conversation.inbox_id) == Inbox.id),
            )
            .where(Conversation.id == asker.conversation_id)
        ).first()
        names.setdefault(
            contact.id, words("utter_staff_question_person", name=name_of(contact), channel=channel or "?")
        )
    return wording.listing(list(names.values())) or words("utter_staff_nameless")


def name_of(contact: Contact) -> str:
    """What to call somebody in front of staff."""
    return contact.name or words("utter_staff_nameless")


def who(facts: GymFacts, question: Question) -> str:
    """Who of the staff answered it."""
    key = (question.answered_by or "").removeprefix("staff:")
    person = facts.staff_by_key(key)
    return person.first_name if person else key
