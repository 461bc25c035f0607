"""A gym's own classifier, learnt at night in a process of its own: it takes minutes, and answers must not wait for it."""

from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from crm import clock, db, facts, reviews, trained_models
from crm.db import Database
from nlu_models import gym_training
from nlu_models.data import Example
from nlu_models.gym_training import GymTrained, TooFew

log = logging.getLogger(__name__)
NIGHT = 3
"""Hour of the gym's own clock in which it is trained."""
LANG = "en"
ENDS_WITHIN = dt.timedelta(hours=1)


class UnderWay(Exception):
    """Another training of this gym is under way."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a training: the version, and why it is not used, if it is not."""

    version: int
    trained: GymTrained


def train(
    database: Database, gym_id: uuid.UUID, *, data: Path | None = None, least: int = gym_training.LEAST
) -> Outcome:
    """Learn from what the gym's team has labelled, and use the result if it does better.

    No transaction is open while it learns. Raises `TooFew` or `UnderWay`; any other error is kept
    as the reason why the try failed, and passed on.
    """
    with database.tenant_session(gym_id) as session:
        labelled = [
            Example(row.text, tuple(row.intents), "the gym's team") for row in reviews.list_labelled(session)
        ]
        gym_training.ensure_enough(labelled, least)
        used = trained_models.find_in_use(session, LANG)
        present = used.artefact if used is not None else None
        model_id = trained_models.begin(session, LANG, now=session.now)
    if model_id is None:
        raise UnderWay("a training of this gym is under way")
    try:
        trained = gym_training.train(labelled, present, lang=LANG, data=data, least=least)
    except Exception as error:
        with database.tenant_session(gym_id) as session:
            trained_models.refuse(
                session, model_id, f"it broke off ({type(error).__name__})", now=session.now, failed=True
            )
        raise
    with database.tenant_session(gym_id) as session:
        counts = {"examples": trained.examples, "labelled": trained.labelled, "figures": trained.figures()}
        if trained.refusal is None:
            version = trained_models.publish(session, model_id, trained.artefact, now=session.now, **counts)  # type: ignore[arg-type]
        else:
            version = trained_models.refuse(session, model_id, trained.refusal, now=session.now, **counts)  # type: ignore[arg-type]
    return Outcome(version, trained)


def train_due() -> None:
    """Train every gym whose night it is and whose team has labelled something since the last try, one after the other."""
    database = db.database()
    with database.system_session() as session:
        gyms = [row[0] for row in session.execute(text("SELECT id FROM door_gyms()")).all()]
    for gym_id in gyms:
        try:
            if is_due(database, gym_id):
                _in_a_process(gym_id)
        except Exception:
            log.exception("the training of gym %s failed", gym_id)


def is_due(database: Database, gym_id: uuid.UUID) -> bool:
    """Whether it is the gym's night, and there are enough labels, and new ones or fewer since the last try.

    Fewer means that somebody was erased: what was learnt from their words is then learnt anew without them.
    """
    with database.tenant_session(gym_id) as session:
        local = clock.to_local(session.now, facts.load(session).zone)
        labelled_at, last = reviews.last_labelled_at(session), trained_models.find_last(session, LANG)
        if local.hour != NIGHT or labelled_at is None:
            return False
        count = len(reviews.list_labelled(session))
        is_new = last is None or labelled_at > last.begun_at or count < last.labelled
        return is_new and count >= gym_training.LEAST


def _in_a_process(gym_id: uuid.UUID) -> None:
    """Its memory goes with it, and it gives way to everything else."""
    command = [sys.executable, "-m", "scheduler.training", str(gym_id)]
    subprocess.run(command, check=True, timeout=ENDS_WITHIN.total_seconds(), preexec_fn=lambda: os.nice(15))  # noqa: S603


def main() -> None:
    """Train the gym whose id is the argument."""
    logging.basicConfig(level=logging.INFO)
    try:
        outcome = train(db.database(), uuid.UUID(sys.argv[1]))
    except (TooFew, UnderWay) as reason:
        log.info("not trained: %s", reason)
        return
    log.info("version %s: %s", outcome.version, outcome.trained.refusal or "published")


if __name__ == "__main__":
    main()
