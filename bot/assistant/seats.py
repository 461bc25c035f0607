"""Whom the assistant talks with: its `sender_id`, found among the gym's contacts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from bot.channels._addresses import canonical_phone, is_bsuid
from crm.db import TenantSession
from crm.models import ContactInbox, Inbox


class Unserved(Exception):
    """The assistant asks for something that cannot be done; the words say why."""


@dataclass(frozen=True, slots=True)
class _Network:
    """A messaging network: how it identifies people, and the channels that reach it."""

    kind: str
    """What a contact's identity begins with."""
    identify: Callable[[str], str | None]
    """The canonical id in what follows the prefix of a `sender_id`; None where there is none."""
    addresses: Mapping[str, Callable[[str], str]]
    """For each channel what the provider wants as recipient."""


def _whatsapp_id(told: str) -> str | None:
    return told if is_bsuid(told) else canonical_phone(told)


def _number(told: str) -> str | None:
    return told if re.fullmatch(r"[0-9]{1,30}", told) else None


def _as_it_is(identity: str) -> str:
    return identity


_WHATSAPP: dict[str, Callable[[str], str]] = {
    "whatsapp": lambda identity: identity.removeprefix("+"),
    "whatsapp-twilio": lambda identity: f"whatsapp:{identity}",
}
NETWORKS: Mapping[str, _Network] = {
    "whatsapp": _Network("wa", _whatsapp_id, _WHATSAPP),
    "whatsapp-twilio": _Network("wa", _whatsapp_id, dict(reversed(_WHATSAPP.items()))),
    "instagram": _Network("ig", _number, {"instagram": _as_it_is}),
    "telegram": _Network("tg", _number, {"telegram": _as_it_is}),
    "sms": _Network("sms", canonical_phone, {"sms": _as_it_is}),
}
"""By what a `sender_id` begins with, e.g. ``whatsapp:+353851234567``."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the assistant's person is to be found among the gym's contacts."""

    inbox: Inbox
    sender: str
    address: str


def seat_of(session: TenantSession, sender_id: str) -> Seat:
    """Where somebody the gym knows has written before, else a place on its first inbox of that channel.

    Raises `Unserved` where `sender_id` names no channel, nobody, or a channel the gym does not have.
    """
    prefix, _, told = sender_id.partition(":")
    network = NETWORKS.get(prefix.lower())
    identity = network.identify(told.strip()) if network is not None else None
    if network is None or identity is None:
        channels = ", ".join(NETWORKS)
        raise Unserved(
            f"sender_id must be a channel and an id there, like whatsapp:+353851234567 ({channels})"
        )
    sender = f"{network.kind}:{identity}"
    inboxes = _inboxes(session, tuple(network.addresses))
    if not inboxes:
        raise Unserved(f"the gym has no inbox for {prefix.lower()}")
    known = session.exec(
        select(ContactInbox)
        .where(ContactInbox.sender == sender, col(ContactInbox.inbox_id).in_([inbox.id for inbox in inboxes]))
        .order_by(col(ContactInbox.last_inbound_at).desc().nulls_last())
    ).first()
    if known is not None:
        return Seat(next(one for one in inboxes if one.id == known.inbox_id), sender, known.address)
    return Seat(inboxes[0], sender, network.addresses[inboxes[0].channel](identity))


def _inboxes(session: TenantSession, channels: Sequence[str]) -> list[Inbox]:
    found = session.exec(
        select(Inbox).where(col(Inbox.channel).in_(channels), col(Inbox.active)).order_by(col(Inbox.id))
    ).all()
    return sorted(found, key=lambda inbox: channels.index(inbox.channel))
