"""Meta's messages endpoint and Telegram's, as fast as a line of Python: they take anything and note when."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

GROUP = -1001234567890


@dataclass(frozen=True, slots=True)
class Call:
    """One message that was sent."""

    at: float
    """On `time.perf_counter`."""
    to: str


class FastProvider:
    """Listens on a free port of this machine while it is entered."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.came = threading.Event()
        self._numbers = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listens = threading.Event()

    @property
    def url(self) -> str:
        """Where the platforms' APIs are said to be."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self._listens.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self._listens.set()
        self._loop.run_forever()
        self._server.close()

    def _answer(self, *, is_telegram: bool) -> dict[str, Any]:
        number = next(self._numbers)
        if is_telegram:
            message = {
                "message_id": number,
                "date": 0,
                "chat": {"id": GROUP, "type": "supergroup"},
                "text": "x",
            }
            return {"ok": True, "result": message}
        return {"messages": [{"id": f"wamid.fast-{number}"}]}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
                raw = await reader.readexactly(length)
                is_telegram = b"/bot" in head.split(b"\r\n", 1)[0]
                body = {} if is_telegram else json.loads(raw or b"{}")
                if "to" in body:
                    self.calls.append(Call(time.perf_counter(), str(body["to"]).lstrip("+")))
                    self.came.set()
                answer = json.dumps(self._answer(is_telegram=is_telegram)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                    % (len(answer), answer)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
