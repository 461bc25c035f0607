"""What a provider decides about a message template after it was sent in, or later."""

from __future__ import annotations

from typing import Any

from simulator.accounts import Account
from simulator.providers import meta_webhooks
from simulator.world import World

STATUSES = ("APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED")


class BadReview(ValueError):
    """The decision cannot be made; the message says why."""


def decide(world: World, account: Account, wanted: dict[str, Any]) -> dict[str, Any]:
    """Give the template `name` that `status`; Meta tells the app by webhook, Twilio waits to be asked."""
    name, status = str(wanted.get("name", "")), str(wanted.get("status", "")).upper()
    language, reason = str(wanted.get("language", "en")), str(wanted.get("reason", ""))
    if status not in STATUSES:
        raise BadReview(f"status is one of {', '.join(STATUSES)}.")
    if account.channel == "whatsapp":
        for template in account.templates or []:
            if (template.get("name"), template.get("language")) == (name, language):
                template["status"], template["rejected_reason"] = status, reason or "NONE"
                world.courier.send(meta_webhooks.template_status(account, template, reason))
                return {"name": name, "status": status}
    for content in world.contents.values():
        if content["account_sid"] == account.credentials.get("account_sid") and (
            content["friendly_name"].endswith(f"{name}_{language}")
        ):
            content["approval"], content["reason"] = status.lower(), reason
            return {"name": name, "status": status}
    raise BadReview(f"The account has no template {name!r} in {language!r}.")
