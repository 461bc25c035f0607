"""Who signed a request of Twilio's: over the address as it was called, and the form's fields or the body's hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from bot.channels.base import InboxAccount, MalformedPayload, WebhookRequest

_MOST_FIELDS = 500
_HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}


def proven(request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
    """The accounts whose token (or configured SharedKey) signed the request."""
    given = request.headers.get("x-twilio-signature", "").encode("utf-8", "replace")
    if not given or not _body_is_covered(request):
        return []
    signed = _signed_fields(request)
    told_sid = dict(signed).get("AccountSid")
    found = []
    for account in accounts:
        key = _signing_key(request, account)
        if key is None or told_sid not in (None, account.credentials.get("account_sid", told_sid)):
            continue
        if any(hmac.compare_digest(_signature(url, signed, *key), given) for url in _urls(request.url)):
            found.append(account)
    return found


def _signing_key(request: WebhookRequest, account: InboxAccount) -> tuple[str, str] | None:
    """The (secret, algorithm) this request must be signed with; None where it is not configured."""
    header = request.headers.get("x-twilio-webhooks-signature-settings", "")
    if not header:
        token = account.credentials.get("auth_token")
        return (token, "HMAC_SHA1") if token else None
    told = dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)
    secret = account.credentials.get("shared_key_secret")
    algorithm = account.credentials.get("shared_key_algorithm", "HMAC_SHA256")
    key_id = account.credentials.get("shared_key_id")
    # The header is the sender's word: it may only name what we configured.
    if not secret or told.get("algorithm") != algorithm or algorithm not in _HASHES:
        return None
    return None if key_id and told.get("key") != key_id else (secret, algorithm)


def _signature(url: str, signed: Sequence[tuple[str, str]], secret: str, algorithm: str) -> bytes:
    text = url + "".join(name + value for name, value in signed)
    return base64.b64encode(
        hmac.new(secret.encode(), text.encode("utf-8", "replace"), _HASHES[algorithm]).digest()
    )


def _signed_fields(request: WebhookRequest) -> list[tuple[str, str]]:
    """A POSTed form's parameters as signed: blanks kept, sorted by code point, repeated values once."""
    if request.method != "POST" or is_json(request):
        return []
    return sorted(set(pairs(request.body.decode("utf-8", "replace"))))


def pairs(text: str) -> list[tuple[str, str]]:
    """Names and values in their order, blank ones too."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise MalformedPayload("too many parameters") from error


def _urls(url: str) -> list[str]:
    """The URL with and without its port: Twilio does not sign the standard ports consistently."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return [url]
    default = 443 if parts.scheme == "https" else 80
    if port is None:
        return [url, urlunsplit(parts._replace(netloc=f"{parts.netloc}:{default}"))]
    return [url, urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))]


def _body_is_covered(request: WebhookRequest) -> bool:
    """Whether the signature covers the body: a JSON body only by the hash in the URL."""
    if not is_json(request):
        return True
    told = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(
        hashlib.sha256(request.body).hexdigest().encode(), told.encode("utf-8", "replace")
    )


def is_json(request: WebhookRequest) -> bool:
    """Whether the body is JSON and not a form."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
