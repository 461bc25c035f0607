"""Which inbox a webhook is for: all gyms' accounts, remembered in this process."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from bot.channels import CHANNELS
from bot.channels.base import InboxAccount
from crm.db import Database
from crm.errors import ConfigurationError
from crm.vault import unseal_credentials

log = logging.getLogger(__name__)

FRESH_FOR = 30.0
"""Seconds after which the accounts are read anew, behind the back of the requests."""
PAUSE = 0.05
"""Seconds between two reads because of unknown keys, so that guessing them cannot keep the database busy."""
_IDS = re.compile(rb'"(?:id|phone_number_id)"\s*:\s*"(\d{1,40})"')


@dataclass(frozen=True, slots=True)
class KnownInbox:
    """An inbox and the account behind it, with its secrets."""

    gym_id: uuid.UUID
    id: uuid.UUID
    account: InboxAccount


class Inboxes:
    """Every active inbox by its key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_key: dict[str, KnownInbox] = {}
        self._by_gym: dict[tuple[uuid.UUID, str | None], list[InboxAccount]] = {}
        self._meta: list[InboxAccount] = []
        self._meta_by_id: dict[str, list[InboxAccount]] = {}
        self._unsealed: dict[bytes, dict[str, str]] = {}
        self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._queued: asyncio.Task[None] | None = None

    async def find(self, key: str) -> KnownInbox | None:
        """The inbox with that key; one that is not known yet is looked for in the database."""
        await self._keep_fresh()
        if key not in self._by_key:
            await self._read_after_now()
        return self._by_key.get(key)

    def get(self, key: str) -> KnownInbox:
        """An inbox that was found before."""
        return self._by_key[key]

    def beside(self, inbox: KnownInbox) -> list[InboxAccount]:
        """That account first, then the gym's others at the same provider: its numbers may share one address."""
        others = self._by_gym.get((inbox.gym_id, _provider(inbox.account)), [])
        return [inbox.account, *(account for account in others if account.key != inbox.account.key)]

    async def meta(self, body: bytes) -> list[InboxAccount]:
        """The Meta accounts that a body names; it is not verified yet, so this only saves trying every secret."""
        await self._keep_fresh()
        if not self._named(body):
            await self._read_after_now()
        return self._named(body)

    async def all_meta(self) -> Sequence[InboxAccount]:
        """Every Meta account."""
        await self._keep_fresh()
        return self._meta

    def _named(self, body: bytes) -> list[InboxAccount]:
        ids = {found.decode() for found in _IDS.findall(body)}
        return [account for one in sorted(ids) for account in self._meta_by_id.get(one, ())]

    async def _keep_fresh(self) -> None:
        age = time.monotonic() - self._read_at
        if age > FRESH_FOR:
            reading = self._read()
            if self._read_at == float("-inf"):
                await asyncio.shield(reading)

    async def _read_after_now(self) -> None:
        """Wait for a read that begins after this call; those who wait at the same time share one."""
        if self._queued is None:
            self._queued = asyncio.get_running_loop().create_task(self._next_read())
        await asyncio.shield(self._queued)

    async def _next_read(self) -> None:
        try:
            if self._reading is not None:
                await asyncio.wait([self._reading])
            await asyncio.sleep(max(0.0, self._read_at + PAUSE - time.monotonic()))
        finally:
            self._queued = None
        await self._read()

    def _read(self) -> asyncio.Task[None]:
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read_now())
            self._reading.add_done_callback(self._was_read)
        return self._reading

    def _was_read(self, task: asyncio.Task[None]) -> None:
        self._reading = None
        if not task.cancelled() and task.exception() is not None:
            log.warning("inboxes could not be read: %s", type(task.exception()).__name__)

    async def _read_now(self) -> None:
        began = time.monotonic()
        found = await asyncio.to_thread(self._load)
        by_id: dict[str, list[InboxAccount]] = {}
        by_gym: dict[tuple[uuid.UUID, str | None], list[InboxAccount]] = {}
        for inbox in found:
            by_gym.setdefault((inbox.gym_id, _provider(inbox.account)), []).append(inbox.account)
        meta = [inbox.account for inbox in found if _provider(inbox.account) == "meta"]
        for account in meta:
            by_id.setdefault(account.external_id, []).append(account)
        self._by_key = {inbox.account.key: inbox for inbox in found}
        self._by_gym, self._meta, self._meta_by_id, self._read_at = by_gym, meta, by_id, began

    def _load(self) -> list[KnownInbox]:
        with self._database.system_session() as session:
            rows = session.execute(
                text("SELECT gym_id, id, key, channel, external_id, credentials FROM door_inboxes()")
            ).all()
        unsealed: dict[bytes, dict[str, str]] = {}
        found: list[KnownInbox] = []
        for row in rows:
            sealed = bytes(row.credentials)
            try:
                credentials = self._unsealed.get(sealed) or unseal_credentials(sealed)
            except ConfigurationError as error:
                # Without its secret the inbox stays shut, and says so; the others must go on.
                log.error("inbox %s of gym %s: %s", row.id, row.gym_id, error)
                credentials = {}
            unsealed[sealed] = credentials
            account = InboxAccount(row.key, row.channel, row.external_id, credentials)
            found.append(KnownInbox(row.gym_id, row.id, account))
        self._unsealed = unsealed
        return found


def _provider(account: InboxAccount) -> str | None:
    channel = CHANNELS.get(account.channel)
    return channel.provider if channel else None
