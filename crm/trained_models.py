"""A gym's own classifiers: each training is a row; at most one is in use, and readers see the old or the new one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update

from crm import gyms
from crm.db import TenantSession
from crm.models import TrainedModel, new_id

GIVEN_UP_AFTER = dt.timedelta(hours=2)
"""A training that has not ended by then has died."""


def begin(session: TenantSession, lang: str, *, now: dt.datetime) -> uuid.UUID | None:
    """Note that a training begins; None while another one of this gym is under way."""
    session.execute(
        update(TrainedModel)
        .where(
            col(TrainedModel.lang) == lang, col(TrainedModel.state) == "training",
            col(TrainedModel.begun_at) < now - GIVEN_UP_AFTER,
        )
        .values(state="failed", reason="it did not end in time", trained_at=now)
    )  # fmt: skip
    version = session.exec(select(func.coalesce(func.max(TrainedModel.version), 0) + 1)).one()
    return session.execute(
        insert(TrainedModel)
        .values(
            gym_id=session.gym_id, id=new_id(), version=version, lang=lang, state="training", examples=0, labelled=0,
            figures={}, begun_at=now,
        )
        .on_conflict_do_nothing()
        .returning(col(TrainedModel.id))
    ).scalar()  # fmt: skip


def publish(
    session: TenantSession, model_id: uuid.UUID, artefact: bytes, *, examples: int, labelled: int,
    figures: Mapping[str, Any], now: dt.datetime,
) -> int:  # fmt: skip
    """Use a new classifier from now on, in every process: the gym's facts change with the same commit. Its version."""
    model = _get(session, model_id)
    session.execute(
        update(TrainedModel)
        .where(col(TrainedModel.lang) == model.lang, col(TrainedModel.state) == "published")
        .values(state="replaced", artefact=None)
    )
    model.state, model.artefact, model.trained_at = "published", artefact, now
    model.examples, model.labelled, model.figures = examples, labelled, dict(figures)
    session.flush()
    gyms.facts_changed(session)
    return model.version


def refuse(
    session: TenantSession, model_id: uuid.UUID, reason: str, *, examples: int = 0, labelled: int = 0,
    figures: Mapping[str, Any] | None = None, now: dt.datetime, failed: bool = False,
) -> int:  # fmt: skip
    """Keep the present one; what was learnt is thrown away, its figures are kept. The version that it would have been."""
    model = _get(session, model_id)
    model.state, model.reason, model.trained_at = "failed" if failed else "refused", reason, now
    model.examples, model.labelled, model.figures = examples, labelled, dict(figures or {})
    session.flush()
    return model.version


def find_in_use(session: TenantSession, lang: str = "en") -> TrainedModel | None:
    """The gym's own classifier that is in use."""
    return session.exec(
        select(TrainedModel).where(TrainedModel.lang == lang, TrainedModel.state == "published")
    ).first()


def find_last(session: TenantSession, lang: str = "en") -> TrainedModel | None:
    """The latest training that has ended, whatever came of it."""
    return session.exec(
        select(TrainedModel)
        .where(TrainedModel.lang == lang, TrainedModel.state != "training")
        .order_by(col(TrainedModel.version).desc())
        .limit(1)
    ).first()


def artefact_of(session: TenantSession, model_id: uuid.UUID) -> bytes | None:
    """The classifier itself, as it was stored."""
    return session.exec(select(TrainedModel.artefact).where(TrainedModel.id == model_id)).first()


def _get(session: TenantSession, model_id: uuid.UUID) -> TrainedModel:
    return session.exec(
        select(TrainedModel).where(TrainedModel.id == model_id).execution_options(populate_existing=True)
    ).one()
