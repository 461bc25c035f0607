"""Meta's WhatsApp Cloud API: `/meta/vNN.0/...`.

A message outside the 24 h window is accepted and then fails with 131047, as live; a person who blocked the gym likewise
with 131026. The other limits refuse at once. Where a gym's account names no templates, any well-formed one is taken.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from simulator import addresses, files
from simulator.accounts import Account
from simulator.pace import PAIR, Limit
from simulator.phones import Message, Phone
from simulator.providers import meta_webhooks
from simulator.providers.meta_messages import Content, MetaError, invalid, missing, read
from simulator.webhooks import Webhook
from simulator.world import DELIVERED_AFTER, READ_AFTER, SENT_AFTER, World

WINDOW = timedelta(hours=24)


def check_version(version: str) -> None:
    """Graph versions before v21.0 have ended."""
    found = re.match(r"^v(\d+)\.\d$", version)
    if not found:
        raise MetaError(2500, f"Unknown path components: /{version}", kind="OAuthException")
    if int(found[1]) < 21:
        message = "(#2635) You are calling a deprecated version of the Graph API. Please update to the latest version."
        raise MetaError(2635, message)


def token_of(request: Request) -> str:
    """The access token of a call, from the header or the query."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.query_params.get("access_token", "")


def check_token(request: Request, account: Account) -> None:
    """Graph's authentication; raises 190."""
    token = token_of(request)
    if not token:
        message = "An access token is required to request this resource."
        raise MetaError(104, message, status=401)
    if not account.holds("access_token", token):
        raise MetaError(190, "Invalid OAuth access token - Cannot parse access token", status=401)


def no_such_object(name: str, verb: str = "post") -> MetaError:
    """Graph's answer for an id it will not show."""
    message = (
        f"Unsupported {verb} request. Object with ID '{name}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation."
    )
    return MetaError(100, message, subcode=33, kind="GraphMethodException")


async def json_body(request: Request) -> dict[str, Any]:
    """A call's JSON object; form fields work too, as at Graph."""
    if "json" in request.headers.get("content-type", "application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise MetaError(100, "(#100) Invalid parameter: the body is not JSON.") from None
        if not isinstance(body, dict):
            raise MetaError(100, "(#100) Invalid parameter: the body is not an object.")
        return body
    return dict((await request.form()).items())


def routes(world: World) -> APIRouter:
    """The Cloud API's endpoints."""
    router = APIRouter()

    def account_of(request: Request, version: str, kind: str, name: str, verb: str = "post") -> Account:
        check_version(version)
        account = world.accounts.find(kind, name)
        if account is None:
            raise no_such_object(name, verb)
        check_token(request, account)
        return account

    @router.post("/meta/{version}/{number}/messages")
    async def messages(request: Request, version: str, number: str) -> Response:
        account = account_of(request, version, "number", number)
        body = await json_body(request)
        if scripted := world.scripted(account, "typing" if body.get("status") == "read" else "send"):
            return scripted
        if body.get("messaging_product") != "whatsapp":
            raise MetaError(100, "(#100) The parameter messaging_product is required.")
        if body.get("status") == "read":
            return _mark_read(world, account, body)
        if world.faults.happens("rate_limit", account.channel, account.gym):
            raise _throughput()
        if world.faults.happens("server_error", account.channel, account.gym):
            details = "Message failed to send due to an unknown error."
            raise MetaError(131000, "(#131000) Something went wrong", details, status=500)
        answer = await _send(world, account, body)
        return await world.before_answer(request, account) or JSONResponse(answer)

    @router.post("/meta/{version}/{number}/media")
    async def upload(request: Request, version: str, number: str) -> Response:
        account = account_of(request, version, "number", number)
        async with request.form() as form:
            file = form.get("file")
            if file is None or isinstance(file, str):
                raise MetaError(100, "(#100) The parameter file is required.")
            mime = str(form.get("type") or file.content_type or "application/octet-stream")
            content, name = await file.read(), file.filename
        media = {"type": mime.split("/")[0], "mime_type": mime, "content": content, "filename": name}
        return JSONResponse({"id": meta_webhooks.hold(world, account, media)})

    @router.get("/meta/media/{media_id}")
    async def download(request: Request, media_id: str) -> Response:
        media = world.media.get(media_id)
        account = world.accounts.find("token", token_of(request))
        if media is None or account is None or media["account"] != account.external_id:
            return Response(status_code=404 if account else 401)
        return files.content(media)

    @router.get("/meta/{version}/{waba}/message_templates")
    async def templates(request: Request, version: str, waba: str) -> Response:
        account = account_of(request, version, "waba", waba, "get")
        name = request.query_params.get("name")
        found = [t for t in account.templates or [] if name in (None, t.get("name"))]
        status = request.query_params.get("status")
        found = [t for t in found if status in (None, t.get("status", "APPROVED"))]
        return JSONResponse({"data": found, "paging": {"cursors": {"before": "MAZDZD", "after": "MAZDZD"}}})

    @router.post("/meta/{version}/{waba}/message_templates")
    async def new_template(request: Request, version: str, waba: str) -> Response:
        account = account_of(request, version, "waba", waba)
        body = await json_body(request)
        if not re.match(r"^[a-z0-9_]{1,512}$", str(body.get("name", ""))) or not body.get("language"):
            raise MetaError(100, "(#100) Invalid parameter: name and language are required.", subcode=2388042)
        template = {
            **body,
            "status": "PENDING" if account.review == "waits" else "APPROVED",
            "id": str(10**15 + abs(hash((waba, body["name"]))) % 10**15),
        }
        same = [
            t
            for t in account.templates or []
            if (t.get("name"), t.get("language")) == (body["name"], body["language"])
        ]
        if same:
            raise MetaError(100, "(#100) Invalid parameter: this template exists already.", subcode=2388024)
        account.templates = [*(account.templates or []), template]
        world.state.note_accounts()
        return JSONResponse(
            {"id": template["id"], "status": template["status"], "category": body.get("category")}
        )

    @router.post("/meta/{version}/{waba}/subscribed_apps")
    async def subscribe(request: Request, version: str, waba: str) -> Response:
        account_of(request, version, "waba", waba).subscribed = True
        world.state.note_accounts()
        return JSONResponse({"success": True})

    @router.get("/meta/{version}/{waba}/subscribed_apps")
    async def subscriptions(request: Request, version: str, waba: str) -> Response:
        account = account_of(request, version, "waba", waba, "get")
        app = {
            "whatsapp_business_api_data": {"id": "1", "name": "Spotter", "link": "https://spotter.example/"}
        }
        return JSONResponse({"data": [app] if account.subscribed else []})

    @router.get("/meta/{version}/me/permissions")
    async def permissions(request: Request, version: str) -> Response:
        check_version(version)
        account = world.accounts.find("token", token_of(request))
        if account is None:
            raise MetaError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        return JSONResponse(
            {"data": [{"permission": one, "status": "granted"} for one in account.permissions]}
        )

    @router.get("/meta/{version}/{name}")
    async def one(request: Request, version: str, name: str) -> Response:
        check_version(version)
        media = world.media.get(name)
        holder = world.accounts.find("token", token_of(request))
        if holder and (scripted := world.scripted(holder, "media")):
            return scripted
        if media and holder and media["account"] == holder.external_id:
            size = str(len(files.bytes_of(media)))
            url = f"{world.own_url}/meta/media/{name}"
            shown = {"messaging_product": "whatsapp", "url": url, "mime_type": media["mime_type"]}
            return JSONResponse({**shown, "sha256": files.digest(media), "file_size": size, "id": name})
        account = account_of(request, version, "number", name, "get")
        number = account.secret("display_phone_number")
        answer: dict[str, Any] = {
            "verified_name": account.gym_name,
            "display_phone_number": number,
            "quality_rating": "GREEN",
        }
        if "webhook_configuration" in request.query_params.get("fields", ""):
            answer["webhook_configuration"] = {"application": account.public_url}
        return JSONResponse({**answer, "status": "CONNECTED", "id": name})

    return router


def _throughput() -> MetaError:
    details = "Cloud API message throughput has been reached."
    return MetaError(130429, "(#130429) Rate limit hit", details)


def _mark_read(world: World, account: Account, body: dict[str, Any]) -> Response:
    wanted = str(body.get("message_id", ""))
    phone = world.phones.find_alias(account.gym, account.channel, wanted)
    message = phone.find_provider_id(wanted) if phone else None
    if phone is None or message is None:
        raise invalid("Message ID is not known or not from a person")
    world.was_read(phone, message)
    if body.get("typing_indicator"):
        world.shows_typing(phone, 25)
    return JSONResponse({"success": True})


def _recipient(world: World, account: Account, body: dict[str, Any]) -> tuple[Phone, str]:
    given = str(body.get("to") or body.get("recipient") or "")
    if not given:
        raise MetaError(100, "(#100) The parameter to is required.")
    if addresses.is_bsuid(given):
        known = world.phones.find_alias(account.gym, account.channel, given)
        return known or _by_user_id(world, account, given), given
    try:
        address = addresses.normalise(account.channel, given)
    except addresses.BadAddress:
        message = "(#131009) Parameter value is not valid"
        raise MetaError(131009, message, "Recipient phone number is not valid") from None
    if address.lstrip("+") == account.secret("display_phone_number").lstrip("+").replace(" ", ""):
        details = "Recipient phone number cannot be sender phone number"
        raise MetaError(131021, "(#131021) Recipient cannot be sender", details)
    return world.phones.get(account, address), given


def _by_user_id(world: World, account: Account, given: str) -> Phone:
    for phone in world.phones.of(account.gym):
        if phone.channel == account.channel and meta_webhooks.user_id(account, phone) == given:
            world.phones.alias(phone, given)
            return phone
    return world.phones.get(account, given)


async def _send(world: World, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    phone, given = _recipient(world, account, body)
    now = await world.clock.now(account.gym)
    reacts = body.get("type") == "reaction"
    content = Content() if reacts else read(body, account.templates)
    if content.media and content.media.get("id"):
        content.media = _held(world, account, content.media)
    _keep_pace(world, account, phone)
    message_id = meta_webhooks.wamid(phone.address, inbound=False)
    message, failure = None, 0
    if world.blocks(account, phone):
        failure = 131026
    elif not content.is_template and (phone.written_at is None or now - phone.written_at > WINDOW):
        failure = 131047
    elif reacts:
        _react(world, phone, body.get("reaction") or {})
    else:
        quoted = phone.find_provider_id(str((body.get("context") or {}).get("message_id", "")))
        message = world.show(
            phone, now, content.text, provider_id=message_id, buttons=content.buttons, media=content.media,
            reply_to=quoted.id if quoted else 0, status="",
        )  # fmt: skip
    world.stats.count(account.channel, "accepted")
    _report(
        world,
        account,
        phone,
        message,
        message_id,
        failure,
        str(body.get("biz_opaque_callback_data", "")),
        content,
    )
    contact: dict[str, str] = {"input": given}
    if not addresses.is_bsuid(phone.address) and not addresses.is_bsuid(given):
        contact["wa_id"] = addresses.wa_id(phone.address)
    contact["user_id"] = meta_webhooks.user_id(account, phone)
    sent: dict[str, str] = {"id": message_id}
    if content.is_template:
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]}


def _held(world: World, account: Account, media: dict[str, Any]) -> dict[str, Any]:
    held = world.media.get(str(media["id"]))
    if held is None or held["account"] != account.external_id:
        raise MetaError(
            131009, "(#131009) Parameter value is not valid", f"Media id {media['id']} is not known"
        )
    return {**media, "url": f"/media/{media['id']}", "mime_type": held["mime_type"]}


def _keep_pace(world: World, account: Account, phone: Phone) -> None:
    number = ("number", account.secret("phone_number_id"))
    limit = Limit(account.throughput, account.throughput)
    pair = (*number, phone.address)
    if world.pace.wait_for(number, limit):
        world.stats.count(account.channel, "pace_violations")
        raise _throughput()
    if world.pace.wait_for(pair, PAIR):
        world.stats.count(account.channel, "pace_violations")
        details = (
            "Too many messages sent from the sender phone number to the same recipient phone number in a short "
            "period of time."
        )
        raise MetaError(131056, "(#131056) (Business Account, Consumer Account) pair rate limit hit", details)
    world.pace.take(number, limit)
    world.pace.take(pair, PAIR)


def _react(world: World, phone: Phone, reaction: dict[str, Any]) -> None:
    target = phone.find_provider_id(str(reaction.get("message_id", "")))
    if target is None:
        raise missing("reaction message_id is not known")
    target.reaction = str(reaction.get("emoji", ""))
    phone.touch(target)
    world.changed(phone, target)


def _report(
    world: World, account: Account, phone: Phone, message: Message | None, message_id: str, failure: int, tracker: str,
    content: Content,
) -> None:  # fmt: skip
    def tell(what: str) -> Webhook:
        now = world.clock.now_if_known(account.gym)
        code = failure if what == "failed" else 0
        return meta_webhooks.status(account, phone, message_id, what, now, tracker, content.category, code)

    if failure:
        world.stats.count(account.channel, "undelivered")
        world.report(phone, None, [(SENT_AFTER, "failed")], tell)
    elif message is None:  # a reaction: Meta reports `sent` and nothing after it
        world.report(phone, None, [(SENT_AFTER, "sent")], tell)
    else:
        steps = [(SENT_AFTER, "sent"), (DELIVERED_AFTER, "delivered"), (READ_AFTER, "read")]
        world.report(phone, message, steps, tell)
