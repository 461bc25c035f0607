"""What a gym teaches its assistant: answers it did not have, messages it did not understand, models made of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crm.models.base import GymTable, json_field, text_list


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


class ReviewItem(GymTable, table=True):
    """A message that was not understood, hardly understood, or understood wrongly; kept to learn from."""

    __tablename__ = "review_items"

    contact_id: uuid.UUID
    conversation_id: uuid.UUID
    kind: str
    """missed, unsure or corrected (a colleague took over after the assistant had answered)."""
    text: str
    """Without the writer's name and numbers; what touches on health is not kept at all."""
    signature: str
    """What the same words in other case and punctuation share; kept once a gym."""
    guesses: dict[str, float] = json_field(default_factory=dict)
    """Intents and how likely each seemed."""
    at: dt.datetime
    may_learn: bool
    """Whether it may be taught from: the person has not asked for no messages, nor is too young."""
    state: str = "open"
    """open, labelled or skipped."""
    intents: list[str] = text_list(default_factory=list)
    """What the team says it means, in spoken order."""
    labelled_by: str | None = None
    labelled_at: dt.datetime | None = None


class TrainedModel(GymTable, table=True):
    """A classifier learnt from the shipped sentences and a gym's labels, or the attempt at one."""

    __tablename__ = "trained_models"

    version: int
    lang: str
    state: str
    """training, published, replaced, refused or failed."""
    reason: str | None = None
    """Why it was not published."""
    examples: int = 0
    labelled: int = 0
    """How many of them the gym's team labelled."""
    figures: dict[str, Any] = json_field(default_factory=dict)
    """Right answers before and after: ``{"gym": {"n", "before", "after"}, "ours": {...}}``, shares of 1."""
    artefact: bytes | None = None
    begun_at: dt.datetime
    trained_at: dt.datetime | None = None
