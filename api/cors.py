"""Answers, errors too, that a browser may show to the page of another site which was allowed to ask."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATE = "allowed_origin"


def allow(request: Request, origin: str) -> None:
    """Let the page of that origin read the answer to this request, whatever it becomes."""
    setattr(request.state, _STATE, origin)


class Readable:
    """Names the allowed origin on the way out: a refusal that a browser hides could not be mended by anybody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; only answers to requests that were allowed are touched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answered(message: Message) -> None:
            origin = scope.get("state", {}).get(_STATE)
            if message["type"] == "http.response.start" and origin is not None:
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin
                headers.add_vary_header("Origin")
            await send(message)

        scope.setdefault("state", {})
        await self.app(scope, receive, answered)
