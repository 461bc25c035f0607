"""Whether an account works, asked of its provider: keys, permissions, the webhook's address; and what to do about it.

Nothing is sent to anybody and nothing is changed, except by `set_up`, which enters what a provider lets us enter
ourselves. Facts of the providers' APIs are those of Graph v25, Bot API 10 and Twilio's 2010-04-01.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from bot import message_templates
from bot.channels import CHANNELS, ChannelSettings
from crm.config import Settings

PATIENCE = 10.0
"""Seconds for a provider to answer."""
GRAPH = ChannelSettings().meta_api_version
TWILIO = "https://api.twilio.com"
WHATSAPP_PERMISSIONS = ("whatsapp_business_messaging", "whatsapp_business_management")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `mend` is the exact next step where it is not as it should be."""

    state: Literal["ok", "note", "wrong"]
    detail: str
    mend: str = ""
    later: bool = False
    """Wrong, and nothing that other keys would mend: it is to be set up at the provider."""


@dataclass(frozen=True, slots=True)
class Account:
    """A gym's account on a channel, with its secrets in the open."""

    channel: str
    external_id: str
    credentials: Mapping[str, str]
    webhook_url: str
    """The address that has to stand at the provider."""
    staff_chat: str | None = None


@dataclass(slots=True)
class Checked:
    """What a check found, and what the provider told of the account on the way."""

    findings: list[Finding]
    told: dict[str, str]
    """Public facts for the account's credentials: number, name of the bot."""

    @property
    def is_good(self) -> bool:
        """Whether the account can send and receive."""
        return all(found.state != "wrong" for found in self.findings)

    @property
    def has_good_keys(self) -> bool:
        """Whether the keys are right, whatever is still to be set up at the provider."""
        return all(found.state != "wrong" or found.later for found in self.findings)


class _Refused(Exception):
    """The provider said no; `detail` is its own reason."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


NEEDED: dict[str, tuple[str, ...]] = {
    "whatsapp": ("access_token", "app_secret", "phone_number_id", "waba_id"),
    "instagram": ("access_token", "account_id"),
    "telegram": ("bot_token", "secret_token"),
    "whatsapp-twilio": ("account_sid", "auth_token"),
    "sms": ("account_sid", "auth_token"),
    "lead-ads": ("access_token", "app_secret", "page_id"),
}
"""Credentials without which nothing works, by channel."""


def webhook_url(settings: Settings, channel: str, key: str) -> str:
    """The address to enter at the provider for the inbox with that key."""
    provider = CHANNELS[channel].provider if channel in CHANNELS else channel
    path = "/webhooks/meta" if provider == "meta" else f"/webhooks/{provider}/{key}"
    return f"{settings.public_url.rstrip('/')}{path}"


def check(settings: Settings, account: Account) -> Checked:
    """Look at an account from end to end; never raises for anything a provider does."""
    checked = Checked([], {})
    looked_at = _CHECKS.get(account.channel)
    if looked_at is None:
        checked.findings.append(
            Finding(
                "wrong", f"there is no channel {account.channel!r}", f"one of: {', '.join(sorted(_CHECKS))}"
            )
        )
        return checked
    missing = [name for name in NEEDED[account.channel] if not account.credentials.get(name)]
    if missing:
        checked.findings.append(
            Finding("wrong", f"credentials are missing: {', '.join(missing)}", _page(account.channel))
        )
        return checked
    try:
        with _client(settings) as client:
            checked.findings += looked_at(_Asking(settings, client), account, checked.told)
    except _Refused as refused:
        checked.findings.append(Finding("wrong", refused.detail, _KEY_MENDS[account.channel]))
    except httpx.HTTPError as error:
        checked.findings.append(
            Finding(
                "wrong",
                f"the provider cannot be reached ({type(error).__name__})",
                "check this machine's way out (firewall, proxy, DNS), then run it again",
            )
        )
    return checked


def _page(channel: str) -> str:
    return f"docs/going-live/{channel}.md names each and where it is found; or write /connect {channel} to the bot"


def _client(settings: Settings) -> httpx.Client:
    # A proxy of the environment does not know this machine's own simulator.
    return httpx.Client(timeout=PATIENCE, trust_env=not settings.simulator)


class _Asking:
    """The providers' APIs, as far as a look needs them."""

    def __init__(self, settings: Settings, client: httpx.Client) -> None:
        self.settings, self.client = settings, client

    def meta(
        self, path: str, token: str, *, instagram: bool = False, method: str = "GET", **query: str
    ) -> dict[str, Any]:
        base = self.settings.instagram_base_url if instagram else self.settings.meta_base_url
        answer = self.client.request(
            method,
            f"{base.rstrip('/')}/{GRAPH}/{path}",
            params=query,
            headers={"Authorization": f"Bearer {token}"},
        )
        return _body(answer, lambda body: str(body.get("error", {}).get("message", "")))

    def telegram(self, token: str, method: str, **values: str) -> Any:
        answer = self.client.post(f"{self.settings.telegram_base_url}{token}/{method}", data=values)
        return _body(answer, lambda body: str(body.get("description", "")))["result"]

    def twilio(self, credentials: Mapping[str, str], path: str, **query: str) -> dict[str, Any]:
        base = (self.settings.twilio_base_url or TWILIO).rstrip("/")
        sid = credentials["account_sid"]
        answer = self.client.get(
            f"{base}/2010-04-01/Accounts/{sid}{path}.json",
            params=query,
            auth=(sid, credentials["auth_token"]),
        )
        return _body(answer, lambda body: str(body.get("message", "")))


def _body(answer: httpx.Response, reason: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {"data": body}
    if answer.is_error:
        raise _Refused(answer.status_code, f"{reason(body) or 'refused'} (HTTP {answer.status_code})")
    return body


# WhatsApp through Meta


def _whatsapp(ask: _Asking, account: Account, told: dict[str, str]) -> Iterator[Finding]:
    token, number, waba = (
        account.credentials[name] for name in ("access_token", "phone_number_id", "waba_id")
    )
    fields = "display_phone_number,verified_name,quality_rating,status,webhook_configuration"
    phone = ask.meta(number, token, fields=fields)
    told["display_phone_number"] = str(phone.get("display_phone_number", ""))
    yield Finding(
        "ok", f"{told['display_phone_number']}, shown as {phone.get('verified_name') or 'no name yet'}"
    )
    if phone.get("status") not in (None, "CONNECTED"):
        yield Finding(
            "wrong",
            f"the number is {phone['status']}",
            "register it: WhatsApp Manager → Phone numbers → the number",
        )
    if phone.get("quality_rating") == "RED":
        yield Finding(
            "note", "Meta rates the number RED: people block it", "send fewer unasked messages for a while"
        )
    yield from _permissions(ask, token)
    yield from _subscription(ask, token, waba)
    hooked = (phone.get("webhook_configuration") or {}).get("application")
    yield _address(
        ask.settings,
        account,
        hooked,
        f"enter {account.webhook_url} in the app → WhatsApp → Configuration → Callback URL",
    )
    yield from _templates(ask, token, waba)


def _permissions(ask: _Asking, token: str) -> Iterator[Finding]:
    try:
        rows = ask.meta("me/permissions", token).get("data", [])
    except _Refused:
        yield Finding(
            "note",
            "the token does not tell its permissions",
            f"it needs {' and '.join(WHATSAPP_PERMISSIONS)}",
        )
        return
    granted = {row.get("permission") for row in rows if row.get("status") == "granted"}
    if missing := [name for name in WHATSAPP_PERMISSIONS if name not in granted]:
        yield Finding(
            "wrong", f"the token lacks {', '.join(missing)}",
            "business settings → System users → Generate new token, with both WhatsApp permissions",
        )  # fmt: skip
    else:
        yield Finding("ok", "the token may send, and manage templates")


def _subscription(ask: _Asking, token: str, waba: str) -> Iterator[Finding]:
    if ask.meta(f"{waba}/subscribed_apps", token).get("data"):
        yield Finding("ok", "the business account sends its webhooks to the app")
    else:
        yield Finding(
            "wrong", "the business account is not subscribed to the app, so nothing arrives",
            f'run: curl -X POST -H "Authorization: Bearer <token>" https://graph.facebook.com/{GRAPH}/{waba}/subscribed_apps',
            later=True,
        )  # fmt: skip


def _templates(ask: _Asking, token: str, waba: str) -> Iterator[Finding]:
    rows = ask.meta(f"{waba}/message_templates", token, fields="name,status,language", limit="200").get(
        "data", []
    )
    states = {str(row.get("name")): str(row.get("status", "APPROVED")) for row in rows}
    wanted = message_templates.catalogue()
    lacking = [name for name in wanted if states.get(name) != "APPROVED"]
    if not lacking:
        yield Finding("ok", f"all {len(wanted)} message templates are approved")
        return
    said = ", ".join(f"{name} ({states.get(name, 'not there').lower()})" for name in lacking)
    yield Finding(
        "note", f"not sent outside 24 hours until approved: {said}",
        "WhatsApp Manager → Message templates: same names and words as in bot/message_templates/en.yml",
    )  # fmt: skip


# Instagram


def _instagram(ask: _Asking, account: Account, told: dict[str, str]) -> Iterator[Finding]:
    token, own = account.credentials["access_token"], account.credentials["account_id"]
    if not (account.credentials.get("app_secret") or account.credentials.get("instagram_app_secret")):
        yield Finding("wrong", "no app secret, so no webhook can be proven genuine", _page("instagram"))
    me = ask.meta("me", token, instagram=True, fields="user_id,username,name")
    told["username"] = str(me.get("username", ""))
    found = {str(me.get("user_id", "")), str(me.get("id", ""))}
    if own not in found:
        yield Finding(
            "wrong", f"the token belongs to account {me.get('user_id') or me.get('id')}, not {own}",
            "take account_id and access_token from the same account",
        )  # fmt: skip
        return
    yield Finding("ok", f"@{told['username']}")
    rows = ask.meta(f"{own}/subscribed_apps", token, instagram=True).get("data", [])
    fields = {field for row in rows for field in row.get("subscribed_fields", ())}
    if "messages" in fields:
        yield Finding("ok", "messages arrive at the app")
    else:
        yield Finding(
            "wrong", "the account is not subscribed to the field messages, so nothing arrives",
            f'run: curl -X POST "https://graph.instagram.com/{GRAPH}/{own}/subscribed_apps'
            '?subscribed_fields=messages,messaging_postbacks,message_reactions,messaging_seen&access_token=<token>"',
            later=True,
        )  # fmt: skip
    yield Finding(
        "note", "where its webhook goes cannot be looked up",
        f"it has to be {account.webhook_url} in the app → Instagram → Webhooks",
    )  # fmt: skip


# Lead Ads


def _lead_ads(ask: _Asking, account: Account, _told: dict[str, str]) -> Iterator[Finding]:
    token, own = account.credentials["access_token"], account.credentials["page_id"]
    yield Finding("ok", f"the Page {ask.meta(own, token, fields='name').get('name') or own}")
    rows = ask.meta(f"{own}/subscribed_apps", token, fields="subscribed_fields").get("data", [])
    if any("leadgen" in row.get("subscribed_fields", ()) for row in rows):
        yield Finding("ok", "filled-in forms arrive at the app")
    else:
        yield Finding(
            "wrong", "the Page is not subscribed to the field leadgen, so no form arrives",
            f'run: curl -X POST "https://graph.facebook.com/{GRAPH}/{own}/subscribed_apps'
            '?subscribed_fields=leadgen&access_token=<Page token>"',
            later=True,
        )  # fmt: skip


# Telegram


def _telegram(ask: _Asking, account: Account, told: dict[str, str]) -> Iterator[Finding]:
    token = account.credentials["bot_token"]
    me = ask.telegram(token, "getMe")
    told["bot_username"], told["bot_id"] = str(me.get("username", "")), str(me.get("id", ""))
    yield Finding("ok", f"@{told['bot_username']}")
    info = ask.telegram(token, "getWebhookInfo")
    yield _address(
        ask.settings, account, info.get("url"),
        f"run: curl https://api.telegram.org/bot<token>/setWebhook -d url={account.webhook_url} -d secret_token=<secret_token>",
    )  # fmt: skip
    if info.get("last_error_message"):
        yield Finding(
            "note", f"Telegram's last call failed: {info['last_error_message']}",
            "if it says 403, set the webhook again with the secret_token of the gym file",
        )  # fmt: skip
    if account.staff_chat is None:
        return
    try:
        chat = ask.telegram(token, "getChat", chat_id=account.staff_chat)
    except _Refused as refused:
        yield Finding(
            "wrong", f"the staff group {account.staff_chat} cannot be reached: {refused.detail}",
            "add the bot to the group again; if the group became a supergroup, put its new id into the gym file",
            later=True,
        )  # fmt: skip
        return
    yield Finding("ok", f"staff group {chat.get('title') or account.staff_chat}")
    if not me.get("can_read_all_group_messages"):
        yield Finding(
            "note", "in the group it hears slash commands only",
            "@BotFather → /setprivacy → the bot → Disable; then remove it from the group and add it again",
        )  # fmt: skip


# Twilio


def _twilio(ask: _Asking, account: Account, _told: dict[str, str]) -> Iterator[Finding]:
    status = ask.twilio(account.credentials, "").get("status")
    if status != "active":
        yield Finding(
            "wrong", f"the Twilio account is {status}", "see the Twilio Console for what it asks of you"
        )
        return
    yield Finding("ok", "the Twilio account is active")
    sender = str(account.credentials.get("from") or account.external_id).removeprefix("whatsapp:")
    if account.channel == "whatsapp-twilio":
        yield Finding(
            "note", f"where WhatsApp messages to {sender} go cannot be looked up",
            f"it has to be {account.webhook_url} (POST) in the Console → Messaging → Senders → WhatsApp senders",
        )  # fmt: skip
        return
    rows = ask.twilio(account.credentials, "/IncomingPhoneNumbers", PhoneNumber=sender).get(
        "incoming_phone_numbers", []
    )
    row = next((one for one in rows if one.get("phone_number") == sender), None)
    if row is None:
        yield Finding(
            "wrong", f"{sender} is no number of this account", "buy or port it in the Console, or mend `from`"
        )
        return
    if not (row.get("capabilities") or {}).get("sms", True):
        yield Finding("wrong", f"{sender} cannot do SMS", "choose a number with the capability SMS")
    yield _address(
        ask.settings, account, row.get("sms_url"),
        f"enter {account.webhook_url} in the Console → Phone numbers → {sender} → A message comes in → Webhook, POST",
    )  # fmt: skip


def _address(settings: Settings, account: Account, found: object, mend: str) -> Finding:
    """Whether the webhook's address stands at the provider as it should."""
    if not found:
        return Finding("wrong", "no webhook address is set, so nothing arrives", mend, later=True)
    is_same = str(found) == account.webhook_url
    if not is_same and settings.simulator:
        # At the simulator the address is this machine's own.
        is_same = urlsplit(str(found)).path == urlsplit(account.webhook_url).path
    if is_same:
        return Finding("ok", "webhooks come to this server")
    return Finding("wrong", f"webhooks go to {found}", mend, later=True)


_CHECKS: dict[str, Callable[[_Asking, Account, dict[str, str]], Iterator[Finding]]] = {
    "whatsapp": _whatsapp,
    "instagram": _instagram,
    "telegram": _telegram,
    "whatsapp-twilio": _twilio,
    "sms": _twilio,
    "lead-ads": _lead_ads,
}
_KEY_MENDS = {
    "lead-ads": "check page_id, and make a Page token with leads_retrieval and pages_manage_metadata",
    "whatsapp": "check access_token, phone_number_id and waba_id: business settings → System users → Generate new token",
    "instagram": "make a new access token: the app → Instagram → API setup → Generate token (it lasts 60 days)",
    "telegram": "check bot_token: @BotFather → /mybots → the bot → API token",
    "whatsapp-twilio": "check account_sid and auth_token: Twilio Console → Account → API keys & tokens",
    "sms": "check account_sid and auth_token: Twilio Console → Account → API keys & tokens",
}


def set_up(settings: Settings, account: Account) -> Checked:
    """Enter at the provider what it lets us enter: Telegram's webhook, what Meta sends of a WhatsApp account or a Page."""
    checked = Checked([], {})
    try:
        with _client(settings) as client:
            ask = _Asking(settings, client)
            if account.channel == "telegram":
                ask.telegram(
                    account.credentials["bot_token"], "setWebhook", url=account.webhook_url,
                    secret_token=account.credentials["secret_token"],
                )  # fmt: skip
                checked.findings.append(Finding("ok", "the webhook is set"))
            elif account.channel == "whatsapp":
                waba = account.credentials["waba_id"]
                ask.meta(f"{waba}/subscribed_apps", account.credentials["access_token"], method="POST")
                checked.findings.append(Finding("ok", "the business account is subscribed to the app"))
            elif account.channel == "lead-ads":
                page, token = account.credentials["page_id"], account.credentials["access_token"]
                ask.meta(f"{page}/subscribed_apps", token, method="POST", subscribed_fields="leadgen")
                checked.findings.append(Finding("ok", "the Page sends its forms to the app"))
    except _Refused as refused:
        checked.findings.append(Finding("wrong", refused.detail, _KEY_MENDS[account.channel]))
    except httpx.HTTPError as error:
        checked.findings.append(Finding("wrong", f"the provider cannot be reached ({type(error).__name__})"))
    return checked
