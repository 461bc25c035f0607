"""Fetching people's files: so many bytes at most, from the provider's own addresses only, secrets to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.channels._settings import settings
from bot.channels.base import NextStep, SendFailed

TOO_BIG = "too_big"
"""The code of a failure that more tries will not change: the file has more bytes than wanted."""
_AGAIN = (408, 425, 429)


def download(
    url: str,
    *,
    most: int,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    follow: bool = False,
) -> bytes:
    """GET a file; raise `SendFailed`. A redirect to another host is followed without the secrets, where at all."""
    import httpx

    current = settings()
    timeout = httpx.Timeout(current.read_timeout, connect=current.connect_timeout)
    pieces: list[bytes] = []
    size = 0
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=follow) as client,
            client.stream("GET", url, headers=dict(headers or {}), auth=auth) as response,
        ):
            if not response.is_success:
                raise refused(response.status_code)
            for piece in response.iter_bytes():
                size += len(piece)
                if size > most:
                    raise SendFailed("more bytes than are taken", next="fail_no_retry", code=TOO_BIG)
                pieces.append(piece)
    except httpx.InvalidURL as error:
        raise SendFailed("no address to fetch it from", next="fail_no_retry") from error
    except httpx.HTTPError as error:
        raise SendFailed(f"not fetched: {type(error).__name__}", next="retry_backoff") from error
    return b"".join(pieces)


def delete(url: str, *, auth: tuple[str, str]) -> None:
    """DELETE a file at the provider; raise `SendFailed`."""
    import httpx

    current = settings()
    timeout = httpx.Timeout(current.read_timeout, connect=current.connect_timeout)
    try:
        response = httpx.delete(url, auth=auth, timeout=timeout)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SendFailed(f"not deleted: {type(error).__name__}", next="retry_backoff") from error
    if not response.is_success and response.status_code != 404:
        raise refused(response.status_code)


def refused(status: int) -> SendFailed:
    """What an HTTP status instead of the file means."""
    step: NextStep = "retry_backoff" if status >= 500 or status in _AGAIN else "fail_no_retry"
    return SendFailed(f"the platform answered {status}", next=step, code=str(status))


def is_at(url: str, base: str) -> bool:
    """Whether the address lies at the same scheme, host and port as `base`."""
    try:
        ours, theirs = urlsplit(base), urlsplit(url)
        return bool(ours.hostname) and (ours.scheme, ours.hostname, ours.port) == (
            theirs.scheme, theirs.hostname, theirs.port,
        )  # fmt: skip
    except ValueError:
        return False


def is_https(url: str) -> bool:
    """Whether the address is one of the open Web, encrypted and by name: no literal address of a private network."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    is_name = "." in host and not host.replace(".", "").isdecimal() and ":" not in host
    return parts.scheme == "https" and is_name and parts.username is None
