"""``spotter nlu ...``: handed on whole to the language part, which is slow to import."""

from __future__ import annotations

import typer

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def nlu(context: typer.Context) -> None:
    """Train, evaluate and try the understanding of language."""
    from nlu_models import cli

    cli.app(context.args, prog_name="spotter nlu")
