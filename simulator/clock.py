"""The gyms' clocks. The app owns them; here only how far each is from real time is kept."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from simulator.phones import instant


class Clock:
    """Asks the app for a gym's time once and then goes along with it; asks again when somebody moves it."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self._api = api
        self._offsets: dict[str, timedelta] = {}
        self._failed_at: dict[str, float] = {}

    async def now(self, gym: str) -> datetime:
        """The gym's time, aware, in UTC. Real time where the app does not answer."""
        if gym not in self._offsets:
            await self._ask(gym)
        return datetime.now(UTC) + self._offsets.get(gym, timedelta())

    def now_if_known(self, gym: str) -> datetime:
        """The gym's time as last heard, without asking."""
        return datetime.now(UTC) + self._offsets.get(gym, timedelta())

    async def _ask(self, gym: str) -> None:
        # An app that is starting must not make every message wait for it: after a failure, a pause.
        if time.monotonic() - self._failed_at.get(gym, -10.0) < 2:
            return
        try:
            answer = await self._api.get("/dev/clock", params={"gym": gym}, timeout=3)
            if answer.status_code == 200:
                self._keep(gym, answer.json())
                return
        except (httpx.HTTPError, ValueError, KeyError):
            pass
        self._failed_at[gym] = time.monotonic()

    def _keep(self, gym: str, answer: dict[str, Any]) -> None:
        self._offsets[gym] = instant(answer["now"]).astimezone(UTC) - datetime.now(UTC)

    def forget(self, gym: str | None = None) -> None:
        """Ask again at the next use: after a gym was imported afresh, or all clocks were moved."""
        if gym is None:
            self._offsets.clear()
            self._failed_at.clear()
        else:
            self._offsets.pop(gym, None)
            self._failed_at.pop(gym, None)

    async def forward(self, method: str, gym: str | None, body: bytes) -> tuple[int, bytes]:
        """Pass a question or a move on to the app; answers with its status and JSON body."""
        try:
            answer = await self._api.request(
                method,
                "/dev/clock",
                params={"gym": gym} if gym else {},
                content=body if method == "POST" else None,
                headers={"content-type": "application/json"},
                timeout=15,
            )
        except httpx.HTTPError as error:
            return (
                502,
                f'{{"error": "The app did not answer about its clock ({type(error).__name__})."}}'.encode(),
            )
        if answer.status_code == 200:
            if method == "POST":
                self.forget(gym)
            if gym:
                try:
                    self._keep(gym, answer.json())
                except (ValueError, KeyError):
                    self.forget(gym)
        return answer.status_code, answer.content

    async def app_is_settled(self, gym: str, channel: str, address: str) -> tuple[bool, str]:
        """Whether the app has nothing queued or under way for a phone; if it cannot tell, why."""
        try:
            answer = await self._api.get(
                "/dev/settled", params={"gym": gym, "channel": channel, "address": address}, timeout=5
            )
            if answer.status_code == 200:
                return bool(answer.json().get("settled")), "the app is still at work"
            return False, f"the app answered {answer.status_code}"
        except (httpx.HTTPError, ValueError) as error:
            return False, f"the app did not answer ({type(error).__name__})"
