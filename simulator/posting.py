"""A small HTTP/1.1 client for webhooks: keeps connections open and costs little, for storms of messages."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

# Servers close idle connections after about five seconds; an older one is not worth trying.
_IDLE_SECONDS = 3.0


class NotPosted(Exception):
    """No answer came: refused, cut, or too late."""


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used_at: float


class Poster:
    """Posts bodies to URLs."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[_Connection]] = {}
        self._tls: ssl.SSLContext | None = None

    async def post(
        self, url: str, headers: list[tuple[str, str]], body: bytes, seconds: float, method: str = "POST"
    ) -> int:
        """Send a request and give the status of the answer; raises `NotPosted`."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {path} HTTP/1.1", f"host: {parts.netloc}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange((parts.scheme, parts.netloc), request)
        except TimeoutError as error:
            raise NotPosted("no answer in time") from error
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise NotPosted(type(error).__name__) from error

    async def _exchange(self, origin: tuple[str, str], request: bytes) -> int:
        idle = self._idle.setdefault(origin, [])
        while idle:
            connection = idle.pop()
            if time.monotonic() - connection.used_at > _IDLE_SECONDS or connection.reader.at_eof():
                connection.writer.close()
                continue
            try:
                return await self._on(connection, idle, request)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                # Closed by the server between two requests: the usual fate of a kept connection; a new one decides.
                if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                    raise
        return await self._on(await self._connect(origin), idle, request)

    async def _connect(self, origin: tuple[str, str]) -> _Connection:
        scheme, netloc = origin
        parts = urlsplit(f"//{netloc}")
        tls = None
        if scheme == "https":
            tls = self._tls = self._tls or ssl.create_default_context()
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port or (443 if tls else 80), ssl=tls, limit=1 << 20
        )
        return _Connection(reader, writer, time.monotonic())

    async def _on(self, connection: _Connection, idle: list[_Connection], request: bytes) -> int:
        kept = False
        try:
            connection.writer.write(request)
            status, keep_alive = await self._answer(connection.reader)
            if keep_alive:
                connection.used_at = time.monotonic()
                idle.append(connection)
                kept = True
            return status
        finally:
            if not kept:
                connection.writer.close()

    @staticmethod
    async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:])
        }
        if "content-length" in headers:
            await reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int((await reader.readline()).split(b";")[0], 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        elif status not in (204, 304):
            return status, False
        return status, headers.get("connection", "").lower() != "close"

    def close(self) -> None:
        """Drop the open connections."""
        for idle in self._idle.values():
            for connection in idle:
                connection.writer.close()
        self._idle.clear()
