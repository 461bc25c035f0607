"""A provider's HTTP API that answers by script."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs


@dataclass
class ProviderCall:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {
            name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()
        }


@dataclass
class FakeProvider:
    """Answers by script, by the end of the path or else in order, and remembers what it was asked."""

    answers: list[tuple[int, Mapping[str, str], Any]] = field(default_factory=list)
    by_path: dict[str, tuple[int, Mapping[str, str], Any]] = field(default_factory=dict)
    calls: list[ProviderCall] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)

    def will_answer(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        self.answers.append((status, headers or {"content-type": "application/json"}, body))

    def answer(self, path: str) -> tuple[int, Mapping[str, str], Any]:
        for ending, found in self.by_path.items():
            if path.endswith(ending):
                return found
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def handler_for(fake: FakeProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.calls.append(ProviderCall(self.command, self.path, headers, body))
            if fake.silent.is_set():
                self.close_connection = True
                return
            status, answer_headers, answer = fake.answer(self.path)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in answer_headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    return Handler
