"""Links that open a chat with the gym, where they can with words in it already."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from crm.models import Inbox
from crm.vault import unseal_credentials

PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What Telegram allows after start=."""


@dataclass(frozen=True, slots=True)
class DeepLink:
    """One way into a chat."""

    channel: str
    app: str
    """What people call the app."""
    url: str


def links(inboxes: Iterable[Inbox], *, words: str, code: str | None) -> list[DeepLink]:
    """A link for each of the gym's accounts that has a public address, best first; `code` ties it to a lead.

    WhatsApp's number is `display_phone_number` among the credentials, Telegram's name
    `bot_username`, Instagram's `username`; Twilio's numbers are the accounts themselves.
    """
    text = f"{words} (ref {code})" if code else words
    found: dict[str, DeepLink] = {}
    for inbox in inboxes:
        builder = _BUILDERS.get(inbox.channel)
        if builder is None:
            continue
        app, build = builder
        url = build(unseal_credentials(inbox.credentials), inbox.external_id, text, code or "web")
        if url is not None and app not in found:
            found[app] = DeepLink(inbox.channel, app, url)
    return sorted(found.values(), key=lambda link: _ORDER.index(link.app))


def app_name(channel: str) -> str:
    """What people call the app that a channel speaks through; the channel's own name where it has none."""
    return _BUILDERS[channel][0] if channel in _BUILDERS else channel


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdecimal())


def _whatsapp(told: Mapping[str, str], _id: str, text: str, _: str) -> str | None:
    number = _digits(told.get("display_phone_number", ""))
    return f"https://wa.me/{number}?text={quote(text)}" if number else None


def _whatsapp_twilio(told: Mapping[str, str], external_id: str, text: str, _: str) -> str | None:
    number = _digits(told.get("from") or external_id)
    return f"https://wa.me/{number}?text={quote(text)}" if number else None


def _telegram(told: Mapping[str, str], _id: str, _: str, parameter: str) -> str | None:
    name = told.get("bot_username", "").lstrip("@")
    return f"https://t.me/{name}?start={parameter}" if name and PARAMETER.fullmatch(parameter) else None


def _instagram(told: Mapping[str, str], _id: str, _: str, parameter: str) -> str | None:
    name = told.get("username", "").lstrip("@")
    return f"https://ig.me/m/{quote(name)}?ref={parameter}" if name else None


def _sms(told: Mapping[str, str], external_id: str, text: str, _: str) -> str | None:
    number = _digits(told.get("from") or external_id)
    # "?&body=" is the one form that both iOS and Android read.
    return f"sms:+{number}?&body={quote(text)}" if number else None


_BUILDERS: dict[str, tuple[str, Callable[[Mapping[str, str], str, str, str], str | None]]] = {
    "whatsapp": ("WhatsApp", _whatsapp),
    "whatsapp-twilio": ("WhatsApp", _whatsapp_twilio),
    "instagram": ("Instagram", _instagram),
    "telegram": ("Telegram", _telegram),
    "sms": ("SMS", _sms),
}
_ORDER = ("WhatsApp", "Instagram", "Telegram", "SMS")
