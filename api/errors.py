"""One table from error codes to HTTP statuses, and one shape for every error body."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException

from crm.errors import CrmError
from crm.locks import is_contention

log = logging.getLogger(__name__)

STATUSES: Mapping[str, int] = {
    "unauthorised": 401,
    "forbidden": 403,
    "link_invalid": 403,
    "not_found": 404,
    "ambiguous": 409,
    "conflict": 409,
    "link_expired": 410,
    "invalid": 422,
    "rate_limited": 429,
    "busy": 503,
    "unavailable": 503,
    "configuration": 503,
    "crm_error": 400,
}
"""A code that is not here has the status of the nearest parent in the tree of errors."""
RETRY_SOON = {"Retry-After": "1"}


class Unauthorised(CrmError):
    """The API key is missing, unknown or revoked."""

    code = "unauthorised"


class RateLimited(CrmError):
    """This key has made too many requests; `data["retry_after"]` says for how many seconds to wait."""

    code = "rate_limited"


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable; programs decide by it")
    message: str = Field(description="For the person who reads the log")
    data: dict[str, Any] = Field(default_factory=dict, description="What was at stake")


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    model_config = {
        "json_schema_extra": {
            "examples": [{"error": {"code": "not_found", "message": "no such lead", "data": {}}}]
        }
    }

    error: ErrorDetail


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for the OpenAPI document; 401, 403, 422 and 429 can always come."""
    return {
        status: {"model": ErrorBody, "description": HTTPStatus(status).phrase}
        for status in sorted({401, 403, 422, 429, *statuses})
    }


def status_of(error: CrmError) -> int:
    """The HTTP status of a refusal: by its own code, else by its parents'."""
    for kind in type(error).__mro__:
        status = STATUSES.get(getattr(kind, "code", ""))
        if status is not None:
            return status
    return 400


def body(code: str, message: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An error body; what cannot be said in JSON is said as text."""
    try:
        said = jsonable_encoder(dict(data or {}), custom_encoder={bytes: repr})
    except (ValueError, TypeError, RecursionError):
        said = {name: str(value) for name, value in (data or {}).items()}
    return {"error": {"code": code, "message": message, "data": said}}


def install(app: FastAPI) -> None:
    """Give the application its error answers."""
    app.add_exception_handler(CrmError, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(OverflowError, _beyond_the_calendar)
    app.add_exception_handler(StatementError, _beyond_the_calendar)
    app.add_exception_handler(NoConnectionFree, _database)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CrmError)
    status = status_of(error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="spotter"'
    elif status in (429, 503):
        headers["Retry-After"] = str(error.data.get("retry_after", 1))
    return JSONResponse(body(error.code, str(error), error.data), status, headers)


async def _not_valid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The input itself is not repeated: it may hold what should not be in logs.
    problems = [
        {"where": ".".join(map(str, problem["loc"])), "message": problem["msg"]} for problem in error.errors()
    ]
    first = problems[0] if problems else {"where": "request", "message": "not valid"}
    return JSONResponse(body("invalid", f"{first['where']}: {first['message']}", {"problems": problems}), 422)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http")
    return JSONResponse(body(code, str(error.detail)), error.status_code, dict(error.headers or {}))


async def _beyond_the_calendar(_: Request, error: Exception) -> JSONResponse:
    """An instant at the calendar's edge that has no UTC form (9999-12-31T01:00-23:00)."""
    if isinstance(error, StatementError) and not isinstance(error.orig, OverflowError | ValueError):
        raise error
    return JSONResponse(body("invalid", "a date is outside the calendar (years 1 to 9999, in UTC)"), 422)


async def _database(_: Request, error: Exception) -> JSONResponse:
    """A value that no column takes is the caller's; a database that does not answer is ours, for now."""
    if isinstance(error, DBAPIError) and is_contention(error):
        return JSONResponse(body("busy", "too many want the same place"), 503, RETRY_SOON)
    if isinstance(error, DataError):
        return JSONResponse(body("invalid", "a value cannot be stored or looked up"), 422)
    if isinstance(error, OperationalError | NoConnectionFree):
        log.warning("the database does not answer: %s", type(error).__name__)
        return JSONResponse(body("unavailable", "the database does not answer"), 503, RETRY_SOON)
    if isinstance(error, IntegrityError):
        return JSONResponse(body("conflict", "this does not fit what is there already"), 409)
    raise error


def unexpected(error: Exception, request_id: str) -> JSONResponse:
    """The answer to an error of ours, which is logged; nothing of it is told."""
    log.error("request %s failed", request_id, exc_info=error)
    said = body("internal", "an unexpected error; it was logged", {"request_id": request_id})
    return JSONResponse(said, 500)
