"""A Rasa action server for a gym's own assistant: statuses and bodies as rasa-sdk's own server has them.

In the assistant's `endpoints.yml`:

    action_endpoint:
      url: https://HOST/rasa/webhook
      headers: {Authorization: "Bearer spk_..."}
"""

from __future__ import annotations

import functools
import json
import zlib
from typing import TYPE_CHECKING, Any

import psycopg
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from api.deps import WRITE, ApiKeyDep, DatabaseDep
from api.errors import documented
from bot.channels.base import MalformedPayload
from crm import locks
from crm.db import Database
from crm.errors import Forbidden
from crm.gyms import ApiCaller

if TYPE_CHECKING:
    from bot.actions import ActionServer, Answer

router = APIRouter(prefix="/rasa", tags=["rasa"])

LONGEST = 20_000_000
"""Bytes of a call, unpacked: a tracker of some ten thousand events."""


NOT_JSON = {"description": "Bad Request", "status": 400, "message": "Failed when parsing body as json"}
"""The words of the server that rasa-sdk stands on."""


class ServedAction(BaseModel):
    """One action that can be called."""

    name: str = Field(examples=["action_book_trial"])


class Alive(BaseModel):
    """The server answers."""

    status: str = Field(examples=["ok"])


class _TooLong(Exception):
    """The call has more than `LONGEST` bytes."""


class _NotDone(Exception):
    """Ends the transaction of an action that did not succeed."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


@functools.cache
def _server() -> ActionServer:
    from bot.actions import ActionServer  # rasa-sdk takes a quarter of a second to import

    return ActionServer()


@router.post("/webhook", include_in_schema=False)  # what it takes and answers is rasa-sdk's to describe
async def run_action(request: Request, caller: ApiKeyDep, database: DatabaseDep) -> Response:
    """Runs `next_action` for the person that `tracker.sender_id` names, like `whatsapp:+353851234567`.

    200 has the action's events and responses; 400 says that it cannot be run now, 404 that there is none of
    that name, 449 that the assistant's domain has to be sent along. Needs a key with the scope `write`.
    """
    if WRITE not in caller.scopes:
        raise Forbidden("this key may not write", scope=WRITE, scopes=sorted(caller.scopes))
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > LONGEST:
            return _json({"error": "The call is too long"}, 413)
    return await run_in_threadpool(
        _answer, bytes(raw), request.headers.get("content-encoding"), caller, database
    )


def _answer(raw: bytes, encoding: str | None, caller: ApiCaller, database: Database) -> Response:
    from bot import actions

    try:
        call = actions.read(_unpacked(raw) if encoding == "deflate" else raw)
    except _TooLong:
        return _json({"error": "The call is too long"}, 413)
    except zlib.error as error:
        return _json({"error": str(error), "request_body": None}, 500)
    except MalformedPayload:
        return _json(NOT_JSON, 400)
    if call is None:
        return _json({"error": "Invalid body request"}, 400)
    server = _server()

    def run() -> Answer:
        with database.tenant_session(caller.gym_id) as session:
            answer = server.run(session, call)
            if answer.status != 200:
                raise _NotDone(answer)
            return answer

    try:
        answer = locks.run_again(run)
    except _NotDone as not_done:
        answer = not_done.answer
    except (SQLAlchemyError, psycopg.Error, locks.Busy) as error:
        # What the database says of its statements is not for other systems to read.
        return _json({"error": type(error).__name__, "request_body": call}, 500)
    return _json(answer.body, answer.status)


def _unpacked(raw: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    body = unpacking.decompress(raw, LONGEST)
    if unpacking.unconsumed_tail:
        raise _TooLong
    if not unpacking.eof:
        raise zlib.error("incomplete or truncated stream")
    return body


def _json(body: Any, status: int = 200) -> Response:
    # Escaped, so that half a surrogate pair in what is echoed cannot break the answer.
    return Response(json.dumps(body, default=str), status, media_type="application/json")


@router.get("/health", summary="Does the action server answer?")
def health() -> Alive:
    """As rasa-sdk's own server says it; needs no key."""
    return Alive(status="ok")


@router.get("/actions", summary="Which actions are there?", responses=documented())
def list_actions(_: ApiKeyDep) -> list[ServedAction]:
    """Every action that can be called, by name."""
    from bot.assistant import domain

    return [ServedAction(name=name) for name in domain.action_names()]


@router.get("/domain", include_in_schema=False)
def show_domain(_: ApiKeyDep) -> Response:
    """A domain file in YAML with the intents, entities, slots, responses and actions, to be merged into the assistant's."""
    from bot.assistant import domain

    return Response(domain.as_yaml(), media_type="application/yaml")
