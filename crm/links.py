"""Signed links that staff get in chat: they open a page, expire, and can do nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass

import jwt

from crm.config import Settings
from crm.errors import CrmError

REPORT_LINK_LASTS = dt.timedelta(hours=24)
MEDIA_LINK_LASTS = dt.timedelta(days=7)
_AUDIENCE = "report"
_MEDIA = "media"
_ALGORITHM = "HS256"


class LinkInvalid(CrmError):
    """The link was not made here, or was cut or changed on its way."""

    code = "link_invalid"


class LinkExpired(CrmError):
    """The link was good and is too old now."""

    code = "link_expired"


@dataclass(frozen=True, slots=True)
class ReportAccess:
    """What a genuine report link grants: one gym's report, to one member of staff, until an instant."""

    gym_id: uuid.UUID
    staff_key: str
    expires_at: dt.datetime

    def ensure_fresh(self, now: dt.datetime) -> None:
        """Raise `LinkExpired` from the expiry on; `now` is the gym's clock, as when the link was made."""
        if now >= self.expires_at:
            raise LinkExpired(expired_at=self.expires_at)


def report_link(settings: Settings, gym_id: uuid.UUID, staff_key: str, now: dt.datetime) -> str:
    """The address of the gym's web report for a member of staff, good for 24 hours of the gym's clock."""
    claims = {
        "aud": _AUDIENCE,
        "gym": str(gym_id),
        "sub": staff_key,
        "exp": int((now + REPORT_LINK_LASTS).timestamp()),
    }
    token = jwt.encode(claims, _key(settings), algorithm=_ALGORITHM)
    return f"{settings.public_url.rstrip('/')}/report/{token}"


def read_report_token(settings: Settings, token: str) -> ReportAccess:
    """What the link's token grants; raises `LinkInvalid`.

    Whether it is still fresh is asked afterwards (`ensure_fresh`): the gym's clock,
    which decides, is only known once the gym is.
    """
    gym_id, staff_key, expires_at = _read(settings, token, _AUDIENCE)
    return ReportAccess(gym_id=gym_id, staff_key=staff_key, expires_at=expires_at)


@dataclass(frozen=True, slots=True)
class MediaAccess:
    """What a genuine link to a file grants: that one file, until an instant of the gym's clock."""

    gym_id: uuid.UUID
    attachment_id: uuid.UUID
    expires_at: dt.datetime

    def ensure_fresh(self, now: dt.datetime) -> None:
        """Raise `LinkExpired` from the expiry on."""
        if now >= self.expires_at:
            raise LinkExpired(expired_at=self.expires_at)


def media_link(settings: Settings, gym_id: uuid.UUID, attachment_id: uuid.UUID, now: dt.datetime) -> str:
    """The address of one file that somebody sent, for the staff's chat; good for seven days of the gym's clock."""
    claims = {
        "aud": _MEDIA,
        "gym": str(gym_id),
        "sub": str(attachment_id),
        "exp": int((now + MEDIA_LINK_LASTS).timestamp()),
    }
    token = jwt.encode(claims, _key(settings), algorithm=_ALGORITHM)
    return f"{settings.public_url.rstrip('/')}/media/{token}"


def read_media_token(settings: Settings, token: str) -> MediaAccess:
    """What the link's token grants; raises `LinkInvalid`. Whether it is fresh is asked afterwards."""
    gym_id, attachment_id, expires_at = _read(settings, token, _MEDIA)
    try:
        return MediaAccess(gym_id, uuid.UUID(attachment_id), expires_at)
    except ValueError as error:
        raise LinkInvalid from error


def _read(settings: Settings, token: str, audience: str) -> tuple[uuid.UUID, str, dt.datetime]:
    """The gym, the subject and the expiry of a genuine token for that audience."""
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


def _key(settings: Settings) -> bytes:
    """A key of its own: a link's signature can never stand for anything else that the secret signs."""
    return hashlib.blake2b(settings.secret_key.encode(), digest_size=32, person=b"spotter-report").digest()
