"""A person's own data, from outside: told, handed over as a file, and erased for good."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from crm import identities, personal_data
from crm.config import settings
from crm.db import TenantSession
from crm.errors import Conflict, NotFound
from crm.links import LinkExpired, LinkInvalid, read_data_token, read_report_token
from crm.models import Booking, Consent, Contact, Delivery, Lead, Message, MessageAttachment
from tests.bot.answer import Answer
from tests.bot.prospect_phone import ProspectPhone
from tests.bot.staff_room import StaffRoom
from tests.factories import a_contact

pytestmark = pytest.mark.feature("14.16")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    return ProspectPhone(session, now, name="Ana Kowalczyk")


@pytest.fixture
def room(session: TenantSession, now: dt.datetime) -> StaffRoom:
    return StaffRoom(session, now)


def known_well(phone: ProspectPhone) -> ProspectPhone:
    phone.say("hi, can i do a trial thursday at 10? want to lose weight, my knee hurts")
    phone.say("yes")
    return phone


def sent(phone: ProspectPhone) -> None:
    """Everything queued has left."""
    phone.session.flush()
    for delivery in phone.session.exec(select(Delivery).where(Delivery.state == "queued")).all():
        delivery.state = "delivered"
    phone.session.flush()


def erased(phone: ProspectPhone) -> Answer:
    phone.say("please delete all my data")
    answer = phone.tap("Delete everything")
    sent(phone)
    phone.wait(dt.timedelta(minutes=2))
    return answer


def everything_kept(session: TenantSession) -> str:
    """The gym's whole database, as text."""
    session.flush()
    names = session.execute(
        text(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'gym_id'"
        )
    ).scalars()
    dump: list[Any] = []
    for name in names:
        dump += session.execute(text(f"SELECT to_jsonb(t) FROM {name} t")).scalars()
    return json.dumps(dump, default=str)


def test_what_is_known_is_told_in_short_with_a_link_to_all_of_it(
    phone: ProspectPhone, session: TenantSession
) -> None:
    answer = known_well(phone).say("what do you know about me?")
    for part in ("Ana Kowalczyk", phone.address, "WhatsApp", "Bookings: 1", "health"):
        assert part in answer.text
    token = re.search(r"/data/(\S+)", answer.text)
    assert token is not None
    access = read_data_token(settings(), token.group(1))
    assert (access.gym_id, access.contact_id) == (session.gym_id, phone.contact.id)
    access.ensure_fresh(phone.now)
    with pytest.raises(LinkExpired):
        access.ensure_fresh(phone.now + dt.timedelta(hours=24))
    with pytest.raises(LinkInvalid):
        read_report_token(settings(), token.group(1))


def test_the_file_holds_what_they_said_and_did(phone: ProspectPhone, session: TenantSession) -> None:
    known_well(phone).say("no more offers please")
    held = personal_data.export(session, phone.facts, phone.contact.id)
    assert held["person"]["name"] == "Ana Kowalczyk"
    assert "knee" in held["person"]["told_about_health"]
    assert held["bookings"][0]["status"] == "booked"
    assert held["consents"][0]["words"] == "no more offers please"
    assert any("lose weight" in (line["text"] or "") for line in held["messages"])
    json.dumps(held)


@pytest.mark.parametrize(
    "words", ["delete my data", "please erase everything you have on me", "forget me, wipe all my details"]
)
def test_erasing_is_asked_about_first(phone: ProspectPhone, words: str) -> None:
    asked = known_well(phone).say(words)
    assert asked.titles == ["Delete everything", "Keep my data"]
    assert "bookings would be cancelled" in asked.text
    assert phone.say("no").text == "Fine, nothing changes."
    phone.wait(dt.timedelta(minutes=2))
    assert phone.contact.name == "Ana Kowalczyk"


def test_a_typed_yes_does_it_and_staff_are_told(phone: ProspectPhone, room: StaffRoom) -> None:
    known_well(phone).say("delete my data")
    answer = phone.say("yes")
    assert "this message is your receipt" in answer.text
    assert "Ana Kowalczyk asked for their data to be deleted" in room.group_saw()


def test_records_that_were_merged_and_files_go_with_the_person(
    phone: ProspectPhone, session: TenantSession, room: StaffRoom
) -> None:
    known_well(phone)
    other = a_contact(
        session, name="Anna Nowakowska", phone="+48601234567", created_at=phone.now + dt.timedelta(seconds=1)
    )
    merged = identities.merge(session, phone.contact, other, reason="phone", actor="test", now=phone.now)
    line = session.exec(select(Message).where(Message.contact_id == phone.contact.id)).first()
    assert line is not None
    session.add(
        MessageAttachment(
            gym_id=session.gym_id, message_id=line.id, contact_id=phone.contact.id, inbox_id=phone.inbox.id,
            position=0, kind="image", filename="my_knee_scan.jpg", state="kept", stored_as="a/b", due_at=phone.now,
            created_at=phone.now, content_type="image/jpeg", size=9, sha256="0", fetched_at=phone.now,
        )
    )  # fmt: skip
    session.flush()
    held = personal_data.export(session, phone.facts, phone.contact.id)
    assert held["files"][0]["name"] == "my_knee_scan.jpg"
    erased(phone)
    sent(phone)
    kept = everything_kept(session)
    for trace in ("Nowakowska", "48601234567", "knee_scan"):
        assert trace not in kept
    file = session.exec(select(MessageAttachment)).one()
    assert (file.state, file.stored_as) == ("erased", "a/b"), "a worker deletes what is stored"
    with pytest.raises(Conflict):
        identities.undo(session, merged.id, actor="test", now=phone.now)


def test_nothing_personal_is_left_anywhere(
    phone: ProspectPhone, session: TenantSession, room: StaffRoom
) -> None:
    known_well(phone)
    room.now = phone.now
    room.say("niamh", "/note Ana Kowalczyk loves Kowalczyk jokes")
    room.lead("Ana Kowalski")
    assert any("Kowalczyk" in title for title in room.say("lena", "/lead Ana").titles)
    erased(phone)
    sent(phone)
    kept = everything_kept(session)
    for trace in (
        "Kowalczyk",
        phone.address,
        phone.address.lstrip("+"),
        "lose weight",
        "knee",
        "delete all my",
    ):
        assert trace not in kept, trace


def test_counts_stay_and_the_place_is_given_up(phone: ProspectPhone, session: TenantSession) -> None:
    known_well(phone)
    contact_id = phone.contact.id
    erased(phone)
    (booking,) = session.exec(select(Booking).where(Booking.contact_id == contact_id)).all()
    assert (booking.status, booking.late_cancel) == ("cancelled", False)
    (lead,) = session.exec(select(Lead).where(Lead.contact_id == contact_id)).all()
    assert (lead.source, lead.goal, lead.stage) == ("whatsapp", None, "lost")


def test_the_proof_of_an_opt_out_survives_and_binds_whoever_returns(
    phone: ProspectPhone, session: TenantSession
) -> None:
    phone.say("how much is a day pass")
    phone.say("no more offers please")
    former = phone.contact.id
    erased(phone)
    assert [row.words for row in session.exec(select(Consent).where(Consent.contact_id == former)).all()] == [
        "no more offers please"
    ]
    phone.say("hello again, how much is it?")
    people = session.exec(select(Contact).where(Contact.phone == phone.address)).all()
    assert [person.erased_at for person in people] == [None]
    fresh = session.exec(select(Consent).where(Consent.contact_id == people[0].id)).all()
    assert [(row.purpose, row.granted) for row in fresh] == [("offers", False)]


def test_it_waits_for_its_own_receipt(phone: ProspectPhone, session: TenantSession) -> None:
    known_well(phone).say("delete my data")
    phone.tap("Delete everything")
    phone.wait(dt.timedelta(minutes=5))
    assert phone.contact.erased_at is None
    sent(phone)
    phone.wait(dt.timedelta(minutes=2))
    assert phone.contact.erased_at is not None


def test_asked_twice_it_is_said_to_be_under_way(phone: ProspectPhone) -> None:
    phone.say("delete my data")
    phone.tap("Delete everything")
    assert "already being done" in phone.say("delete my data please").text


def test_one_thing_among_their_data_is_looked_at_by_a_person(phone: ProspectPhone) -> None:
    phone.say("please remove my photos from your system, gdpr")
    assert phone.conversation.handoff_reason == "privacy"


def test_silence_and_erasure_in_one_message(phone: ProspectPhone) -> None:
    phone.say("how much is a day pass")
    answer = phone.say("stop texting me and delete all my data")
    assert phone.consents() == [("everything", False)]
    assert "Delete everything?" in answer.text


def test_staff_erase_with_a_yes(room: StaffRoom, session: TenantSession) -> None:
    lead = room.lead("Nora Keane")
    asked = room.say("niamh", "/erase Nora Keane")
    assert "Erase Nora Keane for good?" in asked.text
    assert asked.titles == ["Yes, erase", "No, leave it"]
    for delivery in room._all():
        delivery.state = "sent"
    done = room.tap("niamh", "Yes, erase")
    assert done.text.startswith("Erased.")
    contact = session.exec(select(Contact).where(Contact.id == lead.contact_id)).one()
    assert contact.name is None
    with pytest.raises(NotFound):
        personal_data.summary(session, lead.contact_id)


@pytest.mark.parametrize("who", ["lena", "aoife"])
def test_only_leaders_erase_and_export(room: StaffRoom, who: str) -> None:
    room.lead("Nora Keane")
    assert "owner" in room.say(who, "/erase Nora Keane", own=True).text
    assert "owner" in room.say(who, "/export Nora Keane", own=True).text


def test_an_export_goes_to_the_private_chat(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    assert "/data/" not in room.say("niamh", "/export Nora Keane").text
    assert "/data/" in room.trainer_saw("niamh")
    assert "/data/" in room.say("niamh", "/export Nora Keane", own=True).text


def test_plain_talk_never_erases(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    assert room.say("niamh", "erase Nora Keane from your memory lol").is_silent
