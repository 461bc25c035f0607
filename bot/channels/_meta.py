"""What WhatsApp's Cloud API and Instagram share: Meta's signature, handshake, Graph calls and their failures."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from bot.channels import _fields as fields
from bot.channels._settings import settings
from bot.channels.base import (
    InboxAccount,
    MalformedPayload,
    NextStep,
    Repair,
    SendFailed,
    Unverified,
    WebhookRequest,
)

if TYPE_CHECKING:
    import httpx

WHATSAPP_OBJECT = "whatsapp_business_account"
INSTAGRAM_OBJECT = "instagram"
_CHANNEL_OF_OBJECT = {WHATSAPP_OBJECT: "whatsapp", INSTAGRAM_OBJECT: "instagram"}

STOPS: Mapping[str, Repair] = {
    "0": "credentials", "190": "credentials", "not_configured": "credentials", "3": "permission", "10": "permission",
    **{str(code): "permission" for code in range(200, 300)},
}  # fmt: skip
"""Graph errors that concern whatever the account sends."""

ErrorTable = Mapping[tuple[int, int | None], NextStep]
"""(error code, subcode) → what to do; subcode None covers the code's other subcodes."""


def handshake(request: WebhookRequest, verify_tokens: Iterable[str | None]) -> str:
    """The challenge to answer Meta's subscription check with; raise `Unverified` for a foreign token."""
    query = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    given = query.get("hub.verify_token", [""])[0].encode()
    known = [token.encode() for token in verify_tokens if token]
    matches = [hmac.compare_digest(given, token) for token in known]
    if query.get("hub.mode") != ["subscribe"] or not any(matches):
        raise Unverified("verify token")
    return query.get("hub.challenge", [""])[0]


def proven(
    request: WebhookRequest, accounts: Sequence[InboxAccount], secret_names: Sequence[str]
) -> list[InboxAccount]:
    """The accounts one of whose named app secrets signed the raw body (HMAC-SHA256, `sha256=` prefix required)."""
    header = request.headers.get("x-hub-signature-256", "")
    if request.method != "POST" or not header.startswith("sha256="):
        return []
    given = header.removeprefix("sha256=").encode("utf-8", "replace")
    verdicts: dict[str, bool] = {}

    def signed(secret: str) -> bool:
        if secret not in verdicts:
            digest = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
            verdicts[secret] = hmac.compare_digest(digest.encode(), given)
        return verdicts[secret]

    def secrets(account: InboxAccount) -> list[str]:
        return [secret for name in secret_names if (secret := account.credentials.get(name))]

    return [account for account in accounts if any(signed(secret) for secret in secrets(account))]


def envelope(body: bytes) -> Mapping[str, Any]:
    """The body's object; raise `MalformedPayload` unless it has Meta's `entry` list."""
    found = fields.load(body)
    if not isinstance(found, Mapping):
        raise MalformedPayload("not an object")
    if not isinstance(found.get("entry", []), list):
        raise MalformedPayload("entry is not a list")
    return found


def channel_of(body: bytes) -> str | None:
    """Which channel a verified body belongs to; None for other products of the same app."""
    return _CHANNEL_OF_OBJECT.get(fields.word(envelope(body), "object"))


class GraphApi:
    """Graph API calls with one connection pool per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._built_for: tuple[int, float, float] = (0, 0.0, 0.0)

    def post(
        self,
        url: str,
        token: str,
        errors: ErrorTable,
        *,
        json: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Mapping[str, Any]:
        """POST and return the answer's object; raise `SendFailed` with the table's step for the error code."""
        import httpx

        try:
            response = self._pool().post(
                url, headers={"Authorization": f"Bearer {token}"}, json=json, data=data, files=files
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise SendFailed(f"not reached: {type(error).__name__}", next="retry_backoff") from error
        except httpx.HTTPError as error:
            # The request was written: Meta has no idempotency key, so it may have been sent.
            raise SendFailed(
                f"no answer: {type(error).__name__}", next="retry_backoff", uncertain=True
            ) from error
        try:
            answer = fields.mapping(fields.load(response.content))
        except MalformedPayload:
            answer = {}
        if response.is_success and "error" not in answer:
            return answer
        raise failure(response.status_code, answer, errors, _seconds(response.headers.get("retry-after")))

    def get(self, url: str, token: str, errors: ErrorTable, params: Mapping[str, str]) -> Mapping[str, Any]:
        """GET and return the answer's object; raises `SendFailed` like `post`. Reading twice does no harm."""
        import httpx

        try:
            response = self._pool().get(url, headers={"Authorization": f"Bearer {token}"}, params=params)
        except httpx.HTTPError as error:
            raise SendFailed(f"not reached: {type(error).__name__}", next="retry_backoff") from error
        try:
            answer = fields.mapping(fields.load(response.content))
        except MalformedPayload:
            answer = {}
        if response.is_success and "error" not in answer:
            return answer
        raise failure(response.status_code, answer, errors)

    def _pool(self) -> httpx.Client:
        import httpx

        current = settings()
        # A forked worker must not share its parent's sockets.
        wanted = (os.getpid(), current.connect_timeout, current.read_timeout)
        with self._lock:
            if self._client is None or self._built_for != wanted:
                self._close()
                timeout = httpx.Timeout(current.read_timeout, connect=current.connect_timeout)
                self._client = httpx.Client(timeout=timeout)
                self._built_for = wanted
            return self._client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._client is not None and self._built_for[0] == os.getpid():
            self._client.close()
        self._client = None


GRAPH = GraphApi()


def failure(
    status: int, answer: Mapping[str, Any], errors: ErrorTable, retry_after: float | None = None
) -> SendFailed:
    """What a refused call means. Unknown codes are final: Meta's titles are not stable, so nothing is guessed."""
    error = fields.mapping(answer, "error")
    code, subcode = fields.number(error, "code"), fields.number(error, "error_subcode")
    detail = fields.text(error, "error_data", "details") or fields.text(error, "message") or f"HTTP {status}"
    if code is None:
        # Not Meta's own answer but a proxy's: after 502 and 504 the message may have passed.
        step: NextStep = "retry_backoff" if status >= 500 or status == 429 else "fail_no_retry"
        return SendFailed(
            detail, next=step, code=str(status), retry_after=retry_after, uncertain=status in (502, 504)
        )
    return SendFailed(
        detail,
        next=next_step(errors, code, subcode),
        code=str(code) if subcode is None else f"{code}/{subcode}",
        retry_after=retry_after,
    )


def next_step(errors: ErrorTable, code: int | None, subcode: int | None = None) -> NextStep:
    """The table's step for a code; 200 to 299 are all missing permissions."""
    if code is None:
        return "fail_no_retry"
    if (code, subcode) in errors:
        return errors[code, subcode]
    if (code, None) in errors:
        return errors[code, None]
    return "alert_operator" if 200 <= code <= 299 else "fail_no_retry"


def _seconds(value: str | None) -> float | None:
    return float(value) if value and value.isascii() and value.isdecimal() else None
