"""python-telegram-bot's `Bot` from synchronous code: one event loop for all threads, and its errors as `SendFailed`.

The library is imported when first used: it costs 170 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from bot.channels._settings import ChannelSettings, settings
from bot.channels.base import InboxAccount, NextStep, SendFailed

if TYPE_CHECKING:
    from telegram import Bot

Result = TypeVar("Result")

CONNECTIONS = 32
"""Open at once to Telegram, over all bots of the process; twice as many as send at once."""
BOTS = 1024
"""Bots kept ready; each is small."""

# The library strips "Bad Request: " and changes the case of descriptions.
BAD_REQUESTS: dict[str, NextStep] = {
    "chat not found": "mark_unreachable",
    "user not found": "mark_unreachable",
    "peer_id_invalid": "mark_unreachable",
    "message is not modified": "ignore",
    "query is too old": "ignore",
    "query id is invalid": "ignore",
    "message to be replied not found": "ignore",
    "message to edit not found": "ignore",
    "message to delete not found": "ignore",
    "message can't be edited": "ignore",
    "message is too long": "fail_no_retry",
    "button_data_invalid": "fail_no_retry",
    "can't parse entities": "fail_no_retry",
    "chat_write_forbidden": "alert_operator",
    "chat_admin_required": "alert_operator",
    "not enough rights": "alert_operator",
    "have no rights to send": "alert_operator",
    "topic_closed": "alert_operator",
}
"""Part of a 400's description → what to do; any other is final."""


class _Connections:
    """One event loop in a thread of its own, and the connections that belong to it, for all bots of the process.

    A client for each bot and sender would cost a megabyte and 20 ms each, most of it for
    certificates: ten thousand gyms share one.
    """

    def __init__(self, current: ChannelSettings) -> None:
        from telegram.request import HTTPXRequest

        self.pid, self.settings = os.getpid(), current
        self.loop = asyncio.new_event_loop()
        self.request = HTTPXRequest(
            connection_pool_size=CONNECTIONS,
            connect_timeout=current.connect_timeout,
            read_timeout=current.read_timeout,
            write_timeout=current.read_timeout,
        )
        self.bot = functools.lru_cache(BOTS)(self._make_bot)
        self._thread = threading.Thread(target=self.loop.run_forever, name="telegram", daemon=True)
        self._thread.start()

    def _make_bot(self, token: str) -> Bot:
        from telegram import Bot

        return Bot(
            token,
            base_url=self.settings.telegram_base_url,
            base_file_url=self.settings.telegram_file_base_url,
            request=self.request,
            get_updates_request=self.request,
        )

    def run(self, call: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(call, self.loop).result()

    def close(self) -> None:
        if self.pid != os.getpid():
            return  # inherited through a fork: the sockets are the parent's, and the thread stayed there
        with contextlib.suppress(Exception):
            self.run(self.request.shutdown())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


class TelegramApi:
    """Calls of the Bot API, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: _Connections | None = None

    def call(self, account: InboxAccount, operation: Callable[[Bot], Awaitable[Result]]) -> Result:
        """Run one call to its end; raise `SendFailed`."""
        token = account.credentials.get("bot_token")
        if not token:
            raise SendFailed("no bot token configured", next="alert_operator", code="not_configured")
        # Durations as timedelta, as they will always be; without it every flood answer also warns.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        from telegram.error import TelegramError

        connections = self._open()
        bot = connections.bot(token)

        async def run() -> Result:
            # getMe is spared: the calls we make do not need what it tells.
            return await operation(bot)

        try:
            return connections.run(run())
        except TelegramError as error:
            raise failure(error) from error

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            connections, self._connections = self._connections, None
        if connections is not None:
            connections.close()

    def _open(self) -> _Connections:
        current = settings()
        with self._lock:
            found = self._connections
            if found is None or found.pid != os.getpid() or found.settings != current:
                if found is not None:
                    found.close()
                found = self._connections = _Connections(current)
            return found


TELEGRAM = TelegramApi()


def failure(error: Exception) -> SendFailed:
    """What a library error means. `BadRequest` and `TimedOut` are subclasses of `NetworkError`: order matters."""
    from telegram import error as errors

    detail = str(error)
    if isinstance(error, errors.RetryAfter):
        wait = error.retry_after
        seconds = float(wait) if isinstance(wait, int | float) else wait.total_seconds()
        return SendFailed(detail, next="retry_backoff_pair", code="429", retry_after=seconds)
    if isinstance(error, errors.ChatMigrated):
        return SendFailed(detail, next="migrate_address", code="400", migrate_to=str(error.new_chat_id))
    if isinstance(error, errors.Forbidden):
        return SendFailed(detail, next="mark_unreachable", code="403")
    if isinstance(error, errors.InvalidToken):
        return SendFailed(detail, next="alert_operator", code="401")
    if isinstance(error, errors.Conflict):
        return SendFailed(detail, next="alert_operator", code="409")
    if isinstance(error, errors.BadRequest):
        lowered = detail.lower()
        steps = [step for words, step in BAD_REQUESTS.items() if words in lowered]
        return SendFailed(detail, next=steps[0] if steps else "fail_no_retry", code="400")
    if isinstance(error, errors.NetworkError):
        return SendFailed(detail, next="retry_backoff", uncertain=_may_have_arrived(error))
    return SendFailed(detail, next="fail_no_retry")


def _may_have_arrived(error: Exception) -> bool:
    import httpx

    cause = error.__cause__
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return False
    if isinstance(cause, httpx.HTTPError):
        return True
    # No connection trouble but an answer: a gateway's 502 or 504 says nothing about the message.
    return "(502)" in str(error) or "(504)" in str(error) or "gateway" in str(error).lower()
