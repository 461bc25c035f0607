"""Requests as the providers would sign them, with the secrets of the recordings."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from bot.channels.base import WebhookRequest
from tests.bot.channels.payload_cases import load_index

CONFIG: Mapping[str, Any] = load_index()["config"]
BASE = CONFIG["public_base_url"]


def meta(body: Any, *, secret: str = "meta_app_secret") -> WebhookRequest:
    """A body for Meta's route, given as bytes or as what becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hmac.new(CONFIG[secret].encode(), raw, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
    return WebhookRequest("POST", f"{BASE}/webhooks/meta", headers, raw)


def telegram(body: Any) -> WebhookRequest:
    """An update."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "content-type": "application/json",
        "x-telegram-bot-api-secret-token": CONFIG["telegram_secret_token"],
    }
    return WebhookRequest("POST", f"{BASE}/webhooks/telegram", headers, raw)


def twilio(form: Mapping[str, str] | list[tuple[str, str]], *, path: str = "sms") -> WebhookRequest:
    """A form, its fields signed as Twilio signs them."""
    pairs = list(form.items()) if isinstance(form, Mapping) else form
    return twilio_raw(urlencode(pairs).encode(), pairs, path=path)


def twilio_raw(raw: bytes, pairs: list[tuple[str, str]], *, path: str = "sms") -> WebhookRequest:
    """A form's bytes with the signature over these fields."""
    url = f"{BASE}/webhooks/twilio/{path}"
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.new(
        CONFIG["twilio_auth_token"].encode(), text.encode("utf-8", "replace"), hashlib.sha1
    ).digest()
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": base64.b64encode(digest).decode(),
    }
    return WebhookRequest("POST", url, headers, raw)


def whatsapp_value(*changes: Mapping[str, Any], field: str = "messages") -> dict[str, Any]:
    """The envelope around values of WhatsApp changes."""
    told = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": CONFIG["whatsapp_phone_number_id"]},
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": CONFIG["whatsapp_waba_id"],
                "changes": [{"field": field, "value": {**told, **value}} for value in changes],
            }
        ],
    }


def instagram_items(*items: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope around Instagram's messaging items."""
    own = CONFIG["instagram_account_id"]
    told = {"sender": {"id": "1029384756601234"}, "recipient": {"id": own}, "timestamp": 1795161600123}
    messaging = [{**told, **item} for item in items]
    return {"object": "instagram", "entry": [{"id": own, "time": 1795161600123, "messaging": messaging}]}


def telegram_message(**message: Any) -> dict[str, Any]:
    """An update with a private message."""
    person = {"id": 700100200, "is_bot": False, "first_name": "Amy"}
    told = {
        "message_id": 900,
        "date": 1795161600,
        "from": person,
        "chat": {"id": 700100200, "type": "private"},
    }
    return {"update_id": 990001, "message": {**told, **message}}


def sms_form(**fields: str) -> dict[str, str]:
    """A text message's form."""
    told = {
        "MessageSid": "SM" + "1" * 32, "AccountSid": CONFIG["twilio_account_sid"], "From": "+12025550142",
        "To": CONFIG["twilio_sms_from"], "Body": "hello", "NumMedia": "0", "FromCity": "",
    }  # fmt: skip
    return {name: value for name, value in {**told, **fields}.items() if value is not None}


def whatsapp_form(**fields: str) -> dict[str, str]:
    """A WhatsApp message's form."""
    return sms_form(From="whatsapp:+447700900123", To=CONFIG["twilio_whatsapp_from"], **fields)
