"""Telegram, through python-telegram-bot: prospects, staff and their group.

Required credentials: `bot_token`, `secret_token` (set with the webhook), `bot_username`
(to leave other bots' commands alone), `bot_id`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from bot.channels import _downloads, rendering
from bot.channels import _fields as fields
from bot.channels import _telegram_events as events
from bot.channels._keywords import chat_keyword
from bot.channels._telegram_bot import BAD_REQUESTS, TELEGRAM
from bot.channels.base import (
    Attachment,
    Button,
    Channel,
    InboxAccount,
    Incoming,
    KeptPayload,
    Limits,
    MalformedPayload,
    NextStep,
    Outgoing,
    Pace,
    Repair,
    SendFailed,
    Sent,
    WebhookRequest,
)

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup, Message, ReplyParameters

CREDENTIALS = ("bot_token", "secret_token", "bot_username", "bot_id")

LIMITS = Limits(
    text=4096,
    # 30 a second for a bot, 1 a second in a chat (short bursts pass), 20 a minute in a group; edits count.
    pace=Pace(1 / 28, 10),
    pace_person=Pace(1.1, 6),
    pace_group=Pace(3.2, 18),
    group_addresses="-%",
    text_unit="utf16",
    buttons=100,
    button_title=64,
    can_edit=True,
    button_id=64,
    caption=1024,
    attachments=frozenset({"image", "video", "audio", "voice", "document"}),
)

ERRORS: dict[str, NextStep] = BAD_REQUESTS

_ROW_TITLES = 28
"""Characters that fit side by side on a narrow phone."""
_ROW_BUTTONS = 3
_TAP = "cbq:"


class Telegram(Channel):
    """The channel "telegram"."""

    name = "telegram"
    provider: Literal["meta", "twilio", "telegram"] = "telegram"
    account_id_name = "bot"
    limits = LIMITS
    credentials: Sequence[str] = CREDENTIALS
    stops: Mapping[str, Repair] = {"401": "credentials", "not_configured": "credentials"}
    facts: Sequence[str] = ("bot_username", "bot_id")

    def proven(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
        """By the secret token that was given with the webhook; there is no signature."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "").encode("utf-8", "replace")
        return [
            account
            for account in accounts
            if (secret := account.credentials.get("secret_token"))
            and hmac.compare_digest(secret.encode(), given)
        ]

    def serves(self, account: InboxAccount, account_id: str) -> bool:  # noqa: ARG002
        """An update does not name its bot: the webhook's path and secret do."""
        return account_id == ""

    def split(self, request: WebhookRequest) -> list[KeptPayload]:
        """One update per request."""
        try:
            update = fields.mapping(fields.load(request.body))
        except MalformedPayload as error:
            # Refused, it would be sent again for a day and hold back the chat's next messages.
            raise MalformedPayload(error.reason, status=200) from error
        update_id = fields.word(update, "update_id")
        if not update_id:
            raise MalformedPayload("no update_id", status=200)
        sent_at = events.sent_at(update)
        return [
            KeptPayload(
                update_id, "", events.address_of(update), sent_at, {"update": update}, _is_typed(update)
            )
        ]

    def parse(self, payload: Mapping[str, Any]) -> list[Incoming]:
        """One event per update."""
        return [events.incoming(fields.mapping(payload, "update"), fields.mapping(payload, "account"))]

    def address_of(self, person: str) -> str:
        """The chat id; only who pressed Start can be written to."""
        return person.removeprefix("tg:")

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:
        """Sends, or edits where `edit_of` says so; an edit that changes nothing is a success."""
        message = rendering.fitted(message, LIMITS)
        if message.edit_of:
            return self._edit(account, message)
        sent = TELEGRAM.call(account, lambda bot: _send(bot, message))
        return Sent(f"{sent.chat_id}:{sent.message_id}", status="sent")

    def _edit(self, account: InboxAccount, message: Outgoing) -> Sent:
        assert message.edit_of is not None
        chat, _, number = message.edit_of.rpartition(":")
        if not chat or not number.isdecimal():
            raise SendFailed("not a Telegram message id", next="fail_no_retry", code="edit_of")
        try:
            TELEGRAM.call(
                account,
                lambda bot: bot.edit_message_text(
                    message.text,
                    chat_id=_chat(chat),
                    message_id=int(number),
                    reply_markup=_keyboard(message.buttons),
                ),
            )
        except SendFailed as failed:
            if "message is not modified" not in failed.detail.lower():
                raise
        return Sent(message.edit_of, status="sent")

    def fetch(self, account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:
        """By the file's id, 20 MB at most; the address holds the token and is never handed on."""
        file_id = attachment.provider_id
        if not file_id:
            raise SendFailed("no file id", next="fail_no_retry")

        async def fetched(bot: Bot) -> bytes:
            file = await bot.get_file(file_id)
            if (file.file_size or 0) > most:
                raise SendFailed("more bytes than are taken", next="fail_no_retry", code=_downloads.TOO_BIG)
            return bytes(await file.download_as_bytearray())

        try:
            content = TELEGRAM.call(account, fetched)
        except SendFailed as failed:
            if "too big" in failed.detail.lower():
                failed.code = _downloads.TOO_BIG
            raise
        if len(content) > most:
            raise SendFailed("more bytes than are taken", next="fail_no_retry", code=_downloads.TOO_BIG)
        return content

    def seen(self, account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:
        """The indicator lasts about 5 s; a tapped button turns until its query is answered."""
        try:
            if message_id.startswith(_TAP):
                TELEGRAM.call(account, lambda bot: bot.answer_callback_query(message_id.removeprefix(_TAP)))
            if answering:
                TELEGRAM.call(account, lambda bot: bot.send_chat_action(_chat(address), "typing"))
        except SendFailed:
            return


def _is_typed(update: Mapping[str, Any]) -> bool:
    """Typed words wait for more; a command is complete as it stands."""
    if "message" not in update:
        return False
    text = fields.text(update, "message", "text")
    return bool(text) and not str(text).startswith("/") and chat_keyword(text) is None


# Sending


async def _send(bot: Bot, message: Outgoing) -> Message:
    """Sent as plain text: without a parse mode nothing in a name or a class can break it."""
    chat, keyboard, reply = _chat(message.to), _keyboard(message.buttons), _reply(message)
    attachment = message.attachment
    if attachment is None:
        return await bot.send_message(chat, message.text, reply_markup=keyboard, reply_parameters=reply)
    from telegram import InputFile

    file: InputFile | str = attachment.provider_id or attachment.url or ""
    if message.attachment_bytes:
        file = InputFile(message.attachment_bytes, filename=attachment.filename or "file")
    caption = message.text or None
    if attachment.kind == "image":
        return await bot.send_photo(chat, file, caption=caption, reply_parameters=reply)
    if attachment.kind == "video":
        return await bot.send_video(chat, file, caption=caption, reply_parameters=reply)
    if attachment.kind == "audio":
        return await bot.send_audio(chat, file, caption=caption, reply_parameters=reply)
    if attachment.kind == "voice":
        return await bot.send_voice(chat, file, caption=caption, reply_parameters=reply)
    return await bot.send_document(chat, file, caption=caption, reply_parameters=reply)


def _chat(address: str) -> int | str:
    return int(address) if address.removeprefix("-").isdecimal() else address


def _reply(message: Outgoing) -> ReplyParameters | None:
    from telegram import ReplyParameters

    chat, _, number = (message.reply_to or "").rpartition(":")
    if chat != message.to or not number.isdecimal():
        return None
    # The quoted message may be gone; the answer must still arrive.
    return ReplyParameters(int(number), allow_sending_without_reply=True)


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.title, callback_data=one.id) for one in row] for row in rows(buttons)]
    )


def rows(buttons: Sequence[Button]) -> list[list[Button]]:
    """The buttons in rows: short ones side by side, long ones each on their own."""
    found: list[list[Button]] = []
    for button in buttons:
        row = found[-1] if found else []
        widest = max(len(one.title) for one in [*row, button])
        if row and len(row) < _ROW_BUTTONS and widest * (len(row) + 1) <= _ROW_TITLES:
            row.append(button)
        else:
            found.append([button])
    return found


CHANNEL = Telegram()
