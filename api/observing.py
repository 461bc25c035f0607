"""Around every request: an id to find it by, and its time in the metrics."""

from __future__ import annotations

import re
import time
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors, metrics

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_UNKNOWN = "(unknown)"


class Observed:
    """ASGI middleware; plain, because Starlette's convenience class costs more than the rest of a webhook."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with an `X-Request-ID`: the caller's, if it is a sane one, else a new one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _given(scope) or uuid.uuid4().hex.encode()
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            if status:  # too late for another answer
                raise
            await errors.unexpected(error, request_id.decode())(scope, receive, send_with_id)
        finally:
            route = _route(scope)
            metrics.REQUESTS.labels(scope["method"] if route != _UNKNOWN else "", route, status).inc()
            metrics.SECONDS.labels(route).observe(time.perf_counter() - began)


def _given(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value if _SANE.fullmatch(value) else None
    return None


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: paths hold ids and tokens."""
    found: str | None = getattr(scope.get("route"), "path", None)
    if found is None and "endpoint" in scope:
        found = "/".join(
            scope["path"].split("/")[:3]
        )  # a plain route, which leaves no trace of itself: a webhook
    return found or _UNKNOWN
