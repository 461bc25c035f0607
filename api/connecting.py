"""Taking a channel's keys from an owner: what is asked for, checked at the provider, sealed and kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from api import channel_checks
from api.channel_checks import Account, Checked, Finding
from bot import cards
from bot.commands.connect import TITLES
from crm import activities, gyms
from crm import facts as gym_facts
from crm.config import Settings
from crm.db import Database, TenantSession
from crm.errors import Conflict, Invalid
from crm.gyms import InboxPart
from crm.links import ConnectAccess, LinkInvalid
from crm.models import Inbox
from crm.vault import unseal_credentials

LONGEST = 600
"""Characters of one value; Meta's tokens have some 200."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One value that is asked for."""

    name: str
    label: str
    where: str
    is_secret: bool = False
    pattern: str = r"\S+"
    example: str = ""


_TOKEN = Asked(
    "access_token", "Access token", "Business settings → System users → Generate new token; choose “never expires”",
    is_secret=True, pattern=r"[A-Za-z0-9_|.-]{20,}",
)  # fmt: skip
_APP_SECRET = Asked(
    "app_secret", "App secret", "The app → App settings → Basic", is_secret=True, pattern=r"[0-9a-f]{32}"
)
_SID = Asked(
    "account_sid", "Account SID", "Twilio Console, first page", pattern=r"AC[0-9a-f]{32}", example="AC…"
)
_AUTH = Asked("auth_token", "Auth token", "Below the account SID", is_secret=True, pattern=r"[0-9a-f]{32}")

ASKED: dict[str, tuple[Asked, ...]] = {
    "whatsapp": (
        Asked("phone_number_id", "Phone number ID", "The app → WhatsApp → API setup", pattern=r"\d{5,20}"),
        Asked("waba_id", "WhatsApp business account ID", "On the same page", pattern=r"\d{5,20}"),
        _APP_SECRET,
        _TOKEN,
    ),
    "instagram": (
        Asked("account_id", "Instagram account ID", "The app → Instagram → API setup", pattern=r"\d{5,20}"),
        Asked("app_secret", "Instagram app secret", "On the same page", is_secret=True, pattern=r"[0-9a-f]{32}"),
        Asked("access_token", "Access token", "On the same page: Generate token", is_secret=True,
              pattern=r"[A-Za-z0-9_|.-]{20,}"),
    ),
    "telegram": (
        Asked("bot_token", "Bot token", "@BotFather → /mybots → the bot → API token", is_secret=True,
              pattern=r"\d{5,15}:[A-Za-z0-9_-]{20,}", example="123456789:AA…"),
    ),
    "whatsapp-twilio": (
        _SID, _AUTH,
        Asked("from", "WhatsApp sender", "Console → Messaging → Senders, with country code", pattern=r"\+\d{7,15}",
              example="+353891234567"),
    ),
    "lead-ads": (
        Asked("page_id", "Page ID", "Facebook → the Page → About → Page transparency", pattern=r"\d{5,20}"),
        _APP_SECRET,
        Asked("access_token", "Page token", "Business settings → System users → Generate new token, then me/accounts",
              is_secret=True, pattern=_TOKEN.pattern),
    ),
    "sms": (
        _SID, _AUTH,
        Asked("from", "Number", "Console → Phone numbers, with country code", pattern=r"\+\d{7,15}",
              example="+353891234567"),
    ),
}  # fmt: skip


OF_META = {
    "whatsapp": "WhatsApp → Configuration",
    "instagram": "Instagram → Webhooks",
    "lead-ads": "Webhooks → Page",
}
"""Where in a Meta app a channel's webhook is entered, with a word that Meta asks for."""
FIELDS = {"lead-ads": "leadgen"}
"""What the webhook has to be subscribed to, where that is not `messages`."""


class TakenElsewhere(Conflict):
    """Another gym has this account already."""

    code = "account_taken"


@dataclass(frozen=True, slots=True)
class Connected:
    """What became of it: the account, what was found, and whether the keys are kept now."""

    checked: Checked
    is_kept: bool
    webhook_url: str
    verify_token: str | None


def ensure_owner(session: TenantSession, access: ConnectAccess) -> str:
    """The owner's first name; raises `LinkInvalid` where they are no owner any more, `LinkExpired` where it is late."""
    access.ensure_fresh(session.now)
    person = gym_facts.load(session).staff_by_key(access.staff_key)
    if person is None or person.role != "owner" or access.channel not in ASKED:
        raise LinkInvalid
    return person.first_name


def read(channel: str, given: Mapping[str, str]) -> dict[str, str]:
    """The values as they are kept; raises `Invalid` naming the first that cannot be right."""
    found: dict[str, str] = {}
    for asked in ASKED[channel]:
        value = given.get(asked.name, "").strip()
        if asked.name == "from":
            value = "+" + "".join(one for one in value if one.isdecimal())
        if len(value) > LONGEST or not re.fullmatch(asked.pattern, value):
            problem = (
                f"{asked.label} is missing" if value in ("", "+") else f"{asked.label} does not look right"
            )
            raise Invalid(f"{problem}. You find it here: {asked.where}.", field=asked.name)
        found[asked.name] = value
    return found


def connect(
    database: Database, settings: Settings, access: ConnectAccess, given: Mapping[str, str]
) -> Connected:
    """Check the keys at the provider and, where they are right, seal and keep them and set up what can be.

    No transaction is open while the provider is asked. Raises `Invalid`, `LinkInvalid`,
    `LinkExpired`, and `TakenElsewhere`.
    """
    with database.tenant_session(access.gym_id) as session:
        ensure_owner(session, access)
    values = read(access.channel, given)
    external_id = _external_id(access.channel, values)
    with database.tenant_session(access.gym_id) as session:
        known = session.exec(
            select(Inbox).where(Inbox.channel == access.channel, Inbox.external_id == external_id)
        ).first()
        key = known.key if known is not None else secrets.token_urlsafe(12)
        credentials = _completed(
            access.channel, values, unseal_credentials(known.credentials) if known else {}
        )
        staff_chat = known.staff_chat if known is not None else None
    account = Account(
        access.channel,
        external_id,
        credentials,
        channel_checks.webhook_url(settings, access.channel, key),
        staff_chat,
    )
    checked = channel_checks.check(settings, account)
    verify_token = credentials.get("verify_token")
    if not checked.has_good_keys:
        return Connected(checked, False, account.webhook_url, verify_token)
    part = InboxPart(
        channel=access.channel, external_id=external_id, credentials={**credentials, **_kept(checked.told)}, key=key,
        staff_chat=staff_chat,
    )  # fmt: skip
    _keep(database, access, part)
    entered = channel_checks.set_up(settings, account)
    seen = channel_checks.check(settings, account) if entered.findings else checked
    failed = [found for found in entered.findings if found.state == "wrong"]
    return Connected(Checked([*failed, *seen.findings], seen.told), True, account.webhook_url, verify_token)


def _keep(database: Database, access: ConnectAccess, part: InboxPart) -> None:
    try:
        with database.tenant_session(access.gym_id) as session:
            name = ensure_owner(session, access)
            gyms.ensure_inbox(session, part)
            activities.record(
                session,
                "channel.connected",
                actor=f"staff:{access.staff_key}",
                now=session.now,
                channel=part.channel,
            )
            news = {"staff": name, "channel": TITLES[part.channel]}
            cards.tell_group(
                session, gym_facts.load(session), "utter_staff_news_connected", news, session.now
            )
    except IntegrityError:
        raise TakenElsewhere(
            "this account is connected to another gym here; disconnect it there first"
        ) from None


def _kept(told: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if value}


def _external_id(channel: str, values: Mapping[str, str]) -> str:
    match channel:
        case "whatsapp":
            return values["phone_number_id"]
        case "instagram":
            return values["account_id"]
        case "lead-ads":
            return values["page_id"]
        case "telegram":
            return values["bot_token"].partition(":")[0]
        case "whatsapp-twilio":
            return f"whatsapp:{values['from']}"
    return values["from"]


def _completed(channel: str, values: Mapping[str, str], former: Mapping[str, str]) -> dict[str, str]:
    """With the secrets that are ours to choose: kept where there were some, so that what stands at the provider still fits."""
    made = dict(values)
    if channel in OF_META:
        made["verify_token"] = former.get("verify_token") or secrets.token_urlsafe(18)
    if channel == "telegram":
        made["secret_token"] = former.get("secret_token") or secrets.token_hex(24)
    if channel == "whatsapp-twilio":
        made["from"] = f"whatsapp:{values['from']}"
    return made


def steps(channel: str, connected: Connected) -> list[Finding]:
    """What the owner still has to do at the provider, in words with the very values."""
    left = [found for found in connected.checked.findings if found.state == "wrong"]
    if channel in OF_META:
        left = [found for found in left if connected.webhook_url not in found.mend]
    return left
