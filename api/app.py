"""The application: routers, error answers, what a request finds in the state."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

from fastapi import FastAPI

from api import cors, docs, errors, webhooks
from api.inboxes import Inboxes
from api.intake import Intake
from api.limits import RateLimit
from api.observing import Observed
from api.routes import (
    attachments,
    bookings,
    calendar_files,
    connect_pages,
    contacts,
    conversations,
    dead_letters,
    dev,
    exports,
    gym,
    gym_pages,
    health,
    leads,
    personal_data,
    rasa,
    report_pages,
    reports,
    web_leads,
)
from api.waking import Waking, prepare
from crm.config import Settings
from crm.config import settings as process_settings
from crm.db import Database
from crm.db import database as process_database

DESCRIPTION = """
Every list takes `limit` (at most 100) and `offset` and tells `total` and `has_next`.
Instants are in UTC with offset; fields that end in `_local` are the gym's wall time without one.
An error's body is `{"error": {"code", "message", "data"}}`; decide by `code`.
"""


def create_own_app() -> FastAPI:
    """The application of a process that does nothing else: what is loaded by now is never looked through for garbage.

    That look held every request up for a tenth of a second, some times a minute.
    """
    app = create_app()
    prepare()
    gc.collect()
    gc.freeze()
    return app


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """The whole HTTP side, on the process's settings and database unless others are given."""
    settings = settings or process_settings()
    database = database or process_database()
    app = FastAPI(
        title="Spotter",
        version="1",
        summary="A gym's CRM that lives in its chats",
        description=DESCRIPTION,
        docs_url=None,  # these would load their scripts from a CDN
        redoc_url=None,
        lifespan=_lifespan,
        openapi_tags=docs.TAGS,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.rate_limit = RateLimit()
    app.state.web_limit = RateLimit(rate=0.1, burst=10)
    app.state.inboxes = Inboxes(database)
    app.state.intake = Intake(database.url)
    app.state.waking = Waking()
    errors.install(app)
    app.router.routes.extend(webhooks.routes())
    app.include_router(health.router)
    for resource in (
        web_leads,
        leads,
        contacts,
        personal_data,
        conversations,
        attachments,
        bookings,
        gym,
        reports,
        exports,
        dead_letters,
    ):
        app.include_router(resource.router)
    app.include_router(rasa.router)
    app.include_router(report_pages.router)
    app.include_router(attachments.linked)
    app.include_router(gym_pages.router)
    app.include_router(connect_pages.router)
    app.include_router(calendar_files.router)
    app.include_router(docs.router)
    if settings.simulator and settings.env != "production":
        app.include_router(dev.router)
    app.add_middleware(cors.Readable)
    app.add_middleware(Observed)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await asyncio.to_thread(prepare)
    yield
    app.state.waking.close()
    await app.state.intake.close()
