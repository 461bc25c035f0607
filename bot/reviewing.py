"""Which messages are put on the review list: what was missed, what was hardly understood, what a colleague corrected."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from bot import discretion, nlu, own_questions
from bot.turn import Turn
from crm import conversations, reviews
from crm.conversations import NOT_UNDERSTOOD
from crm.db import TenantSession
from crm.models import Contact, Conversation, ReviewItem
from nlu_models.parse import Parse

LONGEST = 500
SHORTEST = 3
"""Characters; less says nothing by itself."""
GUESSES = 5
SOON = dt.timedelta(minutes=30)
"""A colleague who writes so soon after the assistant's answer may be putting it right."""


def look(turn: Turn, misses_before: int, handed_over: str | None) -> None:
    """Keep the turn's message where it was missed or hardly understood, in the turn's own commit."""
    if turn.parse.vectors is None or turn.tapped is not None:
        return
    was_missed = handed_over == NOT_UNDERSTOOD or int(turn.slot("misses") or 0) > misses_before
    if was_missed or turn.parse.intent.confidence < nlu.ACT:
        age, minimum = turn.entity("age"), turn.facts.terms.get("minimum_age")
        is_young = (
            age is not None
            and isinstance(age.value, int)
            and isinstance(minimum, int)
            and age.value < minimum
        )
        _keep(
            turn.session, turn.contact, turn.conversation.id, turn.text, "missed" if was_missed else "unsure",
            _guesses(turn.parse), turn.now, may_learn=not is_young and turn.entity("health") is None,
        )  # fmt: skip


def taken_over(
    session: TenantSession, contact: Contact, conversation: Conversation, now: dt.datetime
) -> None:
    """A colleague writes to somebody whom the assistant has only just answered: perhaps it was wrong."""
    if conversation.status != "open":
        return
    said = conversations.last_messages(session, conversation.id, limit=1)
    if said and said[0].author == "bot" and now - said[0].at < SOON:
        corrected(session, contact, conversation, now)


def corrected(
    session: TenantSession, contact: Contact, conversation: Conversation, now: dt.datetime
) -> ReviewItem | None:
    """The last message of somebody was answered wrongly: the item it is kept as; None where it can't be kept."""
    last = conversations.last_inbound(session, conversation.id)
    if last is None or not last.text:
        return None
    return _keep(
        session, contact, conversation.id, last.text, "corrected", _remembered(session, conversation), now,
        may_learn=True,
    )  # fmt: skip


def _keep(
    session: TenantSession, contact: Contact, conversation_id: uuid.UUID, text: str, kind: reviews.Kind,
    guesses: Mapping[str, float], now: dt.datetime, *, may_learn: bool,
) -> ReviewItem | None:  # fmt: skip
    if len(text.strip()) < SHORTEST or discretion.mentions_health(text):
        return None
    return reviews.keep(
        session, own_questions.without_name(text, contact, longest=LONGEST), kind=kind, contact_id=contact.id,
        conversation_id=conversation_id, guesses=guesses, may_learn=may_learn, now=now,
    )  # fmt: skip


def _guesses(parse: Parse) -> dict[str, float]:
    ranked: dict[str, float] = {}
    for intent in (*parse.intents, *parse.ranking):
        ranked.setdefault(intent.name, round(intent.confidence, 3))
    return dict(list(ranked.items())[:GUESSES])


def _remembered(session: TenantSession, conversation: Conversation) -> dict[str, float]:
    """What the last message was taken for, as the tracker keeps it."""
    for event in reversed(conversations.list_events(session, conversation.id)):
        if event.get("event") == "user":
            ranked = (event.get("parse_data") or {}).get("intent_ranking") or ()
            return {str(one["name"]): float(one["confidence"]) for one in ranked[:GUESSES]}
    return {}
