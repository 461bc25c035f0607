"""Questions that no record answers: asked of staff once, answered to everybody who asked, and known from then on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update

from crm import activities, gyms
from crm.db import TenantSession
from crm.errors import Conflict, NotFound
from crm.models import Contact, Question, QuestionAsker, new_id

LISTED = 30


class AlreadyAnswered(Conflict):
    """Somebody else answered the question first, or it is closed."""

    code = "already_answered"


def lock(session: TenantSession) -> None:
    """Hold back other turns that are about to ask staff something, until this one is committed.

    Two people who ask the same at one moment must find each other's question: there is one card, not two.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('questions:' || :gym, 0))"),
        {"gym": str(session.gym_id)},
    )


def ask(session: TenantSession, words: str, *, now: dt.datetime) -> Question:
    """Open a question; the caller holds the `lock` and has looked for the same one."""
    number = session.exec(select(func.coalesce(func.max(Question.number), 0) + 1)).one()
    question = Question(gym_id=session.gym_id, number=number, text=words, asked_at=now)
    session.add(question)
    session.flush()
    return question


def join(
    session: TenantSession, question: Question, *, contact_id: uuid.UUID, conversation_id: uuid.UUID, words: str,
    now: dt.datetime,
) -> bool:  # fmt: skip
    """Somebody waits for the answer too; whether they were not waiting already."""
    joined = session.execute(
        insert(QuestionAsker)
        .values(
            gym_id=session.gym_id, id=new_id(), question_id=question.id, contact_id=contact_id,
            conversation_id=conversation_id, words=words, asked_at=now,
        )
        .on_conflict_do_nothing(index_elements=["gym_id", "question_id", "conversation_id"])
        .returning(col(QuestionAsker.id))
    ).scalar()  # fmt: skip
    if joined is None:
        return False
    if words != question.text and words not in question.wordings:
        question.wordings = [*question.wordings, words]
    activities.record(
        session, "question.asked", actor="contact", now=now, contact_id=contact_id, number=question.number
    )
    session.flush()
    return True


def add(session: TenantSession, words: str, answer: str, *, actor: str, now: dt.datetime) -> Question:
    """A question and its answer that staff tell before anybody asked; known from now on."""
    lock(session)
    question = ask(session, words, now=now)
    question.state, question.answer = "answered", answer
    question.answered_by, question.answered_at = actor, now
    session.flush()
    learn(session, question, actor=actor, now=now)
    return question


def answer(session: TenantSession, question: Question, words: str, *, actor: str, now: dt.datetime) -> None:
    """Answer an open question, once: raises `AlreadyAnswered` for whoever comes second, even in the same instant."""
    if not _change(
        session, question, "open", state="answered", answer=words, answered_by=actor, answered_at=now
    ):
        raise AlreadyAnswered("this question is not open", status=question.state)
    activities.record(session, "question.answered", actor=actor, now=now, number=question.number)


def open_again(session: TenantSession, question: Question, askers: Sequence[QuestionAsker]) -> None:
    """Take an answer back that has not left; raises `Conflict` where it was remembered meanwhile."""
    if not _change(
        session, question, "answered", state="open", answer=None, answered_by=None, answered_at=None
    ):
        raise Conflict("the answer is remembered or forgotten by now", status=question.state)
    for asker in askers:
        asker.told_at = None
    session.flush()


def learn(session: TenantSession, question: Question, *, actor: str, now: dt.datetime) -> None:
    """Answer everybody so from now on; raises `Conflict` for a question without an answer."""
    if question.answer is None or question.state in ("open", "dismissed"):
        raise Conflict("there is no answer to remember", status=question.state)
    question.state, question.learned_by, question.learned_at = "learned", actor, now
    activities.record(session, "question.learned", actor=actor, now=now, number=question.number)
    session.flush()
    gyms.facts_changed(session)


def forget(session: TenantSession, question: Question, *, actor: str, now: dt.datetime) -> None:
    """Answer so no more; raises `Conflict` where it was not remembered."""
    if question.state != "learned":
        raise Conflict("this answer is not remembered", status=question.state)
    question.state = "forgotten"
    activities.record(session, "question.forgotten", actor=actor, now=now, number=question.number)
    session.flush()
    gyms.facts_changed(session)


def dismiss(session: TenantSession, question: Question, *, actor: str, now: dt.datetime) -> None:
    """It needs no answer from here; raises `AlreadyAnswered` where it has one."""
    if not _change(session, question, "open", state="dismissed", answered_by=actor, answered_at=now):
        raise AlreadyAnswered("this question is not open", status=question.state)
    activities.record(session, "question.dismissed", actor=actor, now=now, number=question.number)


def _change(session: TenantSession, question: Question, expected: str, **values: object) -> bool:
    """Change a question that is in the expected state; whether it was: of two at the same instant, one is first."""
    changed = session.execute(
        update(Question)
        .where(col(Question.id) == question.id, col(Question.state) == expected)
        .values(**values)
        .returning(col(Question.id))
    ).scalar()
    session.refresh(question)
    return changed is not None


def get(session: TenantSession, question_id: uuid.UUID) -> Question:
    """The question with that id; raises `NotFound`."""
    found = session.exec(select(Question).where(Question.id == question_id)).first()
    if found is None:
        raise NotFound("no such question", question_id=question_id)
    return found


def find_by_number(session: TenantSession, number: int) -> Question | None:
    """The question that staff call by that number."""
    return session.exec(select(Question).where(Question.number == number)).first()


def list_in(session: TenantSession, state: str, *, limit: int = LISTED) -> Sequence[Question]:
    """Questions in a state, the oldest first."""
    query = select(Question).where(Question.state == state).order_by(col(Question.number)).limit(limit)
    return session.exec(query).all()


def askers_of(session: TenantSession, question_id: uuid.UUID) -> Sequence[tuple[QuestionAsker, Contact]]:
    """Who asked it, in that order; people who were erased since aside."""
    return session.exec(
        select(QuestionAsker, Contact)
        .join(
            Contact,
            (col(Contact.gym_id) == QuestionAsker.gym_id) & (col(Contact.id) == QuestionAsker.contact_id),
        )
        .where(QuestionAsker.question_id == question_id, col(Contact.erased_at).is_(None))
        .order_by(col(QuestionAsker.asked_at), col(QuestionAsker.id))
    ).all()


def waiting_for(session: TenantSession, conversation_id: uuid.UUID) -> Sequence[Question]:
    """Open questions that were asked on a thread."""
    return session.exec(
        select(Question)
        .join(
            QuestionAsker,
            (col(QuestionAsker.gym_id) == Question.gym_id) & (col(QuestionAsker.question_id) == Question.id),
        )
        .where(QuestionAsker.conversation_id == conversation_id, Question.state == "open")
    ).all()


def of_contact(session: TenantSession, contact_id: uuid.UUID) -> Sequence[tuple[QuestionAsker, Question]]:
    """What somebody asked, oldest first."""
    return session.exec(
        select(QuestionAsker, Question)
        .join(
            Question,
            (col(Question.gym_id) == QuestionAsker.gym_id) & (col(Question.id) == QuestionAsker.question_id),
        )
        .where(QuestionAsker.contact_id == contact_id)
        .order_by(col(QuestionAsker.asked_at))
    ).all()


def forget_person(session: TenantSession, contact_id: uuid.UUID) -> None:
    """Take away who asked what. What the gym has made an answer of its own stays, without their wording.

    A question that only they wait for is closed and blanked.
    """
    for asker, question in of_contact(session, contact_id):
        question.wordings = [words for words in question.wordings if words != asker.words]
        others = [other for other, _ in askers_of(session, question.id) if other.contact_id != contact_id]
        if question.state != "learned" and not others:
            question.text, question.answer, question.wordings = "", None, []
            question.state = "dismissed"
        elif question.state != "learned" and question.text == asker.words:
            question.text = others[0].words
        session.delete(asker)
    session.flush()
