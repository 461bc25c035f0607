"""A person acts on a phone: the phone shows it, and the provider tells the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulator.accounts import Account
from simulator.phones import Phone, username_of
from simulator.providers import instagram, meta_webhooks, telegram_updates, twilio, twilio_webhooks
from simulator.talking import NotUnderstood, Said, understand
from simulator.webhooks import Webhook
from simulator.world import World

_CARRIER_WORDS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}

_TELL: dict[str, Callable[[World, Account, Phone, Said], Webhook | None]] = {
    "whatsapp": meta_webhooks.inbound,
    "instagram": instagram.inbound,
    "telegram": telegram_updates.inbound,
    "whatsapp-twilio": twilio_webhooks.inbound,
    "sms": twilio_webhooks.inbound,
}


async def say(world: World, account: Account, phone: Phone, body: dict[str, Any]) -> int:
    """Carry out one act of a person; gives the id of the message it made or changed."""
    now = await world.clock.now(account.gym)
    _rename(phone, body.get("name"))
    said = understand(account, phone, body, now)
    if said.kind == "reaction" and account.channel not in ("whatsapp", "instagram", "telegram"):
        raise NotUnderstood(f"Reactions do not reach a business on {account.channel}.")
    silent = said.kind in ("reaction", "edit")
    message = said.of if silent and said.of else said.message
    if said.kind == "edit":
        message.text, message.edited = said.message.text, True
    if not silent:
        phone.add(message)
    phone.written_at, phone.activity = now, phone.activity + 1
    world.stats.count(account.channel, "received")
    webhook = _TELL[account.channel](world, account, phone, said)
    if said.kind == "reaction":
        message.reaction = said.emoji
    if silent:
        phone.touch(message)
    else:
        phone.identify(message)
        world.phones.alias(phone, message.provider_id)
    world.changed(phone, message)
    if account.channel in ("sms", "whatsapp-twilio"):
        twilio.kept(world, account, phone, message)
    if account.channel == "sms":
        _obey(world, phone, message.text, now)
    if webhook:
        if silent:
            webhook.message = None
        world.courier.send(webhook)
    return message.id


def _rename(phone: Phone, name: Any) -> None:
    if (
        isinstance(name, str)
        and name.strip()
        and not phone.is_group
        and not phone.address.startswith("staff")
    ):
        phone.name = name.strip()[:120]
    if phone.channel == "telegram" and not phone.username:
        phone.username = username_of(phone.name, phone.address)


def _obey(world: World, phone: Phone, text: str, now: datetime) -> None:
    """STOP, START and HELP: Twilio answers by itself and keeps the list, and then still tells the app."""
    word = twilio_webhooks.opt_word(text)
    # "yes" is an ordinary answer of somebody who has never said STOP; only then is it a way back in.
    if not word or (word == "START" and not phone.opted_out):
        return
    if word != "HELP":
        phone.opted_out = word == "STOP"
    world.show(phone, now, _CARRIER_WORDS[word], status="delivered")
