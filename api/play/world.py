"""The running system as a script sees it: phones, a clock, and the gym's records. HTTP only."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from crm.errors import CrmError

REQUEST_PATIENCE = 30.0
IMPORT_PATIENCE = 120.0
TAKEN_PATIENCE = 10.0
"""Seconds for a webhook to reach the gym."""
SETTLED_PATIENCE = 60.0
PAGE = 100


class Refused(CrmError):
    """The system did not do what a script asked."""

    code = "refused"


class NothingThere(CrmError):
    """No running system answers."""

    code = "unavailable"


@dataclass(frozen=True, slots=True)
class System:
    """Where the API and the simulator listen."""

    api: str
    simulator: str

    @classmethod
    def at(cls, url: str) -> System:
        """The system with that address, which may be the API's or the simulator's (the next port)."""
        parts = urlsplit(url if "//" in url else f"http://{url}")
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (ValueError, KeyError):
            raise NothingThere(f"{url!r} is no address; write e.g. http://127.0.0.1:8001") from None
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""

        def beside(number: int) -> str:
            return urlunsplit((parts.scheme, f"{host}:{number}", "", "", ""))

        with httpx.Client(timeout=5, trust_env=False) as http:
            for api, simulator in ((beside(port - 1), beside(port)), (beside(port), beside(port + 1))):
                try:
                    told = http.get(f"{simulator}/gyms")
                    if told.is_success and http.get(f"{api}/health/live").is_success:
                        return cls(api, simulator)
                except (httpx.HTTPError, httpx.InvalidURL):
                    continue
        raise NothingThere(
            f"No Spotter with a simulator answers at {url}. Start one with: spotter up --simulator"
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One message as a phone shows it now. `mine` is what its owner wrote."""

    id: str
    mine: bool
    text: str
    titles: tuple[str, ...] = ()
    """Of its buttons."""
    at: str = ""
    speaker: str = ""
    status: str = ""
    attachment: str = ""
    edited: bool = False

    @property
    def words(self) -> str:
        """What can be read: the text, and the name of what is attached."""
        return self.text if not self.attachment else f"{self.text} [{self.attachment}]".strip()


@dataclass(slots=True)
class Phone:
    """One phone of one gym. Remembers what it has shown, so that it can tell what is new or edited."""

    http: httpx.Client
    gym: str
    channel: str
    address: str
    _shown: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def write(self, text: str, **who: str) -> str:
        """Write, and return the message's id; `name` and `from` say who writes."""
        return self._post({"text": text, **who})

    def tap(self, title: str, **who: str) -> str:
        """Tap the newest button so called; raises `Refused` where there is none."""
        return self._post({"tap": title, **who})

    def wait_until_taken(self, ids: Sequence[str]) -> None:
        """Wait until the gym has taken these messages in; time may only be moved then."""
        until = time.monotonic() + TAKEN_PATIENCE
        while time.monotonic() < until:
            waiting = [
                line for line in self.lines() if line.id in ids and line.status in ("", "queued", "sent")
            ]
            if not waiting:
                return
            time.sleep(0.03)

    def settle(self) -> bool:
        """Wait until nothing is under way for this phone; False where it never came to rest."""
        until = time.monotonic() + SETTLED_PATIENCE
        while True:
            if _ask(self.http, "GET", self._path("settled"), self._gym).get("settled"):
                return True
            if time.monotonic() > until:
                return False

    def lines(self) -> list[Line]:
        """All that the phone shows, oldest first."""
        rows = _ask(self.http, "GET", self._path("messages"), self._gym)
        return [_line(row) for row in rows]

    def news(self) -> list[Line]:
        """What is new since the last look, and what was edited meanwhile."""
        found = []
        for line in self.lines():
            seen = (line.words, line.titles)
            before = self._shown.get(line.id)
            self._shown[line.id] = seen
            # Buttons that vanish once they are tapped are no message; words or new buttons are.
            if before is None or line.words != before[0] or set(line.titles) - set(before[1]):
                found.append(line)
        return found

    @property
    def _gym(self) -> dict[str, str]:
        return {"gym": self.gym}

    def _path(self, what: str) -> str:
        return f"/phones/{self.channel}/{quote(self.address, safe='')}/{what}"

    def _post(self, body: Mapping[str, str]) -> str:
        return str(_ask(self.http, "POST", self._path("messages"), self._gym, dict(body))["id"])


class GymWorld:
    """A gym made for one script: its phones, its clock, its records. Close it after use."""

    def __init__(self, system: System, gym_file: str) -> None:
        self._simulator = httpx.Client(base_url=system.simulator, timeout=REQUEST_PATIENCE, trust_env=False)
        self._api = httpx.Client(base_url=system.api, timeout=REQUEST_PATIENCE, trust_env=False)
        self.slug = f"play-{secrets.token_hex(6)}"
        try:
            made = _ask(
                self._api, "POST", "/dev/gyms", {"slug": self.slug}, gym_file, patience=IMPORT_PATIENCE
            )
        except BaseException:
            self.close()
            raise
        self._api.headers["authorization"] = f"Bearer {made['api_key']}"

    def close(self) -> None:
        """Let the connections go."""
        self._simulator.close()
        self._api.close()

    def phone(self, channel: str, address: str) -> Phone:
        """A phone of this gym."""
        return Phone(self._simulator, self.slug, channel, address)

    def set_clock(self, now: dt.datetime) -> None:
        """Put the gym's clock there."""
        self._clock({"now": now.isoformat()})

    def advance(self, duration: dt.timedelta) -> None:
        """Let time go by; what is due then is done."""
        self._clock({"advance": f"PT{duration.total_seconds():.3f}S"})

    def now(self) -> str:
        """The gym's time, ISO."""
        return str(_ask(self._simulator, "GET", "/clock", {"gym": self.slug})["now"])

    def contact_id(self, channel: str, address: str) -> str | None:
        """Who that is in the gym's records, if anybody."""
        found = self._list("contacts", channel=channel, address=address)
        return str(found[0]["id"]) if found else None

    def lead(self, contact_id: str) -> dict[str, Any] | None:
        """The person's lead: the open one, else the newest."""
        found = self._list("leads", contact_id=contact_id)
        return next((lead for lead in found if lead["closed_at"] is None), found[0] if found else None)

    def bookings(self, contact_id: str) -> list[dict[str, Any]]:
        """The person's bookings: service, starts_at (gym-local, to the minute), status."""
        return [
            {
                "service": row["service"],
                "starts_at": str(row["starts_at_local"])[: len("2026-11-21T11:00")],
                "status": row["status"],
            }
            for row in self._list("bookings", contact_id=contact_id)
        ]

    def was_not_understood(self, contact_id: str) -> bool:
        """Whether a person was ever called because the bot had not understood."""
        reasons = {row["handoff_reason"] for row in self._list("conversations", contact_id=contact_id)}
        path = f"/api/v1/contacts/{contact_id}/activities"
        for activity in _ask(self._api, "GET", path, {"limit": str(PAGE)}):
            reasons.add(activity["data"].get("reason"))
        return "not_understood" in reasons

    def _clock(self, move: dict[str, str]) -> None:
        _ask(self._simulator, "POST", "/clock", {"gym": self.slug}, move)

    def _list(self, what: str, **filters: str) -> list[dict[str, Any]]:
        found = _ask(self._api, "GET", f"/api/v1/{what}", {"limit": str(PAGE), **filters})
        items: list[dict[str, Any]] = found["items"]
        return items


def _ask(
    http: httpx.Client, method: str, path: str, params: Mapping[str, str] | None = None,
    body: str | dict[str, str] | None = None, *, patience: float = REQUEST_PATIENCE,
) -> Any:  # fmt: skip
    """One request's JSON; raises `Refused` or `NothingThere`. Waits where the API asks for it."""
    content = (
        {"content": body.encode()} if isinstance(body, str) else {"json": body} if body is not None else {}
    )
    while True:
        try:
            answer = http.request(method, path, params=params, timeout=patience, **content)
        except httpx.HTTPError as error:
            where = f"{http.base_url}".rstrip("/") + path
            raise NothingThere(f"{method} {where}: {type(error).__name__}") from error
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            break
        time.sleep(min(5.0, float(answer.headers.get("retry-after", 1))))
    if answer.is_error:
        raise Refused(f"{method} {path} was refused ({answer.status_code}): {_reason(answer)}")
    return answer.json()


def _reason(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if isinstance(told, dict):
        found = told.get("error") or told.get("detail") or told
        return str(found.get("message", found) if isinstance(found, dict) else found)[:400]
    return answer.text.strip()[:400]


def _line(row: Mapping[str, Any]) -> Line:
    media = row.get("media") or {}
    return Line(
        id=str(row["id"]),
        mine=row.get("from") == "me",
        text=row.get("text") or "",
        titles=tuple(str(button["title"]) for button in row.get("buttons") or ()),
        at=str(row.get("at") or ""),
        speaker=row.get("sender") or "",
        status=row.get("status") or "",
        attachment=str(media.get("filename") or media.get("type") or "attachment") if media else "",
        edited=bool(row.get("edited")),
    )
