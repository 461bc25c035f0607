"""Running the simulator on a port."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class CutProtocol(HttpToolsProtocol):
    """HTTP whose connection a request may cut without an answer, as networks do."""

    def on_message_begin(self) -> None:
        """Give each request the means to cut its connection."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {"simulator.cut": self._cut}

    def _cut(self) -> None:
        if self.transport:
            self.transport.abort()


class PortTaken(OSError):
    """Another program listens on this port already; the message says what to do."""


def claim(host: str, port: int) -> socket.socket:
    """Take a port (0: any free one) before anything starts; raises `PortTaken`."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(2048)
    except OSError as error:
        taken.close()
        raise PortTaken(
            f"Port {port} on {host} cannot be used ({error.strerror}). "
            f"Stop the program that uses it, or give another: --port {port + 1}."
        ) from error
    return taken


def server(app: Any) -> uvicorn.Server:
    """A server for the app; it ends within two seconds even with pages open."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=CutProtocol,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,  # as long as the real ones: a connection that closes while it is used loses a message
            lifespan="on",
        )
    )
