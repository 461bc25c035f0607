"""``spotter nlu review ...``: messages that were not understood, as a file to be labelled and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.roles import connected

app = typer.Typer(
    help="Messages that were not understood, as a file to be labelled and back.", no_args_is_help=True
)
GYM = Annotated[str, typer.Option("--gym", help="The gym's short name.")]


@app.command("export")
def export(
    gym: GYM,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write, in Rasa's training format.")],
) -> None:
    """Write what waits for a label, under what it was taken for.

    Move each message to where it belongs, delete those that you are not sure of, and import the file again.
    """
    connected()
    from api import reviewing

    count = reviewing.export(gym, file)
    typer.echo(f"{count} messages in {file}")


@app.command("import")
def import_(
    gym: GYM,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file that `export` wrote.")],
) -> None:
    """Label every message of the file with the intent that it stands under."""
    connected()
    from api import reviewing

    done = reviewing.import_(gym, file)
    typer.echo(f"{done.labelled} labelled, {done.known} had a label already, {done.gone} no longer kept")
