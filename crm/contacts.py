"""People across channels: who writes, and how they are reached."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils
from sqlalchemy import or_, text
from sqlmodel import col, select

from crm import consents
from crm.db import TenantSession
from crm.models import Consent, Contact, ContactInbox, ErasedAddress, Inbox
from crm.vault import fingerprint

HANDLE = re.compile(r"\S*[_\d]\S*|[a-z]+\.[a-z.]+")
MATCH_FLOOR = 78
"""Similarity (0 to 100) from which a mistyped name is taken to mean a person."""


@dataclass(frozen=True, slots=True)
class Known:
    """A contact as known on one inbox, and whether they were new."""

    contact: Contact
    contact_inbox: ContactInbox
    is_new: bool
    twin: Contact | None = None
    """Another contact that the message shows to be the same person."""


def ensure(
    session: TenantSession, inbox: Inbox, *, sender: str, address: str, profile_name: str | None, now: dt.datetime,
    bsuid: str | None = None,
) -> Known:  # fmt: skip
    """Who writes from `sender` on `inbox`; made on first sight.

    A verified phone number (WhatsApp, SMS) that the gym knows from another inbox is
    the same person; two first messages on two channels wait for each other. `bsuid` is
    WhatsApp's business-scoped id, by which somebody is known who was seen with it and a
    number together, whichever comes alone later.
    """
    alias = f"wa:{bsuid}" if bsuid else None
    found = _find_known(session, inbox.id, sender, alias)
    if found:
        contact_inbox, contact = found[0]
        note_profile(contact_inbox, address=address, profile_name=profile_name)
        twin = next((other for _, other in found[1:] if other.id != contact.id), None)
        if alias is not None:
            for other, _ in found[1:]:
                if other.alias == alias:
                    other.alias = None  # the id goes along to the number that is written from now
                    session.flush()
            twin = _learn(session, contact_inbox, contact, sender, alias, is_alone=len(found) == 1) or twin
        return Known(contact, contact_inbox, is_new=False, twin=twin)
    phone = verified_phone(sender)
    contact_or_none = None
    if phone is not None:
        lock_phone(session, phone)
        contact_or_none = find_verified(session, phone) or find_unreached(session, phone)
        if contact_or_none is not None and contact_or_none.phone == phone:
            contact_or_none.phone_verified = True
    is_new = contact_or_none is None
    contact = contact_or_none or Contact(
        gym_id=session.gym_id,
        name=_tidy(profile_name),
        phone=phone,
        phone_verified=phone is not None,
        created_at=now,
    )
    if contact.name is None:
        contact.name = _tidy(profile_name)
    contact_inbox = ContactInbox(
        gym_id=session.gym_id, contact_id=contact.id, inbox_id=inbox.id, sender=sender, address=address,
        alias=alias if alias != sender else None, profile_name=profile_name,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    session.add(contact_inbox)
    session.flush()
    if is_new:
        _remember_opt_outs(session, contact, sender, now)
    return Known(contact, contact_inbox, is_new=is_new)


def reach_by_number(
    session: TenantSession, contact: Contact, inbox: Inbox, *, address: str
) -> ContactInbox | None:
    """Where the person can be written to by their number, made where they have never written from there.

    None where the number is somebody else's for certain: then it is theirs to be written to.
    """
    assert contact.phone is not None
    sender = f"{inbox.channel}:{contact.phone}"
    found = session.exec(
        select(ContactInbox).where(ContactInbox.inbox_id == inbox.id, ContactInbox.sender == sender)
    ).first()
    if found is not None:
        return found if found.contact_id == contact.id else None
    owner = find_verified(session, contact.phone)
    if owner is not None and owner.id != contact.id:
        return None
    made = ContactInbox(
        gym_id=session.gym_id, contact_id=contact.id, inbox_id=inbox.id, sender=sender, address=address
    )
    session.add(made)
    session.flush()
    return made


def note_profile(contact_inbox: ContactInbox, *, address: str, profile_name: str | None) -> None:
    """Take over where a known person writes from now, and what they call themselves there."""
    if contact_inbox.address != address:
        contact_inbox.address = address
    if profile_name and profile_name != contact_inbox.profile_name:
        contact_inbox.profile_name = profile_name


def _find_known(
    session: TenantSession, inbox_id: uuid.UUID, sender: str, alias: str | None
) -> list[tuple[ContactInbox, Contact]]:
    """Whoever is known there by one of the two ids, by a number first."""
    ids = [sender] if alias in (None, sender) else [sender, alias]
    query = (
        select(ContactInbox, Contact)
        .where(
            ContactInbox.inbox_id == inbox_id,
            or_(col(ContactInbox.sender).in_(ids), col(ContactInbox.alias).in_(ids)),
        )
        .join(
            Contact,
            (col(Contact.gym_id) == ContactInbox.gym_id) & (col(Contact.id) == ContactInbox.contact_id),
        )
    )
    rows = [(where, contact) for where, contact in session.exec(query).all()]
    return sorted(rows, key=lambda row: (verified_phone(row[0].sender) is None, row[0].sender != sender))


def _learn(
    session: TenantSession, where: ContactInbox, contact: Contact, sender: str, alias: str, *, is_alone: bool
) -> Contact | None:
    """A message shows number and scoped id together; whoever else the gym knows by that number, if anybody."""
    phone = verified_phone(sender)
    if phone is None or where.sender not in (sender, alias):
        return None
    other = None
    if where.sender == alias and is_alone:
        where.sender = sender
        lock_phone(session, phone)
        other = find_verified(session, phone)
        if other is None and (contact.phone is None or not contact.phone_verified):
            contact.phone, contact.phone_verified = phone, True
    where.alias = alias
    session.flush()
    return other if other is not None and other.id != contact.id else None


def lock_phone(session: TenantSession, phone: str) -> None:
    """Nobody else makes or finds a contact by that number until this transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"phone:{session.gym_id}:{phone}"},
    )


def find_verified(session: TenantSession, phone: str) -> Contact | None:
    """The one person whose number that is for certain, also where the record that holds it was joined to another."""
    somebody = select(Contact).where(col(Contact.erased_at).is_(None))
    theirs = somebody.where(Contact.phone == phone, col(Contact.phone_verified))
    found = session.exec(theirs.order_by(col(Contact.merged_into).nulls_first())).first()
    if found is None or found.merged_into is None:
        return found
    return session.exec(somebody.where(Contact.id == found.merged_into)).first()


def change_address(
    session: TenantSession, where: ContactInbox, *, sender: str, address: str, phone: str | None
) -> None:
    """The platform says that the person has another number or id there now. Somebody else's is not taken over."""
    taken = select(ContactInbox.id).where(
        ContactInbox.inbox_id == where.inbox_id, ContactInbox.sender == sender
    )
    if session.exec(taken).first() is not None:
        return
    contact = session.exec(select(Contact).where(Contact.id == where.contact_id)).one()
    if phone is not None and contact.phone in (None, verified_phone(where.sender)):
        contact.phone, contact.phone_verified = phone, True
    where.sender, where.address = sender, address
    where.unreachable_at = where.unreachable_reason = None
    session.flush()


def is_known(session: TenantSession, inbox_id: uuid.UUID, address: str) -> bool:
    """Whether somebody has written from that address of the inbox before."""
    query = select(ContactInbox.id).where(ContactInbox.inbox_id == inbox_id, ContactInbox.address == address)
    return session.exec(query).first() is not None


def verified_phone(sender: str) -> str | None:
    """The E.164 number that the channel itself vouches for."""
    kind, _, value = sender.partition(":")
    return value if kind in ("wa", "sms") and value.startswith("+") else None


def find_unreached(session: TenantSession, phone: str) -> Contact | None:
    """Somebody with that number who has never written: known from a form or from staff alone."""
    return session.exec(
        select(Contact)
        .where(
            Contact.phone == phone,
            col(Contact.erased_at).is_(None),
            col(Contact.merged_into).is_(None),
            ~select(ContactInbox.id).where(ContactInbox.contact_id == Contact.id).exists(),
        )
        .order_by(col(Contact.id))
    ).first()


def _tidy(name: str | None) -> str | None:
    """A profile name fit for a card: trimmed, one line; None for symbols alone and for a handle like sam_lifts."""
    if not name:
        return None
    words = " ".join(name.split())
    return (
        words[:80]
        if any(character.isalpha() for character in words) and not HANDLE.fullmatch(words)
        else None
    )


def add(session: TenantSession, *, name: str, phone: str | None, now: dt.datetime) -> Contact:
    """A person that staff know of; the one with that phone if there is one already."""
    found = None
    if phone:
        lock_phone(session, phone)
        found = find_verified(session, phone)
    if found is None:
        found = Contact(
            gym_id=session.gym_id, name=_tidy(name), phone=phone, phone_verified=bool(phone), created_at=now
        )
        session.add(found)
        session.flush()
        _remember_opt_outs(session, found, None, now)
    return found


def traces(sender: str | None, phone: str | None, email: str | None) -> list[str]:
    """Keyed hashes by which a person is known again after an erasure."""
    told = (sender, f"tel:{phone}" if phone else None, f"mailto:{email}" if email else None)
    return [fingerprint(one) for one in told if one]


def _remember_opt_outs(
    session: TenantSession, contact: Contact, sender: str | None, now: dt.datetime
) -> None:
    """Somebody new under an address that was erased: what its owner wanted no more of, they still do not get."""
    hashes = traces(sender, contact.phone, contact.email)
    if not hashes:
        return
    former = session.exec(
        select(ErasedAddress.contact_id).where(col(ErasedAddress.address_hash).in_(hashes)).distinct()
    ).all()
    stopped = {p for one in former for p, granted in consents.agreed(session, one).items() if not granted}
    for purpose in sorted(stopped):
        session.add(
            Consent(
                gym_id=session.gym_id, contact_id=contact.id, purpose=purpose, granted=False,
                words="said before the data were erased", channel="record", at=now,
            )
        )  # fmt: skip
    session.flush()


def find_by_name(session: TenantSession, words: str, *, limit: int = 5) -> list[tuple[Contact, float]]:
    """People whose name resembles `words`, likeliest first, with their similarity (0 to 100).

    Typos and missing accents are forgiven. Row policies keep trigram indexes from
    being used, so this reads the gym's names; a gym has thousands, not millions.
    """
    rows = session.exec(
        select(Contact.id, Contact.name).where(
            col(Contact.name).is_not(None),
            col(Contact.erased_at).is_(None),
            col(Contact.merged_into).is_(None),
        )
    ).all()
    names = {contact_id: _fold(name or "") for contact_id, name in rows}
    query = _fold(words)
    matches = process.extract(query, names, scorer=name_similarity, limit=limit * 3, score_cutoff=MATCH_FLOOR)
    if not matches:
        return []
    scores = {contact_id: score for _, score, contact_id in matches[: limit * 3]}
    people = session.exec(select(Contact).where(col(Contact.id).in_(scores))).all()
    return sorted(((person, scores[person.id]) for person in people), key=lambda pair: -pair[1])[:limit]


def name_similarity(query: str, name: str, **_: object) -> float:
    """How well `query` names somebody called `name`, 0 to 100: full name, part of it, or with typos."""
    if not query:
        return 0.0
    if query == name:
        return 100.0
    parts = name.split()
    wanted = query.split()
    if set(wanted) <= set(parts):
        return 97.0
    whole = fuzz.ratio(query, name)
    each = [max((fuzz.ratio(word, part) for part in parts), default=0.0) for word in wanted]
    return max(whole, 0.95 * sum(each) / len(each))


def _fold(name: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", name)
    return str(utils.default_process("".join(c for c in plain if not unicodedata.combining(c))))


def inboxes_of(session: TenantSession, contact_id: uuid.UUID) -> Sequence[tuple[ContactInbox, Inbox]]:
    """Where a person can be reached, the one they used last first."""
    return session.exec(
        select(ContactInbox, Inbox)
        .where(ContactInbox.contact_id == contact_id)
        .join(Inbox, (col(Inbox.gym_id) == ContactInbox.gym_id) & (col(Inbox.id) == ContactInbox.inbox_id))
        .order_by(col(ContactInbox.last_inbound_at).desc().nulls_last())
    ).all()


TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "fr", "sr"})


def set_name(contact: Contact, name: str) -> bool:
    """Take over a name the person gave; a fuller form of the same name is kept. Whether it changed."""
    tidy = _tidy(name)
    if tidy is None or (contact.name and _is_short_for(tidy, contact.name)):
        return False
    changed = contact.name != tidy
    contact.name = tidy
    return changed


def _is_short_for(short: str, full: str) -> bool:
    return _fold(short).split() == _fold(full).split()[: len(short.split())]


def first_name(contact: Contact) -> str | None:
    """What to call the person; who gives a title and a surname is called by both."""
    if not contact.name:
        return None
    first = contact.name.split()[0]
    return contact.name if first.rstrip(".").lower() in TITLES else first
