"""The application on a socket, with a gym whose inboxes are those of the recordings: requests in, rows out."""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import uvicorn
from sqlmodel import col, delete, select

from api.app import create_app
from bot import channels
from bot.channels.base import InboxAccount, Incoming, WebhookRequest
from crm import gyms
from crm.config import Settings
from crm.db import Database
from crm.gyms import InboxPart
from crm.models import InboundPayload, Inbox, new_id

TELEGRAM_KEY = "recorded-bot"
_DROPPED = re.compile(
    r'^spotter_webhook_payloads_dropped_total\{channel="([^"]*)",reason="([^"]*)"\} (\S+)$', re.MULTILINE
)


@dataclass(frozen=True)
class Answer:
    """What the provider was answered, and what that request left behind."""

    status: int
    body: str
    media_type: str
    rows: Sequence[InboundPayload]
    """What was kept because of this request."""
    dropped: Mapping[tuple[str, str], int]
    """Messages that were acknowledged and not kept, by channel and reason."""


@dataclass
class WebhookDoor:
    """The real routes of the real application; each request goes over HTTP, byte for byte."""

    database: Database
    gym_id: uuid.UUID
    settings: Settings
    inboxes: dict[uuid.UUID, Inbox] = field(default_factory=dict)
    _port: int = 0
    _connection: http.client.HTTPConnection | None = None

    def open(self) -> None:
        """Start to listen."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._port = self._socket.getsockname()[1]
        app = create_app(self.settings, self.database)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])))
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def close(self) -> None:
        """Stop, and let go of the port."""
        if self._connection is not None:
            self._connection.close()
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def post(self, request: WebhookRequest, provider: str) -> Answer:
        """Bring a request as that provider would."""
        before, dropped = self._newest(), self._dropped()
        status, body, media_type = self.send(request, provider)
        rows = self.rows(after=before)
        now = self._dropped()
        fresh = {
            key: count - dropped.get(key, 0) for key, count in now.items() if count > dropped.get(key, 0)
        }
        return Answer(status, body, media_type, rows, fresh)

    def events(self, request: WebhookRequest, provider: str) -> list[Incoming]:
        """What the engine is given of a request that is accepted."""
        answer = self.post(request, provider)
        assert answer.status == 200, answer.body
        return [event for row in answer.rows for event in self.read(row)]

    def send(self, request: WebhookRequest, provider: str) -> tuple[int, str, str]:
        """Only the HTTP side: status, body and media type of the answer."""
        parts = urlsplit(request.url)
        target = path_of(request.url, provider) + (f"?{parts.query}" if parts.query else "")
        headers = {"host": parts.netloc or "localhost", **request.headers}
        body = request.body if request.method == "POST" else None
        for attempt in (1, 2):
            self._connection = self._connection or http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=20
            )
            try:
                self._connection.request(request.method, target, body=body, headers=headers)
                answer = self._connection.getresponse()
                said = answer.read().decode("utf-8", "replace")
            except (http.client.HTTPException, ConnectionError):
                self._connection.close()
                self._connection = None
                if attempt == 2:
                    raise
            else:
                if answer.will_close:
                    self._connection.close()
                    self._connection = None
                return answer.status, said, answer.headers.get_content_type()
        raise AssertionError

    def rows(self, *, after: int = 0) -> list[InboundPayload]:
        """What has been kept, in order."""
        with self.database.tenant_session(self.gym_id) as session:
            query = select(InboundPayload).where(col(InboundPayload.id) > after)
            return list(session.exec(query.order_by(col(InboundPayload.id))).all())

    def read(self, row: InboundPayload) -> list[Incoming]:
        """What the engine is given of a kept row."""
        return channels.CHANNELS[self.inboxes[row.inbox_id].channel].parse(row.payload)

    def forget(self) -> None:
        """As if nothing had ever been received."""
        with self.database.tenant_session(self.gym_id) as session:
            session.execute(delete(InboundPayload))

    def _newest(self) -> int:
        with self.database.tenant_session(self.gym_id) as session:
            newest = session.exec(select(InboundPayload.id).order_by(col(InboundPayload.id).desc())).first()
            return newest or 0

    def _dropped(self) -> dict[tuple[str, str], int]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        connection.request("GET", "/metrics")
        said = connection.getresponse().read().decode()
        connection.close()
        return {(channel, reason): int(float(count)) for channel, reason, count in _DROPPED.findall(said)}


def path_of(url: str, provider: str) -> str:
    """Our route for a recorded URL. Twilio's is kept as it is, because it is signed."""
    if provider == "twilio":
        return urlsplit(url).path
    return "/webhooks/meta" if provider == "meta" else f"/webhooks/telegram/{TELEGRAM_KEY}"


def register(
    database: Database, gym_id: uuid.UUID, accounts: Sequence[InboxAccount], urls: Sequence[str]
) -> dict[uuid.UUID, Inbox]:
    """The gym's inboxes: one for each account, and one for each further path of Twilio's that is called."""
    parts = [_part(account) for account in accounts]
    twilio = next(account for account in accounts if account.channel == "sms")
    paths = {unquote(path.rpartition("/")[2]) for url in urls if "/twilio/" in (path := urlsplit(url).path)}
    for key in sorted(paths - {part.key for part in parts}):
        parts.append(_part(twilio).model_copy(update={"key": key, "external_id": f"path {key}"}))
    with database.tenant_session(gym_id) as session:
        made = [gyms.ensure_inbox(session, part) for part in parts]
        return {inbox.id: inbox for inbox in made}


def _part(account: InboxAccount) -> InboxPart:
    keys = {"sms": "sms", "whatsapp-twilio": "whatsapp", "telegram": TELEGRAM_KEY}
    return InboxPart(
        channel=account.channel, external_id=account.external_id, credentials=dict(account.credentials),
        key=keys.get(account.channel, new_id().hex),
    )  # fmt: skip
