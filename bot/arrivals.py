"""People who come from the gym's website or an ad: the code they bring along makes them the lead they already are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.channels.base import Incoming
from crm import references
from crm.db import TenantSession
from crm.models import Contact

MARK = re.compile(
    rf"\s*[(\[]?\bref(?:erence)?\b\.?[\s:#-]*(?P<code>[{references.ALPHABET}]{{{references.LENGTH}}})\b[)\]]?\.?",
    re.IGNORECASE,
)
"""As `crm.references` codes stand in a prefilled message: "(ref K7Q2M9)"."""
BARE = re.compile(rf"[{references.ALPHABET}]{{{references.LENGTH}}}", re.IGNORECASE)
"""As they stand in a link's parameter."""
LINKS = ("deep_link", "ref")
"""What the platforms call the parameter of a link into a chat (Telegram's start, Instagram's ref)."""
GET_STARTED = "get_started"
"""Begins what a welcome screen's button sends."""


def join(
    session: TenantSession, contact: Contact, events: Sequence[Incoming], *, now: dt.datetime
) -> list[Incoming]:
    """Give the writer the lead whose code they bring, and take the code out of their words.

    A link without words (Telegram's start, Instagram's referral) says what the person
    wrote into the form. A code that is unknown, used or too old changes nothing.
    """
    return [_joined(session, contact, event, now) for event in events]


def _joined(session: TenantSession, contact: Contact, event: Incoming, now: dt.datetime) -> Incoming:
    marked = MARK.search(event.text or "")
    linked = next((event.source[key] for key in LINKS if BARE.fullmatch(event.source.get(key, ""))), None)
    code = marked["code"] if marked else linked
    if code is None:
        return _opened(event)
    lead = references.redeem(session, code, contact, now=now)
    if lead is None and linked is None:
        return event
    if marked is not None:
        text = MARK.sub(" ", event.text or "").strip()
        return replace(event, text=text or "hi")
    # "start" greets; what was asked in the form is answered instead.
    return replace(event, kind="text", text=(lead.first_words if lead else None) or "start", payload=None)


def _opened(event: Incoming) -> Incoming:
    """A chat that was opened by a link of any other kind, or by a welcome screen's button: a greeting and no words."""
    is_button = event.kind == "choice" and (event.payload or "").lower().startswith(GET_STARTED)
    if is_button or (event.extra.get("command") == "start" and event.source):
        return replace(event, kind="text", text="start", payload=None)
    return event
