"""``spotter chat``: talk to a running simulator from the terminal."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from crm.config import load_settings

if TYPE_CHECKING:
    from api.cli.bubbles import Bubbles
    from api.cli.phone import Line, Phone

HELP = "Write and press Enter. /tap N taps a button, /quit (or Ctrl-D) leaves."
LOOK_EVERY = 1.0


def chat(
    as_: Annotated[str, typer.Option("--as", help="channel:address, e.g. whatsapp:+353851234567")],
    name: Annotated[str | None, typer.Option(help="The name the gym sees.")] = None,
    url: Annotated[str | None, typer.Option(help="The simulator. [default: on this machine]")] = None,
    gym: Annotated[str | None, typer.Option(help="Which gym, where there are several.")] = None,
) -> None:
    """Talk to a running simulator from the terminal."""
    from api.cli.bubbles import Bubbles
    from api.cli.phone import Phone, SimulatorAway

    channel, colon, address = as_.partition(":")
    if not (channel and colon and address):
        raise typer.BadParameter(
            "write it as channel:address, e.g. whatsapp:+353851234567", param_hint="--as"
        )
    phone = Phone(url or f"http://127.0.0.1:{load_settings().port + 1}", channel, address, gym=gym)
    try:
        _talk(phone, Bubbles(name or address, "Gym"), {"name": name} if name else {})
    except SimulatorAway as away:
        typer.secho(str(away), fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo()


def _talk(phone: Phone, bubbles: Bubbles, who: dict[str, str]) -> None:
    """Until the end of input. Between two lines, what the gym says of its own accord appears too."""
    latest: Line | None = None
    for line in phone.news()[-10:]:
        bubbles.show(line, numbered=True)
        latest = line if line.buttons else latest
    typer.secho(HELP, dim=True)
    while True:
        typer.echo("> ", nl=False)
        while not select.select([sys.stdin], [], [], LOOK_EVERY)[0]:
            if fresh := phone.news():
                typer.echo("\r", nl=False)
                latest = _show(fresh, bubbles) or latest
                typer.echo("> ", nl=False)
        words = sys.stdin.readline()
        if not words or words.strip() == "/quit":
            return
        if not _send(phone, words.strip(), latest, who):
            continue
        phone.wait()
        latest = _show([line for line in phone.news() if not line.mine], bubbles) or latest


def _send(phone: Phone, words: str, latest: Line | None, who: dict[str, str]) -> bool:
    """Whether anything was sent."""
    if not words:
        return False
    if words == "/help":
        typer.secho(HELP, dim=True)
        return False
    if not words.startswith("/tap"):
        phone.write(words, **who)
        return True
    number = words.removeprefix("/tap").strip()
    buttons = latest.buttons if latest else []
    if not number.isdecimal() or not 1 <= int(number) <= len(buttons) or buttons[int(number) - 1].link:
        typer.secho("There is no such button to tap." if buttons else "There is no button yet.", dim=True)
        return False
    phone.tap(buttons[int(number) - 1], **who)
    return True


def _show(lines: list[Line], bubbles: Bubbles) -> Line | None:
    """Show them; the last one that has buttons."""
    found = None
    for line in lines:
        bubbles.show(line, numbered=True)
        found = line if line.buttons else found
    return found
