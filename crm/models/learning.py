"""What a gym teaches its assistant: answers it did not have, messages it did not understand, models made of them."""

from __future__ import annotations

import datetime as dt
import uuid

from crm.models.base import GymTable, text_list


class Question(GymTable, table=True):
    """Something people ask that no record of the gym's answered when it was first asked."""

    __tablename__ = "questions"

    number: int
    """What staff call it by; counted up in each gym."""
    text: str
    """As it was first asked, without names, numbers and words about health."""
    wordings: list[str] = text_list(default_factory=list)
    """How others asked the same."""
    state: str = "open"
    """open, answered (once, for those who asked), learned (known from then on), forgotten or dismissed."""
    answer: str | None = None
    asked_at: dt.datetime
    answered_by: str | None = None
    """``staff:<key>``."""
    answered_at: dt.datetime | None = None
    learned_by: str | None = None
    learned_at: dt.datetime | None = None


class QuestionAsker(GymTable, table=True):
    """Somebody who waits for the answer to a question, and the thread on which they asked."""

    __tablename__ = "question_askers"

    question_id: uuid.UUID
    contact_id: uuid.UUID
    conversation_id: uuid.UUID
    words: str
    asked_at: dt.datetime
    told_at: dt.datetime | None = None
    """When the answer was queued for them."""
