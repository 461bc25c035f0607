"""``spotter nlu ...``: handed on whole to the language part, which is slow to import; what needs a gym is done here."""

from __future__ import annotations

import typer

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def nlu(context: typer.Context) -> None:
    """Train, evaluate and try the understanding of language."""
    arguments = context.args
    if arguments[:1] == ["train"] and any(word.split("=")[0] == "--gym" for word in arguments):
        from api.cli import gym_training

        gym_training.app(arguments[1:], prog_name="spotter nlu train")
    whole()(arguments, prog_name="spotter nlu")


def whole() -> typer.Typer:
    """The language part's commands, with those beside them that need a gym."""
    from api.cli import review
    from nlu_models import cli

    if not any(group.name == "review" for group in cli.app.registered_groups):
        cli.app.add_typer(review.app, name="review")
    return cli.app
