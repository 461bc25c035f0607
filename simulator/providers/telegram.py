"""Telegram's Bot API: `/telegram/bot<token>/<method>`, as form, JSON or multipart."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from simulator import files
from simulator.accounts import Account
from simulator.phones import Message, Phone
from simulator.providers import telegram_updates
from simulator.providers.telegram_calls import Call, TelegramError, too_many
from simulator.world import World

QUERY_LIVES = timedelta(seconds=150)
_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def _quoted(call: Call, phone: Phone) -> int:
    reply = call.object("reply_parameters") or {}
    wanted = reply.get("message_id") or call.text("reply_to_message_id")
    if not wanted:
        return 0
    found = phone.find(int(wanted))
    lenient = reply.get("allow_sending_without_reply") or call.text("allow_sending_without_reply") == "true"
    if found is None and not lenient:
        raise TelegramError(400, "message to be replied not found")
    return found.id if found else 0


def _sent(
    call: Call, phone: Phone, text: str, entities: list[dict[str, Any]], media: dict[str, Any] | None
) -> Any:
    buttons, quoted = call.buttons(), _quoted(call, phone)
    call.keep_pace(phone)
    message = call.world.show(phone, call.now, text, buttons=buttons, media=media, reply_to=quoted)
    message.entities = entities
    call.world.stats.count("telegram", "accepted")
    return telegram_updates.as_message(call.account, phone, message)


async def send_message(call: Call) -> Any:
    """sendMessage."""
    phone = call.chat()
    text, entities = call.body("text", 4096)
    return _sent(call, phone, text, entities, None)


async def send_file(call: Call, kind: str, field: str) -> Any:
    """sendDocument and sendPhoto: a file by upload, by URL or by file_id."""
    phone = call.chat()
    file = call.values.get(field)
    if not file:
        raise TelegramError(400, f"there is no {field} in the request")
    if isinstance(file, str) and file.startswith("attach://"):
        file = call.values.get(file.removeprefix("attach://"), "")
    caption, entities = call.body("caption", 1024, required=False)
    if isinstance(file, str):
        known = call.world.media.get(file)
        if not known and not re.match(r"^https?://", file):
            raise TelegramError(400, "wrong file identifier/HTTP URL specified")
        media = {**known, "type": kind} if known else {"type": kind, "url": file}
        media.pop("content", None)
    else:
        content = await file.read()
        limit = 10 if kind == "image" else 50
        if len(content) > limit * 1024 * 1024:
            raise TelegramError(413, "Request Entity Too Large")
        file_id = "BQACAgQAAx" + secrets.token_urlsafe(18)
        mime = file.content_type or "application/octet-stream"
        held = {
            "type": kind,
            "mime_type": mime,
            "filename": file.filename,
            "account": call.account.external_id,
        }
        call.world.media[file_id] = {**held, "content": content}
        media = {**held, "file_id": file_id, "url": f"/media/{file_id}"}
    return _sent(call, phone, caption, entities, media)


def _edited(call: Call, phone: Phone, message: Message, text: str, entities: list[dict[str, Any]]) -> Any:
    buttons = call.buttons()
    if (text, buttons) == (message.text, message.buttons):
        raise TelegramError(400, _MODIFIED)
    call.keep_pace(phone)
    had = bool(message.buttons)
    message.text, message.entities, message.buttons, message.edited = text, entities, buttons, True
    if buttons and not had:
        phone.with_buttons.append(message)
        phone.with_buttons.sort(key=lambda m: m.id)
    phone.touch(message)
    phone.activity += 1
    call.world.changed(phone, message)
    call.world.stats.count("telegram", "edited")
    return telegram_updates.as_message(call.account, phone, message)


async def edit_text(call: Call) -> Any:
    """editMessageText."""
    phone = call.chat()
    message = call.message(phone, "edit")
    text, entities = call.body("text", 4096)
    return _edited(call, phone, message, text, entities)


async def edit_markup(call: Call) -> Any:
    """editMessageReplyMarkup."""
    phone = call.chat()
    message = call.message(phone, "edit")
    return _edited(call, phone, message, message.text, message.entities)


async def delete_message(call: Call) -> Any:
    """deleteMessage: the bot's own, and in a group anybody's."""
    phone = call.chat()
    message = call.message(phone, "delete")
    if message.buttons:
        phone.with_buttons.remove(message)
    phone.remove(message)
    call.world.changed(phone, message)
    return True


async def answer_query(call: Call) -> Any:
    """answerCallbackQuery; a query lives 150 s and is answered once."""
    waiting = call.world.queries.get(call.text("callback_query_id"))
    if waiting is None or call.now - waiting[1] > QUERY_LIVES:
        raise TelegramError(400, "query is too old and response timeout expired or query ID is invalid")
    if len(call.text("text")) > 200:
        raise TelegramError(400, "MESSAGE_TOO_LONG")
    call.world.queries.pop(call.text("callback_query_id"))
    call.world.stats.count("telegram", "taps_settled")
    if call.text("text"):
        call.world.tells(waiting[0], {"notice": call.text("text")})
    return True


async def chat_action(call: Call) -> Any:
    """sendChatAction."""
    phone = call.chat()
    if call.text("action") == "typing":
        call.world.shows_typing(phone, 5)
    return True


async def set_commands(call: Call) -> Any:
    """setMyCommands."""
    commands = call.object("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise TelegramError(400, "BOT_COMMANDS_TOO_MUCH")
    for entry in commands:
        if not re.match(r"^[a-z0-9_]{1,32}$", str(entry.get("command", ""))):
            raise TelegramError(400, "BOT_COMMAND_INVALID")
        if not 1 <= len(str(entry.get("description", ""))) <= 256:
            raise TelegramError(400, "BOT_COMMAND_DESCRIPTION_INVALID")
    call.account.commands[_scope(call)] = commands
    return True


def _scope(call: Call) -> str:
    return json.dumps(
        [call.object("scope") or {"type": "default"}, call.text("language_code")], sort_keys=True
    )


async def get_commands(call: Call) -> Any:
    """getMyCommands."""
    return call.account.commands.get(_scope(call), [])


async def set_webhook(call: Call) -> Any:
    """setWebhook. Plain HTTP is allowed here, as nothing leaves the machine."""
    url, secret = call.text("url"), call.text("secret_token")
    if url and not re.match(r"^https?://", url):
        raise TelegramError(400, "bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not re.match(r"^[A-Za-z0-9_-]{1,256}$", secret):
        raise TelegramError(400, "secret token contains illegal characters")
    call.account.webhook_url = call.account.reachable(url) if url else ""
    call.account.credentials["secret_token"] = secret
    call.account.allowed_updates = call.object("allowed_updates") or call.account.allowed_updates
    call.world.state.note_accounts()
    return True


async def webhook_info(call: Call) -> Any:
    """getWebhookInfo."""
    waiting = sum(
        phone.outstanding for phone in call.world.phones.of(call.account.gym) if phone.channel == "telegram"
    )
    info = {"url": call.account.webhook_url, "has_custom_certificate": False, "pending_update_count": waiting}
    allowed = {"allowed_updates": call.account.allowed_updates} if call.account.allowed_updates else {}
    return {**info, "max_connections": 40, **allowed}


async def delete_webhook(call: Call) -> Any:
    """deleteWebhook."""
    call.account.webhook_url = ""
    call.world.state.note_accounts()
    return True


async def get_updates(call: Call) -> Any:
    """getUpdates: only webhooks deliver here."""
    if call.account.webhook_url:
        raise TelegramError(409, "can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                                 "webhook first")  # fmt: skip
    return []


async def get_me(call: Call) -> Any:
    """getMe."""
    powers = {"can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False}
    return {**telegram_updates.bot(call.account), **powers}


async def get_chat(call: Call) -> Any:
    """getChat."""
    return {**telegram_updates.chat(call.chat()), "accent_color_id": 0, "max_reaction_count": 11}


async def get_file(call: Call) -> Any:
    """getFile."""
    file_id = call.text("file_id")
    held = call.world.media.get(file_id)
    if held is None or held["account"] != call.account.external_id:
        raise TelegramError(400, "wrong file_id or the file is temporarily unavailable")
    size = len(files.bytes_of(held))
    return {
        "file_id": file_id,
        "file_unique_id": file_id[-8:],
        "file_size": size,
        "file_path": f"files/{file_id}",
    }


Method = Callable[[Call], Awaitable[Any]]
METHODS: dict[str, Method] = {
    "getme": get_me,
    "sendmessage": send_message,
    "senddocument": lambda call: send_file(call, "document", "document"),
    "sendphoto": lambda call: send_file(call, "image", "photo"),
    "editmessagetext": edit_text,
    "editmessagereplymarkup": edit_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_query,
    "sendchataction": chat_action,
    "setmycommands": set_commands,
    "getmycommands": get_commands,
    "setwebhook": set_webhook,
    "getwebhookinfo": webhook_info,
    "deletewebhook": delete_webhook,
    "getupdates": get_updates,
    "getchat": get_chat,
    "getfile": get_file,
}
_SENDS = {"sendmessage", "senddocument", "sendphoto", "editmessagetext", "editmessagereplymarkup"}


def routes(world: World) -> APIRouter:
    """The Bot API's endpoint and its files."""
    router = APIRouter()

    @router.api_route("/telegram/bot{token}/{method}", methods=["GET", "POST"])
    async def call(request: Request, token: str, method: str) -> Response:
        account = world.accounts.find("bot", token)
        if account is None:
            raise TelegramError(401, "Unauthorized")
        run = METHODS.get(method.lower())
        if run is None:
            raise TelegramError(404, "Not Found: method not found")
        async with _values(request) as values:
            return await _answer(world, request, account, method.lower(), run, values)

    @router.get("/telegram/file/bot{token}/files/{file_id}")
    async def file(token: str, file_id: str) -> Response:
        account, held = world.accounts.find("bot", token), world.media.get(file_id)
        if account is None or held is None or held["account"] != account.external_id:
            return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return files.content(held)

    return router


@asynccontextmanager
async def _values(request: Request) -> AsyncIterator[dict[str, Any]]:
    values: dict[str, Any] = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            values |= json.loads(await request.body() or b"{}")
        except ValueError:
            raise TelegramError(400, "can't parse JSON object") from None
        yield values
    elif request.method == "POST":
        async with request.form() as form:
            yield values | dict(form.items())
    else:
        yield values


async def _answer(
    world: World, request: Request, account: Account, method: str, run: Method, values: dict[str, Any]
) -> Response:
    sends = method in _SENDS
    if scripted := world.scripted(account, "send" if sends else "typing"):
        return scripted
    if sends and world.faults.happens("rate_limit", "telegram", account.gym):
        raise too_many(1)
    if sends and world.faults.happens("server_error", "telegram", account.gym):
        raise TelegramError(500, "Internal Server Error")
    result = await run(Call(world, account, values, await world.clock.now(account.gym)))
    answer = await world.before_answer(request, account) if sends else None
    return answer or JSONResponse({"ok": True, "result": result})
