"""``spotter templates ...``: the texts that providers approve before they may open a conversation."""

from __future__ import annotations

import typer

from api.cli.dead_letters import Slug, gym_id_of

app = typer.Typer(
    help="Message templates: send them in for approval, see what became of them.", no_args_is_help=True
)


@app.command("list")
def list_(gym: Slug = None) -> None:
    """Ask the providers and show each template's state."""
    gym_id = gym_id_of(gym)
    from crm import db, template_reviews
    from scheduler import templates

    templates.review(gym_id)
    with db.database().tenant_session(gym_id) as session:
        known = template_reviews.list_of_gym(session)
        for row, inbox in known:
            why = f"  {row.reason}" if row.reason else ""
            typer.echo(f"{inbox.channel}  {row.name}  {row.language}  {row.status}{why}")
    if not known:
        typer.echo("None is known to a provider yet; send them in with: spotter templates submit")


@app.command()
def submit(gym: Slug = None) -> None:
    """Send in what the providers do not have yet; review takes up to a day."""
    gym_id = gym_id_of(gym)
    from scheduler import templates

    done = templates.submit(gym_id)
    for channel, name, outcome in done:
        typer.echo(f"{channel}  {name}  {outcome}")
    if not done:
        typer.echo("The gym has no channel with message templates.")
