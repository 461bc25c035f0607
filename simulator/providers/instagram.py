"""Instagram's messaging API: `/instagram/vNN.0/{account id | me}/messages`, and its webhooks.

Only a person starts. After 24 h nothing automated goes out; a person's answer may for 7 days, tagged HUMAN_AGENT.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from simulator import files
from simulator.accounts import Account
from simulator.pace import INSTAGRAM
from simulator.phones import Button, Message, Phone, username_of
from simulator.providers import meta, meta_webhooks
from simulator.providers.meta_messages import MetaError
from simulator.talking import Said
from simulator.webhooks import Webhook
from simulator.world import DELIVERED_AFTER, READ_AFTER, SENT_AFTER, World

WINDOW, HUMAN_WINDOW = timedelta(hours=24), timedelta(days=7)
APP_ID = 990011223344
"""The app that sends for the gym, named in the echoes of its messages unless its credentials name another."""
_QUICK_REPLIES = ("text", "user_phone_number", "user_email")


def new_mid() -> str:
    """An Instagram message id: long and opaque."""
    return (
        "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE"
        + secrets.token_urlsafe(54).replace("-", "Z").replace("_", "A")
        + "ZD"
    )


# Webhooks


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _event(
    account: Account, phone: Phone, now: datetime, event: dict[str, Any], message: Message | None = None,
    *, lane: str = "messages", echo: bool = False,
) -> Webhook:  # fmt: skip
    own, theirs = {"id": account.secret("account_id")}, {"id": phone.address}
    sender, recipient = (own, theirs) if echo else (theirs, own)
    at = _milliseconds(now)
    item = {"sender": sender, "recipient": recipient, "timestamp": at, **event}
    entry = {"time": at + 700, "id": account.secret("account_id"), "messaging": [item]}
    return meta_webhooks.signed(phone, account, {"object": "instagram", "entry": [entry]}, message, lane)


def inbound(world: World, account: Account, phone: Phone, said: Said) -> Webhook:
    """The webhook that tells the app what a person did."""
    said.message.provider_id = new_mid()
    mid = said.message.provider_id
    if said.kind == "reaction" and said.of:
        reaction: dict[str, Any] = {"mid": said.of.provider_id, "action": "unreact"}
        if said.emoji:
            name = "love" if said.emoji in ("❤", "❤️") else "other"
            reaction |= {"action": "react", "reaction": name, "emoji": said.emoji}
        return _event(account, phone, said.at, {"reaction": reaction}, said.message)
    if said.button and said.button.kind == "postback":
        postback = {"mid": mid, "title": said.button.title, "payload": said.button.id}
        return _event(account, phone, said.at, {"postback": postback}, said.message)
    message: dict[str, Any] = {"mid": mid}
    if said.button:
        message |= {"text": said.button.title, "quick_reply": {"payload": said.button.id}}
    elif said.message.media:
        message["attachments"] = [_attachment(world, account, said.message.media)]
        if said.message.text:
            message["text"] = said.message.text
    else:
        message["text"] = said.message.text
    if said.of and not said.button:
        message["reply_to"] = {"mid": said.of.provider_id}
    return _event(account, phone, said.at, {"message": message}, said.message)


def _attachment(world: World, account: Account, media: dict[str, Any]) -> dict[str, Any]:
    kind = {"voice": "audio", "document": "file", "sticker": "image"}.get(media["type"], media["type"])
    if kind in ("location", "contact"):
        return {"type": kind}
    media_id = meta_webhooks.hold(world, account, media)
    return {"type": kind, "payload": {"url": media.get("url") or f"{world.own_url}/instagram/cdn/{media_id}"}}


# Sending


def _refuse(message: str, subcode: int = 0) -> MetaError:
    return MetaError(100, f"(#100) {message}", subcode=subcode)


def _buttons(entries: Any, most: int) -> list[Button]:
    if not isinstance(entries, list) or not 1 <= len(entries) <= most:
        raise _refuse(f"Invalid parameter: between 1 and {most} buttons are allowed")
    buttons = []
    for entry in entries:
        title = str(entry.get("title", ""))
        if not 1 <= len(title) <= 20:
            raise _refuse("Length of param title must be between 1 and 20 characters")
        if entry.get("type") == "web_url":
            buttons.append(Button("", title, "url", str(entry.get("url", ""))))
        elif entry.get("type") == "postback" and entry.get("payload"):
            if len(str(entry["payload"])) > 1000:
                raise _refuse("Length of param payload must be less than or equal to 1000")
            buttons.append(Button(str(entry["payload"]), title, "postback"))
        else:
            raise _refuse("Invalid parameter: buttons are web_url or postback, a postback with a payload")
    return buttons


def _quick_replies(entries: Any) -> list[Button]:
    if not isinstance(entries, list) or not 1 <= len(entries) <= 13:
        raise _refuse("Invalid parameter: between 1 and 13 quick replies are allowed")
    buttons = []
    for entry in entries:
        kind = entry.get("content_type", "text")
        if kind not in _QUICK_REPLIES:
            raise _refuse(f"Invalid parameter: content_type {kind}")
        payload = str(entry.get("payload", ""))
        if kind == "text" and (not entry.get("title") or not payload):
            raise _refuse("Invalid parameter: a quick reply needs a title and a payload")
        if len(payload) > 1000:
            raise _refuse("Length of param payload must be less than or equal to 1000")
        title = str(entry.get("title") or {"user_email": "Email"}.get(kind, "Phone number"))
        buttons.append(Button(payload, title[:20], "quick_reply"))  # longer titles are cut, not refused
    return buttons


def _attached(attachment: dict[str, Any]) -> tuple[str, list[Button], dict[str, Any] | None]:
    kind, payload = attachment.get("type"), attachment.get("payload") or {}
    if kind in ("image", "video", "audio", "file"):
        url = str(payload.get("url", ""))
        if not re.match(r"^https?://", url):
            raise _refuse("Invalid parameter: payload needs a url")
        return "", [], {"type": "document" if kind == "file" else kind, "url": url}
    if kind in ("like_heart", "MEDIA_SHARE"):
        return ("❤" if kind == "like_heart" else ""), [], None
    if kind == "template" and payload.get("template_type") == "button":
        text = str(payload.get("text", ""))
        if not 1 <= len(text) <= 640:
            raise _refuse("Length of param text must be between 1 and 640 characters")
        return text, _buttons(payload.get("buttons"), 3), None
    if kind == "template" and payload.get("template_type") == "generic":
        elements = payload.get("elements")
        if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
            raise _refuse("Invalid parameter: between 1 and 10 elements are allowed")
        lines: list[str] = []
        buttons: list[Button] = []
        for element in elements:
            for name in ("title", "subtitle"):
                if len(str(element.get(name, ""))) > 80:
                    raise _refuse(f"Length of param {name} must be less than or equal to 80")
                if element.get(name):
                    lines.append(str(element[name]))
            if element.get("buttons"):
                buttons += _buttons(element["buttons"], 3)
        return "\n".join(lines), buttons, None
    raise _refuse(f"Invalid parameter: attachment type {kind!r}")


def _read(message: dict[str, Any]) -> tuple[str, list[Button], dict[str, Any] | None]:
    text, attachment = message.get("text"), message.get("attachment")
    if bool(text) == bool(attachment):
        raise _refuse("Invalid parameter: a message has either a text or an attachment")
    if attachment:
        return _attached(attachment)
    if not isinstance(text, str):
        raise _refuse("Invalid parameter: message[text] must be a string")
    if len(text.encode()) > 1000:
        raise _refuse("Length of param message[text] must be less than or equal to 1000", 2534052)
    return text, _quick_replies(message["quick_replies"]) if message.get("quick_replies") else [], None


def routes(world: World) -> APIRouter:
    """Instagram's endpoints."""
    router = APIRouter()

    def account_of(request: Request, version: str, name: str) -> Account:
        meta.check_version(version)
        token = meta.token_of(request)
        kind, key = ("ig token", token) if name == "me" else ("instagram", name)
        account = world.accounts.find(kind, key)
        if account is None and name == "me":
            raise MetaError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if account is None:
            raise meta.no_such_object(name)
        meta.check_token(request, account)
        return account

    @router.post("/instagram/{version}/{name}/messages")
    async def messages(request: Request, version: str, name: str) -> Response:
        account = account_of(request, version, name)
        body = await meta.json_body(request)
        if scripted := world.scripted(account, "typing" if body.get("sender_action") else "send"):
            return scripted
        acts = bool(body.get("sender_action"))
        if not acts and world.faults.happens("rate_limit", account.channel, account.gym):
            raise _too_fast()
        if not acts and world.faults.happens("server_error", account.channel, account.gym):
            text = "An unexpected error has occurred. Please retry your request later."
            raise MetaError(2, text, status=500)
        answer = await _send(world, account, body)
        if acts:
            return JSONResponse(answer)
        return await world.before_answer(request, account) or JSONResponse(answer)

    @router.post("/instagram/{version}/{name}/subscribed_apps")
    async def subscribe(request: Request, version: str, name: str) -> Response:
        account_of(request, version, name).subscribed = True
        world.state.note_accounts()
        return JSONResponse({"success": True})

    @router.get("/instagram/{version}/{name}/subscribed_apps")
    async def subscriptions(request: Request, version: str, name: str) -> Response:
        account = account_of(request, version, name)
        app = {"id": "1", "subscribed_fields": ["messages", "messaging_postbacks", "message_reactions"]}
        return JSONResponse({"data": [app] if account.subscribed else []})

    @router.get("/instagram/cdn/{media_id}")
    async def cdn(media_id: str) -> Response:
        media = world.media.get(media_id)
        return files.content(media) if media else Response(status_code=404)

    @router.get("/instagram/{version}/{name}")
    async def profile(request: Request, version: str, name: str) -> Response:
        account = world.accounts.find("ig token", meta.token_of(request))
        if account is None or name in ("me", account.secret("account_id")):
            account = account_of(request, version, name)
            own = account.secret("account_id")
            handle = username_of(account.gym_name or account.gym, own)
            return JSONResponse({"id": own, "user_id": own, "username": handle, "name": account.gym_name})
        phone = world.phones.find(account.gym, "instagram", name)
        if phone is None or phone.written_at is None:
            raise MetaError(100, "(#100) The requested user cannot be found.", subcode=2534014)
        if scripted := world.scripted(account, "profile"):
            return scripted
        shown = {
            "name": phone.name, "username": username_of(phone.name, name), "profile_pic": "", "follower_count": 0,
            "is_user_follow_business": True, "is_business_follow_user": False, "is_verified_user": False,
        }  # fmt: skip
        fields = request.query_params.get("fields", "name,username").split(",")
        return JSONResponse(
            {**{key: shown[key] for key in fields if shown.get(key) not in (None, "")}, "id": name}
        )

    return router


def _too_fast() -> MetaError:
    return MetaError(613, "(#613) Calls to this api have exceeded the rate limit.")


async def _send(world: World, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    recipient = body.get("recipient")
    address = str(recipient.get("id", "")) if isinstance(recipient, dict) else ""
    if not address:
        raise _refuse("The parameter recipient is required.")
    phone = world.phones.find(account.gym, account.channel, address)
    if phone is None or phone.written_at is None:
        raise MetaError(100, "(#100) The requested user cannot be found.", subcode=2534014)
    if world.blocks(account, phone):
        raise MetaError(551, "(#551) This person isn't available right now.", subcode=1545041)
    if body.get("sender_action"):
        return _act(world, phone, body)
    if not isinstance(body.get("message"), dict):
        raise _refuse("The parameter message is required.")
    text, buttons, media = _read(body["message"])
    now = await world.clock.now(account.gym)
    tagged = body.get("messaging_type") == "MESSAGE_TAG" and body.get("tag") == "HUMAN_AGENT"
    if now - phone.written_at > (HUMAN_WINDOW if tagged else WINDOW):
        raise MetaError(10, "(#10) This message is sent outside of allowed window.", subcode=2534022)
    name = ("instagram", account.external_id)
    if world.pace.wait_for(name, INSTAGRAM):
        world.stats.count(account.channel, "pace_violations")
        raise _too_fast()
    world.pace.take(name, INSTAGRAM)
    quoted = phone.find_provider_id(
        str((body["message"].get("reply_to") or body.get("reply_to") or {}).get("mid", ""))
    )
    message = world.show(
        phone, now, text, provider_id=new_mid(), buttons=buttons, media=media, reply_to=quoted.id if quoted else 0,
        status="",
    )  # fmt: skip
    world.stats.count(account.channel, "accepted")
    echo: dict[str, Any] = {"mid": message.provider_id, "is_echo": True}
    echo["app_id"] = int(account.secret("app_id") or APP_ID)
    if text:
        echo["text"] = text

    def tell(status: str) -> Webhook | None:
        at = world.clock.now_if_known(account.gym)
        if status == "sent":
            return _event(account, phone, at, {"message": echo}, lane="statuses", echo=True)
        # Instagram has no delivery events.
        seen = {"read": {"mid": message.provider_id}}
        return _event(account, phone, at, seen, lane="statuses") if status == "read" else None

    steps = [(SENT_AFTER, "sent"), (DELIVERED_AFTER, "delivered"), (READ_AFTER, "read")]
    world.report(phone, message, steps, tell)
    return {"recipient_id": phone.address, "message_id": message.provider_id}


def _act(world: World, phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
    action = body["sender_action"]
    if action == "typing_on":
        world.shows_typing(phone, 20)
    elif action == "mark_seen" and phone.messages:
        world.was_read(phone, phone.messages[-1])
    elif action in ("react", "unreact"):
        payload = body.get("payload") or {}
        target = phone.find_provider_id(str(payload.get("message_id", "")))
        if target is None:
            raise _refuse("Invalid parameter: message_id is not known")
        target.reaction = "" if action == "unreact" else str(payload.get("emoji") or "❤")
        phone.touch(target)
        world.changed(phone, target)
    elif action != "typing_off":
        raise _refuse(f"Invalid parameter: sender_action {action!r}")
    return {"recipient_id": phone.address}
