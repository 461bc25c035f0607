"""What happens to a provider's HTTP request before anything is thought about it.

Verified over its raw bytes, cut into single messages, each matched with the account
it is for; free of any HTTP framework and database. The route keeps `payloads` once
(unique on inbox and `external_id`), commits, and answers with `status` and `body`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.channels import CHANNELS, _meta
from bot.channels.base import Channel, InboxAccount, KeptPayload, MalformedPayload, Unverified, WebhookRequest

Provider = Literal["meta", "twilio", "telegram"]

_METHODS: dict[Provider, tuple[str, ...]] = {
    "meta": ("GET", "POST"),
    "twilio": ("GET", "POST"),
    "telegram": ("POST",),
}
# Twilio reads a text body as TwiML; an empty response element says nothing to the sender.
_EMPTY: dict[Provider, tuple[str, str]] = {
    "meta": ("", "text/plain"),
    "twilio": ("<Response/>", "text/xml"),
    "telegram": ("", "text/plain"),
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message for one of our accounts."""

    account: InboxAccount
    payload: KeptPayload


@dataclass(frozen=True, slots=True)
class Dropped:
    """One message that is acknowledged and not kept."""

    channel: str
    payload: KeptPayload
    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """What to answer, and what to keep."""

    status: int
    body: str = ""
    media_type: str = "text/plain"
    payloads: tuple[Arrived, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    reason: str = ""
    """Why the request was refused, for the log; never the body or a signature."""


def receive(request: WebhookRequest, provider: Provider, accounts: Sequence[InboxAccount]) -> Received:
    """Decide about one request; never raises.

    `accounts` are all that the request may be for: for Meta every WhatsApp and
    Instagram account, as the body names it; for Telegram the one of the path; for
    Twilio the one of the path, or all where the path is shared by several numbers.
    An account is only given what its own secret has signed.
    """
    if request.method not in _METHODS[provider]:
        return Received(405, reason="method")
    try:
        if provider == "meta" and request.method == "GET":
            return Received(200, _meta.handshake(request, _verify_tokens(accounts)))
        return _accept(request, provider, accounts)
    except Unverified as error:
        return Received(error.status, reason=error.reason)
    except MalformedPayload as error:
        body, media_type = _EMPTY[provider] if error.status < 300 else ("", "text/plain")
        return Received(error.status, body, media_type, reason=error.reason)


def _verify_tokens(accounts: Sequence[InboxAccount]) -> list[str | None]:
    return [account.credentials.get("verify_token") for account in accounts]


def _accept(request: WebhookRequest, provider: Provider, accounts: Sequence[InboxAccount]) -> Received:
    """Keep what one of our accounts' secrets has signed, and drop what is for others."""
    ours: list[tuple[Channel, list[InboxAccount]]] = []
    for channel in CHANNELS.values():
        known = [account for account in accounts if account.channel == channel.name]
        if channel.provider == provider and known:
            ours.append((channel, channel.proven(request, known)))
    if not any(proven for _, proven in ours):
        raise Unverified("signature")
    arrived: list[Arrived] = []
    dropped: list[Dropped] = []
    seen: set[tuple[str, str]] = set()
    for channel, proven in ours:
        payloads = channel.split(request)
        if payloads and not proven:
            # Signed, but with the secret of another product: nothing for this channel's accounts.
            raise Unverified("signature")
        for payload in payloads:
            account = _meant(payload, channel, proven)
            if account is None:
                dropped.append(Dropped(channel.name, payload, _reason(payload, channel)))
            elif (account.key, payload.external_id) not in seen:
                seen.add((account.key, payload.external_id))
                arrived.append(Arrived(account, _with_facts(payload, channel, account)))
    body, media_type = _EMPTY[provider]
    return Received(200, body, media_type, tuple(arrived), tuple(dropped))


def _meant(payload: KeptPayload, channel: Channel, proven: Sequence[InboxAccount]) -> InboxAccount | None:
    """The account that the payload names, by its own id before the one that several numbers share."""
    names = [name for name in (payload.account_id, payload.service_id) if name] or [""]
    return next((one for name in names for one in proven if channel.serves(one, name)), None)


def _reason(payload: KeptPayload, channel: Channel) -> str:
    """Why nothing of ours is meant: the provider's own test, or an account that nobody has registered."""
    tests = [str(event.extra["reason"]) for event in channel.parse(payload.payload) if event.kind == "test"]
    return tests[0] if tests else f"unknown {channel.account_id_name}"


def _with_facts(payload: KeptPayload, channel: Channel, account: InboxAccount) -> KeptPayload:
    """The payload with what `parse` must know about the account, none of it secret."""
    facts = {name: account.credentials[name] for name in channel.facts if name in account.credentials}
    return dataclasses.replace(payload, payload={**payload.payload, "account": facts})
