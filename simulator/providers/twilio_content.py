"""Twilio's Content API: quick replies, lists, links and templates for WhatsApp."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from simulator.phones import Button
from simulator.providers.twilio_account import TwilioError, authenticate
from simulator.providers.twilio_webhooks import new_sid
from simulator.world import World


def invalid(message: str) -> TwilioError:
    """20001: a parameter is not allowed."""
    return TwilioError(20001, f"Invalid Parameter: {message}")


def _check(types: dict[str, Any]) -> None:
    for kind, value in types.items():
        if kind not in _LIMITS or not isinstance(value, dict):
            raise invalid(f"types {kind}")
        body = str(value.get("body", ""))
        if len(body) > 1024 and kind != "twilio/text":
            raise invalid(f"{kind} body is longer than 1024 characters")
        if not body and kind not in ("twilio/media", "twilio/card"):
            raise invalid(f"{kind} needs a body")
        entries_name, most, longest = _LIMITS[kind]
        if not entries_name:
            continue
        entries = value.get(entries_name)
        if not isinstance(entries, list) or not 1 <= len(entries) <= most:
            raise invalid(f"{kind} takes 1 to {most} {entries_name}")
        for entry in entries:
            title = str(entry.get("title") or entry.get("item") or "")
            if not 1 <= len(title) <= longest:
                raise invalid(f"{kind} {entries_name} title must have 1 to {longest} characters")
            if len(str(entry.get("id", ""))) > 200:
                raise invalid(f"{kind} {entries_name} id is longer than 200 characters")
            if len(str(entry.get("description", ""))) > 72:
                raise invalid(f"{kind} {entries_name} description is longer than 72 characters")
        if kind == "twilio/list-picker" and not 1 <= len(str(value.get("button", ""))) <= 20:
            raise invalid("twilio/list-picker button must have 1 to 20 characters")


# What each type lists, how many at most, how long a title. Ten quick replies only in an approved template.
_LIMITS: dict[str, tuple[str, int, int]] = {
    "twilio/text": ("", 0, 0),
    "twilio/media": ("", 0, 0),
    "twilio/location": ("", 0, 0),
    "twilio/quick-reply": ("actions", 10, 20),
    "twilio/list-picker": ("items", 10, 24),
    "twilio/call-to-action": ("actions", 10, 20),
    "twilio/card": ("", 0, 0),
    "whatsapp/card": ("", 0, 0),
}


def rendered(content: dict[str, Any], variables: dict[str, str]) -> tuple[str, list[Button]]:
    """What a phone shows of a content resource: text and buttons, the variables filled in."""

    def fill(text: Any) -> str:
        values = {**(content.get("variables") or {}), **variables}
        return re.sub(
            r"\{\{\s*(\w+)\s*\}\}", lambda found: str(values.get(found[1], found[0])), str(text or "")
        )

    kinds: dict[str, Any] = content["types"]
    kind = next((name for name in kinds if name != "twilio/text"), "twilio/text")
    value = kinds[kind]
    lines = [fill(value.get(name)) for name in ("title", "body", "subtitle", "footer") if value.get(name)]
    buttons = []
    for entry in value.get("actions") or value.get("items") or []:
        title = fill(entry.get("title") or entry.get("item"))
        if kind == "twilio/list-picker":
            buttons.append(
                Button(fill(entry.get("id")), title, "list", description=fill(entry.get("description")))
            )
        elif str(entry.get("type", "QUICK_REPLY")).upper() in ("URL", "PHONE_NUMBER"):
            buttons.append(Button("", title, "url", fill(entry.get("url") or f"tel:{entry.get('phone')}")))
        else:
            buttons.append(Button(fill(entry.get("id")) or title, title, "quick_reply"))
    return "\n\n".join(lines), buttons


def routes(world: World) -> APIRouter:
    """The Content API's endpoints."""
    router = APIRouter()

    def found(request: Request, sid: str) -> dict[str, Any]:
        account_sid = authenticate(world, request)
        content = world.contents.get(sid)
        if content is None or content["account_sid"] != account_sid:
            raise TwilioError(20404, f"The requested resource /v1/Content/{sid} was not found", 404)
        return content

    @router.post("/twilio/v1/Content")
    async def create(request: Request) -> Response:
        account_sid = authenticate(world, request)
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise invalid("the body is not JSON") from None
        types = body.get("types") if isinstance(body, dict) else None
        if not isinstance(types, dict) or not types or not body.get("language"):
            raise invalid("language and types are required")
        _check(types)
        sid, at = new_sid("HX"), datetime.now(UTC).isoformat().replace("+00:00", "Z")
        url = f"{world.own_url}/twilio/v1/Content/{sid}"
        world.contents[sid] = {
            "sid": sid,
            "account_sid": account_sid,
            "friendly_name": body.get("friendly_name", ""),
            "language": body["language"],
            "variables": body.get("variables") or {},
            "types": types,
            "url": url,
            "date_created": at,
            "date_updated": at,
            "links": {
                "approval_fetch": f"{url}/ApprovalRequests",
                "approval_create": f"{url}/ApprovalRequests/whatsapp",
            },
            "approval": "unsubmitted",
        }
        world.state.note_accounts()
        return JSONResponse(_listed(world.contents[sid]), 201)

    @router.get("/twilio/v1/Content")
    async def listing(request: Request) -> Response:
        account_sid = authenticate(world, request)
        mine = [
            _listed(content) for content in world.contents.values() if content["account_sid"] == account_sid
        ]
        size = min(500, int(request.query_params.get("PageSize", "50")))
        page = int(request.query_params.get("Page", "0"))
        url = f"{world.own_url}/twilio/v1/Content?PageSize={size}&Page="
        shown = mine[page * size : (page + 1) * size]
        following = f"{url}{page + 1}" if len(mine) > (page + 1) * size else None
        meta = {"page": page, "page_size": size, "first_page_url": f"{url}0", "previous_page_url": None,
                "url": f"{url}{page}", "next_page_url": following, "key": "contents"}  # fmt: skip
        return JSONResponse({"contents": shown, "meta": meta})

    @router.get("/twilio/v1/Content/{sid}")
    async def fetch(request: Request, sid: str) -> Response:
        return JSONResponse(_listed(found(request, sid)))

    @router.delete("/twilio/v1/Content/{sid}")
    async def delete(request: Request, sid: str) -> Response:
        found(request, sid)
        del world.contents[sid]
        return Response(status_code=204)

    @router.post("/twilio/v1/Content/{sid}/ApprovalRequests/whatsapp")
    async def approve(request: Request, sid: str) -> Response:
        content = found(request, sid)
        # Review takes up to a day live; here it is over at once, unless the account says otherwise.
        account = world.accounts.find("twilio", content["account_sid"])
        content["approval"] = "pending" if account and account.review == "waits" else "approved"
        world.state.note_accounts()
        body = json.loads(await request.body() or b"{}")
        answer = {"name": body.get("name"), "category": body.get("category"), "content_type": next(iter(content["types"])),
                  "status": "received", "rejection_reason": "", "allow_category_change": True}  # fmt: skip
        return JSONResponse(answer, 201)

    @router.get("/twilio/v1/Content/{sid}/ApprovalRequests")
    async def approvals(request: Request, sid: str) -> Response:
        content = found(request, sid)
        url = f"{world.own_url}/twilio/v1/Content/{sid}/ApprovalRequests"
        shown = {"sid": sid, "account_sid": content["account_sid"], "url": url}
        told = {
            "type": "whatsapp",
            "status": content["approval"],
            "rejection_reason": content.get("reason", ""),
        }
        return JSONResponse({**shown, "whatsapp": told})

    return router


def _listed(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in ("approval", "reason")}
