"""/model: what understands people here, what it learnt from, and what that changed."""

from __future__ import annotations

from typing import Any

from bot import nlu, wording
from bot.answers import words
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import reviews, trained_models
from nlu_models.gym_training import LEAST


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:  # noqa: ARG001
    """The version in use with its figures before and after, what became of the last try, and what waits."""
    session = turn.session
    used, last = trained_models.find_in_use(session), trained_models.find_last(session)
    if used is None or used.trained_at is None:
        shipped = nlu.shipped_facts()
        lines = [
            words(
                "utter_staff_model_shipped", examples=_number(shipped["examples"]),
                ours=_share(shipped["held_out"]["accuracy"]),
            )
        ]  # fmt: skip
    else:
        when = wording.short_when(turn.facts, used.trained_at)
        lines = [
            words(
                "utter_staff_model_own", version=used.version, when=when, examples=_number(used.examples),
                labelled=used.labelled,
            ),
            *_figures(used.figures),
        ]  # fmt: skip
    if last is not None and last.state in ("refused", "failed") and last.trained_at is not None:
        when = wording.short_when(turn.facts, last.trained_at)
        lines.append(words("utter_staff_model_refused", when=when, reason=f"{last.reason or '?'}."))
    labelled = len(reviews.list_labelled(session))
    labelled_at = reviews.last_labelled_at(session)
    if labelled < LEAST:
        lines.append(words("utter_staff_model_waiting", labelled=labelled, least=LEAST))
    elif labelled_at is not None and (last is None or labelled_at > last.begun_at):
        lines.append(words("utter_staff_model_due", labelled=labelled))
    if waiting := reviews.count_open(session):
        lines.append(words("utter_staff_model_left", count=waiting))
    return [StaffSay("\n".join(lines))]


def _figures(figures: dict[str, Any]) -> list[str]:
    lines = []
    if gym := figures.get("gym"):
        lines.append(
            words(
                "utter_staff_model_gym", n=gym["n"], before=round(gym["before"] * gym["n"]),
                after=round(gym["after"] * gym["n"]),
            )
        )  # fmt: skip
    if ours := figures.get("ours"):
        lines.append(
            words(
                "utter_staff_model_ours", n=_number(ours["n"]), before=_share(ours["before"]),
                after=_share(ours["after"]),
            )
        )  # fmt: skip
    return lines


def _share(share: float) -> str:
    return f"{share:.1%}"


def _number(count: int) -> str:
    return f"{count:,}"


COMMAND = Command(
    "model", "Shows what I learnt from your team, and whether it helped.", "/model", DESK, handle
)
