"""``spotter play``: conversation scripts, played by themselves or against a running system."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def play(
    files: Annotated[list[Path], typer.Argument(help="Conversation scripts (YAML).")],
    on: Annotated[
        str | None, typer.Option(help="Move everybody to this channel, or `all` for each in turn.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="A running system. [default: one made for this run]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Play conversation scripts; exit code 1 where one fails."""
    from api.play.moving import EVERYWHERE, cast
    from api.play.orchestra import play_all
    from api.play.reading import read_files
    from api.play.script import CHANNELS
    from api.play.stage import embedded
    from api.play.telling import Bubbles, Lines, Teller
    from api.play.world import System

    if on is not None and on not in (EVERYWHERE, *CHANNELS):
        raise typer.BadParameter(f"must be {EVERYWHERE} or one of {', '.join(CHANNELS)}", param_hint="--on")
    scripts = cast(read_files(files), on)
    out = sys.stdout  # the embedded system talks to itself elsewhere
    teller: Teller = Lines(out) if json else Bubbles(out)
    trouble = ""
    if url is not None:
        system, began = System.at(url), time.monotonic()
        results = play_all(system, scripts, tell=teller.ended)
        seconds = time.monotonic() - began
    else:
        if not json:
            typer.secho("Starting everything for this run", dim=True)
        with embedded() as stage:
            began = time.monotonic()
            results = play_all(
                stage.system, scripts, tell=teller.ended, keep_going_until=stage.keep_going_until
            )
            seconds = time.monotonic() - began
            trouble = stage.trouble()
    if trouble and not all(result.passed for result in results):
        typer.secho(f"\n{trouble}", fg=typer.colors.YELLOW, err=True)
    teller.finished(results, seconds)
    if not all(result.passed for result in results):
        raise typer.Exit(1)
