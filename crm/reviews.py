"""Messages to learn from: kept in the turn that did not understand them, labelled by the team, exported and trained on."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update

from crm.db import TenantSession
from crm.errors import NotFound
from crm.models import Consent, ReviewItem, new_id

Kind = Literal["missed", "unsure", "corrected"]
KEPT_FOR = dt.timedelta(days=180)
"""A message that nobody has labelled by then is deleted."""


def keep(
    session: TenantSession, text: str, *, kind: Kind, contact_id: uuid.UUID, conversation_id: uuid.UUID,
    guesses: Mapping[str, float], may_learn: bool, now: dt.datetime,
) -> ReviewItem:  # fmt: skip
    """Put a message on the review list, where its words are not on it already; returns what is there."""
    session.execute(
        insert(ReviewItem)
        .values(
            gym_id=session.gym_id, id=new_id(), contact_id=contact_id, conversation_id=conversation_id, kind=kind,
            text=text, signature=_signature(text), guesses=dict(guesses), at=now, may_learn=may_learn, state="open",
            intents=[],
        )
        .on_conflict_do_nothing(index_elements=["gym_id", "signature"])
    )  # fmt: skip
    return session.exec(select(ReviewItem).where(ReviewItem.signature == _signature(text))).one()


def _may_learn() -> ColumnElement[bool]:
    """It was kept as one that may be taught from, and the person has not asked for no more messages since."""
    last = (
        select(Consent.granted)
        .where(Consent.contact_id == ReviewItem.contact_id, Consent.purpose == "everything")
        .order_by(col(Consent.at).desc(), col(Consent.id).desc())
        .limit(1)
        .correlate(ReviewItem)
        .scalar_subquery()
    )
    return and_(col(ReviewItem.may_learn), func.coalesce(last, True))


def _signature(text: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return hashlib.blake2b(" ".join(words or [text]).encode(), digest_size=12).hexdigest()


def label(
    session: TenantSession, item_id: uuid.UUID, intents: Sequence[str], *, actor: str, now: dt.datetime
) -> bool:
    """Say what a message means; whether it was not labelled already."""
    labelled = session.execute(
        update(ReviewItem)
        .where(col(ReviewItem.id) == item_id, col(ReviewItem.state) != "labelled")
        .values(state="labelled", intents=list(intents), labelled_by=actor, labelled_at=now)
        .returning(col(ReviewItem.id))
    ).scalar()
    return labelled is not None


def skip(session: TenantSession, item_id: uuid.UUID, *, actor: str, now: dt.datetime) -> None:
    """Leave a message aside; it stays for the file, until it is too old."""
    session.execute(
        update(ReviewItem)
        .where(col(ReviewItem.id) == item_id, col(ReviewItem.state) == "open")
        .values(state="skipped", labelled_by=actor, labelled_at=now)
    )


def unlabel(session: TenantSession, item_id: uuid.UUID) -> None:
    """Put a message back on the list."""
    session.execute(
        update(ReviewItem)
        .where(col(ReviewItem.id) == item_id)
        .values(state="open", intents=[], labelled_by=None, labelled_at=None)
    )


def get(session: TenantSession, item_id: uuid.UUID) -> ReviewItem:
    """The item with that id; raises `NotFound`."""
    query = select(ReviewItem).where(ReviewItem.id == item_id).execution_options(populate_existing=True)
    found = session.exec(query).first()
    if found is None:
        raise NotFound("no such message on the review list", item_id=item_id)
    return found


def find_next(session: TenantSession) -> ReviewItem | None:
    """The oldest message that waits for a label and may be taught from."""
    session.flush()
    return session.exec(
        select(ReviewItem)
        .where(ReviewItem.state == "open", _may_learn())
        .order_by(col(ReviewItem.at), col(ReviewItem.id))
        .limit(1)
    ).first()


def count_open(session: TenantSession) -> int:
    """How many wait for a label."""
    session.flush()
    query = select(func.count()).where(col(ReviewItem.state) == "open", _may_learn())
    return session.exec(query).one()


def list_unlabelled(session: TenantSession) -> Sequence[ReviewItem]:
    """Everything that waits for a label or was skipped and may be taught from, the oldest first."""
    return session.exec(
        select(ReviewItem)
        .where(col(ReviewItem.state).in_(("open", "skipped")), _may_learn())
        .order_by(col(ReviewItem.at), col(ReviewItem.id))
    ).all()


def list_labelled(session: TenantSession) -> Sequence[ReviewItem]:
    """What the team has labelled and may be taught from, in order of labelling."""
    return session.exec(
        select(ReviewItem)
        .where(ReviewItem.state == "labelled", _may_learn())
        .order_by(col(ReviewItem.labelled_at), col(ReviewItem.id))
    ).all()


def last_labelled_at(session: TenantSession) -> dt.datetime | None:
    """When the team last labelled something that may be taught from."""
    query = select(func.max(ReviewItem.labelled_at))
    return session.exec(query.where(col(ReviewItem.state) == "labelled", _may_learn())).one()


def forget_old(session: TenantSession, *, now: dt.datetime) -> None:
    """Delete what nobody has labelled in time."""
    session.execute(
        delete(ReviewItem).where(col(ReviewItem.state) != "labelled", col(ReviewItem.at) < now - KEPT_FOR)
    )


def of_contact(session: TenantSession, contact_id: uuid.UUID) -> Sequence[ReviewItem]:
    """What is kept of somebody's words to learn from."""
    query = select(ReviewItem).where(ReviewItem.contact_id == contact_id).order_by(col(ReviewItem.at))
    return session.exec(query).all()


def forget_person(session: TenantSession, contact_id: uuid.UUID) -> None:
    """Delete it all; the next training does without."""
    session.execute(delete(ReviewItem).where(col(ReviewItem.contact_id) == contact_id))
