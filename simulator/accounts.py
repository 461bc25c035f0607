"""The gyms' accounts at the providers: who may call, where webhooks go, who is on the staff."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

_PUBLIC_CREDENTIALS = ("phone_number_id", "waba_id", "display_phone_number", "account_id", "account_sid", "from",
                       "bot_id", "bot_username")  # fmt: skip
_NEEDED: dict[str, tuple[str, ...]] = {
    "whatsapp": (
        "app_secret",
        "verify_token",
        "access_token",
        "phone_number_id",
        "waba_id",
        "display_phone_number",
    ),
    "instagram": ("app_secret", "verify_token", "access_token", "account_id"),
    "whatsapp-twilio": ("account_sid", "auth_token", "from"),
    "sms": ("account_sid", "auth_token", "from"),
    "telegram": ("bot_token", "secret_token", "bot_id", "bot_username"),
}


class NoSuchAccount(LookupError):
    """No gym has registered this account; the message says what there is."""


class StaffMember(BaseModel):
    """Somebody in the staff group. `started` says that they have pressed Start in their own chat with the bot."""

    user_id: int
    name: str
    username: str | None = None
    started: bool = True


class StaffGroup(BaseModel):
    """The group in which the staff and the bot talk."""

    chat_id: int
    title: str = "Staff"


class Account(BaseModel):
    """One gym's account at one provider, as the app registers it."""

    model_config = ConfigDict(extra="ignore")

    gym: str = Field(min_length=1)
    gym_name: str = ""
    channel: Literal["whatsapp", "whatsapp-twilio", "instagram", "telegram", "sms"]
    external_id: str
    webhook_url: str
    public_url: str = ""
    status_url: str = ""
    credentials: dict[str, str]
    staff_group: StaffGroup | None = None
    staff: dict[str, StaffMember] = Field(default_factory=dict)
    default: bool = False
    templates: list[dict[str, Any]] | None = None
    contents: list[dict[str, Any]] = Field(default_factory=list)
    """Twilio contents that WhatsApp has approved already: `sid`, `friendly_name`, `language`, `types`."""
    review: Literal["approves", "waits"] = "approves"
    """What becomes of a template that is sent in: approved at once, or pending until it is decided on."""
    throughput: float = 80.0
    """Messages a second the provider takes from this number; Meta raises 80 to 1000 by itself for good senders."""
    sms_queue: float = 4 * 3600.0
    """Segments that Twilio queues for a long code, which sends one a second: four hours of them."""
    allowed_updates: list[str] | None = None
    subscribed: bool = True
    """Whether the account's webhooks go to the app (Meta's subscribed_apps)."""
    permissions: list[str] = Field(
        default_factory=lambda: ["whatsapp_business_messaging", "whatsapp_business_management"]
    )
    """What Meta's token may do."""
    commands: dict[str, list[dict[str, str]]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _credentials_are_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("credentials"), dict):
            texts = {key: str(value) for key, value in data["credentials"].items() if value is not None}
            return {**data, "credentials": texts}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in _NEEDED[self.channel] if not self.credentials.get(name)]
        if missing:
            raise ValueError(f"credentials of a {self.channel} account lack {', '.join(missing)}")
        self.public_url = self.public_url or self.webhook_url
        return self

    def secret(self, name: str) -> str:
        """One of the credentials; empty where the account has none of that name."""
        return self.credentials.get(name, "")

    def holds(self, name: str, presented: str) -> bool:
        """Whether a caller presented this credential; compared in constant time."""
        return hmac.compare_digest(self.secret(name).encode(), presented.encode())

    def reachable(self, url: str) -> str:
        """Where a public URL of the app is found from here: the webhook's own host instead of the public one."""
        public, near = urlsplit(self.public_url), urlsplit(self.webhook_url)
        asked = urlsplit(url)
        if (asked.scheme, asked.netloc) == (public.scheme, public.netloc):
            asked = asked._replace(scheme=near.scheme, netloc=near.netloc)
        return asked._replace(fragment="").geturl()

    def listed(self) -> dict[str, Any]:
        """The account without its secrets, as the list of accounts shows it."""
        shown: dict[str, Any] = self.model_dump(
            include={
                "gym",
                "gym_name",
                "channel",
                "external_id",
                "webhook_url",
                "staff_group",
                "staff",
                "default",
            }
        )
        shown["credentials"] = {
            key: self.credentials[key] for key in _PUBLIC_CREDENTIALS if key in self.credentials
        }
        return shown


class Accounts:
    """Every registered account, found by gym and channel or by what a provider's URL says."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], Account] = {}
        self._by_provider_id: dict[tuple[str, str], Account] = {}
        self._default: str | None = None

    def __iter__(self) -> Iterator[Account]:
        """Every account, in the order of their registration."""
        return iter(self._by_place.values())

    def register(self, account: Account) -> Account | None:
        """Add an account or replace the gym's earlier one on that channel, which is returned."""
        place = (account.gym, account.channel)
        earlier = self._by_place.get(place)
        if earlier:
            if account.channel == "telegram" and account.secret("bot_token") == earlier.secret("bot_token"):
                account.allowed_updates, account.commands = earlier.allowed_updates, earlier.commands
            if account.templates is None:
                account.templates = earlier.templates
            for key in self._provider_ids(earlier):
                if self._by_provider_id.get(key) is earlier:
                    del self._by_provider_id[key]
        self._by_place[place] = account
        for key in self._provider_ids(account):
            self._by_provider_id[key] = account
        if self._default is None or (account.default and not self._is_marked(self._default)):
            self._default = account.gym
        return earlier

    def _is_marked(self, gym: str) -> bool:
        return any(account.default for (owner, _), account in self._by_place.items() if owner == gym)

    @staticmethod
    def _provider_ids(account: Account) -> list[tuple[str, str]]:
        match account.channel:
            case "whatsapp":
                return [("number", account.secret("phone_number_id")), ("waba", account.secret("waba_id")),
                        ("token", account.secret("access_token"))]  # fmt: skip
            case "instagram":
                return [
                    ("instagram", account.secret("account_id")),
                    ("ig token", account.secret("access_token")),
                ]
            case "telegram":
                return [("bot", account.secret("bot_token"))]
            case _:
                sender = account.secret("from").removeprefix("whatsapp:")
                return [(f"twilio {account.secret('account_sid')}", f"{account.channel} {sender}"),
                        ("twilio", account.secret("account_sid"))]  # fmt: skip

    def find(self, kind: str, provider_id: str) -> Account | None:
        """The account a provider's URL or form means, or None."""
        return self._by_provider_id.get((kind, provider_id))

    def default_gym(self) -> str:
        """The gym meant where nobody says which."""
        if self._default is None:
            raise NoSuchAccount("No gym has been imported yet, so there is nobody to write to.")
        return self._default

    def gyms(self) -> list[dict[str, Any]]:
        """Every gym with its channels, the default one first."""
        found: dict[str, dict[str, Any]] = {}
        for (gym, channel), account in self._by_place.items():
            entry = found.setdefault(gym, {"gym": gym, "name": account.gym_name or gym, "channels": []})
            entry["channels"].append(channel)
        return sorted(found.values(), key=lambda entry: entry["gym"] != self._default)

    def get(self, gym: str | None, channel: str) -> Account:
        """The gym's account on a channel; raises `NoSuchAccount`."""
        slug = gym or self.default_gym()
        account = self._by_place.get((slug, channel))
        if account is None:
            have = [channel for owner, channel in self._by_place if owner == slug]
            if not have:
                known = ", ".join(sorted({owner for owner, _ in self._by_place})) or "none"
                raise NoSuchAccount(f"There is no gym {slug!r}. There are: {known}.")
            raise NoSuchAccount(f"Gym {slug!r} has no account on {channel}. It has: {', '.join(have)}.")
        return account

    def dump(self) -> dict[str, str]:
        """Every account as JSON, for keeping."""
        return {
            f"{gym}/{channel}": json.dumps(a.model_dump()) for (gym, channel), a in self._by_place.items()
        }
