"""What a channel's adapter costs a message: reading one that came in, and putting a reply into the provider's words.

In: a recorded request, verified, cut and parsed. Out: a reply with three choices, rendered and
handed to the provider's client. The limit is what nobody could leave out, done by the
standard library in the same run: the signature over the same bytes, the decoding of the
same body, the encoding of the reply.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import hmac
import json
import statistics
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bot import channels
from bot.channels import _meta, _telegram_bot, _twilio, door, rendering
from bot.channels.base import Button, Channel, InboxAccount, Outgoing, WebhookRequest
from tests.benchmarks.telling import say
from tests.bot.channels.payload_cases import CHANNELS, PROVIDERS, load_accounts, load_cases

CASES = {
    "whatsapp_cloud": "text_basic", "twilio_whatsapp": "text_basic", "instagram": "text_basic",
    "telegram": "private_text", "twilio_sms": "text_basic",
}  # fmt: skip
ADDRESSES = {
    "whatsapp": "447700900123", "whatsapp-twilio": "whatsapp:+447700900123", "instagram": "1029384756601234",
    "telegram": "700100200", "sms": "+12025550142",
}  # fmt: skip
REPLY = "Tomorrow we have 10:00 with Aoife, 12:30 with Lena and 18:00 with Aoife. Which suits you best?"
BUTTONS = (Button("v1:slot:1", "10:00"), Button("v1:slot:2", "12:30"), Button("v1:slot:3", "18:00"))
TIMES, QUICK_TIMES = 2000, 200
BLOCKS = 10
"""The median of so many measurements counts, so that a neighbour's burst of work does not."""
WANTED_US = 500.0
"""A fortieth of what a turn costs."""


def main(*, quick: bool = False) -> None:
    """Print one line a channel."""
    times = (QUICK_TIMES if quick else TIMES) // BLOCKS
    cases, accounts = load_cases(), load_accounts()
    with clients_stop_short():
        for folder, name in CASES.items():
            request, channel = cases[f"{folder}/{name}"].request, channels.CHANNELS[CHANNELS[folder]]
            account = next(one for one in accounts if one.channel == channel.name)
            own = [account] if PROVIDERS[folder] == "telegram" else accounts
            reads = microseconds(partial(read, request, PROVIDERS[folder], own), times)
            writes = microseconds(partial(write, channel, account), times)
            least = microseconds(partial(bare, request, channel), times)
            say(
                f"adapter_{channel.name}", reads + writes, "us/message", least, (reads + writes) / least,
                good=reads + writes <= WANTED_US, parse_us=round(reads, 1), render_us=round(writes, 1),
            )  # fmt: skip


def microseconds(step: Callable[[], object], times: int) -> float:
    """What one of many takes, in CPU time."""
    step()
    found = []
    for _ in range(BLOCKS):
        began = time.process_time()
        for _ in range(times):
            step()
        found.append((time.process_time() - began) / times)
    return statistics.median(found) * 1e6


def read(request: WebhookRequest, provider: door.Provider, accounts: list[InboxAccount]) -> None:
    """From the raw request to what the engine is given."""
    received = door.receive(request, provider, accounts)
    assert received.status == 200
    for one in received.payloads:
        events = channels.CHANNELS[one.account.channel].parse(one.payload.payload)
        assert events[0].text


def write(channel: Channel, account: InboxAccount) -> None:
    """From the reply to the call of the provider's client."""
    message = Outgoing(to=ADDRESSES[channel.name], text=REPLY, buttons=BUTTONS, reference="delivery")
    for part in rendering.render(message, channel.limits):
        assert channel.send(account, part).external_id


def bare(request: WebhookRequest, channel: Channel) -> None:
    """The least that any adapter does."""
    if channel.provider == "telegram":
        hmac.compare_digest(b"secret", b"token ")
    else:
        hmac.new(b"secret", request.body, hashlib.sha256).hexdigest()
    parse_qsl(request.body.decode()) if channel.provider == "twilio" else json.loads(request.body)
    json.dumps(
        {
            "to": ADDRESSES[channel.name],
            "text": REPLY,
            "buttons": [dataclasses.astuple(one) for one in BUTTONS],
        }
    )


class StoppedBot:
    """Telegram's bot, as far as a reply needs it."""

    async def send_message(self, chat_id: int, text: str, **_: object) -> SimpleNamespace:
        """As if it had been sent."""
        return SimpleNamespace(chat_id=chat_id, message_id=len(text))


def _at_once(_: InboxAccount, operation: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    try:
        operation(StoppedBot()).send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("the bot has nothing to wait for")


@contextlib.contextmanager
def clients_stop_short() -> Iterator[None]:
    """The providers' clients take what they are given and answer at once, without a connection."""
    accepted = {"message_id": "m", "messages": [{"id": "wamid.x"}]}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_meta.GRAPH, "post", lambda *_, **body: json.dumps(body) and accepted)
        patched.setattr(_telegram_bot.TELEGRAM, "call", _at_once)
        patched.setattr(_twilio.TWILIO, "call", lambda _: SimpleNamespace(sid="HX1"))
        patched.setattr(_twilio.TWILIO, "create_message", lambda *_, **__: "SM1")
        yield
