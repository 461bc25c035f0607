"""Drain what came in: one address at a time, its oldest payload first, one commit an address."""

from __future__ import annotations

import datetime as dt
import logging
import random
import traceback
import uuid
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from bot import engine
from bot.channels import CHANNELS
from crm import contacts, db, inbound
from crm.config import settings
from crm.models import Inbox
from scheduler import signs
from scheduler.accounts import account_of

log = logging.getLogger(__name__)

BATCH = 32
TOGETHER = 50
"""Messages of one address in one transaction: a burst is one turn."""
RETRIES = 3
TRANSIENT = ("40001", "40P01", "55P03")
"""SQLSTATE of a serialisation failure, a deadlock and a lock timeout: the same work may succeed next time."""
_tell_all: set[uuid.UUID] = set()
"""Inboxes whose webhooks tell all there is: an inbox never changes its channel, so a transaction each time is spared."""


def drain(*, most: int | None = None) -> int:
    """Handle every address whose burst is over, `most` of them at most; how many there were.

    Workers at it together begin at different places of the same list, and look anew as
    soon as they meet.
    """
    config, database = settings(), db.database()
    wait = dt.timedelta(seconds=config.burst_wait_seconds)
    cap = dt.timedelta(seconds=config.burst_cap_seconds)
    handled = 0
    skipped: set[inbound.DueAddress] = set()
    while True:
        with database.system_session() as session:
            due = inbound.list_due(session, wait=wait, cap=cap, most=BATCH)
        fresh = [address for address in due if address not in skipped]
        if not fresh:
            return handled
        begin = random.randrange(len(fresh))  # noqa: S311  only to keep out of each other's way
        for address in fresh[begin:] + fresh[:begin]:
            if not handle(address):
                skipped.add(address)
                break
            handled += 1
            if handled == most:
                return handled


def handle(address: inbound.DueAddress) -> bool:
    """Everything pending from one address, in one transaction; False where there is no going on with it now.

    Where one of several spoils the turn, they are taken one by one: what it says is
    noted beside the one alone, and what came before it is handled.
    """
    profile_name, form = _ask_platform(address)
    try:
        return _handle(address, profile_name, form)
    except _Spoilt:
        while _handle(address, profile_name, form, most=1):
            pass
        return False


class _Spoilt(Exception):
    """Several payloads were tried together, and one of them is at fault."""


def _handle(
    address: inbound.DueAddress, profile_name: str | None, form: Mapping[str, str] | None, *, most: int = TOGETHER
) -> bool:  # fmt: skip
    database = db.database()
    for attempt in range(1, RETRIES + 1):
        ids: list[int] = []
        try:
            with database.tenant_session(address.gym_id) as session:
                taken = inbound.take_pending(session, address.inbox_id, address.address, most=most)
                if taken is None:
                    return False
                inbox, payloads = taken
                ids = [payload.id for payload in payloads if payload.id is not None]
                engine.handle(session, inbox, payloads, now=session.now, profile_name=profile_name, form=form)
                inbound.mark_handled(payloads, now=session.now)
        except DBAPIError as error:
            if attempt < RETRIES and getattr(error.orig, "sqlstate", None) in TRANSIENT:
                continue
            if len(ids) > 1 and not error.connection_invalidated:
                raise _Spoilt from error
            _note_failure(address.gym_id, ids, error)
            return False
        except Exception as error:  # whatever a message causes must not stop the others
            if len(ids) > 1:
                raise _Spoilt from error
            _note_failure(address.gym_id, ids, error)
            return False
        else:
            signs.mark_read(inbox, payloads)
            return True
    return False


def _ask_platform(address: inbound.DueAddress) -> tuple[str | None, Mapping[str, str] | None]:
    """Somebody new's name and what somebody filled in, where the webhooks tell neither; before any transaction is open."""
    if address.inbox_id in _tell_all:
        return None, None
    with db.database().tenant_session(address.gym_id) as session:
        inbox = session.exec(select(Inbox).where(Inbox.id == address.inbox_id)).one()
        channel = CHANNELS[inbox.channel]
        if not (channel.limits.asks_profile or channel.limits.asks_form):
            _tell_all.add(inbox.id)
            return None, None
        has_no_name = channel.limits.asks_profile and not contacts.is_known(
            session, inbox.id, address.address
        )
        account = account_of(inbox)
    name = channel.profile_name(account, address.address) if has_no_name else None
    return name, channel.form(account, address.address) if channel.limits.asks_form else None


def _note_failure(gym_id: uuid.UUID, ids: list[int], error: Exception) -> None:
    """Keep what went wrong beside the payloads; after some attempts they are set aside and staff are told."""
    log.error("could not handle payloads %s", ids, exc_info=error)
    if not ids or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return
    summary = "".join(traceback.format_exception_only(error))
    with db.database().tenant_session(gym_id) as session:
        if inbound.count_failure(session, ids, summary, now=session.now):
            from bot import cards
            from crm import facts

            cards.tell_group(
                session, facts.load(session), "utter_staff_news_stuck", {"count": len(ids)}, session.now,
                dedupe_key=f"stuck:{ids[0]}",
            )  # fmt: skip
