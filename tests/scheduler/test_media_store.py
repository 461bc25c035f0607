"""The media store in a bucket: Amazon's own example of a signature, and a store that checks it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from crm.config import Settings
from scheduler.media_store import S3, Folder, Missing, StoreFailed, signature_headers, store_of

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_signs_as_amazons_example_does() -> None:
    """GET Object in "Signature Calculations for the Authorization Header", Amazon S3 API Reference."""
    signed = signature_headers(
        "GET", "https://examplebucket.s3.amazonaws.com/test.txt", region="us-east-1", key=KEY, secret=SECRET, content=b"",
        headers={"Range": "bytes=0-9"}, at=dt.datetime(2013, 5, 24, tzinfo=dt.UTC),
    )  # fmt: skip

    assert signed["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={KEY}/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


class Bucket(BaseHTTPRequestHandler):
    """Keeps what is signed with the right secret."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, bytes]] = {}
    is_down = False

    def answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        names = [
            name
            for name in ("content-type",)
            if name in self.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
        ]
        expected = signature_headers(
            self.command, f"http://{self.headers['host']}{self.path}", region="eu-west-1", key=KEY, secret=SECRET,
            content=content, headers={name: self.headers[name] for name in names},
            at=dt.datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC),
        )  # fmt: skip
        status, body = 200, b""
        if self.is_down:
            status = 503
        elif self.headers["authorization"] != expected["authorization"]:
            status = 403
        elif self.command == "PUT":
            self.objects[self.path] = content
        elif self.command == "DELETE":
            status = 204 if self.objects.pop(self.path, None) is not None else 404
        elif self.path in self.objects:
            body = self.objects[self.path]
        else:
            status = 404
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = answer  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Bucket.objects, Bucket.is_down = {}, False
    served = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/gym-files"
    served.shutdown()
    served.server_close()
    thread.join(2)


def test_keeps_gives_and_removes(url: str) -> None:
    store = S3(url, region="eu-west-1", key=KEY, secret=SECRET)
    store.put("gym/file ü", b"one", "image/png")
    assert store.get("gym/file ü") == b"one"
    store.delete("gym/file ü")
    store.delete("gym/file ü")
    with pytest.raises(Missing):
        store.get("gym/file ü")


def test_a_store_that_refuses_or_is_away_says_so(url: str) -> None:
    with pytest.raises(StoreFailed):
        S3(url, region="eu-west-1", key=KEY, secret="wrong").put("a", b"x", "image/png")
    Bucket.is_down = True
    with pytest.raises(StoreFailed):
        S3(url, region="eu-west-1", key=KEY, secret=SECRET).get("a")
    with pytest.raises(StoreFailed):
        S3("http://127.0.0.1:1/x", region="eu-west-1", key=KEY, secret=SECRET).get("a")


def test_the_store_is_the_one_configured() -> None:
    plain = Settings(_env_file=None)  # type: ignore[call-arg]
    bucket = Settings(
        _env_file=None, media_bucket_url="https://s.example/b", media_bucket_key="k", media_bucket_secret="s"
    )  # type: ignore[call-arg]

    assert isinstance(store_of(plain), Folder)
    assert isinstance(store_of(bucket), S3)


def test_half_a_store_refuses_to_start() -> None:
    with pytest.raises(ValueError, match="SPOTTER_MEDIA_BUCKET_KEY"):
        Settings(_env_file=None, media_bucket_url="https://s.example/b")  # type: ignore[call-arg]
