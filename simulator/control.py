"""The simulator's own doors: phones, accounts, clock, faults, counts and the stream that pages watch."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import ValidationError

from simulator import addresses, files
from simulator.accounts import Account
from simulator.phones import Phone
from simulator.providers.telegram_updates import membership
from simulator.reviewing import decide
from simulator.speaking import say
from simulator.talking import NotUnderstood
from simulator.world import World

SETTLED_WITHIN = 15.0
"""Seconds that `/settled` waits at most."""


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise NotUnderstood("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise NotUnderstood("The body is not a JSON object.")
    return body


def _seat(world: World, gym: str | None, channel: str, address: str) -> tuple[Account, Phone]:
    addresses.ensure_channel(channel)
    account = world.accounts.get(gym, channel)
    phone = world.phones.get(account, addresses.normalise(channel, address))
    if channel == "whatsapp" and not phone.messages and not phone.written_at:
        world.phones.alias(phone, addresses.bsuid(phone.address, account.secret("waba_id")))
    return account, phone


def routes(world: World) -> APIRouter:
    """Phones, accounts, clock, faults, stats and events."""
    router = APIRouter()

    @router.post("/phones/{channel}/{address}/messages")
    async def write(request: Request, channel: str, address: str) -> Response:
        account, phone = _seat(world, request.query_params.get("gym"), channel, address)
        return JSONResponse({"id": str(await say(world, account, phone, await _object(request)))}, 202)

    @router.get("/phones/{channel}/{address}/messages")
    async def read(request: Request, channel: str, address: str) -> Response:
        _, phone = _seat(world, request.query_params.get("gym"), channel, address)
        return JSONResponse([message.listed() for message in _asked(request, phone)])

    @router.get("/phones/{channel}/{address}/settled")
    async def settled(request: Request, channel: str, address: str) -> Response:
        account, phone = _seat(world, request.query_params.get("gym"), channel, address)
        return JSONResponse(await _settle(world, account, phone))

    @router.get("/phones")
    async def listing(request: Request) -> Response:
        gym = request.query_params.get("gym") or world.accounts.default_gym()
        return JSONResponse([_card(phone) for phone in world.phones.of(gym)])

    @router.post("/accounts")
    async def register(request: Request) -> Response:
        try:
            account = Account.model_validate(await _object(request))
        except ValidationError as error:
            wrong = [f"{'.'.join(map(str, e['loc'])) or 'account'}: {e['msg']}" for e in error.errors()]
            return JSONResponse({"error": "; ".join(wrong)}, 422)
        world.register(account)
        return JSONResponse(account.listed(), 201)

    @router.get("/accounts")
    async def accounts(request: Request) -> Response:
        gym = request.query_params.get("gym")
        return JSONResponse([account.listed() for account in world.accounts if gym in (None, account.gym)])

    @router.get("/gyms")
    async def gyms() -> Response:
        return JSONResponse(world.accounts.gyms())

    @router.get("/clock")
    async def clock(request: Request) -> Response:
        status, body = await world.clock.forward("GET", request.query_params.get("gym"), b"")
        return Response(body, status, media_type="application/json")

    @router.post("/clock")
    async def move_clock(request: Request) -> Response:
        status, body = await world.clock.forward(
            "POST", request.query_params.get("gym"), await request.body()
        )
        return Response(body, status, media_type="application/json")

    @router.post("/templates")
    async def review(request: Request) -> Response:
        wanted = await _object(request)
        account = world.accounts.get(wanted.get("gym"), str(wanted.get("channel", "whatsapp")))
        return JSONResponse(decide(world, account, wanted))

    @router.get("/faults")
    async def faults() -> Response:
        return JSONResponse(world.faults.listed())

    @router.post("/faults")
    async def change_faults(request: Request) -> Response:
        wanted = await _object(request)
        before = _blocked_chats(world)
        world.faults.change(wanted)
        for phone in before ^ _blocked_chats(world):
            _tell_membership(world, phone)
        return JSONResponse(world.faults.listed())

    @router.get("/stats")
    async def stats() -> Response:
        return JSONResponse(world.stats.listed())

    @router.delete("/stats")
    async def reset() -> Response:
        world.stats.reset()
        return Response(status_code=204)

    @router.get("/media/{media_id}")
    async def media(media_id: str) -> Response:
        held = world.media.get(media_id)
        return files.content(held) if held else Response(status_code=404)

    @router.get("/events")
    async def events(request: Request) -> Response:
        gym = request.query_params.get("gym") or world.accounts.default_gym()
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_stream(world, gym), media_type="text/event-stream", headers=headers)

    return router


def _asked(request: Request, phone: Phone) -> list[Any]:
    after, changed = request.query_params.get("after"), request.query_params.get("changed_after")
    for value in (after, changed):
        if value and not value.isdigit():
            raise NotUnderstood("after is the id of a message: a whole number.")
    found = phone.after(int(after)) if after else phone.messages
    return [message for message in found if not changed or message.revision > int(changed)]


def _card(phone: Phone) -> dict[str, Any]:
    newest = phone.messages[-1] if phone.messages else None
    return {
        "channel": phone.channel,
        "address": phone.address,
        "name": phone.name,
        "messages": len(phone.messages),
        "newest": newest.listed() if newest else None,
    }


async def _settle(world: World, account: Account, phone: Phone) -> dict[str, Any]:
    until, pause, why = time.monotonic() + SETTLED_WITHIN, 0.02, ""
    while True:
        seen = phone.activity
        why = "webhooks or statuses are on their way"
        if not phone.outstanding:
            settled, why = await world.clock.app_is_settled(
                account.gym, account.channel, phone.provider_address
            )
            # What the app did between the two looks would have shown up as activity on the phone.
            if settled and not phone.outstanding and phone.activity == seen:
                return {"settled": True}
        if time.monotonic() + pause > until:
            return {"settled": False, "waiting_for": why}
        await asyncio.sleep(pause)
        pause = min(0.2, pause * 1.4)


def _blocked_chats(world: World) -> set[tuple[str, int]]:
    faults = world.faults
    if not faults.blocks_anybody:
        return set()
    return {
        (phone.gym, phone.chat_id)
        for phone in world.phones
        if phone.channel == "telegram" and phone.chat_id > 0 and phone.started
        if faults.is_blocked("telegram", phone.gym, phone.address, str(phone.chat_id))
    }


def _tell_membership(world: World, seat: tuple[str, int]) -> None:
    phone = world.phones.find_chat(*seat)
    if phone is None:
        return
    account = world.accounts.get(phone.gym, "telegram")
    now: datetime = world.clock.now_if_known(phone.gym)
    webhook = membership(account, phone, now, blocked=world.blocks(account, phone))
    if webhook:
        world.courier.send(webhook)


async def _stream(world: World, gym: str) -> AsyncIterator[str]:
    queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1000)
    world.listeners[queue] = gym
    try:
        yield "retry: 1000\n\n"
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), 15)
                yield f"data: {json.dumps(event)}\n\n"
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        del world.listeners[queue]
