"""The recorded provider requests, and what each must become."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot import channels
from bot.channels import _twilio
from bot.channels.base import InboxAccount, Incoming, WebhookRequest
from bot.channels.door import Provider

DIRECTORY = Path(os.environ.get("SPOTTER_PAYLOADS") or Path(__file__).parents[2] / "payloads")

PROVIDERS: dict[str, Provider] = {
    "whatsapp_cloud": "meta", "instagram": "meta", "telegram": "telegram",
    "twilio_whatsapp": "twilio", "twilio_sms": "twilio",
}  # fmt: skip
CHANNELS = {
    "whatsapp_cloud": "whatsapp", "instagram": "instagram", "telegram": "telegram",
    "twilio_whatsapp": "whatsapp-twilio", "twilio_sms": "sms",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One recorded request."""

    folder: str
    name: str
    request: WebhookRequest
    expect: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.folder}/{self.name}"

    @property
    def events(self) -> list[Mapping[str, Any]]:
        return list(self.expect.get("events", []))

    @property
    def duplicate_of(self) -> str | None:
        """The case that this one delivers again."""
        for event in self.events:
            if original := event.get("extra", {}).get("duplicate_of"):
                return f"{self.folder}/{original}"
        return None


def load_index() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((DIRECTORY / "index.json").read_text())
    return found


def load_cases() -> dict[str, Case]:
    cases = [
        Case(
            folder=entry["channel"],
            name=entry["case"],
            request=read_request(DIRECTORY / entry["headers"], entry.get("body")),
            expect=entry["expect"],
        )
        for entry in load_index()["cases"]
    ]
    return {case.id: case for case in cases}


def load_accounts() -> list[InboxAccount]:
    """One inbox per channel, with the secrets that signed the recorded requests."""
    config = defaultdict(str, load_index()["config"])
    twilio = {name: config[f"twilio_{name}"] for name in _twilio.CREDENTIALS if f"twilio_{name}" in config}
    meta = {"verify_token": config["meta_verify_token"], "app_secret": config["meta_app_secret"]}
    return [
        InboxAccount(
            "whatsapp", "whatsapp", config["whatsapp_phone_number_id"],
            {
                **meta, "access_token": "test-token", "waba_id": config["whatsapp_waba_id"],
                "phone_number_id": config["whatsapp_phone_number_id"],
            },
        ),
        InboxAccount(
            "instagram", "instagram", config["instagram_account_id"],
            {
                **meta, "access_token": "test-token", "instagram_app_secret": config["instagram_app_secret"],
                "account_id": config["instagram_account_id"], "app_id": config["own_meta_app_id"],
            },
        ),
        InboxAccount("twilio-whatsapp", "whatsapp-twilio", config["twilio_whatsapp_from"], twilio),
        InboxAccount("twilio-sms", "sms", config["twilio_sms_from"], twilio),
        InboxAccount(
            "telegram", "telegram", str(config["telegram_bot_id"]),
            {
                "bot_token": f"{config['telegram_bot_id']}:test-token", "secret_token": config["telegram_secret_token"],
                "bot_username": config["telegram_bot_username"], "bot_id": str(config["telegram_bot_id"]),
            },
        ),
    ]  # fmt: skip


def read_request(headers_file: Path, body_file: str | None) -> WebhookRequest:
    method, url, headers = "POST", "", {}
    for line in headers_file.read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == ":method":
            method = value
        elif name == ":url":
            url = value
        elif name:
            headers[name.lower()] = value
    body = (DIRECTORY / body_file).read_bytes() if body_file else b""
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    return WebhookRequest(method, url, headers, body, query)


# What the index calls each fact of an event

# Ours is the finer vocabulary: passing trouble is tried again with growing gaps, this message alone.
_RETRIES = {
    "retry_backoff": {"retry_backoff", "retry_later_once", "retry_backoff_pair", "retry_backoff_global"},
    "retry_later_once": {"retry_later_once", "retry_backoff"},
}


def facts(incoming: Incoming, *, now: float, reply_window: float | None) -> dict[str, Any]:
    """An event in the words of the index."""
    first = incoming.attachments[0] if incoming.attachments else None
    told: dict[str, Any] = {
        "kind": incoming.kind,
        "action": incoming.action,
        "sender": incoming.sender,
        "name": incoming.name,
        "text": incoming.text,
        "message_id": incoming.message_id,
        "payload": incoming.payload,
        "reply_to": incoming.reply_to,
        "recipient": incoming.extra.get("recipient"),
        "location": incoming.extra.get("location"),
        "media": None,
        "extra": {
            **incoming.extra,
            "reply_to_address": incoming.address,
            "next": _RETRIES.get(incoming.next or "", incoming.next),
            "attachments": len(incoming.attachments),
        },
    }
    if first is not None:
        told["media"] = {
            "kind": {first.kind, first.what},
            "mime": first.mime_type,
            "id": first.provider_id,
            "url": first.url,
            "filename": first.filename,
        }
    if incoming.sent_at is not None and reply_window is not None:
        told["extra"]["window_open_from_timestamp"] = now - incoming.sent_at.timestamp() < reply_window
    return told


def reply_window(case: Case) -> float | None:
    """Seconds after a person's message in which they may be answered freely on the case's channel."""
    window = channels.CHANNELS[CHANNELS[case.folder]].limits.reply_window
    return None if window is None else window.total_seconds()


def differences(expected: Any, told: Any, path: str = "event") -> list[str]:
    """Where what was told lacks or contradicts what is expected; keys the index leaves out are free."""
    if isinstance(told, set):
        return [] if expected in told else [f"{path}: {expected!r} is not in {told!r}"]
    if isinstance(expected, dict):
        if not isinstance(told, Mapping):
            return [f"{path}: {expected!r} expected, {told!r} told"]
        # Notes are for the reader; a duplicate's origin is the index's business.
        checked = [key for key in expected if key not in ("note", "duplicate_of")]
        return [
            found for key in checked for found in differences(expected[key], told.get(key), f"{path}.{key}")
        ]
    if isinstance(expected, list):
        if not isinstance(told, list) or len(told) != len(expected):
            return [f"{path}: {expected!r} expected, {told!r} told"]
        pairs = enumerate(zip(expected, told, strict=True))
        return [found for index, (one, two) in pairs for found in differences(one, two, f"{path}[{index}]")]
    return [] if expected == told else [f"{path}: {expected!r} expected, {told!r} told"]
