"""Where people's files lie: a folder, or any store that speaks Amazon's S3.

Keys are made here and hold no name of a person or a file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpx

from crm import clock
from crm.config import Settings
from crm.errors import CrmError

TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class StoreFailed(CrmError):
    """The media store did not do what it was asked; trying again later may help."""

    code = "unavailable"


class Missing(CrmError):
    """The media store has no such file."""

    code = "not_found"


class MediaStore(Protocol):
    """Keeps bytes under a key. Putting twice and deleting twice do no harm."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep the file for good; raises `StoreFailed`."""

    def get(self, key: str) -> bytes:
        """The file; raises `Missing` or `StoreFailed`."""

    def delete(self, key: str) -> None:
        """Remove the file, if it is there; raises `StoreFailed`."""


def new_key(gym_id: uuid.UUID, attachment_id: uuid.UUID) -> str:
    """One gym's files lie together, so that they can be moved or removed together."""
    return f"{gym_id}/{attachment_id}"


class Folder(MediaStore):
    """Files below a folder. A file is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002
        """Written beside, flushed, then moved to its place."""
        place = self._place(key)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as beside:
                beside.write(content)
                beside.flush()
                os.fsync(beside.fileno())
            Path(beside.name).replace(place)
        except OSError as error:
            raise StoreFailed(reason=str(error)) from error

    def get(self, key: str) -> bytes:
        """The file's bytes."""
        try:
            return self._place(key).read_bytes()
        except FileNotFoundError as error:
            raise Missing(key=key) from error
        except OSError as error:
            raise StoreFailed(reason=str(error)) from error

    def delete(self, key: str) -> None:
        """Unlinked."""
        try:
            self._place(key).unlink(missing_ok=True)
        except OSError as error:
            raise StoreFailed(reason=str(error)) from error

    def _place(self, key: str) -> Path:
        place = (self.root / key).resolve()
        if not place.is_relative_to(self.root.resolve()):
            raise StoreFailed(reason="a key that leads out of the media folder")
        return place


class S3(MediaStore):
    """A bucket, by path-style addresses and Signature Version 4."""

    def __init__(self, url: str, *, region: str, key: str, secret: str) -> None:
        self.url, self.region, self.key, self.secret = url.rstrip("/"), region, key, secret

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """PutObject."""
        self._call("PUT", key, content, {"content-type": content_type})

    def get(self, key: str) -> bytes:
        """GetObject."""
        return self._call("GET", key).content

    def delete(self, key: str) -> None:
        """DeleteObject; a missing object is none the worse."""
        try:
            self._call("DELETE", key)
        except Missing:
            return

    def _call(
        self, method: str, key: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        url = f"{self.url}/{quote(key)}"
        signed = signature_headers(
            method, url, region=self.region, key=self.key, secret=self.secret, content=content,
            headers=headers or {}, at=clock.now(),
        )  # fmt: skip
        try:
            answer = httpx.request(method, url, content=content, headers=signed, timeout=TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise StoreFailed(reason=type(error).__name__) from error
        if answer.status_code == 404:
            raise Missing(key=key)
        if not answer.is_success:
            raise StoreFailed(status=answer.status_code)
        return answer


def signature_headers(
    method: str, url: str, *, region: str, key: str, secret: str, content: bytes, headers: Mapping[str, str],
    at: dt.datetime,
) -> dict[str, str]:  # fmt: skip
    """All headers of a request with Amazon's Signature Version 4 over method, path, headers and content."""
    parts = urlsplit(url)
    stamp, day = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}"
    body = hashlib.sha256(content).hexdigest()
    told = {name.lower(): value.strip() for name, value in headers.items()}
    told |= {"host": parts.netloc, "x-amz-content-sha256": body, "x-amz-date": stamp}
    names = ";".join(sorted(told))
    lines = [
        method,
        parts.path or "/",
        parts.query,
        *(f"{name}:{told[name]}" for name in sorted(told)),
        "",
        names,
        body,
    ]
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = "\n".join(
        ("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest())
    )
    signing = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    proof = hmac.new(signing, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={key}/{scope}"
    return {**told, "authorization": f"AWS4-HMAC-SHA256 {credential},SignedHeaders={names},Signature={proof}"}


def store_of(settings: Settings) -> MediaStore:
    """The store as configured."""
    if settings.media_bucket_url:
        return S3(
            settings.media_bucket_url, region=settings.media_bucket_region, key=settings.media_bucket_key or "",
            secret=settings.media_bucket_secret or "",
        )  # fmt: skip
    return Folder(settings.data_dir / "media")
