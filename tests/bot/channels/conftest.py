"""The gym's accounts of the recorded requests, the application to bring them to, and a provider to send to."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from http.server import ThreadingHTTPServer

import pytest

from bot import channels
from bot.channels.base import InboxAccount
from crm.config import Settings
from crm.db import Database
from tests.bot.channels.fake_provider import FakeProvider, handler_for
from tests.bot.channels.payload_cases import load_accounts, load_cases, load_index
from tests.bot.channels.webhook_door import WebhookDoor, register
from tests.conftest import import_demo_gym


@pytest.fixture(scope="session")
def accounts() -> list[InboxAccount]:
    """One inbox per channel, with the secrets that signed the recorded requests."""
    return load_accounts()


@pytest.fixture
def account_on(accounts: list[InboxAccount]) -> Mapping[str, InboxAccount]:
    return {account.channel: account for account in accounts}


@pytest.fixture(scope="session")
def listening(database: Database, accounts: list[InboxAccount]) -> Iterator[WebhookDoor]:
    """The application on a socket; nobody is woken, because no workers are there."""
    config = load_index()["config"]
    settings = Settings(_env_file=None, public_url=config["public_base_url"], simulator=True)  # type: ignore[call-arg]
    gym = import_demo_gym(database)
    made = WebhookDoor(database, gym.id, settings)
    made.inboxes = register(database, gym.id, accounts, [case.request.url for case in load_cases().values()])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.waking.wake", lambda queue: None)
        made.open()
        yield made
        made.close()


@pytest.fixture
def door(listening: WebhookDoor) -> WebhookDoor:
    """The application, which has received nothing yet."""
    listening.forget()
    return listening


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(fake))
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    before = channels.settings()
    channels.configure(
        channels.ChannelSettings(
            meta_base_url=f"{url}/meta", instagram_base_url=f"{url}/instagram", twilio_base_url=f"{url}/twilio",
            telegram_base_url=f"{url}/telegram/bot", telegram_file_base_url=f"{url}/telegram/file/bot",
            connect_timeout=2.0, read_timeout=2.0,
        )
    )  # fmt: skip
    yield fake
    channels.close()
    channels.configure(before)
    server.shutdown()
    server.server_close()
    thread.join(timeout=2)
