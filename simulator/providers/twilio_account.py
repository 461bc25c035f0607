"""Who may call Twilio, and how it refuses."""

from __future__ import annotations

import base64
import binascii

from fastapi import Request

from simulator.world import World


class TwilioError(Exception):
    """A refusal in Twilio's format."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status
        link = f"https://www.twilio.com/docs/errors/{code}"
        self.body = {"code": code, "message": message, "more_info": link, "status": status}


def authenticate(world: World, request: Request, sid: str | None = None) -> str:
    """Basic authentication with account sid and auth token; gives the sid, raises 20003."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, token = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, token = "", ""
    account = world.accounts.find("twilio", user)
    if (
        scheme.lower() != "basic"
        or account is None
        or not account.holds("auth_token", token)
        or sid not in (None, user)
    ):
        raise TwilioError(20003, "Authenticate", 401)
    return user
