"""``spotter dead-letters ...``: what was given up, and trying it again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

import typer

from api.cli.roles import connected

app = typer.Typer(
    help="Messages that could not be handled or delivered: list them, try them again.", no_args_is_help=True
)
Slug = Annotated[
    str | None, typer.Option("--gym", help="A gym's short name; with several gyms it is needed.")
]
Days = Annotated[int, typer.Option(min=1, help="How many days back.")]


@app.command("list")
def list_(gym: Slug = None, days: Days = 7) -> None:
    """Show them, the latest first: key, when, channel, address, why."""
    from crm import db, dead_letters

    with db.database().tenant_session(gym_id_of(gym)) as session:
        found = dead_letters.list_letters(session, since=session.now - dt.timedelta(days=days))
    if not found:
        typer.echo("None.")
    for one in found:
        at = one.at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M")
        reason = " ".join(one.reason.split())[:160]
        typer.echo(f"{one.key}  {at}  {one.channel}  {one.address}  {one.what}  {reason}")


@app.command()
def replay(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys as the list shows them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the list shows.")] = False,
    gym: Slug = None,
    days: Days = 7,
) -> None:
    """Try them again. What stayed unconfirmed may have arrived, so the person may read it twice."""
    from crm import db, dead_letters

    if bool(keys) == everything:
        raise typer.BadParameter("give keys from the list, or --all")
    with db.database().tenant_session(gym_id_of(gym)) as session:
        if everything:
            since = session.now - dt.timedelta(days=days)
            keys = [one.key for one in dead_letters.list_letters(session, since=since)]
        count = dead_letters.replay(session, keys or [])
    _wake()
    typer.echo(f"{count} queued again.")


def gym_id_of(slug: str | None) -> uuid.UUID:
    """The gym meant; connects to the database. Raises `BadParameter` where that is not clear."""
    connected()
    from api import onboarding
    from crm import db

    gyms = onboarding.list_gyms(db.database())
    chosen = [gym_id for gym_id, known in gyms if slug in (None, known)]
    if len(chosen) == 1:
        return chosen[0]
    there = ", ".join(sorted(known for _, known in gyms)[:20]) or "none"
    problem = f"there is no gym {slug!r}" if slug else "say which gym"
    raise typer.BadParameter(f"{problem}; there are: {there}", param_hint="--gym")


def _wake() -> None:
    from scheduler.wake import wake

    wake("inbound")
    wake("outbound")
