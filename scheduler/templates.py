"""Message templates at the providers: send them in, and ask what became of them."""

from __future__ import annotations

import logging
import uuid

from sqlalchemy import text

from bot import message_templates, template_news
from bot.channels import CHANNELS
from bot.channels.base import InboxAccount, Review, SendFailed
from crm import db, gyms, template_reviews
from crm.models import Inbox
from scheduler.accounts import account_of

log = logging.getLogger(__name__)


def review_all() -> None:
    """Ask for every gym; webhooks tell of most changes, but not everywhere, and can be lost."""
    with db.database().system_session() as session:
        found = [row[0] for row in session.execute(text("SELECT id FROM door_gyms()")).all()]
    for gym_id in found:
        try:
            review(gym_id)
        except Exception:
            log.exception("the message templates of gym %s could not be looked at", gym_id)


def review(gym_id: uuid.UUID) -> int:
    """Ask the providers about one gym's templates; how many have changed. One that does not answer is left out."""
    changed = 0
    for inbox, account in _accounts(gym_id):
        try:
            told = CHANNELS[inbox.channel].reviews(account)
        except SendFailed as failed:
            log.info("no word on the message templates of inbox %s: %s", inbox.id, failed.detail)
            continue
        known = {(one.name, one.language) for one in told}
        told += [
            Review(one.name, one.language, "missing")
            for one in message_templates.everything()
            if (one.name, one.language) not in known
        ]
        with db.database().tenant_session(gym_id) as session:
            changed += template_news.note(session, inbox, told, session.now)
    return changed


def submit(gym_id: uuid.UUID) -> list[tuple[str, str, str]]:
    """Send in what the providers do not have yet: (channel, template, what became of it)."""
    review(gym_id)
    done: list[tuple[str, str, str]] = []
    for inbox, account in _accounts(gym_id):
        for template in message_templates.everything():
            with db.database().tenant_session(gym_id) as session:
                row = template_reviews.find(session, inbox.id, template.name, template.language)
            if row is not None and row.status != template_reviews.MISSING:
                done.append((inbox.channel, template.name, row.status))
                continue
            told: Review | None = None
            try:
                told = CHANNELS[inbox.channel].submit_template(account, template)
                outcome: str = told.status
            except SendFailed as failed:
                outcome = f"refused: {failed.detail}"
            if told is not None:
                with db.database().tenant_session(gym_id) as session:
                    template_news.note(session, inbox, [told], session.now)
            done.append((inbox.channel, template.name, outcome))
    return done


def _accounts(gym_id: uuid.UUID) -> list[tuple[Inbox, InboxAccount]]:
    with db.database().tenant_session(gym_id) as session:
        return [
            (
                inbox,
                account_of(inbox),
            )
            for inbox in gyms.list_inboxes(session)
            if CHANNELS[inbox.channel].limits.templates
        ]
