"""``spotter nlu train --gym SLUG``: a gym's own classifier, used only if it does better."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.roles import connected

app = typer.Typer(add_completion=False)


@app.command()
def train(gym: Annotated[str, typer.Option("--gym", help="The gym's short name.")]) -> None:
    """Learn from our sentences and from what the gym's team has labelled; use the result only if it does better.

    Takes minutes. Workers take up the new one with the next message, without a restart.
    """
    connected()
    from api import reviewing
    from crm import db
    from nlu_models.gym_training import TooFew
    from scheduler.training import UnderWay
    from scheduler.training import train as train_gym

    try:
        outcome = train_gym(db.database(), reviewing.gym_of(gym))
    except (TooFew, UnderWay) as reason:
        typer.echo(f"Not trained: {reason}.", err=True)
        raise typer.Exit(1) from None
    trained = outcome.trained
    typer.echo(f"{trained.examples} sentences, {trained.labelled} of them labelled by the gym's team")
    for name, side in (("the gym's own", trained.gym), ("ours", trained.ours)):
        typer.echo(
            f"{name + ', kept back:':<28}{side.n:>6}  before {side.before:.1%}  after {side.after:.1%}"
        )
    if trained.refusal is not None:
        typer.echo(f"Not used: {trained.refusal}.", err=True)
        raise typer.Exit(1)
    typer.echo(f"in use: version {outcome.version}")
