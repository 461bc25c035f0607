"""What SMS and WhatsApp through Twilio share: the signature, the callbacks' form, and the official SDK's client."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

from bot.channels import _downloads
from bot.channels import _fields as fields
from bot.channels import _twilio_signature as signature
from bot.channels._keywords import Keyword
from bot.channels._settings import settings
from bot.channels.base import (
    Attachment,
    DeliveryStatus,
    InboxAccount,
    Incoming,
    KeptPayload,
    MalformedPayload,
    NextStep,
    Repair,
    SendFailed,
    Sent,
    WebhookRequest,
)

if TYPE_CHECKING:
    from twilio.rest import Client

CREDENTIALS = (
    "account_sid",  # required
    "auth_token",  # required
    "from",  # the sender; by default the account's external_id
    "messaging_service_sid",  # sends through a messaging service instead
    "shared_key_secret",  # only where SharedKey signatures are switched on
    "shared_key_id",
    "shared_key_algorithm",  # HMAC_SHA256 unless said otherwise
)

_OPT_OUT_TYPES: dict[str, Keyword] = {"STOP": "optout", "START": "optin", "HELP": "help"}
_MOST_MEDIA = 20

STATUSES: dict[str, DeliveryStatus] = {
    "accepted": "accepted", "scheduled": "accepted", "queued": "accepted", "sending": "accepted",
    "sent": "sent", "partially_delivered": "sent", "delivered": "delivered", "read": "read",
    "failed": "failed", "undelivered": "failed", "canceled": "failed",
}  # fmt: skip

ERRORS: dict[int, NextStep] = {
    # Ours or the account's
    20003: "alert_operator", 20429: "retry_backoff_global", 14107: "fail_no_retry",
    21408: "alert_operator", 21606: "alert_operator", 21703: "alert_operator", 21704: "alert_operator",
    63007: "alert_operator", 30002: "alert_operator", 30032: "alert_operator", 30034: "alert_operator",
    30035: "alert_operator", 63015: "alert_operator", 63020: "alert_operator", 63051: "alert_operator",
    # The recipient
    21211: "mark_unreachable", 21612: "mark_unreachable", 21614: "mark_landline", 30004: "fail_no_retry",
    30005: "mark_unreachable", 30006: "mark_landline", 63003: "mark_unreachable", 63024: "mark_unreachable",
    63033: "mark_unreachable", 21610: "opt_out",
    # The message
    21602: "fail_no_retry", 21617: "fail_no_retry", 21620: "fail_no_retry", 21623: "fail_no_retry",
    30007: "filtered_review", 63013: "filtered_review", 63005: "fail_no_retry", 63006: "fail_no_retry",
    63021: "fail_no_retry", 63019: "fail_no_retry", 63034: "fail_no_retry", 63037: "fail_no_retry",
    63032: "fail_no_retry", 63016: "send_template", 63049: "wait_24h_no_retry",
    # Message templates
    21654: "alert_operator", 21655: "alert_operator", 21656: "alert_operator", 63027: "alert_operator",
    63028: "alert_operator", 63040: "alert_operator", 63041: "alert_operator", 63042: "alert_operator",
    # Pace and passing trouble
    21611: "retry_backoff_global", 30001: "retry_backoff_global", 30022: "retry_backoff_global",
    63018: "retry_backoff_pair", 63017: "retry_backoff_pair", 63038: "retry_backoff_global",
    20500: "retry_backoff", 20503: "retry_backoff", 30003: "retry_later_once", 30008: "retry_later_once", 30410: "retry_later_once",
    30450: "retry_later_once", 63009: "retry_backoff", 63010: "retry_backoff", 63012: "retry_backoff",
}  # fmt: skip
"""Twilio's error codes, from the API and from status callbacks. Any other code is final."""

STOPS: Mapping[str, Repair] = {
    "20003": "credentials", "not_configured": "credentials", "30002": "restricted", "63020": "restricted",
    "63051": "restricted", "21606": "sender", "21703": "sender", "21704": "sender", "63007": "sender",
}  # fmt: skip

Result = TypeVar("Result")


# The door


def split(
    request: WebhookRequest, *, whatsapp: bool, waits: Callable[[Mapping[str, Any]], bool]
) -> list[KeptPayload]:
    """The request's one message, status or JSON events, where they belong to this side of Twilio."""
    if signature.is_json(request):
        # Event streams name no channel; they are kept with the plain numbers' side.
        return [] if whatsapp else _events(fields.load(request.body))
    source = (
        urlsplit(request.url).query if request.method == "GET" else request.body.decode("utf-8", "replace")
    )
    form: dict[str, str] = {}
    for name, value in signature.pairs(source):
        form.setdefault(fields.storable_text(name), fields.storable_text(value))
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    sender, recipient = form.get("From", ""), form.get("To", "")
    if (sender or recipient).startswith("whatsapp:") is not whatsapp:
        return []
    status = status_of(form)
    # A messaging service chooses its sender late: until then a status names none.
    if not sid or not (sender or status):
        raise MalformedPayload("no MessageSid or From")
    service = form.get("MessagingServiceSid", "")
    if status:
        key = f"{sid}:{status}"
        return [KeptPayload(key, sender, recipient, None, {"form": form}, waits=False, service_id=service)]
    return [KeptPayload(sid, recipient, sender, None, {"form": form}, waits=waits(form), service_id=service)]


def _events(found: Any) -> list[KeptPayload]:
    events = [
        event for event in (found if isinstance(found, list) else [found]) if isinstance(event, Mapping)
    ]
    return [
        KeptPayload(
            fields.word(event, "id") or f"event:{fields.fingerprint(event)}",
            "", "", None, {"event": event}, waits=False,
        )
        for event in events
    ]  # fmt: skip


def status_of(form: Mapping[str, Any]) -> str:
    """The delivery status that a callback reports; '' for an incoming message."""
    status = fields.word(form, "MessageStatus")
    if not status and "Body" not in form:
        status = fields.word(form, "SmsStatus")
    return "" if status.lower() in ("received", "receiving") else status.lower()


def serves(account: InboxAccount, account_id: str) -> bool:
    """Whether the Twilio number or sender is this account's; events without one belong to any account of ours."""
    known = (
        account.external_id,
        account.credentials.get("from"),
        account.credentials.get("messaging_service_sid"),
    )
    return account_id in ("", *known)


# Reading


def delivery(form: Mapping[str, Any]) -> Incoming:
    """The event of a status callback."""
    raw = status_of(form)
    status = STATUSES.get(raw)
    code = fields.number(form, "ErrorCode")
    extra: dict[str, Any] = {"status": raw}
    if code is not None:
        extra["code"] = code
    return Incoming(
        kind="status",
        action="record",
        address=fields.word(form, "To"),
        message_id=fields.word(form, "MessageSid") or fields.word(form, "SmsSid"),
        status=status,
        error_code=None if code is None else str(code),
        error_detail=fields.text(form, "ErrorMessage") or fields.text(form, "ChannelStatusMessage"),
        next=next_step(code) if status == "failed" else None,
        extra=extra,
    )


def event(payload: Mapping[str, Any]) -> Incoming:
    """A JSON event, of which the form webhooks tell all we act on."""
    found = fields.mapping(payload, "event")
    return Incoming(kind="unknown", action="record", extra={"type": fields.word(found, "type")})


def next_step(code: int | None) -> NextStep:
    """The table's step for an error code; unknown codes are final."""
    return "fail_no_retry" if code is None else ERRORS.get(code, "fail_no_retry")


def attachments(form: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The media of an incoming message; fetching them takes the account's sid and token."""
    told = fields.number(form, "NumMedia")
    count = _MOST_MEDIA if told is None else min(max(told, 0), _MOST_MEDIA)
    found = []
    for index in range(count):
        url = fields.word(form, f"MediaUrl{index}")
        if url:
            mime = fields.word(form, f"MediaContentType{index}").partition(";")[0].strip().lower()
            kind, what = _media_kind(mime, sticker=fields.word(form, "MessageType") == "sticker")
            found.append(Attachment(kind=kind, url=url, mime_type=mime or None, what=what))
    return tuple(found)


def opt_out_type(form: Mapping[str, Any]) -> Keyword | None:
    """Twilio's own reading, which also knows a customer's own and localised words."""
    return _OPT_OUT_TYPES.get(fields.word(form, "OptOutType").upper())


def _media_kind(
    mime: str, *, sticker: bool
) -> tuple[Literal["image", "video", "audio", "document", "sticker", "other"], str | None]:
    if sticker:
        return "sticker", mime.partition("/")[0]
    if mime in ("text/vcard", "text/x-vcard"):
        return "other", "contact"
    family = mime.partition("/")[0]
    if family == "image":
        return "image", None
    if family == "video":
        return "video", None
    if family == "audio":
        # WhatsApp records voice notes as Ogg; no other field tells them from songs.
        return "audio", "voice" if mime == "audio/ogg" else None
    return "document", None


# Files


def fetch(account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:
    """With the account's sid and token, to Twilio alone; it answers with a redirect to where the file lies."""
    return _downloads.download(_media_url(attachment), most=most, auth=_login(account), follow=True)


def forget(account: InboxAccount, attachment: Attachment) -> None:
    """Twilio keeps people's files until they are deleted."""
    with contextlib.suppress(SendFailed):
        _downloads.delete(_media_url(attachment), auth=_login(account))


def _media_url(attachment: Attachment) -> str:
    url, base = attachment.url or "", settings().twilio_base_url
    host = (urlsplit(url).hostname or "") if _downloads.is_https(url) else ""
    if host == "twilio.com" or host.endswith(".twilio.com") or (base and _downloads.is_at(url, base)):
        return url
    raise SendFailed("no address of Twilio's to fetch it from", next="fail_no_retry")


def _login(account: InboxAccount) -> tuple[str, str]:
    sid, token = account.credentials.get("account_sid", ""), account.credentials.get("auth_token", "")
    if not sid or not token:
        raise SendFailed("Twilio account not configured", next="alert_operator", code="not_configured")
    return sid, token


# Sending


class TwilioApi:
    """The SDK's clients, one per account and process, created when first used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[tuple[object, ...], Client] = {}

    def client(self, account: InboxAccount) -> Client:
        """The client of an account, its hosts replaced where another base URL is configured."""
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        current = settings()
        sid, token = _login(account)
        # The process id keeps a forked worker off its parent's sockets.
        key = (os.getpid(), sid, token, current)
        with self._lock:
            if key not in self._clients:
                client = Client(sid, token, http_client=TwilioHttpClient(timeout=current.read_timeout))
                if current.twilio_base_url:
                    for domain in (client.api, client.messaging, client.content):
                        domain.base_url = current.twilio_base_url
                self._clients[key] = client
            return self._clients[key]

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            for key, client in self._clients.items():
                session = getattr(client.http_client, "session", None)
                if session is not None and key[0] == os.getpid():
                    session.close()
            self._clients.clear()

    def call(self, operation: Callable[[], Result]) -> Result:
        """Run one SDK call; raise `SendFailed` with the table's step."""
        import requests
        from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

        try:
            return operation()
        except (TwilioRestException, TwilioServiceException) as error:
            raise failure(error.status, error.code, getattr(error, "msg", "") or str(error)) from error
        except requests.exceptions.ConnectTimeout as error:
            raise SendFailed("not reached: timeout", next="retry_backoff") from error
        except requests.exceptions.RequestException as error:
            raise SendFailed(
                f"no answer: {type(error).__name__}",
                next="retry_backoff",
                uncertain=not _never_connected(error),
            ) from error
        except (TwilioException, ValueError, KeyError) as error:
            # An answer the SDK cannot read came from something else than Twilio; the message may have passed.
            raise SendFailed(
                f"unreadable answer: {type(error).__name__}", next="retry_backoff", uncertain=True
            ) from error

    def find_message(
        self, account: InboxAccount, to: str, text: str | None, since: dt.datetime
    ) -> Sent | None:
        """The message to that address with that text which Twilio took since then; None where it shows none.

        It knows no idempotency key, so recipient, text and time have to do. `text` None: any.
        """
        client = self.client(account)
        sender = account.credentials.get("from") or account.external_id
        asked = {} if account.credentials.get("messaging_service_sid") else {"from_": sender}
        # Twilio's times are whole seconds.
        earliest = since.replace(microsecond=0)
        for found in self.call(lambda: client.messages.list(to=to, limit=20, **asked)):
            is_ours = str(found.direction or "").startswith("outbound")
            if not is_ours or found.date_created is None or found.date_created < earliest or not found.sid:
                continue
            if text is None or " ".join(str(found.body or "").split()) == " ".join(text.split()):
                return Sent(str(found.sid))
        return None

    def create_message(self, account: InboxAccount, to: str, **parameters: Any) -> str:
        """Send a message and return its sid (Twilio knows no idempotency key for messages)."""
        service = account.credentials.get("messaging_service_sid")
        if service:
            parameters["messaging_service_sid"] = service
        else:
            parameters["from_"] = account.credentials.get("from") or account.external_id
        public = settings().public_base_url
        if public:
            parameters["status_callback"] = f"{public.rstrip('/')}/webhooks/twilio/{account.key}"
        client = self.client(account)
        message = self.call(lambda: client.messages.create(to=to, **parameters))
        if not message.sid:
            raise SendFailed("answer without a sid", next="retry_backoff", uncertain=True)
        return str(message.sid)


TWILIO = TwilioApi()


def failure(status: int, code: int | None, detail: str) -> SendFailed:
    """What a refused call means; the SDK puts the HTTP status in place of a missing error code."""
    if code and code != status:
        return SendFailed(detail, next=next_step(code), code=str(code))
    step: NextStep = "fail_no_retry"
    if status == 429:
        step = "retry_backoff_global"
    elif status >= 500:
        step = "retry_backoff"
    # After a gateway's 502 or 504 the message may have passed.
    return SendFailed(detail, next=step, code=str(status), uncertain=status in (502, 504))


def _never_connected(error: Exception) -> bool:
    """Whether the connection was refused or never made, so that nothing can have been sent."""
    cause = error.args[0] if error.args else None
    return type(getattr(cause, "reason", None)).__name__ in ("NewConnectionError", "NameResolutionError")


def variables(values: Sequence[str]) -> str:
    """Content variables as Twilio takes them: a JSON object with the keys "1", "2" ..."""
    return json.dumps({str(index): value for index, value in enumerate(values, start=1)}, ensure_ascii=False)
