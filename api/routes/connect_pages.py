"""The page on which an owner enters a channel's keys: opened by a signed link from the staff chat, checked at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api import connecting
from api.connecting import ASKED, Connected
from api.deps import DatabaseDep, SettingsDep
from api.pages import page
from bot.commands.connect import TITLES
from crm.errors import CrmError, Invalid
from crm.links import ConnectAccess, LinkExpired, LinkInvalid, read_connect_token

router = APIRouter(prefix="/connect", include_in_schema=False)

LARGEST_FORM = 20_000
"""Bytes."""


async def _form(request: Request) -> dict[str, str]:
    told = request.headers.get("content-length", "")
    if not told.isdecimal() or int(told) > LARGEST_FORM:
        return {}
    async with request.form(max_files=0, max_fields=20) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


@router.get("/{token}")
def show_form(token: str, database: DatabaseDep, settings: SettingsDep) -> HTMLResponse:
    """What is needed, and where each of it is found."""
    try:
        access = read_connect_token(settings, token)
        with database.tenant_session(access.gym_id) as session:
            connecting.ensure_owner(session, access)
    except (LinkExpired, LinkInvalid) as error:
        return _closed(error)
    return _shown(access, {})


@router.post("/{token}")
def take_keys(
    token: str, database: DatabaseDep, settings: SettingsDep, given: Annotated[dict[str, str], Depends(_form)]
) -> HTMLResponse:
    """Check them, keep them where they are right, and say what is left to do."""
    try:
        access = read_connect_token(settings, token)
        done = connecting.connect(database, settings, access, given)
    except Invalid as error:
        return _shown(access, given, problem=str(error), field=str(error.data.get("field", "")), status=422)
    except (LinkExpired, LinkInvalid) as error:
        return _closed(error)
    except CrmError as error:
        return _shown(access, given, problem=str(error), status=409)
    if not done.is_kept:
        return _shown(access, given, done=done, status=422)
    return page(
        "connected.html", title=TITLES[access.channel], done=done, left=connecting.steps(access.channel, done),
        where=connecting.OF_META.get(access.channel), field=connecting.FIELDS.get(access.channel, "messages"),
    )  # fmt: skip


def _shown(
    access: ConnectAccess, given: dict[str, str], *, problem: str = "", field: str = "",
    done: Connected | None = None, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    """The form; what is no secret is filled in again, what is one has to be pasted again."""
    asked = ASKED[access.channel]
    again = {one.name: "" if one.is_secret else given.get(one.name, "")[:60] for one in asked}
    refused = [found for found in done.checked.findings if found.state == "wrong"] if done is not None else []
    return page(
        "connect.html", status=status, title=TITLES[access.channel], asked=asked, values=again, problem=problem,
        wrong_field=field, refused=refused,
    )  # fmt: skip


def _closed(error: CrmError) -> HTMLResponse:
    again = "Write /connect to the bot for a new one."
    if isinstance(error, LinkExpired):
        return page(
            "notice.html",
            status=410,
            title="This link has expired",
            words=f"It works for 30 minutes. {again}",
        )
    return page(
        "notice.html", status=403, title="This link does not work",
        words=f"It may have been cut off, or belong to somebody who is no owner any more. {again}",
    )  # fmt: skip
