"""Signed links that are given out in chats: they open one thing, expire, and can do nothing else."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import uuid
from dataclasses import dataclass

import jwt

from crm.config import Settings
from crm.errors import CrmError

REPORT_LINK_LASTS = dt.timedelta(hours=24)
DATA_LINK_LASTS = dt.timedelta(hours=24)
CALENDAR_LINK_LASTS_AFTER = dt.timedelta(days=1)
_ID, _STAMP, _SEAL = 16, 4, 12
"""Bytes of an id, of a Unix time and of the signature: together they make 64 characters."""
_AUDIENCE = "report"
_DATA = "personal-data"
CONNECT_LINK_LASTS = dt.timedelta(minutes=30)
_CONNECT = "connect"
MEDIA_LINK_LASTS = dt.timedelta(days=7)
_MEDIA = "media"
_ALGORITHM = "HS256"


class LinkInvalid(CrmError):
    """The link was not made here, or was cut or changed on its way."""

    code = "link_invalid"


class LinkExpired(CrmError):
    """The link was good and is too old now."""

    code = "link_expired"


class _Expiring:
    """What a link grants, until an instant of the gym's clock."""

    __slots__ = ()
    expires_at: dt.datetime

    def ensure_fresh(self, now: dt.datetime) -> None:
        """Raise `LinkExpired` from the expiry on; `now` is the gym's clock, as when the link was made."""
        if now >= self.expires_at:
            raise LinkExpired(expired_at=self.expires_at)


@dataclass(frozen=True, slots=True)
class ReportAccess(_Expiring):
    """What a genuine report link grants: one gym's report, to one member of staff, until an instant."""

    gym_id: uuid.UUID
    staff_key: str
    expires_at: dt.datetime


def report_link(settings: Settings, gym_id: uuid.UUID, staff_key: str, now: dt.datetime) -> str:
    """The address of the gym's web report for a member of staff, good for 24 hours of the gym's clock."""
    return _link(settings, "report", _AUDIENCE, gym_id, staff_key, now + REPORT_LINK_LASTS)


def read_report_token(settings: Settings, token: str) -> ReportAccess:
    """What the link's token grants; raises `LinkInvalid`.

    Whether it is still fresh is asked afterwards (`ensure_fresh`): the gym's clock,
    which decides, is only known once the gym is.
    """
    return ReportAccess(*_read(settings, token, _AUDIENCE))


@dataclass(frozen=True, slots=True)
class DataAccess(_Expiring):
    """What a genuine link to somebody's own data grants: one person's file, until an instant."""

    gym_id: uuid.UUID
    contact_id: uuid.UUID
    expires_at: dt.datetime


def data_link(settings: Settings, gym_id: uuid.UUID, contact_id: uuid.UUID, now: dt.datetime) -> str:
    """The address of the file with all that the gym keeps about a person, good for 24 hours of the gym's clock."""
    return _link(settings, "data", _DATA, gym_id, str(contact_id), now + DATA_LINK_LASTS)


def read_data_token(settings: Settings, token: str) -> DataAccess:
    """What the link's token grants; raises `LinkInvalid`. Freshness is asked afterwards, as with the report."""
    return DataAccess(*_read_of_row(settings, token, _DATA))


@dataclass(frozen=True, slots=True)
class MediaAccess(_Expiring):
    """What a genuine link to a file grants: that one file, until an instant of the gym's clock."""

    gym_id: uuid.UUID
    attachment_id: uuid.UUID
    expires_at: dt.datetime


def media_link(settings: Settings, gym_id: uuid.UUID, attachment_id: uuid.UUID, now: dt.datetime) -> str:
    """The address of one file that somebody sent, for the staff's chat; good for seven days of the gym's clock."""
    return _link(settings, "media", _MEDIA, gym_id, str(attachment_id), now + MEDIA_LINK_LASTS)


def read_media_token(settings: Settings, token: str) -> MediaAccess:
    """What the link's token grants; raises `LinkInvalid`. Whether it is fresh is asked afterwards."""
    return MediaAccess(*_read_of_row(settings, token, _MEDIA))


@dataclass(frozen=True, slots=True)
class ConnectAccess(_Expiring):
    """What a genuine link to a channel's keys grants: entering them for one gym and channel, until an instant."""

    gym_id: uuid.UUID
    staff_key: str
    channel: str
    expires_at: dt.datetime


def connect_link(
    settings: Settings, gym_id: uuid.UUID, staff_key: str, channel: str, now: dt.datetime
) -> str:
    """The address of the page that takes a channel's keys from an owner, good for half an hour of the gym's clock."""
    return _link(settings, "connect", _CONNECT, gym_id, f"{staff_key}|{channel}", now + CONNECT_LINK_LASTS)


def read_connect_token(settings: Settings, token: str) -> ConnectAccess:
    """What the link's token grants; raises `LinkInvalid`. Freshness is asked afterwards, as with the report."""
    gym_id, subject, expires_at = _read(settings, token, _CONNECT)
    staff_key, bar, channel = subject.rpartition("|")
    if not bar:
        raise LinkInvalid
    return ConnectAccess(gym_id, staff_key, channel, expires_at)


def _link(
    settings: Settings, page: str, audience: str, gym_id: uuid.UUID, subject: str, expires_at: dt.datetime
) -> str:
    """The address of a page, with a token that `_read` takes for that audience alone."""
    claims = {"aud": audience, "gym": str(gym_id), "sub": subject, "exp": int(expires_at.timestamp())}
    token = jwt.encode(claims, _key(settings), algorithm=_ALGORITHM)
    return f"{settings.public_url.rstrip('/')}/{page}/{token}"


def _read(settings: Settings, token: str, audience: str) -> tuple[uuid.UUID, str, dt.datetime]:
    """The gym, the subject and the expiry that a genuine token of that audience names."""
    try:
        claims = jwt.decode(
            token,
            _key(settings),
            algorithms=[_ALGORITHM],
            audience=audience,
            options={"verify_exp": False, "require": ["aud", "gym", "sub", "exp"]},
        )
        expires_at = dt.datetime.fromtimestamp(int(claims["exp"]), dt.UTC)
        return uuid.UUID(claims["gym"]), str(claims["sub"]), expires_at
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError, AttributeError) as error:
        raise LinkInvalid from error


@dataclass(frozen=True, slots=True)
class CalendarAccess(_Expiring):
    """What a genuine calendar link grants: one booking's event, until an instant."""

    gym_id: uuid.UUID
    booking_id: uuid.UUID
    expires_at: dt.datetime


def _read_of_row(settings: Settings, token: str, audience: str) -> tuple[uuid.UUID, uuid.UUID, dt.datetime]:
    """The same of a link whose subject is a row of the gym's."""
    gym_id, subject, expires_at = _read(settings, token, audience)
    try:
        return gym_id, uuid.UUID(subject), expires_at
    except ValueError as error:
        raise LinkInvalid from error


def calendar_link(settings: Settings, gym_id: uuid.UUID, booking_id: uuid.UUID, ends_at: dt.datetime) -> str:
    """The address of a booking's calendar file, good until a day after the session's end; short, for it stands in chats."""
    expires_at = int((ends_at + CALENDAR_LINK_LASTS_AFTER).timestamp())
    granted = gym_id.bytes + booking_id.bytes + expires_at.to_bytes(_STAMP, "big")
    token = base64.urlsafe_b64encode(granted + _seal(settings, granted)).decode()
    return f"{settings.public_url.rstrip('/')}/calendar/{token}.ics"


def read_calendar_token(settings: Settings, token: str) -> CalendarAccess:
    """What the link's token grants; raises `LinkInvalid`. Whether it is still fresh is asked afterwards."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError as error:
        raise LinkInvalid from error
    granted, seal = raw[:-_SEAL], raw[-_SEAL:]
    if len(granted) != 2 * _ID + _STAMP or not hmac.compare_digest(seal, _seal(settings, granted)):
        raise LinkInvalid
    return CalendarAccess(
        gym_id=uuid.UUID(bytes=granted[:_ID]),
        booking_id=uuid.UUID(bytes=granted[_ID : 2 * _ID]),
        expires_at=dt.datetime.fromtimestamp(int.from_bytes(granted[2 * _ID :], "big"), dt.UTC),
    )


def _seal(settings: Settings, granted: bytes) -> bytes:
    key = hashlib.blake2b(settings.secret_key.encode(), digest_size=32, person=b"spotter-calendar").digest()
    return hashlib.blake2b(granted, key=key, digest_size=_SEAL).digest()


def _key(settings: Settings) -> bytes:
    """A key of its own: a link's signature can never stand for anything else that the secret signs."""
    return hashlib.blake2b(settings.secret_key.encode(), digest_size=32, person=b"spotter-report").digest()
