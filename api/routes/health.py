"""For operators: is it alive, is it ready, what does it do."""

from __future__ import annotations

import functools
import logging
import time
from typing import cast

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from api import metrics
from api.deps import DatabaseDep, SettingsDep
from crm import channel_health
from crm.config import Settings
from crm.db import Database, sqlalchemy_url

log = logging.getLogger(__name__)
router = APIRouter(tags=["operation"])

_REVISION = text("SELECT version_num FROM alembic_version")
BROKER_TIMEOUT = 2.0


class Health(BaseModel):
    """Whether this process can do its work; `checks` says of each part ``ok`` or what is wrong with it."""

    status: str = Field(description="ok, degraded or not ready", examples=["ok"])
    degraded: list[str] = Field(
        default_factory=list, description="Parts that are away and without which it goes on", examples=[[]]
    )
    checks: dict[str, str] = Field(default_factory=dict, examples=[{"database": "ok", "broker": "ok"}])


@router.get("/health/live", summary="Is the process alive?")
def live() -> Health:
    """Answers as long as the process does; asks nothing of others."""
    return Health(status="ok")


@router.get(
    "/health/ready",
    summary="Can it do its work?",
    response_model=Health,
    responses={503: {"model": Health, "description": "Not now; `checks` says why"}},
)
def ready(database: DatabaseDep, settings: SettingsDep) -> Response:
    """The database is at the revision this code needs: then everything received is kept.

    Without the broker that stays so, only answers wait; the answer is 200 all the same
    and names it, so that no proxy cuts off what providers bring only once.
    """
    checks = {"database": _database(database, settings), "broker": _broker(settings)}
    amiss = [part for part, found in checks.items() if found != "ok"]
    is_ready = "database" not in amiss
    status = ("degraded" if amiss else "ok") if is_ready else "not ready"
    health = Health(status=status, degraded=amiss if is_ready else [], checks=checks)
    return JSONResponse(health.model_dump(), 200 if is_ready else 503)


class StoppedChannel(BaseModel):
    """An account that its provider refuses as a whole; the gym's staff group has been told how to mend it."""

    channel: str = Field(examples=["whatsapp"])
    code: str | None = Field(description="The provider's error code", examples=["190"])
    since: AwareDatetime
    waiting: int = Field(description="Messages that wait for it to work again")


class ChannelsHealth(BaseModel):
    """Whether every channel of every gym is accepted by its provider."""

    status: str = Field(examples=["ok"])
    stopped: list[StoppedChannel] = Field(default_factory=list)


@router.get("/health/channels", summary="Do the providers take our messages?")
def channels(database: DatabaseDep) -> ChannelsHealth:
    """Stopped accounts, the longest stopped first, without saying whose they are; always 200."""
    with database.system_session() as session:
        stopped = [StoppedChannel(**row) for row in channel_health.list_stopped(session)]
    return ChannelsHealth(status="stopped" if stopped else "ok", stopped=stopped)


@router.get("/metrics", include_in_schema=False)
def show_metrics(database: DatabaseDep) -> Response:
    """Prometheus' text format."""
    return Response(metrics.exposition(database), media_type=CONTENT_TYPE_LATEST)


@functools.cache
def _head() -> str:
    from crm.migrations import head  # slow import (0.3 s)

    return head()


_at_head: set[str] = set()
"""Databases that were seen at the newest revision: the code cannot become newer while it runs."""


def _database(database: Database, settings: Settings) -> str:
    try:
        with database.system_session() as session:
            session.execute(text("SELECT 1"))
        if database.url in _at_head:
            return "ok"
        revision = _revision(database, settings)
    except SQLAlchemyError as error:
        return f"does not answer ({type(error).__name__})"
    if revision == _head():
        _at_head.add(database.url)
        return "ok"
    return f"is at revision {revision}, this code needs {_head()}: run spotter migrate"


def _revision(database: Database, settings: Settings) -> str | None:
    """The schema's revision, read by the owner where the application's role may not."""
    try:
        with database.system_session() as session:
            return cast(str | None, session.execute(_REVISION).scalar())
    except SQLAlchemyError:
        if settings.admin_database_url is None:
            raise
    engine = create_engine(sqlalchemy_url(settings.admin_database_url))
    try:
        with engine.connect() as connection:
            return cast(str | None, connection.execute(_REVISION).scalar())
    finally:
        engine.dispose()


def _broker(settings: Settings) -> str:
    if settings.broker_url is None:
        return "not configured (SPOTTER_BROKER_URL)"
    from kombu.connection import Connection

    began = time.monotonic()
    try:
        with Connection(settings.broker_url, connect_timeout=BROKER_TIMEOUT) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT)
    except Exception as error:  # each transport has errors of its own, of no common class
        log.info("broker away after %.1f s: %s", time.monotonic() - began, type(error).__name__)
        return f"does not answer ({type(error).__name__})"
    return "ok"
