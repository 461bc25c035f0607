"""Twilio's REST API for WhatsApp and SMS: `/twilio/2010-04-01/Accounts/...`, as `client.api.base_url` reaches it.

Twilio queues what it takes: a closed window (63016), the pair rate (63018) and content that WhatsApp does not take
fail later, by callback. A person who blocked the gym on WhatsApp leaves the message `sent` for ever.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from simulator import addresses, files
from simulator.accounts import Account
from simulator.pace import PAIR, Limit
from simulator.phones import Button, Message, Phone
from simulator.providers import twilio_webhooks
from simulator.providers.twilio_account import TwilioError, authenticate
from simulator.providers.twilio_content import rendered
from simulator.providers.twilio_webhooks import new_sid, segments, written
from simulator.webhooks import Webhook
from simulator.world import DELIVERED_AFTER, READ_AFTER, SENT_AFTER, World

WINDOW = timedelta(hours=24)
_URL = re.compile(r"^https?://[^\s/]+")


def routes(world: World) -> APIRouter:
    """The Messages API's endpoints."""
    router = APIRouter()
    base = "/twilio/2010-04-01/Accounts/{sid}"

    @router.get("/twilio/2010-04-01/Accounts/{sid}.json")
    async def account(request: Request, sid: str) -> Response:
        authenticate(world, request, sid)
        return JSONResponse({"sid": sid, "friendly_name": "Simulated", "status": "active", "type": "Full"})

    @router.get(f"{base}/IncomingPhoneNumbers.json")
    async def numbers(request: Request, sid: str) -> Response:
        authenticate(world, request, sid)
        wanted = request.query_params.get("PhoneNumber")
        found = [
            {
                "phone_number": account.secret("from"), "sms_url": account.public_url, "sms_method": "POST",
                "capabilities": {"sms": True, "mms": False, "voice": True},
            }
            for account in world.accounts
            if account.channel == "sms" and account.secret("account_sid") == sid
            and wanted in (None, account.secret("from"))
        ]  # fmt: skip
        return JSONResponse({"incoming_phone_numbers": found, "page": 0, "page_size": 50})

    @router.post(f"{base}/Messages.json")
    async def create(request: Request, sid: str) -> Response:
        authenticate(world, request, sid)
        form = await request.form()
        values = {name: str(form[name]) for name in form}
        account = _sender(world, sid, values)
        request.state.channel = account.channel
        if scripted := world.scripted(account):
            return scripted
        if world.faults.happens("rate_limit", account.channel, account.gym):
            raise TwilioError(20429, "Too Many Requests", 429)
        if world.faults.happens("server_error", account.channel, account.gym):
            raise TwilioError(20500, "An internal server error has occurred", 500)
        media = [str(url) for url in form.getlist("MediaUrl")]
        answer = await _send(world, account, values, media)
        return await world.before_answer(request, account) or JSONResponse(answer, 201)

    @router.get(f"{base}/Messages.json")
    async def listing(request: Request, sid: str) -> Response:
        authenticate(world, request, sid)
        wanted = request.query_params
        size, page = min(1000, int(wanted.get("PageSize", "50"))), int(wanted.get("Page", "0"))
        rows = [
            row
            for row in _rows(world, sid, wanted.get("To"), wanted.get("From"))
            if _on_date(row, dict(wanted))
        ]
        rows.reverse()
        uri = f"/2010-04-01/Accounts/{sid}/Messages.json?PageSize={size}&Page="
        following = f"{uri}{page + 1}" if len(rows) > (page + 1) * size else None
        shown = rows[page * size : (page + 1) * size]
        paging = {"page": page, "page_size": size, "start": page * size, "end": page * size + len(shown) - 1,
                  "uri": f"{uri}{page}", "first_page_uri": f"{uri}0", "next_page_uri": following,
                  "previous_page_uri": None}  # fmt: skip
        return JSONResponse({**paging, "messages": shown})

    @router.get(f"{base}/Messages/{{message_sid}}.json")
    async def fetch(request: Request, sid: str, message_sid: str) -> Response:
        authenticate(world, request, sid)
        row = next((row for row in _rows(world, sid, None, None, message_sid)), None)
        if row is None:
            path = f"/2010-04-01/Accounts/{sid}/Messages/{message_sid}.json"
            raise TwilioError(20404, f"The requested resource {path} was not found", 404)
        return JSONResponse(row)

    @router.get(f"{base}/Messages/{{message_sid}}/Media/{{media_sid}}")
    async def media(request: Request, sid: str, media_sid: str) -> Response:
        authenticate(world, request, sid)
        held = world.media.get(media_sid)
        if held is None or held["account"] != sid:
            raise TwilioError(20404, "The requested resource was not found", 404)
        return files.content(held)

    @router.delete(f"{base}/Messages/{{message_sid}}/Media/{{media_sid}}")
    async def delete_media(request: Request, sid: str, media_sid: str) -> Response:
        authenticate(world, request, sid)
        world.media.pop(media_sid, None)
        return Response(status_code=204)

    @router.post("/twilio/v2/Indicators/Typing.json")
    @router.post("/twilio/v3/Indicators/Typing.json")
    async def typing(request: Request) -> Response:
        sid = authenticate(world, request)
        if "json" in request.headers.get("content-type", ""):
            wanted = str(json.loads(await request.body()).get("messageId", ""))
        else:
            wanted = str((await request.form()).get("messageId", ""))
        for account in world.accounts:
            phone = world.phones.find_alias(account.gym, account.channel, wanted)
            if phone and account.channel == "whatsapp-twilio" and account.secret("account_sid") == sid:
                if scripted := world.scripted(account, "typing"):
                    return scripted
                message = phone.find_provider_id(wanted)
                if message:
                    world.was_read(phone, message)
                world.shows_typing(phone, 25)
                return JSONResponse({"success": True})
        raise TwilioError(20404, "The requested resource was not found", 404)

    return router


def _sender(world: World, sid: str, values: dict[str, str]) -> Account:
    to, sender = values.get("To", ""), values.get("From", "")
    if not to:
        raise TwilioError(21604, "A 'To' phone number is required.")
    channel = "whatsapp-twilio" if to.startswith("whatsapp:") else "sms"
    if not sender and values.get("MessagingServiceSid"):
        for account in world.accounts:
            owner = (account.channel, account.secret("account_sid"), account.secret("messaging_service_sid"))
            if owner == (channel, sid, values["MessagingServiceSid"]):
                return account
        raise TwilioError(21703, "The Messaging Service does not contain a phone number")
    if not sender:
        raise TwilioError(21603, "A 'From' phone number is required.")
    if sender.startswith("whatsapp:") != (channel == "whatsapp-twilio"):
        message = "Invalid From and To pair. From and To should be of the same channel"
        raise TwilioError(21910, message)
    found = world.accounts.find(f"twilio {sid}", f"{channel} {sender.removeprefix('whatsapp:')}")
    if found:
        return found
    if channel == "sms":
        message = (
            f"The 'From' phone number provided ({sender}) is not a valid message-capable Twilio phone number"
        )
        raise TwilioError(21606, message)
    raise TwilioError(63007, "Twilio could not find a Channel with the specified From address")


def _recipient(world: World, account: Account, to: str) -> Phone:
    try:
        address = addresses.normalise(account.channel, to)
    except addresses.BadAddress:
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {to}") from None
    if address.startswith("+") and len(address) < 9:
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {to}")
    phone = world.phones.get(account, address)
    if account.channel == "sms" and phone.opted_out:
        raise TwilioError(21610, "Attempt to send to unsubscribed recipient")
    if address == account.secret("from").removeprefix("whatsapp:"):
        raise TwilioError(21266, "'To' and 'From' number cannot be the same")
    return phone


def _content(world: World, account: Account, values: dict[str, str]) -> dict[str, Any] | None:
    sid = values.get("ContentSid")
    if not sid:
        return None
    content = world.contents.get(sid)
    if content is None or content["account_sid"] != account.secret("account_sid"):
        raise TwilioError(21655, "The ContentSid is Invalid")
    return content


def _variables(values: dict[str, str]) -> dict[str, str]:
    try:
        variables = json.loads(values.get("ContentVariables") or "{}")
    except ValueError:
        variables = None
    if not isinstance(variables, dict):
        raise TwilioError(21656, "The ContentVariables Parameter is invalid")
    return {str(key): str(value) for key, value in variables.items()}


async def _send(world: World, account: Account, values: dict[str, str], media: list[str]) -> dict[str, Any]:
    phone = _recipient(world, account, values["To"])
    content = _content(world, account, values)
    text, buttons = rendered(content, _variables(values)) if content else (values.get("Body", ""), [])
    if not text and not media:
        raise TwilioError(21602, "Message body is required.")
    if len(text) > 1600:
        raise TwilioError(21617, "The concatenated message body exceeds the 1600 character limit")
    if len(media) > (1 if account.channel == "whatsapp-twilio" else 10):
        raise TwilioError(21623, "Number of media files exceeds allowed limit.")
    for url in media:
        if not _URL.match(url):
            raise TwilioError(21620, "Invalid media URL(s)")
    callback = values.get("StatusCallback") or account.status_url
    if callback and (not _URL.match(callback) or "_" in callback.split("/")[2]):
        raise TwilioError(21609, f"The StatusCallback URL {callback} is not a valid URL")
    now = await world.clock.now(account.gym)
    if account.channel == "sms":
        buttons = []  # a text message has none, whatever the content says
        _queue_segments(world, account, text)
    failure = _failure(world, account, phone, content, buttons, now)
    sid, shown = new_sid("MM" if media else "SM"), None
    if failure:
        world.stats.count(account.channel, "undelivered")
    elif not world.blocks(account, phone):
        files_ = {"type": "image", "url": media[0], "urls": media} if media else None
        shown = world.show(phone, now, text, provider_id=sid, buttons=buttons, media=files_, status="queued")
    world.stats.count(account.channel, "accepted")
    row = _row(account, phone, sid, text, len(media), now, "queued")
    world.twilio_rows[sid] = (account, phone, row)
    _report(world, account, phone, shown, row, callback, failure)
    return row


def _queue_segments(world: World, account: Account, text: str) -> None:
    """A long code sends one segment a second; what is more waits, until the queue is full."""
    queue, limit = ("sms queue", account.external_id), Limit(account.sms_queue, 1)
    if world.pace.wait_for(queue, limit):
        world.stats.count(account.channel, "pace_violations")
        message = "This 'From' number has exceeded the maximum number of queued messages"
        raise TwilioError(21611, message)
    world.pace.take(queue, limit, segments(text))


def _failure(
    world: World,
    account: Account,
    phone: Phone,
    content: dict[str, Any] | None,
    buttons: list[Button],
    now: datetime,
) -> int:
    if account.channel == "sms":
        return 30004 if world.blocks(account, phone) else 0
    approved = bool(content and content["approval"] == "approved")
    if not approved and (phone.written_at is None or now - phone.written_at > WINDOW):
        return 63016
    if not approved and sum(button.kind == "quick_reply" for button in buttons) > 3:
        return 63005
    number, pair = ("twilio", account.external_id), ("twilio", account.external_id, phone.address)
    limit = Limit(account.throughput, account.throughput)
    if world.pace.wait_for(pair, PAIR) or world.pace.wait_for(number, limit):
        world.stats.count(account.channel, "pace_violations")
        return 63018
    world.pace.take(pair, PAIR)
    world.pace.take(number, limit)
    return 0


def _report(
    world: World,
    account: Account,
    phone: Phone,
    message: Message | None,
    row: dict[str, Any],
    callback: str,
    failure: int,
) -> None:
    def tell(what: str) -> Webhook | None:
        at = format_datetime(world.clock.now_if_known(account.gym))
        row.update(status=what, date_updated=at, date_sent=row["date_sent"] or at)
        if failure:
            row.update(error_code=failure, error_message=twilio_webhooks.FAILURES[failure])
        if not callback:
            return None
        return twilio_webhooks.status(account, phone, callback, row["sid"], what, failure)

    if failure:
        final = "failed" if account.channel == "whatsapp-twilio" else "undelivered"
        world.report(phone, None, [(SENT_AFTER, final)], tell)
        return
    steps = [(SENT_AFTER, "sent")]
    if message:
        steps.append((DELIVERED_AFTER, "delivered"))
        if account.channel == "whatsapp-twilio":
            steps.append((READ_AFTER, "read"))
    world.report(phone, message, steps, tell)


def _row(
    account: Account,
    phone: Phone,
    sid: str,
    text: str,
    media: int,
    at: datetime,
    status: str,
    *,
    inbound: bool = False,
) -> dict[str, Any]:
    own = written(account.channel, account.secret("from").removeprefix("whatsapp:"))
    theirs, date = written(account.channel, phone.address), format_datetime(at)
    account_sid = account.secret("account_sid")
    return {
        "sid": sid,
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": text,
        "date_created": date,
        "date_sent": date if inbound else None,
        "date_updated": date,
        "direction": "inbound" if inbound else "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": theirs if inbound else own,
        "to": own if inbound else theirs,
        "messaging_service_sid": account.secret("messaging_service_sid") or None,
        "num_media": str(media),
        "num_segments": str(segments(text)),
        "price": None,
        "price_unit": None,
        "status": status,
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media.json"},
        "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}.json",
    }


def kept(world: World, account: Account, phone: Phone, message: Message) -> None:
    """Let the list of messages show what a person wrote; a lost webhook is made good by reading that list."""
    row = _row(account, phone, message.provider_id, message.text, int(message.media is not None), message.at,
               "received", inbound=True)  # fmt: skip
    world.twilio_rows[message.provider_id] = (account, phone, row)


def _rows(
    world: World, sid: str, to: str | None, sender: str | None, one: str | None = None
) -> list[dict[str, Any]]:
    found = (
        [world.twilio_rows[one]] if one in world.twilio_rows else [] if one else world.twilio_rows.values()
    )
    return [
        row
        for account, _, row in found
        if account.secret("account_sid") == sid and to in (None, row["to"]) and sender in (None, row["from"])
    ]


def _on_date(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    day = datetime.strptime(row["date_created"], "%a, %d %b %Y %H:%M:%S %z").date().isoformat()
    exact, since, until = (wanted.get(name, "")[:10] for name in ("DateSent", "DateSent>", "DateSent<"))
    return (not exact or day == exact) and (not since or day >= since) and (not until or day <= until)
