"""Files that people sent: for programs with a key, and for staff by the link they get in chat."""

from __future__ import annotations

import uuid

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.deps import DatabaseDep, ReaderDep, SettingsDep
from api.errors import documented
from api.pages import page
from crm import attachments
from crm.config import Settings
from crm.errors import NotFound
from crm.file_types import EXTENSIONS
from crm.links import LinkExpired, LinkInvalid, read_media_token
from crm.models import MessageAttachment
from scheduler.media_store import Missing, StoreFailed, store_of

router = APIRouter(prefix="/api/v1/attachments", tags=["conversations"], responses=documented())
linked = APIRouter(prefix="/media", include_in_schema=False)

HEADERS = {
    # A stranger's file is shown for what it is and never as a page of ours.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}


@router.get(
    "/{attachment_id}",
    summary="Get a file that somebody sent",
    responses={**documented(404), 200: {"content": {"*/*": {}}, "description": "The file itself"}},
    response_class=Response,
)
def get_attachment(
    caller: ReaderDep, database: DatabaseDep, settings: SettingsDep, attachment_id: uuid.UUID
) -> Response:
    """The file as it was received. Its type is told by its content; `not_found` also while it is being fetched."""
    with database.tenant_session(caller.gym_id) as session:
        row = attachments.get(session, attachment_id)
    # A slow store must not hold a connection to the database.
    return _file(settings, row)


@linked.get("/{token}")
def show_attachment(token: str, database: DatabaseDep, settings: SettingsDep) -> Response:
    """The file that the link is for."""
    try:
        access = read_media_token(settings, token)
        with database.tenant_session(access.gym_id) as session:
            access.ensure_fresh(session.now)
            row = attachments.get(session, access.attachment_id)
        return _file(settings, row)
    except LinkExpired:
        return _closed(
            410,
            "This link has expired",
            "Links to people's files work for seven days, and this one is older.",
        )
    except (LinkInvalid, NotFound, Missing):
        return _closed(
            403,
            "This link does not work",
            "It may have been cut off when it was copied, or the file was taken back by who sent it.",
        )
    except StoreFailed:
        return _closed(
            503, "The file cannot be had just now", "Its store does not answer. Please try again in a minute."
        )


def _closed(status: int, title: str, words: str) -> HTMLResponse:
    return page("file_closed.html", status=status, title=title, words=words)


def _file(settings: Settings, row: MessageAttachment) -> Response:
    if row.state != "kept" or row.stored_as is None or row.content_type is None:
        raise NotFound("this file is not there", state=row.state, reason=row.reason)
    content = store_of(settings).get(row.stored_as)
    name = f"{row.kind}-{row.id.hex[-8:]}.{EXTENSIONS.get(row.content_type, 'bin')}"
    is_shown = row.content_type.partition("/")[0] in ("image", "video", "audio")
    disposition = f'{"inline" if is_shown else "attachment"}; filename="{name}"'
    return Response(
        content, media_type=row.content_type, headers={**HEADERS, "Content-Disposition": disposition}
    )
