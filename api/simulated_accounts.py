"""Accounts for a gym at the simulator: all five channels, its staff group and everybody on the staff.

Everything follows from the gym's short name, so that importing the same gym again finds
the same accounts, and two gyms never meet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from sqlmodel import select

from bot import message_templates
from bot.channels.base import Review
from bot.message_templates import MessageTemplate
from crm import gyms, template_reviews
from crm.config import Settings
from crm.db import TenantSession
from crm.errors import CrmError
from crm.gyms import InboxPart
from crm.models import Gym, Staff

REGISTER_TIMEOUT = 10.0


class SimulatorAway(CrmError):
    """The simulator did not take the account; is it running?"""

    code = "unavailable"


@dataclass(frozen=True, slots=True)
class SimulatedAccount:
    """One account as it is registered at the simulator, and as the gym's inbox."""

    registration: dict[str, Any]
    inbox: InboxPart


class _Make(Protocol):
    """Makes one account of the gym."""

    def __call__(
        self, channel: str, external_id: str, path: str, credentials: dict[str, str], **more: Any
    ) -> SimulatedAccount: ...


def connect(
    session: TenantSession, settings: Settings, gym: Gym, *, default: bool = False
) -> list[dict[str, Any]]:
    """Give the gym its simulated inboxes and its staff their chats; returns what to `register` after the commit.

    `default` is the gym that phones talk to where nobody says which.
    """
    staff = session.exec(select(Staff).where(Staff.active)).all()
    made = accounts(settings, gym, staff, default=default)
    for one in made:
        inbox = gyms.ensure_inbox(session, one.inbox)
        for content in one.registration.get("contents", ()):
            name, language = content["friendly_name"].removeprefix("spotter_").rsplit("_", 1)
            told = Review(name, language, "approved", content_sid=content["sid"])
            template_reviews.note(session, inbox.id, told, now=session.now)
    people = next(found for one in made if (found := one.registration.get("staff")) is not None)
    for member in staff:
        member.chat_address = str(people[member.key]["user_id"])
    session.flush()
    return [one.registration for one in made]


def accounts(
    settings: Settings, gym: Gym, staff: Iterable[Staff], *, default: bool = False
) -> list[SimulatedAccount]:
    """The gym's accounts on every channel; webhooks reach the API on this machine."""
    secrets = _Secrets(gym.slug)
    near, public = f"http://{_host(settings)}:{settings.port}", settings.public_url.rstrip("/")

    def make(
        channel: str, external_id: str, path: str, credentials: dict[str, str], **more: Any
    ) -> SimulatedAccount:
        registration = {
            "gym": gym.slug,
            "gym_name": gym.name,
            "channel": channel,
            "external_id": external_id,
            "webhook_url": f"{near}{path}",
            "public_url": f"{public}{path}",
            "credentials": credentials,
            "default": default,
            **more,
        }
        group = more.get("staff_group")
        inbox = InboxPart(
            channel=channel, external_id=external_id, credentials=credentials, key=f"{channel}-{gym.slug}",
            staff_chat=str(group["chat_id"]) if group else None,
        )  # fmt: skip
        return SimulatedAccount(registration, inbox)

    return [
        _whatsapp(secrets, make),
        _instagram(secrets, make),
        *_twilio(secrets, make, gym.slug),
        _telegram(secrets, make, gym, staff),
    ]


def register(settings: Settings, registrations: Sequence[dict[str, Any]]) -> None:
    """Tell the simulator about the accounts; raises `SimulatorAway`."""
    url = f"{simulator_url(settings)}/accounts"
    # Straight there: a proxy of the environment does not know this machine's own address.
    with httpx.Client(timeout=REGISTER_TIMEOUT, trust_env=False) as client:
        for registration in registrations:
            try:
                client.post(url, json=registration).raise_for_status()
            except httpx.HTTPError as error:
                raise SimulatorAway(
                    url=url, channel=registration["channel"], reason=type(error).__name__
                ) from error


def simulator_url(settings: Settings) -> str:
    """Where the simulator listens: where the Meta calls go, else on the port after the API's."""
    if settings.meta_base_url.endswith("/meta"):
        return settings.meta_base_url.removesuffix("/meta")
    return f"http://{_host(settings)}:{settings.port + 1}"


def _host(settings: Settings) -> str:
    return "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104


class _Secrets:
    """Ids and secrets that follow from a gym's short name; the simulator is no place for real ones."""

    def __init__(self, slug: str) -> None:
        self._slug = slug

    def hex(self, purpose: str, length: int = 32) -> str:
        """`length` hexadecimal digits."""
        return hashlib.blake2b(f"{self._slug}|{purpose}".encode(), digest_size=64).hexdigest()[:length]

    def digits(self, purpose: str, length: int) -> str:
        """`length` decimal digits, the first of them no zero."""
        value = int(self.hex(purpose, 32), 16)
        return str(10 ** (length - 1) + value % (9 * 10 ** (length - 1)))

    def phone(self, purpose: str) -> str:
        """An Irish mobile number in E.164."""
        return f"+35389{self.digits(purpose, 7)}"


def _whatsapp(secrets: _Secrets, make: _Make) -> SimulatedAccount:
    number = secrets.digits("phone number id", 15)
    return make(
        "whatsapp",
        number,
        "/webhooks/meta",
        {
            "app_secret": secrets.hex("whatsapp app"),
            "verify_token": secrets.hex("whatsapp verify", 24),
            "access_token": f"EAA{secrets.hex('whatsapp token', 60)}",
            "phone_number_id": number,
            "waba_id": secrets.digits("waba", 15),
            "display_phone_number": secrets.phone("whatsapp"),
        },
        templates=[_approved(template) for template in message_templates.everything()],
    )


def _approved(template: MessageTemplate) -> dict[str, Any]:
    """A template as Meta has it once it is approved."""
    components: list[dict[str, Any]] = [{"type": "BODY", "text": template.body}]
    if template.buttons:
        quick = [{"type": "QUICK_REPLY", "text": title} for title in template.buttons]
        components.append({"type": "BUTTONS", "buttons": quick})
    return {
        "name": template.name, "language": template.language, "category": template.category, "status": "APPROVED",
        "components": components,
    }  # fmt: skip


def _contents(secrets: _Secrets) -> list[dict[str, Any]]:
    """The same as Twilio has them: contents that WhatsApp has approved."""
    found = []
    for template in message_templates.everything():
        actions = [
            {"type": "QUICK_REPLY", "title": title, "id": f"{{{{{number}}}}}"}
            for number, title in enumerate(template.buttons, start=len(template.examples) + 1)
        ]
        kind = "twilio/quick-reply" if actions else "twilio/text"
        found.append(
            {
                "sid": _content_sid(secrets, template),
                "friendly_name": f"spotter_{template.name}_{template.language}",
                "language": template.language,
                "types": {kind: {"body": template.body, **({"actions": actions} if actions else {})}},
            }
        )
    return found


def _content_sid(secrets: _Secrets, template: MessageTemplate) -> str:
    return f"HX{secrets.hex(f'content {template.name} {template.language}')}"


def _instagram(secrets: _Secrets, make: _Make) -> SimulatedAccount:
    number = f"1784{secrets.digits('instagram', 13)}"
    return make(
        "instagram",
        number,
        "/webhooks/meta",
        {
            "app_secret": secrets.hex("instagram app"),
            "verify_token": secrets.hex("instagram verify", 24),
            "access_token": f"IGAA{secrets.hex('instagram token', 60)}",
            "account_id": number,
        },
    )


def _twilio(secrets: _Secrets, make: _Make, slug: str) -> list[SimulatedAccount]:
    made = []
    for channel, prefix in (("whatsapp-twilio", "whatsapp:"), ("sms", "")):
        sender = prefix + secrets.phone(channel)
        credentials = {
            "account_sid": f"AC{secrets.hex(f'{channel} sid')}",
            "auth_token": secrets.hex(f"{channel} token"),
            "from": sender,
        }
        contents = {"contents": _contents(secrets)} if prefix else {}
        made.append(make(channel, sender, f"/webhooks/twilio/{channel}-{slug}", credentials, **contents))
    return made


def _telegram(secrets: _Secrets, make: _Make, gym: Gym, staff: Iterable[Staff]) -> SimulatedAccount:
    bot = secrets.digits("bot", 10)
    plain = "".join(character for character in gym.slug if character.isalnum())
    return make(
        "telegram",
        bot,
        f"/webhooks/telegram/telegram-{gym.slug}",
        {
            "bot_token": f"{bot}:AA{secrets.hex('bot token', 33)}",
            "secret_token": secrets.hex("bot secret"),
            "bot_id": bot,
            "bot_username": f"{plain[:24]}_gym_bot",
        },
        staff_group={
            "chat_id": -int(f"100{secrets.digits('staff group', 10)}"),
            "title": f"{gym.name} staff",
        },
        staff={member.key: _member(secrets, member) for member in staff},
    )


def _member(secrets: _Secrets, member: Staff) -> dict[str, Any]:
    known = member.chat_address if member.chat_address and member.chat_address.isdecimal() else None
    return {
        "user_id": int(known or secrets.digits(f"staff {member.key}", 9)),
        "name": member.name,
        "username": member.key.replace("-", "_"),
    }
