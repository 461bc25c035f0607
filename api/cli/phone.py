"""A phone of the simulator, held from the terminal: writes, taps, and sees what its owner would see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

# The simulator answers "settled" after at most 15 s.
SETTLED_PATIENCE = 20.0


class SimulatorAway(Exception):
    """The simulator does not answer, or refused; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Button:
    """Something under a message. A link opens a page and cannot be tapped from here."""

    id: str
    title: str
    link: str = ""


@dataclass(frozen=True)
class Line:
    """One message on the phone; `mine` is what its owner wrote."""

    id: str
    mine: bool
    text: str
    speaker: str = ""
    buttons: list[Button] = field(default_factory=list)
    attachment: str = ""


class Phone:
    """One address on one channel, through the simulator's HTTP API. Raises `SimulatorAway`."""

    def __init__(self, url: str, channel: str, address: str, *, gym: str | None = None) -> None:
        self._path = f"/phones/{channel}/{quote(address, safe='')}"
        self._gym = {"gym": gym} if gym else {}
        # trust_env: a proxy of the environment does not know this machine's own address.
        self._http = httpx.Client(base_url=url, timeout=SETTLED_PATIENCE, trust_env=False)
        self._seen: str | None = None

    def write(self, text: str, **more: str) -> None:
        """Send words; `name` and `from` say who writes."""
        self._ask("POST", "/messages", {"text": text, **more})

    def tap(self, button: Button, **more: str) -> None:
        """Tap a button of an earlier message."""
        self._ask("POST", "/messages", {"tap": button.id or button.title, **more})

    def wait(self) -> None:
        """Wait until the gym has nothing more to say for now."""
        self._ask("GET", "/settled")

    def skip_history(self) -> None:
        """Treat all that the phone shows already as read."""
        self.news()

    def news(self) -> list[Line]:
        """What came since the last look, the owner's own lines included."""
        after = {"after": self._seen} if self._seen else {}
        answer = self._ask("GET", "/messages", params=after)
        rows: list[dict[str, Any]] = answer if isinstance(answer, list) else answer.get("messages", [])
        lines = [_line(row) for row in rows]
        if lines:
            self._seen = lines[-1].id
        return lines

    def _ask(self, method: str, what: str, body: object = None, params: dict[str, str] | None = None) -> Any:
        try:
            answer = self._http.request(
                method, self._path + what, json=body, params={**self._gym, **(params or {})}
            )
        except httpx.TransportError as error:
            raise SimulatorAway(
                f"No simulator answers at {self._http.base_url} ({error}). Start one with: spotter up --simulator"
            ) from error
        if answer.is_error:
            raise SimulatorAway(f"The simulator refused ({answer.status_code}): {answer.text.strip()[:300]}")
        return answer.json()


def _line(row: dict[str, Any]) -> Line:
    media = row.get("media") or {}
    return Line(
        id=str(row["id"]),
        mine=row.get("from") == "me",
        text=row.get("text") or "",
        speaker=row.get("sender") or "",
        buttons=[
            Button(str(button.get("id", "")), str(button["title"]), str(button.get("url", "")))
            for button in row.get("buttons") or []
        ],
        attachment=str(media.get("filename") or media.get("type") or "attachment") if media else "",
    )
