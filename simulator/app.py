"""The simulator's HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from simulator import control
from simulator.accounts import NoSuchAccount
from simulator.addresses import BadAddress, UnknownChannel
from simulator.faults import BadFaults
from simulator.phones import NoSuchPhone, NothingToTap
from simulator.providers import instagram, meta, telegram, twilio, twilio_content
from simulator.providers.meta_messages import MetaError
from simulator.providers.telegram_calls import TelegramError
from simulator.providers.twilio_account import TwilioError
from simulator.reviewing import BadReview
from simulator.talking import NotUnderstood
from simulator.world import World

PAGE = Path(__file__).parent / "page"
_TYPES = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css",
    "icon.svg": "image/svg+xml",
    "page.js": "text/javascript",
}
# The page shows what strangers wrote: nothing but its own two files may run or load.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' http: https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_STATUS = {NoSuchAccount: 404, NoSuchPhone: 404, UnknownChannel: 404, NothingToTap: 409, BadAddress: 422,
           NotUnderstood: 422, BadFaults: 422, BadReview: 422}  # fmt: skip


def create_app(api: str, own_url: str, state: Path | None = None) -> FastAPI:
    """The simulator for an app at `api`, itself reachable at `own_url`; kept in the file `state` if one is given."""
    world: list[World] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await world[0].open()
        yield
        await world[0].close()

    app = FastAPI(
        title="Spotter simulator", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    world.append(World(api, own_url, state))
    app.state.world = world[0]
    for part in (control, instagram, meta, twilio, twilio_content, telegram):
        app.include_router(part.routes(world[0]))
    _answer_errors(app, world[0])
    _serve_page(app)
    return app


def _answer_errors(app: FastAPI, world: World) -> None:
    async def refuse(_: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, _STATUS[type(error)])

    for kind in _STATUS:
        app.add_exception_handler(kind, refuse)

    async def by_provider(request: Request, error: Exception) -> Response:
        assert isinstance(error, MetaError | TwilioError | TelegramError)
        world.stats.refused(_channel_of(request), error.code)
        return JSONResponse(error.body, error.status, headers=getattr(error, "headers", None))

    for provider_error in (MetaError, TwilioError, TelegramError):
        app.add_exception_handler(provider_error, by_provider)


def _channel_of(request: Request) -> str:
    told = getattr(request.state, "channel", None)
    if told:
        return str(told)
    first = request.url.path.split("/")[1]
    return {"meta": "whatsapp"}.get(first, first)


def _serve_page(app: FastAPI) -> None:
    @app.get("/")
    async def index() -> Response:
        return _page_file("index.html")

    @app.get("/page/{name}")
    async def page_file(name: str) -> Response:
        return _page_file(name)

    @app.get("/health")
    async def health() -> dict[str, bool]:
        return {"ok": True}


def _page_file(name: str) -> Response:
    if name not in _TYPES:
        return Response(status_code=404)
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }
    return Response((PAGE / name).read_bytes(), media_type=_TYPES[name], headers=headers)
