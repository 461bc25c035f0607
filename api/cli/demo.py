"""``spotter demo``: everything up, one short conversation before your eyes, then it is yours."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.running import join
from api.cli.up import choose, everything
from crm.config import load_settings

if TYPE_CHECKING:
    from api.cli.bubbles import Bubbles
    from api.cli.phone import Button, Phone

PROSPECT = "Ana Silva"
# What is said, in order. A pair is a button to tap and the words to say where the channel shows no such button.
SAID: tuple[str | tuple[str, str], ...] = (
    "hi! how much is a monthly membership?",
    "ok. can i try tomorrow at 10? want to lose weight, never trained",
    ("Confirm", "yes please"),
)
OWNER = "niamh"
ASKED_BY_OWNER = "/leads today"
READING_PAUSE = 0.6


def demo(
    data: Annotated[Path | None, typer.Option(help="Data folder. [default: SPOTTER_DATA_DIR]")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65534, help="Port; the simulator's is one more.")
    ] = None,
) -> None:
    """Start everything with a demo gym, play a short conversation, then stay up."""
    with everything(choose(load_settings(), simulator=True, data=data, port=port)) as (
        installation,
        supervisor,
    ):
        typer.echo()
        # A process of its own: the supervisor goes on looking after the others meanwhile.
        command = [sys.executable, "-m", "api.cli", "conversation", "--url", installation.simulator_url]
        if not supervisor.show(command):
            typer.secho(
                "The conversation did not come to its end; everything is up all the same.", fg="yellow"
            )
        if not supervisor.is_stopping:
            installation.print_addresses()
            typer.echo(f"Talk to it here, in another terminal: {_chat_command(installation.settings.port)}")
        supervisor.run()


def conversation(url: Annotated[str, typer.Option(help="The simulator.")]) -> None:
    """Play the demo's conversation against a running simulator."""
    from api.cli.bubbles import Bubbles
    from api.cli.phone import Phone, SimulatorAway

    join(load_settings())
    # Somebody new each time, so that the second demo is like the first.
    number = "+35385" + "".join(secrets.choice("0123456789") for _ in range(7))
    phone, shown = Phone(url, "whatsapp", number), Bubbles(PROSPECT, "Gym")
    staff, seen_by_staff = (Phone(url, "telegram", "staff"), Bubbles(OWNER.title(), "Gym's bot"))
    try:
        shown.title(f"WhatsApp: {PROSPECT} writes to the gym")
        _prospect(phone, shown)
        staff.skip_history()
        seen_by_staff.title("Telegram: the owner asks in the staff group")
        staff.write(ASKED_BY_OWNER, **{"from": OWNER})
        staff.wait()
        for line in staff.news():
            seen_by_staff.show(line)
    except SimulatorAway as away:
        typer.secho(str(away), fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None


def _prospect(phone: Phone, shown: Bubbles) -> None:
    buttons: list[Button] = []
    for said in SAID:
        if isinstance(said, tuple):
            title, words = said
            button = next((found for found in buttons if found.title.startswith(title)), None)
        else:
            words, button = said, None
        if button:
            phone.tap(button, name=PROSPECT)
        else:
            phone.write(words, name=PROSPECT)
        phone.wait()
        for line in phone.news():
            shown.show(line)
            buttons = line.buttons or buttons
            time.sleep(READING_PAUSE)


def _chat_command(port: int) -> str:
    url = "" if port == 8000 else f" --url http://127.0.0.1:{port + 1}"
    return f"spotter chat --as whatsapp:+353851234567 --name You{url}"
