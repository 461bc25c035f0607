"""Webhooks as Meta sends them for WhatsApp: envelope, messages, statuses, signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from datetime import datetime
from typing import Any

from simulator import addresses
from simulator.accounts import Account
from simulator.phones import Button, Message, Phone
from simulator.talking import Said
from simulator.webhooks import Webhook
from simulator.world import World

FAILURES = {
    131026: ("Message undeliverable", "Message undeliverable."),
    131047: (
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
}


def wamid(address: str, *, inbound: bool) -> str:
    """A WhatsApp message id: opaque, case-sensitive base64."""
    digits = (
        addresses.wa_id(address)[:12].rjust(12, "0") if not addresses.is_bsuid(address) else "000000000000"
    )
    if inbound:
        tail = b"\x15\x02\x00\x12\x18\x14" + secrets.token_hex(10).upper().encode()
    else:
        tail = b"\x15\x02\x00\x11\x18\x12" + secrets.token_hex(9).upper().encode()
    return "wamid." + base64.b64encode(b"\x1c\x18\x0c" + digits.encode() + tail + b"\x00").decode()


def signed(
    phone: Phone, account: Account, value: dict[str, Any], message: Message | None, lane: str
) -> Webhook:
    """A webhook of Meta's, signed over its exact bytes with the app secret."""
    # Meta escapes slashes and everything outside ASCII: whoever signs re-serialised JSON gets another signature.
    body = json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()
    secret = account.secret("app_secret").encode()
    headers = [
        ("content-type", "application/json"),
        ("user-agent", "facebookexternalua"),
        ("accept", "*/*"),
        ("x-hub-signature", "sha1=" + hmac.new(secret, body, hashlib.sha1).hexdigest()),
        ("x-hub-signature-256", "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()),
    ]
    return Webhook(phone, account.webhook_url, headers, body, lane, message)


def _envelope(account: Account, value: dict[str, Any]) -> dict[str, Any]:
    metadata = {
        "display_phone_number": account.secret("display_phone_number").lstrip("+"),
        "phone_number_id": account.secret("phone_number_id"),
    }
    full = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    entry = {"id": account.secret("waba_id"), "changes": [{"value": full, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def template_status(account: Account, template: dict[str, Any], reason: str) -> Webhook:
    """What Meta has decided about a template; it is about the business account and nobody's phone."""
    value = {
        "event": template["status"],
        "message_template_id": int(template.get("id") or 0),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "reason": reason or "NONE",
    }
    change = {"value": value, "field": "message_template_status_update"}
    entry = {"id": account.secret("waba_id"), "time": int(time.time()), "changes": [change]}
    nobody = Phone(account.gym, account.channel, "")
    return signed(nobody, account, {"object": "whatsapp_business_account", "entry": [entry]}, None, "account")


def _contact(account: Account, phone: Phone) -> dict[str, Any]:
    contact: dict[str, Any] = {"profile": {"name": phone.name}} if phone.name else {}
    if not addresses.is_bsuid(phone.address):
        contact["wa_id"] = addresses.wa_id(phone.address)
    contact["user_id"] = user_id(account, phone)
    return contact


def user_id(account: Account, phone: Phone) -> str:
    """The person's business-scoped id."""
    return addresses.bsuid(phone.address, account.secret("waba_id"))


def inbound(world: World, account: Account, phone: Phone, said: Said) -> Webhook:
    """The webhook that tells the app what a person did."""
    said.message.provider_id = wamid(phone.address, inbound=True)
    message: dict[str, Any] = {}
    own = account.secret("display_phone_number").lstrip("+")
    if said.of and said.kind != "reaction":
        author = own if said.of.sender == "gym" else addresses.wa_id(phone.address)
        message["context"] = {"from": author, "id": said.of.provider_id}
    if not addresses.is_bsuid(phone.address):
        message["from"] = addresses.wa_id(phone.address)
    message["from_user_id"] = user_id(account, phone)
    message["id"] = said.message.provider_id
    message["timestamp"] = str(int(said.at.timestamp()))
    message.update(_content(world, account, said))
    value = {"contacts": [_contact(account, phone)], "messages": [message]}
    return signed(phone, account, _envelope(account, value), said.message, "messages")


def _content(world: World, account: Account, said: Said) -> dict[str, Any]:
    if said.button:
        return _choice(said.button)
    if said.kind == "reaction" and said.of:
        reaction = {"message_id": said.of.provider_id, **({"emoji": said.emoji} if said.emoji else {})}
        return {"type": "reaction", "reaction": reaction}
    if said.message.media:
        return _media(world, account, said.message.media)
    return {"type": "text", "text": {"body": said.message.text}}


def _choice(button: Button) -> dict[str, Any]:
    match button.kind:
        case "template":
            return {"type": "button", "button": {"payload": button.id or button.title, "text": button.title}}
        case "list":
            reply = {"id": button.id, "title": button.title}
            if button.description:
                reply["description"] = button.description
            return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}
        case _:
            reply = {"id": button.id, "title": button.title}
            return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}


def _media(world: World, account: Account, media: dict[str, Any]) -> dict[str, Any]:
    kind = media["type"]
    if kind == "location":
        names = ("latitude", "longitude", "name", "address")
        return {"type": "location", "location": {name: media[name] for name in names if name in media}}
    if kind == "contact":
        name = str(media.get("name") or media["phone"])
        card = {
            "name": {"formatted_name": name, "first_name": name.split()[0]},
            "phones": [{"phone": media["phone"], "wa_id": str(media["phone"]).lstrip("+"), "type": "CELL"}],
        }
        return {"type": "contacts", "contacts": [card]}
    media_id = hold(world, account, media)
    shown: dict[str, Any] = {
        "mime_type": media["mime_type"],
        "sha256": base64.b64encode(hashlib.sha256(media_id.encode()).digest()).decode(),
        "id": media_id,
        "url": f"{world.own_url}/meta/media/{media_id}",
    }
    shown |= {name: media[name] for name in ("caption", "filename") if media.get(name)}
    if kind in ("audio", "voice"):
        return {"type": "audio", "audio": {**shown, "voice": kind == "voice"}}
    return {"type": kind, kind: shown}


def hold(world: World, account: Account, media: dict[str, Any]) -> str:
    """Keep a file at the provider; gives its id."""
    media_id = str(10**15 + secrets.randbelow(9 * 10**15))
    world.media[media_id] = {**media, "account": account.external_id}
    return media_id


def status(
    account: Account,
    phone: Phone,
    message_id: str,
    what: str,
    now: datetime,
    tracker: str,
    category: str,
    code: int = 0,
) -> Webhook:
    """The webhook that tells what became of a message: sent, delivered, read, or failed with a code."""
    entry: dict[str, Any] = {"id": message_id, "status": what, "timestamp": str(int(now.timestamp()))}
    if not addresses.is_bsuid(phone.address):
        entry["recipient_id"] = addresses.wa_id(phone.address)
    entry["recipient_user_id"] = user_id(account, phone)
    if tracker:
        entry["biz_opaque_callback_data"] = tracker
    if what in ("sent", "delivered") and category:
        entry["pricing"] = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}
    if code:
        title, details = FAILURES[code]
        entry["errors"] = [
            {
                "code": code,
                "title": title,
                "message": title,
                "error_data": {"details": details},
                "href": "/documentation/business-messaging/whatsapp/support/error-codes",
            }
        ]
    value: dict[str, Any] = {"statuses": [entry]}
    if not code:
        value = {"contacts": [_contact(account, phone)], **value}
    return signed(phone, account, _envelope(account, value), None, "statuses")
