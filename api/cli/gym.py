"""``spotter gym ...``: gyms from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.roles import connected

app = typer.Typer(help="Gyms from files.", no_args_is_help=True)


@app.callback()
def gyms() -> None:
    """Gyms from files."""


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A gym file; docs/demo/gym.yaml is one.")
    ],
    slug: Annotated[str | None, typer.Option(help="Another short name than the file's.")] = None,
    if_none: Annotated[bool, typer.Option("--if-none", help="Only when there is no gym yet.")] = False,
) -> None:
    """Make a gym, or bring an existing one up to date."""
    connected()
    from api import onboarding

    if if_none and onboarding.has_gyms():
        typer.echo("There is a gym already.")
        return
    typer.echo(onboarding.import_file(file.read_text(encoding="utf-8"), slug=slug))
