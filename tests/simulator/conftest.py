"""A simulator on a free port, and in place of the app a small receiver that keeps what is posted to it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.app import create_app
from simulator.server import claim, server

CREDENTIALS: dict[str, dict[str, str]] = {
    "whatsapp": {
        "app_secret": "meta-secret",
        "verify_token": "verify",
        "access_token": "token-{n}",
        "phone_number_id": "4098{n}",
        "waba_id": "2901{n}",
        "display_phone_number": "+35315550{n}",
    },
    "instagram": {
        "app_secret": "ig-secret",
        "verify_token": "verify",
        "access_token": "ig-{n}",
        "account_id": "1784{n}",
    },
    "whatsapp-twilio": {
        "account_sid": "AC{n:032d}",
        "auth_token": "twilio-token",
        "from": "whatsapp:+4420{n:08d}",
    },
    "sms": {"account_sid": "AC{n:032d}", "auth_token": "twilio-token", "from": "+1202555{n:04d}"},
    "telegram": {
        "bot_token": "77{n}:AAtoken",
        "secret_token": "telegram-secret",
        "bot_id": "77{n}",
        "bot_username": "GymBot",
    },
}
STAFF = {
    "niamh": {"user_id": 501, "name": "Niamh Doyle", "username": "niamh"},
    "aoife": {"user_id": 502, "name": "Aoife Byrne", "username": "aoife"},
}
_numbers = itertools.count(1000)


@dataclass
class Posted:
    """One request that the app's side received."""

    path: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """The app's side: webhooks under /hooks, the clocks and settling under /dev."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    answer: Callable[[Posted], int] = lambda posted: 200
    ahead: dict[str, timedelta] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)

    def app(self) -> Starlette:
        async def hook(request: Request) -> Response:
            posted = Posted(request.url.path, str(request.url), dict(request.headers), await request.body())
            self.posted.append(posted)
            return Response(status_code=self.answer(posted))

        async def clock(request: Request) -> Response:
            gym = request.query_params.get("gym", "")
            if request.method == "POST":
                body = await request.json()
                if "advance" in body:
                    hours = {"PT0S": 0, "PT1H": 1, "PT2H": 2, "P1D": 24, "PT25H": 25, "P8D": 192}[
                        body["advance"]
                    ]
                    self.ahead[gym] = self.ahead.get(gym, timedelta()) + timedelta(hours=hours)
                else:
                    self.ahead[gym] = datetime.fromisoformat(body["now"]) - datetime.now(UTC)
            return JSONResponse({"now": (datetime.now(UTC) + self.ahead.get(gym, timedelta())).isoformat()})

        async def settled(request: Request) -> Response:
            return JSONResponse({"settled": request.query_params["address"] not in self.busy})

        return Starlette(
            routes=[
                Route("/dev/clock", clock, methods=["GET", "POST"]),
                Route("/dev/settled", settled),
                Route("/hooks/{rest:path}", hook, methods=["POST"]),
            ]
        )

    def wait(self, wanted: Callable[[Posted], Any], seconds: float = 5) -> Posted:
        """The first request that fits, waiting for it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for posted in list(self.posted):
                if wanted(posted):
                    return posted
            time.sleep(0.01)
        raise AssertionError(f"nothing fitting was posted; there were {[p.body for p in self.posted]}")


@dataclass
class Gym:
    """One gym at the simulator, made for a test, with ways to talk from both sides."""

    slug: str
    sim: str
    receiver: Receiver
    http: httpx.Client
    credentials: dict[str, dict[str, str]]

    def path(self, channel: str, address: str, what: str = "messages") -> str:
        return f"/phones/{channel}/{address}/{what}?gym={self.slug}"

    def write(self, channel: str, address: str, /, **body: Any) -> httpx.Response:
        return self.http.post(self.path(channel, address), json=body)

    def say(self, channel: str, address: str, text: str, **more: Any) -> str:
        answer = self.write(channel, address, text=text, **more)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def messages(self, channel: str, address: str, after: str = "") -> list[dict[str, Any]]:
        answer = self.http.get(self.path(channel, address) + (f"&after={after}" if after else ""))
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def settle(self, channel: str, address: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(self.path(channel, address, "settled"), timeout=20).json()
        return answer

    def advance(self, by: str) -> None:
        assert self.http.post(f"/clock?gym={self.slug}", json={"advance": by}).status_code == 200

    def hooks(self, channel: str) -> list[Posted]:
        return [posted for posted in self.receiver.posted if posted.path == f"/hooks/{self.slug}/{channel}"]

    def hook(self, channel: str, wanted: Callable[[Posted], Any] = lambda posted: True) -> Posted:
        return self.receiver.wait(lambda p: p.path == f"/hooks/{self.slug}/{channel}" and wanted(p))

    def faults(self, **wanted: Any) -> httpx.Response:
        return self.http.post("/faults", json={"gym": self.slug, **wanted} if wanted else {})

    def whatsapp(self, to: str, /, **message: Any) -> httpx.Response:
        """Send over the Cloud API; a bare text by default."""
        own = self.credentials["whatsapp"]
        return self.http.post(
            f"/meta/v25.0/{own['phone_number_id']}/messages",
            headers={"authorization": f"Bearer {own['access_token']}"},
            json={"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, **message},
        )

    def instagram(self, to: str, /, **body: Any) -> httpx.Response:
        own = self.credentials["instagram"]
        return self.http.post(
            f"/instagram/v25.0/{own['account_id']}/messages",
            headers={"authorization": f"Bearer {own['access_token']}"},
            json={"recipient": {"id": to}, **body},
        )

    def twilio(self, channel: str, to: str, **form: Any) -> httpx.Response:
        own = self.credentials[channel]
        callback = f"{self.receiver.url}/hooks/{self.slug}/status"
        sid = own["account_sid"]
        return self.http.post(
            f"/twilio/2010-04-01/Accounts/{sid}/Messages.json",
            auth=(sid, own["auth_token"]),
            data={"To": to, "From": own["from"], "StatusCallback": callback, **form},
        )

    def telegram(self, method: str, **values: Any) -> httpx.Response:
        return self.http.post(
            f"/telegram/bot{self.credentials['telegram']['bot_token']}/{method}", json=values
        )


def _serve(
    app: Any, ready: Callable[[str], Any], make: Callable[[Any], uvicorn.Server]
) -> Callable[[], None]:
    taken = claim("127.0.0.1", 0)
    ready(f"http://127.0.0.1:{taken.getsockname()[1]}")
    running = make(app())
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[taken])))
    thread.start()
    while not running.started:
        time.sleep(0.01)

    def stop() -> None:
        running.should_exit = True
        thread.join(10)
        taken.close()

    return stop


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    stop = _serve(
        made.app,
        lambda url: setattr(made, "url", url),
        lambda app: uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)),
    )
    yield made
    stop()


@pytest.fixture(scope="module")
def sim(receiver: Receiver) -> Iterator[str]:
    urls: list[str] = []
    stop = _serve(lambda: create_app(receiver.url, urls[0]), urls.append, server)
    yield urls[0]
    stop()


@pytest.fixture
def gym(sim: str, receiver: Receiver) -> Iterator[Gym]:
    """A gym of its own with an account on every channel."""
    with a_simulated_gym(sim, receiver) as made:
        yield made


@contextlib.contextmanager
def a_simulated_gym(sim: str, receiver: Receiver) -> Iterator[Gym]:
    """A gym of its own with an account on every channel; afterwards nothing is amiss any more."""
    number = next(_numbers)
    credentials = {
        channel: {name: value.format(n=number) for name, value in entries.items()}
        for channel, entries in CREDENTIALS.items()
    }
    with httpx.Client(base_url=sim, trust_env=False, timeout=10, verify=False) as http:
        made = Gym(f"gym-{number}", sim, receiver, http, credentials)
        for channel, entries in credentials.items():
            register(made, channel, entries)
        yield made
        http.post("/faults", json={})
        receiver.answer = lambda posted: 200


def register(gym: Gym, channel: str, credentials: dict[str, str], **more: Any) -> None:
    """Register one account as the app does when a gym is imported."""
    account: dict[str, Any] = {
        "gym": gym.slug,
        "gym_name": "Harbour Gym",
        "channel": channel,
        "external_id": f"{gym.slug}-{channel}",
        "webhook_url": f"{gym.receiver.url}/hooks/{gym.slug}/{channel}",
        "credentials": credentials,
    }
    if channel in ("whatsapp-twilio", "sms"):
        account["public_url"] = f"https://bot.example/hooks/{gym.slug}/{channel}"
    if channel == "telegram":
        account |= {"staff_group": {"chat_id": -1001234, "title": "Trainers"}, "staff": STAFF}
    answer = gym.http.post("/accounts", json={**account, **more})
    assert answer.status_code == 201, answer.text
