"""Updates as Telegram posts them: messages, edits, taps, reactions, blocks."""

from __future__ import annotations

import itertools
import json
import secrets
import time
from datetime import datetime
from typing import Any

from simulator.accounts import Account
from simulator.phones import Message, Phone
from simulator.providers.telegram_text import commands
from simulator.talking import Person, Said
from simulator.webhooks import Webhook
from simulator.world import World

# Left out of the default `allowed_updates`: whoever wants them has to say so.
_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
# A counter that grows over restarts too, as the real one does.
_numbers = itertools.count(int(time.time() * 10) % 10**10)


def bot(account: Account) -> dict[str, Any]:
    """The bot as a user."""
    name, handle = account.gym_name or account.gym, account.secret("bot_username")
    return {"id": int(account.secret("bot_id")), "is_bot": True, "first_name": name, "username": handle}


def user(person: Person) -> dict[str, Any]:
    """A person as a user. Telegram always has a first name; who gave none here is a dot, as some people are there."""
    first, _, last = (person.name or ".").partition(" ")
    shown: dict[str, Any] = {"id": person.user_id, "is_bot": False, "first_name": first}
    if last:
        shown["last_name"] = last
    return {**shown, "username": person.username, "language_code": "en"}


def chat(phone: Phone) -> dict[str, Any]:
    """The chat a phone is for the bot."""
    if phone.is_group:
        kind = "supergroup" if str(phone.chat_id).startswith("-100") else "group"
        return {"id": phone.chat_id, "title": phone.name, "type": kind}
    first, _, last = (phone.name or ".").partition(" ")
    shown: dict[str, Any] = {"id": phone.chat_id, "first_name": first}
    if last:
        shown["last_name"] = last
    if phone.username:
        shown["username"] = phone.username
    return {**shown, "type": "private"}


def keyboard(message: Message) -> dict[str, Any] | None:
    """The inline keyboard under a message, a button a row."""
    rows = []
    for button in message.buttons:
        if button.kind == "callback":
            rows.append([{"text": button.title, "callback_data": button.id}])
        elif button.kind == "url":
            rows.append([{"text": button.title, "url": button.url}])
    return {"inline_keyboard": rows} if rows else None


def as_message(account: Account, phone: Phone, message: Message, *, nested: bool = False) -> dict[str, Any]:
    """A line of a phone as Telegram's Message."""
    if message.sender == "gym":
        author = bot(account)
    else:
        author = user(_author(account, phone, message))
    shown: dict[str, Any] = {"message_id": message.id, "from": author, "chat": chat(phone)}
    shown["date"] = int(message.at.timestamp())
    if message.edited:
        shown["edit_date"] = int(message.at.timestamp())
    quoted = phone.find(message.reply_to) if message.reply_to and not nested else None
    if quoted:
        shown["reply_to_message"] = as_message(account, phone, quoted, nested=True)
    if message.media:
        shown.update(_media(message))
    else:
        shown["text"] = message.text
        entities = message.entities if message.sender == "gym" else commands(message.text)
        if entities:
            shown["entities"] = entities
    markup = keyboard(message)
    if markup:
        shown["reply_markup"] = markup
    return shown


def _author(account: Account, phone: Phone, message: Message) -> Person:
    for key, member in account.staff.items():
        if member.user_id == message.author:
            return Person(member.user_id, member.name, member.username or key)
    return Person(message.author or phone.chat_id, phone.name, phone.username)


def _media(message: Message) -> dict[str, Any]:
    media = message.media or {}
    kind, unique = media["type"], f"AQAD{message.id}"
    held = {"file_id": str(media.get("file_id") or unique), "file_unique_id": unique, "file_size": 1200}
    caption = {"caption": message.text} if message.text else {}
    match kind:
        case "location":
            return {"location": {"latitude": media["latitude"], "longitude": media["longitude"]}}
        case "contact":
            card = {"phone_number": str(media["phone"]), "first_name": str(media.get("name") or ".")}
            return {"contact": {**card, **({"user_id": message.author} if media.get("own") else {})}}
        case "image":
            return {"photo": [{**held, "width": 1280, "height": 960}], **caption}
        case "voice":
            return {"voice": {**held, "duration": 3, "mime_type": "audio/ogg"}, **caption}
        case "sticker":
            size = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"}
            return {"sticker": {**held, **size}}
        case "video":
            size = {"width": 640, "height": 480, "duration": 3}
            return {"video": {**held, **size, "mime_type": media.get("mime_type", "video/mp4")}, **caption}
        case "audio":
            return {
                "audio": {**held, "duration": 3, "mime_type": media.get("mime_type", "audio/mpeg")},
                **caption,
            }
        case _:
            name = str(media.get("filename") or "document")
            mime = str(media.get("mime_type") or "application/octet-stream")
            return {"document": {**held, "file_name": name, "mime_type": mime}, **caption}


def update(
    account: Account, phone: Phone, kind: str, value: dict[str, Any], message: Message | None
) -> Webhook | None:
    """An update on its way to the app; None where the bot has no webhook or did not ask for this kind."""
    allowed = account.allowed_updates
    wanted = kind in allowed if allowed else kind not in _ON_REQUEST
    if not wanted or not account.webhook_url:
        return None
    body = json.dumps(
        {"update_id": next(_numbers), kind: value}, ensure_ascii=False, separators=(",", ":")
    ).encode()
    headers = [("content-type", "application/json"), ("accept-encoding", "gzip, deflate")]
    if account.secret("secret_token"):
        headers.append(("x-telegram-bot-api-secret-token", account.secret("secret_token")))
    return Webhook(phone, account.webhook_url, headers, body, "messages", message)


def inbound(world: World, account: Account, phone: Phone, said: Said) -> Webhook | None:
    """The update that tells the app what a person did."""
    if not phone.is_group:
        phone.started = True
    said.message.provider_id = str(said.message.id)
    if said.kind == "reaction" and said.of:
        new = [{"type": "emoji", "emoji": said.emoji}] if said.emoji else []
        before = [{"type": "emoji", "emoji": said.of.reaction}] if said.of.reaction else []
        value = {"chat": chat(phone), "message_id": said.of.id, "user": user(said.person),
                 "date": int(said.at.timestamp()), "old_reaction": before, "new_reaction": new}  # fmt: skip
        return update(account, phone, "message_reaction", value, said.message)
    if said.kind == "edit" and said.of:
        value = as_message(account, phone, said.of)
        value["edit_date"] = int(said.at.timestamp())
        return update(account, phone, "edited_message", value, said.of)
    if said.button and said.button.kind == "callback" and said.of:
        query = str(secrets.randbits(62))
        world.queries[query] = (phone, said.at)
        value = {"id": query, "from": user(said.person), "message": as_message(account, phone, said.of),
                 "chat_instance": str(-(10**15) - abs(phone.chat_id)), "data": said.button.id}  # fmt: skip
        return update(account, phone, "callback_query", value, said.message)
    if said.button and said.button.kind == "contact":
        said.message.media = {
            "type": "contact",
            "phone": "353000000000",
            "name": said.person.name,
            "own": True,
        }
    if said.message.media and said.message.media["type"] not in ("location", "contact"):
        file_id = "BQACAgQAAx" + secrets.token_urlsafe(18)
        said.message.media["file_id"] = file_id
        world.media[file_id] = {**said.message.media, "account": account.external_id}
    return update(account, phone, "message", as_message(account, phone, said.message), said.message)


def membership(account: Account, phone: Phone, now: datetime, *, blocked: bool) -> Webhook | None:
    """The update that tells the app that a person has blocked the bot, or no longer does."""

    def member(status: str) -> dict[str, Any]:
        return {"user": bot(account), "status": status, **({"until_date": 0} if status == "kicked" else {})}

    old, new = ("member", "kicked") if blocked else ("kicked", "member")
    person = Person(phone.chat_id, phone.name, phone.username)
    value = {"chat": chat(phone), "from": user(person), "date": int(now.timestamp()),
             "old_chat_member": member(old), "new_chat_member": member(new)}  # fmt: skip
    return update(account, phone, "my_chat_member", value, None)
