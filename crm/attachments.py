"""People's files: noted with the message, fetched by a worker afterwards, kept or refused with a reason."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, text
from sqlmodel import Session, col, select, update

from crm.db import TenantSession
from crm.errors import NotFound
from crm.models import MessageAttachment

LARGEST = 10 * 1024 * 1024
"""Bytes of a file that is taken."""
MOST_A_MESSAGE = 10
MOST_A_DAY = 50
"""Files of one person in 24 hours; what is beyond is refused."""
MAX_ATTEMPTS = 6
BACKOFF = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""Seconds before each further try."""


@dataclass(frozen=True, slots=True)
class Told:
    """A file as the platform announced it."""

    kind: str
    provider_id: str | None = None
    url: str | None = None
    mime_type: str | None = None
    filename: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file that a worker has taken on."""

    gym_id: uuid.UUID
    id: uuid.UUID


def expect(
    session: TenantSession, *, message_id: uuid.UUID, contact_id: uuid.UUID, inbox_id: uuid.UUID,
    told: Sequence[Told], now: dt.datetime,
) -> list[MessageAttachment]:  # fmt: skip
    """Note the files of a message, to be fetched after this transaction; too many or too big are refused at once."""
    recent = session.exec(
        select(func.count())
        .select_from(MessageAttachment)
        .where(
            MessageAttachment.contact_id == contact_id,
            MessageAttachment.created_at > now - dt.timedelta(days=1),
        )
    ).one()
    made = []
    for position, one in enumerate(told):
        reason = None
        if position >= MOST_A_MESSAGE:
            reason = f"more than {MOST_A_MESSAGE} files in one message"
        elif recent + position >= MOST_A_DAY:
            reason = f"more than {MOST_A_DAY} files in a day"
        elif one.size is not None and one.size > LARGEST:
            reason = too_big(one.size)
        made.append(
            MessageAttachment(
                gym_id=session.gym_id, message_id=message_id, contact_id=contact_id, inbox_id=inbox_id, position=position,
                kind=one.kind, provider_id=one.provider_id, url=one.url, mime_type=one.mime_type,
                filename=one.filename, size=one.size, state="refused" if reason else "waiting", reason=reason,
                due_at=now, created_at=now,
            )
        )  # fmt: skip
    session.add_all(made)
    return made


def too_big(size: int | None = None) -> str:
    """Why a file is not taken, in words."""
    told = "more than" if size is None else f"{size / 1024 / 1024:.0f} MB, more than"
    return f"it is too big ({told} {LARGEST // 1024 // 1024} MB)"


def claim(session: Session, *, most: int, lease: dt.timedelta) -> list[Claimed]:
    """Take files to fetch or to erase, over all gyms; a claim older than `lease` is taken anew: its worker died."""
    rows = session.execute(
        text("SELECT gym_id, id FROM claim_attachments(:most, :lease)"), {"most": most, "lease": lease}
    ).all()
    return [Claimed(*row) for row in rows]


def is_any_due(session: Session) -> bool:
    """Whether `claim` would find something."""
    due: bool = session.execute(text("SELECT attachments_are_due()")).scalar_one()
    return due


def get(session: TenantSession, attachment_id: uuid.UUID, *, lock: bool = False) -> MessageAttachment:
    """The file with that id; raises `NotFound`."""
    query = select(MessageAttachment).where(MessageAttachment.id == attachment_id)
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound("no such attachment", attachment_id=attachment_id)
    return found


def mark_kept(
    row: MessageAttachment, *, stored_as: str, content_type: str, size: int, sha256: str, now: dt.datetime
) -> None:
    """It lies in the media store."""
    row.state, row.reason, row.claimed_until = "kept", None, None
    row.stored_as, row.content_type, row.size, row.sha256, row.fetched_at = (
        stored_as,
        content_type,
        size,
        sha256,
        now,
    )


def mark_refused(row: MessageAttachment, reason: str) -> None:
    """It is no file that we take."""
    row.state, row.reason, row.claimed_until = "refused", reason, None


def note_failure(row: MessageAttachment, reason: str, *, may_retry: bool, now: dt.datetime) -> None:
    """It could not be fetched: again later, or no more."""
    row.attempts += 1
    row.reason, row.claimed_until = reason[:500], None
    if not may_retry or row.attempts >= MAX_ATTEMPTS:
        row.state = "failed"
    else:
        row.due_at = now + dt.timedelta(seconds=BACKOFF[min(row.attempts, len(BACKOFF)) - 1])


def forget(session: TenantSession, message_id: uuid.UUID, *, now: dt.datetime) -> None:
    """The sender took the message back: nothing of it is fetched any more, and what is stored goes."""
    _erase(session, col(MessageAttachment.message_id) == message_id, "taken back by the sender", now)


def erase_of(session: TenantSession, contact_id: uuid.UUID, *, now: dt.datetime) -> None:
    """The person is erased, and all that they sent with them; a worker deletes what is stored."""
    _erase(session, col(MessageAttachment.contact_id) == contact_id, "the person was erased", now)


def _erase(session: TenantSession, which: ColumnElement[bool], reason: str, now: dt.datetime) -> None:
    session.execute(
        update(MessageAttachment)
        .where(which)
        .values(
            state="erased", reason=reason, filename=None, url=None, provider_id=None, transcript=None,
            sha256=None, due_at=now, claimed_until=None,
        )
    )  # fmt: skip


def of_messages(
    session: TenantSession, message_ids: Iterable[uuid.UUID]
) -> Mapping[uuid.UUID, list[MessageAttachment]]:
    """The files of each message, in their order."""
    wanted = list(message_ids)
    found: dict[uuid.UUID, list[MessageAttachment]] = {}
    if wanted:
        query = select(MessageAttachment).where(col(MessageAttachment.message_id).in_(wanted))
        for row in session.exec(query.order_by(col(MessageAttachment.position))).all():
            found.setdefault(row.message_id, []).append(row)
    return found
