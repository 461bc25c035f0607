"""SMS through Twilio.

Required credentials: `account_sid`, `auth_token`. Twilio itself blocks and answers
STOP, START and HELP, and still calls us: then nothing may be sent.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.channels import _fields as fields
from bot.channels import _twilio, _twilio_signature, rendering
from bot.channels._addresses import canonical_phone, digits_of
from bot.channels._keywords import Keyword, carrier_keyword
from bot.channels._phone_words import is_automatic, tapback
from bot.channels.base import (
    Attachment,
    Channel,
    InboxAccount,
    Incoming,
    IncomingAction,
    IncomingKind,
    KeptPayload,
    Limits,
    Outgoing,
    Pace,
    SendFailed,
    Sent,
    WebhookRequest,
)

CREDENTIALS = _twilio.CREDENTIALS

LIMITS = Limits(
    text=1600,
    # A long code's 1 segment a second. Twilio queues what is more, for hours: two minutes of it are enough.
    pace=Pace(1.0, 120),
    counts_segments=True,
    writes_first=True,
    shows_typing=False,
    address_kind="phone",
)

ERRORS = _twilio.ERRORS

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{61,}={0,2}")


class Sms(Channel):
    """The channel "sms"."""

    name = "sms"
    provider: Literal["meta", "twilio", "telegram"] = "twilio"
    account_id_name = "number"
    limits = LIMITS
    credentials: Sequence[str] = CREDENTIALS
    stops = _twilio.STOPS
    facts: Sequence[str] = ()

    def proven(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
        """By the account's token."""
        return _twilio_signature.proven(request, accounts)

    def serves(self, account: InboxAccount, account_id: str) -> bool:
        """By the number."""
        return _twilio.serves(account, account_id)

    def split(self, request: WebhookRequest) -> list[KeptPayload]:
        """One message or status per request; JSON events are kept with this side of Twilio."""
        return _twilio.split(request, whatsapp=False, waits=_is_typed)

    def parse(self, payload: Mapping[str, Any]) -> list[Incoming]:
        """One event per payload."""
        form = fields.mapping(payload, "form")
        if not form:
            return [_twilio.event(payload)]
        return [_twilio.delivery(form) if _twilio.status_of(form) else _message(form)]

    def find_sent(self, account: InboxAccount, message: Outgoing, since: dt.datetime) -> Sent | None:
        """By recipient, text and time in Twilio's list of messages."""
        text = None if message.template is not None else message.text
        try:
            return _twilio.TWILIO.find_message(account, message.to, text, since)
        except SendFailed:
            return None

    def address_of(self, person: str) -> str:
        """E.164 with plus."""
        return f"+{digits_of(person)}"

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:
        """Text only; choices are numbered in it."""
        message = rendering.fitted(message, LIMITS)
        if not message.text.strip():
            raise SendFailed("nothing to say without an attachment", next="fail_no_retry", code="empty")
        # SmartEncoded spells typographic quotes and dashes in GSM-7, which more than doubles a segment's room.
        return Sent(_twilio.TWILIO.create_message(account, message.to, body=message.text, smart_encoded=True))

    def fetch(self, account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:
        """From Twilio, with the account's own token."""
        return _twilio.fetch(account, attachment, most=most)

    def forget(self, account: InboxAccount, attachment: Attachment) -> None:
        """Deletes Twilio's copy."""
        _twilio.forget(account, attachment)

    def seen(self, account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:
        """SMS has no such thing."""


def _is_typed(form: Mapping[str, Any]) -> bool:
    return not form.get("OptOutType") and _kind(form) == "text"


def _keyword(form: Mapping[str, Any]) -> Keyword | None:
    return _twilio.opt_out_type(form) or carrier_keyword(fields.text(form, "Body") or "")


def _words(form: Mapping[str, Any]) -> str | None:
    """The text; some carriers pass a long one on as base64, more than 60 characters of it without a space."""
    body = fields.text(form, "Body") or None
    packed = "".join((body or "").split("\n")).replace("\r", "").strip()
    if not _BASE64.fullmatch(packed):
        return body
    try:
        unpacked = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode()
    except ValueError:
        return body
    is_text = all(character.isprintable() or character in "\r\n\t" for character in unpacked)
    return unpacked if is_text else body


def _kind(form: Mapping[str, Any]) -> IncomingKind:
    if word := _keyword(form):
        return word
    if (fields.number(form, "NumMedia") or 0) > 0 and _twilio.attachments(form):
        return "media"
    body = fields.text(form, "Body") or ""
    if tapback(body) is not None:
        return "reaction"
    return "text" if body.strip() else "unknown"


def _message(form: Mapping[str, Any]) -> Incoming:
    address = fields.word(form, "From")
    kind = _kind(form)
    action: IncomingAction = "record" if kind in ("unknown", "reaction") else "handle"
    text = _words(form)
    extra: dict[str, Any] = {}
    if kind == "reaction" and (reaction := tapback(text or "")):
        text, extra["quote"] = reaction.emoji, reaction.quote
    elif kind == "text" and is_automatic(text or ""):
        action, extra["reason"] = "record", "written by the phone and not by its owner"
    if (segments := fields.number(form, "NumSegments")) is not None:
        extra["segments"] = segments
    if service := fields.word(form, "MessagingServiceSid"):
        extra["messaging_service"] = service
    if kind in ("optout", "optin", "help"):
        extra["provider_replied"] = True
    if not _E164.fullmatch(address):
        # A short code or a name: a machine that nobody can answer, and no lead.
        action = "ignore"
        extra["reason"] = "sender is not a phone number"
        sender = f"sms:{address}"
    else:
        sender = f"sms:{canonical_phone(address) or address}"
    return Incoming(
        kind=kind,
        action=action,
        sender=sender,
        address=address,
        message_id=fields.word(form, "MessageSid")
        or fields.word(form, "SmsMessageSid")
        or fields.word(form, "SmsSid"),
        text=text,
        attachments=_twilio.attachments(form),
        extra=extra,
    )


CHANNEL = Sms()
