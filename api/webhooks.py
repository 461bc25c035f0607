"""What providers call: verify, keep, wake a worker, answer. All thinking comes after.

Nothing but a database that does not answer makes a provider call again (503); no
body, however broken, makes an error of ours.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from api import metrics
from api.inboxes import Inboxes, KnownInbox
from api.intake import Intake, Row, Unstorable, row
from api.waking import Waking
from bot.channels.base import InboxAccount, WebhookRequest
from bot.channels.door import Provider, Received, receive
from crm.config import Settings

log = logging.getLogger(__name__)

LARGEST_BODY = 3 * 1024 * 1024 + 64 * 1024
"""Bytes. Meta sends up to 3 MB."""
SLOWEST_BODY = 15.0
"""Seconds a body may take to arrive."""
ANSWER_AGAIN_LATER = {"Retry-After": "2"}


class BodyTooLarge(Exception):
    """More bytes than any provider sends."""


class Doors(Protocol):
    """What the application's state offers the webhooks."""

    settings: Settings
    inboxes: Inboxes
    intake: Intake
    waking: Waking


def routes() -> list[Route]:
    """The webhooks' routes: plain ones, because nothing of them is for the API's document."""
    return [
        Route("/webhooks/meta", _meta, methods=["GET", "POST"]),
        Route("/webhooks/twilio/{inbox}", _twilio, methods=["GET", "POST"]),
        Route("/webhooks/telegram/{inbox}", _telegram, methods=["POST"]),
    ]


async def _meta(request: Request) -> Response:
    return await _answer(request, "meta")


async def _twilio(request: Request) -> Response:
    return await _answer(request, "twilio")


async def _telegram(request: Request) -> Response:
    return await _answer(request, "telegram")


async def _answer(request: Request, provider: Provider) -> Response:
    try:
        response = await _take_in(request, provider, _doors(request.app))
    except BodyTooLarge:
        response = Response("", 413, {"Connection": "close"})
    except (ClientDisconnect, TimeoutError):
        response = Response("", 408)
    except Unstorable:
        response = Response("", 400)
    except Exception as error:
        # The provider keeps what we could not and brings it again.
        log.warning("a webhook of %s was put off: %s", provider, type(error).__name__, exc_info=error)
        response = Response("", 503, ANSWER_AGAIN_LATER)
    metrics.WEBHOOKS.labels(provider, response.status_code).inc()
    return response


def _doors(app: Starlette) -> Doors:
    found: Doors = app.state  # create_app puts them there
    return found


async def _take_in(request: Request, provider: Provider, doors: Doors) -> Response:
    body = await _body(request) if request.method == "POST" else b""
    asked = WebhookRequest(
        method=request.method,
        url=_public_url(request, doors.settings),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]},
        body=body,
        query=dict(request.query_params),
    )
    if provider == "meta":
        received = await _from_meta(asked, doors)
    else:
        inbox = await doors.inboxes.find(request.path_params["inbox"])
        if inbox is None:
            return Response("", 404)
        # A Telegram update does not name its bot, so the path alone says whose it is. Twilio names the number.
        accounts = doors.inboxes.beside(inbox) if provider == "twilio" else [inbox.account]
        received = receive(asked, provider, accounts)
    if received.reason:
        log.info("a webhook of %s was refused with %s: %s", provider, received.status, received.reason)
    for dropped in received.dropped:
        metrics.DROPPED.labels(dropped.channel, dropped.reason).inc()
    if received.payloads:
        await _keep(received, doors)
    return Response(received.body, received.status, media_type=received.media_type)


async def _from_meta(asked: WebhookRequest, doors: Doors) -> Received:
    """Try the accounts that the body names first: trying every gym's secret takes long where each has its own."""
    if asked.method == "GET":
        ours = InboxAccount("", "whatsapp", "", {"verify_token": doors.settings.meta_verify_token or ""})
        return receive(asked, "meta", [ours, *await doors.inboxes.all_meta()])
    named = await doors.inboxes.meta(asked.body)
    if named:
        received = receive(asked, "meta", named)
        if received.status == 200 and not received.dropped:
            return received
    return receive(asked, "meta", await doors.inboxes.all_meta())


async def _keep(received: Received, doors: Doors) -> None:
    rows: list[Row] = []
    for arrived in received.payloads:
        inbox: KnownInbox = doors.inboxes.get(arrived.account.key)
        payload = arrived.payload
        rows.append(
            row(
                inbox.gym_id, inbox.id, external_id=payload.external_id, address=payload.address,
                payload=payload.payload, waits=payload.waits, provider_at=payload.provider_at,
            )
        )  # fmt: skip
    await doors.intake.keep(rows)
    metrics.RECORDED.labels(received.payloads[0].account.channel).inc(len(rows))
    doors.waking.soon()
    if any(one.waits for one in rows):
        doors.waking.after(doors.settings.burst_wait_seconds)


def _public_url(request: Request, settings: Settings) -> str:
    """The URL that the provider called, which Twilio signs: a proxy in between may have changed host and scheme."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    url = settings.public_url.rstrip("/") + raw.split(b"?", 1)[0].decode("latin-1")
    return f"{url}?{query.decode('latin-1')}" if query else url


async def _body(request: Request) -> bytes:
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > LARGEST_BODY:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    async with asyncio.timeout(SLOWEST_BODY):
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST_BODY:
                raise BodyTooLarge
            chunks.append(chunk)
    return b"".join(chunks)
