"""One person across channels: joined where it is certain, asked about where it is not, and always to be undone.

Certain is what a platform vouches for: the number that somebody writes from, their own
contact card, two ids that one message shows together. A number, an address or a name
that somebody typed may be anybody's.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update

from crm import activities, contacts
from crm.db import TenantSession
from crm.errors import Conflict, NotFound
from crm.models import Contact, ContactInbox, ContactMerge, IdentityQuestion, Inbox, Lead, new_id

Reason = Literal["phone", "email", "name", "platform"]
MOST_DOUBTS = 3
"""Questions about one person at a time."""
_TABLES = (
    "contact_inboxes", "conversations", "messages", "attachments", "deliveries", "bookings", "waitlist_entries",
    "reminders", "leads", "question_askers", "review_items",
)  # fmt: skip
_OF_CONVERSATIONS = ("messages", "deliveries", "reminders", "question_askers", "review_items")
_TAKEN_OVER = ("name", "email", "health_note")
_OF_LEADS = ("goal", "experience", "preferred_time", "assigned_to", "first_words", "last_words")
DUPLICATE = "duplicate"
"""Why the second of two open leads of one person is closed."""


def recognise(
    session: TenantSession, inbox: Inbox, *, sender: str, address: str, profile_name: str | None, bsuid: str | None,
    now: dt.datetime,
) -> contacts.Known:  # fmt: skip
    """Who writes, as `contacts.ensure`; two records that the message shows to be one person are joined."""
    known = contacts.ensure(
        session, inbox, sender=sender, address=address, profile_name=profile_name, bsuid=bsuid, now=now
    )
    if known.twin is None:
        return known
    merged = merge(session, known.contact, known.twin, reason="platform", actor="system", now=now)
    return contacts.Known(get(session, merged.kept_id), known.contact_inbox, is_new=False)


def get(session: TenantSession, contact_id: uuid.UUID) -> Contact:
    """The contact with that id; raises `NotFound`."""
    found = session.exec(select(Contact).where(Contact.id == contact_id)).first()
    if found is None:
        raise NotFound("no such contact", contact_id=contact_id)
    return found


def verify_phone(
    session: TenantSession, contact: Contact, phone: str, *, now: dt.datetime
) -> ContactMerge | None:
    """The platform vouches that this is the person's number; the merge with whom it knew by it before, if any."""
    contacts.lock_phone(session, phone)
    other = contacts.find_verified(session, phone)
    if other is None:
        if contact.phone is None or not contact.phone_verified:
            contact.phone, contact.phone_verified = phone, True
            session.flush()
        return None
    if other.id == contact.id:
        return None
    return merge(session, contact, other, reason="platform", actor="system", now=now)


# What is not certain


def doubts(session: TenantSession, contact: Contact) -> list[tuple[Contact, Reason]]:
    """Who else may be this person, and why; nobody who was asked about before."""
    session.flush()
    here = select(Inbox.channel).join(ContactInbox, col(ContactInbox.inbox_id) == Inbox.id)
    channels = set(session.exec(here.where(ContactInbox.contact_id == contact.id)).all())
    found: dict[uuid.UUID, tuple[Contact, Reason]] = {}
    likes: list[tuple[Reason, Any]] = []
    if contact.phone:
        likes.append(("phone", col(Contact.phone) == contact.phone))
    if contact.email:
        likes.append(("email", func.lower(Contact.email) == contact.email.lower()))
    if contact.name and len(contact.name.split()) > 1:
        likes.append(("name", func.lower(Contact.name) == contact.name.lower()))
    for reason, is_like in likes:
        others = session.exec(
            select(Contact)
            .where(
                is_like,
                Contact.id != contact.id,
                col(Contact.erased_at).is_(None),
                col(Contact.merged_into).is_(None),
            )
            .order_by(col(Contact.created_at).desc())
            .limit(MOST_DOUBTS)
        ).all()
        for other in others:
            theirs = set(session.exec(here.where(ContactInbox.contact_id == other.id)).all())
            # Two people of one name are more likely than one person with two accounts on one channel.
            if reason != "name" or not channels & theirs:
                found.setdefault(other.id, (other, reason))
    return list(found.values())[:MOST_DOUBTS]


def ask(
    session: TenantSession, contact: Contact, other: Contact, reason: Reason, *, now: dt.datetime
) -> IdentityQuestion | None:
    """Note that staff are asked; None where this pair was asked about before."""
    one, two = sorted((contact.id, other.id))
    made = session.execute(
        insert(IdentityQuestion)
        .values(
            gym_id=session.gym_id, id=new_id(), one_id=one, other_id=two, reason=reason, state="open", asked_at=now
        )
        .on_conflict_do_nothing(index_elements=["gym_id", "one_id", "other_id"])
        .returning(col(IdentityQuestion.id))
    ).scalar()  # fmt: skip
    return None if made is None else question(session, made)


def question(session: TenantSession, question_id: uuid.UUID, *, lock: bool = False) -> IdentityQuestion:
    """The question with that id; raises `NotFound`."""
    query = select(IdentityQuestion).where(IdentityQuestion.id == question_id)
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound("no such question", question_id=question_id)
    return found


def keep_apart(session: TenantSession, asked: IdentityQuestion, *, actor: str, now: dt.datetime) -> None:
    """They are two people: never asked again. Raises `Conflict` where it was decided before."""
    if asked.state != "open":
        raise Conflict("this was decided before", status=asked.state)
    asked.state, asked.decided_at, asked.decided_by = "apart", now, actor
    session.flush()


# Merging


def merge(
    session: TenantSession, one: Contact, other: Contact, *, reason: Reason, actor: str, now: dt.datetime
) -> ContactMerge:
    """Make two contacts one: the older is kept, everything of the younger is theirs from now on.

    Raises `Conflict` where one of them is merged or erased already. Two open leads
    become one; the younger's is closed as a duplicate. Consents and the timeline are
    append-only: they are read through the merge.
    """
    session.flush()
    pair = session.exec(
        select(Contact)
        .where(col(Contact.id).in_((one.id, other.id)))
        .order_by(col(Contact.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(pair) != 2 or any(row.merged_into is not None or row.erased_at is not None for row in pair):
        raise Conflict("one of the two is merged or erased already", status="merged")
    kept, gone = sorted(pair, key=lambda row: (row.created_at, row.id))
    record = ContactMerge(
        gym_id=session.gym_id, kept_id=kept.id, gone_id=gone.id, reason=reason, merged_at=now, merged_by=actor
    )
    before: dict[str, Any] = {"taken": {}, "lead": None, "lead_taken": {}}
    _join_leads(session, kept, gone, before, now)
    names = {"kept": kept.id, "gone": gone.id}
    moved = {
        table: _ids(
            session, f"UPDATE {table} SET contact_id = :kept WHERE contact_id = :gone RETURNING id", names
        )
        for table in _TABLES
    }
    moved["trainer_times"] = _ids(
        session, "UPDATE trainer_times SET holder = :kept WHERE holder = :gone RETURNING id", names
    )
    moved["contacts"] = _ids(
        session, "UPDATE contacts SET merged_into = :kept WHERE merged_into = :gone RETURNING id", names
    )
    gone.merged_into = kept.id
    session.flush()
    _take_over(kept, gone, before)
    record.moved, record.before = moved, before
    session.add(record)
    pair_ids = sorted((kept.id, gone.id))
    session.execute(
        update(IdentityQuestion)
        .where(col(IdentityQuestion.one_id) == pair_ids[0], col(IdentityQuestion.other_id) == pair_ids[1])
        .values(state="merged", decided_at=now, decided_by=actor)
    )
    activities.record(
        session, "contact.merged", actor=actor, now=now, contact_id=kept.id, other=str(gone.id), reason=reason
    )
    session.flush()
    session.read_anew()
    return record


def _ids(session: TenantSession, statement: str, names: dict[str, uuid.UUID]) -> list[str]:
    return [str(row[0]) for row in session.execute(text(statement), names).all()]


def _join_leads(
    session: TenantSession, kept: Contact, gone: Contact, before: dict[str, Any], now: dt.datetime
) -> None:
    """One open lead a person: the younger record's is closed, what only it knew goes to the other."""
    rows = session.exec(
        select(Lead).where(col(Lead.contact_id).in_((kept.id, gone.id)), col(Lead.closed_at).is_(None))
    ).all()
    by_contact = {lead.contact_id: lead for lead in rows}
    stays, closes = by_contact.get(kept.id), by_contact.get(gone.id)
    if stays is None or closes is None:
        return
    before["lead"] = {"id": str(closes.id), "stage": closes.stage, "lost_reason": closes.lost_reason}
    for name in _OF_LEADS:
        if getattr(stays, name) is None and getattr(closes, name) is not None:
            setattr(stays, name, getattr(closes, name))
            before["lead_taken"][name] = str(getattr(closes, name))
    before["lead_stays"] = str(stays.id)
    closes.stage, closes.lost_reason, closes.closed_at, closes.stage_changed_at = "lost", DUPLICATE, now, now
    session.flush()


def _take_over(kept: Contact, gone: Contact, before: dict[str, Any]) -> None:
    """What only the younger record knew; a number that is vouched for goes before one that was typed."""
    for name in _TAKEN_OVER:
        if getattr(kept, name) is None and getattr(gone, name) is not None:
            before["taken"][name] = None
            setattr(kept, name, getattr(gone, name))
    if gone.phone is not None and (kept.phone is None or (gone.phone_verified and not kept.phone_verified)):
        before["taken"] |= {"phone": kept.phone, "phone_verified": kept.phone_verified}
        kept.phone, kept.phone_verified = gone.phone, gone.phone_verified


def _give_back(kept: Contact, gone: Contact, taken: dict[str, Any]) -> None:
    """As it was, except for what has changed since."""
    for name in _TAKEN_OVER:
        if name in taken and getattr(kept, name) == getattr(gone, name):
            setattr(kept, name, None)
    if "phone" in taken and kept.phone == gone.phone:
        kept.phone, kept.phone_verified = taken["phone"], taken["phone_verified"]


def undo(session: TenantSession, merge_id: uuid.UUID, *, actor: str, now: dt.datetime) -> ContactMerge:
    """Take a merge back: what had changed hands, and what was written in its threads since, goes back.

    What the person was given since as one (bookings) stays with the kept contact.
    Raises `Conflict` where it was undone before or one of the two was merged further.
    """
    session.flush()
    record = session.exec(select(ContactMerge).where(ContactMerge.id == merge_id).with_for_update()).first()
    if record is None:
        raise NotFound("no such merge", merge_id=merge_id)
    kept, gone = get(session, record.kept_id), get(session, record.gone_id)
    if record.undone_at is not None or gone.merged_into != kept.id or kept.merged_into is not None:
        raise Conflict("this merge was undone or followed by another", status="undone")
    if kept.erased_at is not None:
        raise Conflict("the person was erased since", status="erased")
    _give_back(kept, gone, record.before["taken"])
    session.flush()
    gone.merged_into = None
    session.flush()
    names = {"kept": kept.id, "gone": gone.id}
    for table, ids in record.moved.items():
        column = {"trainer_times": "holder", "contacts": "merged_into"}.get(table, "contact_id")
        session.execute(
            text(
                f"UPDATE {table} SET {column} = :gone WHERE {column} = :kept AND id = ANY(CAST(:ids AS uuid[]))"
            ),
            {**names, "ids": ids},
        )
    for table in _OF_CONVERSATIONS:
        session.execute(
            text(
                f"UPDATE {table} SET contact_id = :gone WHERE contact_id = :kept"
                " AND conversation_id = ANY(CAST(:ids AS uuid[]))"
            ),
            {**names, "ids": record.moved.get("conversations", [])},
        )
    session.read_anew()
    _part_leads(session, record, now)
    record.undone_at, record.undone_by = now, actor
    one, two = sorted((record.kept_id, record.gone_id))
    session.execute(
        insert(IdentityQuestion)
        .values(
            gym_id=session.gym_id, id=new_id(), one_id=one, other_id=two, reason=record.reason, state="apart",
            asked_at=now, decided_at=now, decided_by=actor,
        )
        .on_conflict_do_update(
            index_elements=["gym_id", "one_id", "other_id"], set_={"state": "apart", "decided_at": now}
        )
    )  # fmt: skip
    activities.record(
        session, "contact.split", actor=actor, now=now, contact_id=record.kept_id, other=str(record.gone_id)
    )
    session.flush()
    return record


def _part_leads(session: TenantSession, record: ContactMerge, now: dt.datetime) -> None:
    """The lead that was closed as a duplicate is open again, unless a newer one of the person is."""
    was = record.before.get("lead")
    if was is None:
        return
    lead = session.exec(select(Lead).where(Lead.id == uuid.UUID(was["id"]))).one()
    newer = session.exec(
        select(Lead.id).where(Lead.contact_id == lead.contact_id, col(Lead.closed_at).is_(None))
    ).first()
    if lead.lost_reason == DUPLICATE and newer is None:
        lead.stage, lead.lost_reason, lead.closed_at = was["stage"], was["lost_reason"], None
        lead.stage_changed_at = now
    stays = session.exec(select(Lead).where(Lead.id == uuid.UUID(record.before["lead_stays"]))).one()
    for name, value in record.before.get("lead_taken", {}).items():
        if str(getattr(stays, name)) == value:
            setattr(stays, name, None)
    session.flush()
