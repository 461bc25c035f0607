"""Meta's Lead Ads: forms that people fill in inside Facebook or Instagram. They arrive; nothing can be sent back here.

Required credentials: `app_secret`, `access_token` (a Page token with `leads_retrieval`), `page_id`. The webhook names
a form's id only; what was filled in is asked for afterwards (`form`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.channels import _fields as fields
from bot.channels import _meta
from bot.channels._settings import settings
from bot.channels.base import (
    Attachment,
    Channel,
    InboxAccount,
    Incoming,
    KeptPayload,
    Limits,
    Outgoing,
    SendFailed,
    Sent,
    WebhookRequest,
)

CREDENTIALS = ("app_secret", "verify_token", "access_token", "page_id")
LIMITS = Limits(text=1000, asks_form=True)
PAGE_OBJECT = "page"
PREFIX = "leadgen:"
ASKED = "field_data,ad_id,ad_name,campaign_name,form_id,platform"
ADS = {
    "ad_name": "ad",
    "campaign_name": "campaign",
    "platform": "source",
    "ad_id": "ad_id",
    "form_id": "form_id",
}
"""What Graph calls the facts about the advertisement, and what a lead's referral calls them."""


class LeadAds(Channel):
    """The channel "lead-ads"."""

    name = "lead-ads"
    provider: Literal["meta", "twilio", "telegram"] = "meta"
    account_id_name = "page_id"
    limits = LIMITS
    credentials: Sequence[str] = CREDENTIALS
    facts: Sequence[str] = ()

    def proven(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
        """By the Meta app's secret."""
        return _meta.proven(request, accounts, ("app_secret",))

    def serves(self, account: InboxAccount, account_id: str) -> bool:
        """By the Page's id."""
        return account_id in (account.external_id, account.credentials.get("page_id"))

    def split(self, request: WebhookRequest) -> list[KeptPayload]:
        """Each filled-in form of every entry."""
        found = _meta.envelope(request.body)
        if fields.word(found, "object") != PAGE_OBJECT:
            return []
        return [kept for entry in fields.items(found, "entry") for kept in _split_entry(entry)]

    def parse(self, payload: Mapping[str, Any]) -> list[Incoming]:
        """The form's id; the person is not known yet."""
        value = fields.mapping(payload, "value")
        return [
            Incoming(
                kind="form", action="record", message_id=f"{PREFIX}{fields.word(value, 'leadgen_id')}",
                sent_at=fields.instant(value, "created_time"), extra={"is_ad_form": True},
            )
        ]  # fmt: skip

    def address_of(self, person: str) -> str:
        """Nobody has an address here."""
        return person

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:  # noqa: ARG002
        """A form cannot be answered."""
        raise SendFailed("a lead ad's form cannot be answered", next="fail_no_retry", code="no_chat")

    def fetch(self, account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:  # noqa: ARG002
        """A form has no files."""
        raise SendFailed("a form has no files", next="fail_no_retry")

    def seen(self, account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:
        """There is no chat."""

    def form(self, account: InboxAccount, address: str) -> Mapping[str, str] | None:
        """What was filled in, by the form's own field names, and the advertisement's facts; None where Graph refuses."""
        token = account.credentials.get("access_token")
        if not token or not address.startswith(PREFIX):
            return None
        current = settings()
        url = f"{current.meta_base_url.rstrip('/')}/{current.meta_api_version}/{address.removeprefix(PREFIX)}"
        try:
            answer = _meta.GRAPH.get(url, token, {}, {"fields": ASKED})
        except SendFailed:
            return None
        told = {ours: value for theirs, ours in ADS.items() if (value := fields.word(answer, theirs))}
        for item in fields.items(answer, "field_data"):
            values = item.get("values")
            first = values[0] if isinstance(values, list) and values else None
            if (name := fields.word(item, "name")) and isinstance(first, str | int):
                told[f"field:{name}"] = str(first)
        return told


def _split_entry(entry: Mapping[str, Any]) -> list[KeptPayload]:
    kept = []
    for change in fields.items(entry, "changes"):
        value = fields.mapping(change, "value")
        lead = fields.word(value, "leadgen_id")
        if fields.word(change, "field") != "leadgen" or not lead:
            continue
        kept.append(
            KeptPayload(
                external_id=f"{PREFIX}{lead}",
                account_id=fields.word(value, "page_id") or fields.word(entry, "id"),
                address=f"{PREFIX}{lead}",
                provider_at=fields.instant(value, "created_time"),
                payload={"value": dict(value)},
                waits=False,
            )
        )
    return kept


CHANNEL = LeadAds()
