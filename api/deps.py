"""What a request needs: who calls, and a session in their gym that commits before the answer leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import text

from api.errors import RateLimited, Unauthorised
from crm import facts as gym_facts
from crm.config import Settings
from crm.db import Database, TenantSession
from crm.errors import Forbidden
from crm.facts import GymFacts
from crm.gyms import ApiCaller, hash_api_key

Item = TypeVar("Item")
READ, WRITE = "read", "write"

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="API key",
    description="A key made by the owner; keys have the scopes `read` and `write`.",
)


def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


DatabaseDep = Annotated[Database, Depends(_database)]
SettingsDep = Annotated[Settings, Depends(_settings)]


def _caller(
    request: Request,
    database: DatabaseDep,
    presented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> ApiCaller:
    """Who the request is made for; the key decides the gym."""
    if presented is None or not presented.credentials:
        raise Unauthorised("send the API key as: Authorization: Bearer spk_...")
    with database.system_session() as session:
        row = session.execute(
            text("SELECT gym_id, id, name, scopes FROM door_api_key(:hash)"),
            {"hash": hash_api_key(presented.credentials)},
        ).first()
    if row is None:
        raise Unauthorised()
    wait = request.app.state.rate_limit.take(row.id)
    if wait:
        raise RateLimited(retry_after=wait)
    return ApiCaller(row.gym_id, row.id, row.name, frozenset(row.scopes))


ApiKeyDep = Annotated[ApiCaller, Depends(_caller)]


def _ensure_scope(caller: ApiCaller, scope: str) -> None:
    if scope not in caller.scopes:
        raise Forbidden(f"this key may not {scope}", scope=scope, scopes=sorted(caller.scopes))


def _reader(caller: ApiKeyDep) -> ApiCaller:
    _ensure_scope(caller, READ)
    return caller


ReaderDep = Annotated[ApiCaller, Depends(_reader)]
"""Who may read, for a route that opens its own session because it waits for something else beside the database."""


def _reading(caller: ReaderDep, database: DatabaseDep) -> Iterator[TenantSession]:
    with database.tenant_session(caller.gym_id) as session:
        yield session


def _writing(caller: ApiKeyDep, database: DatabaseDep) -> Iterator[TenantSession]:
    _ensure_scope(caller, WRITE)
    with database.tenant_session(caller.gym_id) as session:
        yield session


# scope="function": the transaction ends before the answer is sent, so that what was answered is what was kept.
SessionDep = Annotated[TenantSession, Depends(_reading, scope="function")]
WriteSessionDep = Annotated[TenantSession, Depends(_writing, scope="function")]


def _actor(caller: ApiKeyDep) -> str:
    return f"api:{caller.name}"


def _facts(session: SessionDep) -> GymFacts:
    return gym_facts.load(session)


ActorDep = Annotated[str, Depends(_actor)]
FactsDep = Annotated[GymFacts, Depends(_facts, scope="function")]


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is asked for."""

    limit: int
    offset: int


def _slice(
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most; 100 is the most")] = 25,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="How many to skip")] = 0,
) -> Slice:
    return Slice(limit, offset)


SliceDep = Annotated[Slice, Depends(_slice)]


class ListOf(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    total: int = Field(description="How many there are in all", examples=[1])
    limit: int = Field(examples=[25])
    offset: int = Field(examples=[0])
    has_next: bool = Field(description="Whether there are more after these", examples=[False])

    @classmethod
    def of(cls, items: list[Item], total: int, part: Slice) -> ListOf[Item]:
        """A page with its place in the whole."""
        return cls(
            items=items,
            total=total,
            limit=part.limit,
            offset=part.offset,
            has_next=part.offset + len(items) < total,
        )
