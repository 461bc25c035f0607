"""What providers decide about our message templates, and what staff hear of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bot import cards, message_templates
from bot.channels.base import Incoming, Review
from crm import facts, template_reviews
from crm.db import TenantSession
from crm.models import Inbox


def follow(session: TenantSession, inbox: Inbox, event: Incoming, now: dt.datetime) -> None:
    """A webhook tells of a template; notices about its quality alone change nothing for us."""
    status = event.extra.get("review")
    if status is None:
        return
    category = event.extra.get("category")
    told = Review(
        str(event.extra.get("name", "")), str(event.extra.get("language", message_templates.DEFAULT_LANGUAGE)),
        status, category=str(category) if category else None,
        reason=None if event.extra.get("reason") in (None, "NONE") else str(event.extra["reason"]),
    )  # fmt: skip
    note(session, inbox, [told], now)


def note(session: TenantSession, inbox: Inbox, reviews: Iterable[Review], now: dt.datetime) -> int:
    """Take over the state of our own templates; staff hear of one that can't be used any more. How many changed."""
    changed = 0
    for told in reviews:
        if told.name not in message_templates.catalogue(told.language):
            continue
        if template_reviews.note(session, inbox.id, told, now=now):
            changed += 1
            if told.status in template_reviews.BAD:
                tell(session, inbox, told, now)
    return changed


def tell(session: TenantSession, inbox: Inbox, told: Review, now: dt.datetime) -> None:
    """One line in the staff group: which one, what became of it, why."""
    cards.tell_group(
        session, facts.load(session), "utter_staff_template_bad",
        {
            "name": told.name, "channel": cards.channel_name(inbox.channel), "status": told.status,
            "why": f" ({told.reason.rstrip('.')})" if told.reason else "",
        },
        now, dedupe_key=f"template:{inbox.id}:{told.name}:{told.language}:{now.isoformat()}",
    )  # fmt: skip
