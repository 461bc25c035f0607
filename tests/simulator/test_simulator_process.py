"""`python -m simulator`: help, a taken port, a restart."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

RUN = [sys.executable, "-m", "simulator"]
ROOT = Path(__file__).parents[2]
# Nothing listens there: the simulator goes by real time and keeps trying its webhooks.
NO_APP = "http://127.0.0.1:9"
CREDENTIALS = {
    "whatsapp": {
        "app_secret": "secret",
        "verify_token": "verify",
        "access_token": "token-1",
        "phone_number_id": "40981",
        "waba_id": "2901",
        "display_phone_number": "+353155500",
    },
    "telegram": {"bot_token": "7:token", "secret_token": "secret", "bot_id": "7", "bot_username": "GymBot"},
}


@contextmanager
def running(*options: str) -> Iterator[httpx.Client]:
    process = subprocess.Popen(
        [*RUN, "--port", "0", "--api", NO_APP, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with httpx.Client(base_url=url, trust_env=False, timeout=20) as http:
            for _ in range(200):
                try:
                    http.get("/health")
                    break
                except httpx.ConnectError:
                    time.sleep(0.05)
            yield http
    finally:
        process.terminate()
        started = time.monotonic()
        process.communicate(timeout=10)
        assert time.monotonic() - started < 5


def account(channel: str, **more: Any) -> dict[str, Any]:
    return {
        "gym": "harbour",
        "channel": channel,
        "external_id": "1",
        "webhook_url": f"{NO_APP}/hook",
        "credentials": CREDENTIALS[channel],
        **more,
    }


def test_help_says_what_it_is_and_how_to_run_it() -> None:
    told = subprocess.run([*RUN, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for word in ("WhatsApp", "--port", "--api", "--state", "8001"):
        assert word in told


def test_a_taken_port_is_said_in_plain_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run([*RUN, "--port", port], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"Port {port}" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_restart_finds_accounts_and_phones_again(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")
    with running("--state", state) as http:
        telegram = account(
            "telegram",
            staff_group={"chat_id": -1001, "title": "Team"},
            staff={"niamh": {"user_id": 5, "name": "Niamh Doyle"}},
        )
        for body in (account("whatsapp"), telegram):
            assert http.post("/accounts", json=body).status_code == 201
        http.post("/phones/whatsapp/+353851234567/messages", json={"text": "hi", "name": "Ana"})
        auth = {"authorization": "Bearer token-1"}
        button = {"type": "reply", "reply": {"id": "y", "title": "Yes"}}
        content = {"type": "button", "body": {"text": "Shall I?"}, "action": {"buttons": [button]}}
        message = {
            "messaging_product": "whatsapp",
            "to": "+353851234567",
            "type": "interactive",
            "interactive": content,
        }
        assert http.post("/meta/v25.0/40981/messages", headers=auth, json=message).status_code == 200
        before = http.get("/phones/whatsapp/+353851234567/messages").json()
    with running("--state", state) as http:
        after = http.get("/phones/whatsapp/+353851234567/messages").json()
        assert [m["text"] for m in after] == [m["text"] for m in before] == ["hi", "Shall I?"]
        assert http.post("/phones/whatsapp/+353851234567/messages", json={"tap": "yes"}).json() == {"id": "3"}
        assert http.post("/phones/telegram/staff/messages", json={"text": "hello"}).json() == {"id": "1"}
        assert http.post("/meta/v25.0/40981/messages", headers=auth, json=message).status_code == 200


def test_without_a_gym_everything_says_so() -> None:
    with running() as http:
        answer = http.post("/phones/whatsapp/+353851234567/messages", json={"text": "hi"})
        assert answer.status_code == 404
        assert "No gym has been imported yet" in answer.json()["error"]
        assert http.get("/gyms").json() == []
        assert http.get("/clock").status_code == 502
