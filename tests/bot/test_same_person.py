"""One person across channels: joined where it is certain, asked about where it is not, and taken apart again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from crm import consents, contacts, identities, leads
from crm.db import Database, TenantSession
from crm.errors import Conflict
from crm.models import Booking, Contact, ContactInbox, Conversation, IdentityQuestion, Lead, Message
from tests.bot.staff_room import StaffRoom
from tests.bot.wire import SECONDS, Wire
from tests.conftest import ImportedGym
from tests.factories import a_booking, a_contact

NUMBER = "447700900123"
BSUID = "GB.7731405528890147263"


def people(session: TenantSession) -> list[Contact]:
    """Everybody who is somebody of their own."""
    session.expire_all()
    found = session.exec(select(Contact).order_by(Contact.created_at)).all()  # type: ignore[arg-type]
    return [contact for contact in found if contact.merged_into is None]


@pytest.fixture
def whatsapp(room: StaffRoom) -> Wire:
    return Wire(room.session, room.now, "whatsapp")


@pytest.fixture
def sms(room: StaffRoom) -> Wire:
    return Wire(room.session, room.now, "sms")


@pytest.fixture
def dm(room: StaffRoom) -> Wire:
    return Wire(room.session, room.now, "instagram")


@pytest.fixture
def bot_api(room: StaffRoom) -> Wire:
    return Wire(room.session, room.now, "telegram")


def writes(wire: Wire, words: str, name: str | None = None, number: int = 1) -> None:
    """Somebody writes on that channel, from the number above where it has numbers."""
    wire.session.flush()
    if wire.inbox.channel == "whatsapp":
        profile = {"contacts": [{"wa_id": NUMBER, "profile": {"name": name}}]} if name else {}
        wire.whatsapp({"id": f"wamid.{number}", "text": {"body": words}}, **profile)
    elif wire.inbox.channel == "sms":
        wire.bring(
            {"MessageSid": f"SM{number}", "From": f"+{NUMBER}", "To": "+1", "Body": words, "NumMedia": "0"}
        )
    elif wire.inbox.channel == "instagram":
        wire.instagram(message={"mid": f"m{number}", "text": words})
    else:
        person = {"id": 9, "first_name": name or "Mia"}
        message = {
            "message_id": number,
            "date": SECONDS,
            "from": person,
            "chat": {"id": 9, "type": "private"},
        }
        wire.telegram(number, message={**message, "text": words})


@pytest.mark.feature("1.6")
class TestCertain:
    def test_one_number_on_two_channels_is_one_person(
        self, whatsapp: Wire, sms: Wire, room: StaffRoom
    ) -> None:
        writes(whatsapp, "hi", "Ana Silva")
        writes(sms, "me again")

        (ana,) = people(room.session)
        assert (ana.phone, ana.phone_verified) == (f"+{NUMBER}", True)
        assert len(room.session.exec(select(Lead)).all()) == 1
        assert "Same person?" not in room.group_saw()

    def test_an_older_form_of_the_number_is_the_same_number(self, whatsapp: Wire, sms: Wire) -> None:
        whatsapp.whatsapp({"id": "wamid.1", "from": "5215512345678", "text": {"body": "hola"}})
        sms.bring({"MessageSid": "SM1", "From": "+525512345678", "To": "+1", "Body": "hi", "NumMedia": "0"})

        assert [contact.phone for contact in people(sms.session)] == ["+525512345678"]

    def test_whom_staff_wrote_down_with_a_number_is_who_writes_from_it(
        self, whatsapp: Wire, room: StaffRoom
    ) -> None:
        contacts.add(room.session, name="Ana Silva", phone=f"+{NUMBER}", now=room.now)
        writes(whatsapp, "hi", "Annie")

        assert [contact.name for contact in people(room.session)] == ["Ana Silva"]

    def test_somebody_without_a_number_is_known_when_it_is_shown(self, whatsapp: Wire) -> None:
        whatsapp.whatsapp({"id": "wamid.1", "from": "", "from_user_id": BSUID, "text": {"body": "hi"}})
        assert [contact.phone for contact in people(whatsapp.session)] == [None]

        whatsapp.whatsapp({"id": "wamid.2", "from_user_id": BSUID, "text": {"body": "me"}})
        whatsapp.whatsapp({"id": "wamid.3", "from": "", "from_user_id": BSUID, "text": {"body": "me again"}})

        assert [contact.phone for contact in people(whatsapp.session)] == [f"+{NUMBER}"]
        (where,) = whatsapp.session.exec(select(ContactInbox)).all()
        assert (where.sender, where.alias, where.address) == (f"wa:+{NUMBER}", f"wa:{BSUID}", BSUID)
        assert len(whatsapp.session.exec(select(Conversation)).all()) == 1

    def test_a_number_shown_first_is_remembered_when_it_is_hidden(self, whatsapp: Wire) -> None:
        whatsapp.whatsapp({"id": "wamid.1", "from_user_id": BSUID, "text": {"body": "hi"}})
        whatsapp.whatsapp({"id": "wamid.2", "from": "", "from_user_id": BSUID, "text": {"body": "me"}})

        assert len(people(whatsapp.session)) == 1
        assert len(whatsapp.session.exec(select(Conversation)).all()) == 1

    def test_a_scoped_id_goes_along_to_the_number_that_is_written_from_now(self, whatsapp: Wire) -> None:
        number = {"from": "447700900999"}
        whatsapp.whatsapp({"id": "wamid.1", "from_user_id": BSUID, "text": {"body": "hi"}})
        whatsapp.whatsapp({"id": "wamid.2", **number, "text": {"body": "hello"}})
        whatsapp.whatsapp(
            {"id": "wamid.3", **number, "from_user_id": BSUID, "text": {"body": "my new number"}}
        )

        held = whatsapp.session.exec(
            select(ContactInbox.sender).where(col(ContactInbox.alias).is_not(None))
        ).all()
        assert held == ["wa:+447700900999"]

    def test_two_records_that_one_message_shows_to_be_one_are_joined(
        self, whatsapp: Wire, sms: Wire, room: StaffRoom
    ) -> None:
        whatsapp.whatsapp({"id": "wamid.1", "from": "", "from_user_id": BSUID, "text": {"body": "hi"}})
        writes(sms, "hi from my other app")
        assert len(people(room.session)) == 2

        whatsapp.whatsapp({"id": "wamid.2", "from_user_id": BSUID, "text": {"body": "here is my number"}})

        assert [contact.phone for contact in people(room.session)] == [f"+{NUMBER}"]

    def test_ones_own_contact_card_is_proof_and_staff_can_take_it_back(
        self, whatsapp: Wire, bot_api: Wire, room: StaffRoom
    ) -> None:
        writes(whatsapp, "hi", "Ana Silva")
        writes(bot_api, "hello", "Mia")
        card = {"phone_number": NUMBER, "first_name": "Mia", "user_id": 9}
        message = {
            "message_id": 5,
            "date": SECONDS,
            "from": {"id": 9, "first_name": "Mia"},
            "chat": {"id": 9, "type": "private"},
        }
        bot_api.telegram(5, message={**message, "contact": card})

        assert len(people(room.session)) == 1
        assert "turned out to be one person" in room.group_saw()
        room.tap("niamh", "Take apart")
        assert sorted(str(contact.name) for contact in people(room.session)) == ["Ana Silva", "Mia"]

    def test_somebody_elses_card_proves_nothing(self, whatsapp: Wire, bot_api: Wire) -> None:
        writes(whatsapp, "hi", "Ana Silva")
        card = {"phone_number": NUMBER, "first_name": "Ana", "user_id": 77}
        message = {
            "message_id": 5,
            "date": SECONDS,
            "from": {"id": 9, "first_name": "Mia"},
            "chat": {"id": 9, "type": "private"},
        }
        bot_api.telegram(5, message={**message, "contact": card})

        assert len(people(bot_api.session)) == 2


OWNED: tuple[Any, ...] = (Message, Conversation, ContactInbox, Lead)
"""Tables whose rows are somebody's."""


@pytest.mark.feature("1.6")
class TestDoubtful:
    @pytest.fixture
    def asked(self, whatsapp: Wire, dm: Wire, room: StaffRoom) -> StaffRoom:
        """Somebody on Instagram gives the number that somebody on WhatsApp writes from."""
        writes(whatsapp, "hi", "Ana Silva")
        writes(dm, f"my number is +{NUMBER}")
        return room

    def test_a_typed_number_is_asked_about_and_not_believed(self, asked: StaffRoom) -> None:
        assert len(people(asked.session)) == 2
        assert "both gave the same phone number" in asked.group_saw()
        assert NUMBER not in asked.group_saw()

    def test_merge_makes_one_of_two(self, asked: StaffRoom) -> None:
        said = asked.tap("niamh", "Merge")

        (ana,) = people(asked.session)
        assert "one person now: Ana Silva (#1, whatsapp)" in said.text
        assert {line.contact_id for line in asked.session.exec(select(Message)).all()} == {ana.id}
        assert {thread.contact_id for thread in asked.session.exec(select(Conversation)).all()} == {ana.id}
        assert [(lead.number, lead.closed_at is None) for lead in self.leads(asked)] == [
            (1, True),
            (2, False),
        ]

    def test_undo_gives_everything_back(self, asked: StaffRoom) -> None:
        before = self.picture(asked)
        asked.tap("niamh", "Merge")
        assert self.picture(asked) != before

        said = asked.say("niamh", "/undo")

        assert "Taken apart again" in said.text
        assert self.picture(asked) == before

    def test_what_is_written_after_the_merge_goes_back_with_its_thread(
        self, asked: StaffRoom, dm: Wire
    ) -> None:
        asked.tap("niamh", "Merge")
        writes(dm, "are you open on sunday?", number=7)
        asked.say("niamh", "/undo")

        thread = dm.thread
        lines = dm.session.exec(select(Message).where(Message.conversation_id == thread.id)).all()
        assert {line.contact_id for line in lines} == {thread.contact_id}

    def test_keep_apart_is_for_good(self, asked: StaffRoom, dm: Wire) -> None:
        asked.tap("niamh", "Keep apart")
        writes(dm, f"again: my number is +{NUMBER}, and I am Ana Silva", number=8)

        assert len(people(asked.session)) == 2
        assert asked.group_saw().count("Same person?") == 1
        assert "decided already" in asked.tap("niamh", "Keep apart").text

    def test_a_trainer_does_not_decide_it(self, asked: StaffRoom) -> None:
        asked.tap("aoife", "Merge")

        assert len(people(asked.session)) == 2

    def test_a_full_name_met_on_another_channel_is_asked_about(
        self, whatsapp: Wire, bot_api: Wire, room: StaffRoom
    ) -> None:
        writes(whatsapp, "hi", "Ana Silva")
        writes(bot_api, "hi", "ana silva")

        assert "they have the same full name" in room.group_saw()

    def test_a_first_name_is_no_sign(self, whatsapp: Wire, bot_api: Wire, room: StaffRoom) -> None:
        writes(whatsapp, "hi", "Ana")
        writes(bot_api, "hi", "Ana")

        assert "Same person?" not in room.group_saw()

    def test_two_leads_are_merged_by_their_numbers(self, asked: StaffRoom) -> None:
        assert "one person now" in asked.say("niamh", "/merge #1 #2").text
        assert "Which two?" in asked.say("niamh", "/merge Ana").text

    @pytest.mark.parametrize(
        "talk", ["apart from that all good", "split the bill?", "merge the two rotas please"]
    )
    def test_talk_among_colleagues_merges_nobody(self, asked: StaffRoom, talk: str) -> None:
        assert asked.say("niamh", talk).is_silent
        assert len(people(asked.session)) == 2

    def leads(self, room: StaffRoom) -> list[Lead]:
        return sorted(room.session.exec(select(Lead)).all(), key=lambda lead: lead.number)

    def picture(self, room: StaffRoom) -> Any:
        room.session.expire_all()
        owners = {
            table.__tablename__: sorted(
                (str(row.id), str(row.contact_id)) for row in room.session.exec(select(table)).all()
            )
            for table in OWNED
        }
        kept = [(c.name, c.phone, c.phone_verified, c.email) for c in people(room.session)]
        return owners, kept, [(lead.stage, lead.closed_at, lead.goal) for lead in self.leads(room)]


@pytest.mark.feature("1.6")
class TestMerging:
    def test_an_opt_out_holds_for_the_person_and_not_for_who_was_taken_apart(
        self, session: TenantSession, now: dt.datetime
    ) -> None:
        one, other = (
            a_contact(session, created_at=now),
            a_contact(session, created_at=now + dt.timedelta(hours=1)),
        )
        consents.give(session, other.id, "everything", granted=False, words="stop", channel="sms", now=now)
        merged = identities.merge(session, one, other, reason="phone", actor="test", now=now)
        assert consents.agreed(session, one.id) == {"everything": False}

        identities.undo(session, merged.id, actor="test", now=now)

        assert consents.agreed(session, one.id) == {}
        assert consents.agreed(session, other.id) == {"everything": False}

    def test_bookings_go_with_the_person(self, session: TenantSession, now: dt.datetime) -> None:
        one, other = (
            a_contact(session, created_at=now),
            a_contact(session, created_at=now + dt.timedelta(hours=1)),
        )
        booking = a_booking(session, contact=other)
        merged = identities.merge(session, one, other, reason="phone", actor="test", now=now)
        assert session.exec(select(Booking.contact_id)).one() == one.id

        identities.undo(session, merged.id, actor="test", now=now)

        assert session.exec(select(Booking.contact_id).where(Booking.id == booking.id)).one() == other.id

    def test_nobody_is_merged_twice_or_with_themselves(
        self, session: TenantSession, now: dt.datetime
    ) -> None:
        one, other, third = (a_contact(session, created_at=now + dt.timedelta(hours=n)) for n in range(3))
        merged = identities.merge(session, one, other, reason="phone", actor="test", now=now)
        for pair in ((one, other), (third, other), (one, one)):
            with pytest.raises(Conflict):
                identities.merge(session, *pair, reason="phone", actor="test", now=now)
        identities.undo(session, merged.id, actor="test", now=now)
        with pytest.raises(Conflict):
            identities.undo(session, merged.id, actor="test", now=now)

    def test_a_chain_is_taken_apart_from_its_end(self, session: TenantSession, now: dt.datetime) -> None:
        one, other, third = (a_contact(session, created_at=now + dt.timedelta(hours=n)) for n in range(3))
        first = identities.merge(session, other, third, reason="phone", actor="test", now=now)
        second = identities.merge(session, one, other, reason="phone", actor="test", now=now)
        consents.give(session, third.id, "offers", granted=True, words="x", channel="sms", now=now)
        session.flush()
        assert consents.agreed(session, one.id) == {"offers": True}
        with pytest.raises(Conflict):
            identities.undo(session, first.id, actor="test", now=now)

        identities.undo(session, second.id, actor="test", now=now)
        identities.undo(session, first.id, actor="test", now=now)

        assert len(people(session)) == 3

    def test_a_lead_of_one_alone_stays_open(self, session: TenantSession, now: dt.datetime) -> None:
        one, other = (
            a_contact(session, created_at=now),
            a_contact(session, created_at=now + dt.timedelta(hours=1)),
        )
        leads.capture(session, other, source="sms", referral={}, first_words="hi", now=now)
        identities.merge(session, one, other, reason="phone", actor="test", now=now)

        lead = leads.find_open(session, one.id)
        assert lead is not None
        assert lead.first_words == "hi"

    def test_the_database_lets_nobody_share_a_verified_number(
        self, session: TenantSession, now: dt.datetime
    ) -> None:
        a_contact(session, phone="+353850000001", phone_verified=True)
        a_contact(session, phone="+353850000001")
        with pytest.raises(IntegrityError), session.begin_nested():
            a_contact(session, phone="+353850000001", phone_verified=True)

    def test_a_pair_has_one_question(self, session: TenantSession, now: dt.datetime) -> None:
        one, other = a_contact(session), a_contact(session)

        assert identities.ask(session, one, other, "name", now=now) is not None
        assert identities.ask(session, other, one, "phone", now=now) is None
        assert len(session.exec(select(IdentityQuestion)).all()) == 1


@pytest.mark.feature("4.13")
def test_who_was_joined_to_another_is_still_known_by_their_own_number(
    session: TenantSession, now: dt.datetime, whatsapp: Wire, sms: Wire
) -> None:
    older = a_contact(session, phone="+353851110001", phone_verified=True)
    writes(whatsapp, "hi", "Ana Silva")
    (younger,) = [one for one in people(session) if one.id != older.id]
    identities.merge(session, older, younger, reason="name", actor="staff:niamh", now=now)
    writes(sms, "me again")
    assert [one.id for one in people(session)] == [older.id]
    assert sms.where.contact_id == older.id
    kept = identities.get(session, older.id)
    assert (kept.phone, kept.phone_verified) == ("+353851110001", True)


def test_first_messages_on_two_channels_at_once_make_one_person(database: Database, gym: ImportedGym) -> None:
    """Whoever comes second waits for the first one's commit."""
    import threading

    from tests.factories import an_inbox

    with database.tenant_session(gym.id) as session:
        inboxes = [an_inbox(session, channel=channel) for channel in ("whatsapp", "sms")]
    ready = threading.Barrier(2)

    def first(inbox: Any, sender: str) -> None:
        with database.tenant_session(gym.id) as session:
            ready.wait(5)
            contacts.ensure(session, inbox, sender=sender, address=NUMBER, profile_name=None, now=session.now)

    threads = [
        threading.Thread(target=first, args=(inbox, f"{kind}:+{NUMBER}"))
        for inbox, kind in zip(inboxes, ("wa", "sms"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    with database.tenant_session(gym.id) as session:
        assert len(session.exec(select(Contact)).all()) == 1
