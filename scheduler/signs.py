"""Signs of life: read marks, "is writing", the end of a tapped button's waiting.

They are a courtesy. They have threads of their own, nothing waits for them, and when
there are too many of them the rest is left out.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from bot.channels import CHANNELS
from bot.channels.base import InboxAccount, Incoming
from crm import db, inbound
from crm.config import settings
from crm.models import InboundPayload, Inbox
from crm.vault import unseal_credentials
from scheduler.accounts import account_of

log = logging.getLogger(__name__)

THREADS, MOST_WAITING = 2, 32
_room = threading.BoundedSemaphore(MOST_WAITING)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="sign")


def show_typing() -> None:
    """Whoever is still typing, or waits for the answer, sees that they are read and that somebody is at it."""
    if not settings().show_typing:
        return
    with db.database().system_session() as session:
        fresh = inbound.take_unseen(session, most=MOST_WAITING)
    for one in fresh:
        channel = CHANNELS[one.channel]
        if channel.limits.shows_typing:
            account = InboxAccount(one.key, one.channel, one.external_id, unseal_credentials(one.credentials))
            _show(account, channel.parse(one.payload), answering=True)


def mark_read(inbox: Inbox, payloads: Iterable[InboundPayload]) -> None:
    """What was handled without waiting for more: the tapped button stops turning, the picture is marked as read."""
    channel = CHANNELS[inbox.channel]
    if not settings().show_typing or not channel.limits.shows_typing:
        return
    events = [
        event
        for payload in payloads
        if not payload.waits
        for event in channel.parse(payload.payload)
        if event.action == "handle"
    ]
    if events:
        account = account_of(inbox)
        _show(account, events, answering=False)


def _show(account: InboxAccount, events: Iterable[Incoming], *, answering: bool) -> None:
    for event in events:
        if event.action != "handle" or not event.message_id or not _room.acquire(blocking=False):
            continue
        # In a group nobody waits for the bot alone.
        typing = answering and event.group_id is None
        _threads().submit(_seen, account, event.address, event.message_id, answering=typing)


def _seen(account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:
    try:
        CHANNELS[account.channel].seen(account, address, message_id, answering=answering)
    except Exception:
        log.exception("could not show a sign on %s", account.channel)
    finally:
        _room.release()
