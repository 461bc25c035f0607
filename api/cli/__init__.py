"""The command line: ``spotter``. One file a command; each imports what is slow only when it runs."""

from __future__ import annotations

import sys
from typing import Any

import typer

from api.cli import chat, dead_letters, demo, doctor, gym, migrate, nlu, play, roles, templates, up
from crm.errors import CrmError
from scheduler.embedded import EmbeddedError, StopRequested


class Spotter(typer.Typer):
    """Says what a person can mend in words, without a traceback; exit code 1."""

    def __call__(self, *args: Any, **more: Any) -> Any:
        """Run the command; a `CrmError` or `EmbeddedError` becomes words."""
        try:
            return super().__call__(*args, **more)
        except StopRequested as stopped:
            typer.echo(str(stopped))
            sys.exit(130)
        except (EmbeddedError, CrmError) as error:
            typer.secho(str(error), fg=typer.colors.RED, err=True)
            sys.exit(1)


app = Spotter(
    name="spotter",
    help="The gym CRM that lives inside the chats people already use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("conversation", hidden=True)(demo.conversation)
app.command("chat")(chat.chat)
app.command("play")(play.play)
app.command("doctor")(doctor.doctor)
app.command("api")(roles.api)
app.command("worker")(roles.worker)
app.command("beat")(roles.beat)
app.command("migrate")(migrate.migrate)
app.add_typer(gym.app, name="gym")
app.add_typer(templates.app, name="templates")
app.add_typer(dead_letters.app, name="dead-letters")
app.command("nlu", add_help_option=False, context_settings=nlu.PASSED_ON)(nlu.nlu)
