"""python-telegram-bot's `Bot` from synchronous code: one event loop per thread, and its errors as `SendFailed`.

The library is imported when first used: it costs 170 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from bot.channels._settings import ChannelSettings, settings
from bot.channels.base import InboxAccount, NextStep, SendFailed

if TYPE_CHECKING:
    from telegram import Bot

Result = TypeVar("Result")

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


class _Loop:
    """A thread's event loop and the bots whose connections belong to it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.runner = asyncio.Runner()
        self.bots: dict[tuple[str, ChannelSettings], Bot] = {}

    def close(self) -> None:
        if self.pid != os.getpid():
            return  # inherited through a fork: the sockets are the parent's
        for bot in self.bots.values():
            with contextlib.suppress(Exception):
                # Not bot.shutdown(): that does nothing for a bot that was never asked who it is.
                self.runner.run(bot.request.shutdown())
        self.bots.clear()
        self.runner.close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


class TelegramApi:
    """Calls of the Bot API, one after the other in each thread."""

    def __init__(self) -> None:
        self._threads = threading.local()

    def call(self, account: InboxAccount, operation: Callable[[Bot], Awaitable[Result]]) -> Result:
        """Run one call to its end; raise `SendFailed`. Not for use inside a running event loop."""
        loop = self._loop()
        bot = self._bot(loop, account)

        async def run() -> Result:
            # getMe is spared: the calls we make do not need what it tells.
            return await operation(bot)

        from telegram.error import TelegramError

        try:
            return loop.runner.run(run())
        except TelegramError as error:
            raise failure(error) from error

    def close(self) -> None:
        """Close this thread's connections and loop; the next call opens new ones."""
        loop = getattr(self._threads, "loop", None)
        if loop is not None:
            loop.close()
            del self._threads.loop

    def _loop(self) -> _Loop:
        loop: _Loop | None = getattr(self._threads, "loop", None)
        if loop is None or loop.pid != os.getpid():
            loop = self._threads.loop = _Loop()
        return loop

    def _bot(self, loop: _Loop, account: InboxAccount) -> Bot:
        # Durations as timedelta, as they will always be; without it every flood answer also warns.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        from telegram import Bot
        from telegram.request import HTTPXRequest

        token = account.credentials.get("bot_token")
        if not token:
            raise SendFailed("no bot token configured", next="alert_operator", code="not_configured")
        current = settings()
        if (token, current) not in loop.bots:
            request = HTTPXRequest(
                connection_pool_size=8,
                connect_timeout=current.connect_timeout,
                read_timeout=current.read_timeout,
                write_timeout=current.read_timeout,
            )
            loop.bots[token, current] = Bot(
                token,
                base_url=current.telegram_base_url,
                base_file_url=current.telegram_file_base_url,
                request=request,
                get_updates_request=request,
            )
        return loop.bots[token, current]


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
