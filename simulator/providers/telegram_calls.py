"""One call of Telegram's Bot API: its parameters, its checks, its refusals."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Any

from simulator.accounts import Account
from simulator.pace import TELEGRAM_BOT, TELEGRAM_CHAT, TELEGRAM_GROUP
from simulator.phones import Button, Message, Phone
from simulator.providers.telegram_text import Unparsable, parsed
from simulator.world import World


class TelegramError(Exception):
    """A refusal in the Bot API's format."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = self.status = code
        prefix = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}.get(code, "")
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": prefix + description}
        if parameters:
            self.body["parameters"] = parameters
        self.headers = {"retry-after": str(parameters["retry_after"])} if "retry_after" in parameters else {}


class Call:
    """One call of a method: its parameters and the account that calls."""

    def __init__(self, world: World, account: Account, values: dict[str, Any], now: datetime) -> None:
        self.world, self.account, self.values, self.now = world, account, values, now

    def text(self, name: str) -> str:
        """A parameter as text; empty where it is missing."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def object(self, name: str) -> Any:
        """A parameter that is JSON, written out or as text; None where it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise TelegramError(400, f"can't parse {name.replace('_', ' ')} JSON object") from None

    def chat(self) -> Phone:
        """The chat meant, if the bot may write there."""
        wanted = self.text("chat_id")
        if not wanted:
            raise TelegramError(400, "chat_id is empty")
        if not re.match(r"^-?\d+$", wanted):
            raise TelegramError(400, "chat not found")
        phone = self.world.phones.find_chat(self.account.gym, int(wanted))
        if phone is None and int(wanted) < 0:
            raise TelegramError(400, "chat not found")
        if phone is None or not phone.started:
            raise TelegramError(403, "bot can't initiate conversation with a user")
        if self.world.blocks(self.account, phone):
            raise TelegramError(403, "bot was kicked from the supergroup chat" if phone.is_group
                                else "bot was blocked by the user")  # fmt: skip
        return phone

    def message(self, phone: Phone, what: str) -> Message:
        """The message meant by message_id, if it is the bot's."""
        wanted = self.text("message_id")
        message = phone.find(int(wanted)) if wanted.isdigit() else None
        if message is None:
            raise TelegramError(400, f"message to {what} not found")
        if message.sender != "gym" and what == "edit":
            raise TelegramError(400, "message can't be edited")
        return message

    def keep_pace(self, phone: Phone) -> None:
        """Telegram's flood control; edits count too."""
        pace, bot = self.world.pace, self.account.secret("bot_id")
        chat = TELEGRAM_GROUP if phone.is_group else TELEGRAM_CHAT
        buckets = [(("bot", bot), TELEGRAM_BOT), (("chat", bot, phone.chat_id), chat)]
        wait = max(pace.wait_for(name, limit) for name, limit in buckets)
        if wait:
            self.world.stats.count("telegram", "pace_violations")
            raise too_many(math.ceil(wait))
        for name, limit in buckets:
            pace.take(name, limit)

    def body(self, name: str, longest: int, *, required: bool = True) -> tuple[str, list[dict[str, Any]]]:
        """The text or caption, its markup read."""
        given = self.text(name)
        mode = self.text("parse_mode")
        try:
            text, entities = parsed(given, mode)
        except Unparsable as error:
            raise TelegramError(400, f"can't parse entities: {error}") from None
        if required and not text.strip():
            raise TelegramError(400, "message text is empty")
        if len(text) > longest:
            raise TelegramError(
                400, "message is too long" if name == "text" else "message caption is too long"
            )
        return text, entities or (self.object("entities") or [] if not mode else [])

    def buttons(self) -> list[Button]:
        """The buttons of reply_markup, checked."""
        markup = self.object("reply_markup") or {}
        rows = markup.get("inline_keyboard")
        if rows is not None:
            buttons = [_inline(entry) for row in rows for entry in row]
            if len(buttons) > 100 or any(len(row) > 8 for row in rows):
                raise TelegramError(400, "reply markup is too long")
            return buttons
        found = []
        for row in markup.get("keyboard") or []:
            for entry in row:
                entry = {"text": entry} if isinstance(entry, str) else entry
                found.append(
                    Button("", str(entry["text"]), "contact" if entry.get("request_contact") else "keyboard")
                )
        return found


def too_many(seconds: int) -> TelegramError:
    """429 with the time to wait."""
    return TelegramError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _inline(entry: dict[str, Any]) -> Button:
    title = str(entry.get("text", ""))
    if not title:
        raise TelegramError(
            400, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in entry:
        data = str(entry["callback_data"])
        if not 1 <= len(data.encode()) <= 64:
            raise TelegramError(400, "BUTTON_DATA_INVALID")
        return Button(data, title, "callback")
    url = entry.get("url") or (entry.get("web_app") or {}).get("url")
    if url:
        if not re.match(r"^(https?|tg|tel)://?", str(url)):
            raise TelegramError(
                400, f"inline keyboard button URL '{url}' is invalid: unsupported URL protocol"
            )
        return Button("", title, "url", str(url))
    if "copy_text" in entry or "switch_inline_query" in entry:
        return Button("", title, "url")
    raise TelegramError(
        400, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )
