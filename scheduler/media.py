"""Fetch people's files after their turn: download, look what they are, store, show to staff, listen to voice notes.

Nothing is downloaded with a transaction open. A worker that dies leaves a claim that runs
out; storing twice under the same key does no harm.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlmodel import select

from bot import engine, files
from bot.channels import CHANNELS
from bot.channels.base import Attachment, Channel, InboxAccount, Incoming, SendFailed
from crm import attachments, db, file_types, inbound
from crm import facts as gym_facts
from crm.config import Settings, settings
from crm.db import TenantSession
from crm.models import ContactInbox, Conversation, Inbox, Message, MessageAttachment
from nlu_models import speech
from scheduler import media_store
from scheduler.accounts import account_of

log = logging.getLogger(__name__)

BATCH = FETCHERS = 8
LEASE = dt.timedelta(seconds=120)
GOES_ON_FOR = 10.0
"""Seconds after which no further batch is begun."""
TRIES_AT_ADDRESS = 50
"""Tenths of a second to wait for whoever handles the sender's other messages."""
_AGAIN = ("retry_backoff", "retry_backoff_global", "retry_backoff_pair", "retry_later_once")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A claimed file with all that fetching needs."""

    row: MessageAttachment
    channel: Channel
    account: InboxAccount

    @property
    def attachment(self) -> Attachment:
        """As the channel knows it."""
        row = self.row
        kind = row.kind if row.kind in ("image", "video", "audio", "voice", "document") else "other"
        return Attachment(kind, row.provider_id, row.url, row.mime_type, row.filename)  # type: ignore[arg-type]


@functools.cache
def _fetchers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch")


def is_due() -> bool:
    """Whether a file waits to be fetched or erased."""
    with db.database().system_session() as session:
        return attachments.is_any_due(session)


def drain() -> int:
    """Fetch what is due, for some seconds at most; how many there were."""
    fetched, until = 0, time.monotonic() + GOES_ON_FOR
    while time.monotonic() < until:
        with db.database().system_session() as session:
            claimed = attachments.claim(session, most=BATCH, lease=LEASE)
        if not claimed:
            break
        list(_fetchers().map(fetch, claimed))
        fetched += len(claimed)
    return fetched


def fetch(claimed: attachments.Claimed) -> None:
    """One claimed file, start to end."""
    try:
        config = settings()
        store = media_store.store_of(config)
        wanted = _prepare(claimed)
        if wanted.row.state == "erased":
            _erase(claimed, wanted, store)
        elif wanted.row.state == "waiting":
            _fetch(claimed, wanted, store, config)
    except Exception:
        # The claim runs out and the file is tried again.
        log.exception("could not fetch attachment %s", claimed.id)


def _prepare(claimed: attachments.Claimed) -> _Wanted:
    with db.database().tenant_session(claimed.gym_id) as session:
        row = attachments.get(session, claimed.id)
        inbox = session.exec(select(Inbox).where(Inbox.id == row.inbox_id)).one()
        account = account_of(inbox)
        return _Wanted(row, CHANNELS[inbox.channel], account)


def _fetch(
    claimed: attachments.Claimed, wanted: _Wanted, store: media_store.MediaStore, config: Settings
) -> None:
    try:
        content = wanted.channel.fetch(wanted.account, wanted.attachment, most=attachments.LARGEST)
    except SendFailed as failed:
        if failed.code == "too_big":
            _refuse(claimed, attachments.too_big())
        else:
            _put_off(claimed, failed.detail, may_retry=failed.next in _AGAIN)
        return
    content_type = file_types.type_of(content)
    if content_type is None:
        _refuse(claimed, "it is not a picture, video, recording, PDF or contact card")
        return
    key = media_store.new_key(claimed.gym_id, claimed.id)
    try:
        store.put(key, content, content_type)
    except media_store.StoreFailed as failed_store:
        _put_off(claimed, f"it could not be stored: {failed_store}", may_retry=True)
        return
    heard = _listen(content, content_type, config)
    found = _Found(key, content_type, len(content), hashlib.sha256(content).hexdigest(), heard)
    for _ in range(TRIES_AT_ADDRESS):
        if _keep(claimed, found, config):
            wanted.channel.forget(wanted.account, wanted.attachment)
            return
        time.sleep(0.1)
    _put_off(claimed, "its sender's other messages are being handled", may_retry=True)


@dataclass(frozen=True, slots=True)
class _Found:
    """What has been stored, and what was heard in it."""

    stored_as: str
    content_type: str
    size: int
    sha256: str
    heard: str | None


def _keep(claimed: attachments.Claimed, found: _Found, config: Settings) -> bool:
    """Note the file, tell staff, and answer what was said in it, all at once; False where the address is taken."""
    with db.database().tenant_session(claimed.gym_id) as session:
        row = attachments.get(session, claimed.id, lock=True)
        if row.state == "erased":
            row.stored_as, row.claimed_until = found.stored_as, None  # taken back meanwhile: erased next
            return True
        message, where = _sender(session, row)
        if found.heard is not None and not inbound.try_lock(session, row.inbox_id, where.address):
            return False
        attachments.mark_kept(
            row, stored_as=found.stored_as, content_type=found.content_type, size=found.size, sha256=found.sha256,
            now=session.now,
        )  # fmt: skip
        row.transcript = found.heard
        session.flush()
        files.kept(session, config, row, session.now)
        if found.heard:
            _answer(session, row, message, where, found.heard)
        elif found.heard is not None:
            files.say_unheard(session, message, where, session.now)
        return True


def _sender(session: TenantSession, row: MessageAttachment) -> tuple[Message, ContactInbox]:
    message = session.exec(select(Message).where(Message.id == row.message_id)).one()
    thread = session.exec(select(Conversation).where(Conversation.id == message.conversation_id)).one()
    where = session.exec(select(ContactInbox).where(ContactInbox.id == thread.contact_inbox_id)).one()
    return message, where


def _answer(
    session: TenantSession, row: MessageAttachment, message: Message, where: ContactInbox, heard: str
) -> None:
    """The words of a voice note are a turn of their own, as if they had been typed."""
    inbox = session.exec(select(Inbox).where(Inbox.id == row.inbox_id)).one()
    said = Incoming(
        kind="text", action="handle", sender=where.sender, address=where.address, text=heard,
        message_id=f"{message.external_id}:heard", sent_at=message.at,
    )  # fmt: skip
    facts = gym_facts.load(session)
    engine.handle_person(session, facts, inbox, CHANNELS[inbox.channel], [said], session.now)


def _listen(content: bytes, content_type: str, config: Settings) -> str | None:
    """What is said, None where nobody can listen here."""
    if config.speech_dir is None or file_types.family_of(content_type) != "audio":
        return None
    try:
        return speech.transcriber_in(config.speech_dir).transcribe(content)
    except speech.CannotListen as problem:
        log.warning("a voice note was not transcribed: %s", problem)
        return ""


def _refuse(claimed: attachments.Claimed, reason: str) -> None:
    with db.database().tenant_session(claimed.gym_id) as session:
        row = attachments.get(session, claimed.id, lock=True)
        attachments.mark_refused(row, reason)
        session.flush()
        files.not_kept(session, row, session.now)


def _put_off(claimed: attachments.Claimed, reason: str, *, may_retry: bool) -> None:
    with db.database().tenant_session(claimed.gym_id) as session:
        row = attachments.get(session, claimed.id, lock=True)
        attachments.note_failure(row, reason, may_retry=may_retry, now=session.now)
        session.flush()
        if row.state == "failed":
            files.not_kept(session, row, session.now)


def _erase(claimed: attachments.Claimed, wanted: _Wanted, store: media_store.MediaStore) -> None:
    if wanted.row.stored_as is not None:
        store.delete(wanted.row.stored_as)
    with db.database().tenant_session(claimed.gym_id) as session:
        row = attachments.get(session, claimed.id, lock=True)
        row.stored_as, row.claimed_until = None, None
